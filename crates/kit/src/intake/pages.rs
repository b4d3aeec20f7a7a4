//! View types of the intake pages.

use askama::Template;

use crate::form::Issues;
use crate::page::parts::{ErrorSummary, Pager};

/// An earlier intake.
pub(super) struct PastRow {
    pub id: String,
    pub file_name: String,
    pub rows: i32,
    pub state: &'static str,
    pub uploaded: String,
    pub counts: String,
}

#[derive(Template)]
#[template(path = "intake/list.html")]
pub(super) struct ListPage<'a> {
    pub kind: &'static super::Kind,
    pub required: String,
    pub past: Vec<PastRow>,
    pub kept_days: i64,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// Where a column of the kind was found.
pub(super) struct ColumnView {
    pub name: &'static str,
    pub heading: String,
    pub required: bool,
}

/// A row with what is wrong with it or what became of it.
pub(super) struct RowView {
    pub number: u32,
    pub words: String,
    pub class: &'static str,
    pub lines: Vec<String>,
    pub link: String,
}

/// A choice among the outcomes.
pub(super) struct Tab {
    pub label: &'static str,
    pub count: i32,
    pub link: String,
    pub is_shown: bool,
}

#[derive(Template)]
#[template(path = "intake/show.html")]
pub(super) struct ShowPage<'a> {
    pub kind: &'static super::Kind,
    pub id: String,
    pub file_name: String,
    pub summary: String,
    pub state: super::model::State,
    pub known_before: bool,
    pub notices: &'a [String],
    pub columns: Vec<ColumnView>,
    pub headings: &'a [String],
    pub sample: Vec<(u32, Vec<String>)>,
    pub good: i32,
    pub bad: i32,
    pub done: i32,
    pub total: i32,
    pub counts: super::model::Counts,
    pub stopped: String,
    pub tabs: Vec<Tab>,
    pub rows: Vec<RowView>,
    pub pager: Option<Pager>,
    pub kept_days: i64,
    pub token: &'a str,
}

impl ShowPage<'_> {
    fn is_preview(&self) -> bool {
        self.state == super::model::State::Preview
    }

    fn is_working(&self) -> bool {
        self.state == super::model::State::Working
    }

    fn is_stopped(&self) -> bool {
        self.state == super::model::State::Stopped
    }

    fn is_done(&self) -> bool {
        self.state == super::model::State::Done
    }

    fn is_forgotten(&self) -> bool {
        self.state == super::model::State::Forgotten
    }
}
