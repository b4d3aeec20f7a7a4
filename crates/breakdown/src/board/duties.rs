//! A unit's own tasks first, each with its next reporting date.

use chrono::NaiveDate;
use kit::clock::spoken_date;
use uuid::Uuid;

use super::model::{Cell, Line, Matrix, Row, parts_of};
use super::pages::{DutyView, cell_view, state_tag};
use crate::measuring::snapshot::Snapshot;

/// The duties of one's own units, those with the soonest date first, and all other tasks in the order of the table.
pub(super) fn split(snapshot: &Snapshot, matrix: &Matrix, as_of: NaiveDate) -> (Vec<DutyView>, Vec<DutyView>) {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for line in &matrix.lines {
        let Line::Task(row) = line else { continue };
        let mine = matrix
            .columns
            .iter()
            .zip(&row.cells)
            .filter(|(c, cell)| c.is_own && **cell != Cell::Empty);
        let before = own.len();
        own.extend(mine.map(|(column, cell)| duty(snapshot, row, column.unit, cell, as_of)));
        if own.len() == before {
            others.push(foreign(row));
        }
    }
    own.sort_by_key(|(next, view): &(Option<NaiveDate>, DutyView)| (view.class != "is-late", next.is_none(), *next));
    (own.into_iter().map(|(_, view)| view).collect(), others)
}

fn duty(snapshot: &Snapshot, row: &Row, unit: Uuid, cell: &Cell, as_of: NaiveDate) -> (Option<NaiveDate>, DutyView) {
    let next = next_date(snapshot, row.task, unit, as_of);
    let mut view = view(row, cell, format!("/tasks/{}?unit={unit}#unfinished", row.key));
    view.parts = parts_of(snapshot, row.task, unit, as_of);
    view.unit = snapshot.register.short_name(unit);
    view.next = next.map(spoken_date).unwrap_or_default();
    view.machine_next = next.map(|date| date.to_string()).unwrap_or_default();
    (next, view)
}

fn foreign(row: &Row) -> DutyView {
    view(row, &row.sum, format!("/tasks/{}", row.key))
}

fn view(row: &Row, cell: &Cell, link: String) -> DutyView {
    let drawn = cell_view(cell, link);
    let (state, tag) = state_tag(drawn.class);
    DutyView {
        no: row.no,
        key: row.key.clone(),
        title: row.title.clone(),
        parts: String::new(),
        unit: String::new(),
        class: drawn.class,
        words: drawn.words,
        width: drawn.width,
        next: String::new(),
        machine_next: String::new(),
        state,
        tag,
    }
}

/// The next date on which a unit reports on a task.
fn next_date(snapshot: &Snapshot, task: Uuid, unit: Uuid, as_of: NaiveDate) -> Option<NaiveDate> {
    let own = snapshot.assignments(task).iter();
    let own = own.filter(|row| row.is_active(as_of) && snapshot.register.follow(row.unit, as_of) == Some(unit));
    own.flat_map(|row| row.dates()).filter(|date| *date >= as_of).min()
}
