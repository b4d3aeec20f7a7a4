//! What handlers are given: the desk with who is there, a form checked against forgery, the public site.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use bytes::Bytes;
use subtle::ConstantTimeEq;

use super::access::cookie;
use super::{LARGEST_FILE, LARGEST_REQUEST};
use crate::account::{Actor, Session};
use crate::error::{Error, Result};
use crate::form::Submission;
use crate::page::{DeskPage, Display, Markup, PublicPage};
use crate::site::Site;
use crate::{notice, unit};

/// The desk and who sits at it.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The district.
    pub site: Arc<Site>,
    /// Who is signed in.
    pub session: Session,
}

impl Desk {
    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.session.actor
    }

    /// What every form of this page must carry in its field `token`.
    pub fn token(&self) -> &str {
        &self.session.form_token
    }

    /// Renders a page.
    ///
    /// # Errors
    /// When a template or the database fails.
    pub async fn page(
        &self,
        nav: &'static str,
        title: impl Into<String>,
        body: &impl askama::Template,
    ) -> Result<Response> {
        let page = DeskPage {
            title: title.into(),
            nav,
            body: Markup::of(body)?,
        };
        let seats = self.seats().await?;
        let unread = match self.actor().account {
            Some(account) => notice::store::unread(self.site.db.read(), account).await?,
            None => 0,
        };
        let html = page.render(&self.site, self.actor(), seats, self.token(), unread)?;
        Ok(([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response())
    }

    /// The posts held, in words: 区财政局 · 经办人员.
    async fn seats(&self) -> Result<String> {
        let mut words = Vec::new();
        for holding in &self.actor().holdings {
            let unit = match holding.unit {
                Some(id) => unit::find(self.site.db.read(), id).await?.map(|u| u.short_name),
                None => Some("全区".to_string()),
            };
            words.push(format!("{} · {}", unit.unwrap_or_default(), holding.role.name()));
        }
        Ok(words.join("；"))
    }

    /// Leads to another page of the desk after a command.
    pub fn go(&self, path: &str) -> Response {
        Redirect::to(path).into_response()
    }
}

impl FromRequestParts<Arc<Site>> for Desk {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Desk> {
        let session = parts.extensions.get::<Session>().cloned().ok_or(Error::SignInFirst)?;
        Ok(Desk {
            site: site.clone(),
            session,
        })
    }
}

/// A form sent from the desk, with its token checked.
#[derive(Debug)]
pub struct DeskForm(pub Submission);

impl FromRequest<Arc<Site>> for DeskForm {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Arc<Site>) -> Result<DeskForm> {
        Ok(DeskForm(checked_form(request).await?))
    }
}

/// The largest form taken from somebody unknown: long letters, no files.
const LARGEST_ANONYMOUS_FORM: usize = 64 * 1024;

/// A form sent by anybody from the public site; small, without files. Its ticket is the handler's to check
/// ([`crate::guard`]).
#[derive(Debug)]
pub struct PublicForm(pub Submission);

impl FromRequest<Arc<Site>> for PublicForm {
    type Rejection = Error;

    async fn from_request(request: Request, _: &Arc<Site>) -> Result<PublicForm> {
        let too_long = || Error::TooLarge("填写的内容太长，没有接收；请缩短后再提交".into());
        let form = read_limited(request, LARGEST_ANONYMOUS_FORM, too_long).await?;
        Ok(PublicForm(form))
    }
}

/// The form of a request from the desk, with its token checked; for handlers that also look at the request itself.
///
/// # Errors
/// When nobody is signed in, the token is not this session's, or as [`read_form`].
pub(crate) async fn checked_form(request: Request) -> Result<Submission> {
    let session = request
        .extensions()
        .get::<Session>()
        .cloned()
        .ok_or(Error::SignInFirst)?;
    let form = read_form(request).await?;
    let sent = form.text("token").as_bytes();
    if !bool::from(sent.ct_eq(session.form_token.as_bytes())) {
        return Err(Error::Forbidden(
            "页面已过期（可能在别处重新登录过），这次提交没有执行；请返回上一页刷新后再提交，已填的内容仍在".into(),
        ));
    }
    Ok(form)
}

/// Reads a form of either encoding. NUL in any field is refused, because neither database nor any reader of ours wants it.
///
/// # Errors
/// When it is too large, broken, or of another kind.
pub(crate) async fn read_form(request: Request) -> Result<Submission> {
    read_limited(request, LARGEST_REQUEST, too_large).await
}

async fn read_limited(request: Request, limit: usize, too_large: fn() -> Error) -> Result<Submission> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or("")
        .to_string();
    let body = axum::body::to_bytes(request.into_body(), limit)
        .await
        .map_err(|e| unread(&e, too_large))?;
    let form = match multer::parse_boundary(&kind) {
        Ok(boundary) => read_multipart(body, boundary).await?,
        Err(_) => {
            let mut form = Submission::default();
            for (name, value) in form_urlencoded::parse(&body) {
                form.push(name, value);
            }
            form
        }
    };
    if form.has_nul() {
        return Err(Error::refused(
            "填写的内容里有不能保存的字符（空字符）",
            "请删去后重新粘贴，再提交一次",
        ));
    }
    Ok(form)
}

async fn read_multipart(body: Bytes, boundary: String) -> Result<Submission> {
    let broken = |_| Error::refused("上传的内容不完整", "可能是网络中断，请重新选择文件再提交");
    let stream = futures::stream::once(async move { Ok::<_, std::convert::Infallible>(body) });
    let mut multipart = multer::Multipart::new(stream, boundary);
    let mut form = Submission::default();
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_string();
        let file_name = field.file_name().map(str::to_string);
        let bytes = field.bytes().await.map_err(broken)?;
        match file_name {
            Some(_) if bytes.len() > LARGEST_FILE => return Err(too_large()),
            Some(file_name) => form.push_file(name, &file_name, bytes),
            None => form.push(name, String::from_utf8_lossy(&bytes)),
        }
    }
    Ok(form)
}

/// A body that was not read: longer than is taken, or its sender went or fell silent.
fn unread(error: &axum::Error, too_large: fn() -> Error) -> Error {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if inner.is::<tower_http::timeout::TimeoutError>() || inner.is::<hyper::Error>() {
            return Error::refused("提交的内容没有传完", "可能是网络中断，请重新提交一次");
        }
        source = inner.source();
    }
    too_large()
}

fn too_large() -> Error {
    Error::TooLarge(format!(
        "文件超过 {} MB，没有接收；请压缩图片或分成几个文件后再上传",
        LARGEST_FILE / 1024 / 1024
    ))
}

/// The public site and how this reader wants it shown.
#[derive(Debug, Clone)]
pub struct Public {
    /// The district.
    pub site: Arc<Site>,
    /// How it is to be shown.
    pub display: Display,
}

impl Public {
    /// Renders a page for this reader.
    ///
    /// # Errors
    /// When the template fails.
    pub fn page(&self, page: &PublicPage) -> Result<Response> {
        Ok(Html(page.render(&self.site, self.display)?).into_response())
    }
}

impl FromRequestParts<Arc<Site>> for Public {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Public> {
        Ok(Public {
            site: site.clone(),
            display: display_of(&parts.headers),
        })
    }
}

pub(super) fn display_of(headers: &axum::http::HeaderMap) -> Display {
    let wanted = cookie(headers, "display").unwrap_or("");
    Display {
        large: wanted.contains("large"),
        high_contrast: wanted.contains("high"),
    }
}
