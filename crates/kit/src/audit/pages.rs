//! View types of the audit record.

use askama::Template;

use crate::form::Issues;
use crate::page::parts::{Choice, Pager, SelectField, TextField};

/// One entry as shown.
pub(super) struct EntryRow {
    pub at: String,
    pub actor: String,
    pub sentence: String,
    pub subject: String,
    pub subject_id: String,
    pub detail: String,
}

#[derive(Template)]
#[template(path = "audit/list.html")]
pub(super) struct AuditList<'a> {
    pub rows: Vec<EntryRow>,
    pub by: &'a str,
    pub actions: &'a [Choice],
    pub subject: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub issues: &'a Issues,
    pub query: &'a str,
    pub pager: Pager,
}
