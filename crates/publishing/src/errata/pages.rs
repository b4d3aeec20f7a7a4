//! View types of reported errors.

use askama::Template;
use kit::form::{Issues, Submission};
use kit::guard::GuardFields;
use kit::page::parts::{Choice, ErrorSummary, Pager, SelectField, TextField};

#[derive(Template)]
#[template(path = "errata/new.html")]
pub(super) struct NewPage<'a> {
    pub form: &'a Submission,
    pub page: &'a str,
    pub issues: &'a Issues,
    pub kinds: &'a [Choice],
    pub guard: GuardFields,
    pub days: u32,
}

#[derive(Template)]
#[template(path = "errata/receipt.html")]
pub(super) struct ReceiptPage {
    pub number: String,
    pub code: String,
    pub answer_by: Option<String>,
}

#[derive(Template)]
#[template(path = "errata/ask.html")]
pub(super) struct AskPage<'a> {
    pub number: &'a str,
    pub issues: &'a Issues,
}

/// What the public sees of a report, and of it only with its code.
#[derive(Template)]
#[template(path = "errata/status.html")]
pub(super) struct StatusPage {
    pub number: String,
    pub page: String,
    pub kind: &'static str,
    pub words: String,
    pub received: String,
    pub unit: String,
    pub state: &'static str,
    pub class: &'static str,
    pub answer_by: Option<String>,
    pub answer: Option<(String, String)>,
}

/// A line of the desk's list.
pub(super) struct Row {
    pub id: String,
    pub number: String,
    pub page: String,
    pub kind: &'static str,
    pub unit: String,
    pub received: String,
    pub due: String,
    pub state: &'static str,
    pub class: &'static str,
}

#[derive(Template)]
#[template(path = "errata/list.html")]
pub(super) struct ListPage {
    pub rows: Vec<Row>,
    pub is_open: bool,
    pub pager: Pager,
}

/// One step of a report's history.
pub(super) struct StepLine {
    pub at: String,
    pub who: String,
    pub what: String,
    pub words: String,
}

#[derive(Template)]
#[template(path = "errata/show.html")]
pub(super) struct ShowPage<'a> {
    pub row: Row,
    pub url: String,
    pub words: &'a str,
    pub has_contact: bool,
    pub contact: Option<&'a str>,
    pub explanation: String,
    pub transfer_by: Option<String>,
    pub steps: Vec<StepLine>,
    pub is_open: bool,
    pub units: &'a [Choice],
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub token: &'a str,
}
