//! The table that was read.

use std::fmt;

use serde::Serialize;

/// A task breakdown (分解表). Serialises as the plain table: title and tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// Its title; empty when none was found (then there is a doubt).
    pub title: String,
    /// The year in the title.
    #[serde(skip)]
    pub year: Option<i32>,
    /// Tasks in the order of the table.
    pub tasks: Vec<Task>,
    /// What a person should look at.
    #[serde(skip)]
    pub doubts: Vec<Doubt>,
}

/// One row of the table (任务).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Printed number.
    pub no: u32,
    /// Chapter with its numeral as printed (一、…); empty where the table has none.
    pub chapter: String,
    /// Section with its numeral as printed (（一）…); empty where the table has none.
    pub section: String,
    /// The task (工作任务) without its number.
    pub task: String,
    /// The requirement (工作要求); may be empty.
    pub requirement: String,
    /// Lead units (牵头单位) one by one; empty when the district office coordinates.
    pub lead: Vec<String>,
    /// A remark in brackets under the lead units, without the brackets.
    pub lead_note: Option<String>,
    /// Responsible units (责任单位) as printed; see [`super::responsible::parse`].
    pub responsible: String,
    /// Time limit (完成时限) as printed, for tables that have such a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// Where the row stands in the source.
    #[serde(skip)]
    pub place: Place,
}

/// Where something stands in the source, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A row of a table.
    Row {
        /// Which table of the document.
        table: usize,
        /// Which row of it.
        row: usize,
    },
    /// A line of the text.
    Line(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Row { table: 1, row } => write!(f, "表格第{row}行"),
            Place::Row { table, row } => write!(f, "第{table}个表格第{row}行"),
            Place::Line(line) => write!(f, "第{line}行"),
        }
    }
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// 序号.
    Number,
    /// 工作任务.
    Task,
    /// 工作要求.
    Requirement,
    /// 牵头单位.
    Lead,
    /// 责任单位.
    Responsible,
    /// 完成时限.
    Due,
    /// A column that is not used (备注).
    Other,
}

impl Column {
    /// The usual heading.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Column::Number => "序号",
            Column::Task => "工作任务",
            Column::Requirement => "工作要求",
            Column::Lead => "牵头单位",
            Column::Responsible => "责任单位",
            Column::Due => "完成时限",
            Column::Other => "其他列",
        }
    }
}

/// What kind of doubt it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DoubtKind {
    /// A unit name that the register does not know.
    UnknownUnit,
    /// Names without anything between them.
    RunTogether,
    /// The same unit twice in one cell.
    RepeatedUnit,
    /// An empty cell.
    Empty,
    /// A sentence without an end.
    CutOff,
    /// A bracket or quotation mark without its partner.
    Unmatched,
    /// A set phrase with characters missing.
    Lost,
    /// A number that does not follow the one before.
    Numbering,
    /// A row with fewer cells than the header has columns.
    MissingCells,
    /// A row of the table that belongs to nothing.
    Stray,
    /// A column that is not used.
    UnusedColumn,
    /// No title above the table.
    NoTitle,
}

/// Something a person should look at before the table is taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// What kind.
    pub kind: DoubtKind,
    /// Number of the task it concerns, if it concerns one.
    pub task: Option<u32>,
    /// Column it concerns, if it concerns one.
    pub column: Option<Column>,
    /// The words in question.
    pub words: String,
    /// The doubt in one Chinese sentence with its place.
    pub message: String,
}
