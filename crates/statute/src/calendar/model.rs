//! Notices, days and the calendar made of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::chinese;

/// From this day of December on, days may still be named by the notice of the following year; the earliest so far was
/// 29 December (2007 and 2018).
const TURN_OF_YEAR: u32 = 25;

/// One day that a notice names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedDay {
    /// The day.
    pub date: NaiveDate,
    /// The holiday it belongs to (春节, 国庆节、中秋节).
    pub name: String,
    /// Day off (放假) or make-up working day (调休上班).
    pub is_off_day: bool,
}

/// What kind of notice it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The yearly notice; with it the year counts as published.
    #[default]
    Yearly,
    /// A later notice that changes some days of a year (2020: 延长春节假期).
    Change,
}

/// A holiday notice (节假日安排通知).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The year it is for; it may also name days at the end of the December before.
    pub year: i32,
    /// Yearly notice or change.
    #[serde(default)]
    pub kind: NoticeKind,
    /// Its title, shown as the source of a day.
    pub title: String,
    /// The day from which it was surely public; `None` counts as 1 January of its year.
    pub known_from: Option<NaiveDate>,
    /// Address of the notice.
    pub paper: Option<String>,
    /// The days it names.
    pub days: Vec<NamedDay>,
}

impl Notice {
    /// Whether the notice was public on `date`.
    #[must_use]
    pub fn known_on(&self, date: NaiveDate) -> bool {
        match self.known_from {
            Some(known) => known <= date,
            None => self.year <= date.year(),
        }
    }
}

/// Which notice a day rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeRef {
    /// Year of the notice.
    pub year: i32,
    /// Its title.
    pub title: String,
}

/// Why a day is or is not a working day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "name", rename_all = "snake_case")]
pub enum Reason {
    /// Monday to Friday, named by no notice (工作日).
    Weekday,
    /// Saturday or Sunday, named by no notice (周末).
    Weekend,
    /// Day off by notice (春节放假).
    Holiday(String),
    /// Working day by notice (春节调休上班).
    MakeUp(String),
}

impl Reason {
    /// The words on screens: 工作日, 周末, 春节放假, 春节调休上班.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Reason::Weekday => "工作日".to_owned(),
            Reason::Weekend => "周末".to_owned(),
            Reason::Holiday(name) => format!("{name}放假"),
            Reason::MakeUp(name) => format!("{name}调休上班"),
        }
    }
}

/// One day of the calendar with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// Whether it is a working day.
    pub working: bool,
    /// Why.
    #[serde(flatten)]
    pub reason: Reason,
    /// The notice that names the day; `None` for a day that none names.
    pub notice: Option<NoticeRef>,
    /// Whether a notice still to come could change it.
    pub provisional: bool,
}

/// Whether the year's notice is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YearState {
    /// The yearly notice is in the calendar (已公布).
    Published,
    /// No notice: dates can be computed but must be shown as provisional (暂定).
    Provisional,
}

/// What a calendar cannot do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// Two entries of one notice for the same day contradict each other.
    #[error("《{title}》对{}的安排前后不一，请核对通知原文", chinese::date(*date))]
    Contradiction {
        /// Title of the notice.
        title: String,
        /// The day.
        date: NaiveDate,
    },
    /// A notice names a day that belongs neither to its year nor to the end of the December before.
    #[error("《{title}》不应包含{}：该日不属于通知年度", chinese::date(*date))]
    OutsideYear {
        /// Title of the notice.
        title: String,
        /// The day.
        date: NaiveDate,
    },
    /// The end lies before the beginning.
    #[error("截止日{}早于起始日{}，请核对日期", chinese::date(*to), chinese::date(*from))]
    Backwards {
        /// Beginning.
        from: NaiveDate,
        /// End.
        to: NaiveDate,
    },
    /// The period is longer than any period of this field.
    #[error("期限过长：最多可计算{max}日，请核对天数或日期")]
    TooLong {
        /// The longest period that is computed.
        max: u32,
    },
}

/// A calendar of working days made of notices; later notices prevail over earlier ones, day by day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    notices: Vec<Notice>,
    named: BTreeMap<NaiveDate, Named>,
    published: BTreeSet<i32>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Named {
    name: String,
    off: bool,
    notice: usize,
}

impl Calendar {
    /// Builds a calendar from notices in the order in which they were issued: a later one prevails.
    ///
    /// # Errors
    /// [`CalendarError::Contradiction`] and [`CalendarError::OutsideYear`] for a notice that cannot be right.
    pub fn from_notices(notices: impl IntoIterator<Item = Notice>) -> Result<Self, CalendarError> {
        let mut calendar = Calendar {
            notices: Vec::new(),
            named: BTreeMap::new(),
            published: BTreeSet::new(),
        };
        for notice in notices {
            calendar.enter(notice)?;
        }
        Ok(calendar)
    }

    /// The same calendar with one later notice.
    ///
    /// # Errors
    /// As [`Calendar::from_notices`].
    pub fn with_notice(&self, notice: Notice) -> Result<Self, CalendarError> {
        let mut calendar = self.clone();
        calendar.enter(notice)?;
        Ok(calendar)
    }

    fn enter(&mut self, notice: Notice) -> Result<(), CalendarError> {
        let position = self.notices.len();
        let mut seen: BTreeMap<NaiveDate, bool> = BTreeMap::new();
        for day in &notice.days {
            let in_year = day.date.year() == notice.year;
            let december_before = day.date.year() + 1 == notice.year && day.date.month() == 12;
            if !in_year && !december_before {
                return Err(CalendarError::OutsideYear {
                    title: notice.title.clone(),
                    date: day.date,
                });
            }
            if seen
                .insert(day.date, day.is_off_day)
                .is_some_and(|off| off != day.is_off_day)
            {
                return Err(CalendarError::Contradiction {
                    title: notice.title.clone(),
                    date: day.date,
                });
            }
        }
        for day in &notice.days {
            let named = Named {
                name: day.name.clone(),
                off: day.is_off_day,
                notice: position,
            };
            self.named.insert(day.date, named);
        }
        if notice.kind == NoticeKind::Yearly {
            self.published.insert(notice.year);
        }
        self.notices.push(notice);
        Ok(())
    }

    /// The notices it is made of, in the order of issue.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Whether the notice of a year is in this calendar.
    #[must_use]
    pub fn year_state(&self, year: i32) -> YearState {
        if self.published.contains(&year) {
            YearState::Published
        } else {
            YearState::Provisional
        }
    }

    /// The last year whose notice is in this calendar.
    #[must_use]
    pub fn last_published_year(&self) -> Option<i32> {
        self.published.last().copied()
    }

    /// The day with its reason and notice.
    #[must_use]
    pub fn day(&self, date: NaiveDate) -> Day {
        if let Some(named) = self.named.get(&date) {
            let name = named.name.clone();
            let notice = self.notices.get(named.notice);
            return Day {
                date,
                working: !named.off,
                reason: if named.off {
                    Reason::Holiday(name)
                } else {
                    Reason::MakeUp(name)
                },
                notice: notice.map(|n| NoticeRef {
                    year: n.year,
                    title: n.title.clone(),
                }),
                provisional: false,
            };
        }
        let weekend = matches!(date.weekday(), Weekday::Sat | Weekday::Sun);
        Day {
            date,
            working: !weekend,
            reason: if weekend { Reason::Weekend } else { Reason::Weekday },
            notice: None,
            provisional: self.could_still_change(date),
        }
    }

    /// Whether `date` is a working day; [`Calendar::day`] also says why.
    #[must_use]
    pub fn is_working_day(&self, date: NaiveDate) -> bool {
        self.day(date).working
    }

    fn could_still_change(&self, date: NaiveDate) -> bool {
        let turn_of_year = date.month() == 12 && date.day() >= TURN_OF_YEAR;
        self.year_state(date.year()) == YearState::Provisional
            || turn_of_year && self.year_state(date.year() + 1) == YearState::Provisional
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::day;

    fn notice(year: i32, days: &[(NaiveDate, bool)]) -> Notice {
        let days = days
            .iter()
            .map(|(date, off)| NamedDay {
                date: *date,
                name: "春节".to_owned(),
                is_off_day: *off,
            })
            .collect();
        let title = format!("{year}年通知");
        Notice {
            year,
            kind: NoticeKind::Yearly,
            title,
            known_from: None,
            paper: None,
            days,
        }
    }

    #[test]
    fn a_later_notice_prevails_and_a_year_without_one_is_provisional() -> Result<(), CalendarError> {
        let first = Calendar::from_notices([notice(2030, &[(day(2030, 2, 4), true)])])?;
        assert!(!first.is_working_day(day(2030, 2, 4)));
        let second = first.with_notice(notice(2030, &[(day(2030, 2, 4), false)]))?;
        assert!(second.is_working_day(day(2030, 2, 4)));
        assert_eq!(second.day(day(2030, 2, 4)).reason.label(), "春节调休上班");
        assert_eq!(second.year_state(2031), YearState::Provisional);
        assert!(
            second.day(day(2030, 12, 30)).provisional,
            "the notice of 2031 may still name it"
        );
        assert!(!second.day(day(2030, 12, 24)).provisional);
        Ok(())
    }

    #[test]
    fn a_change_alone_does_not_publish_a_year() -> Result<(), CalendarError> {
        let change = Notice {
            kind: NoticeKind::Change,
            ..notice(2030, &[(day(2030, 2, 4), true)])
        };
        let calendar = Calendar::from_notices([change])?;
        assert_eq!(calendar.year_state(2030), YearState::Provisional);
        assert!(!calendar.is_working_day(day(2030, 2, 4)));
        Ok(())
    }

    #[test]
    fn a_notice_that_cannot_be_right_is_refused() {
        let contradiction = notice(2030, &[(day(2030, 2, 4), true), (day(2030, 2, 4), false)]);
        assert!(matches!(
            Calendar::from_notices([contradiction]),
            Err(CalendarError::Contradiction { .. })
        ));
        let stray = notice(2030, &[(day(2031, 2, 4), true)]);
        assert!(matches!(
            Calendar::from_notices([stray]),
            Err(CalendarError::OutsideYear { .. })
        ));
    }
}
