//! View types of the register of numbers.

use askama::Template;

use crate::form::{Issues, Submission};
use crate::page::parts::{ErrorSummary, Pager, TextField};

/// One series in one year.
pub(super) struct YearRow {
    pub year: i32,
    pub given_before: i64,
    pub last: i64,
    pub issued: i64,
    pub voided: i64,
}

/// One series with its years.
pub(super) struct SeriesRow {
    pub name: String,
    pub label: String,
    pub format: String,
    pub given_to: &'static str,
    pub years: Vec<YearRow>,
}

#[derive(Template)]
#[template(path = "numbering/list.html")]
pub(super) struct SeriesList<'a> {
    pub rows: Vec<SeriesRow>,
    pub asked: &'a str,
    pub not_found: bool,
}

#[derive(Template)]
#[template(path = "numbering/series.html")]
pub(super) struct SeriesPage<'a> {
    pub series: SeriesRow,
    pub may_change: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// One number.
pub(super) struct NumberRow {
    pub text: String,
    pub serial: i64,
    pub at: String,
    pub by: String,
    pub given_to: String,
    pub link: Option<String>,
    pub void: Option<Void>,
}

/// How a number ended.
pub(super) struct Void {
    pub at: String,
    pub by: String,
    pub reason: String,
}

#[derive(Template)]
#[template(path = "numbering/year.html")]
pub(super) struct YearPage {
    pub series: String,
    pub label: String,
    pub year: i32,
    pub given_before: i64,
    pub rows: Vec<NumberRow>,
    pub pager: Pager,
}

#[derive(Template)]
#[template(path = "numbering/number.html")]
pub(super) struct NumberPage<'a> {
    pub series: String,
    pub label: String,
    pub year: i32,
    pub number: NumberRow,
    pub may_void: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub token: &'a str,
}
