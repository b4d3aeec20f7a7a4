//! Waiting after wrong passwords, shared by every process on the database.

use chrono::Duration;
use futures::future::join_all;
use kit::Error;
use kit::account::service;
use sea_orm::ConnectionTrait;

use crate::bench::{Bench, program};

on_both_databases!(
    waits_double_and_every_process_knows_them,
    failures_at_once_are_all_counted,
    a_wrong_name_looks_like_a_wrong_password,
    the_right_password_ends_the_waiting,
    a_clock_set_back_locks_nobody_out,
);

const PASSWORD: &str = "示例口令，只在测试里使用";
const WRONG: &str = "错的口令，但是足够长";

async fn with_password(bench: &Bench, login: &str) {
    let account = bench.account(login).await;
    let link = service::issue_link(&bench.site, &program(), account).await.unwrap();
    service::redeem_link(&bench.site, &link, PASSWORD).await.unwrap();
}

#[track_caller]
fn wait(outcome: Result<String, Error>) -> u64 {
    match outcome {
        Err(Error::TooMany(seconds)) => seconds,
        other => panic!("not throttled: {other:?}"),
    }
}

async fn waits_double_and_every_process_knows_them(bench: Bench) {
    with_password(&bench, "czj-jingban").await;
    let other = bench.second_process().await;
    let mut address = 0;
    let mut from_anywhere = || {
        address += 1;
        format!("192.0.2.{address}")
    };
    for _ in 0..5 {
        let failed = service::sign_in(&bench.site, "czj-jingban", WRONG, &from_anywhere()).await;
        assert!(matches!(failed, Err(Error::Refused { .. })), "{failed:?}");
    }
    for expected in [5, 10, 20, 40] {
        let left = wait(service::sign_in(&other, "czj-jingban", PASSWORD, &from_anywhere()).await);
        assert_eq!(left, expected, "also the right password waits, at every process");
        assert_eq!(
            wait(service::sign_in(&bench.site, "CZJ-Jingban", PASSWORD, &from_anywhere()).await),
            expected
        );
        bench.advance(Duration::seconds(i64::try_from(expected).unwrap()));
        let failed = service::sign_in(&other, "czj-jingban", WRONG, &from_anywhere()).await;
        assert!(matches!(failed, Err(Error::Refused { .. })), "{failed:?}");
    }
    bench.advance(Duration::minutes(15));
    service::sign_in(&bench.site, "czj-jingban", PASSWORD, &from_anywhere())
        .await
        .expect("nobody waits for ever");
}

async fn failures_at_once_are_all_counted(bench: Bench) {
    let other = bench.second_process().await;
    let attempt = |site| service::sign_in(site, "nobody", WRONG, "192.0.2.9");
    attempt(&bench.site).await.unwrap_err();
    // Somebody holds the counters while three more passwords are tried, so that all three meet.
    let holder = program();
    let holding = bench.site.write(&holder, |tx| async move {
        tx.housekeeping();
        tx.on().execute_unprepared("UPDATE guard_count SET n = n").await?;
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        Ok::<_, Error>(())
    });
    let attempts = join_all([attempt(&other), attempt(&bench.site), attempt(&other)]);
    let (held, refused) = tokio::join!(holding, attempts);
    held.unwrap();
    assert!(
        refused.iter().all(|o| matches!(o, Err(Error::Refused { .. }))),
        "{refused:?}"
    );
    let counted = bench.number("SELECT max(n) FROM guard_count", []).await;
    assert_eq!(counted, 4, "every password that was tried is counted");
}

async fn a_wrong_name_looks_like_a_wrong_password(bench: Bench) {
    with_password(&bench, "czj-jingban").await;
    bench.account("no-password-yet").await;
    let mut told = Vec::new();
    for (login, address) in [
        ("czj-jingban", "192.0.2.1"),
        ("nobody", "192.0.2.2"),
        ("no-password-yet", "192.0.2.3"),
        ("", "192.0.2.4"),
    ] {
        match service::sign_in(&bench.site, login, WRONG, address).await {
            Err(Error::Refused { what, advice }) => told.push((what, advice)),
            other => panic!("{login}: {other:?}"),
        }
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        bench.number("SELECT count(*) FROM guard_count WHERE n = 1", []).await,
        8,
        "all are counted alike"
    );
}

async fn the_right_password_ends_the_waiting(bench: Bench) {
    with_password(&bench, "czj-jingban").await;
    for _ in 0..4 {
        service::sign_in(&bench.site, "czj-jingban", WRONG, "192.0.2.1")
            .await
            .unwrap_err();
    }
    service::sign_in(&bench.site, "czj-jingban", PASSWORD, "192.0.2.1")
        .await
        .unwrap();
    for _ in 0..4 {
        service::sign_in(&bench.site, "czj-jingban", WRONG, "192.0.2.1")
            .await
            .unwrap_err();
    }
    service::sign_in(&bench.site, "czj-jingban", PASSWORD, "192.0.2.1")
        .await
        .expect("four slips cost nothing");
}

async fn a_clock_set_back_locks_nobody_out(bench: Bench) {
    with_password(&bench, "czj-jingban").await;
    for _ in 0..5 {
        let failed = service::sign_in(&bench.site, "czj-jingban", WRONG, "192.0.2.7").await;
        assert!(matches!(failed, Err(Error::Refused { .. })), "{failed:?}");
    }
    bench.advance(Duration::hours(-1));
    service::sign_in(&bench.site, "czj-jingban", PASSWORD, "192.0.2.7")
        .await
        .expect("a wait longer than there is was noted before the clock was set back");
}
