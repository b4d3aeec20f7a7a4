//! What the guard puts into a form, and the policy of a page that reckons.

use askama::Template;
use askama::filters::HtmlSafe;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::ticket::Ticket;
use crate::site::Site;
use crate::web::headers::PUBLIC_POLICY_WITH_OWN_SCRIPT;

/// The field that people do not see and programs fill in.
pub(super) const TRAP: &str = "homepage";

/// Fields of the guard: the ticket, a field that stays empty, and under attack the price with the script that pays it.
/// They stand inside the form.
#[derive(Template)]
#[template(path = "guard/fields.html")]
pub struct GuardFields {
    ticket: String,
    nonce: String,
    bits: u32,
    wait: i64,
    script: String,
}

impl HtmlSafe for GuardFields {}

impl GuardFields {
    /// The fields for a ticket.
    pub fn of(site: &Site, ticket: &Ticket) -> GuardFields {
        GuardFields {
            ticket: ticket.to_string(),
            nonce: ticket.nonce().to_string(),
            bits: ticket.demand().bits,
            wait: ticket.seconds_left(site.clock.now()),
            script: site.assets.address("proof.js"),
        }
    }
}

/// Gives a page with a form its policy: while its ticket costs something, our own script may run on it, and nothing else.
pub fn policy(mut response: Response, ticket: &Ticket) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if ticket.level > 0 {
        let policy = HeaderValue::from_static(PUBLIC_POLICY_WITH_OWN_SCRIPT);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
