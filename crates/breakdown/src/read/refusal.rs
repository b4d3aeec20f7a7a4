//! Why a source is not a task breakdown.

use super::model::{Column, Place};

/// Why nothing was read. Each sentence says what is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nothing that could be a table.
    #[error("文件中没有表格，请上传含有任务分解表的 Word 文件，或者以制表符分隔的文本")]
    NoTable,
    /// A character that no text holds.
    #[error("{place}含有空字符（NUL），文件可能已损坏，请从原文件重新导出")]
    Nul {
        /// Where.
        place: Place,
    },
    /// A table, but another one.
    #[error("{place}起的表格不是任务分解表：表头为“{found}”，应当有工作任务、工作要求、责任单位等列")]
    WrongTable {
        /// Where it begins.
        place: Place,
        /// The words of its first row.
        found: String,
    },
    /// Task rows without a header above them.
    #[error("{place}之前没有表头，请在表格第一行写明工作任务、工作要求、牵头单位、责任单位等列名")]
    NoHeader {
        /// First row of tasks.
        place: Place,
    },
    /// A header without columns that are needed.
    #[error("{place}的表头缺少{}列，请补充后重新上传", labels(missing))]
    MissingColumns {
        /// Where the header stands.
        place: Place,
        /// What is missing.
        missing: Vec<Column>,
    },
    /// The same column twice.
    #[error("{place}的表头有两个“{}”列，请删去或者改名", column.label())]
    RepeatedColumn {
        /// Where the header stands.
        place: Place,
        /// Which column.
        column: Column,
    },
    /// A header with nothing below it.
    #[error("{place}的表头之下没有任务，请检查表格内容是否完整")]
    NoTasks {
        /// Where the header stands.
        place: Place,
    },
    /// A task without a number.
    #[error("{place}“{}”列的任务没有编号：“{words}”，请补上编号", column.label())]
    NoNumber {
        /// Where the row stands.
        place: Place,
        /// The column where the number was looked for.
        column: Column,
        /// First words of the task.
        words: String,
    },
    /// A number that is too large or zero.
    #[error("{place}“{}”列的编号“{words}”不是有效的任务编号，应为1至9999", column.label())]
    BadNumber {
        /// Where the row stands.
        place: Place,
        /// The column.
        column: Column,
        /// What stands there.
        words: String,
    },
    /// A numbered row without a task.
    #[error("{place}“工作任务”列为空：任务{no}没有内容，请补充")]
    NoTask {
        /// Where the row stands.
        place: Place,
        /// Its number.
        no: u32,
    },
    /// The same number twice.
    #[error("{second}“{}”列的任务编号{no}与{first}重复，请改正其中一个", column.label())]
    RepeatedNumber {
        /// The number.
        no: u32,
        /// The column.
        column: Column,
        /// First row with it.
        first: Place,
        /// Second row with it.
        second: Place,
    },
    /// More than any breakdown holds.
    #[error("表格过大：最多可读取{most}项任务，请确认文件是否正确")]
    TooLarge {
        /// The most that are read.
        most: usize,
    },
}

fn labels(columns: &[Column]) -> String {
    let words: Vec<String> = columns.iter().map(|column| format!("“{}”", column.label())).collect();
    words.join("、")
}
