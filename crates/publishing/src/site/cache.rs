//! Rendered pages kept in memory. A page is fresh as long as journal position and date are those it was rendered at;
//! a stale one is rendered again when somebody asks, and keeps its ETag when its bytes are the same.

use std::future::Future;
use std::io::Write;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use bytes::Bytes;
use chrono::NaiveDate;
use flate2::Compression;
use flate2::write::GzEncoder;
use kit::page::Display;
use kit::{Error, Result};
use moka::future::Cache;
use sha2::{Digest, Sha256};

/// Bytes of pages kept.
const CAPACITY: u64 = 64 * 1024 * 1024;

/// The pages of one site.
pub struct PageCache {
    pages: Cache<(String, Display), Arc<Kept>>,
}

/// What a page depends on besides its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Edition {
    /// The journal's position.
    pub position: i64,
    /// The date in Shanghai: validity and days left change with it.
    pub today: NaiveDate,
    /// The minute of its rendering, where a page shows what has no entry in the journal; otherwise none.
    pub minute: Option<i64>,
}

struct Kept {
    edition: Edition,
    status: StatusCode,
    plain: Bytes,
    gzip: Bytes,
    etag: HeaderValue,
}

impl Default for PageCache {
    fn default() -> Self {
        let weigh = |_: &(String, Display), page: &Arc<Kept>| {
            u32::try_from(page.plain.len() + page.gzip.len()).unwrap_or(u32::MAX)
        };
        PageCache {
            pages: Cache::builder().max_capacity(CAPACITY).weigher(weigh).build(),
        }
    }
}

impl PageCache {
    /// The page at an address, rendered when it is not there or stale. Only pages that answer 200 or 410 are kept.
    pub(crate) async fn serve<F>(
        &self,
        path: &str,
        display: Display,
        edition: Edition,
        headers: &HeaderMap,
        render: impl FnOnce() -> F,
    ) -> Result<Response>
    where
        F: Future<Output = Result<(StatusCode, String)>>,
    {
        let key = (path.to_string(), display);
        let kept = match self.pages.get(&key).await {
            Some(kept) if kept.edition == edition => kept,
            _ => {
                let (status, html) = render().await?;
                let kept = Arc::new(Kept::of(edition, status, html)?);
                self.pages.insert(key, kept.clone()).await;
                kept
            }
        };
        Ok(kept.answer(headers))
    }
}

impl Kept {
    fn of(edition: Edition, status: StatusCode, html: String) -> Result<Kept> {
        let failed = |e: std::io::Error| Error::Internal(format!("gzip: {e}"));
        let hash: String = Sha256::digest(html.as_bytes())
            .iter()
            .take(16)
            .map(|b| format!("{b:02x}"))
            .collect();
        let etag = HeaderValue::from_str(&format!("\"{hash}\"")).map_err(|e| Error::Internal(e.to_string()))?;
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(html.as_bytes()).map_err(failed)?;
        let gzip = Bytes::from(encoder.finish().map_err(failed)?);
        Ok(Kept {
            edition,
            status,
            plain: Bytes::from(html),
            gzip,
            etag,
        })
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let known = asked.get(header::IF_NONE_MATCH).is_some_and(|tags| {
            tags.as_bytes()
                .windows(self.etag.len())
                .any(|window| window == self.etag.as_bytes())
        });
        let takes_gzip = asked
            .get(header::ACCEPT_ENCODING)
            .and_then(|v| v.to_str().ok())
            .is_some_and(|v| v.contains("gzip"));
        let (status, body) = match (known && self.status == StatusCode::OK, takes_gzip) {
            (true, _) => (StatusCode::NOT_MODIFIED, Bytes::new()),
            (false, true) => (self.status, self.gzip.clone()),
            (false, false) => (self.status, self.plain.clone()),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding, Cookie"));
        headers.insert(header::ETAG, self.etag.clone());
        if status != StatusCode::NOT_MODIFIED && takes_gzip {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}
