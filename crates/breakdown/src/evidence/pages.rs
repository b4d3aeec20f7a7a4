//! View types of evidence.

use askama::Template;
use kit::form::{Issues, Submission};
use kit::page::parts::{ErrorSummary, TextField};

pub(super) struct RecordRow {
    pub id: String,
    pub no: i32,
    pub title: String,
    pub unit: String,
    pub reporting: String,
    pub submitted: String,
    pub state: &'static str,
    pub tag: &'static str,
}

pub(super) struct NilRow {
    pub no: i32,
    pub key: String,
    pub unit: String,
    pub period: String,
    pub reason: String,
}

#[derive(Template)]
#[template(path = "evidence/list.html")]
pub(super) struct EvidencePage {
    pub mine: Vec<RecordRow>,
    pub others: Vec<RecordRow>,
    pub nils: Vec<NilRow>,
}

pub(super) struct FileView {
    pub link: String,
    pub name: String,
    pub size: String,
}

#[derive(Template)]
#[template(path = "evidence/show.html")]
pub(super) struct RecordPage<'a> {
    pub id: String,
    pub key: String,
    pub no: i32,
    pub task_title: String,
    pub title: String,
    pub unit: String,
    pub part: &'static str,
    pub state: &'static str,
    pub tag: &'static str,
    pub reporting: String,
    pub done: String,
    pub done_on: String,
    pub machine_done_on: String,
    pub submitted: String,
    pub decided: String,
    pub reason: String,
    pub files: Vec<FileView>,
    pub is_open: bool,
    pub may_decide: bool,
    pub refused_because: &'static str,
    pub issues: &'a Issues,
    pub token: &'a str,
}

#[derive(Template)]
#[template(path = "evidence/upload.html")]
pub(super) struct UploadPage<'a> {
    pub key: String,
    pub no: i32,
    pub task_title: String,
    pub requirement: String,
    pub unit_id: String,
    pub unit: String,
    pub part_id: &'static str,
    pub part: &'static str,
    pub date: String,
    pub spoken: String,
    pub state: String,
    pub nil_until: String,
    pub nil_last: String,
    pub may_report: bool,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub token: &'a str,
}
