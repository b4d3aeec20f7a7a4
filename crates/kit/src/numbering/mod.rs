//! Numbers (编号): without gaps for each series and year, given out in the transaction of what they number.
//!
//! The counter's row is locked from the moment a number is taken until that transaction ends, so that two who issue
//! at once come one after the other, and what is rolled back gives its number back. A number that turns out to have
//! been given in error is *voided*: it stays in the register with the reason and by whom, and is never given again.
//!
//! Since the row stays locked, take the number late in a transaction, and where one takes numbers of several series,
//! always in the same order.

mod format;
mod forms;
mod model;
mod pages;
mod routes;
mod service;
pub mod store;

pub use format::{Format, FormatError};
pub use model::{Number, Series, YearOfSeries};
pub use routes::routes;
pub use service::{begin, find, issue, of_subject, set_format, this_year, void, void_by_hand};

use crate::db::Migration;
use crate::permission::{Permission, Role};

/// The tables of numbers.
pub const SCHEMA: Migration = Migration {
    name: "0007_kit_numbering",
    sql: include_str!("schema.sql"),
};

/// Reading the register of numbers.
pub static READ: Permission = Permission {
    id: "numbering.read",
    name: "查看编号登记簿",
    roles: &[Role::Coordinator, Role::Assessor],
};

/// Setting how numbers are written, and voiding numbers.
pub static MANAGE: Permission = Permission {
    id: "numbering.manage",
    name: "管理编号",
    roles: &[Role::Coordinator],
};
