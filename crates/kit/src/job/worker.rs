//! Running jobs on this node.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::store::{self, job};
use super::{CLASSES, Class, Failure, JobKind, Run, schedule};
use crate::account::Actor;
use crate::error::{Error, Result};
use crate::site::Site;

/// How often a node looks for jobs that became due or were enqueued elsewhere.
const LOOK: Duration = Duration::from_millis(500);
/// How often schedules are looked at and the database's clock is compared with this machine's.
const TICK: Duration = Duration::from_secs(5);
/// The longest wait before another try.
const LONGEST_WAIT: i64 = 3600;

/// Runs jobs for as long as the program serves.
pub async fn work(site: Arc<Site>) {
    let node = Uuid::now_v7();
    let workers = CLASSES.map(|class| work_class(site.clone(), node, class));
    tokio::join!(keep_time(site.clone()), join_all(workers));
}

/// Compares clocks and enqueues what is scheduled.
async fn keep_time(site: Arc<Site>) {
    let mut done = Vec::new();
    loop {
        let kept = async {
            site.db.compare_clocks().await?;
            schedule::enqueue_due(&site, &mut done).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "schedules cannot be looked at; trying again");
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn work_class(site: Arc<Site>, node: Uuid, class: &'static Class) {
    let mut running = JoinSet::new();
    loop {
        while running.try_join_next().is_some() {}
        let places = (class.at_once as usize).saturating_sub(running.len());
        let claimed = match claim(&site, node, class, places as u64).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::warn!(%error, class = class.id, "jobs cannot be taken; trying again");
                Vec::new()
            }
        };
        let took = !claimed.is_empty();
        for job in claimed {
            running.spawn(run(site.clone(), job));
        }
        if took {
            continue;
        }
        tokio::select! {
            () = site.db.bell() => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Runs everything that is due now, one after the other, and returns how many tries there were. For commands, which end
/// when nothing is left, and for tests.
///
/// # Errors
/// When the database fails.
pub async fn run_due(site: &Arc<Site>) -> Result<u32> {
    let (node, mut tries) = (Uuid::now_v7(), 0);
    site.db.compare_clocks().await?;
    schedule::enqueue_due(site, &mut Vec::new()).await?;
    loop {
        let mut took = false;
        for class in CLASSES {
            for job in claim(site, node, class, 1).await? {
                run(site.clone(), job).await;
                tries += 1;
                took = true;
            }
        }
        if !took {
            return Ok(tries);
        }
    }
}

fn worker() -> Actor {
    Actor::program("后台任务")
}

async fn claim(site: &Site, node: Uuid, class: &'static Class, most: u64) -> Result<Vec<job::Model>> {
    let kinds: Vec<&str> = site.job_kinds().filter(|k| k.class == class).map(|k| k.id).collect();
    let now = site.db.shared(site.clock.now());
    if most == 0 || kinds.is_empty() || !store::is_due(site.db.read(), class, &kinds, now).await? {
        return Ok(Vec::new());
    }
    let kinds = &kinds;
    site.db
        .write(&worker(), now, |tx| async move {
            tx.housekeeping();
            tx.lock_name(class.id).await?;
            Ok(store::claim(&tx, class, kinds, node, most).await?)
        })
        .await
}

/// One try, from its beginning to the note of how it ended.
async fn run(site: Arc<Site>, job: job::Model) {
    let Some(kind) = site.job_kinds().find(|kind| kind.id == job.kind) else {
        return;
    };
    let this = Run {
        id: job.id,
        key: job.idempotency_key,
        payload: job.payload,
        attempt: job.attempts,
        fence: job.fence,
    };
    let outcome = if job.attempts > kind.attempts {
        // Its holders died in the middle of it, which it may have caused.
        Some(Err(Failure::Never("多次执行到一半中断，没有再试".into())))
    } else {
        let handled = std::panic::AssertUnwindSafe((kind.run)(site.clone(), this.clone())).catch_unwind();
        tokio::select! {
            outcome = handled => Some(outcome.unwrap_or_else(|_| Err(Failure::Again("程序内部出错".into())))),
            () = lose(&site, &this, kind) => None,
        }
    };
    let Some(outcome) = outcome else {
        tracing::warn!(kind = kind.id, job = %this.id, "a job was taken over by another node");
        return;
    };
    metrics::counter!("gongkai_jobs_total", "kind" => kind.id, "outcome" => word(&outcome)).increment(1);
    if let Err(error) = note(&site, &this, kind, outcome).await {
        // The lease ends by itself, and the job runs again.
        tracing::error!(%error, kind = kind.id, job = %this.id, "the end of a job could not be noted");
    }
}

fn word(outcome: &Result<(), Failure>) -> &'static str {
    match outcome {
        Ok(()) => "done",
        Err(Failure::Again(_)) => "again",
        Err(Failure::Never(_)) => "never",
    }
}

/// Gives signs of life, and returns when the job is no longer this try's.
async fn lose(site: &Site, this: &Run, kind: &JobKind) {
    let lease = kind.class.lease;
    loop {
        tokio::time::sleep(lease / 3).await;
        let now = site.db.shared(site.clock.now());
        let renewed: Result<bool> = site
            .db
            .write(&worker(), now, |tx| async move {
                tx.housekeeping();
                Ok(store::renew(&tx, this.id, this.fence, lease).await?)
            })
            .await;
        match renewed {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, job = %this.id, "a lease could not be renewed"),
        }
    }
}

async fn note(site: &Site, this: &Run, kind: &JobKind, outcome: Result<(), Failure>) -> Result<bool> {
    let now = site.db.shared(site.clock.now());
    let outcome = &outcome;
    site.db
        .write(&worker(), now, |tx| async move {
            tx.housekeeping();
            Ok::<_, Error>(match outcome {
                Ok(()) => store::end(&tx, this.id, this.fence, "done", "").await?,
                Err(Failure::Again(why)) if this.attempt < kind.attempts => {
                    let at = tx.at() + chrono::Duration::seconds(wait_after(this.attempt));
                    store::put_back(&tx, this.id, this.fence, at, why).await?
                }
                Err(Failure::Again(why) | Failure::Never(why)) => {
                    store::end(&tx, this.id, this.fence, "poisoned", why).await?
                }
            })
        })
        .await
}

/// Seconds before the next try: doubling from five, with a tenth of scatter so that many do not come back at once.
fn wait_after(attempt: i32) -> i64 {
    let doublings = u32::try_from(attempt - 1).unwrap_or(0).min(16);
    let wait = (5_i64 << doublings).min(LONGEST_WAIT);
    let scatter = i64::from(Uuid::now_v7().as_bytes()[15]) * wait / 2550;
    wait + scatter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        let waits: Vec<i64> = (1..=14).map(wait_after).collect();
        assert!((5..=6).contains(&waits[0]), "{waits:?}");
        assert!((40..=44).contains(&waits[3]), "{waits:?}");
        assert!(
            waits.iter().all(|wait| *wait <= LONGEST_WAIT + LONGEST_WAIT / 10),
            "{waits:?}"
        );
    }
}
