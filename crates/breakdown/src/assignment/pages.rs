//! View types of assignments and claims.

use askama::Template;
use kit::form::{Issues, Submission};
use kit::page::parts::{Choice, ErrorSummary, SelectField, TextField};

/// A task whose units are to be claimed.
pub(super) struct OpenTask {
    pub no: i32,
    pub key: String,
    pub title: String,
    pub words: String,
    pub leads: String,
    pub due: String,
    pub machine_due: String,
    pub is_late: bool,
    pub count: usize,
}

/// A unit on a list.
pub(super) struct ClaimRow {
    pub id: String,
    pub no: i32,
    pub unit: String,
    pub words: String,
    pub by: String,
    pub on: String,
    pub state: &'static str,
    pub decision: String,
}

#[derive(Template)]
#[template(path = "assignment/claims.html")]
pub(super) struct ClaimsPage<'a> {
    pub open: Vec<OpenTask>,
    pub proposed: Vec<ClaimRow>,
    pub objected: Vec<ClaimRow>,
    pub may_coordinate: bool,
    pub token: &'a str,
}

#[derive(Template)]
#[template(path = "assignment/propose.html")]
pub(super) struct ProposePage<'a> {
    pub key: String,
    pub no: i32,
    pub title: String,
    pub words: String,
    pub leads: String,
    pub listed: Vec<ClaimRow>,
    pub proposable: Vec<Choice>,
    pub own: Vec<Choice>,
    pub is_open: bool,
    pub may_settle: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// A reporting date to be ticked.
pub(super) struct DateChoice {
    pub machine: String,
    pub words: String,
    pub is_chosen: bool,
}

#[derive(Template)]
#[template(path = "assignment/show.html")]
pub(super) struct AssignmentPage<'a> {
    pub id: String,
    pub key: String,
    pub no: i32,
    pub title: String,
    pub unit: String,
    /// The unit that answers for it now.
    pub acting: String,
    pub part: &'static str,
    pub origin: &'static str,
    pub state: &'static str,
    pub proposal: String,
    pub objection: String,
    pub decision: String,
    pub limit: String,
    pub dates: Vec<DateChoice>,
    pub section: String,
    pub contact: String,
    pub note: String,
    pub may_adjust: bool,
    pub may_coordinate: bool,
    pub may_object: bool,
    pub may_withdraw: bool,
    pub is_objected: bool,
    pub issues: &'a Issues,
    pub token: &'a str,
}
