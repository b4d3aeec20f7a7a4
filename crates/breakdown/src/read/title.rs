//! The title above the table and the year in it.

use statute::chinese;

use super::clean::{clean, words};

/// Longest title that is taken as the sum of its lines.
const LONGEST: usize = 80;

/// The title among the lines above the table.
pub(super) fn of_lines(lines: &[String]) -> String {
    let mut kept: Vec<String> = Vec::new();
    for line in lines
        .iter()
        .map(|line| clean(line))
        .filter(|line| !line.is_empty() && !is_attachment_mark(line))
    {
        if !kept.contains(&line) {
            kept.push(line);
        }
    }
    if let Some(line) = kept.iter().rev().find(|line| is_whole(line)) {
        return line.clone();
    }
    let joined = clean(&kept.join("\n"));
    if joined.chars().count() <= LONGEST {
        return joined;
    }
    kept.into_iter()
        .rev()
        .find(|line| line.ends_with('表'))
        .unwrap_or_default()
}

/// A line that is a title by itself: a year or a subject, and 表 at its end.
fn is_whole(line: &str) -> bool {
    line.contains("任务") && line.trim_end_matches(['）', ')']).ends_with('表') && year(line).is_some()
}

fn is_attachment_mark(line: &str) -> bool {
    words(line).strip_prefix("附件").is_some_and(|rest| {
        rest.chars()
            .all(|c| c.is_ascii_digit() || matches!(c, ':' | '：') || chinese::digit(c).is_some())
    })
}

/// The year named in a title: 2021年, 二〇二一年.
pub(super) fn year(title: &str) -> Option<i32> {
    let plain = words(title);
    let mut rest = plain.as_str();
    while let Some((head, tail)) = rest.split_once('年') {
        let last: Vec<char> = head.chars().rev().take(4).collect();
        let digits: String = last.iter().rev().collect();
        let value = if digits.chars().all(|c| c.is_ascii_digit()) {
            digits.parse().ok()
        } else {
            chinese::digits(&digits).and_then(|value| i32::try_from(value).ok())
        };
        if let Some(year) = value.filter(|year| (1949..=2999).contains(year)) {
            return Some(year);
        }
        rest = tail;
    }
    None
}
