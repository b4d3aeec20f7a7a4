//! What both sources are turned into: a sheet of rows of raw cells.

use super::model::Place;

/// The whole source.
#[derive(Debug)]
pub(super) struct Sheet {
    /// The words above the table, line by line.
    pub before: Vec<String>,
    /// Every row; how cells are grouped into rows depends on the source.
    pub source: Source,
}

/// How the cells come.
#[derive(Debug)]
pub(super) enum Source {
    /// Rows are known (Word table).
    Rows(Vec<Row>),
    /// Only the sequence of cells is known (text); rows follow from the header.
    Stream(Vec<Cell>),
}

/// One row of a Word table, laid out on its grid.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// Where it stands.
    pub place: Place,
    /// One cell for each column of the grid; a cell over several columns stands in its first, the others are `Covered`.
    pub slots: Vec<Slot>,
}

/// What stands in one place of the grid.
#[derive(Debug, Clone)]
pub(super) enum Slot {
    /// A cell that begins here.
    Cell(Cell),
    /// Covered by the cell to the left.
    Covered,
    /// Covered by a cell of a row above, whose text is repeated here.
    Continued(Cell),
}

/// A raw cell: text with its line breaks.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// Where its text begins.
    pub place: Place,
    /// The text as extracted.
    pub raw: String,
}

impl Slot {
    /// The raw text; empty for a covered place.
    pub fn raw(&self) -> &str {
        match self {
            Slot::Cell(cell) | Slot::Continued(cell) => &cell.raw,
            Slot::Covered => "",
        }
    }
}
