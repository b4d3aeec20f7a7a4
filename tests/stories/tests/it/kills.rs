//! The real program, killed at any moment: what it had promised stands, and beginning again finishes the work.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use stories::{TestApp, program};

use crate::journal::{assert_gapless, assert_index_follows_journal};

on_both_databases!(an_import_killed_again_and_again_takes_every_document_once);

const DOCUMENTS: usize = 300;
/// Moments at which the program is killed, in milliseconds after its start.
const KILLED_AFTER: [u64; 9] = [90, 400, 700, 950, 1200, 1500, 1900, 2400, 3000];

/// The program, built when the test's own build did not.
fn gongkai() -> PathBuf {
    static BUILT: std::sync::Once = std::sync::Once::new();
    BUILT.call_once(|| {
        let status = Command::new(env!("CARGO")).args(["build", "--quiet", "--locked", "-p", "gongkai"]).status().unwrap();
        assert!(status.success(), "cargo build -p gongkai");
    });
    program("gongkai")
}

fn config_file(app: &TestApp, folder: &Path) -> PathBuf {
    let file = folder.join("gongkai.toml");
    let text = format!(
        "data = '{}'\n[site]\npublic_url = 'https://www.example.gov.cn'\n[database]\nurl = '{}'\n[log]\nlevel = 'error'\n",
        app.config.data.display(),
        app.config.database_url()
    );
    std::fs::write(&file, text).unwrap();
    file
}

fn documents_file(folder: &Path) -> PathBuf {
    let file = folder.join("documents.jsonl");
    let line = |n: usize| {
        let record = serde_json::json!({
            "url": format!("https://old.example.gov.cn/{n}.html"),
            "title": format!("示例区第{n}号通知"),
            "issuer": "示例区财政局",
            "published": format!("2020-{:02}-{:02}", n % 12 + 1, n % 28 + 1),
            "html": format!("<h1>示例区第{n}号通知</h1><p>第{n}件事怎么办理。</p><table><tr><td>甲</td><td>{n}</td></tr></table>"),
        });
        record.to_string()
    };
    // One document stands twice, some lines apart, as exports of older sites have it.
    let lines: Vec<String> = (0..DOCUMENTS).chain([DOCUMENTS - 7]).map(line).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    file
}

fn import(config: &Path, documents: &Path) -> Command {
    let mut command = Command::new(gongkai());
    command
        .args(["documents", "import"])
        .arg(documents)
        .args(["--unit", "区财政局", "--kind", "notice", "--format", "json", "--config"])
        .arg(config)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

async fn an_import_killed_again_and_again_takes_every_document_once(app: TestApp) {
    let folder = tempfile::TempDir::new().unwrap();
    let (config, documents) = (config_file(&app, folder.path()), documents_file(folder.path()));
    let mut killed = 0;
    for moment in KILLED_AFTER {
        let mut running = import(&config, &documents).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(moment)).await;
        if running.try_wait().unwrap().is_none() {
            running.kill().unwrap();
            killed += 1;
        }
        running.wait().unwrap();
    }
    assert!(killed >= 3, "the moments are too late for this machine: only {killed} hit");
    // Whoever was killed may have held the sequencer's lease, which ends by itself.
    let report = loop {
        let output = import(&config, &documents).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        if app.number("SELECT count(*) FROM journal_entry WHERE position IS NULL").await == 0 {
            break report;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    assert_eq!(report["refused"], serde_json::json!([]));

    let all = i64::try_from(DOCUMENTS).unwrap();
    for counted in ["source_key", "path", "index_number"] {
        assert_eq!(app.number(&format!("SELECT count(DISTINCT {counted}) FROM document")).await, all, "{counted}");
    }
    for table in ["document", "revision", "edition", "document_release"] {
        assert_eq!(app.number(&format!("SELECT count(*) FROM {table}")).await, all, "{table}");
    }
    let released = "SELECT count(*) FROM audit_entry WHERE action = 'publishing.release'";
    assert_eq!(app.number(released).await, all);
    assert_gapless(&app, all).await;
    // The index as the killed programs left it, opened by this one.
    app.publishing.reader.catch_up(&app.site).await.unwrap();
    assert_index_follows_journal(&app).await;
    let found = app.citizen().get(&crate::support::search("\"第123号通知\"")).await.expect(200);
    assert_eq!(crate::support::titles(&found), ["示例区第123号通知"]);
}
