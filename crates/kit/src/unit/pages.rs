//! View types of the unit pages.

use askama::Template;

use crate::form::{Issues, Submission};
use crate::page::parts::{Choice, ErrorSummary, SelectField, TextField};

/// One unit in the list.
pub(super) struct UnitRow {
    pub id: String,
    pub short_name: String,
    pub full_name: String,
    pub kind: &'static str,
    pub groups: String,
    pub state: String,
}

#[derive(Template)]
#[template(path = "unit/list.html")]
pub(super) struct UnitList<'a> {
    pub rows: Vec<UnitRow>,
    pub may_change: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub kinds: &'a [Choice],
    pub token: &'a str,
}

/// One name in a unit's history.
pub(super) struct NameRow {
    pub full_name: String,
    pub short_name: String,
    pub from: String,
    pub to: String,
    pub reason: String,
}

#[derive(Template)]
#[template(path = "unit/show.html")]
pub(super) struct UnitPage<'a> {
    pub unit: &'a super::Unit,
    pub kind: &'static str,
    pub state: String,
    pub names: Vec<NameRow>,
    pub may_change: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub others: &'a [Choice],
    pub token: &'a str,
}
