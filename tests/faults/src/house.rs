//! A district on a disk of its own, with documents ready to be released, and the program as it serves it.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gongkai::config::Config;
use kit::permission::Role;
use stories::office::Office;
use stories::{Database, TestApp, TestClock, Visitor, gongkai, word};

use crate::Bench;
use crate::post::Post;
use crate::rig::order::Run;

/// The unit for which everything happens.
pub const UNIT: &str = "区财政局";
/// Rows of the intake in a busy beginning.
const UNITS: u32 = 300;
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
    /// Where documents stand on the desk that are to be sent for approval.
    pub described: Vec<String>,
    /// Mail that has been sent, as [`Post::taken`] tells it.
    pub mails: String,
    /// The unit's id.
    pub unit: String,
}

impl Beginning {
    /// Makes one, with so many documents approved and so many public.
    pub async fn new(database: Option<Database>, approved: usize, public: usize) -> Beginning {
        Beginning::make(database, [approved, public, 0], None).await
    }

    /// The same, with so many documents to be sent for approval, and a full queue: who approves gets notices by mail, of
    /// which none has been sent, and rows of an intake wait to be taken.
    pub async fn busy(database: Option<Database>, approved: usize, public: usize, described: usize) -> Beginning {
        let post = Post::start("");
        Beginning::make(database, [approved, public, described], Some(&post)).await
    }

    async fn make(
        database: Option<Database>,
        [approved, public, described]: [usize; 3],
        post: Option<&Post>,
    ) -> Beginning {
        let folder = tempfile::TempDir::new().unwrap();
        let url = database.as_ref().map_or(String::new(), |database| database.url.clone());
        let clock = TestClock::default();
        // The served program has the machine's clock, so that these people's sessions must be of today.
        clock.set(chrono::Utc::now());
        let mut config = config(&data_in(folder.path()), &url);
        if let Some(post) = post {
            post.put_into(&mut config);
        }
        let app = TestApp::open(config, clock).await;
        app.found().await;
        let office = Office::of(&app, UNIT).await;
        if let Some(post) = post {
            wants_mail(&app, &office.approver, post).await;
            confirm_an_intake(&app).await;
        }
        let mut documents = Vec::new();
        for n in 0..approved + public + described {
            let title = format!("示例区第{n}号规定");
            let bytes = word::of_lines(&[&title, "怎么办理。"]);
            let document = office.upload(&app, UNIT, "规定.docx", &bytes).await;
            office.describe(&document, &[]).await.expect(303);
            documents.push(document);
        }
        let described = documents.split_off(approved + public);
        for document in &documents {
            let submit = format!("{document}/submit");
            office.drafter.submit(&submit, &[]).await.expect(303);
            office.approve(document).await.expect(303);
        }
        let public = documents.split_off(approved);
        for document in &public {
            let release = format!("{document}/release");
            office.drafter.submit(&release, &[]).await.expect(303);
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
            described,
            unit,
            mails: post.map(Post::taken).unwrap_or_default(),
        }
    }

    /// Puts a copy of its files into a folder.
    pub fn lay(&self, into: &Path) {
        copy(self.folder.path(), into);
    }
}

/// Somebody enters a mail address, confirms it by the code that comes there, and wants reminders there.
async fn wants_mail(app: &TestApp, visitor: &Visitor, post: &Post) {
    let address = [("mail", "approver@example.gov.cn")];
    visitor.submit("/addresses/mail", &address).await.expect(303);
    kit::job::run_due(&app.site).await.unwrap();
    let code = post.code();
    visitor
        .submit("/addresses/mail/code", &[("code-mail", &code)])
        .await
        .expect(303);
    visitor
        .submit("/notices/ways", &[("mail-reminder", "1")])
        .await
        .expect(303);
}

/// A table of units, of more than go into one transaction, is uploaded and confirmed; a job will take its rows.
async fn confirm_an_intake(app: &TestApp) {
    let row = |n: u32| {
        let letters: String = [n / 676, n / 26 % 26, n % 26]
            .iter()
            .map(|n| char::from(b'a' + *n as u8))
            .collect();
        format!("示例区新设第{n}局,新{n}局,x{letters},区直单位,示例批复")
    };
    let rows: Vec<String> = (0..UNITS).map(row).collect();
    let table = format!("全称,简称,代码,类别,依据\n{}\n", rows.join("\n"));
    let coordinator = app.staff(Role::Coordinator, None).await;
    let intake = coordinator
        .upload("/intake/units", &[], ("table", "新单位.csv", table.as_bytes()))
        .await
        .expect(303)
        .location();
    coordinator.submit(&format!("{intake}/confirm"), &[]).await.expect(303);
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
    // A session and the proof of who has it outlive the jumps of clocks and long runs of rounds here; that they end is
    // another test's subject.
    let text = format!(
        "data = '{}'\nkeys = '{}'\nlisten = '{public}'\ndesk_listen = '{desk}'\n\
         [site]\npublic_url = 'https://www.example.gov.cn'\ndesk_url = '{DESK}'\n\
         [database]\nurl = '{}'\n[log]\nlevel = 'error'\n[sign_in]\nidle_minutes = 720\nproof_minutes = 720\n{more}",
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
