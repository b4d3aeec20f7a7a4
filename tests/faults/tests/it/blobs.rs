//! The folder of blobs: what it has taken is there after a power cut, also when a kill came between two of its calls before.

use bytes::Bytes;
use faults::rig::order::Run;
use faults::{Bench, Point, program};
use kit::blob::{BlobId, Blobs};

fn putting(bench: &Bench) -> Run {
    let own = stories::program("offender");
    program([own.to_str().unwrap(), "blobs", bench.folder().to_str().unwrap()])
}

/// Each blob that was promised is there, whole.
async fn assert_kept(bench: &Bench, when: &str) {
    let output = bench.output();
    let promised: Vec<BlobId> = output.lines().map(|line| BlobId::parse(line).unwrap()).collect();
    // Opening makes what is missing, so that it comes after the cut.
    let blobs = Blobs::folder(&bench.folder().join("deep/blobs")).unwrap();
    for blob in promised {
        let bytes: Result<Bytes, _> = blobs.get(&blob).await;
        assert!(bytes.is_ok(), "{when}: {} was promised and is lost", blob.as_str());
    }
}

#[tokio::test]
async fn a_blob_that_was_taken_survives_a_power_cut_at_any_point() {
    let mut bench = Bench::new();
    let mut all = putting(&bench);
    all.tells_points = true;
    let points = bench.run(all).points.len();
    assert!(points > 20, "{points}");
    for nth in 1..=points + 1 {
        for seed in 0..3 {
            let mut bench = Bench::new();
            let mut run = putting(&bench);
            run.point = Some(Point {
                operation: "*".into(),
                pattern: "*".into(),
                nth,
            });
            assert_eq!(bench.run(run).reached, nth <= points);
            bench.cut(seed);
            assert_kept(&bench, &format!("cut before call {nth}")).await;
        }
    }
}

#[tokio::test]
async fn a_blob_taken_again_after_a_kill_survives_a_power_cut_too() {
    let mut bench = Bench::new();
    let mut all = putting(&bench);
    all.tells_points = true;
    let points = bench.run(all).points;
    for nth in 1..=points.len() {
        for seed in 0..3 {
            let mut bench = Bench::new();
            let mut run = putting(&bench);
            run.point = Some(Point {
                operation: "*".into(),
                pattern: "*".into(),
                nth,
            });
            assert!(bench.run(run).reached);
            // What the killed program had made and not synced is found there by the next one, which must not rely on it.
            assert_eq!(bench.run(putting(&bench)).code, Some(0), "{}", bench.errors());
            bench.cut(seed);
            assert_kept(&bench, &format!("kill before {:?}", points[nth - 1])).await;
        }
    }
}
