//! Measures the queue of jobs: how many jobs that do nothing are enqueued and run in a second.
//!
//! `queue ADDRESS JOBS BATCH PROCESSES`, for instance `queue sqlite:/tmp/q.db 5000 100 2`. The database is migrated and should be
//! fresh. Every process is a real one: this program, started again.

#![allow(
    clippy::disallowed_methods,
    reason = "a measurement starts itself again as real processes"
)]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kit::account::Actor;
use kit::blob::Blobs;
use kit::capability::Capability;
use kit::clock::Clock;
use kit::db::Db;
use kit::job::{JobKind, NewJob, QUICK, Workers, enqueue};
use kit::outgoing::Outgoing;
use kit::seal::Keyring;
use kit::site::{Assets, Profile, Site};
use kit::web::Edge;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use statute::calendar::Calendar;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [address, "work"] => work(address).await,
        [address, jobs, batch, processes] => measure(address, jobs.parse()?, batch.parse()?, processes.parse()?).await,
        _ => Err("queue ADDRESS JOBS BATCH PROCESSES".into()),
    }
}

async fn site(address: &str) -> Result<Arc<Site>, Failure> {
    let folder = tempfile::tempdir()?.keep();
    let nothing = JobKind {
        id: "bench.nothing",
        name: "测量",
        class: &QUICK,
        attempts: 3,
        run: Box::new(|_, _| Box::pin(async { Ok(()) })),
    };
    let bench = Capability {
        name: "bench",
        jobs: vec![nothing],
        ..Default::default()
    };
    let site = Site {
        db: Db::open(address).await?,
        blobs: Blobs::folder(&folder)?,
        clock: Clock::system(),
        calendar: Calendar::national()?,
        profile: profile(),
        edge: Edge::default(),
        assets: Assets::default(),
        cache_dir: PathBuf::new(),
        // Nothing measured here reads a file.
        reader: Arc::new(office::Confined::new(folder.join("no-reader"), Vec::new())),
        keys: Keyring::in_memory()?,
        outgoing: Outgoing::new(Vec::new())?,
        capabilities: vec![
            bench,
            Capability {
                migrations: kit::capability().migrations,
                ..Default::default()
            },
        ],
    };
    Ok(Arc::new(site))
}

fn profile() -> Profile {
    Profile {
        name: "示例区人民政府".into(),
        district: "示例区".into(),
        public_url: "http://public.test".into(),
        desk_url: "http://desk.test".into(),
        id_code: "0000000000".into(),
        sponsor: String::new(),
        phone: String::new(),
        icp: String::new(),
        police: String::new(),
        is_demo: true,
    }
}

/// Runs jobs until this process is ended.
async fn work(address: &str) -> Result<(), Failure> {
    let site = site(address).await?;
    Arc::new(Workers::default()).work(site).await;
    Ok(())
}

async fn measure(address: &str, jobs: usize, batch: usize, processes: usize) -> Result<(), Failure> {
    let site = site(address).await?;
    kit::db::migrate(&site.db, kit::capability().migrations).await?;
    let (began, by) = (Instant::now(), Actor::program("测量"));
    for first in (0..jobs).step_by(batch.max(1)) {
        site.write(&by, |tx| async move {
            tx.housekeeping();
            for n in first..jobs.min(first + batch) {
                let job = NewJob {
                    kind: "bench.nothing",
                    class: &QUICK,
                    key: n.to_string(),
                    payload: Value::Null,
                    run_at: None,
                };
                enqueue(&tx, job).await?;
            }
            Ok::<_, kit::Error>(())
        })
        .await?;
    }
    let enqueued = began.elapsed().as_secs_f64();
    let program = std::env::current_exe()?;
    let mut children = Vec::new();
    let began = Instant::now();
    for _ in 0..processes {
        children.push(
            Command::new(&program)
                .args([address, "work"])
                .stdin(Stdio::null())
                .spawn()?,
        );
    }
    while waiting(&site).await? > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ran = began.elapsed().as_secs_f64();
    for mut child in children {
        child.kill()?;
        child.wait()?;
    }
    println!(
        "{jobs} jobs, {batch} to a write, {processes} processes: enqueued {:.0}/s, run {:.0}/s",
        jobs as f64 / enqueued,
        jobs as f64 / ran
    );
    Ok(())
}

async fn waiting(site: &Site) -> Result<i64, Failure> {
    let sql = "SELECT count(*) FROM job WHERE state = 'waiting' OR state = 'running'";
    let asking = Statement::from_string(site.db.backend(), sql);
    let row = site.db.read().query_one_raw(asking).await?.ok_or("no row")?;
    Ok(row.try_get_by_index(0)?)
}
