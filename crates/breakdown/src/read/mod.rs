//! Reads a task breakdown (政务公开主要任务分解表) from a Word table, a spreadsheet or published text, as pure functions.
//!
//! Every source is first turned into rows of cells ([`grid`] for a document, [`sheets`] for a workbook, [`cells`] for text); one assembler then finds
//! the header, the chapters and sections, and the tasks, so that the same table gives the same tasks whichever way it came.
//! What a person should look at again becomes a [`Doubt`]; what cannot be read at all is a [`Refusal`] that names the place.

mod assemble;
mod cells;
mod clean;
mod doubts;
mod fingerprint;
mod grid;
mod header;
mod lines;
mod model;
mod refusal;
pub mod responsible;
mod rows;
mod segment;
mod sheets;
mod title;
mod units;

#[cfg(test)]
mod tests;

pub use fingerprint::fingerprint;
pub use model::{Column, Doubt, DoubtKind, Place, Table, Task};
pub use refusal::Refusal;
pub use units::Names;

/// Reads the breakdown from the tables of a document.
///
/// # Errors
/// [`Refusal`] names what is missing or wrong and the row where it stands.
pub fn from_document(document: &content::Document, names: &Names) -> Result<Table, Refusal> {
    let sheet = grid::read(document)?;
    assemble::assemble(sheet, names)
}

/// Reads the breakdown from a sheet of a workbook.
///
/// # Errors
/// [`Refusal`] names what is missing or wrong and the row where it stands.
pub fn from_workbook(workbook: &office::Workbook, names: &Names) -> Result<Table, Refusal> {
    let (sheet, left_out) = sheets::read(workbook)?;
    let mut table = assemble::assemble(sheet, names)?;
    table.doubts.extend(left_out);
    Ok(table)
}

/// Reads the breakdown from published text whose cells are separated by tabs.
///
/// # Errors
/// [`Refusal`] names what is missing or wrong and the line where it stands.
pub fn from_text(text: &str, names: &Names) -> Result<Table, Refusal> {
    let sheet = cells::read(text)?;
    assemble::assemble(sheet, names)
}
