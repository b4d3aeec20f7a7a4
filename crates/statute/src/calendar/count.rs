//! Counting days: to a due day, and between two days, each with its ledger.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Calendar, CalendarError, Day};
use crate::Citation;
use crate::citation::{counting_rule, last_day_rule};

/// The longest period that is computed, in days of the kind counted; about twenty-seven years of calendar days.
pub const MAX_DAYS: u32 = 10_000;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountKind {
    /// 工作日.
    WorkingDays,
    /// 日 (自然日).
    CalendarDays,
}

impl CountKind {
    /// The unit on screens.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            CountKind::WorkingDays => "个工作日",
            CountKind::CalendarDays => "日",
        }
    }
}

/// One day of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerDay {
    /// The day and why it is or is not a working day.
    #[serde(flatten)]
    pub day: Day,
    /// Its ordinal when it counts; `None` for day zero and for every day that does not count.
    pub ordinal: Option<u32>,
}

/// A count of days with its explanation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// What was counted.
    pub kind: CountKind,
    /// Day zero (起算日), itself not counted.
    pub from: NaiveDate,
    /// The last day: the due day, or the day up to which was counted.
    pub to: NaiveDate,
    /// How many days counted.
    pub days: u32,
    /// Every day from day zero to the last, counted or not.
    pub ledger: Vec<LedgerDay>,
    /// Whether a notice still to come could change the result (暂定).
    pub provisional: bool,
    /// The counting rules applied.
    pub citations: Vec<Citation>,
}

impl Calendar {
    /// The day that is `days` working days after `from`; `from` is day zero and not counted, also when it is a rest day.
    ///
    /// # Errors
    /// [`CalendarError::TooLong`] beyond [`MAX_DAYS`] or the end of the calendar.
    pub fn add_working_days(&self, from: NaiveDate, days: u32) -> Result<Count, CalendarError> {
        let mut tally = Tally::begin(self, CountKind::WorkingDays, from, days)?;
        while tally.counted < days {
            tally.step(|day| day.working)?;
        }
        Ok(tally.finish(Vec::new()))
    }

    /// The day on which a period of `days` calendar days after `from` ends; when that day is a rest day, the next working
    /// day (民法典 article 203).
    ///
    /// # Errors
    /// As [`Calendar::add_working_days`].
    pub fn add_calendar_days(&self, from: NaiveDate, days: u32) -> Result<Count, CalendarError> {
        let mut tally = Tally::begin(self, CountKind::CalendarDays, from, days)?;
        while tally.counted < days {
            tally.step(|_| true)?;
        }
        let mut rules = Vec::new();
        while days > 0 && !self.is_working_day(tally.last) {
            tally.step(|_| false)?;
            rules = vec![last_day_rule(from)];
        }
        Ok(tally.finish(rules))
    }

    /// How many working days lie after `from` up to and including `to`.
    ///
    /// # Errors
    /// [`CalendarError::Backwards`] when `to` is before `from`; [`CalendarError::TooLong`] for too long a span.
    pub fn working_days_between(&self, from: NaiveDate, to: NaiveDate) -> Result<Count, CalendarError> {
        if to < from {
            return Err(CalendarError::Backwards { from, to });
        }
        if (to - from).num_days() > i64::from(MAX_DAYS) {
            return Err(CalendarError::TooLong { max: MAX_DAYS });
        }
        let mut tally = Tally::begin(self, CountKind::WorkingDays, from, 0)?;
        while tally.last < to {
            tally.step(|day| day.working)?;
        }
        Ok(tally.finish(Vec::new()))
    }

    /// `date` itself when it is a working day, else the first working day after it.
    ///
    /// # Errors
    /// [`CalendarError::TooLong`] at the end of the calendar.
    pub fn working_day_from(&self, date: NaiveDate) -> Result<Day, CalendarError> {
        let mut day = self.day(date);
        while !day.working {
            day = self.day(following(day.date)?);
        }
        Ok(day)
    }
}

/// The count while it runs.
struct Tally<'a> {
    calendar: &'a Calendar,
    kind: CountKind,
    from: NaiveDate,
    last: NaiveDate,
    counted: u32,
    ledger: Vec<LedgerDay>,
}

impl<'a> Tally<'a> {
    fn begin(calendar: &'a Calendar, kind: CountKind, from: NaiveDate, days: u32) -> Result<Self, CalendarError> {
        if days > MAX_DAYS {
            return Err(CalendarError::TooLong { max: MAX_DAYS });
        }
        let zero = LedgerDay {
            day: calendar.day(from),
            ordinal: None,
        };
        Ok(Tally {
            calendar,
            kind,
            from,
            last: from,
            counted: 0,
            ledger: vec![zero],
        })
    }

    fn step(&mut self, counts: impl Fn(&Day) -> bool) -> Result<(), CalendarError> {
        self.last = following(self.last)?;
        let day = self.calendar.day(self.last);
        let ordinal = counts(&day).then(|| {
            self.counted += 1;
            self.counted
        });
        self.ledger.push(LedgerDay { day, ordinal });
        Ok(())
    }

    fn finish(self, more_rules: Vec<Citation>) -> Count {
        let mut citations = vec![counting_rule(self.from)];
        citations.extend(more_rules);
        Count {
            kind: self.kind,
            from: self.from,
            to: self.last,
            days: self.counted,
            // Day zero decides nothing, so its own year may be without a notice.
            provisional: self.ledger.iter().skip(1).any(|entry| entry.day.provisional),
            ledger: self.ledger,
            citations,
        }
    }
}

fn following(date: NaiveDate) -> Result<NaiveDate, CalendarError> {
    date.succ_opt().ok_or(CalendarError::TooLong { max: MAX_DAYS })
}
