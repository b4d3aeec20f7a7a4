//! View types of leaving.

use askama::Template;

use super::Handed;
use crate::form::Issues;
use crate::page::parts::{Choice, ErrorSummary, SelectField, TextField};

#[derive(Template)]
#[template(path = "leaving/preview.html")]
pub(super) struct Preview<'a> {
    pub id: String,
    pub name: &'a str,
    pub items: &'a [Handed],
    pub successors: &'a [Choice],
    pub left_on: &'a str,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// One hand-over, printable.
pub(super) struct ListView {
    pub left_on: String,
    pub successor: String,
    pub by: String,
    pub at: String,
    pub items: Vec<Handed>,
    pub grants: Vec<String>,
}

#[derive(Template)]
#[template(path = "leaving/list.html")]
pub(super) struct HandoverList<'a> {
    pub id: String,
    pub name: &'a str,
    pub lists: Vec<ListView>,
}
