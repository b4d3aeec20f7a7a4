//! A table as read.

use serde::{Deserialize, Serialize};

use crate::{HandlingMark, Notice};

/// A file with tables (工作簿). A CSV file is one with a single sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Workbook {
    /// Its sheets in order, hidden ones too.
    pub sheets: Vec<Sheet>,
    /// Whether cells have comments (批注), which are not read.
    pub has_comments: bool,
    /// What was assumed or cannot be relied upon.
    pub notices: Vec<Notice>,
    /// Marks that limit who may see the file; what follows from them is the caller's decision.
    pub handling_marks: Vec<HandlingMark>,
}

/// One sheet (工作表).
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Its name; empty for a CSV file.
    pub name: String,
    /// Whether it is hidden.
    pub is_hidden: bool,
    /// Columns that are hidden, from 0.
    pub hidden_columns: Vec<u32>,
    /// Cells that are merged.
    pub merged: Vec<Region>,
    /// Rows that hold something, in order.
    pub rows: Vec<Row>,
}

/// A row that holds something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its number as a spreadsheet shows it, from 1.
    #[serde(rename = "n")]
    pub number: u32,
    /// Whether it is hidden, by hand or by a filter.
    #[serde(rename = "h", default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hidden: bool,
    /// Its cells from the first column on, without empty ones at the end.
    #[serde(rename = "c")]
    pub cells: Vec<Cell>,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing.
    #[serde(rename = "e")]
    Empty,
    /// Words.
    #[serde(rename = "t")]
    Text(String),
    /// A number.
    #[serde(rename = "n")]
    Number(f64, String),
    /// A date or a time of day, as `2021-03-31`, `2021-03-31 08:30:00` or `08:30:00`.
    #[serde(rename = "d")]
    Date(String),
    /// Yes or no.
    #[serde(rename = "b")]
    Bool(bool),
    /// An error value of the spreadsheet, such as `#N/A`.
    #[serde(rename = "f")]
    Fault(String),
}

impl Cell {
    /// The cell as a person sees it.
    pub fn words(&self) -> &str {
        match self {
            Cell::Empty => "",
            Cell::Text(words) | Cell::Number(_, words) | Cell::Date(words) | Cell::Fault(words) => words,
            Cell::Bool(true) => "TRUE",
            Cell::Bool(false) => "FALSE",
        }
    }

    /// Whether nothing stands in it.
    pub fn is_empty(&self) -> bool {
        self.words().is_empty()
    }
}

/// Cells that are merged into one, whose words stand in the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// First row, from 1.
    pub first_row: u32,
    /// Last row.
    pub last_row: u32,
    /// First column, from 0.
    pub first_column: u32,
    /// Last column.
    pub last_column: u32,
}

/// What is said of a table before its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableHead {
    /// Its sheets.
    pub sheets: Vec<SheetHead>,
    /// Whether cells have comments.
    pub has_comments: bool,
    /// What was assumed or cannot be relied upon.
    pub notices: Vec<Notice>,
    /// Marks that limit who may see the file.
    pub handling_marks: Vec<HandlingMark>,
    /// How many chunks of rows follow.
    pub chunk_count: u64,
}

/// What is said of a sheet before its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetHead {
    /// Its name.
    pub name: String,
    /// Whether it is hidden.
    pub is_hidden: bool,
    /// Columns that are hidden, from 0.
    pub hidden_columns: Vec<u32>,
    /// Cells that are merged.
    pub merged: Vec<Region>,
    /// How many rows hold something.
    pub row_count: u64,
}

/// Some rows of one sheet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    /// Which sheet, from 0.
    #[serde(rename = "s")]
    pub sheet: usize,
    /// The rows, in order.
    #[serde(rename = "r")]
    pub rows: Vec<Row>,
}

impl Workbook {
    /// A workbook of which only the head is known.
    pub(crate) fn of(head: TableHead) -> Workbook {
        let sheet = |head: SheetHead| Sheet {
            name: head.name,
            is_hidden: head.is_hidden,
            hidden_columns: head.hidden_columns,
            merged: head.merged,
            rows: Vec::new(),
        };
        Workbook {
            sheets: head.sheets.into_iter().map(sheet).collect(),
            has_comments: head.has_comments,
            notices: head.notices,
            handling_marks: head.handling_marks,
        }
    }
}
