//! A program under the rig, as a test holds it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::rig::disk::Cut;
use crate::rig::order::{Ended, Faults, News, Order, Run};

/// A folder whose disk obeys a test.
pub struct Bench {
    rig: Child,
    orders: ChildStdin,
    news: BufReader<ChildStdout>,
    folder: TempDir,
    beside: TempDir,
}

impl Bench {
    /// An empty folder in memory where there is such a place: what is durable decides the rig, not the machine.
    pub fn new() -> Bench {
        let place = std::env::var_os("FAULTS_DISK").map_or_else(|| PathBuf::from("/dev/shm"), PathBuf::from);
        let place = if place.is_dir() { place } else { std::env::temp_dir() };
        let folder = TempDir::new_in(place).unwrap();
        let mut rig = Command::new(stories::program("fault-rig"))
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("fault-rig is built with the tests of this package");
        let (orders, news) = (rig.stdin.take().unwrap(), BufReader::new(rig.stdout.take().unwrap()));
        Bench {
            rig,
            orders,
            news,
            folder,
            beside: TempDir::new().unwrap(),
        }
    }

    /// The watched folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A folder beside it for what is not watched: configurations, input, output.
    pub fn beside(&self) -> &Path {
        self.beside.path()
    }

    fn order(&mut self, order: &Order) {
        let line = serde_json::to_string(order).unwrap();
        writeln!(self.orders, "{line}").unwrap();
        self.orders.flush().unwrap();
    }

    fn hear(&mut self) -> News {
        let mut line = String::new();
        self.news.read_line(&mut line).unwrap();
        match serde_json::from_str(&line).expect("the rig speaks") {
            News::Failed(why) => panic!("the rig failed: {why}"),
            news => news,
        }
    }

    /// Starts a program; its output goes to the files `output` and `errors` beside the folder.
    pub fn start(&mut self, mut run: Run) -> i32 {
        for (file, place) in [("output", &mut run.output), ("errors", &mut run.errors)] {
            *place = self.beside.path().join(file);
            std::fs::write(&place, b"").unwrap();
        }
        self.order(&Order::Run(Box::new(run)));
        match self.hear() {
            News::Started(pid) => pid,
            news => panic!("{news:?} instead of a start"),
        }
    }

    /// Waits until the program has ended.
    ///
    /// # Panics
    /// When the rig was blind to something: then it proves nothing.
    pub fn wait(&mut self) -> Ended {
        match self.hear() {
            News::Ended(ended) => {
                assert!(ended.blind.is_empty(), "the rig cannot see {:?}", ended.blind);
                ended
            }
            news => panic!("{news:?} instead of an end"),
        }
    }

    /// Waits until the program stands still at its point; false when it ended without reaching it.
    pub fn wait_until_frozen(&mut self) -> bool {
        matches!(self.hear(), News::Frozen)
    }

    /// Runs a program to its end.
    pub fn run(&mut self, run: Run) -> Ended {
        self.start(run);
        self.wait()
    }

    /// Kills the program; it must still be waited for.
    pub fn kill(&mut self) {
        self.order(&Order::Kill);
    }

    /// Asks the program to end; it must still be waited for.
    pub fn end(&mut self) {
        self.order(&Order::End);
    }

    /// Lets a frozen program go on.
    pub fn thaw(&mut self) {
        self.order(&Order::Thaw);
    }

    /// Makes the disk misbehave, or behave again.
    pub fn faults(&mut self, faults: Faults) {
        self.order(&Order::Faults(faults));
    }

    /// The power goes and comes back. Nothing may run.
    pub fn cut(&mut self, seed: u64) -> Cut {
        self.order(&Order::Cut(seed));
        match self.hear() {
            News::Cut(cut) => cut,
            news => panic!("{news:?} instead of a cut"),
        }
    }

    /// What the program has printed so far.
    pub fn output(&self) -> String {
        std::fs::read_to_string(self.beside.path().join("output")).unwrap_or_default()
    }

    /// What it has complained of so far.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.beside.path().join("errors")).unwrap_or_default()
    }
}

impl Default for Bench {
    fn default() -> Self {
        Bench::new()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // What it runs ends with it.
        let _ = self.rig.kill();
        let _ = self.rig.wait();
    }
}

/// A program with its arguments, to be run.
pub fn program<T: Into<String>>(words: impl IntoIterator<Item = T>) -> Run {
    Run {
        words: words.into_iter().map(Into::into).collect(),
        ..Run::default()
    }
}

/// A library that moves the clock of the programs that load it, compiled where it is missing; the environment that makes a
/// program load it, with `control` as the file that says by how many seconds.
pub fn moved_clock(folder: &Path, control: &Path) -> BTreeMap<String, String> {
    let library: PathBuf = folder.join("clock.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("clock/clock.c");
    let compiled = Command::new("cc")
        .args(["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"])
        .args([&library, &source])
        .status()
        .expect("a C compiler; Debian has one in the package gcc");
    assert!(compiled.success());
    let text = |path: &Path| path.to_str().unwrap().to_string();
    BTreeMap::from([
        ("LD_PRELOAD".into(), text(&library)),
        ("FAULTS_CLOCK".into(), text(control)),
    ])
}
