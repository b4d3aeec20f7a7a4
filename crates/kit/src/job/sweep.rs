//! Sweeping what is over, every night: jobs done or dropped a month ago, sessions, one-time links and
//! ways to the identity provider that ended.

use std::sync::Arc;

use chrono::Duration;

use super::{Failure, HEAVY, JobKind, Run, store};
use crate::account::{Actor, store as accounts};
use crate::error::{Error, Result};
use crate::site::Site;

/// Name of the kind of job.
pub(super) const JOB: &str = "kit.sweep";
/// How many days a job that is over is kept. One that is poisoned is kept until somebody decides.
const KEPT_DAYS: i64 = 30;
/// Rows deleted in one transaction.
const CHUNK: u64 = 500;

pub(super) fn kind() -> JobKind {
    JobKind {
        id: JOB,
        name: "清理过期数据",
        class: &HEAVY,
        attempts: 5,
        run: Box::new(|site, run| Box::pin(sweep(site, run))),
    }
}

async fn sweep(site: Arc<Site>, run: Run) -> Result<(), Failure> {
    loop {
        if chunk(&site, &run).await? < CHUNK {
            return Ok(());
        }
    }
}

async fn chunk(site: &Site, run: &Run) -> Result<u64> {
    site.write(&Actor::program("清理"), |tx| async move {
        run.hold(&tx).await?;
        tx.housekeeping();
        accounts::sweep(&tx, tx.at()).await?;
        let before = tx.shared_at() - Duration::days(KEPT_DAYS);
        Ok::<_, Error>(store::sweep(&tx, before, CHUNK).await?)
    })
    .await
}
