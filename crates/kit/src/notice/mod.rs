//! Notices on the desk (站内通知): reminders, urging (催办), supervision (督办), information, and the digest of the day.
//!
//! A notice is issued in the transaction of what causes it, once for its kind, subject and event. It stands on the desk of
//! every account it is for as soon as that transaction commits; what carries it further (mail, text message) is a job for each
//! account, [`delivery`], enqueued in the same transaction.

pub mod delivery;
mod digest;
mod export;
mod ledger;
mod model;
mod pages;
mod routes;
pub mod service;
pub mod store;
mod work;

pub use model::{Audience, Item, Kind, NewNotice, Part, State};
pub use routes::routes;
pub use service::{Issued, Urging, issue, urge};
pub use work::items as work_items;

use crate::db::Migration;
use crate::job::{Cadence, JobKind, Schedule};
use crate::permission::{Permission, Role};

/// The tables of notices.
pub const SCHEMA: Migration = Migration {
    name: "0006_kit_notices",
    sql: include_str!("schema.sql"),
};

/// Urging and supervising units, and closing what was supervised.
pub static ISSUE: Permission = Permission {
    id: "notice.issue",
    name: "催办、督办",
    roles: &[Role::Coordinator],
};
/// Reading the ledger of urging and supervision.
pub static LEDGER: Permission = Permission {
    id: "notice.ledger",
    name: "查看催办督办台账",
    roles: &[Role::Coordinator, Role::Assessor],
};

/// Kinds of jobs of this subject.
pub fn jobs() -> Vec<JobKind> {
    vec![delivery::kind(), digest::kind()]
}

/// What this subject does at set times.
pub fn schedules() -> Vec<Schedule> {
    vec![Schedule {
        job: digest::JOB,
        cadence: Cadence::Daily(8, 30),
    }]
}
