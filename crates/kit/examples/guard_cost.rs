//! What the guard costs: `cargo run -p kit --example guard_cost -- [postgres://…]`. Without an address a SQLite file in a
//! temporary folder is used. Prints how many of each check pass in a second.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a measurement that cannot go on ends by panicking"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::DateTime;
use futures::future::join_all;
use kit::Site;
use kit::blob::Blobs;
use kit::clock::Clock;
use kit::db::Db;
use kit::form::Submission;
use kit::guard::{Backoff, Gate, Origin, Rate, Verdict, code};
use kit::message::{Messages, Settings, TEMPLATES};
use kit::outgoing::Outgoing;
use kit::seal::Keyring;
use kit::site::{Assets, Profile};
use kit::web::Edge;
use statute::calendar::Calendar;

/// So wide that it asks no price here.
static WIDE: Gate = Gate {
    form: "wide",
    per_address: Rate::per_minutes(1_000_000, 600),
    per_network: Rate::per_minutes(1_000_000, 600),
    in_all: Rate::per_minutes(10_000_000, 600),
};
/// So narrow that it is under attack at once.
static NARROW: Gate = Gate {
    form: "narrow",
    per_address: Rate::per_minutes(1_000_000, 1),
    per_network: Rate::per_minutes(1_000_000, 1),
    in_all: Rate::per_minutes(1, 60),
};
static WRONG: Backoff = Backoff {
    name: "measured",
    free: 1_000_000,
    longest: 900,
    quiet: 3600,
};
/// How long each figure is measured.
const LASTING: Duration = Duration::from_secs(4);

#[tokio::main]
async fn main() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = format!("sqlite:{}", folder.path().join("guard.sqlite").display());
    let url = std::env::args().nth(1).unwrap_or(file);
    let micros = Arc::new(AtomicI64::new(1_620_612_000_000_000));
    let site = site(folder.path(), &url, micros.clone()).await;
    site.migrate().await.unwrap();
    println!(
        "{}",
        if url.starts_with("sqlite") {
            "SQLite"
        } else {
            "PostgreSQL"
        }
    );
    let site = &site;

    for clients in [1, 8, 32] {
        measure("ticket for a form", clients, |n| async move {
            WIDE.open(site, &origin(n)).await.unwrap();
        })
        .await;
    }
    let (usual, hostile) = (tickets(site, &WIDE).await, tickets(site, &NARROW).await);
    micros.fetch_add(5_000_000, Ordering::SeqCst);
    for (n, ticket) in hostile.iter().take(3).enumerate() {
        let form = Submission::of([("ticket", ticket.clone())]);
        let _ = NARROW.admit(site, &origin(n), &form).await.unwrap();
    }
    for clients in [1, 8, 32] {
        measure("submission asked for its price", clients, |n| {
            let form = Submission::of([("ticket", hostile[n % hostile.len()].clone())]);
            async move {
                assert!(matches!(
                    NARROW.admit(site, &origin(n), &form).await.unwrap(),
                    Verdict::Again(_)
                ));
            }
        })
        .await;
    }
    for clients in [1, 8, 32] {
        measure("submission let in", clients, |n| {
            let form = Submission::of([("ticket", usual[n % usual.len()].clone())]);
            // A second passes with each, because all forms together have a limit that would ask its price otherwise.
            micros.fetch_add(1_000_000, Ordering::SeqCst);
            async move {
                assert!(matches!(
                    WIDE.admit(site, &origin(n), &form).await.unwrap(),
                    Verdict::Pass(_)
                ));
            }
        })
        .await;
    }
    let kept = code::Code::fresh().unwrap();
    let (typed, kept) = (kept.grouped(), kept.stored(site, "JC2021-0001").unwrap());
    let (typed, kept) = (&typed, &kept);
    for clients in [1, 8, 32] {
        measure("right code", clients, |n| async move {
            assert!(
                code::check(site, &origin(n), "JC2021-0001", typed, Some(kept))
                    .await
                    .unwrap()
            );
        })
        .await;
        measure("wrong try counted", clients, |n| async move {
            Backoff::failed(site, &[(&WRONG, &format!("{}", n % 1000))])
                .await
                .unwrap();
        })
        .await;
    }
}

fn origin(n: usize) -> Origin {
    let [_, a, b, c] = u32::try_from(n % 0xff_ffff).unwrap().to_be_bytes();
    Origin::of([10, a, b, c].into())
}

async fn tickets(site: &Site, gate: &Gate) -> Vec<String> {
    let mut tickets = Vec::new();
    for n in 0..64 {
        tickets.push(gate.open(site, &origin(n)).await.unwrap().to_string());
    }
    tickets
}

async fn measure<F: Future<Output = ()>>(what: &str, clients: usize, one: impl Fn(usize) -> F) {
    let (done, began) = (AtomicUsize::new(0), Instant::now());
    let client = async || {
        while began.elapsed() < LASTING {
            one(done.fetch_add(1, Ordering::Relaxed)).await;
        }
    };
    join_all((0..clients).map(|_| client())).await;
    let per_second = done.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    println!("{what:<42} {clients:>3} clients {per_second:>9.0} /s");
}

async fn site(folder: &std::path::Path, url: &str, micros: Arc<AtomicI64>) -> Site {
    Site {
        db: Db::open(url).await.unwrap(),
        blobs: Blobs::folder(&folder.join("blobs")).unwrap(),
        keys: Keyring::in_memory().unwrap(),
        clock: Clock::from_fn(move || DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap()),
        calendar: Calendar::national().unwrap(),
        profile: profile(),
        edge: Edge::default(),
        assets: Assets::default(),
        cache_dir: folder.join("cache"),
        // Nothing measured here reads a file.
        reader: Arc::new(office::Confined::new(folder.join("no-reader"), Vec::new())),
        outgoing: Outgoing::new(Vec::new()).unwrap(),
        sign_in: kit::account::Settings::default(),
        messages: Messages::open(Settings::default(), TEMPLATES.to_vec(), &profile()).unwrap(),
        single_sign_on: None,
        capabilities: vec![kit::capability()],
    }
}

fn profile() -> Profile {
    Profile {
        name: "示例区人民政府".into(),
        district: "示例区".into(),
        public_url: "https://www.example.gov.cn".into(),
        desk_url: "https://desk.example.gov.cn".into(),
        id_code: "0000000000".into(),
        sponsor: "示例区人民政府办公室".into(),
        phone: String::new(),
        icp: String::new(),
        police: String::new(),
        is_demo: false,
    }
}
