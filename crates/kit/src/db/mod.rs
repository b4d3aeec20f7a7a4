//! The database: SQLite by default, PostgreSQL by configuration, one way of writing to either.
//!
//! Reading goes through [`Db::read`], whose connections refuse to write. Writing goes through [`Db::write`] and nothing
//! else: one transaction at a time on SQLite (`BEGIN IMMEDIATE` on a pool of one), the aggregate locked by
//! [`Tx::lock`] and lost races tried again on PostgreSQL. A transaction that changed something and left no audit entry
//! does not commit.

mod load;
mod migrate;
mod open;
pub(crate) mod row;
mod snapshot;
mod tables;
mod write;

pub use load::Loading;
pub use migrate::{Migration, has_table, migrate, pending, unknown};
pub use open::Db;
pub use snapshot::{CopyError, RowSink, Snapshot};
pub use tables::{Column, Table, UNFINISHED, applied, tables};
pub use write::{Retry, Tx, WriteError};

use sea_orm::DbErr;

/// Whether this error says that a unique index refused a row.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(sea_orm::SqlErr::UniqueConstraintViolation(_)))
}
