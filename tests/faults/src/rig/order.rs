//! What is said between a test and the rig, one JSON value a line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::disk::Cut;

/// From the test to the rig.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// Runs a program until it ends.
    Run(Box<Run>),
    /// From now on the disk behaves like this.
    Faults(Faults),
    /// Kills the program, like `kill -9`.
    Kill,
    /// Asks the program to end (SIGTERM).
    End,
    /// Lets go a program that stands still at its point.
    Thaw,
    /// The power goes; what the disk keeps is decided by this seed. Nothing may run.
    Cut(u64),
}

/// A program to be run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Run {
    /// Program and arguments.
    pub words: Vec<String>,
    /// Added to its environment.
    pub environment: BTreeMap<String, String>,
    /// Where its output goes.
    pub output: PathBuf,
    /// Where its errors go.
    pub errors: PathBuf,
    /// Where something happens to it.
    pub point: Option<Point>,
    /// What happens there.
    pub does: Does,
    /// Whether all points passed are told in the end.
    pub tells_points: bool,
    /// Names of servers by their port, for points like `send:postgres:7`.
    pub servers: BTreeMap<u16, String>,
}

/// What happens at a point.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Does {
    /// The program is killed before the call is made.
    #[default]
    Kills,
    /// The program stands still before the call is made, all its threads, until it is thawed.
    Freezes,
}

/// A point between two calls: before the n-th call of an operation on a path that matches a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// `write`, `length`, `room`, `create`, `rename`, `link`, `unlink`, `mkdir`, `fsync`, `send`, or `*`.
    pub operation: String,
    /// Path below the watched folder, or the server's name for `send`; `*` stands for anything.
    pub pattern: String,
    /// The how many-th, from 1.
    pub nth: usize,
}

impl Point {
    /// Reads `fsync:*.sqlite-wal:3`.
    pub fn parse(text: &str) -> Option<Point> {
        let (operation, rest) = text.split_once(':')?;
        let (pattern, nth) = rest.rsplit_once(':')?;
        Some(Point {
            operation: operation.into(),
            pattern: pattern.into(),
            nth: nth.parse().ok()?,
        })
    }

    /// Whether a call is one of those that this point counts.
    pub fn counts(&self, operation: &str, path: &str) -> bool {
        (self.operation == "*" || self.operation == operation) && matches(&self.pattern, path)
    }
}

impl std::fmt::Display for Point {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.operation, self.pattern, self.nth)
    }
}

/// Whether a path matches a pattern in which `*` stands for anything.
pub fn matches(pattern: &str, path: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == path,
        Some((head, tail)) => path
            .strip_prefix(head)
            .is_some_and(|rest| (0..=rest.len()).any(|at| rest.is_char_boundary(at) && matches(tail, &rest[at..]))),
    }
}

/// How the disk misbehaves.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Faults {
    /// Bytes that still fit; then the disk is full.
    pub room: Option<u64>,
    /// The n-th sync from now of a path like this fails with an input/output error.
    pub sync_error: Option<Point>,
    /// Every sync takes so many milliseconds longer.
    pub slow_sync: u64,
}

/// From the rig to the test.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// The program runs, with this process id.
    Started(i32),
    /// It stands still at its point.
    Frozen,
    /// It has ended.
    Ended(Ended),
    /// The power has gone and come back.
    Cut(Cut),
    /// Something went wrong in the rig itself.
    Failed(String),
}

/// How a program ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Whether it reached its point.
    pub reached: bool,
    /// Points passed, in order: operation and path.
    pub points: Vec<(String, String)>,
    /// What the rig cannot judge and must not be overlooked.
    pub blind: Vec<String>,
}
