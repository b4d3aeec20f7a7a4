//! What a notice is. No SQL.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::permission::Permission;

/// What a notice asks of those who get it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 提醒: something falls due or is late; the program issues it.
    Reminder,
    /// 催办: the district's office asks for what is unfinished.
    Urge,
    /// 督办: the same with weight; it wants an answer, the head of the unit gets a copy, and who issued it closes it.
    Supervise,
    /// 告知: something happened.
    Inform,
    /// 今日待办: the digest of a working day.
    Digest,
}

impl Kind {
    /// All kinds, the weightiest first.
    pub const ALL: [Kind; 5] = [Kind::Supervise, Kind::Urge, Kind::Reminder, Kind::Inform, Kind::Digest];

    /// Stable name, as stored.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Reminder => "reminder",
            Kind::Urge => "urge",
            Kind::Supervise => "supervise",
            Kind::Inform => "inform",
            Kind::Digest => "digest",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Reminder => "提醒",
            Kind::Urge => "催办",
            Kind::Supervise => "督办",
            Kind::Inform => "告知",
            Kind::Digest => "今日待办",
        }
    }

    /// The kind of this stored name.
    pub fn of(id: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// Whether it stands in the ledger (催办督办台账) and can be answered.
    pub fn is_in_ledger(self) -> bool {
        matches!(self, Kind::Urge | Kind::Supervise)
    }
}

/// One thing that a notice is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What it is.
    pub title: String,
    /// Where on the desk it is done; a path.
    pub link: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

/// Whom a notice is for.
#[derive(Debug, Clone, Copy)]
pub enum Audience {
    /// A unit: those who draft for it, or, where nobody does, those who approve. Supervision copies the latter in.
    Unit(Uuid),
    /// One account.
    Account(Uuid),
    /// Who holds a permission for this unit, or for the district when there is none.
    Holders(&'static Permission, Option<Uuid>),
}

/// In what part an account gets a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// To act on it.
    Doer,
    /// To know of it (抄送).
    Copy,
}

impl Part {
    /// Stable name, as stored.
    pub fn id(self) -> &'static str {
        match self {
            Part::Doer => "doer",
            Part::Copy => "copy",
        }
    }
}

/// A notice to be issued.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// What it asks.
    pub kind: Kind,
    /// What it is about, as a stable name: `breakdown.task:<id>`.
    pub subject: String,
    /// What happened to that: with kind and subject it makes this notice the only one, so that whoever is cut short can issue it
    /// again.
    pub event: String,
    /// One line.
    pub title: String,
    /// Sentences, without personal data of applicants.
    pub body: String,
    /// Single things, each with its place on the desk.
    pub items: Vec<Item>,
    /// Where the whole is done; a path on the desk, empty for none.
    pub link: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
    /// Whom it is for.
    pub to: Audience,
}

/// How far an urging or supervision has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// 未答复: nobody of the unit has answered.
    Open,
    /// 已答复: somebody has, and it is not closed.
    Answered,
    /// 已办结.
    Closed,
}

impl State {
    /// All states in their order.
    pub const ALL: [State; 3] = [State::Open, State::Answered, State::Closed];

    /// Stable name, for addresses.
    pub fn id(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Answered => "answered",
            State::Closed => "closed",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            State::Open => "未答复",
            State::Answered => "已答复",
            State::Closed => "已办结",
        }
    }

    /// The state of this name.
    pub fn of(id: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.id() == id)
    }
}
