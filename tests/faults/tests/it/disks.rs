//! Disks that are full, slow or broken under the served program.

use faults::house::{Beginning, answers, at_desk, config, config_file, data_in, ended, free_addresses, serving};
use faults::{Bench, Faults, Point, check};
use stories::office::{search, titles};
use stories::{TestApp, TestClock, Visitor, word};

/// The served program with two people at its desk.
struct Served {
    bench: Bench,
    beginning: Beginning,
    drafter: Visitor,
    citizen: Visitor,
}

impl Served {
    async fn start() -> Served {
        let beginning = Beginning::new(None, 3, 1).await;
        let mut bench = Bench::new();
        beginning.lay(bench.folder());
        let addresses = free_addresses();
        let file = config_file(bench.beside(), &config(&data_in(bench.folder()), ""), addresses, "");
        let pid = bench.start(serving(&file));
        assert!(answers(addresses[1], ended(&bench, pid)).await, "{}", bench.errors());
        let drafter = at_desk(addresses[1], &beginning.drafter);
        let citizen = Visitor::over(addresses[0], "https://www.example.gov.cn");
        Served {
            bench,
            beginning,
            drafter,
            citizen,
        }
    }

    async fn release(&self, n: usize) -> u16 {
        self.drafter
            .submit(&format!("{}/release", self.beginning.approved[n]), &[])
            .await
            .status
            .as_u16()
    }

    async fn upload(&self) -> u16 {
        let fields = [("unit", self.beginning.unit.as_str()), ("kind", "normative")];
        let bytes = word::of_lines(&["示例区新的规定", "怎么办理。"]);
        self.drafter
            .upload("/documents/new", &fields, ("file", "规定.docx", &bytes))
            .await
            .status
            .as_u16()
    }

    async fn until_found(&self, n: usize) {
        let title = format!("示例区第{n}号规定");
        while titles(&self.citizen.get(&search(&format!("\"{title}\""))).await.expect(200)) != [title.as_str()] {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// Ends it, opens what is left and checks it; returns how many releases and documents there are.
    async fn in_the_end(mut self) -> (i64, i64) {
        self.bench.end();
        assert_eq!(self.bench.wait().code, Some(0), "{}", self.bench.errors());
        let clock = TestClock::default();
        clock.set(chrono::Utc::now());
        let app = TestApp::open(config(&data_in(self.bench.folder()), ""), clock).await;
        check::holds(&app).await;
        let releases = app.number("SELECT count(*) FROM document_release").await;
        let documents = app.number("SELECT count(*) FROM document").await;
        app.close().await;
        (releases, documents)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_and_forgets_nothing_and_all_goes_on_when_there_is_room() {
    let mut served = Served::start().await;
    assert_eq!(served.release(0).await, 303);
    served.until_found(0).await;
    let (mut released, mut uploaded) = (false, 0);
    for room in [0, 9_000, 30_000] {
        let faults = Faults {
            room: Some(room),
            ..Faults::default()
        };
        served.bench.faults(faults);
        let upload = served.upload().await;
        let release = if released { None } else { Some(served.release(1).await) };
        for answer in [Some(upload), release].into_iter().flatten() {
            assert!(
                answer >= 500 || answer == 303 && room > 0,
                "room for {room} bytes: {answer}"
            );
        }
        uploaded += i64::from(upload == 303);
        released |= release == Some(303);
        // What is public is read on.
        served.citizen.get("/releases").await.expect(200);
        served.until_found(0).await;
    }
    served.bench.faults(Faults::default());
    assert_eq!(served.upload().await, 303);
    assert_eq!(
        served.release(1).await == 303,
        !released,
        "one that was answered with an error has not happened"
    );
    assert_eq!(served.release(2).await, 303);
    served.until_found(1).await;
    served.until_found(2).await;
    assert_eq!(served.in_the_end().await, (4, 4 + uploaded + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_fails_acknowledges_nothing() {
    let mut served = Served::start().await;
    let mut uploaded = 0;
    for pattern in ["fsync:data/gongkai.sqlite-wal:1", "fsync:data/blobs/*:1"] {
        // Jobs write too, and the failing sync may be one of theirs; then the upload is answered and stands.
        let mut refused = false;
        for _ in 0..20 {
            served.bench.faults(Faults {
                sync_error: Point::parse(pattern),
                ..Faults::default()
            });
            match served.upload().await {
                303 => uploaded += 1,
                answer => {
                    assert!(answer >= 500, "{pattern}: {answer}");
                    refused = true;
                    break;
                }
            }
        }
        assert!(refused, "{pattern}: a failing sync never met an upload");
    }
    served.bench.faults(Faults::default());
    assert_eq!(served.release(0).await, 303);
    assert_eq!(served.upload().await, 303);
    served.until_found(0).await;
    assert_eq!(served.in_the_end().await, (2, 5 + uploaded));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_disk_is_only_slow() {
    let mut served = Served::start().await;
    served.bench.faults(Faults {
        slow_sync: 150,
        ..Faults::default()
    });
    let both = tokio::join!(served.release(0), served.release(1));
    assert_eq!(both, (303, 303));
    assert_eq!(served.upload().await, 303);
    served.until_found(0).await;
    served.until_found(1).await;
    served.bench.faults(Faults::default());
    assert_eq!(served.in_the_end().await, (3, 5));
}
