//! Structured logs and metrics. Neither holds personal data: addresses are logged as routes, errors as references.

use std::net::SocketAddr;

use anyhow::Context;
use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, StatusCode, header};
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
        get(move |ConnectInfo(peer): ConnectInfo<SocketAddr>, headers: HeaderMap| {
            let handle = handle.clone();
            async move { render(peer, &headers, &handle) }
        }),
    )
}

/// Whether the collector itself stands on this machine: a proxy beside us, which passes on what others ask, names their
/// host or their address.
fn is_asked_here(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let is_passed_on = ["x-forwarded-for", "forwarded", "via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    peer.ip().is_loopback() && host.is_some_and(kit::web::is_this_machine) && !is_passed_on
}

fn render(peer: SocketAddr, headers: &HeaderMap, handle: &PrometheusHandle) -> Response {
    if !is_asked_here(peer, headers) {
        return (StatusCode::FORBIDDEN, "metrics are served on loopback only\n").into_response();
    }
    handle.render().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_told_to_this_machine_only_also_behind_a_proxy() {
        let asked = |peer: &str, lines: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.insert(*name, value.parse().unwrap());
            }
            is_asked_here(peer.parse().unwrap(), &headers)
        };
        assert!(asked("127.0.0.1:5000", &[("host", "127.0.0.1:8081")]));
        assert!(asked("[::1]:5000", &[("host", "localhost:8081")]));
        assert!(!asked("192.0.2.7:5000", &[("host", "127.0.0.1:8081")]));
        assert!(!asked("127.0.0.1:5000", &[("host", "desk.example.gov.cn")]));
        assert!(!asked(
            "127.0.0.1:5000",
            &[("host", "127.0.0.1:8081"), ("x-forwarded-for", "192.0.2.7")]
        ));
        assert!(!asked("127.0.0.1:5000", &[]));
    }
}
