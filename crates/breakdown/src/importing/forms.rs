//! What people send about an import.

use chrono::Datelike;
use kit::form::{Issues, Submission};
use kit::site::Site;
use uuid::Uuid;

use super::model::{Answers, CORRECTABLE, Draft};

/// The answers on the preview's form.
pub(super) struct Sent {
    pub answers: Answers,
    pub year: i32,
    pub office: Option<Uuid>,
}

/// Name of the field that says which unit a name means.
pub(super) fn unit_field(name: &str) -> String {
    format!("unit:{name}")
}

/// Name of the field with the corrected words of a cell.
pub(super) fn cell_field(no: u32, column: &str) -> String {
    format!("cell-{no}-{column}")
}

/// Reads the form over what was answered before; fields that were not on the page keep their answers.
pub(super) fn read(
    site: &Site,
    form: &Submission,
    draft: &Draft,
    before: &Answers,
    names: &[String],
    issues: &mut Issues,
) -> Sent {
    let mut answers = before.clone();
    for name in names {
        let field = unit_field(name);
        if form.all(&field).is_empty() {
            continue;
        }
        match form.id(&field, name, issues) {
            Some(unit) => answers.units.insert(name.clone(), unit),
            None => answers.units.remove(name),
        };
    }
    for row in &draft.rows {
        for (column, label) in CORRECTABLE {
            let field = cell_field(row.no, column);
            if form.all(&field).is_empty() {
                continue;
            }
            let words = form.short_text(&field, &format!("第{}项{label}", row.no), 4000, issues);
            let cells = answers.cells.entry(row.no.to_string()).or_default();
            if words.is_empty() || words == row.cell(column) {
                cells.remove(column);
            } else {
                cells.insert(column.to_string(), words);
            }
        }
    }
    answers.cells.retain(|_, cells| !cells.is_empty());
    Sent {
        answers,
        year: year(site, form, issues),
        office: form.id("office", "统筹单位", issues),
    }
}

fn year(site: &Site, form: &Submission, issues: &mut Issues) -> i32 {
    let next = site.clock.today().year().saturating_add(1);
    let year = form
        .text("year")
        .parse()
        .ok()
        .filter(|year| (2008..=next).contains(year));
    year.unwrap_or_else(|| {
        issues.add("year", format!("年度：请填写 2008 至 {next} 之间的年份"));
        next
    })
}
