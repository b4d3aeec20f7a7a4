//! From cells to tasks: header, chapters and sections, numbers.

use statute::chinese;

use super::clean::{beginning, clean, words};
use super::doubts::{self, Doubts};
use super::header::{Header, column_of};
use super::model::{Column, Doubt, DoubtKind, Place, Table, Task};
use super::refusal::Refusal;
use super::rows::{Cell, Row, Sheet, Slot, Source};
use super::segment::{Kind, Segment, segments};
use super::title;
use super::units::Names;

/// More tasks than any breakdown holds.
const MOST_TASKS: usize = 2_000;
/// The largest number of a task.
const LARGEST_NUMBER: u32 = 9_999;

/// A line of the table after its shape is known.
pub(super) enum Line {
    /// A chapter or section.
    Heading(Cell),
    /// A task.
    Task(TaskRow),
    /// A row that belongs to nothing.
    Stray(Cell),
}

/// The cells of one task, by column.
pub(super) struct TaskRow {
    /// Where the row stands.
    pub place: Place,
    /// Its cells.
    pub cells: Vec<(Column, Slot)>,
    /// Whether the row has fewer cells than the header.
    pub short: bool,
}

impl TaskRow {
    fn raw(&self, column: Column) -> String {
        let texts: Vec<&str> = self
            .cells
            .iter()
            .filter(|(other, _)| *other == column)
            .map(|(_, slot)| slot.raw())
            .collect();
        texts.join("\n")
    }

    /// The raw text unless it is only repeated from a row above.
    fn own(&self, column: Column) -> String {
        let texts: Vec<&str> = self
            .cells
            .iter()
            .filter(|(other, slot)| *other == column && !matches!(slot, Slot::Continued(_)))
            .map(|(_, slot)| slot.raw())
            .collect();
        texts.join("\n")
    }

    fn place_of(&self, column: Column) -> Place {
        self.cells
            .iter()
            .find_map(|(other, slot)| match slot {
                Slot::Cell(cell) if *other == column => Some(cell.place),
                _ => None,
            })
            .unwrap_or(self.place)
    }

    /// Whether the row only goes on with the task above: its task is merged with it, or it has neither number nor task.
    fn goes_on(&self) -> bool {
        let merged = self
            .cells
            .iter()
            .any(|(c, slot)| *c == Column::Task && matches!(slot, Slot::Continued(_)));
        let number = clean(&self.own(Column::Number));
        (merged || clean(&self.own(Column::Task)).is_empty()) && number.is_empty()
    }
}

/// Whether a text is the heading of a chapter or section by its numeral.
pub(super) fn is_heading(text: &str) -> bool {
    is_chapter(text) || is_section(text)
}

fn is_chapter(text: &str) -> bool {
    let rest = text.trim_start_matches(is_numeral);
    if rest.len() < text.len() {
        return rest.trim_start().starts_with(['、', '．', '.']);
    }
    text.strip_prefix('第').is_some_and(|rest| {
        let tail = rest.trim_start_matches(is_numeral);
        tail.len() < rest.len() && (tail.starts_with('章') || tail.starts_with("部分"))
    })
}

fn is_section(text: &str) -> bool {
    text.strip_prefix(['（', '(']).is_some_and(|rest| {
        let tail = rest.trim_start_matches(is_numeral);
        tail.len() < rest.len() && tail.starts_with(['）', ')'])
    })
}

fn is_numeral(c: char) -> bool {
    matches!(c, '十' | '百') || chinese::digit(c).is_some_and(|_| !c.is_ascii())
}

/// A number at the beginning of a task (12.…, 12、…) and what follows it.
pub(super) fn numbered(text: &str) -> Option<(&str, &str)> {
    let digits = text.len()
        - text
            .trim_start_matches(|c: char| c.is_ascii_digit() || ('０'..='９').contains(&c))
            .len();
    let (number, rest) = text.split_at(digits);
    let rest = rest.trim_start();
    if number.is_empty() {
        return None;
    }
    let mark = rest
        .chars()
        .next()
        .filter(|c| matches!(c, '.' | '．' | '、' | ')' | '）' | '。'))?;
    Some((number, rest.get(mark.len_utf8()..)?.trim_start()))
}

/// Finds header and lines of either source and builds the table.
pub(super) fn assemble(sheet: Sheet, names: &Names) -> Result<Table, Refusal> {
    let mut before = sheet.before;
    let (header, lines) = match sheet.source {
        Source::Rows(rows) => super::lines::of_rows(rows, &mut before)?,
        Source::Stream(cells) => super::lines::of_stream(cells, &mut before)?,
    };
    let title = title::of_lines(&before);
    let mut builder = Builder {
        header,
        tasks: Vec::new(),
        doubts: Doubts::default(),
        chapter: String::new(),
        section: String::new(),
    };
    builder.note_unused_columns();
    for line in lines {
        builder.take(line, &title)?;
    }
    builder.finish(title, names)
}

struct Builder {
    header: Header,
    tasks: Vec<RawTask>,
    doubts: Doubts,
    chapter: String,
    section: String,
}

/// A task whose cells are still raw.
struct RawTask {
    no: u32,
    place: Place,
    chapter: String,
    section: String,
    task: String,
    requirement: String,
    lead: String,
    responsible: String,
    due: String,
}

impl Builder {
    fn note_unused_columns(&mut self) {
        if self.header.has(Column::Other) {
            let message = format!("{}的表头有未使用的列，其内容不会读入。", self.header.place);
            self.doubts
                .add(DoubtKind::UnusedColumn, None, Some(Column::Other), "", message);
        }
    }

    fn take(&mut self, line: Line, title: &str) -> Result<(), Refusal> {
        match line {
            Line::Heading(cell) => self.take_heading(&clean(&cell.raw)),
            Line::Task(row) if row.goes_on() => self.go_on(&row),
            Line::Task(row) => self.take_task(&row)?,
            Line::Stray(cell) => self.take_stray(&cell, title),
        }
        Ok(())
    }

    fn take_heading(&mut self, text: &str) {
        if is_section(text) {
            text.clone_into(&mut self.section);
        } else {
            text.clone_into(&mut self.chapter);
            self.section.clear();
        }
    }

    fn take_stray(&mut self, cell: &Cell, title: &str) {
        let text = clean(&cell.raw);
        if words(&text) == words(title) {
            return;
        }
        let message = format!(
            "{}“{}”既不是章节也不是任务，没有读入，请核对。",
            cell.place,
            beginning(&text)
        );
        self.doubts.add(DoubtKind::Stray, None, None, &text, message);
    }

    fn go_on(&mut self, row: &TaskRow) {
        let Some(task) = self.tasks.last_mut() else {
            let cell = row
                .cells
                .iter()
                .map(|(_, slot)| slot.raw())
                .collect::<Vec<_>>()
                .join("\n");
            self.take_stray(
                &Cell {
                    place: row.place,
                    raw: cell,
                },
                "",
            );
            return;
        };
        for (text, column) in [
            (&mut task.requirement, Column::Requirement),
            (&mut task.lead, Column::Lead),
            (&mut task.responsible, Column::Responsible),
            (&mut task.due, Column::Due),
        ] {
            text.push('\n');
            text.push_str(&row.own(column));
        }
    }

    fn take_task(&mut self, row: &TaskRow) -> Result<(), Refusal> {
        let (no, task) = self.number(row)?;
        let column = self.header.number_column();
        if let Some(first) = self.tasks.iter().find(|known| known.no == no) {
            let (first, second) = (first.place, row.place_of(column));
            return Err(Refusal::RepeatedNumber {
                no,
                column,
                first,
                second,
            });
        }
        if task.is_empty() {
            return Err(Refusal::NoTask {
                place: row.place_of(Column::Task),
                no,
            });
        }
        if self.tasks.len() >= MOST_TASKS {
            return Err(Refusal::TooLarge { most: MOST_TASKS });
        }
        if row.short {
            let message = format!(
                "任务{no}（{}）的单元格少于表头的列数，缺少的按空白处理，请核对。",
                row.place
            );
            self.doubts.add(DoubtKind::MissingCells, Some(no), None, "", message);
        }
        self.tasks.push(RawTask {
            no,
            place: row.place_of(Column::Task),
            chapter: self.chapter.clone(),
            section: self.section.clone(),
            task,
            requirement: row.raw(Column::Requirement),
            lead: row.raw(Column::Lead),
            responsible: row.raw(Column::Responsible),
            due: row.raw(Column::Due),
        });
        Ok(())
    }

    /// The number of a row and its task without the number.
    fn number(&self, row: &TaskRow) -> Result<(u32, String), Refusal> {
        let text = clean(&row.raw(Column::Task));
        let column = self.header.number_column();
        let place = row.place_of(column);
        if column == Column::Task {
            let Some((number, rest)) = numbered(&text) else {
                return Err(Refusal::NoNumber {
                    place,
                    column,
                    words: beginning(&text),
                });
            };
            return Ok((read_number(number, place, column)?, rest.to_owned()));
        }
        let cell = clean(&row.raw(Column::Number));
        if cell.is_empty() {
            return Err(Refusal::NoNumber {
                place,
                column,
                words: beginning(&text),
            });
        }
        let no = read_number(cell.trim_end_matches(['.', '．', '、', '。']), place, column)?;
        let task = match numbered(&text) {
            Some((number, rest)) if read_number(number, place, column) == Ok(no) => rest.to_owned(),
            _ => text,
        };
        Ok((no, task))
    }

    fn finish(mut self, title: String, names: &Names) -> Result<Table, Refusal> {
        if self.tasks.is_empty() {
            return Err(Refusal::NoTasks {
                place: self.header.place,
            });
        }
        if title.is_empty() {
            let message = "表格上方没有标题，无法确定年度，请补充。".to_owned();
            self.doubts.add(DoubtKind::NoTitle, None, None, "", message);
        }
        let tasks: Vec<Task> = std::mem::take(&mut self.tasks)
            .into_iter()
            .map(|raw| raw.finish(names, &mut self.doubts))
            .collect();
        doubts::about_numbers(&tasks, &mut self.doubts);
        for task in &tasks {
            doubts::about_texts(task, &self.header, &mut self.doubts);
        }
        let doubts: Vec<Doubt> = self.doubts.sorted();
        Ok(Table {
            year: title::year(&title),
            title,
            tasks,
            doubts,
        })
    }
}

fn read_number(text: &str, place: Place, column: Column) -> Result<u32, Refusal> {
    statute::document::to_half_width(text)
        .parse()
        .ok()
        .filter(|number| (1..=LARGEST_NUMBER).contains(number))
        .ok_or_else(|| Refusal::BadNumber {
            place,
            column,
            words: beginning(text),
        })
}

impl RawTask {
    fn finish(self, names: &Names, doubts: &mut Doubts) -> Task {
        let (lead_cell, note) = take_notes(&self.lead, names);
        let lead_pieces = segments(&lead_cell, names);
        doubts::about_units(self.no, self.place, Column::Lead, &lead_pieces, names, doubts);
        let mut lead: Vec<String> = Vec::new();
        for piece in lead_pieces.into_iter().filter(|piece| piece.kind != Kind::Separator) {
            if !lead.contains(&piece.words) {
                lead.push(piece.words);
            }
        }
        let responsible = segments(&self.responsible, names);
        doubts::about_units(self.no, self.place, Column::Responsible, &responsible, names, doubts);
        let due = clean(&self.due);
        Task {
            no: self.no,
            chapter: self.chapter,
            section: self.section,
            task: self.task,
            requirement: clean(&self.requirement),
            lead,
            lead_note: note,
            responsible: printed(&responsible),
            due: (!due.is_empty()).then_some(due),
            place: self.place,
        }
    }
}

/// The pieces as printed; a space only where a break parted two names.
fn printed(pieces: &[Segment]) -> String {
    let mut text = String::new();
    let mut after_name = false;
    for piece in pieces {
        let name = piece.kind != Kind::Separator;
        if after_name && name && piece.after_break {
            text.push(' ');
        }
        text.push_str(&piece.words);
        after_name = name;
    }
    text
}

/// Takes the remarks in brackets out of a cell of lead units: （负责区政府规章）. Brackets of a known name stay.
fn take_notes(raw: &str, names: &Names) -> (String, Option<String>) {
    if names.knows(raw) {
        return (raw.to_owned(), None);
    }
    let mut cell = String::new();
    let mut notes: Vec<String> = Vec::new();
    let mut rest = raw;
    while let Some(open) = rest.find(['（', '(']) {
        let Some(length) = rest[open..].find(['）', ')']) else {
            break;
        };
        let bracket = rest[open..].chars().next().map_or(0, char::len_utf8);
        notes.push(clean(&rest[open + bracket..open + length]));
        cell.push_str(&rest[..open]);
        cell.push('\n');
        let close = rest[open + length..].chars().next().map_or(0, char::len_utf8);
        rest = &rest[open + length + close..];
    }
    cell.push_str(rest);
    notes.retain(|note| !note.is_empty());
    (cell, (!notes.is_empty()).then(|| notes.join("；")))
}

/// Whether a row is the header again.
pub(super) fn repeats_header(row: &Row, header: &Header) -> bool {
    let mut labels = 0;
    for (slot, column) in row.slots.iter().zip(&header.columns) {
        match column_of(slot.raw()) {
            Some(found) if found == *column => labels += 1,
            _ if slot.raw().trim().is_empty() => {}
            _ => return false,
        }
    }
    labels >= 2
}
