//! `/healthz`: whether this process can serve. `/readyz`: whether what runs beside it keeps up.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sea_orm::ConnectionTrait;

use crate::capability::Route;
use crate::job;
use crate::permission::Access;
use crate::site::Site;

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::public("/healthz", get(check)),
        Route::desk("GET", "/healthz", Access::Anyone, get(check)),
        Route::desk("GET", "/readyz", Access::Anyone, get(ready)),
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

/// Says `ok`, or `jobs late` with the seconds that the oldest job has been due. A queue that does not keep up is no reason to
/// take a node away, so the status stays 200; without a database it is 503.
async fn ready(State(site): State<Arc<Site>>) -> Response {
    let (status, word) = match job::backlog(&site).await {
        Ok(backlog) if backlog.is_late() => {
            let seconds = backlog.oldest.num_seconds();
            (StatusCode::OK, format!("jobs late {seconds}\n"))
        }
        Ok(_) => (StatusCode::OK, "ok\n".to_string()),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database\n".to_string()),
    };
    (status, [(header::CACHE_CONTROL, "no-store")], word).into_response()
}
