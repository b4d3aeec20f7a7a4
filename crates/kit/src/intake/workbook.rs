//! Workbooks that are downloaded: the template of a kind, the report on a file. Words are written as words and never computed.

use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Note, Workbook, Worksheet, XlsxError};
use sea_orm::ConnectionTrait;

use super::kind::Kind;
use super::model::RowResult;
use super::service::Intake;
use super::store;
use crate::error::{Error, Result};
use crate::seal::Keyring;

/// Heading of the column that a report adds; it is passed over when the report is uploaded again.
pub const OUTCOME: &str = "处理结果";
/// Rows below the headings of a template that are formatted as text and offer choices.
const PREPARED_ROWS: u32 = 1000;
/// Longest text of a cell, which the format limits.
const LONGEST: usize = 32_767;

/// An empty table with headings, hints and choices.
///
/// # Errors
/// When the workbook cannot be written, which is a defect of the program.
pub fn template(kind: &Kind) -> Result<Vec<u8>> {
    template_book(kind).map_err(|e| Error::Internal(format!("workbook: {e}")))
}

fn template_book(kind: &Kind) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let (head, text, wrapped) = (
        head_format(),
        Format::new().set_num_format("@"),
        Format::new().set_text_wrap(),
    );
    let sheet = book.add_worksheet().set_name(kind.name)?;
    for (at, column) in (0..).zip(kind.columns) {
        let mark = if column.required { "*" } else { "" };
        // Text, so that a spreadsheet leaves codes and numbers as they are typed.
        sheet.set_column_format(at, &text)?;
        sheet.set_column_width(at, 18)?;
        sheet.write_string_with_format(0, at, format!("{}{mark}", column.name), &head)?;
        sheet.insert_note(0, at, &Note::new(column.hint).add_author_prefix(false))?;
        if !column.choices.is_empty() {
            let list = DataValidation::new().allow_list_strings(column.choices)?;
            sheet.add_data_validation(1, at, PREPARED_ROWS, at, &list)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    let hints = book.add_worksheet().set_name("填写说明")?;
    for (at, heading) in ["列", "是否必填", "怎么填"].into_iter().enumerate() {
        hints.write_string_with_format(0, at as u16, heading, &head)?;
    }
    for (row, column) in (1..).zip(kind.columns) {
        let required = if column.required { "必填" } else { "选填" };
        let choices = match column.choices {
            [] => String::new(),
            choices => format!("可填：{}。", choices.join("、")),
        };
        hints.write_string(row, 0, column.name)?;
        hints.write_string(row, 1, required)?;
        hints.write_string_with_format(row, 2, format!("{choices}{}", column.hint), &wrapped)?;
    }
    hints.set_column_width(0, 16)?.set_column_width(2, 70)?;
    book.save_to_buffer()
}

fn head_format() -> Format {
    Format::new()
        .set_bold()
        .set_align(FormatAlign::Center)
        .set_background_color(0x00E8_EEF4)
}

/// The rows of a file with what became of each; `only_refused` leaves out those that need nothing more.
///
/// # Errors
/// When the database fails or the rows are gone.
pub async fn report(on: &impl ConnectionTrait, keys: &Keyring, intake: &Intake, only_refused: bool) -> Result<Vec<u8>> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    begin(sheet, &intake.head.headings).map_err(written)?;
    // An earlier report's own column would stand there twice.
    let old = intake.head.headings.iter().position(|heading| heading == OUTCOME);
    let width = intake.head.headings.len() - usize::from(old.is_some());
    let mut at = 1;
    for no in 0..intake.block_count {
        let rows = store::rows(on, keys, intake.id, no).await?;
        for (place, entry) in rows.entries.expose().iter().enumerate() {
            let result = rows.results.expose().get(place);
            if only_refused && !matches!(result, Some(RowResult::Refused { .. })) {
                continue;
            }
            let cells = entry.cells.iter().enumerate().filter(|(place, _)| Some(*place) != old);
            for (column, (_, words)) in cells.enumerate() {
                put(sheet, at, column, words).map_err(written)?;
            }
            let words = result.map_or_else(|| "尚未处理".to_string(), RowResult::words);
            put(sheet, at, width, &words).map_err(written)?;
            at += 1;
        }
    }
    book.save_to_buffer().map_err(written)
}

fn begin(sheet: &mut Worksheet, headings: &[String]) -> std::result::Result<(), XlsxError> {
    let head = head_format();
    let own = headings
        .iter()
        .map(String::as_str)
        .filter(|heading| *heading != OUTCOME);
    for (at, heading) in own.chain([OUTCOME]).enumerate() {
        sheet.write_string_with_format(0, at as u16, shortened(heading), &head)?;
        sheet.set_column_width(at as u16, if heading == OUTCOME { 60 } else { 16 })?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// Writes words as words, whatever they begin with.
fn put(sheet: &mut Worksheet, row: u32, column: usize, words: &str) -> std::result::Result<(), XlsxError> {
    if !words.is_empty() {
        sheet.write_string(row, column as u16, shortened(words))?;
    }
    Ok(())
}

fn shortened(words: &str) -> String {
    words.chars().take(LONGEST).collect()
}

fn written(error: XlsxError) -> Error {
    Error::Internal(format!("workbook: {error}"))
}
