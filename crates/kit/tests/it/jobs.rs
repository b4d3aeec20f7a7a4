//! Jobs: enqueued with the command, run once at a time, taken over, tried again, given up, scheduled, handed back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration as Real;

use chrono::{DateTime, Duration, Utc};
use kit::account::{Actor, Holding};
use kit::capability::Capability;
use kit::job::{
    self, Cadence, Class, Failure, HEAVY, JobKind, NewJob, QUICK, Run, Schedule, Workers, enqueue, run_due,
};
use kit::permission::Role;
use kit::{Error, Site};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    a_job_exists_exactly_when_its_command_happened,
    a_second_job_with_the_same_key_is_none,
    what_has_been_due_longest_runs_first,
    a_stale_try_can_neither_write_nor_end_the_job,
    a_lease_from_before_the_clock_went_back_holds_up_nobody_but_its_holder,
    no_more_run_at_once_than_places_over_two_processes,
    a_failed_try_waits_and_the_last_one_poisons,
    what_no_try_will_help_is_poisoned_at_once,
    a_panic_is_a_failed_try,
    a_job_whose_holders_die_is_poisoned_without_another_try,
    a_scheduled_time_is_enqueued_once_whatever_clocks_do,
    a_kind_this_program_does_not_know_is_left_to_others,
    what_runs_at_the_end_is_handed_back,
    many_jobs_of_one_kind_do_not_starve_another,
    the_system_administrator_retries_and_drops,
    what_is_over_is_swept_and_what_is_poisoned_stays,
);

type Log = Arc<Mutex<Vec<String>>>;

/// A kind that does what a function of the run says.
fn kind<F, R>(id: &'static str, class: &'static Class, attempts: i32, work: F) -> JobKind
where
    F: Fn(Arc<Site>, Run) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), Failure>> + Send + 'static,
{
    JobKind {
        id,
        name: "测试",
        class,
        attempts,
        run: Box::new(move |site, run| Box::pin(work(site, run))),
    }
}

/// A kind that notes its key.
fn noting(id: &'static str, class: &'static Class, log: &Log) -> JobKind {
    let log = log.clone();
    kind(id, class, 3, move |_, run| {
        log.lock().unwrap().push(run.key);
        async { Ok(()) }
    })
}

fn with(jobs: Vec<JobKind>) -> Capability {
    Capability {
        name: "test",
        jobs,
        ..Default::default()
    }
}

fn new(kind: &'static str, class: &'static Class, key: &str, run_at: Option<DateTime<Utc>>) -> NewJob {
    NewJob {
        kind,
        class,
        key: key.into(),
        payload: Value::Null,
        run_at,
    }
}

async fn put(site: &Site, job: NewJob) -> bool {
    let job = &job;
    site.write(&program(), |tx| async move {
        tx.housekeeping();
        Ok::<_, Error>(enqueue(&tx, job.clone()).await?)
    })
    .await
    .unwrap()
}

async fn state(bench: &Bench, key: &str) -> String {
    let sql = "SELECT state FROM job WHERE idempotency_key = $1";
    bench.text(sql, [key.into()]).await
}

async fn attempts(bench: &Bench, key: &str) -> i64 {
    let sql = "SELECT attempts FROM job WHERE idempotency_key = $1";
    bench.number(sql, [key.into()]).await
}

async fn count(bench: &Bench, filter: &str) -> i64 {
    bench
        .number(
            &format!("SELECT count(*) FROM job WHERE kind LIKE 'test.%' AND {filter}"),
            [],
        )
        .await
}

/// Waits until something is so; a test that waits for ever is ended by the runner.
async fn until(mut so: impl AsyncFnMut() -> bool) {
    while !so().await {
        tokio::time::sleep(Real::from_millis(10)).await;
    }
}

async fn a_job_exists_exactly_when_its_command_happened(bench: Bench) {
    let failed: Result<(), Error> = bench
        .site
        .write(&program(), |tx| async move {
            tx.housekeeping();
            enqueue(&tx, new("test.a", &QUICK, "lost", None)).await?;
            Err(Error::refused("不行", "算了"))
        })
        .await;
    assert!(failed.is_err());
    let unanswered: Result<(), Error> = bench
        .site
        .write(&program(), |tx| async move {
            enqueue(&tx, new("test.a", &QUICK, "unaudited", None)).await?;
            Ok(())
        })
        .await;
    assert!(unanswered.is_err());
    assert_eq!(count(&bench, "1 = 1").await, 0);
    put(&bench.site, new("test.a", &QUICK, "kept", None)).await;
    assert_eq!(count(&bench, "state = 'waiting'").await, 1);
}

async fn a_second_job_with_the_same_key_is_none(bench: Bench) {
    let log = Log::default();
    let site = bench.process_with(with(vec![noting("test.a", &QUICK, &log)])).await;
    let other = bench.second_process().await;
    let (one, two) = tokio::join!(
        put(&site, new("test.a", &QUICK, "k", None)),
        put(&other, new("test.a", &QUICK, "k", None))
    );
    assert_eq!(u8::from(one) + u8::from(two), 1);
    assert!(
        put(&site, new("test.b", &QUICK, "k", None)).await,
        "another kind has keys of its own"
    );
    run_due(&site).await.unwrap();
    assert!(
        !put(&site, new("test.a", &QUICK, "k", None)).await,
        "also when it is done"
    );
    run_due(&site).await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["k"]);
}

async fn what_has_been_due_longest_runs_first(bench: Bench) {
    run_due(&bench.site).await.unwrap();
    let log = Log::default();
    let site = bench.process_with(with(vec![noting("test.a", &QUICK, &log)])).await;
    for (key, minutes) in [("third", -1), ("first", -9), ("later", 5), ("second", -3)] {
        let at = bench.now() + Duration::minutes(minutes);
        put(&site, new("test.a", &QUICK, key, Some(at))).await;
    }
    run_due(&site).await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["first", "second", "third"]);
    bench.advance(Duration::minutes(5));
    run_due(&site).await.unwrap();
    assert_eq!(log.lock().unwrap().last().unwrap(), "later");
}

/// A kind whose first try waits at a gate, and every try then adds one to a counter, if the job is still its own.
fn gated(counter: Uuid, gate: watch::Receiver<bool>, begun: watch::Sender<usize>) -> JobKind {
    kind("test.gated", &QUICK, 3, move |site, run| {
        let (mut gate, begun) = (gate.clone(), begun.clone());
        async move {
            begun.send_modify(|n| *n += 1);
            if run.attempt == 1 {
                gate.wait_for(|open| *open).await.unwrap();
            }
            let run = &run;
            site.write(&program(), |tx| async move {
                tx.housekeeping();
                run.hold(&tx).await?;
                let sql = "UPDATE counter SET n = n + 1 WHERE id = $1";
                let backend = tx.on().get_database_backend();
                let statement = Statement::from_sql_and_values(backend, sql, [counter.into()]);
                tx.on().execute_raw(statement).await?;
                Ok::<_, Error>(())
            })
            .await?;
            Ok(())
        }
    })
}

async fn a_stale_try_can_neither_write_nor_end_the_job(bench: Bench) {
    run_due(&bench.site).await.unwrap();
    let counter = bench.counter(0).await;
    let (gate, held) = watch::channel(false);
    let (begun, mut begins) = watch::channel(0);
    let first = bench
        .process_with(with(vec![gated(counter, held.clone(), begun.clone())]))
        .await;
    let second = bench.process_with(with(vec![gated(counter, held, begun)])).await;
    put(&first, new("test.gated", &QUICK, "k", None)).await;
    let stopped = tokio::spawn({
        let first = first.clone();
        async move { run_due(&first).await }
    });
    begins.wait_for(|n| *n == 1).await.unwrap();
    assert_eq!(run_due(&second).await.unwrap(), 0, "a job under lease is left alone");
    bench.advance(Duration::seconds(31));
    assert_eq!(run_due(&second).await.unwrap(), 1);
    assert_eq!(state(&bench, "k").await, "done");
    gate.send(true).unwrap();
    stopped.await.unwrap().unwrap();
    let n = bench
        .number("SELECT n FROM counter WHERE id = $1", [counter.into()])
        .await;
    assert_eq!(n, 1, "the stale try did not write");
    assert_eq!(state(&bench, "k").await, "done", "nor did it end the job");
    let fence = bench
        .number("SELECT fence FROM job WHERE idempotency_key = 'k'", [])
        .await;
    assert_eq!(fence, 2);
}

async fn a_lease_from_before_the_clock_went_back_holds_up_nobody_but_its_holder(bench: Bench) {
    run_due(&bench.site).await.unwrap();
    let counter = bench.counter(0).await;
    let (gate, held) = watch::channel(false);
    let (begun, mut begins) = watch::channel(0);
    let holder = bench
        .process_with(with(vec![gated(counter, held, begun.clone())]))
        .await;
    put(&holder, new("test.gated", &QUICK, "k", None)).await;
    let workers = Arc::new(Workers::default());
    let working = tokio::spawn(workers.clone().work(holder.clone()));
    begins.wait_for(|n| *n == 1).await.unwrap();
    bench.advance(Duration::hours(-1));
    let log = Log::default();
    let other = bench.process_with(with(vec![noting("test.gated", &QUICK, &log)])).await;
    // The holder looks for work too, and leaves alone what it is doing itself.
    put(&holder, new("test.gated", &QUICK, "l", None)).await;
    begins.wait_for(|n| *n == 2).await.unwrap();
    assert_eq!(attempts(&bench, "k").await, 1);
    // For others a lease of an hour says nothing.
    run_due(&other).await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["k"]);
    assert_eq!(state(&bench, "k").await, "done");
    gate.send(true).unwrap();
    until(async || state(&bench, "l").await == "done").await;
    workers.stop().await;
    working.await.unwrap();
    assert_eq!(
        bench
            .number("SELECT n FROM counter WHERE id = $1", [counter.into()])
            .await,
        1,
        "the holder that was passed over did not write"
    );
}

async fn no_more_run_at_once_than_places_over_two_processes(bench: Bench) {
    run_due(&bench.site).await.unwrap();
    let (gate, held) = watch::channel(false);
    let running = Arc::new(AtomicUsize::new(0));
    let most = Arc::new(AtomicUsize::new(0));
    let counted = || {
        let (held, running, most) = (held.clone(), running.clone(), most.clone());
        kind("test.heavy", &HEAVY, 3, move |_, _| {
            let (mut held, running, most) = (held.clone(), running.clone(), most.clone());
            async move {
                let now = running.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                held.wait_for(|open| *open).await.unwrap();
                tokio::time::sleep(Real::from_millis(2)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        })
    };
    for n in 0..40 {
        put(&bench.site, new("test.heavy", &HEAVY, &format!("k{n}"), None)).await;
    }
    let mut all = Vec::new();
    for _ in 0..2 {
        let site = bench.process_with(with(vec![counted()])).await;
        let workers = Arc::new(Workers::default());
        all.push((tokio::spawn(workers.clone().work(site)), workers));
    }
    until(async || running.load(Ordering::SeqCst) == 2).await;
    gate.send(true).unwrap();
    until(async || count(&bench, "state = 'done'").await == 40).await;
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert_eq!(count(&bench, "attempts = 1").await, 40, "each ran once");
    for (task, workers) in all {
        workers.stop().await;
        task.await.unwrap();
    }
}

async fn a_failed_try_waits_and_the_last_one_poisons(bench: Bench) {
    run_due(&bench.site).await.unwrap();
    let failing = kind("test.a", &QUICK, 3, |_, _| async {
        Err(Failure::Again("对方没有应答".into()))
    });
    let site = bench.process_with(with(vec![failing])).await;
    put(&site, new("test.a", &QUICK, "k", None)).await;
    for (tries, wait) in [(1, 6), (2, 11)] {
        assert_eq!(run_due(&site).await.unwrap(), 1, "one try, then it waits");
        assert_eq!(
            (state(&bench, "k").await.as_str(), attempts(&bench, "k").await),
            ("waiting", tries)
        );
        bench.advance(Duration::seconds(wait));
    }
    assert_eq!(run_due(&site).await.unwrap(), 1);
    assert_eq!(state(&bench, "k").await, "poisoned");
    let why = bench
        .text("SELECT last_error FROM job WHERE idempotency_key = 'k'", [])
        .await;
    assert_eq!(why, "对方没有应答");
    bench.advance(Duration::days(1));
    run_due(&site).await.unwrap();
    assert_eq!(attempts(&bench, "k").await, 3);
}

async fn what_no_try_will_help_is_poisoned_at_once(bench: Bench) {
    let never = kind("test.a", &QUICK, 9, |_, _| async {
        Err(Failure::Never("内容读不懂".into()))
    });
    let refused = kind("test.b", &QUICK, 9, |_, _| async {
        Err(Error::refused("没有这个单位", "请核对").into())
    });
    let site = bench.process_with(with(vec![never, refused])).await;
    put(&site, new("test.a", &QUICK, "a", None)).await;
    put(&site, new("test.b", &QUICK, "b", None)).await;
    run_due(&site).await.unwrap();
    assert_eq!(count(&bench, "state = 'poisoned' AND attempts = 1").await, 2);
}

async fn a_panic_is_a_failed_try(bench: Bench) {
    let late = kind("test.late", &QUICK, 2, |_, run: Run| async move {
        assert!(run.attempt > 9, "示例");
        Ok(())
    });
    let early = kind("test.early", &QUICK, 2, |_, run: Run| {
        assert!(run.attempt > 9, "示例");
        async { Ok(()) }
    });
    let site = bench.process_with(with(vec![late, early])).await;
    put(&site, new("test.late", &QUICK, "late", None)).await;
    put(&site, new("test.early", &QUICK, "early", None)).await;
    run_due(&site).await.unwrap();
    assert_eq!(count(&bench, "state = 'waiting' AND attempts = 1").await, 2);
    bench.advance(Duration::minutes(1));
    run_due(&site).await.unwrap();
    assert_eq!(
        count(&bench, "state = 'poisoned' AND last_error = '程序内部出错'").await,
        2
    );
}

async fn a_job_whose_holders_die_is_poisoned_without_another_try(bench: Bench) {
    let (begun, mut begins) = watch::channel(0);
    let deadly = kind("test.a", &QUICK, 2, move |_, _| {
        begun.send_modify(|n| *n += 1);
        std::future::pending()
    });
    let site = bench.process_with(with(vec![deadly])).await;
    put(&site, new("test.a", &QUICK, "k", None)).await;
    for death in 1..=2 {
        let dying = tokio::spawn({
            let site = site.clone();
            async move { run_due(&site).await }
        });
        begins.wait_for(|n| *n == death).await.unwrap();
        dying.abort();
        let _ = dying.await;
        bench.advance(Duration::seconds(31));
    }
    run_due(&site).await.unwrap();
    assert_eq!(state(&bench, "k").await, "poisoned");
    assert_eq!(*begins.borrow(), 2, "it was not begun a third time");
}

async fn a_scheduled_time_is_enqueued_once_whatever_clocks_do(bench: Bench) {
    let log = Log::default();
    let nightly = || Capability {
        schedules: vec![Schedule {
            job: "test.nightly",
            cadence: Cadence::Daily(2, 0),
        }],
        ..with(vec![noting("test.nightly", &QUICK, &log)])
    };
    let (one, two) = (bench.process_with(nightly()).await, bench.process_with(nightly()).await);
    let pass = async || {
        let (a, b) = tokio::join!(run_due(&one), run_due(&two));
        a.unwrap();
        b.unwrap();
        log.lock().unwrap().clone()
    };
    assert_eq!(pass().await, ["2021-05-10T02:00"], "ten in the morning");
    bench.advance(Duration::hours(15) + Duration::minutes(59));
    assert_eq!(pass().await.len(), 1, "one minute before two in Shanghai");
    bench.advance(Duration::minutes(1));
    assert_eq!(pass().await[1..], ["2021-05-11T02:00"]);
    bench.advance(Duration::days(3));
    assert_eq!(
        pass().await[2..],
        ["2021-05-14T02:00"],
        "what was missed is made up once"
    );
    bench.advance(-Duration::days(2));
    assert_eq!(
        pass().await[3..],
        ["2021-05-12T02:00"],
        "a time never kept is kept, those kept are not"
    );
    bench.advance(-Duration::days(1));
    assert_eq!(pass().await.len(), 4);
    bench.advance(Duration::days(3));
    assert_eq!(pass().await.len(), 4);
}

async fn a_kind_this_program_does_not_know_is_left_to_others(bench: Bench) {
    let log = Log::default();
    let newer = bench.process_with(with(vec![noting("test.new", &QUICK, &log)])).await;
    put(&bench.site, new("test.new", &QUICK, "k", None)).await;
    run_due(&bench.site).await.unwrap();
    assert_eq!(state(&bench, "k").await, "waiting");
    run_due(&newer).await.unwrap();
    assert_eq!(state(&bench, "k").await, "done");
}

async fn what_runs_at_the_end_is_handed_back(bench: Bench) {
    let (begun, mut begins) = watch::channel(0);
    let endless = kind("test.long", &QUICK, 2, move |_, _| {
        begun.send_modify(|n| *n += 1);
        std::future::pending()
    });
    let site = bench.process_with(with(vec![endless])).await;
    let workers = Arc::new(Workers::default());
    let task = tokio::spawn(workers.clone().work(site.clone()));
    // Enqueued by the process itself: its bell rings.
    put(&site, new("test.long", &QUICK, "k", None)).await;
    begins.wait_for(|n| *n == 1).await.unwrap();
    assert_eq!(state(&bench, "k").await, "running");
    workers.stop().await;
    task.await.unwrap();
    assert_eq!(
        (state(&bench, "k").await.as_str(), attempts(&bench, "k").await),
        ("waiting", 0)
    );
    let log = Log::default();
    let other = bench.process_with(with(vec![noting("test.long", &QUICK, &log)])).await;
    run_due(&other).await.unwrap();
    assert_eq!(*log.lock().unwrap(), ["k"], "at once, without waiting for the lease");
}

async fn many_jobs_of_one_kind_do_not_starve_another(bench: Bench) {
    run_due(&bench.site).await.unwrap();
    let order = Log::default();
    let (gate, held) = watch::channel(0_usize);
    let waiting = |id: &'static str| {
        let (order, held) = (order.clone(), held.clone());
        kind(id, &HEAVY, 3, move |_, run| {
            let (order, mut held) = (order.clone(), held.clone());
            async move {
                let place = {
                    let mut order = order.lock().unwrap();
                    order.push(run.key);
                    order.len()
                };
                held.wait_for(|open| *open >= place).await.unwrap();
                Ok(())
            }
        })
    };
    let site = bench
        .process_with(with(vec![waiting("test.many"), waiting("test.one")]))
        .await;
    for n in 0..10 {
        put(&site, new("test.many", &HEAVY, &format!("many{n}"), None)).await;
    }
    let workers = Arc::new(Workers::default());
    let task = tokio::spawn(workers.clone().work(site.clone()));
    until(async || order.lock().unwrap().len() == 2).await;
    put(&site, new("test.one", &HEAVY, "one", None)).await;
    gate.send(1).unwrap();
    until(async || order.lock().unwrap().len() == 3).await;
    assert_eq!(
        order.lock().unwrap()[2],
        "one",
        "the kind with nothing running goes first"
    );
    gate.send(usize::MAX).unwrap();
    until(async || count(&bench, "state = 'done'").await == 11).await;
    workers.stop().await;
    task.await.unwrap();
}

async fn the_system_administrator_retries_and_drops(bench: Bench) {
    let broken = Arc::new(AtomicUsize::new(1));
    let told = broken.clone();
    let mended = kind("test.a", &QUICK, 1, move |_, _| {
        let is_broken = told.load(Ordering::SeqCst) == 1;
        async move {
            if is_broken {
                Err(Failure::Never("坏了".into()))
            } else {
                Ok(())
            }
        }
    });
    let site = bench.process_with(with(vec![mended])).await;
    for key in ["a", "b", "c"] {
        put(&site, new("test.a", &QUICK, key, None)).await;
    }
    run_due(&site).await.unwrap();
    let id: Uuid = {
        let sql = "SELECT id FROM job WHERE idempotency_key = 'a'";
        let row = site
            .db
            .read()
            .query_one_raw(Statement::from_string(site.db.backend(), sql))
            .await;
        row.unwrap().unwrap().try_get_by_index(0).unwrap()
    };
    let role = |role| Actor {
        account: Some(Uuid::now_v7()),
        name: "某岗位".into(),
        holdings: vec![Holding { role, unit: None }],
    };
    let (admin, clerk) = (role(Role::SystemAdministrator), role(Role::Coordinator));
    assert!(matches!(job::retry(&site, &clerk, id).await, Err(Error::Forbidden(_))));
    assert_eq!(job::backlog(&site).await.unwrap().poisoned, 3);
    assert_eq!(job::work_items(&site, &admin).await.unwrap().len(), 1);
    assert_eq!(job::work_items(&site, &clerk).await.unwrap(), []);
    assert!(job::drop(&site, &admin, id, " ").await.is_err(), "without a reason");
    job::drop(&site, &admin, id, "对方已撤销").await.unwrap();
    assert!(
        job::retry(&site, &admin, id).await.is_err(),
        "what is dropped stays dropped"
    );
    broken.store(0, Ordering::SeqCst);
    assert_eq!(job::retry_poisoned(&site, &admin, "test.a").await.unwrap(), 2);
    run_due(&site).await.unwrap();
    assert_eq!(count(&bench, "state = 'done'").await, 2);
    assert_eq!(state(&bench, "a").await, "dropped");
    let deeds = "SELECT count(*) FROM audit_entry WHERE action LIKE 'job.%'";
    assert_eq!(bench.number(deeds, []).await, 2);
    assert_eq!(job::work_items(&site, &admin).await.unwrap(), []);
}

async fn what_is_over_is_swept_and_what_is_poisoned_stays(bench: Bench) {
    let good = kind("test.good", &QUICK, 1, |_, _| async { Ok(()) });
    let bad = kind("test.bad", &QUICK, 1, |_, _| async {
        Err(Failure::Never("坏了".into()))
    });
    let site = bench.process_with(with(vec![good, bad])).await;
    put(&site, new("test.good", &QUICK, "good", None)).await;
    put(&site, new("test.bad", &QUICK, "bad", None)).await;
    let account = bench.account("czj-jingban").await;
    kit::account::issue_link(&site, &program(), account).await.unwrap();
    run_due(&site).await.unwrap();
    bench.advance(Duration::days(29));
    run_due(&site).await.unwrap();
    assert_eq!(state(&bench, "good").await, "done", "kept for a month");
    assert_eq!(bench.number("SELECT count(*) FROM sign_in_link", []).await, 0);
    bench.advance(Duration::days(2));
    run_due(&site).await.unwrap();
    assert_eq!(count(&bench, "1 = 1").await, 1);
    assert_eq!(state(&bench, "bad").await, "poisoned");
}

/// With nothing to do, workers look and write nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_node_does_not_write() {
    let bench = Bench::sqlite().await;
    // What is scheduled is out of the way first.
    run_due(&bench.site).await.unwrap();
    let workers = Arc::new(Workers::default());
    let task = tokio::spawn(workers.clone().work(bench.site.clone()));
    tokio::time::sleep(Real::from_millis(700)).await;
    let written = || {
        let log = std::fs::read_dir(bench.folder()).unwrap().map(|entry| entry.unwrap());
        let log = log.filter(|entry| entry.file_name().to_string_lossy().ends_with("-wal"));
        let logs: Vec<Vec<u8>> = log.map(|entry| std::fs::read(entry.path()).unwrap()).collect();
        assert_eq!(logs.len(), 1);
        logs
    };
    let before = written();
    tokio::time::sleep(Real::from_millis(1500)).await;
    assert!(before == written(), "nothing was written in three looks");
    workers.stop().await;
    task.await.unwrap();
}
