//! The audit record as a table for a spreadsheet. Every cell is text: nothing in it is ever a formula.

use rust_xlsxwriter::Workbook;

use super::pages::EntryRow;
use crate::error::{Error, Result};

/// Most entries that one file holds; who needs more narrows the period.
pub(super) const MOST: u64 = 50_000;

const HEAD: [&str; 6] = ["时间", "岗位", "操作", "内容", "对象", "对象编号"];

fn cells(row: &EntryRow) -> [&str; 6] {
    [
        &row.at,
        &row.actor,
        &row.sentence,
        &row.detail,
        &row.subject,
        &row.subject_id,
    ]
}

/// As CSV with the mark by which spreadsheets know UTF-8.
pub(super) fn csv(rows: &[EntryRow]) -> Vec<u8> {
    let mut text = String::from('\u{feff}');
    line(&mut text, &HEAD);
    for row in rows {
        line(&mut text, &cells(row));
    }
    text.into_bytes()
}

fn line(text: &mut String, cells: &[&str]) {
    let quoted: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    text.push_str(&quoted.join(","));
    text.push_str("\r\n");
}

/// In quotation marks; what a spreadsheet would take for a formula gets an apostrophe before it.
fn quoted(cell: &str) -> String {
    let first = cell.trim_start().chars().next();
    let guard = if first.is_some_and(|c| "=+-@＝＋－＠".contains(c)) || cell.starts_with(['\t', '\r', '\n']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", cell.replace('"', "\"\""))
}

/// As a workbook, in which a text is a text.
pub(super) fn xlsx(rows: &[EntryRow]) -> Result<Vec<u8>> {
    let failed = |_| Error::Internal("a workbook could not be written".into());
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let lines = std::iter::once(HEAD).chain(rows.iter().map(cells));
    for (row, line) in (0u32..).zip(lines) {
        for (column, cell) in (0u16..).zip(line) {
            // A cell holds at most 32,767 signs.
            let cell: String = cell.chars().take(32_000).collect();
            sheet.write_string(row, column, cell).map_err(failed)?;
        }
    }
    book.save_to_buffer().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_becomes_a_formula() {
        for bad in ["=1+1", " +1", "-1", "@x", "\t=1", "＝1"] {
            assert!(quoted(bad).starts_with("\"'"), "{bad:?}");
        }
        assert_eq!(quoted("区\"财\"政局"), "\"区\"\"财\"\"政局\"");
    }
}
