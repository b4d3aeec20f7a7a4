//! View types of the jobs.

use askama::Template;

use crate::form::Issues;
use crate::page::parts::{Choice, ErrorSummary, Pager, TextField};

/// Jobs of a class by state.
pub(super) struct ClassRow {
    pub name: &'static str,
    pub at_once: u32,
    pub counts: Vec<i64>,
}

/// A job in the list.
pub(super) struct JobRow {
    pub id: String,
    pub name: String,
    pub key: String,
    pub state: &'static str,
    pub tag: &'static str,
    pub tries: String,
    pub next: String,
    pub error: String,
}

/// A kind with poisoned jobs.
pub(super) struct PoisonedKind {
    pub id: String,
    pub name: String,
}

#[derive(Template)]
#[template(path = "job/list.html")]
pub(super) struct JobList<'a> {
    pub health: String,
    pub is_late: bool,
    pub states: Vec<&'static str>,
    pub classes: Vec<ClassRow>,
    pub state_choices: Vec<Choice>,
    pub kind_choices: Vec<Choice>,
    pub poisoned: Vec<PoisonedKind>,
    pub rows: Vec<JobRow>,
    pub pager: Pager,
    pub token: &'a str,
}

#[derive(Template)]
#[template(path = "job/show.html")]
pub(super) struct JobPage<'a> {
    pub job: JobRow,
    pub class: String,
    pub payload: String,
    pub created: String,
    pub lease: String,
    pub ended: String,
    pub may_retry: bool,
    pub may_drop: bool,
    pub reason: &'a str,
    pub issues: &'a Issues,
    pub token: &'a str,
}
