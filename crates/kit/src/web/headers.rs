//! Headers that every answer carries.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::capability::Face;
use crate::site::Site;

/// No script at all on the public site; on the desk only files of our own. Neither takes inline styles or scripts.
const PUBLIC_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
const DESK_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; \
    form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The public policy of the one page that needs a script of our own: a form under attack, whose proof of work is reckoned
/// there. Nothing else on it may run.
pub(crate) const PUBLIC_POLICY_WITH_OWN_SCRIPT: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
    media-src 'self'; script-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// How long a browser is to insist on HTTPS, in seconds; without subdomains, which are others' to decide about.
const ONE_YEAR: &str = "max-age=31536000";

pub(super) async fn add(State((site, face)): State<(Arc<Site>, Face)>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let (policy, address) = match face {
        Face::Public => (PUBLIC_POLICY, &site.profile.public_url),
        Face::Desk => (DESK_POLICY, &site.profile.desk_url),
    };
    let headers = response.headers_mut();
    if address.starts_with("https://") {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(ONE_YEAR));
    }
    if face == Face::Desk {
        let hidden = HeaderValue::from_static("noindex, nofollow");
        headers.insert(HeaderName::from_static("x-robots-tag"), hidden);
    }
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
