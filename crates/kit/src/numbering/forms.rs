//! What the office sends from the register of numbers.

use crate::form::{Issues, Submission};

/// Where a series begins in a year.
pub(super) struct Beginning {
    pub year: i32,
    pub given_before: i64,
}

pub(super) fn read_beginning(form: &Submission, issues: &mut Issues) -> Option<Beginning> {
    let year = whole(form, "year", "年度", "2021", issues)?;
    let given_before = whole(form, "given_before", "已编到的号数", "37", issues)?;
    Some(Beginning { year, given_before })
}

fn whole<T: std::str::FromStr>(
    form: &Submission,
    name: &str,
    label: &str,
    example: &str,
    issues: &mut Issues,
) -> Option<T> {
    let text = form.text(name);
    let number = text.parse().ok();
    if number.is_none() {
        issues.add(name, format!("{label}：请填整数，例如 {example}"));
    }
    number
}
