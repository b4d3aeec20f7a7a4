//! The real program, killed at any moment: what it had promised stands, and beginning again finishes the work.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use stories::{TestApp, gongkai, word};

use crate::journal::{assert_gapless, assert_index_follows_journal};
use crate::support::Office;

on_both_databases!(
    an_import_killed_again_and_again_takes_every_document_once,
    releases_through_a_server_that_is_killed_happen_once,
);

const DOCUMENTS: usize = 300;
/// Moments at which the program is killed, in milliseconds after its start.
const KILLED_AFTER: [u64; 11] = [40, 90, 180, 400, 700, 950, 1200, 1500, 1900, 2400, 3000];

pub fn config_file(app: &TestApp, folder: &Path, [public, desk]: [SocketAddr; 2]) -> PathBuf {
    let file = folder.join("gongkai.toml");
    let text = format!(
        "data = '{}'\nlisten = '{public}'\ndesk_listen = '{desk}'\n[site]\npublic_url = 'https://www.example.gov.cn'\n[database]\nurl = '{}'\n[log]\nlevel = 'error'\n",
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
    let (config, documents) = (
        config_file(&app, folder.path(), free_addresses()),
        documents_file(folder.path()),
    );
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
    assert!(
        killed >= 3,
        "the moments are too late for this machine: only {killed} hit"
    );
    // Whoever was killed may have held the sequencer's lease, which ends by itself.
    let report = loop {
        let output = import(&config, &documents).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        if app
            .number("SELECT count(*) FROM journal_entry WHERE position IS NULL")
            .await
            == 0
        {
            break report;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    assert_eq!(report["refused"], serde_json::json!([]));

    let all = i64::try_from(DOCUMENTS).unwrap();
    for counted in ["source_key", "path", "index_number"] {
        assert_eq!(
            app.number(&format!("SELECT count(DISTINCT {counted}) FROM document"))
                .await,
            all,
            "{counted}"
        );
    }
    for table in ["document", "revision", "edition", "document_release"] {
        assert_eq!(
            app.number(&format!("SELECT count(*) FROM {table}")).await,
            all,
            "{table}"
        );
    }
    let released = "SELECT count(*) FROM audit_entry WHERE action = 'publishing.release'";
    assert_eq!(app.number(released).await, all);
    assert_gapless(&app, all).await;
    // The index as the killed programs left it, opened by this one.
    app.publishing.reader.catch_up(&app.site).await.unwrap();
    assert_index_follows_journal(&app).await;
    let found = app
        .citizen()
        .get(&crate::support::search("\"第123号通知\""))
        .await
        .expect(200);
    assert_eq!(crate::support::titles(&found), ["示例区第123号通知"]);
}

/// Two addresses on which nothing listens.
pub fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

/// Moments at which the server is killed, in milliseconds after it first answers.
const SERVER_KILLED_AFTER: [u64; 6] = [5, 20, 45, 80, 130, 200];

async fn releases_through_a_server_that_is_killed_happen_once(app: TestApp) {
    // The server has the machine's clock, so that its sessions must be of today.
    app.clock.set(chrono::Utc::now());
    let office = Office::of(&app, "区财政局").await;
    let mut documents = Vec::new();
    for turn in 0..10 {
        let title = format!("示例区第{turn}号规定");
        let document = office
            .upload(&app, "区财政局", "规定.docx", &word::of_lines(&[&title, "怎么办理。"]))
            .await;
        office.describe(&document, &[]).await.expect(303);
        office
            .drafter
            .submit(&format!("{document}/submit"), &[])
            .await
            .expect(303);
        office.approve(&document).await.expect(303);
        documents.push(document);
    }
    let folder = tempfile::TempDir::new().unwrap();
    let addresses = free_addresses();
    let config = config_file(&app, folder.path(), addresses);
    let (cookie, token) = (office.drafter.cookie().unwrap(), office.drafter.token().await);
    let mut promised = 0;
    for moment in SERVER_KILLED_AFTER {
        let mut server = serve(&config, addresses[1]).await;
        let posting = release_all(addresses[1], &documents, &cookie, &token);
        let killing = async {
            tokio::time::sleep(Duration::from_millis(moment)).await;
            server.kill().unwrap();
            server.wait().unwrap();
        };
        let (answers, ()) = tokio::join!(posting, killing);
        promised += answers.iter().filter(|status| **status == 303).count();
        let released = app.number("SELECT count(*) FROM document_release").await;
        assert!(released >= i64::try_from(promised).unwrap(), "what was answered stands");
    }
    let mut server = serve(&config, addresses[1]).await;
    let answers = release_all(addresses[1], &documents, &cookie, &token).await;
    assert_eq!(answers.len(), documents.len());
    assert!(answers.iter().all(|status| [303, 422].contains(status)), "{answers:?}");
    // The lease of a server that was killed ends by itself; then this one numbers what waits.
    while app
        .number("SELECT count(*) FROM journal_entry WHERE position IS NULL")
        .await
        > 0
    {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    server.kill().unwrap();
    server.wait().unwrap();

    for counted in [
        "document_release",
        "document WHERE public_state = 'live'",
        "audit_entry WHERE action = 'publishing.release'",
    ] {
        assert_eq!(
            app.number(&format!("SELECT count(*) FROM {counted}")).await,
            10,
            "{counted}"
        );
    }
    assert_gapless(&app, 10).await;
    app.publishing.reader.catch_up(&app.site).await.unwrap();
    assert_index_follows_journal(&app).await;
}

/// Starts the server and waits until it answers.
async fn serve(config: &Path, desk: SocketAddr) -> Child {
    let mut server = Command::new(gongkai())
        .args(["serve", "--config"])
        .arg(config)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..600 {
        if request(desk, "GET /healthz HTTP/1.1", "").is_ok_and(|status| status == 200) {
            return server;
        }
        assert!(server.try_wait().unwrap().is_none(), "the server ended by itself");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.kill().unwrap();
    panic!("the server does not answer");
}

/// Asks for the release of each document, one after the other, and returns the answers until the server was gone.
async fn release_all(desk: SocketAddr, documents: &[String], cookie: &str, token: &str) -> Vec<u16> {
    let (documents, cookie, token) = (documents.to_vec(), cookie.to_string(), token.to_string());
    let posting = tokio::task::spawn_blocking(move || {
        let post = |document: &String| {
            let body = format!("token={token}");
            let head = format!(
                "POST {document}/release HTTP/1.1\r\nCookie: {cookie}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}",
                body.len()
            );
            request(desk, &head, &body)
        };
        documents.iter().map_while(|document| post(document).ok()).collect()
    });
    posting.await.unwrap()
}

/// Sends a request and returns the status of its answer.
fn request(to: SocketAddr, head: &str, body: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(to)?;
    write!(stream, "{head}\r\nHost: {to}\r\nConnection: close\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
}
