//! View types of the message pages.

use askama::Template;

use crate::form::{Issues, Submission};
use crate::page::parts::{Choice, ErrorSummary, Pager, SelectField, TextField};

/// One message in the list.
pub(super) struct Row {
    pub id: String,
    pub at: String,
    pub channel: &'static str,
    pub template: String,
    pub state: &'static str,
    pub why: String,
    pub tries: i32,
}

#[derive(Template)]
#[template(path = "message/list.html")]
pub(super) struct List<'a> {
    pub rows: Vec<Row>,
    pub states: &'a [Choice],
    pub counts: Vec<(&'static str, i64)>,
    pub health: String,
    pub is_good: bool,
    pub strays: u64,
    pub pager: Pager,
}

#[derive(Template)]
#[template(path = "message/show.html")]
pub(super) struct Show<'a> {
    pub row: Row,
    pub to: String,
    pub first_try: String,
    pub last_try: String,
    pub ended: String,
    pub wiped: String,
    pub may_be_double: bool,
    pub is_waiting: bool,
    pub may_retry: bool,
    pub issues: &'a Issues,
    pub form: &'a Submission,
    pub token: &'a str,
}

/// A template with sample values.
pub(super) struct Sample {
    pub id: String,
    pub name: &'static str,
    pub channel: &'static str,
    pub file: String,
    pub is_own: bool,
    pub subject: String,
    pub text: String,
    pub length: usize,
    pub gaps: String,
}

#[derive(Template)]
#[template(path = "message/samples.html")]
pub(super) struct Samples {
    pub samples: Vec<Sample>,
}

/// Returned mail that waits.
pub(super) struct StrayRow {
    pub id: String,
    pub at: String,
    pub reason: String,
    pub excerpt: String,
}

#[derive(Template)]
#[template(path = "message/returned.html")]
pub(super) struct ReturnedList<'a> {
    pub rows: Vec<StrayRow>,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// One way to be reached.
pub(super) struct Way<'a> {
    pub id: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    pub address: String,
    pub state: &'static str,
    pub is_set: bool,
    pub awaits_code: bool,
    pub is_confirmed: bool,
    pub is_paused: bool,
    pub notice: &'static str,
    pub issues: &'a Issues,
}

impl Way<'_> {
    fn code_field(&self) -> &'static str {
        match self.id {
            "mail" => "code-mail",
            _ => "code-sms",
        }
    }
}

#[derive(Template)]
#[template(path = "message/addresses.html")]
pub(super) struct Addresses<'a> {
    pub ways: Vec<Way<'a>>,
    pub issues: &'a Issues,
    pub token: &'a str,
}
