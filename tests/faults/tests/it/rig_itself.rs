//! The rig proves itself: who forgets to sync loses under it, who does everything right does not.

use std::collections::BTreeSet;

use faults::rig::chance::Chance;
use faults::{Bench, Faults, Point, program};
use sea_orm::{ConnectionTrait, Database, DbBackend, Statement};
use stories::program as built;

fn offender(words: &[&str], bench: &Bench) -> faults::rig::order::Run {
    let folder = bench.folder().to_str().unwrap();
    let own = built("offender");
    let words = [own.to_str().unwrap()]
        .into_iter()
        .chain(words.iter().copied())
        .chain([folder]);
    program(words)
}

/// What the program said was safe.
fn promised(bench: &Bench) -> Vec<usize> {
    bench.output().lines().map(|line| line.parse().unwrap()).collect()
}

/// How many promised files are missing or have other bytes than they should.
fn lost_files(bench: &Bench) -> usize {
    let is_whole = |n: &usize| {
        std::fs::read(bench.folder().join(n.to_string()))
            .is_ok_and(|bytes| bytes == n.to_string().repeat(1200).as_bytes())
    };
    promised(bench).iter().filter(|n| !is_whole(n)).count()
}

/// Runs with the power cut before each call in turn, and says in how many of these rounds something promised was lost.
fn rounds_with_losses(how: &str) -> (usize, usize) {
    let mut bench = Bench::new();
    let mut all = offender(&[how], &bench);
    all.tells_points = true;
    let points = bench.run(all).points.len();
    let mut losses = 0;
    for nth in 1..=points {
        let mut bench = Bench::new();
        let mut run = offender(&[how], &bench);
        run.point = Some(Point {
            operation: "*".into(),
            pattern: "*".into(),
            nth,
        });
        assert!(bench.run(run).reached);
        bench.cut(nth as u64);
        losses += usize::from(lost_files(&bench) > 0);
    }
    (losses, points)
}

#[test]
fn who_forgets_to_sync_loses_what_was_promised() {
    for how in ["forgetful", "nameless"] {
        let (losses, points) = rounds_with_losses(how);
        assert!(
            losses > points / 4,
            "{how}: only {losses} of {points} rounds lost something"
        );
    }
}

#[test]
fn who_does_everything_right_loses_nothing_at_any_point() {
    let (losses, points) = rounds_with_losses("careful");
    assert!(
        points >= 50,
        "ten files of a create, two writes, a sync, a rename and a sync each: {points}"
    );
    assert_eq!(losses, 0);
}

#[test]
fn a_rename_that_does_not_pass_through_the_c_library_is_seen() {
    let mut bench = Bench::new();
    let mut run = offender(&["careful"], &bench);
    run.tells_points = true;
    let points = bench.run(run).points;
    let renames = points.iter().filter(|(operation, _)| operation == "rename").count();
    assert_eq!(renames, 10, "{points:?}");
    assert_eq!(
        points[..6].iter().map(|p| p.0.as_str()).collect::<Vec<_>>(),
        ["create", "write", "write", "fsync", "rename", "fsync"]
    );
}

#[test]
fn the_same_seed_cuts_the_same_way() {
    let after = |seed| {
        let mut bench = Bench::new();
        bench.run(offender(&["forgetful"], &bench));
        bench.cut(seed);
        let mut left: Vec<(String, Vec<u8>)> = std::fs::read_dir(bench.folder())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| {
                (
                    entry.file_name().into_string().unwrap(),
                    std::fs::read(entry.path()).unwrap(),
                )
            })
            .collect();
        left.sort();
        left
    };
    let ways: BTreeSet<_> = (0..12).map(after).collect();
    assert!(ways.len() > 4, "seeds differ");
    assert_eq!(after(3), after(3));
}

#[test]
fn writes_are_torn_between_sectors_and_nowhere_else() {
    let mut torn = 0;
    for seed in 0..30 {
        let mut bench = Bench::new();
        bench.run(offender(&["forgetful"], &bench));
        bench.cut(seed);
        for n in 0..10_u8 {
            let Ok(bytes) = std::fs::read(bench.folder().join(n.to_string())) else {
                continue;
            };
            // Of two writes the first ends in the middle of a sector, so 388 bytes of it may stand without the rest.
            let mut edges = vec![0, 512, 900, 1024, 1200];
            edges.retain(|edge| *edge <= bytes.len());
            assert!(edges.contains(&bytes.len()), "{}", bytes.len());
            for piece in edges.windows(2).map(|edge| &bytes[edge[0]..edge[1]]) {
                let whole = piece.iter().all(|byte| *byte == b'0' + n);
                assert!(whole || piece.iter().all(|byte| *byte == 0));
                torn += usize::from(!whole);
            }
        }
    }
    assert!(torn > 0);
}

async fn rows(bench: &Bench) -> Vec<usize> {
    let file = bench.folder().join("kept.sqlite");
    if !file.exists() {
        return Vec::new();
    }
    let Ok(db) = Database::connect(format!("sqlite://{}", file.display())).await else {
        return Vec::new();
    };
    let select = Statement::from_string(DbBackend::Sqlite, "SELECT n FROM kept ORDER BY n");
    let rows = db.query_all_raw(select).await.unwrap_or_default();
    rows.iter()
        .map(|row| row.try_get_by_index::<i64>(0).unwrap() as usize)
        .collect()
}

/// Rounds with SQLite in which something promised was lost.
async fn sqlite_losses(how: &str, rounds: u64) -> u64 {
    let mut losses = 0;
    let mut chance = Chance::of(11);
    for seed in 0..rounds {
        let mut bench = Bench::new();
        let mut run = offender(&["sqlite", how], &bench);
        let nth = 20 + chance.below(60) as usize;
        run.point = Some(Point {
            operation: "*".into(),
            pattern: "*".into(),
            nth,
        });
        bench.run(run);
        bench.cut(seed);
        let (promised, kept) = (promised(&bench), rows(&bench).await);
        losses += u64::from(promised.iter().any(|n| !kept.contains(n)));
    }
    losses
}

#[tokio::test]
async fn sqlite_loses_commits_without_synchronisation_and_none_with_it() {
    assert!(sqlite_losses("off", 16).await > 4);
    assert!(
        sqlite_losses("normal", 16).await > 4,
        "in WAL mode NORMAL does not sync a commit"
    );
    assert_eq!(sqlite_losses("full", 40).await, 0);
}

#[tokio::test]
async fn a_kill_alone_loses_nothing_even_without_synchronisation() {
    // Which is why a test that only kills proves nothing about the disk.
    for nth in [30, 40, 50] {
        let mut bench = Bench::new();
        let mut run = offender(&["sqlite", "off"], &bench);
        run.point = Some(Point {
            operation: "*".into(),
            pattern: "*".into(),
            nth,
        });
        bench.run(run);
        let kept = rows(&bench).await;
        assert!(promised(&bench).iter().all(|n| kept.contains(n)));
    }
}

#[test]
fn a_full_disk_and_a_failed_sync_reach_the_program() {
    let mut bench = Bench::new();
    bench.faults(Faults {
        room: Some(3000),
        ..Faults::default()
    });
    assert_eq!(bench.run(offender(&["careful"], &bench)).code, Some(101));
    assert!(bench.errors().contains("No space left on device"), "{}", bench.errors());
    assert_eq!(promised(&bench), [0, 1]);

    let mut bench = Bench::new();
    bench.faults(Faults {
        sync_error: Point::parse("fsync:*.new:4"),
        ..Faults::default()
    });
    assert_eq!(bench.run(offender(&["careful"], &bench)).code, Some(101));
    assert!(bench.errors().contains("Input/output error"), "{}", bench.errors());
    assert_eq!(promised(&bench), [0, 1, 2]);
    for seed in 0..20 {
        bench.cut(seed);
        assert_eq!(lost_files(&bench), 0);
    }
}

#[test]
fn what_is_synced_stays_when_the_power_goes_again_and_again() {
    let mut bench = Bench::new();
    bench.run(offender(&["careful"], &bench));
    for seed in 0..8 {
        bench.cut(seed);
        assert_eq!(lost_files(&bench), 0);
    }
}
