//! Who may call a route, decided before its handler runs.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::account::{Session, proof, service};
use crate::error::Error;
use crate::permission::Access;
use crate::site::Site;

/// Name of the session cookie. The prefix makes browsers insist on a secure origin, the path `/` and no domain.
pub(crate) const SESSION_COOKIE: &str = "__Host-gongkai";

/// Lets a request through to its handler, or not. The session found goes with it.
pub(super) async fn require(
    State((site, access, proof)): State<(Arc<Site>, Access, Option<&'static str>)>,
    mut request: Request,
    next: Next,
) -> Response {
    if let Err(error) = refuse_foreign_origin(&site.profile.desk_url, &request) {
        return error.into_response();
    }
    let session = match session_of(&site, request.headers()).await {
        Ok(session) => session,
        Err(error) => return error.into_response(),
    };
    match decide(access, session.as_ref()) {
        Ok(()) => {}
        Err(Error::SignInFirst) if request.method() == Method::GET => return to_sign_in(&request),
        Err(error) => return error.into_response(),
    }
    if let (Some(act), Some(session)) = (proof, &session)
        && changes(request.method())
        && !proof::is_fresh(&site, session)
    {
        return match proof::hold_back(&site, session, act, request).await {
            Ok(asked) => asked,
            Err(error) => error.into_response(),
        };
    }
    if let Some(session) = session {
        request.extensions_mut().insert(session);
    }
    next.run(request).await
}

/// Lets a request of the public site through unless it changes something and says that it comes from elsewhere.
pub(super) async fn from_own_pages(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    match refuse_foreign_origin(&site.profile.public_url, &request) {
        Ok(()) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

fn decide(access: Access, session: Option<&Session>) -> Result<(), Error> {
    match (access, session) {
        (Access::Anyone, _) | (Access::SignedIn, Some(_)) => Ok(()),
        (_, None) => Err(Error::SignInFirst),
        (Access::Holder(permission), Some(session)) if session.actor.holds(permission) => Ok(()),
        (Access::Holder(permission), Some(_)) => Err(Error::Forbidden(format!(
            "这个页面需要“{}”的权限；如工作需要，请联系安全管理员授权",
            permission.name
        ))),
    }
}

/// A changing request that says it comes from elsewhere is refused, form token or not.
fn refuse_foreign_origin(own: &str, request: &Request) -> Result<(), Error> {
    if !changes(request.method()) {
        return Ok(());
    }
    let site_header = request.headers().get("sec-fetch-site").and_then(|v| v.to_str().ok());
    if matches!(site_header, Some("cross-site" | "same-site")) {
        return Err(foreign());
    }
    let text = |name| {
        request
            .headers()
            .get(name)
            .and_then(|v: &header::HeaderValue| v.to_str().ok())
    };
    let Some(origin) = text(header::ORIGIN) else {
        return Ok(());
    };
    let is_own_host = text(header::HOST).is_some_and(|host| origin.split("://").nth(1) == Some(host));
    if is_own_host || origin == own {
        return Ok(());
    }
    Err(foreign())
}

fn foreign() -> Error {
    Error::Forbidden("这次提交不是从本站的页面发出的，没有执行；请回到本站的页面重新操作".into())
}

async fn session_of(site: &Site, headers: &HeaderMap) -> Result<Option<Session>, Error> {
    match cookie(headers, SESSION_COOKIE) {
        Some(token) => service::session(site, token).await,
        None => Ok(None),
    }
}

/// The value of a cookie.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

fn to_sign_in(request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}
