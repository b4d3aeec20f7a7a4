//! Attachments and pictures of public documents. Each is served through its document's visibility and under no other
//! address: when the page is gone, so are they.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use kit::blob::BlobId;
use kit::{Error, Result, Site};

use crate::document::store as documents;
use crate::document::store::file;
use crate::release::visibility::{self, Visible};

/// Sends an attachment.
pub(super) async fn attachment(
    State(site): State<Arc<Site>>,
    Path((year, serial, position)): Path<(i32, i32, i32)>,
) -> Result<Response> {
    let found = find(&site, year, serial, |f| {
        f.role == "attachment" && f.position == position
    })
    .await?;
    let bytes = bytes_of(&site, &found).await?;
    Ok(download(&found.name, &found.media_type, bytes))
}

/// Sends a picture that stands in the text.
pub(super) async fn picture(
    State(site): State<Arc<Site>>,
    Path((year, serial, blob)): Path<(i32, i32, String)>,
) -> Result<Response> {
    let found = find(&site, year, serial, |f| f.role == "picture" && f.blob == blob).await?;
    let bytes = bytes_of(&site, &found).await?;
    // Asked for again each time: when the page is taken down, its pictures are gone at once.
    let headers = [
        (header::CONTENT_TYPE, found.media_type),
        (header::CACHE_CONTROL, "no-cache".into()),
    ];
    Ok((headers, bytes).into_response())
}

async fn find(site: &Site, year: i32, serial: i32, is_it: impl Fn(&file::Model) -> bool) -> Result<file::Model> {
    let gone = || Error::not_found("这个文件");
    let Visible::Page(page) = visibility::at(site.db.read(), &format!("/p/{year}/{serial}")).await? else {
        return Err(gone());
    };
    let files = documents::files(site.db.read(), page.revision.id).await?;
    files.into_iter().find(is_it).ok_or_else(gone)
}

async fn bytes_of(site: &Site, file: &file::Model) -> Result<Bytes> {
    let id = BlobId::parse(&file.blob).ok_or_else(|| Error::Internal("a file without a blob".into()))?;
    site.blobs.get(&id).await
}

/// A download: it is saved, never shown, whatever is in it.
pub(crate) fn download(name: &str, media_type: &str, bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, kind);
    let disposition = format!("attachment; filename*=UTF-8''{}", super::encode(name));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; sandbox"),
    );
    response
}
