//! Intake (批量导入): any upload that becomes rows.
//!
//! A capability declares a [`Kind`]: its columns, who may use it, how one row is checked and how some rows are taken. The rest is
//! the same for all: the file is read in the confined child, kept and previewed with what is wrong in which row and column;
//! once confirmed, its rows are taken block by block, each block in one transaction that also moves the cursor, so that a
//! program killed at any line loses no row and takes none twice. The report says of every row what became of it. The same file
//! again leads to the report there is.

mod actor;
mod columns;
mod gather;
mod kind;
pub mod model;
mod pages;
mod routes;
pub mod service;
mod store;
pub mod work;
pub mod workbook;

pub use kind::{Check, Column, Kind, Outcome, Row, Wrong};
pub use routes::routes;

use crate::db::Migration;

/// The tables of this subject.
pub const SCHEMA: Migration = Migration {
    name: "0008_kit_intake",
    sql: include_str!("schema.sql"),
};
