//! The doctor finds what is wrong, says what to do, and is silent about what is in order.

use chrono::Duration;
use gongkai::config::Config;
use gongkai::doctor::{Depth, Finding, Level, examine};
use gongkai::wiring::{self, House};
use kit::upkeep;
use sea_orm::{ConnectionTrait, Database as Orm};
use stories::{TestApp, program};

use crate::support::Office;

on_both_databases!(
    a_district_in_order_is_in_order,
    what_is_wrong_with_files_is_said,
    orphans_are_swept_after_a_day_and_nothing_else_is,
    what_is_wrong_with_journal_queue_and_schema_is_said,
);

async fn filled(app: &TestApp) {
    let office = Office::of(app, "区财政局").await;
    office
        .publish(app, "区财政局", &["公开的通知", "怎么办理。"], &[])
        .await;
    app.publishing.settle(&app.site).await.unwrap();
}

/// What the doctor says of the district; the clock is the story's.
async fn looked_at(app: &TestApp, depth: Depth) -> Vec<Finding> {
    let office = std::sync::Arc::new(office::Confined::new(program("office-child"), Vec::new()));
    let house: House = wiring::open_with(&app.config, app.clock.clock(), false, office)
        .await
        .unwrap();
    let file = app.config.data.join("gongkai.toml");
    examine(&app.config, &file, Some(&house), depth).await
}

fn wrong(findings: &[Finding]) -> Vec<&'static str> {
    findings
        .iter()
        .filter(|f| f.level == Level::Wrong)
        .map(|f| f.check)
        .collect()
}

fn of<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    findings
        .iter()
        .find(|f| f.check == check)
        .unwrap_or_else(|| panic!("{check}: {findings:?}"))
}

/// Writes past the one door, as somebody with a database client would.
async fn meddle(app: &TestApp, sql: &str) {
    let url = app.config.database_url().replace("sqlite:", "sqlite://");
    let connection = Orm::connect(url).await.unwrap();
    connection.execute_unprepared(sql).await.unwrap();
    connection.close().await.unwrap();
}

async fn a_district_in_order_is_in_order(app: TestApp) {
    filled(&app).await;
    let findings = looked_at(
        &app,
        Depth {
            all: true,
            sweep: false,
        },
    )
    .await;
    // What the machine of the tests is like is not the district's.
    let machine = ["磁盘空间", "文件系统", "数据目录", "密钥目录", "打开文件数", "时钟"];
    let own: Vec<_> = wrong(&findings)
        .into_iter()
        .filter(|check| !machine.contains(check))
        .collect();
    assert!(own.is_empty(), "{findings:#?}");
    for check in [
        "数据库结构",
        "发布日志",
        "检索索引",
        "后台任务",
        "文件",
        "无主文件",
        "受限读取",
    ] {
        assert_eq!(of(&findings, check).level, Level::Good, "{findings:#?}");
    }
    assert_eq!(
        of(&findings, "证书").level,
        Level::Unchecked,
        "nothing is asked of another machine"
    );
    assert!(of(&findings, "配置").what.contains("site.id_code") || of(&findings, "配置").what.contains("site.phone"));
}

async fn what_is_wrong_with_files_is_said(app: TestApp) {
    filled(&app).await;
    let named = kit::backup::named_blobs(&app.site.db).await.unwrap();
    let id = named.first().unwrap();
    let path = app.config.data.join("blobs").join(id.place());
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, b"changed").unwrap();
    let finding = of(&looked_at(&app, Depth::default()).await, "文件").clone();
    assert!(
        finding.level == Level::Wrong && finding.what.contains("改变"),
        "{finding:?}"
    );
    assert!(finding.what.contains(id.as_str()) && !finding.advice.is_empty());
    std::fs::remove_file(&path).unwrap();
    let finding = of(&looked_at(&app, Depth::default()).await, "文件").clone();
    assert!(
        finding.level == Level::Wrong && finding.what.contains("找不到"),
        "{finding:?}"
    );
    std::fs::write(&path, whole).unwrap();
    assert_eq!(of(&looked_at(&app, Depth::default()).await, "文件").level, Level::Good);
}

async fn orphans_are_swept_after_a_day_and_nothing_else_is(app: TestApp) {
    filled(&app).await;
    let before = app.blobs();
    let orphan = app
        .site
        .blobs
        .put(bytes::Bytes::from_static(b"nobody names me"))
        .await
        .unwrap();
    // Files bear the machine's time.
    app.clock.set(chrono::Utc::now() + Duration::hours(20));
    assert_eq!(
        upkeep::sweep(&app.site).await.unwrap().count,
        0,
        "it may still be named"
    );
    app.clock.set(chrono::Utc::now() + Duration::hours(25));
    let finding = of(&looked_at(&app, Depth::default()).await, "无主文件").clone();
    assert!(
        finding.level == Level::Note && finding.what.contains("1 个"),
        "{finding:?}"
    );
    assert_eq!(app.blobs(), before + 1, "looking changes nothing");
    looked_at(
        &app,
        Depth {
            all: false,
            sweep: true,
        },
    )
    .await;
    assert_eq!(app.blobs(), before);
    assert!(app.site.blobs.get(&orphan).await.is_err());
    assert_eq!(upkeep::inventory(&app.site).await.unwrap().missing, []);
}

async fn what_is_wrong_with_journal_queue_and_schema_is_said(app: TestApp) {
    filled(&app).await;
    let job = "INSERT INTO job (id, kind, class, idempotency_key, payload, state, attempts, run_at, fence, last_error, created_at) \
         SELECT id, 'test.stuck', 'quick', 'one', '{}', 'poisoned', 9, at, 1, '', at FROM audit_entry ORDER BY id LIMIT 1";
    meddle(&app, job).await;
    assert_eq!(
        of(&looked_at(&app, Depth::default()).await, "后台任务").level,
        Level::Wrong
    );
    meddle(&app, "UPDATE job SET state = 'done'").await;

    meddle(&app, "UPDATE journal_entry SET position = position + 1").await;
    let finding = of(&looked_at(&app, Depth::default()).await, "发布日志").clone();
    assert!(
        finding.level == Level::Wrong && finding.what.contains("缺号"),
        "{finding:?}"
    );
    meddle(&app, "UPDATE journal_entry SET position = NULL, sequenced_at = NULL").await;
    app.clock.advance(Duration::minutes(5));
    let findings = looked_at(&app, Depth::default()).await;
    assert!(of(&findings, "发布日志").what.contains("还没有编号"), "{findings:?}");
    assert!(of(&findings, "检索索引").what.contains("比发布日志"), "{findings:?}");

    meddle(
        &app,
        "INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_of_tomorrow', 0)",
    )
    .await;
    assert!(
        of(&looked_at(&app, Depth::default()).await, "数据库结构")
            .what
            .contains("9999_of_tomorrow")
    );
    meddle(
        &app,
        "DELETE FROM seaql_migrations WHERE version = '9999_of_tomorrow' OR version LIKE '0005%'",
    )
    .await;
    let findings = looked_at(&app, Depth::default()).await;
    assert!(of(&findings, "数据库结构").what.contains("没有升级"), "{findings:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_nothing_is_the_doctor_makes_nothing() {
    let folder = tempfile::TempDir::new().unwrap();
    let data = folder.path().join("data");
    let config = Config::demo(data.clone(), ([127, 0, 0, 1], 8080).into()).unwrap();
    let findings = examine(&config, &folder.path().join("gongkai.toml"), None, Depth::default()).await;
    assert!(wrong(&findings).contains(&"数据目录"), "{findings:?}");
    std::fs::create_dir(&data).unwrap();
    let findings = examine(&config, &folder.path().join("gongkai.toml"), None, Depth::default()).await;
    assert!(wrong(&findings).contains(&"数据库"), "{findings:?}");
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "and no keyring either"
    );
}
