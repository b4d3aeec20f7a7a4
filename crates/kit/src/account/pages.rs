//! View types of the account pages.

use askama::Template;

use super::oidc::Linked;
use super::security::SessionRow;
use crate::form::Issues;
use crate::page::parts::{Choice, ErrorSummary, SelectField, TextField};

#[derive(Template)]
#[template(path = "account/sign_in.html")]
pub(super) struct SignIn<'a> {
    pub issues: &'a Issues,
    pub login: &'a str,
    pub next: &'a str,
    pub by_passkey: bool,
    /// What the button of the identity provider says, where there is one.
    pub provider: Option<&'a str>,
    pub encoded_next: &'a str,
}

#[derive(Template)]
#[template(path = "account/redeem.html")]
pub(super) struct Redeem<'a> {
    pub issues: &'a Issues,
    pub name: &'a str,
    pub login: &'a str,
}

/// One account in the list.
pub(super) struct AccountRow {
    pub id: String,
    pub login: String,
    pub name: String,
    pub state: &'static str,
    pub is_active: bool,
    pub grants: Vec<GrantRow>,
}

/// One role held.
pub(super) struct GrantRow {
    pub id: String,
    pub role: &'static str,
    pub unit: String,
}

#[derive(Template)]
#[template(path = "account/list.html")]
pub(super) struct AccountList<'a> {
    pub rows: Vec<AccountRow>,
    pub issues: &'a Issues,
    pub login: &'a str,
    pub name: &'a str,
    pub roles: &'a [Choice],
    pub units: &'a [Choice],
    pub token: &'a str,
}

#[derive(Template)]
#[template(path = "account/show.html")]
pub(super) struct AccountPage<'a> {
    pub account: AccountRow,
    pub is_own: bool,
    pub has_factor: bool,
    pub has_left: bool,
    pub sessions: Vec<SessionRow>,
    pub provider: Option<Linked>,
    pub issues: &'a Issues,
    pub roles: &'a [Choice],
    pub units: &'a [Choice],
    pub token: &'a str,
}

#[derive(Template)]
#[template(path = "account/link.html")]
pub(super) struct LinkIssued<'a> {
    pub name: &'a str,
    pub url: &'a str,
    pub back: &'a str,
}

/// One line of somebody's work.
pub(super) struct WorkLine {
    pub day: String,
    pub machine_day: String,
    pub left: String,
    pub class: &'static str,
    pub title: String,
    pub place: String,
    pub link: String,
    pub verb: String,
}

#[derive(Template)]
#[template(path = "account/work.html")]
pub(super) struct Work {
    pub today: String,
    pub machine_today: String,
    pub due: Vec<WorkLine>,
    pub waiting: Vec<WorkLine>,
}
