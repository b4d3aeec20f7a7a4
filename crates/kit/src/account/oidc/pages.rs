//! View types of single sign-on.

use askama::Template;

/// What an account page and one's own security page say of a link.
pub(in crate::account) struct Linked {
    /// What the provider is called.
    pub label: String,
    /// Who it is there and since when, when there is a link.
    pub link: Option<(String, String)>,
}

/// Leads somebody signed in on to the provider. A form may not lead to another site, so that it takes a click.
#[derive(Template)]
#[template(path = "oidc/go.html")]
pub(super) struct Go<'a> {
    pub label: &'a str,
    pub address: &'a str,
}
