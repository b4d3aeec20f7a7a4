//! The ledger as a table for other programs. Cells are text: nothing in them is taken for a formula.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::ledger::Entry;
use super::model::Kind;
use crate::clock::spoken_time;
use crate::error::{Error, Result};

const HEADS: [&str; 13] = [
    "类别",
    "单位",
    "事项",
    "未完成件数",
    "发出人",
    "发出时间",
    "答复期限",
    "已读/接收",
    "答复时间",
    "答复",
    "状态",
    "办结",
    "办结意见",
];

fn cells(entry: &Entry) -> [String; 13] {
    let notice = &entry.notice;
    let state = match entry.is_late {
        true => format!("{}（逾期）", entry.state.name()),
        false => entry.state.name().to_string(),
    };
    [
        Kind::of(&notice.kind).map_or_else(|| notice.kind.clone(), |kind| kind.name().to_string()),
        entry.unit.clone(),
        notice.title.clone(),
        entry.items.to_string(),
        notice.issuer_name.clone(),
        spoken_time(notice.issued_at),
        notice.due_on.map(|due| due.to_string()).unwrap_or_default(),
        entry.read.clone(),
        entry.answered_at.map(spoken_time).unwrap_or_default(),
        entry.reply.clone(),
        state,
        notice
            .closed_at
            .map(|at| format!("{} {}", spoken_time(at), notice.closer_name))
            .unwrap_or_default(),
        notice.closing_note.clone(),
    ]
}

/// A workbook with one sheet.
pub(super) fn xlsx(entries: &[Entry]) -> Result<Vec<u8>> {
    write(entries).map_err(|e| Error::Internal(format!("ledger: {e}")))
}

fn write(entries: &[Entry]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("催办督办台账")?;
    let head = Format::new().set_bold();
    for (column, words) in (0u16..).zip(HEADS) {
        sheet.write_string_with_format(0, column, words, &head)?;
        sheet.set_column_width(column, if column == 2 || column == 9 { 40 } else { 16 })?;
    }
    for (row, entry) in (1u32..).zip(entries) {
        for (column, text) in (0u16..).zip(cells(entry)) {
            sheet.write_string(row, column, text)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    book.save_to_buffer()
}

/// Lines of text with a mark by which spreadsheets know UTF-8.
pub(super) fn csv(entries: &[Entry]) -> String {
    let mut text = String::from("\u{feff}");
    line(&mut text, HEADS.map(str::to_string));
    for entry in entries {
        line(&mut text, cells(entry));
    }
    text
}

fn line(text: &mut String, cells: [String; 13]) {
    let cells = cells.map(|cell| format!("\"{}\"", harmless(&cell).replace('"', "\"\"")));
    text.push_str(&cells.join(","));
    text.push_str("\r\n");
}

/// A spreadsheet takes a cell that begins with one of these for a formula; an apostrophe before it makes it text.
fn harmless(cell: &str) -> String {
    if cell.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{cell}");
    }
    cell.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless(" @SUM(A1)"), "' @SUM(A1)");
        assert_eq!(harmless("3月31日"), "3月31日");
        let mut text = String::new();
        let mut cells: [String; 13] = Default::default();
        cells[0] = "说“=\"".into();
        line(&mut text, cells);
        assert!(text.starts_with("\"说“=\"\"\",\"\""), "{text}");
    }
}
