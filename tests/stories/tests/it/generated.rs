//! Generated documents: cut short and gone on with, and the same wherever they are made.

use std::collections::BTreeMap;

use gongkai::{Made, generate_documents};
use sea_orm::{ConnectionTrait, Statement};
use stories::TestApp;
use tokio::sync::Notify;

use crate::journal::{assert_gapless, assert_index_follows_journal};

on_both_databases!(a_run_cut_short_goes_on_and_gives_the_same);

/// Contents by where they come from.
async fn contents(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let sql = "SELECT d.source_key, r.content_hash FROM document d JOIN revision r ON r.document = d.id ORDER BY d.source_key, r.number";
    let statement = Statement::from_string(app.site.db.backend(), sql);
    let rows = app.site.db.read().query_all_raw(statement).await.unwrap();
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        let (source, hash) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
        all.entry(source).or_default().push(hash);
    }
    all
}

async fn generate(app: &TestApp) -> anyhow::Result<Made> {
    generate_documents(&app.site, &app.publishing, 3, 130, &|_| ()).await
}

async fn a_run_cut_short_goes_on_and_gives_the_same(app: TestApp) {
    app.clock
        .set_date(chrono::NaiveDate::from_ymd_opt(2021, 11, 23).unwrap());
    // Cut short after the first transaction, as a killed process is: what was committed stays.
    let begun = Notify::new();
    let progress = |done: usize| {
        if done > 0 {
            begun.notify_one();
        }
    };
    tokio::select! {
        made = generate_documents(&app.site, &app.publishing, 3, 130, &progress) => panic!("it was not cut short: {made:?}"),
        () = begun.notified() => {}
    }
    let there = contents(&app).await.len();
    assert!((100..130).contains(&there), "{there}");
    let made = generate(&app).await.unwrap();
    assert_eq!((made.documents, made.known, made.made), (130, there, 130 - there));
    let again = generate(&app).await.unwrap();
    assert_eq!((again.known, again.made), (130, 0));

    let elsewhere = TestApp::sqlite().await;
    elsewhere
        .clock
        .set_date(chrono::NaiveDate::from_ymd_opt(2021, 11, 23).unwrap());
    generate(&elsewhere).await.unwrap();
    assert_eq!(contents(&app).await, contents(&elsewhere).await);

    assert_gapless(&app, app.number("SELECT count(*) FROM journal_entry").await).await;
    assert_index_follows_journal(&app).await;
    let numbered = "SELECT count(*) FROM document WHERE path IS NOT NULL";
    let issued = "SELECT count(*) FROM issued_number";
    assert_eq!(app.number(numbered).await, app.number(issued).await);
    let states = "SELECT count(DISTINCT public_state) FROM document";
    assert!(app.number(states).await >= 2, "some are marked or taken down");
    app.citizen().get("/releases").await.expect(200);
}
