//! Jobs (后台任务): what follows a command and need not be waited for.
//!
//! A job is enqueued in the command's own transaction, so that it exists exactly when the command happened. Any node may
//! run it: it takes a lease with a fencing number, renews it while it works, and hands the job back by letting the lease
//! end. A job may therefore run more than once; what it writes to the database it guards with [`Run::hold`], and what it
//! does outside it does under [`Run::delivery_key`], by which the receiver can drop the second.

mod health;
mod pages;
mod routes;
mod schedule;
mod service;
pub(crate) mod store;
mod sweep;
mod worker;

pub use health::{Backlog, backlog, work_items};
pub use routes::routes;
pub use schedule::{Cadence, Schedule};
pub use service::{drop, retry, retry_poisoned};
pub use store::enqueue;
pub use worker::{Workers, run_due};

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use serde_json::Value;
use uuid::Uuid;

use crate::db::{Migration, Tx};
use crate::error::{Error, Result};
use crate::permission::{Permission, Role};
use crate::site::Site;

/// Seeing, retrying and dropping jobs.
pub static MANAGE: Permission = Permission {
    id: "job.manage",
    name: "管理后台任务",
    roles: &[Role::SystemAdministrator],
};

/// The kit's own kinds of jobs: sweeping what is over.
pub fn own_kinds() -> Vec<JobKind> {
    vec![sweep::kind()]
}

/// What the kit sweeps at set times.
pub fn own_schedules() -> Vec<Schedule> {
    vec![Schedule {
        job: sweep::JOB,
        cadence: Cadence::Daily(3, 10),
    }]
}

/// The table of jobs.
pub const SCHEMA: Migration = Migration {
    name: "0005_kit_jobs",
    sql: include_str!("schema.sql"),
};

/// A class of jobs that share a number of places, so that slow ones do not hold up the others.
#[derive(Debug, PartialEq, Eq)]
pub struct Class {
    /// Stored name.
    pub id: &'static str,
    /// What an operator reads.
    pub name: &'static str,
    /// Most of them at once, on all nodes together.
    pub at_once: u32,
    /// How long a job is a node's after its last sign of life.
    pub lease: Duration,
    /// The named point that nodes pass one at a time when they take jobs of this class.
    pub(crate) lock: &'static str,
}

/// Short work inside the database.
pub static QUICK: Class = Class {
    id: "quick",
    name: "普通",
    at_once: 8,
    lease: Duration::from_secs(30),
    lock: "job.quick",
};
/// Long work that takes processor or disk: imports, sweeping.
pub static HEAVY: Class = Class {
    id: "heavy",
    name: "大批量",
    at_once: 2,
    lease: Duration::from_secs(60),
    lock: "job.heavy",
};
/// What speaks to other servers: mail, text messages.
pub static OUTSIDE: Class = Class {
    id: "outside",
    name: "对外发送",
    at_once: 8,
    lease: Duration::from_secs(60),
    lock: "job.outside",
};

/// Every class; each has workers on every node.
pub static CLASSES: [&Class; 3] = [&QUICK, &HEAVY, &OUTSIDE];

/// A kind of job, declared by the capability that enqueues it.
pub struct JobKind {
    /// Stored name, `capability.noun`.
    pub id: &'static str,
    /// What an operator reads.
    pub name: &'static str,
    /// Which places it takes.
    pub class: &'static Class,
    /// How often it is tried before it counts as poisoned.
    pub attempts: i32,
    /// What it does.
    pub run: Handler,
}

impl std::fmt::Debug for JobKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobKind").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a kind of job does.
pub type Handler = Box<dyn Fn(Arc<Site>, Run) -> BoxFuture<'static, Result<(), Failure>> + Send + Sync>;

/// A job to be enqueued.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Its kind; see [`JobKind::id`].
    pub kind: &'static str,
    /// Its class; see [`JobKind::class`].
    pub class: &'static Class,
    /// What makes it this job and no other: a second one of the kind with the same key is not enqueued.
    pub key: String,
    /// What it needs to know; no personal data, which it looks up when it runs.
    pub payload: Value,
    /// Not before this moment; none means at once.
    pub run_at: Option<DateTime<Utc>>,
}

/// One try of a job.
#[derive(Debug, Clone)]
pub struct Run {
    /// Identity of the job.
    pub id: Uuid,
    /// Its key.
    pub key: String,
    /// What it needs to know.
    pub payload: Value,
    /// Which try this is, from 1.
    pub attempt: i32,
    /// Fencing number: a later try of the same job has a higher one.
    pub fence: i64,
}

impl Run {
    /// Makes sure, in a transaction of the job's own, that the job is still this try's. Whoever was stopped for longer
    /// than its lease finds that out here, before it writes, and holds the row until its transaction ends.
    ///
    /// # Errors
    /// When another try has begun or the job has been dropped.
    pub async fn hold(&self, tx: &Tx) -> Result<()> {
        tx.lock("job", self.id).await?;
        if store::is_held(tx.on(), self.id, self.fence).await? {
            return Ok(());
        }
        Err(Error::Conflict("这个后台任务已经由别的节点接手".into()))
    }

    /// What a receiver outside gets with every try of this job, to drop the second: the job's identity, the same for
    /// every try.
    pub fn delivery_key(&self) -> String {
        self.id.simple().to_string()
    }
}

/// Why a try failed. The sentence is kept and shown to operators: it holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Worth another try after a while.
    Again(String),
    /// No try will help; the job is poisoned at once.
    Never(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        match error {
            Error::Refused { what, advice } => Failure::Never(format!("{what}。{advice}")),
            Error::NotFound(what) | Error::Forbidden(what) => Failure::Never(what),
            other => Failure::Again(other.to_string()),
        }
    }
}
