//! What is counted and timed for every request, without personal data.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;

/// Counts and times each request under its route, never under its address, which may hold a name or a code.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", |p| p.as_str())
        .to_string();
    let response = next.run(request).await;
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    let labels = [
        ("method", method.to_string()),
        ("route", route.clone()),
        ("status", status.to_string()),
    ];
    metrics::counter!("gongkai_requests_total", &labels).increment(1);
    metrics::histogram!("gongkai_request_seconds", "route" => route.clone()).record(seconds);
    tracing::info!(%method, route, status, milliseconds = (seconds * 1000.0) as u64, "request");
    response
}
