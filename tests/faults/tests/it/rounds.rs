//! Rounds of work with a fault in each. `scripts/faults` runs as many as one likes.

use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::time::{Instant, UNIX_EPOCH};

use faults::house::{Beginning, config, data_in};
use faults::post::Post;
use faults::rounds::{Rounds, Tally};
use faults::{Chance, outbox};
use futures::FutureExt as _;
use kit::account::Actor;
use sea_orm::ConnectionTrait as _;
use serde::{Deserialize, Serialize};
use stories::{Database, TestApp, TestClock, gongkai};

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// How far a long run has come, for one that goes on where it stopped.
#[derive(Serialize, Deserialize)]
struct Progress {
    /// When the program was built: another one begins again.
    built: u64,
    tally: Tally,
}

impl Progress {
    /// Where it is noted; none for a run that nobody will go on with.
    fn place(name: &str, seed: u64) -> Option<PathBuf> {
        let folder = std::env::var("FAULTS_PROGRESS").ok()?;
        Some(Path::new(&folder).join(format!("{name}-{seed}.json")))
    }

    fn built() -> u64 {
        let changed = gongkai().metadata().unwrap().modified().unwrap();
        changed.duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    fn read(place: &Path) -> Option<Tally> {
        let known: Progress = serde_json::from_slice(&std::fs::read(place).ok()?).unwrap();
        (known.built == Progress::built()).then_some(known.tally)
    }

    fn note(place: &Path, tally: &Tally) {
        let (built, tally) = (Progress::built(), tally.clone());
        std::fs::write(place, serde_json::to_vec(&Progress { built, tally }).unwrap()).unwrap();
    }
}

async fn run(rounds: u64, database: Option<Database>) {
    let seed = number("FAULTS_SEED", 20_210_510);
    let name = if database.is_some() { "PostgreSQL" } else { "SQLite" };
    println!("{name}: {rounds} rounds from seed {seed}; the same seed makes the same choices");
    let mut all = Rounds::prepare(database).await;
    for (class, count) in &all.tally.classes {
        println!("  {count:5} {class}");
    }
    let place = Progress::place(name, seed);
    if let Some(known) = place.as_deref().and_then(Progress::read) {
        println!("{name}: going on after {} rounds", known.survived);
        all.tally = Tally {
            classes: std::mem::take(&mut all.tally.classes),
            ..known
        };
    }
    let mut seeds = Chance::of(seed);
    let behind = all.tally.survived as u64;
    for round in 1..=rounds {
        let seed = number("FAULTS_ROUND", seeds.draw());
        if round <= behind {
            continue;
        }
        println!("{name}: round {round}, seed {seed}");
        let begun = Instant::now();
        all.round(seed).await;
        println!("  survived after {} ms", begun.elapsed().as_millis());
        if let Some(place) = &place {
            Progress::note(place, &all.tally);
        }
    }
    // The next run of this seed begins again.
    place.inspect(|place| drop(std::fs::remove_file(place)));
    let tally = &all.tally;
    tell(name, seed, tally);
    // A run in which nothing was ever at stake proves nothing. A few rounds by themselves may be like that.
    if rounds >= 10 {
        assert!(tally.classes.len() > 20 && tally.lossy * 4 > tally.cuts && at_points(tally) * 3 > tally.survived);
        assert!(tally.promised as u64 > rounds / 2);
    }
}

fn at_points(tally: &Tally) -> usize {
    tally.faults.values().sum()
}

fn tell(name: &str, seed: u64, tally: &Tally) {
    for (class, count) in &tally.faults {
        println!("  {count:5} faults at {class}");
    }
    println!(
        "{name}: {} rounds survived from seed {seed}; {} points in {} classes; {} power cuts, {} of them lost something \
         unsynced; {} faults at a named point of {} classes, {} at the end of the work; {} promises; \
         {} messages arrived more than once under the same Message-ID",
        tally.survived,
        tally.classes.values().sum::<usize>(),
        tally.classes.len(),
        tally.cuts,
        tally.lossy,
        at_points(tally),
        tally.faults.len(),
        tally.elsewhere,
        tally.promised,
        tally.doubled
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_on_sqlite() {
    run(number("FAULTS_ROUNDS", 16), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_on_postgresql() {
    run(number("FAULTS_ROUNDS_POSTGRESQL", 6), Some(Database::postgres().await)).await;
}

async fn sees(app: &TestApp, post: &Post) -> bool {
    AssertUnwindSafe(outbox::holds(app, post)).catch_unwind().await.is_err()
}

async fn change(app: &TestApp, sql: &str) {
    let by = Actor::program("测试");
    let changing = app.site.write(&by, |tx| async move {
        tx.housekeeping();
        tx.on().execute_unprepared(sql).await?;
        Ok::<_, kit::Error>(())
    });
    changing.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_and_messages_that_are_lost_or_doubled_are_seen() {
    let (beginning, folder) = (Beginning::busy(None, 1, 1, 0).await, tempfile::TempDir::new().unwrap());
    beginning.lay(folder.path());
    let post = Post::start(&beginning.mails);
    let mut own = config(&data_in(folder.path()), "");
    post.put_into(&mut own);
    let app = TestApp::open(own, TestClock::default()).await;
    outbox::settle(&app).await;
    assert_eq!(outbox::holds(&app, &post).await, 0);
    let taken = post.taken();
    let last = taken.lines().last().unwrap();
    let renamed = last.replace("@example.gov.cn>", "@other.example.gov.cn>");
    for (what, mails) in [
        ("lost", taken.replace(&format!("{last}\n"), "")),
        ("doubled", format!("{taken}{last}\n")),
        ("under another name", format!("{taken}{renamed}\n")),
    ] {
        assert!(sees(&app, &Post::start(&mails)).await, "{what}");
    }
    change(&app, "UPDATE message SET may_be_double = TRUE").await;
    assert_eq!(outbox::holds(&app, &Post::start(&format!("{taken}{last}\n"))).await, 1);
    assert!(sees(&app, &Post::start(&format!("{taken}{renamed}\n"))).await);
    for (wrong, right) in [
        ("job SET state = 'waiting'", "job SET state = 'done'"),
        ("job SET state = 'poisoned'", "job SET state = 'done'"),
        ("intake SET taken = taken - 1", "intake SET taken = taken + 1"),
        (
            "notice_receipt SET delivered_at = NULL",
            "notice_receipt SET delivered_at = issued_at",
        ),
        ("message SET state = 'waiting'", "message SET state = 'sent'"),
        (
            "notice_way SET mail = FALSE",
            "notice_way SET mail = (kind = 'reminder')",
        ),
    ] {
        change(&app, &format!("UPDATE {wrong}")).await;
        assert!(sees(&app, &post).await, "{wrong}");
        change(&app, &format!("UPDATE {right}")).await;
        assert_eq!(outbox::holds(&app, &post).await, 0, "{right}");
    }
    app.close().await;
}
