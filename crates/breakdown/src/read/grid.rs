//! A document's tables as rows on a grid, spans resolved.

use content::{Block, Body, Document, Inline};

use super::model::Place;
use super::refusal::Refusal;
use super::rows::{Cell, Row, Sheet, Slot, Source};

/// More columns than any breakdown has; wider spans are cut to it.
const MOST_COLUMNS: usize = 40;

/// Reads all tables of the document, in order, with the words before the first of them.
pub(super) fn read(document: &Document) -> Result<Sheet, Refusal> {
    let mut before = Vec::new();
    let mut rows = Vec::new();
    let mut tables = 0;
    for block in &document.blocks {
        match &block.body {
            Body::Table(table) => {
                tables += 1;
                rows.extend(lay_out(table, tables));
            }
            _ if tables == 0 => before.extend(block_text(block).lines().map(str::to_owned)),
            _ => {}
        }
    }
    if rows.is_empty() {
        return Err(Refusal::NoTable);
    }
    for row in &rows {
        if row.slots.iter().any(|slot| slot.raw().contains('\0')) {
            return Err(Refusal::Nul { place: row.place });
        }
    }
    Ok(Sheet {
        before,
        source: Source::Rows(rows),
    })
}

/// A cell that reaches into rows below.
struct Hanging {
    rows_left: u32,
    first: bool,
    cell: Cell,
}

fn lay_out(table: &content::Table, number: usize) -> Vec<Row> {
    let mut hanging: Vec<Option<Hanging>> = Vec::new();
    let mut rows = Vec::new();
    for (position, row) in table.rows.iter().enumerate() {
        let place = Place::Row {
            table: number,
            row: position + 1,
        };
        let mut slots: Vec<Slot> = Vec::new();
        for cell in &row.cells {
            take_hanging(&mut hanging, &mut slots);
            let here = Cell {
                place,
                raw: cell_text(cell),
            };
            let width = usize::try_from(cell.colspan)
                .unwrap_or(MOST_COLUMNS)
                .clamp(1, MOST_COLUMNS);
            for offset in 0..width {
                let column = slots.len();
                if column >= MOST_COLUMNS {
                    break;
                }
                if hanging.len() <= column {
                    hanging.resize_with(column + 1, || None);
                }
                if cell.rowspan > 1 {
                    let below = Hanging {
                        rows_left: cell.rowspan - 1,
                        first: offset == 0,
                        cell: here.clone(),
                    };
                    if let Some(place) = hanging.get_mut(column) {
                        *place = Some(below);
                    }
                }
                slots.push(if offset == 0 {
                    Slot::Cell(here.clone())
                } else {
                    Slot::Covered
                });
            }
        }
        take_hanging(&mut hanging, &mut slots);
        rows.push(Row { place, slots });
    }
    rows
}

/// Fills the places from here on that cells of rows above still cover.
fn take_hanging(hanging: &mut [Option<Hanging>], slots: &mut Vec<Slot>) {
    while let Some(place) = hanging.get_mut(slots.len()) {
        let Some(mut above) = place.take() else { return };
        slots.push(if above.first {
            Slot::Continued(above.cell.clone())
        } else {
            Slot::Covered
        });
        above.rows_left -= 1;
        if above.rows_left > 0 {
            *place = Some(above);
        }
    }
}

fn cell_text(cell: &content::Cell) -> String {
    let blocks: Vec<String> = cell.blocks.iter().map(block_text).collect();
    blocks.join("\n")
}

/// The words of a block, one line for each paragraph and line break.
fn block_text(block: &Block) -> String {
    match &block.body {
        Body::Heading { text, .. } | Body::Paragraph { text, .. } => inline_text(text),
        Body::List { items, .. } => {
            let items: Vec<String> = items
                .iter()
                .flat_map(|item| item.blocks.iter().map(block_text))
                .collect();
            items.join("\n")
        }
        Body::Table(table) => {
            let cells: Vec<String> = table
                .rows
                .iter()
                .flat_map(|row| row.cells.iter().map(cell_text))
                .collect();
            cells.join("\n")
        }
        _ => String::new(),
    }
}

fn inline_text(text: &[Inline]) -> String {
    text.iter()
        .map(|inline| match inline {
            Inline::Text { text, .. } | Inline::Link { text, .. } => text.as_str(),
            Inline::Break => "\n",
            _ => "",
        })
        .collect()
}
