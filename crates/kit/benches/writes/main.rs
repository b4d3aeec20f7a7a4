//! Writing transactions per second, on both databases and at full durability: through the one door, beside statements sent
//! to the same database by hand; numbers given out; jobs done by one and by two processes.
//!
//! `scripts/with-postgres cargo bench -p kit --bench writes` prints one line of JSON and a table.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a measurement fails by panicking; its own environment names the PostgreSQL server and its clock is the machine's"
)]

mod jobs;
mod place;
mod raw;
mod report;
mod subjects;

use std::time::Duration;

use place::Place;
use report::{Figures, Report};

/// Rounds, in each of which every subject has its turn.
const ROUNDS: usize = 5;
/// How long a turn lasts.
const TURN: Duration = Duration::from_millis(800);
/// Clients at once.
const CLIENTS: [usize; 3] = [1, 8, 32];
/// Jobs in a turn.
const JOBS: usize = 200;

fn main() {
    // Asked by runners of tests, of which there are none here.
    if std::env::args().any(|word| word == "--list") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(measure());
    println!("{}", report.json());
    println!("\n{}", report.table());
}

async fn measure() -> Report {
    let mut report = Report::of_this_machine();
    for place in [Place::sqlite().await, Place::postgres().await] {
        for clients in CLIENTS {
            writes(&place, clients, &mut report).await;
        }
        for processes in [1, 2] {
            let mut figures = Figures::new(place.name, "jobs done", processes);
            for _ in 0..ROUNDS {
                figures.add(jobs::turn(&place, processes, JOBS).await);
            }
            report.add(figures);
        }
        place.remove().await;
    }
    report
}

async fn writes(place: &Place, clients: usize, report: &mut Report) {
    let raw = raw::Raw::open(place, clients).await;
    let mut all = ["by hand", "through the door", "with a number"].map(|name| Figures::new(place.name, name, clients));
    for round in 0..ROUNDS {
        // Each begins every third round, so that none always finds the warmer machine.
        for turn in 0..all.len() {
            let subject = (turn + round) % all.len();
            let speed = match subject {
                0 => raw.turn(clients, TURN).await,
                1 => subjects::door(place, clients, TURN).await,
                _ => subjects::numbers(place, clients, TURN).await,
            };
            all[subject].add(speed);
        }
    }
    raw.close().await;
    let peer = all[0].median();
    for mut figures in all {
        figures.beside(peer);
        report.add(figures);
    }
}
