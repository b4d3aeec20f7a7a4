//! Structured logs and metrics. Neither holds personal data: addresses are logged as routes, errors as references.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::MakeWriterExt;

use crate::config::LogConfig;

/// Starts logging to standard error.
///
/// # Errors
/// When the level is none.
pub fn start_logging(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(format!(
        "{},sqlx=warn,sea_orm=warn,tantivy=warn,hyper=warn",
        config.level
    ))
    .with_context(|| format!("配置 log.level 的“{}”不是日志级别", config.level))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr.with_max_level(tracing::Level::TRACE));
    let started = match config.format.as_str() {
        "json" => builder.json().try_init(),
        _ => builder.try_init(),
    };
    started.map_err(|e| anyhow::anyhow!("日志无法启动：{e}"))
}

/// Starts counting.
///
/// # Errors
/// When counting has been started before.
pub fn start_metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0])
        .context("metrics buckets")?
        .install_recorder()
        .context("metrics recorder")
}

/// `/metrics`, for a collector on the same machine only.
pub fn metrics_route(handle: PrometheusHandle) -> Router {
    Router::new().route(
        "/metrics",
        get(move |ConnectInfo(peer): ConnectInfo<SocketAddr>| {
            let handle = handle.clone();
            async move { render(peer, &handle) }
        }),
    )
}

fn render(peer: SocketAddr, handle: &PrometheusHandle) -> Response {
    if !peer.ip().is_loopback() {
        return (StatusCode::FORBIDDEN, "metrics are served on loopback only\n").into_response();
    }
    handle.render().into_response()
}
