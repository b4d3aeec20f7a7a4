//! View types of the record of reading.

use askama::Template;

use crate::form::Issues;
use crate::page::parts::{Pager, TextField};

/// One look as shown.
pub(super) struct LookRow {
    pub at: String,
    pub by: String,
    pub subject: String,
    pub subject_id: String,
    pub fields: String,
    pub reason: String,
}

#[derive(Template)]
#[template(path = "reading/list.html")]
pub(super) struct LookList<'a> {
    pub rows: Vec<LookRow>,
    pub by: &'a str,
    pub subject: &'a str,
    pub from: &'a str,
    pub to: &'a str,
    pub issues: &'a Issues,
    pub pager: Pager,
}
