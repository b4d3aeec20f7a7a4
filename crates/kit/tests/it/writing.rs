//! The one door for writing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::join_all;
use kit::audit::Deed;
use kit::db::{Db, Retry, Tx, WriteError};
use kit::{Error, Site};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::bench::{Bench, number, program};

on_both_databases!(
    fifty_writers_at_once_lose_nothing,
    two_processes_on_one_database_lose_nothing,
    a_change_without_an_audit_entry_does_not_commit,
    housekeeping_needs_no_audit_entry,
    an_error_inside_rolls_everything_back,
    a_held_transaction_is_a_defect_and_rolls_back,
    connections_for_reading_refuse_to_write,
    only_one_at_a_time_passes_a_named_point,
);

const READ: &str = "SELECT n FROM counter WHERE id = $1";

async fn counted(tx: &Tx, id: Uuid) -> Result<i64, DbErr> {
    let statement = Statement::from_sql_and_values(tx.on().get_database_backend(), READ, [id.into()]);
    let row = tx.on().query_one_raw(statement).await?.expect("the counter is there");
    Ok(i64::from(row.try_get_by_index::<i32>(0)?))
}

async fn set(tx: &Tx, id: Uuid, n: i64) -> Result<(), DbErr> {
    let sql = "UPDATE counter SET n = $1 WHERE id = $2";
    let n = i32::try_from(n).unwrap();
    tx.on()
        .execute_raw(Statement::from_sql_and_values(
            tx.on().get_database_backend(),
            sql,
            [n.into(), id.into()],
        ))
        .await?;
    Ok(())
}

/// Reads, computes and writes, as commands do.
async fn add_one(site: &Site, id: Uuid) -> Result<(), Error> {
    site.write(&program(), |tx| async move {
        tx.lock("counter", id).await?;
        let n = counted(&tx, id).await?;
        tokio::task::yield_now().await;
        set(&tx, id, n + 1).await?;
        tx.record(Deed::new("counter.add", "counter", id)).await?;
        Ok(())
    })
    .await
}

async fn entries(db: &Db, id: Uuid) -> i64 {
    number(
        db,
        "SELECT count(*) FROM audit_entry WHERE subject_id = $1 AND action = 'counter.add'",
        [id.into()],
    )
    .await
}

async fn fifty_writers_at_once_lose_nothing(bench: Bench) {
    let id = bench.counter(0).await;
    let writers = (0..50).map(|_| {
        let site = bench.site.clone();
        tokio::spawn(async move { add_one(&site, id).await })
    });
    for written in join_all(writers).await {
        written.unwrap().unwrap();
    }
    assert_eq!(bench.number(READ, [id.into()]).await, 50);
    assert_eq!(entries(&bench.site.db, id).await, 50);
}

async fn two_processes_on_one_database_lose_nothing(bench: Bench) {
    let id = bench.counter(0).await;
    let other = Arc::new(bench.second_process().await);
    let writers = (0..50).map(|turn| {
        let site = if turn % 2 == 0 {
            bench.site.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move { add_one(&site, id).await })
    });
    for written in join_all(writers).await {
        written.unwrap().unwrap();
    }
    assert_eq!(
        number(&other.db, READ, [id.into()]).await,
        50,
        "the second process sees what the first wrote"
    );
    assert_eq!(entries(&bench.site.db, id).await, 50);
}

async fn a_change_without_an_audit_entry_does_not_commit(bench: Bench) {
    let id = bench.counter(7).await;
    let written: Result<(), Refusal> = bench
        .site
        .db
        .write(&program(), bench.now(), |tx| async move {
            set(&tx, id, 8).await?;
            Ok(())
        })
        .await;
    assert!(
        matches!(written, Err(Refusal::Door(WriteError::Unaudited))),
        "{written:?}"
    );
    assert_eq!(bench.number(READ, [id.into()]).await, 7);
}

async fn housekeeping_needs_no_audit_entry(bench: Bench) {
    let id = bench.counter(1).await;
    let before = bench.number("SELECT count(*) FROM audit_entry", []).await;
    let written: Result<(), Error> = bench
        .site
        .write(&program(), |tx| async move {
            tx.housekeeping();
            set(&tx, id, 2).await?;
            Ok(())
        })
        .await;
    written.unwrap();
    assert_eq!(bench.number(READ, [id.into()]).await, 2);
    assert_eq!(bench.number("SELECT count(*) FROM audit_entry", []).await, before);
}

async fn an_error_inside_rolls_everything_back(bench: Bench) {
    let id = bench.counter(1).await;
    let written: Result<(), Error> = bench
        .site
        .write(&program(), |tx| async move {
            set(&tx, id, 2).await?;
            tx.record(Deed::new("counter.add", "counter", id)).await?;
            Err(Error::refused("改了主意", "无"))
        })
        .await;
    assert!(matches!(written, Err(Error::Refused { .. })), "{written:?}");
    assert_eq!(bench.number(READ, [id.into()]).await, 1);
    assert_eq!(
        entries(&bench.site.db, id).await,
        0,
        "the audit entry of what did not happen is gone too"
    );
    add_one(&bench.site, id).await.expect("the door is open again");
}

async fn a_held_transaction_is_a_defect_and_rolls_back(bench: Bench) {
    let id = bench.counter(1).await;
    let kept = Arc::new(std::sync::Mutex::new(None));
    let keeper = &kept;
    let written: Result<(), Refusal> = bench
        .site
        .db
        .write(&program(), bench.now(), |tx| async move {
            set(&tx, id, 2).await?;
            tx.record(Deed::new("counter.add", "counter", id)).await?;
            *keeper.lock().unwrap() = Some(tx);
            Ok(())
        })
        .await;
    assert!(
        matches!(written, Err(Refusal::Door(WriteError::StillHeld))),
        "{written:?}"
    );
    kept.lock().unwrap().take();
    assert_eq!(bench.number(READ, [id.into()]).await, 1);
}

async fn connections_for_reading_refuse_to_write(bench: Bench) {
    let id = bench.counter(1).await;
    for sql in [
        "UPDATE counter SET n = 2",
        "DELETE FROM counter",
        "CREATE TABLE smuggled (n INTEGER)",
    ] {
        assert!(bench.site.db.read().execute_unprepared(sql).await.is_err(), "{sql}");
    }
    assert_eq!(bench.number(READ, [id.into()]).await, 1);
}

async fn only_one_at_a_time_passes_a_named_point(bench: Bench) {
    let (inside, most) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let other = Arc::new(bench.second_process().await);
    let all = (0..12).map(|turn| {
        let site = if turn % 2 == 0 {
            bench.site.clone()
        } else {
            other.clone()
        };
        let (inside, most) = (inside.clone(), most.clone());
        tokio::spawn(async move {
            let (inside, most) = (&inside, &most);
            site.write(&program(), |tx| async move {
                tx.housekeeping();
                tx.lock_name("a point").await?;
                most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                inside.fetch_sub(1, Ordering::SeqCst);
                Ok::<_, Error>(())
            })
            .await
        })
    });
    for passed in join_all(all).await {
        passed.unwrap().unwrap();
    }
    assert_eq!(most.load(Ordering::SeqCst), 1);
}

/// Two transactions lock two rows in opposite order; PostgreSQL ends one of them, and it is tried again. SQLite has one
/// writer, so that nothing of the kind can happen there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_race_is_tried_again() {
    let bench = Bench::postgres().await;
    let (a, b) = (bench.counter(0).await, bench.counter(0).await);
    let (both_hold_one, attempts) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let locking = |first: Uuid, second: Uuid| {
        let (site, both, attempts) = (bench.site.clone(), both_hold_one.clone(), attempts.clone());
        tokio::spawn(async move {
            let (both, attempts) = (&both, &attempts);
            site.write(&program(), |tx| async move {
                let attempt = attempts.fetch_add(1, Ordering::SeqCst);
                tx.lock("counter", first).await?;
                if attempt < 2 {
                    both.wait().await;
                }
                tx.lock("counter", second).await?;
                for id in [first, second] {
                    let n = counted(&tx, id).await?;
                    set(&tx, id, n + 1).await?;
                }
                tx.record(Deed::new("counter.add", "counter", first)).await?;
                Ok::<_, Error>(())
            })
            .await
        })
    };
    let (one, two) = tokio::join!(locking(a, b), locking(b, a));
    one.unwrap().unwrap();
    two.unwrap().unwrap();
    assert!(attempts.load(Ordering::SeqCst) >= 3, "the deadlock was real");
    for id in [a, b] {
        assert_eq!(bench.number(READ, [id.into()]).await, 2);
    }
    assert_eq!(
        entries(&bench.site.db, a).await + entries(&bench.site.db, b).await,
        2,
        "each is recorded once"
    );
}

/// An error that keeps the door's own apart.
#[derive(Debug)]
enum Refusal {
    Door(WriteError),
}

impl From<WriteError> for Refusal {
    fn from(error: WriteError) -> Self {
        Refusal::Door(error)
    }
}

impl From<DbErr> for Refusal {
    fn from(error: DbErr) -> Self {
        Refusal::Door(error.into())
    }
}

impl Retry for Refusal {
    fn database(&self) -> Option<&DbErr> {
        None
    }
}
