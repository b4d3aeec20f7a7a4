//! Clocks that jump.

use std::time::Duration;

use faults::Bench;
use faults::bench::moved_clock;
use faults::house::{Beginning, answers, at_desk, config, config_file, data_in, ended, free_addresses, serving};
use faults::nodes::{District, folder, set_clock};
use stories::office::{search, titles};
use stories::{TestApp, TestClock};

const HOUR: i64 = 3600;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_clock_jumps_neither_holds_up_the_others_nor_itself() {
    let mut district = District::new().await;
    let folder = folder();
    let control = folder.path().join("clock");
    set_clock(&control, 0);
    let url = district.database().to_string();
    let jumping = district.node_on(&url, &moved_clock(folder.path(), &control)).await;
    let steady = district.node().await;
    let names: Vec<String> = (0..6).map(|n| format!("示例区第{n}号时钟规定")).collect();
    let documents = district.approved(&names).await;
    for (turn, seconds) in [0, HOUR, -HOUR, 0, 13 * HOUR, -HOUR].into_iter().enumerate() {
        set_clock(&control, seconds);
        let node = if turn % 2 == 0 { &jumping } else { &steady };
        let drafter = node.desk_of(&district.office.drafter).await;
        if seconds > 12 * HOUR {
            // By that clock the session is over. It is not gone: when the clock is right again, so is the session.
            assert_eq!(drafter.get("/").await.status, 303);
            set_clock(&control, 0);
            drafter.get("/").await.expect(200);
            set_clock(&control, seconds);
            let drafter = steady.desk_of(&district.office.drafter).await;
            drafter
                .submit(&format!("{}/release", documents[turn]), &[])
                .await
                .expect(303);
        } else {
            drafter
                .submit(&format!("{}/release", documents[turn]), &[])
                .await
                .expect(303);
        }
        // Whoever numbers, whatever clocks say: both show it.
        for node in [&jumping, &steady] {
            let citizen = node.citizen();
            while titles(&citizen.get(&search(&format!("\"{}\"", names[turn]))).await.expect(200))
                != [names[turn].as_str()]
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    let gaps = "SELECT coalesce(max(position), 0) - count(*) FROM journal_entry";
    assert_eq!(district.looker.number(gaps).await, 0);
    assert_eq!(district.count("document_release").await, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_restart_with_an_earlier_clock_releases_are_numbered_at_once() {
    let beginning = Beginning::new(None, 2, 0).await;
    let mut bench = Bench::new();
    beginning.lay(bench.folder());
    let control = bench.beside().join("clock");
    let environment = moved_clock(bench.beside(), &control);
    for (document, seconds) in beginning.approved.iter().zip([HOUR, 0]) {
        set_clock(&control, seconds);
        let addresses = free_addresses();
        let file = config_file(bench.beside(), &config(&data_in(bench.folder()), ""), addresses, "");
        let mut run = serving(&file);
        run.environment = environment.clone();
        let pid = bench.start(run);
        assert!(answers(addresses[1], ended(&bench, pid)).await, "{}", bench.errors());
        let drafter = at_desk(addresses[1], &beginning.drafter);
        drafter.submit(&format!("{document}/release"), &[]).await.expect(303);
        // Killed, so that the lease is not handed back: by the clock of the next start it lies an hour ahead.
        bench.kill();
        bench.wait();
    }
    let clock = TestClock::default();
    clock.set(chrono::Utc::now());
    let app = TestApp::open(config(&data_in(bench.folder()), ""), clock).await;
    assert_eq!(
        app.number("SELECT count(*) FROM journal_entry WHERE position IS NULL")
            .await,
        0
    );
    assert_eq!(app.number("SELECT max(position) FROM journal_entry").await, 2);
    app.close().await;
}
