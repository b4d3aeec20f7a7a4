//! Several nodes: processes of the real program on one PostgreSQL and one S3-compatible store.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use gongkai::config::Config;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use stories::office::Office;
use stories::{Database, TestApp, TestClock, Visitor, gongkai, program};
use tempfile::TempDir;

use crate::house::{UNIT, answers, at_desk, config, config_file, data_in, free_addresses};

/// A district whose nodes share a database and a store.
pub struct District {
    /// One that looks on: it has the database open, and serves and follows nothing.
    pub looker: TestApp,
    /// Drafter and approver, signed in.
    pub office: Office,
    database: Database,
    store: Store,
    folders: Vec<TempDir>,
}

impl District {
    /// An empty one, with an office of two.
    pub async fn new() -> District {
        let (database, store, folder) = (Database::postgres().await, Store::start(), TempDir::new().unwrap());
        let mut own = config(&data_in(folder.path()), &database.url);
        store.put_into(&mut own);
        let clock = TestClock::default();
        clock.set(chrono::Utc::now());
        let looker = TestApp::open(own, clock).await;
        looker.found().await;
        let office = Office::of(&looker, UNIT).await;
        District {
            looker,
            office,
            database,
            store,
            folders: vec![folder],
        }
    }

    /// Makes documents ready to be released and returns where they stand on the desk.
    pub async fn approved(&self, titles: &[String]) -> Vec<String> {
        let mut documents = Vec::new();
        for title in titles {
            let bytes = stories::word::of_lines(&[title, "怎么办理。"]);
            let document = self.office.upload(&self.looker, UNIT, "规定.docx", &bytes).await;
            self.office.describe(&document, &[]).await.expect(303);
            self.office
                .drafter
                .submit(&format!("{document}/submit"), &[])
                .await
                .expect(303);
            self.office.approve(&document).await.expect(303);
            documents.push(document);
        }
        documents
    }

    /// A node with a data directory of its own.
    pub async fn node(&mut self) -> Node {
        let url = self.database.url.clone();
        self.node_on(&url, &BTreeMap::new()).await
    }

    /// A node that reaches the database by this address and has this environment.
    pub async fn node_on(&mut self, url: &str, environment: &BTreeMap<String, String>) -> Node {
        let folder = TempDir::new().unwrap();
        let addresses = free_addresses();
        let mut own = config(&data_in(folder.path()), url);
        // Nodes share the keys, as they share what is sealed with them.
        own.keys = self.looker.config.keys_folder();
        let file = config_file(folder.path(), &own, addresses, &self.store.settings());
        self.folders.push(folder);
        let [public, desk] = addresses;
        let mut node = Node {
            process: None,
            config: file,
            public,
            desk,
            environment: environment.clone(),
        };
        node.start().await;
        node
    }

    /// The database's address.
    pub fn database(&self) -> &str {
        &self.database.url
    }

    /// How many rows a part of a statement after FROM has.
    pub async fn count(&self, from: &str) -> i64 {
        self.looker.number(&format!("SELECT count(*) FROM {from}")).await
    }
}

/// A process of the program.
pub struct Node {
    process: Option<Child>,
    config: PathBuf,
    /// Where the public face listens.
    pub public: SocketAddr,
    /// Where the desk listens.
    pub desk: SocketAddr,
    environment: BTreeMap<String, String>,
}

impl Node {
    /// Starts it and waits until it answers.
    pub async fn start(&mut self) {
        let mut process = Command::new(gongkai())
            .args(["serve", "--config"])
            .arg(&self.config)
            .envs(&self.environment)
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        assert!(
            answers(self.desk, || process.try_wait().unwrap().is_some()).await,
            "the node ended by itself"
        );
        self.process = Some(process);
    }

    fn signal(&self, signal: Signal) {
        let process = self.process.as_ref().expect("the node runs");
        kill(Pid::from_raw(process.id() as i32), signal).unwrap();
    }

    /// Kills it, like a machine that fails.
    pub fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        self.process.take().unwrap().wait().unwrap();
    }

    /// Asks it to end, and waits until it has.
    pub async fn end(&mut self) -> ExitStatus {
        self.signal(Signal::SIGTERM);
        let mut process = self.process.take().unwrap();
        tokio::task::spawn_blocking(move || process.wait().unwrap())
            .await
            .unwrap()
    }

    /// Makes it stand still, like a machine whose host is overloaded.
    pub fn stop(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub fn go_on(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Somebody on its public site.
    pub fn citizen(&self) -> Visitor {
        Visitor::over(self.public, "https://www.example.gov.cn")
    }

    /// Somebody at its desk who has not signed in.
    pub fn stranger(&self) -> Visitor {
        Visitor::over(self.desk, "https://desk.example.gov.cn")
    }

    /// Somebody at its desk with the session he has elsewhere.
    pub async fn desk_of(&self, visitor: &Visitor) -> Visitor {
        at_desk(self.desk, &(visitor.cookie().unwrap(), visitor.token().await))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            // It may have ended already, and it may stand still.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// An S3-compatible store in a process of its own.
struct Store {
    process: Child,
    address: String,
    _folder: TempDir,
}

impl Store {
    fn start() -> Store {
        let folder = TempDir::new().unwrap();
        let mut process = Command::new(program("s3-store"))
            .arg(folder.path())
            .arg("127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("s3-store is built with the tests of this package");
        let mut address = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut address)
            .unwrap();
        Store {
            process,
            address: format!("http://{}", address.trim()),
            _folder: folder,
        }
    }

    fn settings(&self) -> String {
        format!(
            "[blobs]\nendpoint = '{}'\nbucket = 'gongkai'\nregion = 'us-east-1'\naccess_key = 'access'\nsecret_key = 'secret'\n",
            self.address
        )
    }

    fn put_into(&self, config: &mut Config) {
        config.blobs.endpoint = self.address.clone();
        config.blobs.bucket = "gongkai".into();
        config.blobs.region = "us-east-1".into();
        config.blobs.access_key = "access".into();
        config.blobs.secret_key = "secret".into();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The folder a library for moved clocks can be compiled into.
pub fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// Says by how many seconds a moved clock is ahead.
pub fn set_clock(control: &Path, seconds: i64) {
    std::fs::write(control, seconds.to_string()).unwrap();
}
