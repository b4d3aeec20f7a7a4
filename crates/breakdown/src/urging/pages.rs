//! View types of urging.

use askama::Template;
use kit::form::Issues;
use kit::page::parts::{Choice, ErrorSummary, SelectField, TextField};

/// A unit with something unfinished.
pub(super) struct UnitRow {
    pub id: String,
    pub name: String,
    pub all: usize,
    pub late: usize,
}

#[derive(Template)]
#[template(path = "urging/units.html")]
pub(super) struct UnitsPage {
    pub key: String,
    pub words: String,
    pub rows: Vec<UnitRow>,
}

/// Something unfinished.
pub(super) struct ItemRow {
    pub title: String,
    pub link: String,
    pub due: String,
    pub is_late: bool,
}

#[derive(Template)]
#[template(path = "urging/form.html")]
pub(super) struct UrgePage<'a> {
    pub key: String,
    pub words: String,
    pub unit: String,
    pub unit_name: String,
    pub items: Vec<ItemRow>,
    pub kinds: Vec<Choice>,
    pub due: String,
    pub text: &'a str,
    pub issues: &'a Issues,
    pub token: &'a str,
}
