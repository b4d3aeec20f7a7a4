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

pub use kind::{Check, Column, Home, Kind, Load, Outcome, Row, Take, Wrong};
pub use routes::routes;
pub use store::SEALED;

use std::sync::Arc;

use uuid::Uuid;

use crate::db::Migration;
use crate::error::Error;
use crate::job::{self, Cadence, Failure, JobKind, Run, Schedule};
use crate::site::Site;

/// The tables of this subject.
pub const SCHEMA: Migration = Migration {
    name: "0008_kit_intake",
    sql: include_str!("schema.sql"),
};

const JOB: &str = "kit.intake";
const TIDYING: &str = "kit.intake_tidy";

/// Taking rows, and deleting those that are no longer needed.
pub fn jobs() -> Vec<JobKind> {
    vec![
        JobKind {
            id: JOB,
            name: "批量导入",
            class: &job::HEAVY,
            attempts: 8,
            run: Box::new(|site, run| Box::pin(take(site, run))),
        },
        JobKind {
            id: TIDYING,
            name: "删除到期的导入记录",
            class: &job::HEAVY,
            attempts: 3,
            run: Box::new(|site, _| {
                Box::pin(async move {
                    service::tidy(&site).await?;
                    Ok(())
                })
            }),
        },
    ]
}

/// When rows that are no longer needed are deleted.
pub const SCHEDULES: [Schedule; 1] = [Schedule {
    job: TIDYING,
    cadence: Cadence::Daily(3, 20),
}];

/// Each block's transaction looks at the cursor, so that a try that lost its lease takes nothing twice.
async fn take(site: Arc<Site>, run: Run) -> Result<(), Failure> {
    let id = run
        .payload
        .get("intake")
        .and_then(|id| id.as_str())
        .and_then(|id| Uuid::parse_str(id).ok());
    let id = id.ok_or_else(|| Error::Internal("a job names no intake".into()))?;
    Ok(work::all(&site, id).await?)
}
