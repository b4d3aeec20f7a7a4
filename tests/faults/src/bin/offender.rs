//! Programs that keep or break the rules of durable writing. Each prints a line when it believes something safe.
//!
//! `offender careful|forgetful|nameless|torn FOLDER` keeps ten small files; `offender sqlite off|normal|full FOLDER` commits
//! ten rows; `offender blobs FOLDER` is the program's own store of files.

#![allow(clippy::unwrap_used, reason = "it is started by tests only, which notice its end")]

use std::fs::File;
use std::io::Write;
use std::path::Path;

use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database};

/// How many things each keeps.
const KEPT: usize = 10;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["sqlite", how, folder] => sqlite(how, Path::new(folder)).await,
        ["blobs", folder] => blobs(Path::new(folder)).await,
        [how, folder] => files(how, Path::new(folder)),
        _ => panic!("usage: offender HOW FOLDER"),
    }
}

fn files(how: &str, folder: &Path) {
    for n in 0..KEPT {
        let (aside, place) = (folder.join(format!("{n}.new")), folder.join(n.to_string()));
        let mut file = File::create(&aside).unwrap();
        // More than a sector, in two writes.
        file.write_all(n.to_string().repeat(900).as_bytes()).unwrap();
        file.write_all(n.to_string().repeat(300).as_bytes()).unwrap();
        if how != "forgetful" {
            file.sync_all().unwrap();
        }
        if how == "torn" {
            file.write_all(b"and more, never synced").unwrap();
        }
        // By a call that does not pass through the C library, as the search engine does it.
        tempfile::TempPath::try_from_path(&aside)
            .unwrap()
            .persist(&place)
            .unwrap();
        if how == "careful" {
            File::open(folder).unwrap().sync_all().unwrap();
        }
        said(n);
    }
}

/// Two files into a folder of blobs.
async fn blobs(folder: &Path) {
    let blobs = kit::blob::Blobs::folder(&folder.join("deep/blobs")).unwrap();
    for bytes in ["第一个文件", "第二个文件"] {
        let kept = blobs.put(bytes.repeat(100).into()).await.unwrap();
        println!("{}", kept.as_str());
    }
}

async fn sqlite(how: &str, folder: &Path) {
    let synchronous = match how {
        "off" => SqliteSynchronous::Off,
        "normal" => SqliteSynchronous::Normal,
        _ => SqliteSynchronous::Full,
    };
    let file = folder.join("kept.sqlite");
    let mut options = ConnectOptions::new(format!("sqlite://{}", file.display()));
    options
        .max_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(move |o| {
            o.filename(&file)
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(synchronous)
        });
    let db = Database::connect(options).await.unwrap();
    db.execute_unprepared("CREATE TABLE IF NOT EXISTS kept (n INTEGER PRIMARY KEY)")
        .await
        .unwrap();
    for n in 0..KEPT {
        db.execute_unprepared(&format!("INSERT INTO kept VALUES ({n})"))
            .await
            .unwrap();
        said(n);
    }
    // It does not close in order, which would sync.
    std::mem::forget(db);
}

fn said(n: usize) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{n}").unwrap();
    out.flush().unwrap();
}
