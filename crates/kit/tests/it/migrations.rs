//! Bringing a database to the program's schema.

use kit::Error;
use kit::db::{Db, Migration, migrate, pending};
use sea_orm::ConnectionTrait;

use crate::bench::{Bench, COUNTERS};
use crate::database::{AS_ASKED, Database};

on_both_databases!(
    migrating_again_changes_nothing,
    steps_apply_in_the_order_of_their_names,
    a_failing_step_leaves_nothing_behind,
    a_database_of_a_newer_program_is_refused,
    two_processes_may_start_at_once,
);

const ITEMS: Migration = Migration {
    name: "9100_items",
    sql: "CREATE TABLE item (id UUID PRIMARY KEY);\n",
};
const PARTS: Migration = Migration {
    name: "9200_parts",
    sql: "CREATE TABLE part (id UUID PRIMARY KEY, item UUID NOT NULL REFERENCES item (id));\n\
          INSERT INTO part SELECT id, id FROM item;\n",
};
const BROKEN: Migration = Migration {
    name: "9300_broken",
    sql: "CREATE TABLE halfway (id UUID PRIMARY KEY);\nINSERT INTO halfway SELECT id FROM nowhere;\n",
};

fn known() -> Vec<Migration> {
    [kit::capability().migrations, vec![COUNTERS, crate::intake::THINGS]].concat()
}

async fn migrating_again_changes_nothing(bench: Bench) {
    let id = bench.counter(5).await;
    assert_eq!(pending(&bench.site.db, known()).await.unwrap(), Vec::<String>::new());
    bench.site.migrate().await.unwrap();
    let other = bench.second_process().await;
    other.migrate().await.unwrap();
    assert_eq!(
        bench.number("SELECT n FROM counter WHERE id = $1", [id.into()]).await,
        5
    );
}

async fn steps_apply_in_the_order_of_their_names(bench: Bench) {
    let db = &bench.site.db;
    let all = [vec![PARTS, ITEMS], known()].concat();
    assert_eq!(pending(db, all.clone()).await.unwrap(), ["9100_items", "9200_parts"]);
    migrate(db, all.clone()).await.unwrap();
    assert!(pending(db, all).await.unwrap().is_empty());
    assert_eq!(bench.number("SELECT count(*) FROM part", []).await, 0);
}

async fn a_failing_step_leaves_nothing_behind(bench: Bench) {
    let db = &bench.site.db;
    let all = [known(), vec![ITEMS, BROKEN]].concat();
    assert!(migrate(db, all.clone()).await.is_err());
    assert_eq!(
        pending(db, all.clone()).await.unwrap(),
        ["9300_broken"],
        "the step before it stays"
    );
    assert!(
        db.read().execute_unprepared("SELECT 1 FROM halfway").await.is_err(),
        "the half-made table is gone"
    );
    let mended = Migration {
        sql: "CREATE TABLE halfway (id UUID PRIMARY KEY);\n",
        ..BROKEN
    };
    migrate(db, [known(), vec![ITEMS, mended]].concat()).await.unwrap();
    assert_eq!(bench.number("SELECT count(*) FROM halfway", []).await, 0);
}

async fn a_database_of_a_newer_program_is_refused(bench: Bench) {
    migrate(&bench.site.db, [known(), vec![ITEMS]].concat()).await.unwrap();
    let refused = bench.site.migrate().await;
    let Err(Error::Refused { what, advice }) = refused else {
        panic!("an older program opened it: {refused:?}");
    };
    assert!(what.contains("9100_items") && what.contains("更新"), "{what}");
    assert!(advice.contains("新版"), "{advice}");
}

async fn two_processes_may_start_at_once(bench: Bench) {
    let other = bench.second_process().await;
    let all = [known(), vec![ITEMS, PARTS]].concat();
    let (one, two) = tokio::join!(migrate(&bench.site.db, all.clone()), migrate(&other.db, all.clone()));
    one.unwrap();
    two.unwrap();
    assert!(pending(&other.db, all).await.unwrap().is_empty());
}

async fn begun_by_two(database: &Database) {
    let (one, two) = (
        Db::open(&database.url).await.unwrap(),
        Db::open(&database.url).await.unwrap(),
    );
    let (first, second) = tokio::join!(migrate(&one, known()), migrate(&two, known()));
    first.unwrap();
    second.unwrap();
    assert!(pending(&two, known()).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_may_begin_an_empty_database() {
    let folder = tempfile::TempDir::new().unwrap();
    begun_by_two(&Database::sqlite(folder.path())).await;
    begun_by_two(&Database::postgres(AS_ASKED).await).await;
}

/// Lists would be ordered differently on the two databases.
#[tokio::test(flavor = "multi_thread")]
async fn postgresql_that_does_not_compare_byte_by_byte_is_refused() {
    let icu = Database::postgres("LOCALE_PROVIDER icu ICU_LOCALE 'zh-Hans-CN' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'").await;
    let refused = Db::open(&icu.url)
        .await
        .expect_err("a database ordered by pinyin")
        .to_string();
    assert!(
        refused.contains("排序规则") && refused.contains("CREATE DATABASE"),
        "{refused}"
    );
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused() {
    let refused = Db::open("mysql://localhost/x").await.expect_err("no MySQL").to_string();
    assert!(refused.contains("database.url"), "{refused}");
}
