//! Jobs that do nothing, enqueued and done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kit::account::Actor;
use kit::job::{self, JobKind, NewJob, QUICK, Workers};
use kit::{Error, Site};
use serde_json::Value;
use uuid::Uuid;

use crate::place::Place;

static DONE: AtomicUsize = AtomicUsize::new(0);

/// The kind of job that does nothing.
pub fn kind() -> JobKind {
    JobKind {
        id: "bench.nothing",
        name: "空任务",
        class: &QUICK,
        attempts: 3,
        run: Box::new(|_, _| {
            Box::pin(async {
                DONE.fetch_add(1, Ordering::SeqCst);
                Ok(())
            })
        }),
    }
}

/// Enqueues jobs one transaction each, while so many processes run them; jobs per second from the first to the last done.
pub async fn turn(place: &Place, processes: usize, count: usize) -> f64 {
    let mut sites = vec![place.site.clone()];
    for _ in 1..processes {
        sites.push(place.second_process().await);
    }
    DONE.store(0, Ordering::SeqCst);
    let workers: Vec<_> = sites
        .iter()
        .map(|site| tokio::spawn(Arc::new(Workers::default()).work(site.clone())))
        .collect();
    let began = Instant::now();
    for _ in 0..count {
        enqueue(&place.site).await;
    }
    while DONE.load(Ordering::SeqCst) < count {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    stop(workers, sites, place).await;
    #[allow(clippy::cast_precision_loss, reason = "a few hundred jobs")]
    let count = count as f64;
    count / seconds
}

async fn enqueue(site: &Arc<Site>) {
    let by = Actor::program("测量");
    let enqueued: Result<(), Error> = site
        .write(&by, |tx| async move {
            tx.housekeeping();
            let new = NewJob {
                kind: "bench.nothing",
                class: &QUICK,
                key: Uuid::now_v7().to_string(),
                payload: Value::Null,
                run_at: None,
            };
            job::enqueue(&tx, new).await?;
            Ok(())
        })
        .await;
    enqueued.unwrap();
}

/// Lets the last jobs note that they are done, then ends the workers.
async fn stop(workers: Vec<tokio::task::JoinHandle<()>>, sites: Vec<Arc<Site>>, place: &Place) {
    tokio::time::sleep(Duration::from_millis(300)).await;
    for worker in workers {
        worker.abort();
        let _ = worker.await;
    }
    for site in sites.into_iter().filter(|site| !Arc::ptr_eq(site, &place.site)) {
        site.db.clone().close().await.unwrap();
    }
}
