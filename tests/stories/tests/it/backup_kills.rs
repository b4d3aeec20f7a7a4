//! Backup and restore by the real program, killed at any moment and short of room: what was finished before stands, half a
//! backup is no backup, half a restore is not served.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use kit::backup::{check, find};
use sea_orm::DbBackend;
use stories::{Database, TestApp, gongkai, word};
use tempfile::TempDir;

use crate::backup::{backed_up, silent};
use crate::breakdown::adopted;
use crate::kills::{config_file, free_addresses};
use crate::support::Office;

on_both_databases!(
    a_backup_killed_at_any_moment_leaves_the_earlier_ones_whole,
    a_restore_killed_at_any_moment_is_not_served_and_begins_anew,
    without_room_the_earlier_backup_stays_and_the_sentence_says_so,
);

/// Moments at which the program is killed, in hundredths of the time it takes on this machine when left alone.
const KILLED_AT: [u32; 9] = [5, 15, 25, 35, 45, 55, 65, 75, 85];

fn program(command: &str, argument: &Path, config: &Path) -> Command {
    let mut run = Command::new(gongkai());
    run.arg(command).arg(argument).arg("--config").arg(config);
    run.stdout(Stdio::piped()).stderr(Stdio::piped());
    run
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Lets the program run until it says that it is `done`, and tells how long that took. Its status is not asked: a restore
/// ends with what `doctor` finds in the restored installation.
fn left_alone(mut command: Command, done: &str) -> Duration {
    let started = Instant::now();
    let output = command.output().unwrap();
    assert!(said(&output).contains(done), "{}", said(&output));
    started.elapsed()
}

/// Kills the program at this moment and says whether it still ran.
async fn killed(mut command: Command, moment: Duration) -> bool {
    let mut running = command.spawn().unwrap();
    tokio::time::sleep(moment).await;
    let still_ran = running.try_wait().unwrap().is_none();
    running.kill().unwrap();
    running.wait().unwrap();
    still_ran
}

async fn filled(app: &TestApp) {
    app.clock.set(chrono::Utc::now());
    let office = Office::of(app, "区财政局").await;
    for turn in 0..40 {
        let lines = [format!("示例区第{turn}号通知"), "怎么办理。".repeat(500)];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        office
            .upload(app, "区财政局", "通知.docx", &word::of_lines(&lines))
            .await;
    }
    office.publish(app, "区财政局", &["公开的通知"], &[]).await;
    app.publishing.settle(&app.site).await.unwrap();
}

async fn a_backup_killed_at_any_moment_leaves_the_earlier_ones_whole(app: TestApp) {
    filled(&app).await;
    let (folder, place) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let config = config_file(&app, folder.path(), free_addresses());
    let first = backed_up(&app, place.path()).await;
    let elsewhere = TempDir::new().unwrap();
    let whole = left_alone(program("backup", elsewhere.path(), &config), "备份已做好");
    let mut hit = 0;
    for hundredths in KILLED_AT {
        let moment = whole * hundredths / 100;
        // A new file each time, so that there is something to copy.
        let office = Office::of(&app, "区财政局").await;
        let line = format!("百分之{hundredths}");
        office
            .upload(&app, "区财政局", "通知.docx", &word::of_lines(&[&line]))
            .await;
        hit += usize::from(killed(program("backup", place.path(), &config), moment).await);
        let folders = std::fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().path());
        for half in folders.filter(|path| path.join("rows").is_dir() && !path.join("complete").exists()) {
            assert!(find(&half).unwrap_err().to_string().contains("不是完整的备份"));
        }
        let newest = find(place.path()).unwrap();
        check(&newest, &silent).await.unwrap();
        check(&find(&first.folder).unwrap(), &silent).await.unwrap();
    }
    assert!(hit >= 3, "the moments are too late for this machine: only {hit} hit");
    let output = program("backup", place.path(), &config).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let left = std::fs::read_dir(place.path()).unwrap().map(|e| e.unwrap().path());
    for folder in left.filter(|path| path.join("rows").exists()) {
        check(&find(&folder).unwrap(), &silent).await.unwrap();
    }
}

/// A configuration of an empty place with the keyring of `app`.
fn empty_place(app: &TestApp, folder: &Path, url: &str) -> PathBuf {
    let [public, desk] = free_addresses();
    let (data, keys) = (folder.join("data"), app.config.keys_folder());
    let text = format!(
        "data = '{}'\nkeys = '{}'\nlisten = '{public}'\ndesk_listen = '{desk}'\n[database]\nurl = '{url}'\n[log]\nlevel = 'error'\n",
        data.display(),
        keys.display()
    );
    let file = folder.join("gongkai.toml");
    std::fs::write(&file, text).unwrap();
    file
}

async fn empty_database(app: &TestApp, folder: &Path) -> Database {
    match app.site.db.backend() {
        DbBackend::Sqlite => Database::sqlite(folder),
        _ => Database::postgres().await,
    }
}

async fn a_restore_killed_at_any_moment_is_not_served_and_begins_anew(app: TestApp) {
    filled(&app).await;
    adopted(&app).await;
    let (folder, place) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    backed_up(&app, place.path()).await;
    let elsewhere = TempDir::new().unwrap();
    let database = empty_database(&app, elsewhere.path()).await;
    let config = empty_place(&app, elsewhere.path(), &database.url);
    let whole = left_alone(program("restore", place.path(), &config), "已恢复");
    let database = empty_database(&app, folder.path()).await;
    let config = empty_place(&app, folder.path(), &database.url);
    let mut hit = 0;
    for hundredths in KILLED_AT {
        if !killed(program("restore", place.path(), &config), whole * hundredths / 100).await {
            break;
        }
        hit += 1;
        // Half a district must not look like one.
        let db = kit::db::Db::open(&database.url).await.unwrap();
        let tables = kit::db::tables(db.read()).await.unwrap();
        let is_marked = tables.iter().any(|table| table.name == kit::db::UNFINISHED);
        let is_done = tables.iter().any(|table| table.name == "document") && !is_marked;
        if is_marked {
            let refused = Command::new(gongkai())
                .args(["migrate", "--config"])
                .arg(&config)
                .output()
                .unwrap();
            assert!(said(&refused).contains("没有做完"), "{}", said(&refused));
        }
        db.close().await.unwrap();
        if is_done {
            break;
        }
    }
    assert!(hit >= 2, "the moments are too late for this machine: only {hit} hit");
    let output = program("restore", place.path(), &config).output().unwrap();
    // Killed right before its end it was done already, and then the place is not empty.
    assert!(
        said(&output).contains("已恢复") || said(&output).contains("不是空的"),
        "{}",
        said(&output)
    );
    let db = kit::db::Db::open(&database.url).await.unwrap();
    let found = find(place.path()).unwrap();
    for table in kit::db::tables(db.read()).await.unwrap() {
        if ["document", "revision", "breakdown_task", "unit", "account"].contains(&table.name.as_str()) {
            let sql = format!("SELECT count(*) AS n FROM {}", table.name);
            let mut snapshot = db.snapshot().await.unwrap();
            let rows = snapshot.number(Box::leak(sql.into_boxed_str())).await.unwrap().unwrap();
            let wanted = found
                .manifest
                .tables
                .iter()
                .find(|t| t.name == table.name)
                .unwrap()
                .rows;
            assert_eq!(rows.unsigned_abs(), wanted, "{}", table.name);
        }
    }
    db.close().await.unwrap();
}

async fn without_room_the_earlier_backup_stays_and_the_sentence_says_so(app: TestApp) {
    filled(&app).await;
    let (folder, place) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let config = config_file(&app, folder.path(), free_addresses());
    let first = backed_up(&app, place.path()).await;
    // The limit on the size of files stands for a full disk: both end a write in its middle.
    let limited = Command::new("sh")
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f 100; exec \"$0\" backup \"$1\" --config \"$2\"",
        ])
        .args([gongkai().as_path(), place.path(), &config])
        .output()
        .unwrap();
    assert!(!limited.status.success(), "{}", said(&limited));
    assert!(said(&limited).contains("磁盘空间不够"), "{}", said(&limited));
    let newest = find(place.path()).unwrap();
    assert_eq!(newest.folder, first.folder.canonicalize().unwrap());
    check(&newest, &silent).await.unwrap();
}
