//! A workbook's sheet as rows on a grid, merged cells resolved.

use office::{Region, Workbook};

use super::clean::clean;
use super::lines::is_header;
use super::model::{Doubt, DoubtKind, Place};
use super::refusal::Refusal;
use super::rows::{Cell, Row, Sheet, Slot, Source};

/// More columns than any breakdown has.
const MOST_COLUMNS: usize = 40;

/// Reads the first sheet with a header, or else the first with anything in it. What is left out becomes a doubt.
pub(super) fn read(workbook: &Workbook) -> Result<(Sheet, Vec<Doubt>), Refusal> {
    let visible: Vec<&office::Sheet> = workbook.sheets.iter().filter(|sheet| !sheet.is_hidden).collect();
    let mut laid_out: Vec<(&str, Vec<Row>)> = visible
        .iter()
        .map(|sheet| (sheet.name.as_str(), lay_out(sheet)))
        .filter(|(_, rows)| !rows.is_empty())
        .collect();
    let at = laid_out
        .iter()
        .position(|(_, rows)| rows.iter().any(is_header))
        .unwrap_or(0);
    if laid_out.is_empty() {
        return Err(Refusal::NoTable);
    }
    let (name, rows) = laid_out.remove(at);
    let mut doubts: Vec<Doubt> = Vec::new();
    let mut leave_out = |message: String| {
        doubts.push(Doubt {
            kind: DoubtKind::Stray,
            task: None,
            column: None,
            words: String::new(),
            message,
        });
    };
    for (other, _) in &laid_out {
        leave_out(format!("只读入了工作表“{name}”，工作表“{other}”没有读入，请核对。"));
    }
    let hidden = visible
        .iter()
        .filter(|sheet| sheet.name == name)
        .flat_map(|sheet| &sheet.rows);
    let hidden = hidden.filter(|row| row.is_hidden).count();
    if hidden > 0 {
        leave_out(format!("有 {hidden} 行在表里是隐藏的，没有读入，请核对。"));
    }
    let sheet = Sheet {
        before: Vec::new(),
        source: Source::Rows(rows),
    };
    Ok((sheet, doubts))
}

fn lay_out(sheet: &office::Sheet) -> Vec<Row> {
    let shown = |row: &&office::Row| !row.is_hidden;
    let width = sheet
        .rows
        .iter()
        .filter(shown)
        .map(|row| row.cells.len())
        .max()
        .unwrap_or(0);
    let width = width.min(MOST_COLUMNS);
    let rows = sheet.rows.iter().filter(shown).map(|row| {
        let place = Place::Row {
            table: 1,
            row: row.number as usize,
        };
        let slots = (0..width).map(|column| slot(sheet, row, column, place)).collect();
        Row { place, slots }
    });
    let holds_words = |row: &Row| row.slots.iter().any(|slot| !clean(slot.raw()).is_empty());
    rows.filter(holds_words).collect()
}

fn slot(sheet: &office::Sheet, row: &office::Row, column: usize, place: Place) -> Slot {
    let is_hidden = sheet.hidden_columns.iter().any(|hidden| *hidden as usize == column);
    let own = |cells: &[office::Cell]| {
        let words = cells.get(column).map_or("", office::Cell::words);
        if is_hidden { String::new() } else { words.to_owned() }
    };
    let Some(region) = sheet.merged.iter().find(|region| covers(region, row.number, column)) else {
        return Slot::Cell(Cell {
            place,
            raw: own(&row.cells),
        });
    };
    match (region.first_row == row.number, region.first_column as usize == column) {
        (true, true) => Slot::Cell(Cell {
            place,
            raw: own(&row.cells),
        }),
        (false, true) => {
            let above = sheet.rows.iter().find(|above| above.number == region.first_row);
            Slot::Continued(Cell {
                place,
                raw: above.map(|above| own(&above.cells)).unwrap_or_default(),
            })
        }
        _ => Slot::Covered,
    }
}

fn covers(region: &Region, row: u32, column: usize) -> bool {
    let columns = region.first_column as usize..=region.last_column as usize;
    (region.first_row..=region.last_row).contains(&row) && columns.contains(&column)
}
