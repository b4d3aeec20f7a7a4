//! Rounds: work, a fault in the middle of it, a new start, and everything promised is there once.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use futures::FutureExt as _;
use gongkai::config::Config;
use kit::account::Actor;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use stories::{Database, TestApp, TestClock, Visitor, gongkai, word};

use crate::house::{
    Beginning, answers, at_desk, config, config_file, copy, data_in, free_addresses, is_alive, serving,
};
use crate::post::Post;
use crate::rig::order::{Ended, Run};
use crate::{Bench, Chance, Faults, Point, check, outbox, program};

const TABLE: &[u8] = include_bytes!("../../../crates/breakdown/samples/2021-cangshan-task-breakdown.docx");
/// Documents of an import: more than go into one transaction.
const DOCUMENTS: usize = 104;
/// Things of each kind that are sent to the desk.
const SENT: usize = 4;
const PUBLIC: usize = 3;

/// What is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// `gongkai documents import`.
    Import,
    /// `gongkai breakdown import`.
    Breakdown,
    /// The served desk: uploads, releases, marks, take-downs, documents sent for approval, addresses, with the sequencer, the
    /// index and the jobs beside them.
    Desk,
    /// The served program with a full queue: notices that become mail, rows of an intake.
    Outbox,
}

/// What becomes of a number of rounds.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Tally {
    /// Rounds survived.
    pub survived: usize,
    /// Points that the runs without a fault passed, by class, with how often.
    pub classes: BTreeMap<String, usize>,
    /// Faults that came at a named point, by class.
    pub faults: BTreeMap<String, usize>,
    /// Faults whose point the run did not reach, so that the program was killed at the end of its work.
    pub elsewhere: usize,
    /// Rounds whose fault was a power cut.
    pub cuts: usize,
    /// Of them those that lost unsynced bytes or names.
    pub lossy: usize,
    /// Things promised (answered or printed) before the fault.
    pub promised: usize,
    /// Messages that arrived more than once, under the same Message-ID and saying so.
    pub doubled: usize,
}

type Classes = BTreeMap<(String, String), usize>;

/// What rounds begin with and choose from.
struct Scene {
    beginning: Beginning,
    documents: PathBuf,
    _input: tempfile::TempDir,
    points: BTreeMap<Work, Classes>,
}

/// Everything that rounds share.
pub struct Rounds {
    scene: Scene,
    /// The count so far.
    pub tally: Tally,
}

impl Rounds {
    /// Prepares: makes the district, and passes each kind of work once without a fault to list its points.
    pub async fn prepare(database: Option<Database>) -> Rounds {
        let input = tempfile::TempDir::new().unwrap();
        let documents = documents_file(input.path());
        std::fs::write(input.path().join("分解表.docx"), TABLE).unwrap();
        let mut scene = Scene {
            beginning: Beginning::busy(database, SENT, PUBLIC, SENT).await,
            documents,
            _input: input,
            points: BTreeMap::new(),
        };
        let mut tally = Tally::default();
        for work in [Work::Import, Work::Breakdown, Work::Desk, Work::Outbox] {
            let classes = Round::begin(&scene).await.pass(work).await;
            for ((operation, path), count) in &classes {
                *tally.classes.entry(format!("{operation}:{path}")).or_default() += count;
            }
            scene.points.insert(work, classes);
        }
        Rounds { scene, tally }
    }

    /// One round, decided by its seed.
    ///
    /// # Panics
    /// When something promised is missing, or something is half or double. What the round has left is kept then.
    pub async fn round(&mut self, seed: u64) {
        let mut chance = Chance::of(seed);
        let work = *chance.one_of(&[
            Work::Import,
            Work::Breakdown,
            Work::Desk,
            Work::Desk,
            Work::Outbox,
            Work::Outbox,
        ]);
        let mut round = Round::begin(&self.scene).await;
        let surviving = AssertUnwindSafe(round.survive(work, &mut chance, &mut self.tally)).catch_unwind();
        if let Err(broken) = surviving.await {
            println!(
                "  the round of seed {seed} is broken; what it left is kept in {}",
                round.keep(seed).display()
            );
            resume_unwind(broken);
        }
        self.tally.survived += 1;
    }
}

/// A class of points by chance, and one of its points.
fn point(classes: &Classes, chance: &mut Chance) -> Point {
    let classes: Vec<_> = classes.iter().collect();
    let ((operation, pattern), count) = chance.one_of(&classes);
    let nth = 1 + chance.below(**count as u64) as usize;
    Point {
        operation: operation.clone(),
        pattern: pattern.clone(),
        nth,
    }
}

/// A path with `*` for what differs from run to run.
fn class_of(path: &str) -> String {
    let varies = |part: &str| {
        let hexadecimal = part.chars().filter(char::is_ascii_hexdigit).count();
        part.len() == 2 && hexadecimal == 2 || hexadecimal >= 16 || part.starts_with(".tmp") || part.contains('#')
    };
    let parts: Vec<String> = path
        .split('/')
        .map(|part| match part.rsplit_once('.') {
            _ if !varies(part) => part.to_string(),
            Some((head, ending)) if !head.is_empty() && !varies(ending) => format!("*.{ending}"),
            _ => "*".to_string(),
        })
        .collect();
    parts.join("/")
}

fn documents_file(folder: &Path) -> PathBuf {
    let file = folder.join("documents.jsonl");
    let line = |n: usize| {
        serde_json::json!({
            "url": format!("https://old.example.gov.cn/{n}.html"),
            "title": format!("示例区旧站第{n}号通知"),
            "issuer": "示例区财政局",
            "published": format!("2020-{:02}-{:02}", n % 12 + 1, n % 28 + 1),
            "html": format!("<h1>示例区旧站第{n}号通知</h1><p>第{n}件事怎么办理。</p>"),
        })
        .to_string()
    };
    std::fs::write(&file, (0..DOCUMENTS).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    file
}

struct Round<'a> {
    scene: &'a Scene,
    bench: Bench,
    post: Post,
    database: String,
    _copy: Option<Database>,
    tells_points: bool,
    promises: Vec<Promise>,
    /// What the disk held when the program started again.
    left: Option<tempfile::TempDir>,
}

/// What the program has said is done.
enum Promise {
    Imported,
    Breakdown,
    Released(String),
    Ended(String, &'static str),
    Uploaded(String),
    /// A document was sent for approval, and who approves will be told by mail.
    Told(String),
    /// An address was entered, and a code will be sent there.
    Entered,
}

impl<'a> Round<'a> {
    async fn begin(scene: &'a Scene) -> Round<'a> {
        let bench = Bench::new();
        scene.beginning.lay(bench.folder());
        let copy = match &scene.beginning.database {
            Some(original) => Some(original.copy().await),
            None => None,
        };
        let database = copy.as_ref().map_or(String::new(), |copy| copy.url.clone());
        Round {
            scene,
            bench,
            post: Post::start(&scene.beginning.mails),
            database,
            _copy: copy,
            tells_points: false,
            promises: Vec::new(),
            left: None,
        }
    }

    /// Passes the work without a fault, and tells which points there are.
    async fn pass(mut self, work: Work) -> Classes {
        self.tells_points = true;
        let ended = self.work(work, None, &mut Chance::of(1)).await;
        let mut classes = Classes::new();
        for (operation, path) in ended.points {
            // Of a start and of what is served there are points enough in the work at the desk.
            if work != Work::Outbox || path == "smtp" || path == "postgres" || path.ends_with(".sqlite-wal") {
                *classes.entry((operation, class_of(&path))).or_default() += 1;
            }
        }
        classes
    }

    async fn survive(&mut self, work: Work, chance: &mut Chance, tally: &mut Tally) {
        // Sometimes a kill comes first and leaves a half-synced disk to the run that the power cut ends. What was killed in
        // the middle of a job is not taken up again within the time of a round.
        let faults = if work != Work::Outbox && chance.happens(25) {
            2
        } else {
            1
        };
        for _ in 0..faults {
            let point = point(&self.scene.points[&work], chance);
            println!("  {work:?} until {point}");
            let class = format!("{}:{}", point.operation, point.pattern);
            if self.work(work, Some(point), chance).await.reached {
                *tally.faults.entry(class).or_default() += 1;
            } else {
                tally.elsewhere += 1;
            }
        }
        tally.promised += self.promises.len();
        if chance.happens(85) {
            let cut = self.bench.cut(chance.draw());
            tally.cuts += 1;
            tally.lossy += usize::from(cut.lost_changes + cut.lost_names > 0);
        }
        let left = tempfile::TempDir::new().unwrap();
        copy(self.bench.folder(), left.path());
        self.left = Some(left);
        tally.doubled += self.start_again_and_check(work).await;
    }

    fn run(&self, mut run: Run, point: Option<Point>) -> Run {
        run.point = point;
        run.tells_points = self.tells_points;
        // What somebody who is killed leaves behind goes with the bench.
        let beside = self.bench.beside().to_str().unwrap().to_string();
        run.environment.insert("TMPDIR".into(), beside);
        let port = self
            .database
            .rsplit_once('/')
            .and_then(|(head, _)| head.rsplit_once(':')?.1.parse().ok());
        run.servers = port
            .into_iter()
            .map(|port: u16| (port, "postgres".to_string()))
            .chain([(self.post.port(), "smtp".to_string())])
            .collect();
        run
    }

    fn config(&self) -> Config {
        let mut config = config(&data_in(self.bench.folder()), &self.database);
        self.post.put_into(&mut config);
        config
    }

    fn config_file(&self, addresses: [std::net::SocketAddr; 2]) -> PathBuf {
        config_file(self.bench.beside(), &self.config(), addresses, &self.post.settings())
    }

    fn command(&self, words: &[&str]) -> Run {
        let config = self.config_file(free_addresses());
        let own = gongkai();
        let words = [own.to_str().unwrap()].into_iter().chain(words.iter().copied());
        program(words.chain(["--config", config.to_str().unwrap()]))
    }

    /// Works until it is done or the fault comes; says how it ended.
    async fn work(&mut self, work: Work, point: Option<Point>, chance: &mut Chance) -> Ended {
        match work {
            Work::Import => {
                let file = self.scene.documents.to_str().unwrap().to_string();
                let run = self.command(&["documents", "import", &file, "--unit", "区财政局", "--kind", "notice"]);
                let ended = self.bench.run(self.run(run, point));
                if self.bench.output().contains("拒绝 0 件") {
                    self.promises.push(Promise::Imported);
                }
                ended
            }
            Work::Breakdown => {
                let file = self.scene.documents.with_file_name("分解表.docx");
                let run = self.command(&["breakdown", "import", file.to_str().unwrap()]);
                let ended = self.bench.run(self.run(run, point));
                if self.bench.output().contains("已导入") {
                    self.promises.push(Promise::Breakdown);
                }
                ended
            }
            Work::Desk | Work::Outbox => self.serve(work, point, chance).await,
        }
    }

    async fn serve(&mut self, work: Work, point: Option<Point>, chance: &mut Chance) -> Ended {
        let addresses = free_addresses();
        let config = self.config_file(addresses);
        let pid = self.bench.start(self.run(serving(&config), point));
        if answers(addresses[1], || !is_alive(pid)).await {
            if work == Work::Desk {
                self.post_everything(addresses[1]).await;
            }
            // What goes on beside the requests gets its turn too.
            self.until_mail_came(pid).await;
            tokio::time::sleep(Duration::from_millis(chance.below(700))).await;
        }
        if self.tells_points {
            self.bench.end();
        } else {
            self.bench.kill();
        }
        self.bench.wait()
    }

    /// Waits until there is all the mail that was promised, the program has ended, or a while has passed: what somebody
    /// killed was sending comes when its lease is over.
    async fn until_mail_came(&self, pid: i32) {
        let promised = self
            .promises
            .iter()
            .filter(|promise| matches!(promise, Promise::Told(_) | Promise::Entered));
        let all = self.scene.beginning.mails.lines().count() + SENT + PUBLIC + promised.count();
        for _ in 0..200 {
            if self.post.deliveries().len() >= all || !is_alive(pid) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn post_everything(&mut self, desk: std::net::SocketAddr) {
        let beginning = &self.scene.beginning;
        let drafter = at_desk(desk, &beginning.drafter);
        let approver = at_desk(desk, &beginning.approver);
        for n in 0..SENT {
            let released = &beginning.approved[n];
            if drafter.submit(&format!("{released}/release"), &[]).await.status == 303 {
                self.promises.push(Promise::Released(released.clone()));
            }
            let described = &beginning.described[n];
            if drafter.submit(&format!("{described}/submit"), &[]).await.status == 303 {
                self.promises.push(Promise::Told(described.clone()));
            }
            if let Some(document) = uploaded(&drafter, &beginning.unit, n).await {
                self.promises.push(Promise::Uploaded(document));
            }
            let address = format!("drafter-{n}@example.gov.cn");
            if drafter.submit("/addresses/mail", &[("mail", &address)]).await.status == 303 {
                self.promises.push(Promise::Entered);
            }
            if let Some(document) = beginning.public.get(n) {
                let (act, state) = if n % 2 == 0 {
                    ("mark", "marked")
                } else {
                    ("take-down", "taken_down")
                };
                let reason = [("reason", "示例：内容有误")];
                if approver.submit(&format!("{document}/{act}"), &reason).await.status == 303 {
                    self.promises.push(Promise::Ended(document.clone(), state));
                }
            }
        }
    }

    /// Keeps what a round has left that was not survived, and says where.
    fn keep(&self, seed: u64) -> PathBuf {
        let place = std::env::var_os("FAULTS_EVIDENCE").map_or_else(std::env::temp_dir, PathBuf::from);
        let kept = place.join(format!("gongkai-fault-{seed}"));
        let disk = self.left.as_ref().map_or(self.bench.folder(), |left| left.path());
        for (what, from) in [
            ("disk", disk),
            ("beside", self.bench.beside()),
            ("post", self.post.folder()),
        ] {
            copy(from, &kept.join(what));
        }
        if !self.database.is_empty() {
            let dump = kept.join("database.sql");
            // Where PostgreSQL's clients are not installed, there is only what the test says.
            let _ = Command::new("pg_dump")
                .arg(&self.database)
                .arg("--file")
                .arg(dump)
                .status();
        }
        kept
    }

    /// Starts the program again on what is left, lets it finish, and looks; says how many messages arrived more than once.
    async fn start_again_and_check(&mut self, work: Work) -> usize {
        self.bench.faults(Faults::default());
        let ended = match work {
            Work::Desk | Work::Outbox => {
                let addresses = free_addresses();
                let config = self.config_file(addresses);
                let pid = self.bench.start(self.run(serving(&config), None));
                assert!(
                    answers(addresses[1], || !is_alive(pid)).await,
                    "{}",
                    self.bench.errors()
                );
                self.bench.end();
                self.bench.wait()
            }
            _ => self.work(work, None, &mut Chance::of(1)).await,
        };
        assert_eq!(ended.code, Some(0), "{}", self.bench.errors());
        let clock = TestClock::default();
        clock.set(chrono::Utc::now());
        let app = TestApp::open(self.config(), clock).await;
        end_the_lease(&app).await;
        app.publishing.settle(&app.site).await.unwrap();
        outbox::settle(&app).await;
        check::holds(&app).await;
        let doubled = outbox::holds(&app, &self.post).await;
        for promise in &self.promises {
            kept(&app, promise).await;
        }
        let entered = self
            .promises
            .iter()
            .filter(|promise| matches!(promise, Promise::Entered))
            .count();
        let deeds = app
            .number("SELECT count(*) FROM audit_entry WHERE action = 'account.enter_address'")
            .await;
        assert!(
            deeds > entered as i64,
            "{deeds} addresses entered with that of who approves, {entered} promised"
        );
        app.close().await;
        doubled
    }
}

/// Uploads a document of a unit; where it stands, when that was answered.
async fn uploaded(drafter: &Visitor, unit: &str, n: usize) -> Option<String> {
    let title = format!("示例区新的第{n}号规定");
    let bytes = word::of_lines(&[&title, "怎么办理。"]);
    let fields = [("unit", unit), ("kind", "normative")];
    let file = ("file", "新规定.docx", bytes.as_slice());
    let sent = drafter.upload("/documents/new", &fields, file).await;
    (sent.status == 303).then(|| sent.location().trim_end_matches("/metadata").to_string())
}

/// Whoever was killed may have held the sequencer's lease, which would end by itself some seconds later.
async fn end_the_lease(app: &TestApp) {
    let by = Actor::program("测试");
    let ending = app.site.write(&by, |tx| async move {
        tx.housekeeping();
        tx.on().execute_unprepared("DELETE FROM sequencer_lease").await?;
        Ok::<_, kit::Error>(())
    });
    ending.await.unwrap();
}

async fn kept(app: &TestApp, promise: &Promise) {
    let count = async |sql: String| app.number(&format!("SELECT count(*) FROM {sql}")).await;
    let id = |document: &str| {
        let id: uuid::Uuid = document.rsplit_once('/').unwrap().1.parse().unwrap();
        match app.site.db.backend() {
            sea_orm::DbBackend::Sqlite => format!("x'{}'", id.simple()),
            _ => format!("'{id}'"),
        }
    };
    match promise {
        Promise::Imported => {
            assert_eq!(
                count("document WHERE source_key IS NOT NULL".into()).await,
                DOCUMENTS as i64
            );
        }
        Promise::Breakdown => assert_eq!(count("breakdown".into()).await, 1),
        Promise::Released(document) => {
            let releases = count(format!("document_release WHERE document = {}", id(document))).await;
            assert_eq!(releases, 1, "released: {document}");
        }
        Promise::Ended(document, state) => {
            let ended = format!("document WHERE id = {} AND public_state = '{state}'", id(document));
            assert_eq!(count(ended).await, 1, "{state}: {document}");
        }
        Promise::Uploaded(document) => {
            let revisions = count(format!("revision WHERE document = {}", id(document))).await;
            assert_eq!(revisions, 1, "uploaded: {document}");
        }
        Promise::Told(document) => {
            let id = document.rsplit_once('/').unwrap().1;
            let told =
                format!("notice WHERE kind = 'reminder' AND subject = 'document:{id}' AND event LIKE 'submitted:%'");
            assert_eq!(count(told).await, 1, "sent for approval: {document}");
        }
        // Counted together.
        Promise::Entered => {}
    }
}
