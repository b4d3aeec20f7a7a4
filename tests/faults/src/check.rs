//! What must hold of a district whatever happened to it.

use std::collections::BTreeSet;

use bytes::Bytes;
use kit::blob::BlobId;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use stories::TestApp;
use uuid::Uuid;

/// Rows of a statement, each as the text of its first column.
pub async fn column(app: &TestApp, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(app.site.db.backend(), sql);
    let rows = app.site.db.read().query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index::<String>(0).unwrap())
        .collect()
}

/// Everything that is written down twice agrees, nothing is half, and nothing is there twice.
///
/// # Panics
/// With the first thing that does not hold.
pub async fn holds(app: &TestApp) {
    if app.site.db.backend() == DbBackend::Sqlite {
        assert_eq!(column(app, "PRAGMA integrity_check").await, ["ok"]);
        let broken = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_key_check");
        assert!(
            app.site.db.read().query_all_raw(broken).await.unwrap().is_empty(),
            "references lead somewhere"
        );
    }
    deeds_agree(app).await;
    journal_is_gapless(app).await;
    blobs_are_whole(app).await;
    app.publishing.reader.catch_up(&app.site).await.unwrap();
    index_follows_journal(app).await;
}

async fn deeds_agree(app: &TestApp) {
    let count = async |sql: &str| app.number(&format!("SELECT count(*) FROM {sql}")).await;
    let releases = count("document_release").await;
    assert_eq!(
        count("journal_entry WHERE kind IN ('released', 'corrected')").await,
        releases,
        "journal and releases"
    );
    assert_eq!(
        count("audit_entry WHERE action = 'publishing.release'").await,
        releases,
        "audit record and releases"
    );
    let ended = count("journal_entry WHERE kind IN ('marked', 'taken_down')").await;
    let deeds = count("audit_entry WHERE action IN ('publishing.mark', 'publishing.take_down')").await;
    assert_eq!(deeds, ended, "audit record and endings");
    let half = "document d WHERE (public_state IS NULL) <> (path IS NULL) OR (public_state IS NOT NULL AND NOT EXISTS \
                (SELECT 1 FROM document_release r WHERE r.document = d.id))";
    assert_eq!(
        count(half).await,
        0,
        "a document is public with an address and a release, or neither"
    );
    let bare = "document d WHERE NOT EXISTS (SELECT 1 FROM revision r WHERE r.document = d.id) \
                OR NOT EXISTS (SELECT 1 FROM edition e WHERE e.document = d.id)";
    assert_eq!(count(bare).await, 0, "a document has a revision and an edition");
}

async fn journal_is_gapless(app: &TestApp) {
    let positions = "SELECT coalesce(max(position), 0) - count(*) FROM journal_entry";
    assert_eq!(
        app.number(positions).await,
        0,
        "every entry has a position, from one on without gaps"
    );
    let distinct = "SELECT count(*) - count(DISTINCT position) FROM journal_entry";
    assert_eq!(app.number(distinct).await, 0, "no position stands twice");
}

/// Every file that a row names is there with the bytes its name says.
async fn blobs_are_whole(app: &TestApp) {
    let mut named = BTreeSet::new();
    for sql in [
        "SELECT source_blob FROM revision WHERE source_blob IS NOT NULL",
        "SELECT blob FROM revision_file",
        "SELECT blob FROM breakdown",
    ] {
        named.extend(column(app, sql).await);
    }
    for name in named {
        let blob = BlobId::parse(&name).expect("a row names a blob");
        let bytes: Bytes = app
            .site
            .blobs
            .get(&blob)
            .await
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert_eq!(BlobId::of(&bytes), blob);
    }
}

/// The index holds each public document at the position of its last entry, and nothing else.
async fn index_follows_journal(app: &TestApp) {
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
            let (id, position): (Uuid, i64) = (row.try_get_by_index(0).unwrap(), row.try_get_by_index(1).unwrap());
            (id.to_string(), position as u64)
        })
        .collect();
    expected.sort_unstable();
    assert_eq!(
        app.publishing.reader.index().unwrap().inventory().unwrap(),
        expected,
        "index and journal"
    );
}
