//! The national calendar from the embedded data.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use super::data::{NOTICES, YEARS};
use super::{Calendar, NamedDay, Notice, NoticeKind};
use crate::{DataError, read_data};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i32,
    status: Status,
    #[serde(rename = "papers")]
    _papers: Vec<String>,
    days: Vec<FileDay>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Status {
    Published,
    NotPublished,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileDay {
    #[serde(flatten)]
    day: NamedDay,
    notice_year: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NoticeFile {
    notices: Vec<NoticeRow>,
    changes: Vec<ChangeRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct NoticeRow {
    year: i32,
    title: String,
    known_from: Option<NaiveDate>,
    paper: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangeRow {
    year: i32,
    title: String,
    known_from: NaiveDate,
    paper: String,
    days: Vec<NaiveDate>,
    before: Vec<NamedDay>,
}

impl Calendar {
    /// The national calendar with every notice in the embedded data.
    ///
    /// # Errors
    /// Only for damaged data files; the tests of this crate read them.
    pub fn national() -> Result<Self, DataError> {
        assemble(national_notices()?)
    }

    /// The national calendar as it was known on `date`: without the notices that came later.
    ///
    /// # Errors
    /// As [`Calendar::national`].
    pub fn national_known_on(date: NaiveDate) -> Result<Self, DataError> {
        let mut notices = national_notices()?;
        notices.retain(|notice| notice.known_on(date));
        assemble(notices)
    }
}

fn assemble(notices: Vec<Notice>) -> Result<Calendar, DataError> {
    Calendar::from_notices(notices).map_err(|error| DataError {
        file: "holidays".to_owned(),
        reason: error.to_string(),
    })
}

/// Every national notice in the order of issue, each with the days it set on its own day.
fn national_notices() -> Result<Vec<Notice>, DataError> {
    let mut days_of_notice = days_by_notice_year()?;
    let (file, text) = NOTICES;
    let rows: NoticeFile = read_data(file, text)?;
    let mut changes = Vec::new();
    for change in rows.changes {
        let yearly = days_of_notice.entry(change.year).or_default();
        let (changed, kept): (Vec<_>, Vec<_>) = yearly.drain(..).partition(|day| change.days.contains(&day.date));
        *yearly = kept;
        yearly.extend(change.before);
        changes.push(Notice {
            year: change.year,
            kind: NoticeKind::Change,
            title: change.title,
            known_from: Some(change.known_from),
            paper: Some(change.paper),
            days: changed,
        });
    }
    let mut notices: Vec<Notice> = Vec::new();
    for row in rows.notices {
        let days = days_of_notice
            .remove(&row.year)
            .ok_or_else(|| missing(row.year, "没有放假安排数据"))?;
        notices.push(Notice {
            year: row.year,
            kind: NoticeKind::Yearly,
            title: row.title,
            known_from: row.known_from,
            paper: Some(row.paper),
            days,
        });
    }
    if let Some(year) = days_of_notice.keys().next() {
        return Err(missing(*year, "没有登记通知"));
    }
    notices.extend(changes);
    // Stable: the yearly notice stands before a change of the same year.
    notices.sort_by_key(|notice| (notice.year, notice.kind == NoticeKind::Change));
    Ok(notices)
}

fn days_by_notice_year() -> Result<BTreeMap<i32, Vec<NamedDay>>, DataError> {
    let mut days: BTreeMap<i32, Vec<NamedDay>> = BTreeMap::new();
    for (file, text) in YEARS {
        let year: YearFile = read_data(file, text)?;
        if year.status == Status::Published {
            days.entry(year.year).or_default();
        }
        for entry in year.days {
            if entry.day.date.year() != year.year {
                return Err(DataError {
                    file: file.to_owned(),
                    reason: format!("{} 不属于该年", entry.day.date),
                });
            }
            days.entry(entry.notice_year).or_default().push(entry.day);
        }
    }
    Ok(days)
}

fn missing(year: i32, what: &str) -> DataError {
    DataError {
        file: NOTICES.0.to_owned(),
        reason: format!("{year}年{what}"),
    }
}
