//! The two faces as routers: who may call what, what every answer carries, and how an error looks.

pub(crate) mod access;
mod assets;
pub(crate) mod display;
mod extract;
mod failure;
mod headers;
mod health;

pub(crate) use extract::read_form;
pub use extract::{Desk, DeskForm, Public};
pub use failure::FailureCard;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::capability::{Face, Route};
use crate::error::Error;
use crate::permission::Access;
use crate::site::Site;
use crate::{account, audit, message, telemetry, unit};

/// The largest request taken: a file of 50 MB and the form around it.
pub const LARGEST_REQUEST: usize = 52 * 1024 * 1024;
/// The largest file taken.
pub const LARGEST_FILE: usize = 50 * 1024 * 1024;
/// After this a request is given up.
const SECONDS_PER_REQUEST: u64 = 120;

/// The public site.
pub fn public_router(site: &Arc<Site>, routes: Vec<Route>) -> Router {
    face(site, Face::Public, routes)
}

/// The staff desk.
pub fn desk_router(site: &Arc<Site>, routes: Vec<Route>) -> Router {
    face(site, Face::Desk, routes)
}

/// The kit's own routes.
pub fn own_routes() -> Vec<Route> {
    let mut routes = Vec::new();
    routes.extend(account::routes());
    routes.extend(unit::routes());
    routes.extend(audit::routes());
    routes.extend(message::routes());
    routes.extend(assets::routes());
    routes.extend(health::routes());
    routes.extend(display::routes());
    routes
}

/// Every route as (face, path, methods, who may call it), for the printed table and for the test that each has an
/// answer to the last question.
pub fn table(routes: &[Route]) -> Vec<(Face, &'static str, &'static str, &'static str)> {
    let mut rows: Vec<_> = routes
        .iter()
        .map(|r| (r.face, r.path, r.methods, r.access.label()))
        .collect();
    rows.sort();
    rows
}

fn face(site: &Arc<Site>, face: Face, routes: Vec<Route>) -> Router {
    let mut router = Router::new();
    for route in routes.into_iter().filter(|r| r.face == face) {
        let guard = from_fn_with_state((site.clone(), route.access), access::require);
        router = match face {
            Face::Desk => router.route(route.path, route.handler.route_layer(guard)),
            Face::Public if matches!(route.access, Access::Anyone) => router.route(route.path, route.handler),
            // Nobody signs in on the public site: a route that asks for it would be open to nobody.
            Face::Public => router,
        };
    }
    router
        .fallback(failure::nothing_here)
        .method_not_allowed_fallback(failure::not_this_way)
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .layer(CatchPanicLayer::custom(failure::panicked))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            Duration::from_secs(SECONDS_PER_REQUEST),
        ))
        .layer(from_fn(refuse_nul))
        .layer(from_fn_with_state((site.clone(), face), failure::render))
        .layer(from_fn_with_state(face, headers::add))
        .layer(from_fn(telemetry::observe))
        .with_state(site.clone())
}

/// NUL stands in no address of ours, and PostgreSQL takes it in no text.
async fn refuse_nul(request: Request, next: Next) -> Response {
    if request
        .uri()
        .path_and_query()
        .is_some_and(|address| address.as_str().contains("%00"))
    {
        let advice = "请删去后重新输入，或从页面上的链接重新进入";
        return Error::refused("网址里有不能使用的字符（空字符）", advice).into_response();
    }
    next.run(request).await
}
