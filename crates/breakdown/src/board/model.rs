//! The board as a matrix: which cell stands where and what it says. No markup, no database.

use chrono::NaiveDate;
use kit::unit::Kind;
use uuid::Uuid;

use crate::assignment::model::{Part, State};
use crate::measuring::figures::{Figures, Tally};
use crate::measuring::snapshot::Snapshot;
use crate::task::store::{Claims, Task};

/// Which units are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Units {
    /// All.
    #[default]
    All,
    /// 区直单位.
    Departments,
    /// 镇和街道.
    Towns,
}

/// Which tasks are shown by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Only {
    /// With something late.
    Late,
    /// With something unfinished.
    Unfinished,
    /// With units still to be claimed.
    Claims,
}

/// What somebody wants to see of the board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wish {
    /// Only this chapter, counted from 1.
    pub chapter: Option<usize>,
    /// Which units.
    pub units: Units,
    /// Only tasks in this state.
    pub only: Option<Only>,
    /// Only tasks of one's own units.
    pub own_duties: bool,
    /// One's own units.
    pub own: Vec<Uuid>,
}

/// The board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// One's own units first, then the others.
    pub columns: Vec<Column>,
    /// Chapters, sections and tasks in the order of the table.
    pub lines: Vec<Line>,
}

/// A unit's column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The unit.
    pub unit: Uuid,
    /// Short name.
    pub short_name: String,
    /// Full name.
    pub full_name: String,
    /// Whether it is one's own.
    pub is_own: bool,
}

/// A line of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// A chapter (一、…).
    Chapter(String),
    /// A section (（一）…).
    Section(String),
    /// A task.
    Task(Row),
}

/// A task's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Identity of the task.
    pub task: Uuid,
    /// Printed number.
    pub no: i32,
    /// Readable name in addresses.
    pub key: String,
    /// Title.
    pub title: String,
    /// Who leads.
    pub leads: String,
    /// Whether units are still to be claimed.
    pub is_open: bool,
    /// Over all columns shown.
    pub sum: Cell,
    /// One for each column.
    pub cells: Vec<Cell>,
}

/// What stands in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// The unit has no part in the task.
    Empty,
    /// Proposed and not yet decided.
    Claimed(State),
    /// Nothing is due (不适用).
    NotApplicable,
    /// Figures.
    Figures(Tally),
}

/// Lays the board out.
pub fn lay_out(snapshot: &Snapshot, figures: &Figures, wish: &Wish) -> Matrix {
    let columns = columns(snapshot, figures, wish);
    let mut lines: Vec<Line> = Vec::new();
    let (mut chapter, mut section) = ("", "");
    let chapters = chapters(&snapshot.tasks);
    for task in &snapshot.tasks {
        let place = chapters
            .iter()
            .position(|name| *name == task.chapter)
            .map_or(0, |place| place + 1);
        if wish.chapter.is_some_and(|wanted| wanted != place) {
            continue;
        }
        let row = row(snapshot, figures, task, &columns);
        if !is_wanted(&row, &columns, wish) {
            continue;
        }
        if task.chapter != chapter && !task.chapter.is_empty() {
            lines.push(Line::Chapter(task.chapter.clone()));
            section = "";
        }
        if task.section != section && !task.section.is_empty() {
            lines.push(Line::Section(task.section.clone()));
        }
        (chapter, section) = (&task.chapter, &task.section);
        lines.push(Line::Task(row));
    }
    Matrix { columns, lines }
}

/// The chapters of a table in order.
pub(crate) fn chapters(tasks: &[Task]) -> Vec<&str> {
    let mut chapters: Vec<&str> = Vec::new();
    for task in tasks {
        if !chapters.contains(&task.chapter.as_str()) {
            chapters.push(&task.chapter);
        }
    }
    chapters
}

fn columns(snapshot: &Snapshot, figures: &Figures, wish: &Wish) -> Vec<Column> {
    let (register, as_of) = (&snapshot.register, figures.as_of);
    let mut units: Vec<Uuid> = Vec::new();
    let mut add = |unit: Option<Uuid>| {
        if let Some(unit) = unit
            && !units.contains(&unit)
        {
            units.push(unit);
        }
    };
    for task in &snapshot.tasks {
        for row in snapshot.assignments(task.id) {
            let unit = register.follow(row.unit, as_of);
            let has_debt = unit.is_some_and(|unit| figures.cell(task.id, unit).is_some());
            if row.is_active(as_of) || matches!(row.state(), State::Proposed | State::Objected) || has_debt {
                add(unit);
            }
        }
    }
    let wanted = |unit: &Uuid| {
        let kind = register.get(*unit).map(|found| found.kind);
        match wish.units {
            Units::All => true,
            Units::Departments => kind.is_some_and(|kind| !matches!(kind, Kind::Town | Kind::Street)),
            Units::Towns => matches!(kind, Some(Kind::Town | Kind::Street)),
        }
    };
    units.retain(|unit| wanted(unit) || wish.own.contains(unit));
    units.sort_by_key(|unit| (!wish.own.contains(unit), register.place(*unit)));
    units.into_iter().map(|unit| column(snapshot, unit, wish)).collect()
}

fn column(snapshot: &Snapshot, unit: Uuid, wish: &Wish) -> Column {
    let found = snapshot.register.get(unit);
    Column {
        unit,
        short_name: found.map(|unit| unit.short_name.clone()).unwrap_or_default(),
        full_name: found.map(|unit| unit.full_name.clone()).unwrap_or_default(),
        is_own: wish.own.contains(&unit),
    }
}

fn row(snapshot: &Snapshot, figures: &Figures, task: &Task, columns: &[Column]) -> Row {
    let cells: Vec<Cell> = columns
        .iter()
        .map(|column| cell(snapshot, figures, task, column.unit))
        .collect();
    let mut sum = Tally::default();
    for cell in &cells {
        if let Cell::Figures(tally) = cell {
            sum.add(tally);
        }
    }
    Row {
        task: task.id,
        no: task.no,
        key: snapshot.key(task),
        title: task.title.clone(),
        leads: snapshot.lead_names(task.id, figures.as_of),
        is_open: task.claims() == Claims::Open,
        sum: if sum.due == 0 {
            Cell::NotApplicable
        } else {
            Cell::Figures(sum)
        },
        cells,
    }
}

fn cell(snapshot: &Snapshot, figures: &Figures, task: &Task, unit: Uuid) -> Cell {
    if let Some(tally) = figures.cell(task.id, unit) {
        return Cell::Figures(tally.clone());
    }
    let as_of = figures.as_of;
    let mut of_unit = snapshot
        .assignments(task.id)
        .iter()
        .filter(|row| snapshot.register.follow(row.unit, as_of) == Some(unit))
        .peekable();
    if of_unit.peek().is_none() {
        return Cell::Empty;
    }
    let rows: Vec<_> = of_unit.collect();
    if rows.iter().any(|row| row.is_active(as_of)) {
        return Cell::NotApplicable;
    }
    let waiting = rows
        .iter()
        .map(|row| row.state())
        .find(|state| matches!(state, State::Proposed | State::Objected));
    waiting.map_or(Cell::Empty, Cell::Claimed)
}

fn is_wanted(row: &Row, columns: &[Column], wish: &Wish) -> bool {
    let has_own = columns
        .iter()
        .zip(&row.cells)
        .any(|(column, cell)| column.is_own && *cell != Cell::Empty);
    if wish.own_duties && !has_own {
        return false;
    }
    match (wish.only, &row.sum) {
        (None, _) => true,
        (Some(Only::Claims), _) => row.is_open,
        (Some(Only::Late), Cell::Figures(sum)) => sum.late > 0,
        (Some(Only::Unfinished), Cell::Figures(sum)) => sum.done < sum.due,
        _ => false,
    }
}

/// The parts a unit has in a task, in words: 牵头、责任.
pub(crate) fn parts_of(snapshot: &Snapshot, task: Uuid, unit: Uuid, on: NaiveDate) -> String {
    let has = |part| snapshot.units(task, part, on).contains(&unit);
    let names: Vec<&str> = [Part::Lead, Part::Responsible]
        .into_iter()
        .filter(|p| has(*p))
        .map(Part::name)
        .collect();
    names.join("、")
}
