//! View types of the audit record.

use askama::Template;

use crate::page::parts::Pager;

/// One entry as shown.
pub(super) struct EntryRow {
    pub at: String,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub subject_id: String,
    pub detail: String,
}

#[derive(Template)]
#[template(path = "audit/list.html")]
pub(super) struct AuditList {
    pub rows: Vec<EntryRow>,
    pub action: String,
    pub subject: String,
    pub pager: Pager,
}
