//! View types of second factors.

use askama::Template;

use crate::form::Issues;
use crate::page::parts::{ErrorSummary, TextField};

/// Asks for the second factor after the password.
#[derive(Template)]
#[template(path = "security/second_factor.html")]
pub(super) struct Ask<'a> {
    pub issues: &'a Issues,
    pub by_code: bool,
    pub by_passkey: bool,
    pub next: &'a str,
    pub token: &'a str,
}

/// Setting up an authenticator app.
#[derive(Template)]
#[template(path = "security/enrol.html")]
pub(super) struct Enrol<'a> {
    pub issues: &'a Issues,
    pub is_required: bool,
    pub picture: &'a str,
    pub secret: &'a str,
    pub next: &'a str,
    pub token: &'a str,
}

/// The recovery codes, shown once.
#[derive(Template)]
#[template(path = "security/codes.html")]
pub(in crate::account) struct Codes<'a> {
    pub codes: &'a [String],
    pub next: &'a str,
}
