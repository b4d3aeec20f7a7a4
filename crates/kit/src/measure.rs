//! The seam for measures (指标): a named query that says, per unit and date, what was due, what is done and what is not.
//!
//! A measure names its denominator and who keeps it, and that is never the unit measured. Nobody types a percentage.

use chrono::NaiveDate;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Result;
use crate::site::Site;

/// A measure, given by a capability. Which task uses which measure is data.
pub trait Measure: Send + Sync {
    /// Stable name, `capability.subject`.
    fn id(&self) -> &'static str;
    /// What people call it.
    fn name(&self) -> &'static str;
    /// What counts as due, in one sentence.
    fn denominator(&self) -> &'static str;
    /// Who keeps the denominator.
    fn keeper(&self) -> &'static str;
    /// What the topic of a [`Question`] means to this measure; none when it takes no topic.
    fn topic(&self) -> Option<&'static str> {
        None
    }
    /// Whom it measures.
    fn measures(&self) -> Measured {
        Measured::Responsible
    }
    /// Takes the figures. A unit without a reading has nothing due: it is shown as 不适用, never as 0 of 0.
    fn take<'a>(&'a self, site: &'a Site, question: &'a Question) -> BoxFuture<'a, Result<Vec<Reading>>>;
}

/// Whom a measure measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measured {
    /// Responsible units (责任单位).
    Responsible,
    /// Lead units (牵头单位).
    Lead,
}

/// What is asked of a measure.
#[derive(Debug, Clone)]
pub struct Question {
    /// The task on whose behalf it is asked, for measures over what is recorded under a task.
    pub task: Uuid,
    /// Narrows the measure, by the meaning that [`Measure::topic`] gives.
    pub topic: Option<String>,
    /// The units asked about.
    pub units: Vec<Uuid>,
    /// First day of the period.
    pub from: NaiveDate,
    /// The day as of which things are seen; what happened later is not counted.
    pub as_of: NaiveDate,
}

/// One unit's figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Whose.
    pub unit: Uuid,
    /// How many things are due.
    pub due: u32,
    /// How many of them are done.
    pub done: u32,
    /// Each of the others, with the place where it is finished.
    pub unfinished: Vec<Unfinished>,
}

impl Reading {
    /// An empty reading for a unit.
    pub fn of(unit: Uuid) -> Reading {
        Reading {
            unit,
            due: 0,
            done: 0,
            unfinished: Vec::new(),
        }
    }

    /// Counts one thing that is due and done.
    pub fn add_done(&mut self) {
        self.due += 1;
        self.done += 1;
    }

    /// Counts one thing that is due and not done.
    pub fn add_unfinished(&mut self, item: Unfinished) {
        self.due += 1;
        self.unfinished.push(item);
    }

    /// How many unfinished things are late on that date.
    pub fn late(&self, as_of: NaiveDate) -> usize {
        self.unfinished.iter().filter(|item| item.is_late(as_of)).count()
    }
}

/// Something not finished (未完成事项).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// What it is.
    pub title: String,
    /// Address on the desk where it is finished.
    pub link: String,
    /// By when.
    pub due_on: Option<NaiveDate>,
}

impl Unfinished {
    /// Whether its date has passed.
    pub fn is_late(&self, as_of: NaiveDate) -> bool {
        self.due_on.is_some_and(|due| due < as_of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_is_done_and_unfinished() {
        let day = |d| NaiveDate::from_ymd_opt(2021, 6, d).unwrap();
        let mut reading = Reading::of(Uuid::nil());
        reading.add_done();
        reading.add_unfinished(Unfinished {
            title: "一".into(),
            link: "/".into(),
            due_on: Some(day(1)),
        });
        reading.add_unfinished(Unfinished {
            title: "二".into(),
            link: "/".into(),
            due_on: Some(day(30)),
        });
        assert_eq!((reading.due, reading.done, reading.late(day(2))), (3, 1, 1));
        assert_eq!(reading.late(day(1)), 0, "a thing due today is not late today");
    }
}
