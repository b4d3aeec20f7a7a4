//! The table as a spreadsheet, through the reader of foreign files.

use rust_xlsxwriter::{Format, Workbook};

use super::support::{SEED_EXPECTED, SEED_TEXT, names};
use crate::read::grid;
use crate::read::rows::{Row, Slot, Source};
use crate::read::{DoubtKind, Refusal, Table, fingerprint, from_text, from_workbook};

const SEED_WORD: &[u8] = include_bytes!("../../../samples/2021-cangshan-task-breakdown.docx");

fn read(name: &str, bytes: Vec<u8>) -> Result<Table, Refusal> {
    let request = office::Request {
        file_name: name.to_owned(),
        bytes,
        ..office::Request::default()
    };
    from_workbook(&office::read_table(&request).unwrap(), &names())
}

/// The Word file's title and table, cell by cell, as somebody would copy them into a spreadsheet.
fn seed_as_workbook() -> Workbook {
    let word = office::read(&office::Request {
        format: office::Format::Docx,
        file_name: "分解表.docx".to_owned(),
        bytes: SEED_WORD.to_vec(),
    })
    .unwrap();
    let laid_out = grid::read(&word.document).unwrap();
    let Source::Rows(rows) = laid_out.source else {
        panic!("a document has rows");
    };
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let plain = Format::new();
    let mut top = 0;
    for line in &laid_out.before {
        sheet.write_string(top, 0, line).unwrap();
        top += 1;
    }
    for (at, row) in rows.iter().enumerate() {
        for (column, slot) in row.slots.iter().enumerate() {
            let Slot::Cell(cell) = slot else { continue };
            let is_covered = |slot: &&Slot| matches!(slot, Slot::Covered);
            let width = 1 + row.slots.iter().skip(column + 1).take_while(is_covered).count();
            let goes_on = |row: &&Row| matches!(row.slots.get(column), Some(Slot::Continued(_)));
            let height = 1 + rows.iter().skip(at + 1).take_while(goes_on).count();
            let (first, left) = (top + at as u32, column as u16);
            let (last, right) = (first + height as u32 - 1, left + width as u16 - 1);
            if width * height > 1 {
                sheet.merge_range(first, left, last, right, &cell.raw, &plain).unwrap();
            } else {
                sheet.write_string(first, left, &cell.raw).unwrap();
            }
        }
    }
    book
}

#[test]
fn the_seed_as_a_spreadsheet_is_read_like_the_word_file() {
    let table = read("分解表.xlsx", seed_as_workbook().save_to_buffer().unwrap()).unwrap();
    let wanted: serde_json::Value = serde_json::from_str(SEED_EXPECTED).unwrap();
    assert_eq!(serde_json::to_value(&table).unwrap(), wanted);
    assert_eq!(
        fingerprint(&table),
        fingerprint(&from_text(SEED_TEXT, &names()).unwrap())
    );
}

#[test]
fn merged_cells_hidden_rows_and_other_sheets() {
    let mut book = Workbook::new();
    let plain = Format::new();
    let sheet = book.add_worksheet();
    for (column, heading) in ["序号", "工作任务", "工作要求", "责任单位"].into_iter().enumerate() {
        sheet.write_string(0, column as u16, heading).unwrap();
    }
    sheet.merge_range(1, 0, 1, 3, "一、总的要求", &plain).unwrap();
    sheet.merge_range(2, 0, 3, 0, "1", &plain).unwrap();
    sheet.merge_range(2, 1, 3, 1, "公开规划", &plain).unwrap();
    for (row, requirement, unit) in [
        (2, "及时公开。", "区发改局"),
        (3, "归集历史规划。", "区资规局"),
        (4, "隐藏。", "区财政局"),
    ] {
        sheet.write_string(row, 2, requirement).unwrap();
        sheet.write_string(row, 3, unit).unwrap();
    }
    sheet.write_number(4, 0, 2).unwrap();
    sheet.write_string(4, 1, "隐藏的任务").unwrap();
    sheet.set_row_hidden(4).unwrap();
    book.add_worksheet().write_string(0, 0, "说明").unwrap();
    let table = read("分解表.xlsx", book.save_to_buffer().unwrap()).unwrap();
    assert_eq!(table.tasks.len(), 1);
    let task = &table.tasks[0];
    assert_eq!(
        (task.no, task.task.as_str(), task.chapter.as_str()),
        (1, "公开规划", "一、总的要求")
    );
    assert!(task.requirement.contains("及时公开。") && task.requirement.contains("归集历史规划。"));
    assert!(task.responsible.contains("区发改局") && task.responsible.contains("区资规局"));
    let stray = table
        .doubts
        .iter()
        .filter(|doubt| doubt.kind == DoubtKind::Stray)
        .count();
    assert_eq!(stray, 2, "{:?}", table.doubts);
}

#[test]
fn a_spreadsheet_that_is_no_breakdown_is_refused_with_its_row() {
    let refused = read("名册.csv", "姓名,电话\n甲,1\n".as_bytes().to_vec());
    assert!(matches!(refused, Err(Refusal::WrongTable { .. })), "{refused:?}");
}
