//! Excel workbooks (`.xlsx`, ECMA-376): which sheets there are, and their cells, by calamine.

use std::io::Cursor;

use calamine::{DataRef, Reader as _, SheetVisible, Xlsx, XlsxError};

use super::layout::{self, Layout};
use super::model::{Cell, Row, SheetHead};
use super::writer::{Encoded, Writer};
use super::{cells, numbers};
use crate::docx::package_parts::Relations;
use crate::docx::properties;
use crate::limits::{MAX_COLUMNS, MAX_SHEET_PART, MAX_SHEETS};
use crate::package::Package;
use crate::{Notice, NoticeKind, Refusal};

/// Reads a workbook.
pub(super) fn read(bytes: &[u8], file_name: &str) -> Result<Encoded, Refusal> {
    let mut package = Package::open(bytes)?;
    refuse_programs(&mut package)?;
    let has_comments = package
        .names()
        .any(|name| name.starts_with("xl/comments") || name.starts_with("xl/threadedcomments"));
    let properties = properties::read(&mut package)?;
    let parts = sheet_parts(&mut package)?;
    unpack_once(&mut package, "xl/sharedStrings.xml")?;
    unpack_once(&mut package, "xl/styles.xml")?;
    let mut sheets = Vec::new();
    for (name, part) in parts {
        let part = package
            .stream(&part, MAX_SHEET_PART)?
            .ok_or_else(|| Refusal::damaged(&part))?;
        sheets.push((layout::read(part, &name)?, name));
    }
    drop(package);
    let mut workbook: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(|error| refusal(&error, "工作簿"))?;
    let mut book = Book {
        writer: Writer::new(),
        notices: Vec::new(),
        imprecise: (0, String::new()),
    };
    for (layout, name) in sheets {
        book.sheet(&mut workbook, &name, layout)?;
    }
    book.note_imprecise();
    book.writer.finish(has_comments, book.notices, &properties, file_name)
}

/// Macros, in either of their forms.
fn refuse_programs(package: &mut Package<'_>) -> Result<(), Refusal> {
    let has_macros = package
        .names()
        .any(|name| name.ends_with("vbaproject.bin") || name.starts_with("xl/macrosheets/"));
    let types = package
        .xml("[Content_Types].xml")?
        .ok_or_else(|| Refusal::damaged("[Content_Types].xml"))?;
    let is_macro_type = types.elements().any(|element| {
        let kind = element.attribute("ContentType").unwrap_or_default().to_lowercase();
        kind.contains("macroenabled") || kind.contains("vbaproject") || kind.contains("macrosheet")
    });
    if has_macros || is_macro_type {
        return Err(Refusal::Macros);
    }
    Ok(())
}

/// Name and part of each worksheet, in the workbook's order.
fn sheet_parts(package: &mut Package<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let main = Relations::of(package, "")?.parts("officeDocument");
    let main = main.first().cloned().unwrap_or_else(|| "xl/workbook.xml".to_owned());
    let relations = Relations::of(package, &main)?;
    let worksheets = relations.parts("worksheet");
    let root = package.xml(&main)?.ok_or_else(|| Refusal::damaged("缺少工作簿部件"))?;
    let mut parts = Vec::new();
    let sheets = root.elements().filter(|element| element.name.ends_with(":sheets"));
    for sheet in sheets.flat_map(|sheets| sheets.elements()) {
        let (Some(name), Some(id)) = (sheet.attribute("name"), sheet.attribute("r:id")) else {
            continue;
        };
        let Some(relation) = relations.get(id) else {
            return Err(Refusal::damaged("工作表的位置"));
        };
        // Sheets that are charts or dialogues have no cells.
        if worksheets.contains(&relation.target) {
            parts.push((name.to_owned(), relation.target.clone()));
        }
    }
    if parts.len() > MAX_SHEETS {
        return Err(Refusal::too_complex("工作表"));
    }
    Ok(parts)
}

/// Unpacks a part to nowhere, so that what it declares of its size is not relied upon.
fn unpack_once(package: &mut Package<'_>, part: &str) -> Result<(), Refusal> {
    let Some(mut stream) = package.stream(part, MAX_SHEET_PART)? else {
        return Ok(());
    };
    match std::io::copy(&mut stream, &mut std::io::sink()) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => Err(Refusal::ZipBomb),
        Err(_) => Err(Refusal::damaged(part)),
    }
}

struct Book {
    writer: Writer,
    notices: Vec<Notice>,
    imprecise: (u64, String),
}

impl Book {
    fn sheet(&mut self, workbook: &mut Xlsx<Cursor<&[u8]>>, name: &str, layout: Layout) -> Result<(), Refusal> {
        let known = workbook.sheets_metadata().iter().find(|sheet| sheet.name == name);
        let is_hidden = known.is_none_or(|sheet| sheet.visible != SheetVisible::Visible);
        let head = SheetHead {
            name: name.to_owned(),
            is_hidden,
            hidden_columns: layout.hidden_columns,
            merged: layout.merged,
            row_count: 0,
        };
        self.writer.sheet(head, &layout.margins)?;
        self.note_without_result(name, &layout.without_result);
        let mut reader = workbook
            .worksheet_cells_reader(name)
            .map_err(|error| refusal(&error, name))?;
        let mut row = Row {
            number: 0,
            is_hidden: false,
            cells: Vec::new(),
        };
        let formats: Vec<String> = reader
            .styles()
            .iter()
            .map(|style| {
                style
                    .number_format
                    .as_ref()
                    .map(|format| format.format_code.clone())
                    .unwrap_or_default()
            })
            .collect();
        while let Some((cell, style)) = reader
            .next_cell_with_style_id()
            .map_err(|error| refusal(&error, name))?
        {
            let (at_row, column) = cell.get_position();
            let format = formats.get(style).map(String::as_str).unwrap_or_default();
            let value = value(cell.get_value(), format);
            if value.is_empty() {
                continue;
            }
            let number = at_row.saturating_add(1);
            if number < row.number {
                return Err(Refusal::damaged("行的次序"));
            }
            if number > row.number {
                let is_hidden = layout.hidden_rows.contains(&number);
                let next = Row {
                    number,
                    is_hidden,
                    cells: Vec::new(),
                };
                self.writer.row(std::mem::replace(&mut row, next))?;
            }
            let column = column as usize;
            if column >= MAX_COLUMNS {
                return Err(Refusal::TableTooLarge {
                    what: format!("第 {number} 行的内容超出第 {MAX_COLUMNS} 列"),
                });
            }
            self.look_at(&value, number);
            if row.cells.len() <= column {
                row.cells.resize(column + 1, Cell::Empty);
            }
            if let Some(place) = row.cells.get_mut(column) {
                *place = value;
            }
        }
        self.writer.row(row)
    }

    fn look_at(&mut self, cell: &Cell, row: u32) {
        if let Cell::Number(value, _) = cell
            && value.abs() >= numbers::IMPRECISE
        {
            self.imprecise.0 += 1;
            if self.imprecise.0 == 1 {
                self.imprecise.1 = format!("第 {row} 行");
            }
        }
    }

    fn note_imprecise(&mut self) {
        let (count, place) = std::mem::take(&mut self.imprecise);
        if count > 0 {
            self.notices.push(Notice {
                kind: NoticeKind::DigitsLost,
                message: format!("有 {count} 个超过 15 位的数字，表格软件已把末尾几位改成 0；证件号等请把该列设为文本格式后重新填写。"),
                place,
            });
        }
    }

    fn note_without_result(&mut self, sheet: &str, (count, place): &(u64, String)) {
        if *count > 0 {
            self.notices.push(Notice {
                kind: NoticeKind::ResultMissing,
                place: format!("工作表“{sheet}”{place}"),
                message: format!(
                    "有 {count} 个公式没有保存计算结果，按空白读取；请用 Excel 打开、保存一次后重新上传。"
                ),
            });
        }
    }
}

fn value(value: &DataRef<'_>, format: &str) -> Cell {
    let text = |words: &str| {
        let words = cells::words(words);
        if words.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(words)
        }
    };
    match value {
        DataRef::Int(number) => numbers::number(*number as f64, format),
        DataRef::Float(number) => numbers::number(*number, format),
        DataRef::String(words) => text(words),
        DataRef::SharedString(words) => text(words),
        DataRef::Bool(value) => Cell::Bool(*value),
        DataRef::DateTime(value) => numbers::date(value),
        DataRef::DateTimeIso(words) => Cell::Date(words.trim_end_matches("T00:00:00").replace('T', " ")),
        DataRef::DurationIso(words) => text(words),
        DataRef::Error(error) => Cell::Fault(error.to_string()),
        DataRef::Empty => Cell::Empty,
    }
}

fn refusal(error: &XlsxError, part: &str) -> Refusal {
    match error {
        XlsxError::Password => Refusal::PasswordProtected,
        _ => Refusal::damaged(part),
    }
}
