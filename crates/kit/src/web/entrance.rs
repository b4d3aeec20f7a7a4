//! What every request has to pass before it is looked at further: its host, its framing, its method, its address.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::timeout::TimeoutBody;

use super::failure::{FailureCard, not_this_way};
use super::sender::{self, Sender};
use crate::capability::Face;
use crate::error::Error;
use crate::site::Site;

/// A sender that says nothing for so long in the middle of a request is given up.
const SILENCE: Duration = Duration::from_secs(30);

/// Lets a request in, or not.
pub(super) async fn pass(State((site, face)): State<(Arc<Site>, Face)>, mut request: Request, next: Next) -> Response {
    let peer = sender::peer(&request);
    if !host_is_ours(&site, face, &request, peer) {
        return misdirected();
    }
    if request.headers().contains_key(header::TRANSFER_ENCODING)
        && request.headers().contains_key(header::CONTENT_LENGTH)
    {
        return ambiguous();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD | Method::POST) {
        let mut response = not_this_way().await;
        let allowed = HeaderValue::from_static("GET, HEAD, POST");
        response.headers_mut().insert(header::ALLOW, allowed);
        return response;
    }
    if has_nul(&request) {
        let advice = "请删去后重新输入，或从页面上的链接重新进入";
        return Error::refused("网址里有不能使用的字符（空字符）", advice).into_response();
    }
    let address = sender::find(&site.edge, peer.unwrap_or(Sender::UNKNOWN.0), request.headers());
    request.extensions_mut().insert(Sender(address));
    next.run(request.map(|body| Body::new(TimeoutBody::new(SILENCE, body))))
        .await
}

/// One Host, and where the address names a host as well, the same. A balancer asks for our health by whatever name.
fn host_is_ours(site: &Site, face: Face, request: &Request, peer: Option<IpAddr>) -> bool {
    if request.uri().path() == "/healthz" {
        return true;
    }
    let is_from_here = peer.is_some_and(|address| address.is_loopback());
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().map(HeaderValue::to_str);
    if hosts.next().is_some() {
        return false;
    }
    let named = [
        host.map(|h| h.unwrap_or_default()),
        request.uri().authority().map(|a| a.as_str()),
    ];
    let mut given = named.into_iter().flatten().peekable();
    if given.peek().is_none() {
        return hosts_are_free(site, face);
    }
    given.all(|host| site.edge.answers(face, host, is_from_here))
}

/// Whether a request without any host may be answered: only where none is configured.
fn hosts_are_free(site: &Site, face: Face) -> bool {
    match face {
        Face::Public => site.edge.public_hosts.is_empty(),
        Face::Desk => site.edge.desk_hosts.is_empty(),
    }
}

/// NUL stands in no address of ours, and PostgreSQL takes it in no text.
fn has_nul(request: &Request) -> bool {
    let address = request.uri().path_and_query();
    address.is_some_and(|address| address.as_str().contains("%00"))
}

pub(super) fn misdirected() -> Response {
    let what = "这个网址不是本站的网址";
    let advice = "请从本站公布的网址进入；是本站管理员的，请核对配置里的网址与浏览器地址栏是否一致。";
    refused(StatusCode::MISDIRECTED_REQUEST, what, advice)
}

/// A length and a chunked body at once: a proxy may read it otherwise than we do.
fn ambiguous() -> Response {
    refused(
        StatusCode::BAD_REQUEST,
        "提交的内容长度写得前后不一",
        "请从页面上的按钮重新提交。",
    )
}

fn refused(status: StatusCode, what: &str, advice: &str) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(FailureCard {
        what: what.into(),
        advice: advice.into(),
        reference: String::new(),
        home: "/",
    });
    response
}
