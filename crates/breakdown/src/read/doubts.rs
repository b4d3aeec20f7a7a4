//! What a person should look at again. Nothing here changes the table.

use std::collections::BTreeSet;

use super::clean::beginning;
use super::header::Header;
use super::model::{Column, Doubt, DoubtKind, Place, Task};
use super::segment::{Kind, Segment};
use super::units::Names;

/// Set phrases of this field; a text that has all but a few of their inner characters has probably lost these.
const PHRASES: [&str; 3] = ["同案不同判问题", "村（居）务公开", "政府信息公开申请"];

/// The doubts so far.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    all: Vec<Doubt>,
}

impl Doubts {
    pub fn add(&mut self, kind: DoubtKind, task: Option<u32>, column: Option<Column>, words: &str, message: String) {
        self.all.push(Doubt {
            kind,
            task,
            column,
            words: words.to_owned(),
            message,
        });
    }

    /// In the order of the tasks and columns; those about the whole table first.
    pub fn sorted(mut self) -> Vec<Doubt> {
        self.all.sort_by_key(|doubt| (doubt.task, doubt.column));
        self.all
    }
}

/// Gaps and steps back in the numbering. (The same number twice is refused.)
pub(super) fn about_numbers(tasks: &[Task], doubts: &mut Doubts) {
    let mut expected = 1;
    for task in tasks {
        if task.no != expected {
            let no = task.no;
            let message = format!(
                "任务编号不连续：{}的任务编号为{no}，应为{expected}，请核对是否缺行或者错号。",
                task.place
            );
            doubts.add(
                DoubtKind::Numbering,
                Some(no),
                Some(Column::Number),
                &no.to_string(),
                message,
            );
        }
        expected = task.no.saturating_add(1);
    }
}

/// Unknown, repeated and run-together names in a cell of units.
pub(super) fn about_units(
    no: u32,
    place: Place,
    column: Column,
    pieces: &[Segment],
    names: &Names,
    doubts: &mut Doubts,
) {
    let label = column.label();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut before = "";
    for piece in pieces {
        let words = piece.words.as_str();
        if piece.kind == Kind::Separator {
            before = "";
            continue;
        }
        if piece.run_on && !before.is_empty() {
            let message =
                format!("任务{no}“{label}”（{place}）中“{before}”与“{words}”连写，已按两个单位读入，请核对。");
            doubts.add(
                DoubtKind::RunTogether,
                Some(no),
                Some(column),
                &format!("{before}{words}"),
                message,
            );
        }
        if piece.kind == Kind::Unknown && !names.is_empty() {
            let message =
                format!("任务{no}“{label}”（{place}）中的“{words}”不在单位名册中，请核对名称或者先登记该单位。");
            doubts.add(DoubtKind::UnknownUnit, Some(no), Some(column), words, message);
        }
        if !seen.insert(words) {
            let message = format!("任务{no}“{label}”（{place}）中“{words}”出现两次，请核对。");
            doubts.add(DoubtKind::RepeatedUnit, Some(no), Some(column), words, message);
        }
        before = words;
    }
}

/// Empty cells, sentences cut off, brackets without partners, phrases with characters missing.
pub(super) fn about_texts(task: &Task, header: &Header, doubts: &mut Doubts) {
    let units = [
        (Column::Lead, task.lead.is_empty()),
        (Column::Responsible, task.responsible.is_empty()),
    ];
    let empty = [(Column::Requirement, task.requirement.is_empty())]
        .into_iter()
        .chain(units);
    for (column, _) in empty.filter(|(column, empty)| *empty && header.has(*column)) {
        let message = format!("任务{}（{}）的“{}”为空，请核对。", task.no, task.place, column.label());
        doubts.add(DoubtKind::Empty, Some(task.no), Some(column), "", message);
    }
    for (column, text) in [(Column::Task, &task.task), (Column::Requirement, &task.requirement)] {
        about_end(task, column, text, doubts);
        about_lost(task, column, text, doubts);
    }
    let responsible = (Column::Responsible, &task.responsible);
    for (column, text) in [
        (Column::Task, &task.task),
        (Column::Requirement, &task.requirement),
        responsible,
    ] {
        about_brackets(task, column, text, doubts);
    }
}

fn about_end(task: &Task, column: Column, text: &str, doubts: &mut Doubts) {
    let end = text.trim_end_matches(['”', '’', '）', ')', '》']);
    if text.is_empty() || end.ends_with(['。', '！', '？', '；']) {
        return;
    }
    let tail: String = tail(text);
    let message = format!(
        "任务{}“{}”（{}）以“{tail}”结尾，没有句末标点，可能有缺失，请对照原文。",
        task.no,
        column.label(),
        task.place
    );
    doubts.add(DoubtKind::CutOff, Some(task.no), Some(column), &tail, message);
}

fn tail(text: &str) -> String {
    const MOST: usize = 8;
    let skip = text.chars().count().saturating_sub(MOST);
    text.chars().skip(skip).collect()
}

fn about_brackets(task: &Task, column: Column, text: &str, doubts: &mut Doubts) {
    let Some((mark, words)) = unmatched(text) else { return };
    let message = format!(
        "任务{}“{}”（{}）“{words}”中的“{mark}”没有成对，可能有字符缺失，请对照原文。",
        task.no,
        column.label(),
        task.place
    );
    doubts.add(DoubtKind::Unmatched, Some(task.no), Some(column), &words, message);
}

/// The first mark without its partner, with the words around it.
fn unmatched(text: &str) -> Option<(char, String)> {
    const PAIRS: [(char, char); 7] = [
        ('（', '）'),
        ('(', ')'),
        ('“', '”'),
        ('《', '》'),
        ('〔', '〕'),
        ('【', '】'),
        ('[', ']'),
    ];
    let chars: Vec<char> = text.chars().collect();
    let mut open: Vec<(usize, char)> = Vec::new();
    for (at, c) in chars.iter().copied().enumerate() {
        if PAIRS.iter().any(|(opening, _)| *opening == c) {
            open.push((at, c));
        } else if let Some((opening, _)) = PAIRS.iter().find(|(_, closing)| *closing == c) {
            match open.pop() {
                Some((_, last)) if last == *opening => {}
                _ => return Some((c, around(&chars, at))),
            }
        }
    }
    open.first().map(|(at, c)| (*c, around(&chars, *at)))
}

fn around(chars: &[char], at: usize) -> String {
    const REACH: usize = 4;
    chars
        .iter()
        .skip(at.saturating_sub(REACH))
        .take(2 * REACH + 1)
        .collect()
}

fn about_lost(task: &Task, column: Column, text: &str, doubts: &mut Doubts) {
    for (phrase, found) in PHRASES
        .iter()
        .filter_map(|phrase| lossy(text, phrase).map(|found| (phrase, found)))
    {
        let message = format!(
            "任务{}“{}”（{}）中的“{}”疑似缺字，可能是“{phrase}”，请对照原文。",
            task.no,
            column.label(),
            task.place,
            beginning(&found)
        );
        doubts.add(DoubtKind::Lost, Some(task.no), Some(column), &found, message);
    }
}

/// The phrase without one or two neighbouring inner characters, where the text has that and not the phrase itself.
fn lossy(text: &str, phrase: &str) -> Option<String> {
    let chars: Vec<char> = phrase.chars().collect();
    if text.contains(phrase) {
        return None;
    }
    let longest = if chars.len() >= 7 { 2 } else { 1 };
    (1..=longest)
        .flat_map(|gap| (1..chars.len().saturating_sub(gap)).map(move |from| (from, gap)))
        .map(|(from, gap)| {
            chars
                .iter()
                .take(from)
                .chain(chars.iter().skip(from + gap))
                .collect::<String>()
        })
        .find(|shorter| text.contains(shorter))
}
