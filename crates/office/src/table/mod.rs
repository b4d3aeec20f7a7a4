//! Tables: CSV and XLSX as sheets of typed cells.
//!
//! A table is read to its end and judged (classification, bounds) before a single row of it leaves the reader; then its rows go
//! in chunks, so that a hundred thousand of them need neither one frame nor one piece of memory on the other side.

mod cells;
mod csv;
mod layout;
mod model;
mod numbers;
mod writer;
mod xlsx;

pub use model::{Cell, Chunk, Region, Row, Sheet, SheetHead, TableHead, Workbook};
pub(crate) use writer::Encoded;

use crate::limits::MAX_INPUT;
use crate::{FileKind, Refusal, Request, marks, sniff};

/// Reads a table and holds it whole; for tests and small tables.
///
/// # Errors
///
/// A [`Refusal`] says what is wrong with the file, where, and what to do; nothing of a refused file may be kept.
pub fn read_table(request: &Request) -> Result<Workbook, Refusal> {
    let encoded = encode(request)?;
    let mut workbook = Workbook::of(encoded.head);
    for chunk in &encoded.chunks {
        let chunk: Chunk = serde_json::from_slice(chunk).map_err(|_| Refusal::damaged_table("内部数据"))?;
        if let Some(sheet) = workbook.sheets.get_mut(chunk.sheet) {
            sheet.rows.extend(chunk.rows);
        }
    }
    Ok(workbook)
}

/// Reads a table into its head and its encoded chunks.
pub(crate) fn encode(request: &Request) -> Result<Encoded, Refusal> {
    if request.bytes.is_empty() {
        return Err(Refusal::EmptyFile);
    }
    if request.bytes.len() > MAX_INPUT {
        return Err(Refusal::FileTooLarge {
            bytes: request.bytes.len() as u64,
        });
    }
    marks::refuse_classified_name(&request.file_name)?;
    let encoded = match sniff::kind(&request.bytes, &request.file_name) {
        FileKind::Xlsx => xlsx::read(&request.bytes, &request.file_name).map_err(Refusal::of_table)?,
        FileKind::Text => csv::read(&request.bytes, &request.file_name)?,
        FileKind::ProtectedOffice => return Err(Refusal::ProtectedWorkbook),
        seen => return Err(Refusal::NotATable { seen }),
    };
    if encoded.head.sheets.iter().all(|sheet| sheet.row_count == 0) {
        return Err(Refusal::EmptyTable);
    }
    Ok(encoded)
}
