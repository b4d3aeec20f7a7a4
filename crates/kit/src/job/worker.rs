//! Running jobs on this node.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::store::{self, job};
use super::{CLASSES, Class, Failure, JobKind, Run, health, schedule};
use crate::account::Actor;
use crate::error::{Error, Result};
use crate::site::Site;

/// How often a node looks for jobs that became due or were enqueued elsewhere.
const LOOK: Duration = Duration::from_millis(500);
/// How often schedules are looked at and the database's clock is compared with this machine's.
const TICK: Duration = Duration::from_secs(5);
/// The longest wait before another try.
const LONGEST_WAIT: i64 = 3600;

/// How long a job that runs when the program is told to stop gets to end.
const GRACE: Duration = Duration::from_secs(5);
/// How long the giving back of leases may take at the end.
const LAST_WORD: Duration = Duration::from_secs(10);

/// This node's workers: they run jobs until they are told to stop.
#[derive(Debug)]
pub struct Workers {
    node: Uuid,
    stop: watch::Sender<bool>,
    /// How many [`Workers::work`] go on.
    at_work: watch::Sender<usize>,
}

impl Default for Workers {
    fn default() -> Self {
        Workers {
            node: Uuid::now_v7(),
            stop: watch::Sender::new(false),
            at_work: watch::Sender::new(0),
        }
    }
}

impl Workers {
    /// Runs jobs until [`Workers::stop`]. What then does not end in time is handed back.
    pub async fn work(self: Arc<Self>, site: Arc<Site>) {
        self.at_work.send_modify(|count| *count += 1);
        let mut stopped = self.stop.subscribe();
        let timekeeper = tokio::spawn(keep_time(site.clone()));
        let classes = CLASSES.map(|class| work_class(site.clone(), self.node, class, self.stop.subscribe()));
        join_all(classes).await;
        // The classes end only when told to; a sender that is gone means that the program ends as well.
        let _ = stopped.wait_for(|stop| *stop).await;
        timekeeper.abort();
        hand_back(&site, self.node).await;
        self.at_work.send_modify(|count| *count -= 1);
    }

    /// Takes no more jobs, gives those that run a short time to end, and hands the others back, so that another node takes
    /// them at once. Returns when that is done.
    pub async fn stop(&self) {
        let mut at_work = self.at_work.subscribe();
        self.stop.send_replace(true);
        let ended = at_work.wait_for(|count| *count == 0);
        if tokio::time::timeout(GRACE + LAST_WORD, ended).await.is_err() {
            tracing::warn!("jobs were not handed back in time; their leases end by themselves");
        }
    }
}

async fn hand_back(site: &Site, node: Uuid) {
    let handed: Result<u64> = site
        .write(&worker(), |tx| async move {
            tx.housekeeping();
            Ok(store::hand_back(&tx, node).await?)
        })
        .await;
    match handed {
        Ok(0) => {}
        Ok(jobs) => tracing::info!(jobs, "jobs were handed back"),
        Err(error) => tracing::warn!(%error, "jobs could not be handed back; their leases end by themselves"),
    }
}

/// Compares clocks, enqueues what is scheduled, and tells the metrics how much waits.
async fn keep_time(site: Arc<Site>) {
    let mut done = Vec::new();
    loop {
        let kept = async {
            site.db.compare_clocks().await?;
            schedule::enqueue_due(&site, &mut done).await?;
            health::measure(&site).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "schedules cannot be looked at; trying again");
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn work_class(site: Arc<Site>, node: Uuid, class: &'static Class, mut stopped: watch::Receiver<bool>) {
    let mut running = JoinSet::new();
    while !*stopped.borrow_and_update() {
        // Heard from here on, so that a job enqueued while this node looks is not missed.
        let bell = site.db.bell();
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
            () = bell => {}
            Some(_) = running.join_next(), if !running.is_empty() => {}
            _ = stopped.changed() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
    let end = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, end).await.is_err() {
        running.shutdown().await;
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
    if most == 0 || kinds.is_empty() || !store::is_due(site.db.read(), class, &kinds, node, now).await? {
        return Ok(Vec::new());
    }
    let kinds = &kinds;
    site.write(&worker(), |tx| async move {
        tx.housekeeping();
        tx.lock_name(class.lock).await?;
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
        // The handler is called inside the future, so that one that panics before its first await is caught as well.
        let handling = async { (kind.run)(site.clone(), this.clone()).await };
        let handled = std::panic::AssertUnwindSafe(handling).catch_unwind();
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

/// Gives signs of life, and returns when the job is no longer this try's: another has it, or the lease ran out because the
/// database could not be reached.
async fn lose(site: &Site, this: &Run, kind: &JobKind) {
    let (lease, mut missed) = (kind.class.lease, 0);
    loop {
        tokio::time::sleep(lease / 3).await;
        let renewed: Result<bool> = site
            .write(&worker(), |tx| async move {
                tx.housekeeping();
                Ok(store::renew(&tx, this.id, this.fence, lease).await?)
            })
            .await;
        match renewed {
            Ok(true) => missed = 0,
            Ok(false) => return,
            Err(_) if missed >= 2 => return,
            Err(error) => {
                missed += 1;
                tracing::warn!(%error, job = %this.id, "a lease could not be renewed");
            }
        }
    }
}

async fn note(site: &Site, this: &Run, kind: &JobKind, outcome: Result<(), Failure>) -> Result<bool> {
    let outcome = &outcome;
    site.write(&worker(), |tx| async move {
        tx.housekeeping();
        Ok::<_, Error>(match outcome {
            Ok(()) => store::end(&tx, this.id, this.fence, "done", "").await?,
            Err(Failure::Again(why)) if this.attempt < kind.attempts => {
                let at = tx.shared_at() + chrono::Duration::seconds(wait_after(this.attempt));
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
