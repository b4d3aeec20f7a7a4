//! Backup and restore: a district comes back whole, from either database into either, and only into an empty place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use futures::TryStreamExt;
use gongkai::config::Config;
use hyper_util::rt::TokioIo;
use kit::account::Actor;
use kit::backup::{Found, Order, Taken, check, find, named_blobs, restore, take};
use kit::permission::Role;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use sea_orm::DbBackend;
use stories::{Database, Page, TestApp, TestClock, word};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::breakdown::adopted;
use crate::journal::{assert_gapless, assert_index_follows_journal};
use crate::saved::{archives, opens, unpacked};
use crate::support::Office;

on_both_databases!(
    a_district_comes_back_whole_on_either_database,
    a_backup_taken_while_others_write_is_of_one_moment,
    what_was_open_does_not_live_again,
    a_restored_district_waits_for_no_node_that_is_gone,
    a_changed_byte_is_noticed_and_its_file_named,
    only_an_empty_place_is_filled,
    blobs_in_a_store_that_speaks_s3_are_backed_up_and_come_back,
    an_older_districts_backup_is_brought_to_this_schema,
    missing_keys_are_named_before_anything_happens,
    older_backups_go_and_the_others_stay_whole,
    every_blob_stands_in_a_column_that_says_so,
);

pub fn silent(_: usize, _: usize) {}

pub fn order(place: &Path) -> Order<'_> {
    Order {
        place,
        program: "0",
        marks: &[("journal_position", "SELECT max(position) FROM journal_entry")],
        keep: None,
        read_again: false,
    }
}

pub async fn backed_up(app: &TestApp, place: &Path) -> Taken {
    take(&app.site, &Actor::program("测试"), order(place), &silent)
        .await
        .unwrap()
}

/// An empty place to restore into.
pub struct Target {
    pub app: TestApp,
    _database: Database,
    _folder: TempDir,
}

/// An empty place on a database of this kind, with the keyring and the clock of `app`.
pub async fn target(app: &TestApp, backend: DbBackend) -> Target {
    let folder = TempDir::new().unwrap();
    let database = match backend {
        DbBackend::Sqlite => Database::sqlite(folder.path()),
        _ => Database::postgres().await,
    };
    let config = configured(app, &folder, &database);
    Target {
        app: TestApp::open(config, app.clock.clone()).await,
        _database: database,
        _folder: folder,
    }
}

fn configured(app: &TestApp, folder: &TempDir, database: &Database) -> Config {
    let mut config = app.config.clone();
    config.keys = app.config.keys_folder();
    config.data = folder.path().join("data");
    config.database.url = database.url.clone();
    config.blobs = Default::default();
    config
}

pub async fn restored(app: &TestApp, found: &Found, backend: DbBackend) -> Target {
    let target = target(app, backend).await;
    restore(&target.app.site, &Actor::program("测试"), found, false, &silent)
        .await
        .unwrap();
    target.app.site.migrate().await.unwrap();
    target.app.publishing.reader.rebuild(&target.app.site).await.unwrap();
    target.app.publishing.settle(&target.app.site).await.unwrap();
    target
}

fn other(backend: DbBackend) -> DbBackend {
    match backend {
        DbBackend::Sqlite => DbBackend::Postgres,
        _ => DbBackend::Sqlite,
    }
}

/// A district with a breakdown in force and documents with attachments; public paths.
async fn filled(app: &TestApp) -> (Office, Vec<String>) {
    adopted(app).await;
    let office = Office::of(app, "区财政局").await;
    let mut paths = Vec::new();
    for title in [
        "示例区专项资金管理办法",
        "含制表符\t与反斜杠\\N的通知",
        "预算公开指南 🏛",
    ] {
        let (_, path) = office
            .publish(
                app,
                "区财政局",
                &[title, "第一条 怎么办理。", "\u{3000}\u{3000}第二条"],
                &[],
            )
            .await;
        paths.push(path);
    }
    app.publishing.settle(&app.site).await.unwrap();
    (office, paths)
}

/// Tables in which a restore itself writes.
const TOUCHED: [&str; 8] = [
    "session",
    "oidc_pending",
    "sign_in_link",
    "audit_entry",
    "job",
    "sequencer_lease",
    "sealing_key",
    "throttle",
];

/// Every row of the tables that a restore leaves alone, without order.
fn rows_of(found: &Found) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for table in found
        .manifest
        .tables
        .iter()
        .filter(|table| !TOUCHED.contains(&table.name.as_str()))
    {
        let bytes = std::fs::read(found.folder.join("rows").join(format!("{}.rows", table.name))).unwrap();
        let mut lines: Vec<String> = String::from_utf8(bytes).unwrap().lines().map(same_json).collect();
        lines.sort();
        all.push((table.name.clone(), lines));
    }
    all
}

/// A line in which JSON is written in one way: PostgreSQL keeps its meaning, not its spaces and order.
fn same_json(line: &str) -> String {
    let same = |value: &str| match serde_json::from_str::<serde_json::Value>(&value.replace("\\\\", "\\")) {
        Ok(json) if json.is_object() || json.is_array() => json.to_string(),
        _ => value.to_string(),
    };
    line.split('\t').map(same).collect::<Vec<_>>().join("\t")
}

async fn a_district_comes_back_whole_on_either_database(app: TestApp) {
    let (_, paths) = filled(&app).await;
    let place = TempDir::new().unwrap();
    let taken = backed_up(&app, place.path()).await;
    let found = find(place.path()).unwrap();
    assert_eq!(found.manifest, taken.manifest);
    check(&found, &silent).await.unwrap();
    let counts: u64 = found.manifest.tables.iter().map(|table| table.rows).sum();
    assert!(counts > 500 && found.manifest.blobs.count >= 4, "{counts}");

    let backend = app.site.db.backend();
    for kind in [backend, other(backend)] {
        let there = restored(&app, &found, kind).await;
        let (public, desk) = (app.citizen(), there.app.citizen());
        for path in paths
            .iter()
            .map(String::as_str)
            .chain(["/", "/releases", "/units", "/tasks"])
        {
            let (before, after) = (public.get(path).await.expect(200), desk.get(path).await.expect(200));
            assert_eq!(before.source(), after.source(), "{path} on {kind:?}");
        }
        assert_gapless(&there.app, 3).await;
        assert_index_follows_journal(&there.app).await;
        // What came over is the same when it is written by the kind of database it came from.
        let again = TempDir::new().unwrap();
        backed_up(&there.app, again.path()).await;
        let second = find(again.path()).unwrap();
        if kind == backend {
            assert_eq!(rows_of(&found), rows_of(&second));
        } else {
            let back = restored(&app, &second, backend).await;
            let third = TempDir::new().unwrap();
            backed_up(&back.app, third.path()).await;
            assert_eq!(
                rows_of(&found),
                rows_of(&find(third.path()).unwrap()),
                "there and back by {kind:?}"
            );
        }
    }
}

async fn a_backup_taken_while_others_write_is_of_one_moment(app: TestApp) {
    let (office, _) = filled(&app).await;
    let place = TempDir::new().unwrap();
    let ended = AtomicBool::new(false);
    let writing = async {
        let mut count = 0;
        while !ended.load(Ordering::SeqCst) {
            let title = format!("备份时发布的第{count}号通知");
            let lines = [title.as_str(), "边写边备份。"];
            office.publish(&app, "区财政局", &lines, &[]).await;
            count += 1;
        }
        count
    };
    let backing = async {
        for _ in 0..4 {
            backed_up(&app, place.path()).await;
        }
        ended.store(true, Ordering::SeqCst);
    };
    let (written, ()) = tokio::join!(writing, backing);
    assert!(written > 0, "something was written meanwhile");
    let folders: BTreeSet<PathBuf> = backups_in(place.path());
    assert_eq!(folders.len(), 4);
    for folder in folders {
        let found = find(&folder).unwrap();
        assert!(found.manifest.blobs.missing.is_empty());
        let there = restored(&app, &found, app.site.db.backend()).await;
        let releases = there.app.number("SELECT count(*) FROM document_release").await;
        // The moment may lie between a release and its numbering, which then happens here.
        there.app.publishing.settle(&there.app.site).await.unwrap();
        assert_gapless(&there.app, releases).await;
        assert_index_follows_journal(&there.app).await;
        for id in named_blobs(&there.app.site.db).await.unwrap() {
            there.app.site.blobs.get(&id).await.unwrap();
        }
    }
}

fn backups_in(place: &Path) -> BTreeSet<PathBuf> {
    let all = std::fs::read_dir(place).unwrap().map(|e| e.unwrap().path());
    all.filter(|path| path.join("rows").is_dir()).collect()
}

async fn what_was_open_does_not_live_again(app: TestApp) {
    let coordinator = app.staff(Role::Coordinator, None).await;
    let (_, link) = app.account("newcomer", "新来的").await;
    outside_job(&app).await;
    let place = TempDir::new().unwrap();
    backed_up(&app, place.path()).await;
    let there = restored(&app, &find(place.path()).unwrap(), app.site.db.backend()).await;

    coordinator.get("/documents").await.expect(200);
    let thief = there.app.stranger();
    thief.set_cookie(&coordinator.cookie().unwrap());
    thief.get("/documents").await.expect(303);
    let refused: Page = there.app.stranger().get(&link).await;
    assert_ne!(refused.status, 200, "a link of the backup lets nobody in: {refused}");
    let login = [("login", coordinator.login.as_str()), ("password", stories::PASSWORD)];
    let signed_in = there.app.stranger();
    signed_in.post("/sign-in", &login, &[]).await.expect(303);
    signed_in.get("/documents").await.expect(200);
    let held = "SELECT count(*) FROM job WHERE class = 'outside' AND state = 'poisoned'";
    assert_eq!(
        there.app.number(held).await,
        1,
        "what may have been sent waits for a person"
    );
    let recorded = "SELECT count(*) FROM audit_entry WHERE action = 'backup.restore'";
    assert_eq!(there.app.number(recorded).await, 1);
}

async fn a_restored_district_waits_for_no_node_that_is_gone(app: TestApp) {
    // This node numbers what is published and keeps the lease for some seconds.
    let office = Office::of(&app, "区财政局").await;
    let lines = ["示例区的通知", "怎么办理。"];
    office.publish(&app, "区财政局", &lines, &[]).await;
    let leases = "SELECT count(*) FROM sequencer_lease";
    assert_eq!(app.number(leases).await, 1);
    let place = TempDir::new().unwrap();
    backed_up(&app, place.path()).await;
    let there = restored(&app, &find(place.path()).unwrap(), app.site.db.backend()).await;
    assert_eq!(there.app.number(leases).await, 0);
}

/// A job that speaks to another server, enqueued as a command does.
async fn outside_job(app: &TestApp) {
    app.site
        .write(&Actor::program("测试"), |tx| async move {
            tx.housekeeping();
            let job = kit::job::NewJob {
                kind: "test.send",
                class: &kit::job::OUTSIDE,
                key: "one".into(),
                payload: serde_json::Value::Null,
                run_at: None,
            };
            kit::job::enqueue(&tx, job).await?;
            Ok::<_, kit::Error>(())
        })
        .await
        .unwrap();
}

async fn a_changed_byte_is_noticed_and_its_file_named(app: TestApp) {
    filled(&app).await;
    let place = TempDir::new().unwrap();
    backed_up(&app, place.path()).await;
    let found = find(place.path()).unwrap();
    let target = target(&app, app.site.db.backend()).await;
    let blob = std::fs::read_to_string(found.folder.join("blobs.list")).unwrap();
    let blob = &blob[..64];
    let blob = place.path().join("blobs").join(&blob[..2]).join(&blob[2..4]).join(blob);
    let mut files = vec![
        found.folder.join("manifest.json"),
        found.folder.join("blobs.list"),
        blob,
    ];
    for table in found.manifest.tables.iter().filter(|table| table.bytes > 0) {
        files.push(found.folder.join("rows").join(format!("{}.rows", table.name)));
    }
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&file, changed).unwrap();
            let said = refusal(&target.app, place.path()).await;
            assert!(
                said.contains(&*file.file_name().unwrap().to_string_lossy()),
                "{said}\n{}",
                file.display()
            );
        }
        std::fs::remove_file(&file).unwrap();
        refusal(&target.app, place.path()).await;
        std::fs::write(&file, whole).unwrap();
    }
    std::fs::remove_file(found.folder.join("complete")).unwrap();
    assert!(refusal(&target.app, &found.folder).await.contains("不是完整的备份"));
    let tables = kit::db::tables(target.app.site.db.read()).await.unwrap();
    assert_eq!(tables, [], "nothing was put into the database");
}

/// The sentence with which a restore refuses.
async fn refusal(app: &TestApp, backup: &Path) -> String {
    let found = match find(backup) {
        Ok(found) => found,
        Err(error) => return error.to_string(),
    };
    let error = restore(&app.site, &Actor::program("测试"), &found, false, &silent)
        .await
        .unwrap_err();
    error.to_string()
}

async fn only_an_empty_place_is_filled(app: TestApp) {
    filled(&app).await;
    let place = TempDir::new().unwrap();
    backed_up(&app, place.path()).await;
    let before = app.number("SELECT count(*) FROM audit_entry").await;
    assert!(refusal(&app, place.path()).await.contains("不是空的"));
    assert_eq!(app.number("SELECT count(*) FROM audit_entry").await, before);

    // A place that was only migrated is empty.
    let target = target(&app, app.site.db.backend()).await;
    kit::db::migrate(&target.app.site.db, target.app.site.steps())
        .await
        .unwrap();
    let found = find(place.path()).unwrap();
    restore(&target.app.site, &Actor::program("测试"), &found, false, &silent)
        .await
        .unwrap();
    assert_eq!(target.app.number("SELECT count(*) FROM document_release").await, 3);
    assert!(refusal(&target.app, place.path()).await.contains("不是空的"));
}

/// A store that speaks S3 on this machine, over a folder; its address.
async fn s3_store(folder: &Path) -> String {
    std::fs::create_dir_all(folder.join("gongkai")).unwrap();
    let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder).unwrap());
    builder.set_auth(SimpleAuth::from_single("access", "secret"));
    let service = builder.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let service = service.clone();
            tokio::spawn(async move {
                let connection = hyper::server::conn::http1::Builder::new();
                let _ = connection.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    format!("http://{address}")
}

async fn blobs_in_a_store_that_speaks_s3_are_backed_up_and_come_back(app: TestApp) {
    let (_, paths) = filled(&app).await;
    let place = TempDir::new().unwrap();
    backed_up(&app, place.path()).await;
    let (stored, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let database = match app.site.db.backend() {
        DbBackend::Sqlite => Database::sqlite(folder.path()),
        _ => Database::postgres().await,
    };
    let mut config = configured(&app, &folder, &database);
    config.blobs = gongkai::config::BlobConfig {
        endpoint: s3_store(stored.path()).await,
        bucket: "gongkai".into(),
        region: "us-east-1".into(),
        access_key: "access".into(),
        secret_key: "secret".into(),
    };
    let there = TestApp::open(config, app.clock.clone()).await;
    let found = find(place.path()).unwrap();
    restore(&there.site, &Actor::program("测试"), &found, false, &silent)
        .await
        .unwrap();
    there.publishing.settle(&there.site).await.unwrap();
    there.citizen().get(&paths[0]).await.expect(200);

    // From the store into another place, and from there again.
    let second = TempDir::new().unwrap();
    let taken = backed_up(&there, second.path()).await;
    assert_eq!(taken.manifest.blobs.count, found.manifest.blobs.count);
    assert_eq!(taken.new_blobs, taken.manifest.blobs.count);
    assert_eq!(
        backed_up(&there, second.path()).await.new_blobs,
        0,
        "the second copies nothing again"
    );
    check(&find(second.path()).unwrap(), &silent).await.unwrap();

    // One that the store loses is in the backup already; one that was never copied is named as missing.
    let id = named_blobs(&there.site.db).await.unwrap().first().unwrap().clone();
    there.site.blobs.remove(&id).await.unwrap();
    assert!(backed_up(&there, second.path()).await.manifest.blobs.missing.is_empty());
    let third = TempDir::new().unwrap();
    assert_eq!(
        backed_up(&there, third.path()).await.manifest.blobs.missing,
        [id.as_str()]
    );
}

async fn an_older_districts_backup_is_brought_to_this_schema(app: TestApp) {
    let archive = archives()
        .into_iter()
        .find(|path| path.ends_with("issue-2.tar.gz"))
        .unwrap();
    let folder = unpacked(&archive);
    let mut config = Config::demo(folder.path().to_path_buf(), ([127, 0, 0, 1], 8080).into()).unwrap();
    let keys = TempDir::new().unwrap();
    config.keys = keys.path().join("keys");
    let clock = TestClock::default();
    clock.set_date(chrono::NaiveDate::from_ymd_opt(2021, 11, 24).unwrap());
    let old = TestApp::open(config, clock).await;
    // The directory is as the older program left it.
    let place = TempDir::new().unwrap();
    let taken = backed_up(&old, place.path()).await;
    assert_eq!(
        taken.manifest.migrations,
        ["0001_kit", "0002_publishing", "0003_breakdown"]
    );
    let there = restored(&old, &find(place.path()).unwrap(), app.site.db.backend()).await;
    opens(&there.app).await;
}

async fn missing_keys_are_named_before_anything_happens(app: TestApp) {
    filled(&app).await;
    let place = TempDir::new().unwrap();
    let taken = backed_up(&app, place.path()).await;
    assert!(!taken.manifest.keys.is_empty(), "the district has used keys");
    let secrets = std::fs::read_dir(app.config.keys_folder()).unwrap();
    for secret in secrets.map(|e| std::fs::read_to_string(e.unwrap().path()).unwrap()) {
        for word in secret.split('"').filter(|word| word.len() > 30) {
            assert!(
                !holds(&find(place.path()).unwrap().folder, word),
                "a secret stands in the backup"
            );
        }
    }
    let (folder, strange) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let database = match app.site.db.backend() {
        DbBackend::Sqlite => Database::sqlite(folder.path()),
        _ => Database::postgres().await,
    };
    let mut config = configured(&app, &folder, &database);
    config.keys = strange.path().join("keys");
    let there = TestApp::open(config, app.clock.clone()).await;
    let said = refusal(&there, place.path()).await;
    assert!(taken.manifest.keys.iter().all(|key| said.contains(key)), "{said}");
    assert_eq!(kit::db::tables(there.site.db.read()).await.unwrap(), []);

    let found = find(place.path()).unwrap();
    let done = restore(&there.site, &Actor::program("测试"), &found, true, &silent)
        .await
        .unwrap();
    assert!(done.ended.iter().any(|line| line.contains("密钥")), "{:?}", done.ended);
    there.site.migrate().await.unwrap();
}

fn holds(folder: &Path, word: &str) -> bool {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .any(|path| {
            if path.is_dir() {
                holds(&path, word)
            } else {
                String::from_utf8_lossy(&std::fs::read(path).unwrap()).contains(word)
            }
        })
}

async fn older_backups_go_and_the_others_stay_whole(app: TestApp) {
    let office = Office::of(&app, "区财政局").await;
    let place = TempDir::new().unwrap();
    for turn in 0..4 {
        office
            .upload(
                &app,
                "区财政局",
                "文件.docx",
                &word::of_lines(&[&format!("第{turn}件")]),
            )
            .await;
        let mut wanted = order(place.path());
        wanted.keep = Some(2);
        let taken = take(&app.site, &Actor::program("测试"), wanted, &silent).await.unwrap();
        assert_eq!(taken.removed.len(), usize::from(turn >= 2), "{:?}", taken.removed);
    }
    // What no row names any more goes with the backups that named it.
    let stray = place.path().join("blobs/ab/cd");
    std::fs::create_dir_all(&stray).unwrap();
    let stray = stray.join(format!("abcd{}", "0".repeat(60)));
    std::fs::write(&stray, b"?").unwrap();
    let mut wanted = order(place.path());
    wanted.keep = Some(2);
    take(&app.site, &Actor::program("测试"), wanted, &silent).await.unwrap();
    assert!(!stray.exists());
    assert_eq!(backups_in(place.path()).len(), 2);
    for folder in backups_in(place.path()) {
        check(&find(&folder).unwrap(), &silent).await.unwrap();
    }

    // While one is at work, another is refused.
    let lock = std::fs::File::create(place.path().join("lock")).unwrap();
    lock.lock().unwrap();
    let second = take(&app.site, &Actor::program("测试"), order(place.path()), &silent).await;
    assert!(second.unwrap_err().to_string().contains("另一次备份"));
}

/// The backup finds blobs by the names of columns; this fails when a capability keeps one in a column of another name.
async fn every_blob_stands_in_a_column_that_says_so(app: TestApp) {
    filled(&app).await;
    let place = TempDir::new().unwrap();
    let taken = backed_up(&app, place.path()).await;
    let named = named_blobs(&app.site.db).await.unwrap();
    let stored: Vec<_> = app.site.blobs.list().try_collect().await.unwrap();
    assert!(stored.len() >= 4);
    for blob in stored {
        let is_written = holds(&taken.folder.join("rows"), blob.id.as_str());
        assert_eq!(is_written, named.contains(&blob.id), "{}", blob.id.as_str());
    }
    let tables = kit::db::tables(app.site.db.read()).await.unwrap();
    let copied: Vec<_> = taken.manifest.tables.iter().map(|table| table.name.clone()).collect();
    assert_eq!(
        copied,
        tables.into_iter().map(|table| table.name).collect::<Vec<_>>(),
        "every table is copied"
    );
}
