//! View types of the public's page.

use askama::Template;
use kit::page::parts::Choice;

use crate::board::Chart;

pub(super) struct TaskRow {
    pub no: i32,
    pub title: String,
    pub leads: String,
    pub class: &'static str,
    pub words: String,
    pub width: Option<usize>,
    pub state: &'static str,
    pub tag: &'static str,
}

pub(super) struct PartView {
    pub id: String,
    pub title: String,
    pub tasks: Vec<TaskRow>,
}

pub(super) struct TotalRow {
    pub label: String,
    pub link: String,
    pub tasks: usize,
    pub due: usize,
    pub done: usize,
    pub open: usize,
    pub late: usize,
}

#[derive(Template)]
#[template(path = "public/tasks.html")]
pub(super) struct TasksPage {
    pub title: String,
    pub quarter: String,
    pub as_of: String,
    pub machine_as_of: String,
    pub published: String,
    pub machine_published: String,
    pub quarters: Vec<Choice>,
    pub units: Vec<Choice>,
    pub unit: String,
    pub query: String,
    pub chart: Chart,
    pub totals: Vec<TotalRow>,
    pub sum: TotalRow,
    pub parts: Vec<PartView>,
}

#[derive(Template)]
#[template(path = "public/none.html")]
pub(super) struct NothingYet {
    pub next: String,
}

#[derive(Template)]
#[template(path = "public/panel.html")]
pub(super) struct PanelView {
    pub quarter: String,
    pub tasks: usize,
    pub due: usize,
    pub done: usize,
    pub open: usize,
    pub late: usize,
    pub done_percent: usize,
    pub open_percent: usize,
    pub late_at: usize,
    pub late_percent: usize,
}
