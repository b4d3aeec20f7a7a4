//! View types of the task page.

use askama::Template;
use kit::form::Issues;
use kit::page::parts::{Choice, ErrorSummary, SelectField, TextField};

pub(super) struct MeasureView {
    pub binding: String,
    pub name: &'static str,
    pub topic: String,
    pub class: &'static str,
    pub ratio: String,
    pub width: Option<usize>,
    pub tag: &'static str,
    pub state: String,
    pub denominator: &'static str,
    pub keeper: &'static str,
}

pub(super) struct UnfinishedView {
    pub title: String,
    pub unit: String,
    pub due: String,
    pub machine_due: String,
    pub tag: &'static str,
    pub state: String,
    pub link: String,
}

pub(super) struct AssignmentView {
    pub id: String,
    pub unit: String,
    pub since: String,
    pub part: &'static str,
    pub origin: &'static str,
    pub state: &'static str,
    pub limit: String,
    pub reporting: String,
    pub section: String,
    pub class: &'static str,
    pub ratio: String,
    pub width: Option<usize>,
}

pub(super) struct RecordView {
    pub id: String,
    pub title: String,
    pub unit: String,
    pub reporting: String,
    pub submitted: String,
    pub state: &'static str,
    pub tag: &'static str,
    pub decided: String,
}

pub(super) struct NilView {
    pub id: String,
    pub unit: String,
    pub period: String,
    pub reason: String,
    pub signed: String,
    pub state: String,
    pub may_check: bool,
}

#[derive(Template)]
#[template(path = "task/show.html")]
pub(super) struct TaskPage<'a> {
    pub year: i32,
    pub key: String,
    pub no: i32,
    pub title: String,
    pub chapter: String,
    pub chapter_place: usize,
    pub section: String,
    pub requirement: String,
    pub leads: String,
    pub lead_note: String,
    pub responsible: String,
    pub due_text: String,
    pub is_open: bool,
    pub as_of: String,
    pub machine_as_of: String,
    pub unit: String,
    pub measures: Vec<MeasureView>,
    pub unfinished: Vec<UnfinishedView>,
    pub assignments: Vec<AssignmentView>,
    pub records: Vec<RecordView>,
    pub nils: Vec<NilView>,
    pub may_coordinate: bool,
    pub choices: Vec<Choice>,
    pub units: Vec<Choice>,
    pub parts: Vec<Choice>,
    pub issues: &'a Issues,
    pub token: &'a str,
}
