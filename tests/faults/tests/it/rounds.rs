//! Rounds of work with a fault in each. `scripts/faults` runs as many as one likes.

use faults::Chance;
use faults::rounds::Rounds;
use stories::Database;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

async fn run(rounds: u64, database: Option<Database>) {
    let seed = number("FAULTS_SEED", 20_210_510);
    let name = if database.is_some() { "PostgreSQL" } else { "SQLite" };
    println!("{name}: {rounds} rounds from seed {seed}; the same seed makes the same choices");
    let mut all = Rounds::prepare(database).await;
    for (class, count) in &all.tally.classes {
        println!("  {count:5} {class}");
    }
    let mut seeds = Chance::of(seed);
    for round in 1..=rounds {
        let seed = number("FAULTS_ROUND", seeds.draw());
        println!("{name}: round {round}, seed {seed}");
        all.round(seed).await;
    }
    let tally = &all.tally;
    println!(
        "{name}: {} rounds survived; {} points in {} classes; {} power cuts, {} of them lost something unsynced; {} faults \
         at a named point; {} promises",
        tally.survived,
        tally.classes.values().sum::<usize>(),
        tally.classes.len(),
        tally.cuts,
        tally.lossy,
        tally.at_points,
        tally.promised
    );
    // A run in which nothing was ever at stake proves nothing. A few rounds by themselves may be like that.
    if rounds >= 10 {
        assert!(tally.classes.len() > 20 && tally.lossy * 4 > tally.cuts && tally.at_points * 3 > tally.survived);
        assert!(tally.promised as u64 > rounds / 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_on_sqlite() {
    run(number("FAULTS_ROUNDS", 16), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_on_postgresql() {
    run(number("FAULTS_ROUNDS_POSTGRESQL", 6), Some(Database::postgres().await)).await;
}
