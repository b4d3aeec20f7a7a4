//! View types of the board, its charts and the duties.

use askama::Template;
use kit::page::parts::Choice;

use super::chart::Chart;
use super::model::{Cell, Column, Line, Matrix, Row};

/// A cell as drawn.
pub(super) struct CellView {
    pub class: &'static str,
    pub link: String,
    pub words: String,
    pub small: String,
    pub width: Option<usize>,
}

/// A line as drawn.
pub(super) enum LineView {
    Group { class: &'static str, words: String },
    Task(TaskView),
}

pub(super) struct TaskView {
    pub no: i32,
    pub key: String,
    pub title: String,
    pub leads: String,
    pub is_open: bool,
    pub own: Vec<CellView>,
    pub sum: CellView,
    pub others: Vec<CellView>,
}

#[derive(Template)]
#[template(path = "board/board.html")]
pub(super) struct BoardPage {
    pub title: String,
    pub year: i32,
    pub as_of: String,
    pub machine_as_of: String,
    pub latest: String,
    pub note: String,
    pub may_urge: bool,
    pub query: String,
    pub years: Vec<Choice>,
    pub chapters: Vec<Choice>,
    pub units: Vec<Choice>,
    pub states: Vec<Choice>,
    pub own_only: bool,
    pub has_own: bool,
    pub own: Vec<Column>,
    pub others: Vec<Column>,
    pub span: usize,
    pub lines: Vec<LineView>,
    pub totals: Option<CellView>,
}

#[derive(Template)]
#[template(path = "board/charts.html")]
pub(super) struct ChartsPage {
    pub title: String,
    pub as_of: String,
    pub machine_as_of: String,
    pub query: String,
    pub charts: Vec<Chart>,
}

#[derive(Template)]
#[template(path = "board/empty.html")]
pub(super) struct NoBoard {
    pub may_import: bool,
    pub title: &'static str,
}

/// One duty of one's own unit.
pub(super) struct DutyView {
    pub no: i32,
    pub key: String,
    pub title: String,
    pub parts: String,
    pub unit: String,
    pub class: &'static str,
    pub words: String,
    pub width: Option<usize>,
    pub next: String,
    pub machine_next: String,
    pub state: &'static str,
    pub tag: &'static str,
}

#[derive(Template)]
#[template(path = "board/duties.html")]
pub(super) struct DutiesPage {
    pub title: String,
    pub as_of: String,
    pub machine_as_of: String,
    pub own_units: String,
    pub own: Vec<DutyView>,
    pub other_tasks: Vec<DutyView>,
}

/// The lines of the board with the own columns split from the others.
pub(super) fn line_views(matrix: &Matrix) -> Vec<LineView> {
    matrix.lines.iter().map(|line| line_view(matrix, line)).collect()
}

fn line_view(matrix: &Matrix, line: &Line) -> LineView {
    match line {
        Line::Chapter(words) => LineView::Group {
            class: "chapter",
            words: words.clone(),
        },
        Line::Section(words) => LineView::Group {
            class: "section",
            words: words.clone(),
        },
        Line::Task(row) => LineView::Task(task_view(matrix, row)),
    }
}

fn task_view(matrix: &Matrix, row: &Row) -> TaskView {
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for (column, cell) in matrix.columns.iter().zip(&row.cells) {
        let view = cell_view(cell, format!("/tasks/{}?unit={}#unfinished", row.key, column.unit));
        if column.is_own {
            own.push(view)
        } else {
            others.push(view)
        }
    }
    TaskView {
        no: row.no,
        key: row.key.clone(),
        title: row.title.clone(),
        leads: row.leads.clone(),
        is_open: row.is_open,
        own,
        sum: cell_view(&row.sum, format!("/tasks/{}#unfinished", row.key)),
        others,
    }
}

/// How a cell is drawn: a class for the colour, and always a word with it.
pub(super) fn cell_view(cell: &Cell, link: String) -> CellView {
    let view = |class, words: String, small: String, width| CellView {
        class,
        link,
        words,
        small,
        width,
    };
    match cell {
        Cell::Empty => view("", String::new(), String::new(), None),
        Cell::Claimed(state) => view("is-claim", state.name().into(), String::new(), None),
        Cell::NotApplicable => view("is-na", "不适用".into(), String::new(), None),
        Cell::Figures(tally) => {
            let words = format!("{}/{}", tally.done, tally.due);
            let width = Some((tally.done * 100).checked_div(tally.due).unwrap_or(0));
            if tally.late > 0 {
                view("is-late", words, format!("逾 {}", tally.late), width)
            } else if tally.done >= tally.due {
                view("is-done", words, "完成".into(), width)
            } else {
                view("is-open", words, String::new(), width)
            }
        }
    }
}

/// The word and the shape of a state, for lists.
pub(super) fn state_tag(class: &str) -> (&'static str, &'static str) {
    match class {
        "is-late" => ("有逾期", "tag tag--late"),
        "is-done" => ("完成", "tag tag--ok"),
        "is-open" => ("办理中", "tag tag--due"),
        "is-claim" => ("待认领", "tag tag--info"),
        _ => ("不适用", "tag"),
    }
}
