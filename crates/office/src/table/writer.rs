//! Gathering rows under bounds, encoded as they will go through the pipe.

use super::model::{Cell, Chunk, Row, SheetHead, TableHead};
use crate::limits::{MAX_CELL, MAX_CELLS, MAX_COLUMNS, MAX_ROWS, MAX_TABLE_BYTES};
use crate::marks::TableMarks;
use crate::{Notice, Properties, Refusal};

/// Most rows in one chunk.
const ROWS_PER_CHUNK: usize = 500;
/// Characters after which a chunk is closed whatever its rows.
const CHARACTERS_PER_CHUNK: usize = 256 * 1024;

/// A table read to its end.
pub(crate) struct Encoded {
    /// What is said before the rows.
    pub(crate) head: TableHead,
    /// Chunks of rows as JSON.
    pub(crate) chunks: Vec<Vec<u8>>,
}

/// Takes rows as they are read.
pub(super) struct Writer {
    sheets: Vec<SheetHead>,
    chunks: Vec<Vec<u8>>,
    rows: Vec<Row>,
    characters: usize,
    cells: u64,
    all_rows: u64,
    bytes: usize,
    marks: TableMarks,
}

impl Writer {
    pub(super) fn new() -> Writer {
        Writer {
            sheets: Vec::new(),
            chunks: Vec::new(),
            rows: Vec::new(),
            characters: 0,
            cells: 0,
            all_rows: 0,
            bytes: 0,
            marks: TableMarks::default(),
        }
    }

    /// Begins a sheet; `margins` are its headers and footers.
    pub(super) fn sheet(&mut self, sheet: SheetHead, margins: &[String]) -> Result<(), Refusal> {
        self.close_chunk()?;
        self.marks.sheet(&sheet.name, margins)?;
        self.sheets.push(sheet);
        Ok(())
    }

    /// Takes a row of the sheet begun last; a row that holds nothing is left out.
    pub(super) fn row(&mut self, mut row: Row) -> Result<(), Refusal> {
        while row.cells.last().is_some_and(Cell::is_empty) {
            row.cells.pop();
        }
        if row.cells.is_empty() {
            return Ok(());
        }
        if row.cells.len() > MAX_COLUMNS {
            return Err(Refusal::TableTooLarge {
                what: format!("第 {} 行有 {} 列，最多 {MAX_COLUMNS} 列", row.number, row.cells.len()),
            });
        }
        self.all_rows += 1;
        if self.all_rows > MAX_ROWS {
            return Err(Refusal::TableTooLarge {
                what: format!("表格超过 {MAX_ROWS} 行"),
            });
        }
        for (column, cell) in row.cells.iter().enumerate() {
            let words = cell.words();
            self.cells += u64::from(!words.is_empty());
            self.characters += words.len();
            if words.len() > MAX_CELL && words.chars().count() > MAX_CELL {
                return Err(Refusal::CellTooLong {
                    row: row.number,
                    column: column as u32 + 1,
                });
            }
        }
        if self.cells > MAX_CELLS {
            return Err(Refusal::TableTooLarge {
                what: format!("表格里有内容的单元格超过 {} 万个", MAX_CELLS / 10_000),
            });
        }
        self.marks.row(&row)?;
        self.rows.push(row);
        if self.rows.len() >= ROWS_PER_CHUNK || self.characters >= CHARACTERS_PER_CHUNK {
            self.close_chunk()?;
        }
        Ok(())
    }

    fn close_chunk(&mut self) -> Result<(), Refusal> {
        let Some(sheet) = self.sheets.len().checked_sub(1).filter(|_| !self.rows.is_empty()) else {
            return Ok(());
        };
        let rows = std::mem::take(&mut self.rows);
        if let Some(head) = self.sheets.last_mut() {
            head.row_count += rows.len() as u64;
        }
        let json = serde_json::to_vec(&Chunk { sheet, rows }).map_err(|_| Refusal::damaged_table("内部数据"))?;
        self.bytes += json.len();
        if self.bytes > MAX_TABLE_BYTES {
            return Err(Refusal::TableTooLarge {
                what: "表格里的文字太多".to_owned(),
            });
        }
        self.chunks.push(json);
        self.characters = 0;
        Ok(())
    }

    /// The whole table, judged.
    pub(super) fn finish(
        mut self,
        has_comments: bool,
        notices: Vec<Notice>,
        properties: &Properties,
        file_name: &str,
    ) -> Result<Encoded, Refusal> {
        self.close_chunk()?;
        let head = TableHead {
            sheets: self.sheets,
            has_comments,
            notices,
            handling_marks: self.marks.finish(properties, file_name)?,
            chunk_count: self.chunks.len() as u64,
        };
        Ok(Encoded {
            head,
            chunks: self.chunks,
        })
    }
}
