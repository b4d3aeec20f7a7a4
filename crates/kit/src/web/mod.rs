//! The two faces as routers: who may call what, what every answer carries, and how an error looks.

pub(crate) mod access;
mod assets;
pub(crate) mod display;
mod edge;
mod entrance;
mod extract;
mod failure;
pub(crate) mod headers;
mod health;
mod listen;
mod sender;
mod well_known;

pub use edge::{Edge, Forwarded, host_name, is_this_machine, networks};
pub use extract::{Desk, DeskForm, Public, PublicForm};
pub(crate) use extract::{checked_form, read_form};
pub use failure::FailureCard;
pub use listen::{Limits, serve};
pub use sender::Sender;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use tower::ServiceExt;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::capability::{Face, Route};
use crate::permission::Access;
use crate::site::Site;
use crate::{account, audit, intake, job, message, notice, reading, telemetry, unit};

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
    routes.extend(intake::routes());
    routes.extend(job::routes());
    routes.extend(notice::routes());
    routes.extend(crate::numbering::routes());
    routes.extend(reading::routes());
    routes.extend(message::routes());
    routes.extend(assets::routes());
    routes.extend(health::routes());
    routes.extend(display::routes());
    routes.extend(well_known::routes());
    routes
}

/// Every route as (face, path, methods, who may call it), for the printed table and for the test that each has an
/// answer to the last question.
pub fn table(routes: &[Route]) -> Vec<(Face, &'static str, &'static str, String)> {
    let mut rows: Vec<_> = routes
        .iter()
        .map(|r| {
            let proof = if r.proof.is_some() {
                "，须重新确认身份"
            } else {
                ""
            };
            (r.face, r.path, r.methods, format!("{}{proof}", r.access.label()))
        })
        .collect();
    rows.sort();
    rows
}

fn face(site: &Arc<Site>, face: Face, routes: Vec<Route>) -> Router {
    let mut router = Router::new();
    for route in routes.into_iter().filter(|r| r.face == face) {
        let guard = from_fn_with_state((site.clone(), route.access, route.proof), access::require);
        router = match face {
            Face::Desk => router.route(route.path, route.handler.route_layer(guard)),
            Face::Public if matches!(route.access, Access::Anyone) => {
                let own_pages = from_fn_with_state(site.clone(), access::from_own_pages);
                router.route(route.path, route.handler.route_layer(own_pages))
            }
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
        .layer(from_fn_with_state((site.clone(), face), entrance::pass))
        .layer(from_fn_with_state((site.clone(), face), failure::render))
        .layer(from_fn_with_state((site.clone(), face), headers::add))
        .layer(from_fn(telemetry::observe))
        .with_state(site.clone())
}

/// Both faces behind one listener: the host decides which of them is meant, and no host means both. A host that is
/// neither's is answered by neither's pages.
pub fn by_host(edge: &Edge, public: Router, desk: Router) -> Router {
    let edge = Arc::new(edge.clone());
    Router::new().fallback(move |request: Request| {
        let face = face_of(&edge, &request);
        let (public, desk) = (public.clone(), desk.clone());
        async move {
            let answered = match face {
                Some(Face::Public) => public.oneshot(request).await,
                Some(Face::Desk) => desk.oneshot(request).await,
                None => Ok(nobody()),
            };
            answered.unwrap_or_else(|never| match never {})
        }
    })
}

/// Whose host this is. The face looks at it once more, so a request with two hosts gets no further than there.
fn face_of(edge: &Edge, request: &Request) -> Option<Face> {
    match request.uri().path() {
        // The health of both faces is the same question, asked by whatever name.
        "/healthz" => return Some(Face::Public),
        // It decides by itself who may ask.
        "/metrics" => return Some(Face::Desk),
        _ => {}
    }
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let is_of = |face| edge.answers(face, host, false);
    match (is_of(Face::Public), is_of(Face::Desk)) {
        (true, false) => Some(Face::Public),
        (false, true) => Some(Face::Desk),
        _ => None,
    }
}

fn nobody() -> Response {
    let mut response = entrance::misdirected();
    let kind = axum::http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    *response.body_mut() = "这个网址不是本站的网址，请从本站公布的网址进入。\n".into();
    response
}
