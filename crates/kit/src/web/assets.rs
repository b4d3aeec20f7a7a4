//! Style sheets and scripts, whose names change with their bytes, so that browsers may keep them for ever.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::capability::Route;
use crate::error::{Error, Result};
use crate::permission::Access;
use crate::site::Site;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::public("/assets/{name}", get(show)),
        Route::desk("GET", "/assets/{name}", Access::Anyone, get(show)),
    ]
}

async fn show(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Result<Response> {
    let bytes = site.assets.bytes(&name).ok_or_else(|| Error::not_found("这个文件"))?;
    let kind = match name.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, bytes).into_response())
}
