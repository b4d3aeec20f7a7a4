//! Rounds: work, a fault in the middle of it, a new start, and everything promised is there once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gongkai::config::Config;
use kit::account::Actor;
use sea_orm::ConnectionTrait;
use stories::{Database, TestApp, TestClock, gongkai, word};

use crate::house::{Beginning, answers, at_desk, config, config_file, copy, data_in, ended, free_addresses, serving};
use crate::rig::order::{Ended, Run};
use crate::{Bench, Chance, Faults, Point, check, program};

const TABLE: &[u8] = include_bytes!("../../../crates/breakdown/samples/2021-cangshan-task-breakdown.docx");
/// Documents of an import: more than go into one transaction.
const DOCUMENTS: usize = 104;

/// What is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Work {
    /// `gongkai documents import`.
    Import,
    /// `gongkai breakdown import`.
    Breakdown,
    /// The served desk: uploads, releases, marks, take-downs, with the sequencer and the index beside them.
    Desk,
}

/// What becomes of a number of rounds.
#[derive(Debug, Default, Clone)]
pub struct Tally {
    /// Rounds survived.
    pub survived: usize,
    /// Points that the runs without a fault passed, by class, with how often.
    pub classes: BTreeMap<String, usize>,
    /// Rounds whose fault was a power cut.
    pub cuts: usize,
    /// Of them those that lost unsynced bytes or names.
    pub lossy: usize,
    /// Rounds whose fault came at a named point that was reached.
    pub at_points: usize,
    /// Things promised (answered or printed) before the fault.
    pub promised: usize,
}

/// Everything that rounds share.
pub struct Rounds {
    beginning: Beginning,
    documents: PathBuf,
    _input: tempfile::TempDir,
    points: BTreeMap<Work, BTreeMap<(String, String), usize>>,
    /// The count so far.
    pub tally: Tally,
}

impl Rounds {
    /// Prepares: makes the district, and passes each kind of work once without a fault to list its points.
    pub async fn prepare(database: Option<Database>) -> Rounds {
        let input = tempfile::TempDir::new().unwrap();
        let documents = documents_file(input.path());
        std::fs::write(input.path().join("分解表.docx"), TABLE).unwrap();
        let beginning = Beginning::new(database, 4, 3).await;
        let mut rounds = Rounds {
            beginning,
            documents,
            _input: input,
            points: BTreeMap::new(),
            tally: Tally::default(),
        };
        for work in [Work::Import, Work::Breakdown, Work::Desk] {
            let mut round = Round::begin(&rounds.beginning, &rounds.documents).await;
            round.tells_points = true;
            let (ended, _) = round.work(work, None, &mut Chance::of(1)).await;
            let classes = rounds.points.entry(work).or_default();
            for (operation, path) in ended.points {
                *classes.entry((operation, class_of(&path))).or_default() += 1;
            }
        }
        for ((operation, path), count) in rounds.points.values().flatten() {
            *rounds.tally.classes.entry(format!("{operation}:{path}")).or_default() += count;
        }
        rounds
    }

    /// One round, decided by its seed.
    ///
    /// # Panics
    /// When something promised is missing, or something is half or double.
    pub async fn round(&mut self, seed: u64) {
        let mut chance = Chance::of(seed);
        let work = *chance.one_of(&[Work::Import, Work::Breakdown, Work::Desk, Work::Desk, Work::Desk]);
        let mut round = Round::begin(&self.beginning, &self.documents).await;
        // Sometimes a kill comes first and leaves a half-synced disk to the run that the power cut ends.
        let faults = if chance.happens(25) { 2 } else { 1 };
        for _ in 0..faults {
            let point = self.point(work, &mut chance);
            println!("  {work:?} until {point}");
            let (ended, promised) = round.work(work, Some(point), &mut chance).await;
            self.tally.at_points += usize::from(ended.reached);
            self.tally.promised += promised;
        }
        if chance.happens(85) {
            let cut = round.bench.cut(chance.draw());
            self.tally.cuts += 1;
            self.tally.lossy += usize::from(cut.lost_changes + cut.lost_names > 0);
        }
        round.start_again_and_check(work).await;
        self.tally.survived += 1;
    }

    /// A class of points by chance, and one of its points.
    fn point(&self, work: Work, chance: &mut Chance) -> Point {
        let classes: Vec<_> = self.points[&work].iter().collect();
        let ((operation, pattern), count) = chance.one_of(&classes);
        let nth = 1 + chance.below(**count as u64) as usize;
        Point {
            operation: operation.clone(),
            pattern: pattern.clone(),
            nth,
        }
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
    beginning: &'a Beginning,
    documents: &'a Path,
    bench: Bench,
    database: String,
    _copy: Option<Database>,
    tells_points: bool,
    promises: Vec<Promise>,
}

/// What the program has said is done.
enum Promise {
    Imported,
    Breakdown,
    Released(String),
    Ended(String, &'static str),
    Uploaded(String),
}

impl<'a> Round<'a> {
    async fn begin(beginning: &'a Beginning, documents: &'a Path) -> Round<'a> {
        let bench = Bench::new();
        beginning.lay(bench.folder());
        let copy = match &beginning.database {
            Some(original) => Some(original.copy().await),
            None => None,
        };
        let database = copy.as_ref().map_or(String::new(), |copy| copy.url.clone());
        let tells_points = false;
        Round {
            beginning,
            documents,
            bench,
            database,
            _copy: copy,
            tells_points,
            promises: Vec::new(),
        }
    }

    fn run(&self, mut run: Run, point: Option<Point>) -> Run {
        run.point = point;
        run.tells_points = self.tells_points;
        let port = self
            .database
            .rsplit_once('/')
            .and_then(|(head, _)| head.rsplit_once(':')?.1.parse().ok());
        run.servers = port
            .into_iter()
            .map(|port: u16| (port, "postgres".to_string()))
            .collect();
        run
    }

    fn config(&self) -> Config {
        config(&data_in(self.bench.folder()), &self.database)
    }

    fn command(&self, words: &[&str]) -> Run {
        let config = config_file(self.bench.beside(), &self.config(), free_addresses(), "");
        let own = gongkai();
        let words = [own.to_str().unwrap()].into_iter().chain(words.iter().copied());
        program(words.chain(["--config", config.to_str().unwrap()]))
    }

    /// Works until it is done or the fault comes; says how it ended and how much was promised.
    async fn work(&mut self, work: Work, point: Option<Point>, chance: &mut Chance) -> (Ended, usize) {
        let before = self.promises.len();
        let ended = match work {
            Work::Import => {
                let file = self.documents.to_str().unwrap().to_string();
                let run = self.command(&["documents", "import", &file, "--unit", "区财政局", "--kind", "notice"]);
                let ended = self.bench.run(self.run(run, point));
                if self.bench.output().contains("拒绝 0 件") {
                    self.promises.push(Promise::Imported);
                }
                ended
            }
            Work::Breakdown => {
                let file = self.documents.with_file_name("分解表.docx");
                let run = self.command(&["breakdown", "import", file.to_str().unwrap()]);
                let ended = self.bench.run(self.run(run, point));
                if self.bench.output().contains("已导入") {
                    self.promises.push(Promise::Breakdown);
                }
                ended
            }
            Work::Desk => self.at_the_desk(point, chance).await,
        };
        (ended, self.promises.len() - before)
    }

    async fn at_the_desk(&mut self, point: Option<Point>, chance: &mut Chance) -> Ended {
        let addresses = free_addresses();
        let config = config_file(self.bench.beside(), &self.config(), addresses, "");
        let pid = self.bench.start(self.run(serving(&config), point));
        if answers(addresses[1], ended(&self.bench, pid)).await {
            self.post_everything(addresses[1]).await;
            // The loops beside the requests get their turn too.
            tokio::time::sleep(Duration::from_millis(chance.below(700))).await;
        }
        if self.tells_points {
            self.bench.end();
        } else {
            self.bench.kill();
        }
        self.bench.wait()
    }

    async fn post_everything(&mut self, desk: std::net::SocketAddr) {
        let drafter = at_desk(desk, &self.beginning.drafter);
        let approver = at_desk(desk, &self.beginning.approver);
        let unit = self.beginning.unit.clone();
        for n in 0..4 {
            let release = format!("{}/release", self.beginning.approved[n]);
            if drafter.submit(&release, &[]).await.status == 303 {
                self.promises
                    .push(Promise::Released(self.beginning.approved[n].clone()));
            }
            let title = format!("示例区新的第{n}号规定");
            let bytes = word::of_lines(&[&title, "怎么办理。"]);
            let fields = [("unit", unit.as_str()), ("kind", "normative")];
            let sent = drafter
                .upload("/documents/new", &fields, ("file", "新规定.docx", &bytes))
                .await;
            if sent.status == 303 {
                let document = sent.location().trim_end_matches("/metadata").to_string();
                self.promises.push(Promise::Uploaded(document));
            }
            if let Some(document) = self.beginning.public.get(n) {
                let (act, state) = if n % 2 == 0 {
                    ("mark", "marked")
                } else {
                    ("take-down", "taken_down")
                };
                let sent = approver
                    .submit(&format!("{document}/{act}"), &[("reason", "示例：内容有误")])
                    .await;
                if sent.status == 303 {
                    self.promises.push(Promise::Ended(document.clone(), state));
                }
            }
        }
    }

    /// Keeps what a round has left that was not survived, and says where.
    fn left_behind(&self) -> String {
        let kept = std::env::temp_dir().join(format!("gongkai-fault-{}", uuid::Uuid::now_v7().simple()));
        copy(self.bench.folder(), &kept);
        format!("what the disk held is kept in {}", kept.display())
    }

    /// Starts the program again on what is left, lets it finish, and looks.
    async fn start_again_and_check(&mut self, work: Work) {
        self.bench.faults(Faults::default());
        let ended = match work {
            Work::Desk => {
                let addresses = free_addresses();
                let config = config_file(self.bench.beside(), &self.config(), addresses, "");
                let pid = self.bench.start(serving(&config));
                assert!(
                    answers(addresses[1], ended(&self.bench, pid)).await,
                    "{}",
                    self.bench.errors()
                );
                self.bench.end();
                self.bench.wait()
            }
            _ => self.work(work, None, &mut Chance::of(1)).await.0,
        };
        assert_eq!(ended.code, Some(0), "{}\n{}", self.bench.errors(), self.left_behind());
        let clock = TestClock::default();
        clock.set(chrono::Utc::now());
        let app = TestApp::open(self.config(), clock).await;
        end_the_lease(&app).await;
        app.publishing.settle(&app.site).await.unwrap();
        check::holds(&app).await;
        for promise in &self.promises {
            kept(&app, promise).await;
        }
        app.close().await;
    }
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
            assert_eq!(
                count(format!("revision WHERE document = {}", id(document))).await,
                1,
                "uploaded: {document}"
            );
        }
    }
}
