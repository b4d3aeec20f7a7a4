//! `/healthz`: whether this process can serve.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sea_orm::ConnectionTrait;

use crate::capability::Route;
use crate::permission::Access;
use crate::site::Site;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::public("/healthz", get(check)),
        Route::desk("GET", "/healthz", Access::Anyone, get(check)),
    ]
}

/// Says `ok` when the database answers. A balancer asks often, so nothing heavier is done.
async fn check(State(site): State<Arc<Site>>) -> Response {
    let asking = site.db.read().execute_unprepared("SELECT 1");
    // A balancer wants to know at once, and does not wait as long as a connection may take.
    let answers = matches!(tokio::time::timeout(PATIENCE, asking).await, Ok(Ok(_)));
    let (status, word) = if answers {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "database\n")
    };
    (status, [(header::CACHE_CONTROL, "no-store")], word).into_response()
}
