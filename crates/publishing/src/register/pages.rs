//! View types of the two registers.

use askama::Template;
use kit::form::{Issues, Submission};
use kit::page::parts::{Choice, ErrorSummary, SelectField, TextField};

/// One thing on the list.
pub(super) struct ExpectedRow {
    pub id: String,
    pub unit: String,
    pub topic: String,
    pub title: String,
    pub due: String,
    pub basis: String,
    pub document: Option<(String, String)>,
    pub state: &'static str,
    pub class: &'static str,
    pub may_fulfil: bool,
}

#[derive(Template)]
#[template(path = "register/expected.html")]
pub(super) struct ExpectedPage<'a> {
    pub rows: Vec<ExpectedRow>,
    pub may_enter: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub units: &'a [Choice],
    pub topics: Vec<String>,
    pub token: &'a str,
}

/// One sequence of numbers.
pub(super) struct SequenceRow {
    pub unit: String,
    pub code: String,
    pub year: i32,
    pub last: i32,
    pub entered: String,
}

#[derive(Template)]
#[template(path = "register/numbers.html")]
pub(super) struct NumbersPage<'a> {
    pub rows: Vec<SequenceRow>,
    pub may_enter: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub units: &'a [Choice],
    pub token: &'a str,
}
