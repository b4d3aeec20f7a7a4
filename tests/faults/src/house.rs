//! A district on a disk of its own, with documents ready to be released, and the program as it serves it.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gongkai::config::Config;
use stories::office::Office;
use stories::{Database, TestApp, TestClock, Visitor, gongkai, word};

use crate::Bench;
use crate::rig::order::Run;

/// The unit for which everything happens.
pub const UNIT: &str = "区财政局";
const DESK: &str = "https://desk.example.gov.cn";

/// What a round begins with: a district with two people who are signed in and documents of theirs.
pub struct Beginning {
    folder: tempfile::TempDir,
    /// The database that rounds are copied from, on PostgreSQL.
    pub database: Option<Database>,
    /// Cookie and form token of who drafts.
    pub drafter: (String, String),
    /// Cookie and form token of who approves.
    pub approver: (String, String),
    /// Where approved documents stand on the desk.
    pub approved: Vec<String>,
    /// Where public documents stand on the desk.
    pub public: Vec<String>,
    /// The unit's id.
    pub unit: String,
}

impl Beginning {
    /// Makes one, with so many documents approved and so many public.
    pub async fn new(database: Option<Database>, approved: usize, public: usize) -> Beginning {
        let folder = tempfile::TempDir::new().unwrap();
        let url = database.as_ref().map_or(String::new(), |database| database.url.clone());
        let clock = TestClock::default();
        // The served program has the machine's clock, so that these people's sessions must be of today.
        clock.set(chrono::Utc::now());
        let app = TestApp::open(config(&data_in(folder.path()), &url), clock).await;
        app.found().await;
        let office = Office::of(&app, UNIT).await;
        let mut documents = Vec::new();
        for n in 0..approved + public {
            let title = format!("示例区第{n}号规定");
            let bytes = word::of_lines(&[&title, "怎么办理。"]);
            let document = office.upload(&app, UNIT, "规定.docx", &bytes).await;
            office.describe(&document, &[]).await.expect(303);
            office
                .drafter
                .submit(&format!("{document}/submit"), &[])
                .await
                .expect(303);
            office.approve(&document).await.expect(303);
            documents.push(document);
        }
        let public = documents.split_off(approved);
        for document in &public {
            office
                .drafter
                .submit(&format!("{document}/release"), &[])
                .await
                .expect(303);
        }
        let unit = app.unit(UNIT).await.id.to_string();
        let signed_in = async |visitor: &Visitor| (visitor.cookie().unwrap(), visitor.token().await);
        let (drafter, approver) = (signed_in(&office.drafter).await, signed_in(&office.approver).await);
        // As a program does that ends in order, so that the next need not wait for its turn to be over.
        app.publishing.hand_over(&app.site).await.unwrap();
        app.close().await;
        Beginning {
            folder,
            database,
            drafter,
            approver,
            approved: documents,
            public,
            unit,
        }
    }

    /// Puts a copy of its files into a folder.
    pub fn lay(&self, into: &Path) {
        copy(self.folder.path(), into);
    }
}

/// Where the data stand in a folder; the keys stand beside them, by default.
pub fn data_in(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// Copies a folder's content.
pub fn copy(from: &Path, into: &Path) {
    std::fs::create_dir_all(into).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(|entry| entry.unwrap()) {
        let place = into.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}

/// The configuration of a district in a folder, for a test that opens it itself.
pub fn config(data: &Path, database: &str) -> Config {
    let mut config = Config::demo(data.to_path_buf(), ([127, 0, 0, 1], 8080).into()).unwrap();
    config.database.url = database.to_string();
    config.site = gongkai::config::SiteConfig {
        public_url: "https://www.example.gov.cn".into(),
        desk_url: DESK.into(),
        ..Default::default()
    };
    config
}

/// The same for the served program, as a file in `folder`; `more` are further tables.
pub fn config_file(folder: &Path, own: &Config, [public, desk]: [SocketAddr; 2], more: &str) -> PathBuf {
    let file = folder.join("gongkai.toml");
    // A session outlives the jumps of clocks here; that idle ones end is another test's subject.
    let text = format!(
        "data = '{}'\nkeys = '{}'\nlisten = '{public}'\ndesk_listen = '{desk}'\n\
         [site]\npublic_url = 'https://www.example.gov.cn'\ndesk_url = '{DESK}'\n\
         [database]\nurl = '{}'\n[log]\nlevel = 'error'\n[sign_in]\nidle_minutes = 720\n{more}",
        own.data.display(),
        own.keys_folder().display(),
        own.database.url,
    );
    std::fs::write(&file, text).unwrap();
    file
}

/// Two addresses on which nothing listens.
pub fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap())
}

/// `gongkai serve` with this configuration, to be run.
pub fn serving(config: &Path) -> Run {
    crate::program([
        gongkai().to_str().unwrap(),
        "serve",
        "--config",
        config.to_str().unwrap(),
    ])
}

/// Somebody at the served desk, with the cookie and token of a session that stands in the database.
pub fn at_desk(desk: SocketAddr, (cookie, token): &(String, String)) -> Visitor {
    let visitor = Visitor::over(desk, DESK);
    visitor.set_cookie(cookie);
    visitor.set_token(token);
    visitor
}

/// Waits until a served face answers; false when `has_ended` says that it never will.
pub async fn answers(face: SocketAddr, mut has_ended: impl FnMut() -> bool) -> bool {
    let visitor = Visitor::over(face, DESK);
    loop {
        if visitor.get("/healthz").await.status.as_u16() == 200 {
            return true;
        }
        if has_ended() {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Whether a process is still there.
pub fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

/// Whether a process on the bench has ended, said for [`answers`].
pub fn ended(_: &Bench, pid: i32) -> impl FnMut() -> bool {
    move || !is_alive(pid)
}
