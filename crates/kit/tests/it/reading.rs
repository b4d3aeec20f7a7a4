//! The record of reading personal data.

use chrono::Duration;
use kit::Error;
use kit::reading::{self, Look};
use kit::seal::{Ciphertext, Purpose, Sealed, context};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    a_value_is_opened_and_the_look_written_down,
    nothing_is_opened_when_the_look_cannot_be_written,
    a_look_stays_although_the_value_did_not_open,
    what_a_look_was_for_is_sealed,
);

fn sealed(bench: &Bench, id: Uuid) -> (String, Ciphertext) {
    let place = context("report", "contact", id);
    let value = Sealed::new("示例电话 0000".to_string());
    let ciphertext = bench.site.keys.seal(Purpose::Data, &place, &value).unwrap();
    (place, ciphertext)
}

async fn a_value_is_opened_and_the_look_written_down(bench: Bench) {
    let (id, reader) = (Uuid::now_v7(), bench.security().await);
    let (place, ciphertext) = sealed(&bench, id);
    let site = &bench.site;
    let opened: Sealed<String> = reading::open(site, &reader, "report", id, "联系方式", &place, &ciphertext)
        .await
        .unwrap();
    assert_eq!(opened.expose(), "示例电话 0000");
    bench.advance(Duration::minutes(1));
    reading::open::<String>(site, &program(), "report", id, "联系方式", &place, &ciphertext)
        .await
        .unwrap();
    let seen = reading::of(site, "report", id).await.unwrap();
    let by: Vec<_> = seen.iter().map(|s| (s.by.as_str(), s.fields.as_str())).collect();
    assert_eq!(by, [("测试", "联系方式"), ("安全管理员", "联系方式")]);
    assert_eq!(seen[1].at, bench.now() - Duration::minutes(1));
    assert!(reading::of(site, "letter", id).await.unwrap().is_empty());
    assert!(reading::of(site, "report", Uuid::now_v7()).await.unwrap().is_empty());
}

async fn nothing_is_opened_when_the_look_cannot_be_written(bench: Bench) {
    let id = Uuid::now_v7();
    let (place, ciphertext) = sealed(&bench, id);
    bench
        .site
        .write(&program(), |tx| async move {
            tx.housekeeping();
            tx.on().execute_unprepared("DROP TABLE reading").await?;
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    let outcome = reading::open::<String>(&bench.site, &program(), "report", id, "联系方式", &place, &ciphertext).await;
    assert!(matches!(outcome, Err(Error::Database(_))), "{outcome:?}");
}

async fn a_look_stays_although_the_value_did_not_open(bench: Bench) {
    let (id, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (_, ciphertext) = sealed(&bench, id);
    let elsewhere = context("report", "contact", other);
    let outcome = reading::open::<String>(
        &bench.site,
        &program(),
        "report",
        other,
        "联系方式",
        &elsewhere,
        &ciphertext,
    )
    .await;
    assert!(outcome.is_err(), "a value moved to another row");
    assert_eq!(reading::of(&bench.site, "report", other).await.unwrap().len(), 1);
}

async fn what_a_look_was_for_is_sealed(bench: Bench) {
    let look = Look {
        subject: "report",
        subject_id: Uuid::now_v7(),
        fields: &["联系方式", "来信内容"],
        reason: "示例：核对来信人住址",
    };
    reading::note(&bench.site, &program(), &look).await.unwrap();
    let plain = "SELECT count(*) FROM reading WHERE reason LIKE '%住址%'";
    assert_eq!(bench.number(plain, []).await, 0);
    let sealed = "SELECT count(*) FROM reading WHERE reason LIKE 'g1.%' AND fields = '联系方式、来信内容'";
    assert_eq!(bench.number(sealed, []).await, 1);
}
