//! The register of numbers: what was given out before it existed stands in it, and the office reads in it.

use kit::permission::Role;
use sea_orm::{ConnectionTrait, Database as Orm};
use stories::{Database, TestApp, TestClock};

use crate::support::Office;

on_both_databases!(the_office_finds_what_a_number_was_given_to);

const UNIT: &str = "区财政局";

/// Documents as the program before the register left them.
const BEFORE: &str = "INSERT INTO unit (id, code, kind, position, source, contact) VALUES (UNIT, 'czj', 'department', 1, '', '');\n\
    INSERT INTO document (id, kind, unit, path, index_number, created_at) VALUES (ONE, 'policy', UNIT, '/p/2020/1', 'a', '2020-05-01T00:00:00Z');\n\
    INSERT INTO document (id, kind, unit, path, index_number, created_at) VALUES (TWO, 'policy', UNIT, '/p/2020/2', 'b', '2020-05-02T00:00:00Z');\n\
    INSERT INTO document (id, kind, unit, path, index_number, created_at) VALUES (THREE, 'policy', UNIT, '/p/2021/1', 'c', '2021-05-02T00:00:00Z');\n\
    INSERT INTO document (id, kind, unit, path, created_at) VALUES (FOUR, 'policy', UNIT, NULL, '2021-05-03T00:00:00Z');\n\
    INSERT INTO release_serial (year, last) VALUES (2020, 2);\n\
    INSERT INTO release_serial (year, last) VALUES (2021, 1)";

async fn carried_over(database: Database, literal: fn(u8) -> String) {
    let folder = tempfile::TempDir::new().unwrap();
    let db = kit::db::Db::open(&database.url).await.unwrap();
    let mut first = kit::capability().migrations;
    first.retain(|step| step.name == "0001_kit");
    first.push(publishing::SCHEMA);
    kit::db::migrate(&db, first).await.unwrap();
    let names = ["UNIT", "ONE", "TWO", "THREE", "FOUR"];
    let rows = names
        .iter()
        .zip(1u8..)
        .fold(BEFORE.to_string(), |sql, (name, n)| sql.replace(name, &literal(n)));
    let writing = Orm::connect(database.url.clone()).await.unwrap();
    for statement in rows.split(";\n") {
        writing.execute_unprepared(statement.trim()).await.unwrap();
    }
    writing.close().await.unwrap();
    db.close().await.unwrap();

    let app = TestApp::open(
        stories::configuration(folder.path(), &database.url),
        TestClock::default(),
    )
    .await;
    app.site.migrate().await.unwrap();
    assert_eq!(app.number("SELECT count(*) FROM issued_number").await, 3);
    for (text, year, serial) in [("/p/2020/1", 2020, 1), ("/p/2020/2", 2020, 2), ("/p/2021/1", 2021, 1)] {
        let found = kit::numbering::find(app.site.db.read(), text).await.unwrap().unwrap();
        assert_eq!(
            (found.year, found.serial, found.subject.as_str()),
            (year, serial, "document")
        );
        assert_eq!(found.voided_at, None);
    }
    let series = &publishing::release::service::ADDRESSES;
    let by = kit::account::Actor::program("测试");
    let next = app
        .site
        .write(&by, |tx| async move {
            tx.housekeeping();
            kit::numbering::issue(&tx, series, 2020, "document", uuid::Uuid::now_v7()).await
        })
        .await
        .unwrap();
    assert_eq!(next.text, "/p/2020/3");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_of_an_earlier_program_go_on_sqlite() {
    let folder = tempfile::TempDir::new().unwrap();
    carried_over(Database::sqlite(folder.path()), |n| format!("x'{n:032x}'")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_of_an_earlier_program_go_on_postgresql() {
    carried_over(Database::postgres().await, |n| {
        format!("'{}'", uuid::Uuid::from_u128(n.into()))
    })
    .await;
}

async fn the_office_finds_what_a_number_was_given_to(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    office.publish(&app, UNIT, &["资金办法", "怎么办理。"], &[]).await;
    let coordinator = app.staff(Role::Coordinator, None).await;
    let list = coordinator.get("/numbering").await.expect(200);
    list.expect_words("公开文件网址与索引号")
        .expect_words("2021年编到 1 号");
    let found = coordinator.get("/numbering?number=/p/2021/1").await.expect(303);
    assert_eq!(found.location(), "/numbering/publishing.addresses/2021/1");
    let number = coordinator.get(&found.location()).await.expect(200);
    let document = &number.attributes_of("main a[href^=\"/documents/\"]", "href")[0];
    coordinator.get(document).await.expect(200).expect_words("资金办法");
    assert!(!number.source().contains("/void\""), "an address is not voided by hand");
    coordinator
        .get("/numbering/publishing.addresses/2021")
        .await
        .expect(200)
        .expect_words("有效");
    let unknown = coordinator.get("/numbering?number=/p/2021/9").await.expect(200);
    unknown.expect_words("没有编过");
    for nowhere in [
        "/numbering/nothing",
        "/numbering/publishing.addresses/1999",
        "/numbering/publishing.addresses/2021/2",
    ] {
        coordinator.get(nowhere).await.expect(404);
    }
    let refused = [("format", "甲〔{year}〕{serial}号")];
    coordinator
        .submit("/numbering/publishing.addresses/format", &refused)
        .await
        .expect(422)
        .expect_words("由程序自动编排");
    office.drafter.get("/numbering").await.expect(403);
}
