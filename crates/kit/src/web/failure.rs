//! One style of error page: what happened, what to do, and a reference that stands in the log.

use std::any::Any;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use uuid::Uuid;

use super::extract::display_of;
use crate::capability::Face;
use crate::error::Error;
use crate::page::{BarePage, Markup, PublicPage};
use crate::site::Site;

/// What an error page says. Handlers do not make it: it travels from [`Error`] to the layer that knows the face.
#[derive(Debug, Clone, Template)]
#[template(path = "failure.html")]
pub struct FailureCard {
    /// What happened.
    pub what: String,
    /// What to do.
    pub advice: String,
    /// The reference in the log; empty when nothing was logged.
    pub reference: String,
    /// Where to go on.
    pub home: &'static str,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, what, advice) = words(&self);
        let wait = match self {
            Error::TooMany(seconds) => Some(seconds),
            _ => None,
        };
        let reference = if status.is_server_error() {
            log(&self)
        } else {
            String::new()
        };
        let mut response = status.into_response();
        if let Some(wait) = wait.and_then(|s| HeaderValue::from_str(&s.to_string()).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        response.extensions_mut().insert(FailureCard {
            what,
            advice,
            reference,
            home: "/",
        });
        response
    }
}

fn words(error: &Error) -> (StatusCode, String, String) {
    let say = |status, advice: &str| (status, error.to_string(), advice.to_string());
    match error {
        Error::NotFound(_) => say(StatusCode::NOT_FOUND, "请检查网址，或从首页、检索重新查找。"),
        Error::Forbidden(_) => say(
            StatusCode::FORBIDDEN,
            "如果您认为应当可以操作，请把这句话转告安全管理员。",
        ),
        Error::SignInFirst => say(StatusCode::UNAUTHORIZED, "登录后再试一次。"),
        Error::Refused { what, advice } => (StatusCode::UNPROCESSABLE_ENTITY, what.clone(), advice.clone()),
        Error::Conflict(_) => say(StatusCode::CONFLICT, "请刷新页面看最新的情况，再决定怎么办。"),
        Error::TooMany(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            error.to_string(),
            format!("请等 {seconds} 秒后再试。"),
        ),
        Error::TooLarge(_) => say(StatusCode::PAYLOAD_TOO_LARGE, "修改后重新提交。"),
        Error::Unreachable(_) => say(
            StatusCode::BAD_GATEWAY,
            "您的操作没有执行，请稍后再试；多次如此请联系系统管理员。",
        ),
        Error::Database(_) => say(StatusCode::SERVICE_UNAVAILABLE, "您的操作没有执行，请稍后再试。"),
        Error::Internal(_) => say(
            StatusCode::INTERNAL_SERVER_ERROR,
            "您的操作没有执行，请稍后再试；多次如此请联系系统管理员。",
        ),
    }
}

/// Logs the failure under a fresh reference. A database error is logged by its kind only: its text may quote what
/// somebody typed.
fn log(error: &Error) -> String {
    let reference = Uuid::now_v7().simple().to_string().split_off(20);
    match error {
        Error::Database(inner) => {
            tracing::error!(reference, kind = database_kind(inner), "the database failed");
        }
        other => tracing::error!(reference, detail = internal_detail(other), "a request failed"),
    }
    reference
}

fn internal_detail(error: &Error) -> &str {
    match error {
        Error::Internal(text) => text,
        _ => "",
    }
}

fn database_kind(error: &sea_orm::DbErr) -> &'static str {
    use sea_orm::DbErr;
    match error {
        DbErr::ConnectionAcquire(_) => "no free connection",
        DbErr::Conn(_) => "no connection",
        DbErr::Exec(_) => "statement failed",
        DbErr::Query(_) => "query failed",
        DbErr::Type(_) | DbErr::Json(_) => "unreadable value",
        _ => "other",
    }
}

/// Puts the page around a failure, in the look of its face.
pub(super) async fn render(State((site, face)): State<(Arc<Site>, Face)>, request: Request, next: Next) -> Response {
    let display = display_of(request.headers());
    let response = next.run(request).await;
    let card = response
        .extensions()
        .get::<FailureCard>()
        .cloned()
        .or_else(|| card_of_status(response.status()));
    let Some(card) = card else {
        return response;
    };
    let status = response.status();
    let page = Markup::of(&card).and_then(|body| match face {
        Face::Public => PublicPage {
            title: card.what.clone(),
            nav: "",
            labels: Vec::new(),
            path: "/".into(),
            query: String::new(),
            body,
        }
        .render(&site, display),
        Face::Desk => BarePage {
            title: card.what.clone(),
            body,
        }
        .render(&site),
    });
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    parts
        .headers
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match page {
        Ok(page) => {
            let mut whole = (status, Html(page)).into_response();
            whole.headers_mut().extend(parts.headers);
            whole
        }
        Err(_) => Response::from_parts(parts, Body::from("系统内部错误，请稍后再试。")),
    }
}

/// Failures that the framework answers without asking us.
fn card_of_status(status: StatusCode) -> Option<FailureCard> {
    let (what, advice) = match status {
        StatusCode::REQUEST_TIMEOUT => ("处理时间太长，已经停止", "请稍后再试；文件很大时请分成几个上传。"),
        StatusCode::PAYLOAD_TOO_LARGE => ("提交的内容太大，没有接收", "单个文件不能超过 50 MB。"),
        StatusCode::BAD_REQUEST => ("网址或提交的内容不完整", "请从页面上的链接重新进入。"),
        _ => return None,
    };
    Some(FailureCard {
        what: what.into(),
        advice: advice.into(),
        reference: String::new(),
        home: "/",
    })
}

/// The answer for an address where nothing stands.
pub(super) async fn nothing_here() -> Error {
    Error::not_found("这个页面")
}

/// The answer for a method that a page does not take.
pub(super) async fn not_this_way() -> Response {
    let card = FailureCard {
        what: "不能用这种方式打开这个网址".into(),
        advice: "请从页面上的按钮或链接操作。".into(),
        reference: String::new(),
        home: "/",
    };
    let mut response = StatusCode::METHOD_NOT_ALLOWED.into_response();
    response.extensions_mut().insert(card);
    response
}

/// The answer when a handler panicked; the panic's text may quote input and is not logged.
pub(super) fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Error::Internal("a handler panicked".into()).into_response()
}
