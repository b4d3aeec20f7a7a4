//! An intake, its states, its rows. No SQL.

use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroize;

use super::kind::Outcome;

/// Where an intake stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Read, waits to be confirmed.
    Preview,
    /// Confirmed, rows are being taken.
    Working,
    /// Cannot go on until somebody who may says so.
    Stopped,
    /// Every row has its outcome.
    Done,
    /// Given up before it was confirmed.
    Discarded,
    /// Done, and its rows have been deleted.
    Forgotten,
}

impl State {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            State::Preview => "preview",
            State::Working => "working",
            State::Stopped => "stopped",
            State::Done => "done",
            State::Discarded => "discarded",
            State::Forgotten => "forgotten",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            State::Preview => "待确认",
            State::Working => "正在导入",
            State::Stopped => "已暂停",
            State::Done => "已完成",
            State::Discarded => "已放弃",
            State::Forgotten => "已完成，逐行记录已删除",
        }
    }

    /// The state of this stored name.
    pub fn of(id: &str) -> State {
        match id {
            "preview" => State::Preview,
            "working" => State::Working,
            "stopped" => State::Stopped,
            "done" => State::Done,
            "discarded" => State::Discarded,
            _ => State::Forgotten,
        }
    }
}

/// What is known of a file beside its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Head {
    /// Name of the sheet; empty for CSV.
    pub sheet: String,
    /// Number of the row with the headings.
    pub header_row: u32,
    /// The headings as they stand in the file.
    pub headings: Vec<String>,
    /// For each column of the kind, where it stands in the file.
    pub places: Vec<Option<usize>>,
    /// What should be known before confirming, each a sentence.
    pub notices: Vec<String>,
}

impl Head {
    /// Puts the cells of a row into the order of the kind's columns.
    pub fn arrange<'a>(&'a self, cells: &'a [String]) -> impl Iterator<Item = String> + 'a {
        let at = |place: &Option<usize>| place.and_then(|place| cells.get(place)).cloned();
        self.places.iter().map(move |place| at(place).unwrap_or_default())
    }
}

/// A row as it was read. It may name a person, and is kept no longer than the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number in the file.
    #[serde(rename = "n")]
    pub number: u32,
    /// Its cells, in the order of the file's headings.
    #[serde(rename = "c")]
    pub cells: Vec<String>,
    /// What was found wrong when it was read: heading and sentence.
    #[serde(rename = "w", default, skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<(String, String)>,
    /// What no later look can find: that the row repeats another, or that a cell was an error value.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<String>,
}

impl Zeroize for Entry {
    fn zeroize(&mut self) {
        self.cells.zeroize();
        self.standing.zeroize();
        for (heading, sentence) in &mut self.wrong {
            heading.zeroize();
            sentence.zeroize();
        }
    }
}

/// What became of a row, as stored and printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum RowResult {
    /// Taken.
    Taken {
        /// What it became.
        id: Uuid,
    },
    /// It was there already.
    Known {
        /// What it is.
        id: Uuid,
    },
    /// Refused.
    Refused {
        /// Why.
        reason: String,
    },
}

impl Zeroize for RowResult {
    fn zeroize(&mut self) {
        if let RowResult::Refused { reason } = self {
            reason.zeroize();
        }
    }
}

impl From<Outcome> for RowResult {
    fn from(outcome: Outcome) -> RowResult {
        match outcome {
            Outcome::Taken(id) => RowResult::Taken { id },
            Outcome::Known(id) => RowResult::Known { id },
            Outcome::Refused(reason) => RowResult::Refused { reason },
        }
    }
}

impl RowResult {
    /// In words, for the report.
    pub fn words(&self) -> String {
        match self {
            RowResult::Taken { .. } => "已导入".into(),
            RowResult::Known { .. } => "已有，没有重复导入".into(),
            RowResult::Refused { reason } => format!("未导入：{reason}"),
        }
    }
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Taken.
    pub taken: u32,
    /// There already.
    pub known: u32,
    /// Refused.
    pub refused: u32,
}

impl Counts {
    /// The counts of some rows.
    pub fn of(results: &[RowResult]) -> Counts {
        let mut counts = Counts::default();
        for result in results {
            match result {
                RowResult::Taken { .. } => counts.taken += 1,
                RowResult::Known { .. } => counts.known += 1,
                RowResult::Refused { .. } => counts.refused += 1,
            }
        }
        counts
    }
}

/// Rows ready to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The rows.
    pub entries: Vec<Entry>,
    /// How many of them have something wrong.
    pub bad: u32,
}
