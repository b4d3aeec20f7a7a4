//! Published text as a sequence of cells: a tab begins a cell, lines without a tab continue it.

use super::clean::{clean, words};
use super::header;
use super::model::Place;
use super::refusal::Refusal;
use super::rows::{Cell, Sheet, Source};
use super::title;

/// Cuts the text into cells.
pub(super) fn read(text: &str) -> Result<Sheet, Refusal> {
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = text.lines().collect();
    if let Some(position) = lines.iter().position(|line| line.contains('\0')) {
        return Err(Refusal::Nul {
            place: Place::Line(position + 1),
        });
    }
    let Some(first) = lines.iter().position(|line| line.contains('\t')) else {
        return Err(Refusal::NoTable);
    };
    let before: Vec<String> = lines
        .iter()
        .take(first)
        .map(|line| clean(line))
        .filter(|line| !line.is_empty())
        .collect();
    let title = words(&title::of_lines(&before));
    let mut cutter = Cutter {
        leading: cells_begin_with_a_tab(&lines),
        width: 0,
        in_row: 0,
        cells: Vec::new(),
    };
    for (position, line) in lines.iter().enumerate().skip(first) {
        if !is_furniture(line, &title) {
            cutter.take(line, Place::Line(position + 1));
        }
    }
    Ok(Sheet {
        before,
        source: Source::Stream(cutter.cells),
    })
}

/// Whether every cell has its tab before it, as extraction from a published page leaves it; otherwise tabs stand between the
/// cells of one line, as a spreadsheet copies them. The line of the header tells, or else the first line with a tab.
fn cells_begin_with_a_tab(lines: &[&str]) -> bool {
    let tabbed = || lines.iter().filter(|line| line.contains('\t'));
    let telling = tabbed().find(|line| line.split('\t').any(|cell| header::column_of(cell).is_some()));
    telling
        .or_else(|| tabbed().next())
        .and_then(|line| line.split_once('\t'))
        .is_none_or(|(head, _)| head.trim().is_empty())
}

/// Cuts lines into cells.
struct Cutter {
    /// Whether each cell has its tab before it.
    leading: bool,
    /// Otherwise: how many cells a full row has, as its first line shows.
    width: usize,
    /// Otherwise: how many cells the present row has.
    in_row: usize,
    cells: Vec<Cell>,
}

impl Cutter {
    fn take(&mut self, line: &str, place: Place) {
        let mut pieces = line.split('\t');
        let head = pieces.next().unwrap_or_default();
        if !self.leading && self.begins_row(line, head) {
            self.cells.push(Cell {
                place,
                raw: head.to_owned(),
            });
            self.in_row = 1;
        } else {
            continue_cell(head, place, &mut self.cells);
        }
        for piece in pieces {
            self.cells.push(Cell {
                place,
                raw: piece.to_owned(),
            });
            self.in_row += 1;
        }
        self.width = self.width.max(self.in_row);
    }

    /// A line with tabs begins a row when it is a full row itself or the present row is full; a heading always does. Else it
    /// goes on inside a cell that a line break cut.
    fn begins_row(&self, line: &str, head: &str) -> bool {
        if super::assemble::is_heading(&clean(head)) {
            return true;
        }
        let here = line.matches('\t').count() + 1;
        let heading_above = self.in_row == 1;
        here > 1 && (heading_above || self.in_row == 0 || self.in_row >= self.width || here >= self.width)
    }
}

fn continue_cell(text: &str, place: Place, cells: &mut [Cell]) {
    let Some(cell) = cells.last_mut() else { return };
    if cell.raw.trim().is_empty() && !text.trim().is_empty() {
        cell.place = place;
    }
    cell.raw.push('\n');
    cell.raw.push_str(text);
}

/// Lines that belong to the page and not to the table: the title printed again, page numbers.
fn is_furniture(line: &str, title: &str) -> bool {
    let words = words(line);
    if words.is_empty() {
        return false;
    }
    if words == title {
        return true;
    }
    let number = words.trim_matches(['-', '—', '–', '－']);
    number.len() < words.len()
        && !number.is_empty()
        && number.chars().all(|c| c.is_ascii_digit())
        && !line.contains('\t')
}
