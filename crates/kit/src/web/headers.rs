//! Headers that every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::capability::Face;

/// No script at all on the public site; on the desk only files of our own. Neither takes inline styles or scripts.
const PUBLIC_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const DESK_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

pub(super) async fn add(State(face): State<Face>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = match face {
        Face::Public => PUBLIC_POLICY,
        Face::Desk => DESK_POLICY,
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
