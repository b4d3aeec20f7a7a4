//! View types of notices.

use askama::Template;

use crate::form::Issues;
use crate::page::parts::{Choice, ErrorSummary, Pager, TextField};

/// A notice in a list.
pub(super) struct NoticeRow {
    pub id: String,
    pub kind: &'static str,
    pub tag: &'static str,
    pub title: String,
    pub from: String,
    pub at: String,
    pub due: String,
    pub is_unread: bool,
    pub state: &'static str,
}

#[derive(Template)]
#[template(path = "notice/list.html")]
pub(super) struct NoticeList<'a> {
    pub rows: Vec<NoticeRow>,
    pub kinds: Vec<Choice>,
    pub unread: u64,
    pub pager: Pager,
    pub token: &'a str,
}

/// One thing that a notice is about.
pub(super) struct ItemRow {
    pub title: String,
    pub link: String,
    pub due: String,
    pub is_late: bool,
}

/// What somebody who got a notice did with it.
pub(super) struct ReceiptRow {
    pub name: String,
    pub part: &'static str,
    pub read: String,
    pub answered: String,
    pub reply: String,
}

#[derive(Template)]
#[template(path = "notice/show.html")]
pub(super) struct NoticePage<'a> {
    pub notice: NoticeRow,
    pub unit: String,
    pub body: Vec<String>,
    pub link: String,
    pub items: Vec<ItemRow>,
    pub in_ledger: bool,
    pub receipts: Vec<ReceiptRow>,
    pub closing: String,
    pub closed: String,
    pub may_answer: bool,
    pub must_answer: bool,
    pub may_close: bool,
    pub reply: &'a str,
    pub note: &'a str,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// What somebody chose for a kind.
pub(super) struct WayRow {
    pub id: &'static str,
    pub name: &'static str,
    pub mail: bool,
    pub sms: bool,
}

#[derive(Template)]
#[template(path = "notice/ways.html")]
pub(super) struct WaysPage<'a> {
    pub rows: Vec<WayRow>,
    pub saved: bool,
    pub token: &'a str,
}

/// A line of the ledger.
pub(super) struct LedgerRow {
    pub id: String,
    pub kind: &'static str,
    pub tag: &'static str,
    pub unit: String,
    pub title: String,
    pub items: usize,
    pub from: String,
    pub at: String,
    pub due: String,
    pub read: String,
    pub reply: String,
    pub state: &'static str,
    pub state_tag: &'static str,
}

#[derive(Template)]
#[template(path = "notice/ledger.html")]
pub(super) struct LedgerPage {
    pub kinds: Vec<Choice>,
    pub states: Vec<Choice>,
    pub units: Vec<Choice>,
    pub from: String,
    pub to: String,
    pub query: String,
    pub rows: Vec<LedgerRow>,
    pub open: usize,
    pub late: usize,
    pub pager: Pager,
}
