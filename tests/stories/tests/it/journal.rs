//! The journal has one order without gaps, whoever writes, and everything that follows it can be built anew from it.

use chrono::Duration;
use futures::future::join_all;
use search::Query;
use stories::{TestApp, word};

use crate::support::{Office, search as address_of, titles};

on_both_databases!(
    two_instances_number_without_gaps,
    another_instance_takes_over_when_one_stops_numbering,
    an_index_built_anew_equals_the_one_that_grew,
);

const UNIT: &str = "区财政局";

/// Every entry has its number, and the numbers are those from one on.
pub async fn assert_gapless(app: &TestApp, entries: i64) {
    assert_eq!(app.number("SELECT count(*) FROM journal_entry").await, entries);
    assert_eq!(
        app.number("SELECT count(*) FROM journal_entry WHERE position IS NULL")
            .await,
        0
    );
    assert_eq!(
        app.number("SELECT count(DISTINCT position) FROM journal_entry").await,
        entries
    );
    assert_eq!(
        app.number("SELECT coalesce(max(position), 0) FROM journal_entry").await,
        entries
    );
    assert_eq!(
        app.number("SELECT coalesce(min(position), 1) FROM journal_entry").await,
        1
    );
}

/// What the index holds is what the journal says: each public document at the position of its last entry.
pub async fn assert_index_follows_journal(app: &TestApp) {
    use sea_orm::{ConnectionTrait, Statement};
    let sql = "SELECT j.document, max(j.position) FROM journal_entry j JOIN document d ON d.id = j.document \
               WHERE d.public_state IN ('live', 'marked') GROUP BY j.document";
    let rows = app
        .site
        .db
        .read()
        .query_all_raw(Statement::from_string(app.site.db.backend(), sql))
        .await
        .unwrap();
    let mut expected: Vec<(String, u64)> = rows
        .iter()
        .map(|row| {
            let (id, position): (uuid::Uuid, i64) =
                (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
            (id.to_string(), u64::try_from(position).unwrap())
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(app.publishing.reader.index().unwrap().inventory().unwrap(), expected);
}

async fn two_instances_number_without_gaps(mut app: TestApp) {
    let mut twin = app.twin().await;
    app.start_background();
    twin.start_background();
    let (here, there) = (Office::of(&app, UNIT).await, Office::of(&twin, "区发改局").await);
    let one_after_the_other = |app, office, unit, word: &'static str| async move {
        for turn in 0..6 {
            let title = format!("{word}第{turn}号规定");
            let (_, path): (String, String) = Office::publish(office, app, unit, &[&title, "怎么办理。"], &[]).await;
            let hits = app
                .citizen()
                .get(&address_of(&format!("\"{title}\"")))
                .await
                .expect(200);
            assert_eq!(titles(&hits), [title], "{path} is found when the command has returned");
        }
    };
    tokio::join!(
        one_after_the_other(&app, &here, UNIT, "财政"),
        one_after_the_other(&twin, &there, "区发改局", "发改"),
    );
    assert_gapless(&app, 12).await;
    for instance in [&app, &twin] {
        instance.publishing.settle(&instance.site).await.unwrap();
        assert_eq!(instance.publishing.reader.position(), 12);
        assert_index_follows_journal(instance).await;
    }
    assert_eq!(
        app.number("SELECT count(DISTINCT path) FROM document").await,
        12,
        "no two share an address"
    );
    let lists = join_all([app.citizen().get("/releases"), twin.citizen().get("/releases")]).await;
    assert_eq!(titles(&lists[0]), titles(&lists[1]));
}

async fn another_instance_takes_over_when_one_stops_numbering(app: TestApp) {
    let twin = app.twin().await;
    let (here, there) = (Office::of(&app, UNIT).await, Office::of(&twin, UNIT).await);
    here.publish(&app, UNIT, &["甲规定", "怎么办理。"], &[]).await;
    // The first instance holds the lease and does nothing any more; the second may not number yet.
    there.publish(&twin, UNIT, &["乙规定", "怎么办理。"], &[]).await;
    assert_eq!(
        app.number("SELECT count(*) FROM journal_entry WHERE position IS NULL")
            .await,
        1
    );
    the_lease_runs_out(&app).await;
    twin.publishing.settle(&twin.site).await.unwrap();
    assert_gapless(&app, 2).await;
    assert_eq!(
        app.number("SELECT fence FROM sequencer_lease").await,
        2,
        "who comes back late is recognised"
    );
    here.publish(&app, UNIT, &["丙规定", "怎么办理。"], &[]).await;
    the_lease_runs_out(&app).await;
    app.publishing.settle(&app.site).await.unwrap();
    assert_gapless(&app, 3).await;
    for instance in [&app, &twin] {
        instance.publishing.settle(&instance.site).await.unwrap();
        assert_index_follows_journal(instance).await;
    }
}

/// Leases run by the database's clock, which no story moves; SQLite has that of the program.
async fn the_lease_runs_out(app: &TestApp) {
    use kit::account::Actor;
    use sea_orm::{ConnectionTrait, DbBackend};
    app.clock.advance(Duration::seconds(11));
    if app.site.db.backend() != DbBackend::Postgres {
        return;
    }
    let by = Actor::program("测试");
    let ending = app.site.write(&by, |tx| async move {
        tx.housekeeping();
        let sql = "UPDATE sequencer_lease SET expires_at = clock_timestamp() - interval '1 second'";
        tx.on().execute_unprepared(sql).await?;
        Ok::<_, kit::Error>(())
    });
    ending.await.unwrap();
}

async fn an_index_built_anew_equals_the_one_that_grew(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let mut documents = Vec::new();
    for turn in 0..6 {
        let title = format!("示例区第{turn}号办法");
        documents.push(
            office
                .publish(
                    &app,
                    UNIT,
                    &[&title, "资金怎么管理。"],
                    &[("doc_number", &format!("示财〔2021〕{}号", turn + 1))],
                )
                .await
                .0,
        );
    }
    office
        .approver
        .submit(&format!("{}/mark", documents[0]), &[("reason", "有误")])
        .await
        .expect(303);
    office
        .approver
        .submit(&format!("{}/take-down", documents[1]), &[("reason", "期满")])
        .await
        .expect(303);
    office
        .drafter
        .submit(&format!("{}/revise", documents[2]), &[])
        .await
        .expect(303);
    let seen = office.drafter.get(&documents[2]).await.expect(200).value("seen");
    let text = word::of_lines(&["示例区第2号办法", "资金另外怎么管理。"]);
    let address = format!("{}/text", documents[2]);
    office
        .drafter
        .upload(&address, &[("seen", &seen)], ("file", "新稿.docx", &text))
        .await
        .expect(303);
    office
        .drafter
        .submit(&format!("{}/submit", documents[2]), &[])
        .await
        .expect(303);
    office.approve(&documents[2]).await.expect(303);
    office
        .drafter
        .submit(&format!("{}/release", documents[2]), &[("reason", "更正一处")])
        .await
        .expect(303);
    assert_gapless(&app, 9).await;
    assert_index_follows_journal(&app).await;

    let grown = answers(&app);
    app.publishing.reader.rebuild(&app.site).await.unwrap();
    assert_eq!(answers(&app), grown);
    assert_index_follows_journal(&app).await;
    // An instance that begins with nothing comes to the same.
    let twin = app.twin().await;
    twin.publishing.settle(&twin.site).await.unwrap();
    assert_eq!(answers(&twin), grown);
}

/// A hit as (address, validity, pieces of title and snippet).
type Found = (String, search::Validity, Vec<String>);
/// What an index holds, and for each question how much it finds and what stands on its first page.
type Answers = (Vec<(String, u64)>, Vec<(usize, Vec<Found>)>);

/// What the index holds and what it answers.
fn answers(app: &TestApp) -> Answers {
    let index = app.publishing.reader.index().unwrap();
    let asked = ["资金管理", "另外", "示财[2021]3号", "\"第4号办法\"", ""].map(|words| {
        let results = index
            .query(&Query {
                words: words.into(),
                ..Query::default()
            })
            .unwrap();
        let hits = results.hits.into_iter().map(|hit| {
            let words = [hit.title, hit.snippet].concat().into_iter().map(|s| s.text).collect();
            (hit.path, hit.validity, words)
        });
        let mut hits: Vec<Found> = hits.collect();
        // Equal scores may stand in either order.
        hits.sort_by(|a, b| a.0.cmp(&b.0));
        (results.total, hits)
    });
    assert!(asked[..4].iter().all(|(total, _)| *total > 0), "{asked:?}");
    (index.inventory().unwrap(), asked.to_vec())
}
