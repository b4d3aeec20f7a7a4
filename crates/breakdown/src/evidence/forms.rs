//! What people send as evidence.

use bytes::Bytes;
use chrono::NaiveDate;
use kit::form::{Issues, Submission};
use uuid::Uuid;

use super::service::{Duty, NewRecord};
use crate::assignment::model::Part;

/// For which duty a form or an address is about.
pub(super) fn read_duty(task: Uuid, unit: &str, part: &str, date: &str) -> Option<Duty> {
    let unit = Uuid::parse_str(unit).ok()?;
    let reporting_on: NaiveDate = date.parse().ok()?;
    Some(Duty {
        task,
        unit,
        part: Part::of(part),
        reporting_on,
    })
}

/// Reads a record.
pub(super) fn read_record(form: &Submission, duty: Duty, today: NaiveDate, issues: &mut Issues) -> Option<NewRecord> {
    let title = form.required_text("title", "标题", 80, issues);
    let done = form.required_text("what", "做了什么", 2000, issues);
    let done_on = form.required_date("day", "日期", issues);
    if done_on.is_some_and(|day| day > today) {
        issues.add("day", "日期：不能晚于今天");
    }
    let files: Vec<(String, Bytes)> = form
        .files("files")
        .map(|file| (file.name.clone(), file.bytes.clone()))
        .collect();
    if files.is_empty() {
        issues.add("files", "材料：请至少选择一个文件");
    }
    let done_on = done_on.filter(|_| issues.is_empty())?;
    Some(NewRecord {
        duty,
        title,
        done,
        done_on,
        files,
    })
}
