//! From the cells of either source to headings and task rows.

use super::assemble::{Line, TaskRow, is_heading, numbered, repeats_header};
use super::clean::{beginning, clean, words};
use super::header::{Header, column_of};
use super::model::{Column, Place};
use super::refusal::Refusal;
use super::rows::{Cell, Row, Slot};

/// Columns that make a row of headings the header of a breakdown.
fn is_telling(column: Column) -> bool {
    matches!(column, Column::Task | Column::Requirement | Column::Lead)
}

/// Header and lines of Word tables. Words of rows above the header go to `before`, where the title is looked for.
pub(super) fn of_rows(rows: Vec<Row>, before: &mut Vec<String>) -> Result<(Header, Vec<Line>), Refusal> {
    let Some(at) = rows.iter().position(is_header) else {
        return Err(without_header(&rows));
    };
    for row in rows.iter().take(at) {
        before.extend(
            row.slots
                .iter()
                .map(|slot| clean(slot.raw()))
                .filter(|text| !text.is_empty()),
        );
    }
    let (columns, height) = columns_of(&rows, at);
    let place = rows.get(at).map_or(Place::Line(1), |row| row.place);
    let header = Header::check(place, columns)?;
    let lines = rows
        .into_iter()
        .skip(at + height)
        .filter_map(|row| line_of_row(row, &header))
        .collect();
    Ok((header, lines))
}

pub(super) fn is_header(row: &Row) -> bool {
    let columns: Vec<Column> = row.slots.iter().filter_map(|slot| column_of(slot.raw())).collect();
    columns.iter().any(|column| is_telling(*column)) && (columns.len() >= 2 || columns.len() == row.slots.len())
}

/// The columns of the header at `at`, and how many rows it takes: a second row when some of its headings reach down.
fn columns_of(rows: &[Row], at: usize) -> (Vec<Column>, usize) {
    let slots = |index: usize| rows.get(index).map(|row| row.slots.as_slice()).unwrap_or_default();
    let mut columns: Vec<Column> = slots(at)
        .iter()
        .map(|slot| column_of(slot.raw()).unwrap_or(Column::Other))
        .collect();
    let mut height = 1;
    while slots(at + height)
        .iter()
        .any(|slot| matches!(slot, Slot::Continued(cell) if column_of(&cell.raw).is_some()))
    {
        for (column, slot) in columns.iter_mut().zip(slots(at + height)) {
            if let Slot::Cell(cell) = slot {
                *column = column_of(&cell.raw).unwrap_or(*column);
            }
        }
        height += 1;
    }
    (columns, height)
}

fn without_header(rows: &[Row]) -> Refusal {
    let first_words = |row: &Row| {
        row.slots
            .iter()
            .map(|slot| clean(slot.raw()))
            .find(|text| !text.is_empty())
    };
    let task = rows.iter().find(|row| {
        row.slots.len() >= 3 && first_words(row).is_some_and(|text| is_heading(&text) || numbered(&text).is_some())
    });
    if let Some(row) = task {
        return Refusal::NoHeader { place: row.place };
    }
    let first = rows.iter().find(|row| first_words(row).is_some());
    let Some(row) = first else { return Refusal::NoTable };
    let found: Vec<String> = row
        .slots
        .iter()
        .map(|slot| clean(slot.raw()))
        .filter(|text| !text.is_empty())
        .take(8)
        .collect();
    Refusal::WrongTable {
        place: row.place,
        found: beginning(&found.join("、")),
    }
}

fn line_of_row(row: Row, header: &Header) -> Option<Line> {
    if repeats_header(&row, header) {
        return None;
    }
    let own: Vec<&Cell> = row
        .slots
        .iter()
        .filter_map(|slot| match slot {
            Slot::Cell(cell) if !clean(&cell.raw).is_empty() => Some(cell),
            _ => None,
        })
        .collect();
    let first = *own.first()?;
    let alone = own.iter().all(|cell| words(&cell.raw) == words(&first.raw));
    if alone && is_heading(&clean(&first.raw)) {
        return Some(Line::Heading(first.clone()));
    }
    let merged = row.slots.iter().skip(1).all(|slot| matches!(slot, Slot::Covered)) && header.columns.len() > 1;
    if merged {
        return Some(Line::Stray(first.clone()));
    }
    let short = row.slots.len() < header.columns.len();
    let cells = header.columns.iter().copied().zip(row.slots).collect();
    Some(Line::Task(TaskRow {
        place: row.place,
        cells,
        short,
    }))
}

/// Header and lines of a sequence of cells.
pub(super) fn of_stream(cells: Vec<Cell>, before: &mut Vec<String>) -> Result<(Header, Vec<Line>), Refusal> {
    let Some(at) = (0..cells.len()).find(|at| labels_at(&cells, *at).iter().any(|column| is_telling(*column))) else {
        return Err(stream_without_header(&cells));
    };
    before.extend(
        cells
            .iter()
            .take(at)
            .map(|cell| clean(&cell.raw))
            .filter(|text| !text.is_empty()),
    );
    let columns = labels_at(&cells, at);
    let place = cells.get(at).map_or(Place::Line(1), |cell| cell.place);
    let width = columns.len();
    let header = Header::check(place, columns)?;
    let rest = without_repeated_headers(cells.into_iter().skip(at + width).collect(), &header);
    Ok((
        header.clone(),
        Stream {
            cells: rest,
            header: &header,
            at: 0,
        }
        .lines(),
    ))
}

/// The run of headings that begins at a cell; it ends where a heading comes again.
fn labels_at(cells: &[Cell], at: usize) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for cell in cells.iter().skip(at) {
        match column_of(&cell.raw) {
            Some(column) if column == Column::Other || !columns.contains(&column) => columns.push(column),
            _ => break,
        }
    }
    columns
}

fn stream_without_header(cells: &[Cell]) -> Refusal {
    let texts = || {
        cells
            .iter()
            .map(|cell| (cell, clean(&cell.raw)))
            .filter(|(_, text)| !text.is_empty())
    };
    if let Some((cell, _)) = texts().find(|(_, text)| is_heading(text) || numbered(text).is_some()) {
        return Refusal::NoHeader { place: cell.place };
    }
    let Some((first, _)) = texts().next() else {
        return Refusal::NoTable;
    };
    let found: Vec<String> = texts().map(|(_, text)| text).take(8).collect();
    Refusal::WrongTable {
        place: first.place,
        found: beginning(&found.join("、")),
    }
}

/// Page breaks print the header again, possibly in the middle of a row.
fn without_repeated_headers(cells: Vec<Cell>, header: &Header) -> Vec<Cell> {
    let width = header.columns.len();
    let mut kept: Vec<Cell> = Vec::with_capacity(cells.len());
    for cell in cells {
        kept.push(cell);
        let Some(start) = kept.len().checked_sub(width) else {
            continue;
        };
        let last = kept.get(start..).unwrap_or_default();
        if last
            .iter()
            .zip(&header.columns)
            .all(|(cell, column)| column_of(&cell.raw) == Some(*column))
        {
            kept.truncate(start);
        }
    }
    kept
}

struct Stream<'a> {
    cells: Vec<Cell>,
    header: &'a Header,
    at: usize,
}

impl Stream<'_> {
    fn lines(mut self) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Some(cell) = self.cells.get(self.at) {
            let text = clean(&cell.raw);
            if text.is_empty() {
                self.at += 1;
            } else if is_heading(&text) {
                lines.push(Line::Heading(cell.clone()));
                self.at += 1;
            } else {
                lines.push(Line::Task(self.row()));
            }
        }
        lines
    }

    /// The next row: as many cells as the header has columns, fewer when the next row plainly begins before.
    fn row(&mut self) -> TaskRow {
        let start = self.at;
        let place = self.cells.get(start).map_or(self.header.place, |cell| cell.place);
        let next_number = self
            .cells
            .get(start)
            .and_then(|cell| number_of(&cell.raw))
            .and_then(|no| no.checked_add(1));
        let mut cells = Vec::new();
        for (offset, column) in self.header.columns.iter().enumerate() {
            let Some(cell) = self.cells.get(start + offset) else {
                break;
            };
            if offset > 0 && begins_next_row(cell, *column, next_number) {
                break;
            }
            cells.push((*column, Slot::Cell(cell.clone())));
        }
        self.at += cells.len().max(1);
        TaskRow {
            place,
            short: cells.len() < self.header.columns.len(),
            cells,
        }
    }
}

fn number_of(raw: &str) -> Option<u32> {
    let text = clean(raw);
    let number = numbered(&text).map_or(text.as_str(), |(number, _)| number);
    number.parse().ok()
}

/// Whether a cell that should hold `column` is the beginning of the next row: a heading among the units, or the next number.
fn begins_next_row(cell: &Cell, column: Column, next_number: Option<u32>) -> bool {
    let text = clean(&cell.raw);
    let heading = matches!(column, Column::Lead | Column::Responsible | Column::Due) && is_heading(&text);
    let number = column != Column::Task
        && next_number.is_some()
        && numbered(&text).is_some_and(|(number, _)| number.parse().ok() == next_number);
    heading || number
}
