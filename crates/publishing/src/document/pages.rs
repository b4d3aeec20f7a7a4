//! View types of the document pages on the desk.

use askama::Template;
use kit::form::{Issues, Submission};
use kit::page::Markup;
use kit::page::parts::{Choice, ErrorSummary, Pager, SelectField, TextField};

use super::view::{Attached, Shown};

/// One document in the list.
pub(super) struct Row {
    pub id: String,
    pub title: String,
    pub number: String,
    pub unit: String,
    pub kind: &'static str,
    pub state: &'static str,
    pub state_class: &'static str,
}

#[derive(Template)]
#[template(path = "document/list.html")]
pub(super) struct List<'a> {
    pub rows: Vec<Row>,
    pub may_enter: bool,
    pub words: String,
    pub states: &'a [Choice],
    pub units: &'a [Choice],
    pub pager: Pager,
}

#[derive(Template)]
#[template(path = "document/upload.html")]
pub(super) struct Upload<'a> {
    pub issues: &'a Issues,
    pub kinds: &'a [Choice],
    pub units: &'a [Choice],
    pub token: &'a str,
}

/// One thing that can be done now, or the reason why not.
pub(super) struct Step {
    pub label: &'static str,
    pub href: String,
    /// Whether it is a command (a form) or a page (a link).
    pub posts: bool,
    pub is_main: bool,
    pub note: String,
    pub refused: Option<String>,
}

/// One step of what happened.
pub(super) struct Past {
    pub at: String,
    pub machine: String,
    pub actor: String,
    pub state: &'static str,
    pub remark: String,
    pub revision: i32,
}

#[derive(Template)]
#[template(path = "document/show.html")]
pub(super) struct Show<'a> {
    pub id: String,
    pub unit: String,
    pub kind: &'static str,
    pub state: &'static str,
    pub state_class: &'static str,
    pub revision: i32,
    pub revision_id: String,
    pub shown: Shown,
    pub deadline: Option<Deadline>,
    pub notices: Vec<String>,
    pub marks: Vec<String>,
    pub missing: Vec<(String, String)>,
    pub steps: Vec<Step>,
    pub attachments: Vec<Attached>,
    pub is_editable: bool,
    pub may_approve: bool,
    pub text: Markup,
    pub past: Vec<Past>,
    pub public_url: Option<String>,
    pub public_word: &'static str,
    pub has_difference: bool,
    pub token: &'a str,
}

/// The day by which it must be public, and how that day was found.
pub(super) struct Deadline {
    pub due: String,
    pub explain: String,
    pub ledger: Vec<String>,
}

#[derive(Template)]
#[template(path = "document/metadata.html")]
pub(super) struct MetadataForm<'a> {
    pub id: String,
    pub title: String,
    pub seen: String,
    pub form: &'a Submission,
    pub issues: &'a Issues,
    pub has_validity: bool,
    pub themes: &'a [Choice],
    pub categories: &'a [Choice],
    pub attributes: &'a [Choice],
    pub grounds: &'a [Choice],
    pub token: &'a str,
}

#[derive(Template)]
#[template(path = "document/difference.html")]
pub(super) struct DifferencePage {
    pub id: String,
    pub title: String,
    pub from: i32,
    pub to: i32,
    pub difference: Markup,
    pub is_same: bool,
    pub fields: Vec<(String, String, String)>,
}
