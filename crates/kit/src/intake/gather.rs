//! From the rows of a file to blocks: headings found, hidden rows left out, every row checked, repetitions noticed.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use office::{Cell, Chunk, SheetHead, TableHead};

use super::columns::{Header, LOOKED_AT};
use super::kind::{Check, Kind, Row, Wrong};
use super::model::{Block, Entry, Head};
use crate::error::{Error, Result};

/// Rows in one block, which is what one transaction takes.
pub(super) const ROWS_PER_BLOCK: usize = 250;

/// Gathers the rows of a file while it is read.
pub(super) struct Gatherer<'a> {
    kind: &'a Kind,
    check: &'a dyn Check,
    sheets: &'a [SheetHead],
    /// The sheet that is taken, once its headings have been found.
    found: Option<(usize, Head)>,
    /// Rows of the present sheet before its headings are found.
    looked_at: Vec<office::Row>,
    looking_in: usize,
    /// The row most like headings so far: its number and what it lacks.
    closest: Option<(u32, usize, Vec<&'static str>)>,
    blocks: Vec<Block>,
    open: Vec<Entry>,
    hidden_rows: u32,
    other_sheets: Vec<String>,
    seen: HashMap<(usize, u64), u32>,
    hasher: RandomState,
}

/// A file ready to be kept.
pub(super) struct Gathered {
    pub head: Head,
    pub blocks: Vec<Block>,
}

impl<'a> Gatherer<'a> {
    pub fn new(kind: &'a Kind, check: &'a dyn Check, table: &'a TableHead) -> Gatherer<'a> {
        Gatherer {
            kind,
            check,
            sheets: &table.sheets,
            found: None,
            looked_at: Vec::new(),
            looking_in: 0,
            closest: None,
            blocks: Vec::new(),
            open: Vec::new(),
            hidden_rows: 0,
            other_sheets: Vec::new(),
            seen: HashMap::new(),
            hasher: RandomState::new(),
        }
    }

    /// Takes rows as they come.
    pub fn take(&mut self, chunk: Chunk) -> Result<()> {
        let Some(sheet) = self.sheets.get(chunk.sheet) else {
            return Ok(());
        };
        let is_other = self.found.as_ref().is_some_and(|(found, _)| *found != chunk.sheet);
        if sheet.is_hidden || is_other {
            if !self.other_sheets.contains(&sheet.name) {
                self.other_sheets.push(sheet.name.clone());
            }
            return Ok(());
        }
        if self.looking_in != chunk.sheet {
            (self.looking_in, self.looked_at) = (chunk.sheet, Vec::new());
        }
        for mut row in chunk.rows {
            if row.is_hidden {
                self.hidden_rows += 1;
                continue;
            }
            for column in &sheet.hidden_columns {
                if let Some(cell) = row.cells.get_mut(*column as usize) {
                    *cell = Cell::Empty;
                }
            }
            if self.found.is_some() {
                self.entry(&row);
            } else {
                self.look(chunk.sheet, sheet, row)?;
            }
        }
        Ok(())
    }

    /// Looks for the headings.
    fn look(&mut self, at: usize, sheet: &SheetHead, row: office::Row) -> Result<()> {
        if self.looked_at.len() >= LOOKED_AT {
            return Ok(());
        }
        let header = Header::of(self.kind, &row.cells);
        let missing = header.missing(self.kind);
        if missing.is_empty() && header.known() > 0 {
            if let Some(name) = header.repeated.first() {
                return Err(Error::refused(
                    format!("第 {} 行的表头里“{name}”出现了两次，文件没有保存", row.number),
                    "请删去或改名其中一列后重新上传",
                ));
            }
            let unknown = header.unknown().join("、");
            let mut notices = Vec::new();
            if !unknown.is_empty() {
                notices.push(format!("表头里的“{unknown}”不是需要的列，内容不会导入。"));
            }
            let head = Head {
                sheet: sheet.name.clone(),
                header_row: row.number,
                headings: header.headings,
                places: header.places,
                notices,
            };
            self.found = Some((at, head));
            return Ok(());
        }
        let is_closer = self
            .closest
            .as_ref()
            .is_none_or(|(_, known, _)| header.known() > *known);
        if header.known() > 0 && is_closer {
            self.closest = Some((row.number, header.known(), missing));
        }
        self.looked_at.push(row);
        Ok(())
    }

    /// Takes a row below the headings.
    fn entry(&mut self, row: &office::Row) {
        let Some((_, head)) = &self.found else { return };
        let width = head.headings.len();
        let cells: Vec<String> = row
            .cells
            .iter()
            .take(width)
            .map(|cell| cell.words().to_string())
            .collect();
        let arranged: Vec<String> = head.arrange(&cells).collect();
        let repeats_header = cells.iter().zip(&head.headings).all(|(cell, heading)| cell == heading);
        if arranged.iter().all(String::is_empty) || repeats_header {
            return;
        }
        let mut standing: Vec<(String, String)> = Vec::new();
        for (column, place) in self.kind.columns.iter().zip(&head.places) {
            let cell = place.and_then(|place| row.cells.get(place));
            if let Some(Cell::Fault(fault)) = cell {
                let sentence = format!("单元格是错误值 {fault}，请改正公式或直接填写内容");
                standing.push((column.name.to_string(), sentence));
            }
        }
        let repeats = repeated(self.kind, &mut self.seen, &self.hasher, row.number, &arranged);
        let arranged = Row::new(self.kind, row.number, arranged);
        let wrong = look_over(self.kind, self.check, &arranged);
        let heading = |id: &str| {
            self.kind
                .columns
                .iter()
                .find(|column| column.id == id)
                .map_or("", |column| column.name)
        };
        let wrong = wrong
            .into_iter()
            .map(|wrong| (heading(wrong.column).to_string(), wrong.sentence));
        let mut entry = Entry {
            number: row.number,
            cells,
            wrong: wrong.collect(),
            standing: Vec::new(),
        };
        standing.extend(repeats.map(|(column, sentence)| (column.to_string(), sentence)));
        entry.standing = standing
            .iter()
            .map(|(column, sentence)| format!("{column}：{sentence}"))
            .collect();
        entry.wrong.extend(standing);
        self.open.push(entry);
        if self.open.len() >= ROWS_PER_BLOCK {
            self.close_block();
        }
    }

    fn close_block(&mut self) {
        let entries = std::mem::take(&mut self.open);
        if entries.is_empty() {
            return;
        }
        let bad = entries.iter().filter(|entry| !entry.wrong.is_empty()).count();
        let bad = u32::try_from(bad).unwrap_or(u32::MAX);
        self.blocks.push(Block { entries, bad });
    }

    /// The file as it will be kept.
    pub fn finish(mut self, table: &TableHead) -> Result<Gathered> {
        self.close_block();
        let advice = "请下载模板对照，或把数据粘贴到模板里再上传";
        let Some((_, mut head)) = self.found else {
            return Err(match self.closest {
                Some((row, _, missing)) => Error::refused(
                    format!("第 {row} 行像是表头，但缺少“{}”，文件没有保存", missing.join("”“")),
                    advice,
                ),
                None => {
                    let required = self.kind.columns.iter().filter(|column| column.required);
                    let names: Vec<&str> = required.map(|column| column.name).collect();
                    let what = format!(
                        "没有找到表头：前 {LOOKED_AT} 行里没有一行写着“{}”，文件没有保存",
                        names.join("”“")
                    );
                    Error::refused(what, advice)
                }
            });
        };
        if self.blocks.is_empty() {
            return Err(Error::refused("表头下面没有数据，文件没有保存", "请填写数据后重新上传"));
        }
        if self.hidden_rows > 0 {
            let count = self.hidden_rows;
            head.notices.push(format!(
                "有 {count} 行在表里是隐藏的，没有读入；需要导入的，请取消隐藏或筛选后重新上传。"
            ));
        }
        if self
            .sheets
            .iter()
            .any(|sheet| sheet.name == head.sheet && !sheet.hidden_columns.is_empty())
        {
            head.notices.push("表里有隐藏的列，没有读入。".into());
        }
        if !self.other_sheets.is_empty() {
            head.notices.push(format!(
                "只读入了工作表“{}”，没有读入“{}”。",
                head.sheet,
                self.other_sheets.join("”“")
            ));
        }
        if table.has_comments {
            head.notices.push("表里有批注，批注的内容没有读入。".into());
        }
        let notices = table
            .notices
            .iter()
            .map(|notice| format!("{}：{}", notice.place, notice.message));
        head.notices.extend(notices);
        let marks = table.handling_marks.iter();
        head.notices
            .extend(marks.map(|mark| format!("{}有“{}”标志，请先确认这份材料可以录入本系统。", mark.place, mark.mark)));
        Ok(Gathered {
            head,
            blocks: self.blocks,
        })
    }
}

/// What is wrong with a row, by the kit's own rules and then by the kind's.
pub(super) fn look_over(kind: &Kind, check: &dyn Check, row: &Row) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    for column in kind.columns {
        let words = row.text(column.id);
        if column.required && words.is_empty() {
            wrong.push(Wrong::new(column.id, "没有填写"));
        } else if !column.choices.is_empty() && !words.is_empty() && !column.choices.contains(&words) {
            let sentence = format!(
                "“{}”不认识，请填写{}之一",
                super::kind::beginning(words),
                column.choices.join("、")
            );
            wrong.push(Wrong::new(column.id, sentence));
        }
    }
    let found = check.check(row);
    wrong.extend(found.into_iter().filter(|new| !row.text(new.column).is_empty()));
    wrong
}

/// Whether a value that can stand once stands in a row above.
fn repeated(
    kind: &Kind,
    seen: &mut HashMap<(usize, u64), u32>,
    hasher: &RandomState,
    number: u32,
    words: &[String],
) -> Option<(&'static str, String)> {
    let mut found = None;
    for (place, column) in kind.columns.iter().enumerate().filter(|(_, column)| column.unique) {
        let Some(value) = words.get(place).filter(|value| !value.is_empty()) else {
            continue;
        };
        // The hash of a keyed hasher, so that nobody can prepare values that meet.
        match seen.entry((place, hasher.hash_one(value))) {
            std::collections::hash_map::Entry::Occupied(first) => {
                found = found.or(Some((column.name, format!("与第 {} 行重复", first.get()))));
            }
            std::collections::hash_map::Entry::Vacant(free) => {
                free.insert(number);
            }
        }
    }
    found
}
