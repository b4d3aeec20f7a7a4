//! The table as a workbook, with a column that says how far each task is, and the figures of every unit on a second sheet. What is
//! written on the first sheet is read again as the same table. Words are written as words and never computed.

use kit::clock::spoken_date;
use kit::{Error, Result};
use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError};

use super::docx::{lead_lines, progress, without_controls};
use super::model::{Cell, Line, Matrix};
use crate::measuring::figures::{Figures, Tally};
use crate::measuring::snapshot::Snapshot;
use crate::task::store::Task;

/// Headings and widths of the columns, in characters.
const COLUMNS: [(&str, u16); 5] = [
    ("工作任务", 32),
    ("工作要求", 52),
    ("牵头单位", 20),
    ("责任单位", 26),
    ("进展情况", 22),
];
const LAST_COLUMN: u16 = COLUMNS.len() as u16 - 1;
const UNIT_COLUMNS: [&str; 7] = ["序号", "任务", "牵头单位", "单位", "应完成", "已完成", "逾期"];

/// Writes the breakdown with its progress.
///
/// # Errors
/// When the workbook cannot be written, which is a defect of the program.
pub fn write(snapshot: &Snapshot, figures: &Figures, matrix: &Matrix) -> Result<Vec<u8>> {
    book(snapshot, figures, matrix).map_err(|e| Error::Internal(format!("workbook: {e}")))
}

fn book(snapshot: &Snapshot, figures: &Figures, matrix: &Matrix) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    table(book.add_worksheet().set_name("分解表")?, snapshot, figures)?;
    units(book.add_worksheet().set_name("各单位进展")?, matrix)?;
    book.save_to_buffer()
}

fn cell_format() -> Format {
    Format::new()
        .set_text_wrap()
        .set_align(FormatAlign::Top)
        .set_border(FormatBorder::Thin)
}

fn head_format() -> Format {
    cell_format().set_bold().set_align(FormatAlign::Center)
}

fn table(sheet: &mut Worksheet, snapshot: &Snapshot, figures: &Figures) -> std::result::Result<(), XlsxError> {
    let title = Format::new()
        .set_bold()
        .set_font_size(18)
        .set_align(FormatAlign::Center);
    let note = Format::new().set_align(FormatAlign::Center);
    let (plain, head, heading) = (cell_format(), head_format(), cell_format().set_bold());
    sheet.merge_range(0, 0, 0, LAST_COLUMN, &without_controls(&snapshot.table.title), &title)?;
    let as_of = format!("进展截至{}", spoken_date(figures.as_of));
    sheet.merge_range(1, 0, 1, LAST_COLUMN, &as_of, &note)?;
    for (at, (name, width)) in (0..).zip(COLUMNS) {
        sheet.set_column_width(at, width)?;
        sheet.write_string_with_format(2, at, name, &head)?;
    }
    let mut row = 3;
    let (mut chapter, mut section) = ("", "");
    for task in &snapshot.tasks {
        if task.chapter != chapter && !task.chapter.is_empty() {
            sheet.merge_range(row, 0, row, LAST_COLUMN, &without_controls(&task.chapter), &heading)?;
            (row, section) = (row + 1, "");
        }
        if task.section != section && !task.section.is_empty() {
            sheet.merge_range(row, 0, row, LAST_COLUMN, &without_controls(&task.section), &heading)?;
            row += 1;
        }
        (chapter, section) = (&task.chapter, &task.section);
        for (at, words) in (0..).zip(texts(task, &figures.of_task(task.id))) {
            sheet.write_string_with_format(row, at, words, &plain)?;
        }
        row += 1;
    }
    sheet.set_freeze_panes(3, 1)?;
    sheet
        .set_landscape()
        .set_print_fit_to_pages(1, 0)
        .set_repeat_rows(2, 2)?;
    Ok(())
}

fn texts(task: &Task, tally: &Tally) -> [String; 5] {
    let leads: Vec<String> = lead_lines(task).iter().map(|line| without_controls(line)).collect();
    [
        without_controls(&format!("{}.{}", task.no, task.title)),
        without_controls(&task.requirement),
        leads.join("\n"),
        without_controls(&task.responsible_text),
        progress(tally),
    ]
}

fn units(sheet: &mut Worksheet, matrix: &Matrix) -> std::result::Result<(), XlsxError> {
    let (head, plain) = (head_format(), cell_format());
    for (at, name) in (0..).zip(UNIT_COLUMNS) {
        sheet.write_string_with_format(0, at, name, &head)?;
    }
    sheet
        .set_column_width(1, 40)?
        .set_column_width(2, 20)?
        .set_column_width(3, 20)?;
    let mut at = 1;
    for line in &matrix.lines {
        let Line::Task(row) = line else { continue };
        for (column, cell) in matrix.columns.iter().zip(&row.cells) {
            let Cell::Figures(tally) = cell else { continue };
            sheet.write_number_with_format(at, 0, row.no, &plain)?;
            for (place, words) in (1..).zip([&row.title, &row.leads, &column.short_name]) {
                sheet.write_string_with_format(at, place, without_controls(words), &plain)?;
            }
            let figures = [tally.due, tally.done, tally.late].map(|figure| figure as f64);
            for (place, figure) in (4..).zip(figures) {
                sheet.write_number_with_format(at, place, figure, &plain)?;
            }
            at += 1;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}
