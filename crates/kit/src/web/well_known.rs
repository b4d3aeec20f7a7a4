//! What machines ask for by fixed names: whom to tell of a weakness, and that the desk is nobody's to index.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::{Duration, NaiveTime};

use crate::capability::Route;
use crate::error::{Error, Result};
use crate::permission::Access;
use crate::site::Site;

/// For how many days what stands in security.txt may be relied upon (RFC 9116 asks for less than a year).
const GOOD_FOR_DAYS: i64 = 180;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::public("/.well-known/security.txt", get(security)),
        Route::desk("GET", "/robots.txt", Access::Anyone, get(no_robots)),
    ]
}

async fn security(State(site): State<Arc<Site>>) -> Result<Response> {
    let contact = &site.edge.security_contact;
    if contact.is_empty() {
        return Err(Error::not_found("这个文件"));
    }
    let until = (site.clock.now() + Duration::days(GOOD_FOR_DAYS)).date_naive();
    let until = until.and_time(NaiveTime::MIN).format("%Y-%m-%dT%H:%M:%SZ");
    let address = &site.profile.public_url;
    let text = format!(
        "Contact: {contact}\nExpires: {until}\nPreferred-Languages: zh\nCanonical: {address}/.well-known/security.txt\n"
    );
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}

async fn no_robots() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (kind, "User-agent: *\nDisallow: /\n").into_response()
}
