//! What is marked in a hit. Texts leave here as segments, never as markup; whoever shows them escapes them.

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use crate::fold::{Folded, fold};

/// The length of a snippet, in units (Chinese characters or words of letters and digits).
const SNIPPET_LENGTH: usize = 110;
/// How far before its first mark a snippet may begin, to begin with a sentence.
const LEAD: usize = 24;
/// Where no sentence begins so near, the snippet begins this far before its first mark.
const SHORT_LEAD: usize = 10;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Segment {
    /// The text, as it was written; white space is one blank.
    pub text: String,
    /// Whether it is what was looked for.
    pub marked: bool,
}

/// What to mark: the query's own terms.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    by_first: HashMap<String, Vec<Pattern>>,
    count: usize,
}

#[derive(Debug)]
struct Pattern {
    number: usize,
    units: Vec<String>,
    across_punctuation: bool,
}

/// A place in a text where a pattern stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    units: Range<usize>,
    pattern: usize,
}

impl Patterns {
    /// Adds a term; one with punctuation in it (a phrase, a number) is found whatever the punctuation is.
    pub fn add(&mut self, term: &str, across_punctuation: bool) {
        let folded = fold(term);
        let units: Vec<String> = (0..folded.units.len())
            .map(|index| folded.unit(index).to_owned())
            .collect();
        let Some(first) = units.first() else { return };
        let same_first = self.by_first.entry(first.clone()).or_default();
        if same_first
            .iter()
            .any(|known| known.units == units && known.across_punctuation >= across_punctuation)
        {
            return;
        }
        same_first.push(Pattern {
            number: self.count,
            units,
            across_punctuation,
        });
        self.count += 1;
    }

    /// The whole of a short text.
    pub fn title(&self, text: &str) -> Vec<Segment> {
        let folded = fold(text);
        let marks = self.find(&folded);
        segments(text, &folded, 0..text.len(), &marks)
    }

    /// The passage of a text that shows best why it was found, or its beginning.
    pub fn snippet(&self, text: &str) -> Vec<Segment> {
        let folded = fold(text);
        if folded.units.is_empty() {
            return Vec::new();
        }
        let marks = self.find(&folded);
        let units = passage(&folded, &marks, self.count);
        let start = if units.start == 0 {
            0
        } else {
            folded.units[units.start].source.start
        };
        let to_the_end = units.end == folded.units.len();
        let end = if to_the_end {
            text.len()
        } else {
            folded.units[units.end].source.start
        };
        let mut segments = segments(text, &folded, start..end, &marks);
        if units.start > 0 {
            segments.insert(
                0,
                Segment {
                    text: "…".to_owned(),
                    marked: false,
                },
            );
        }
        if !to_the_end {
            segments.push(Segment {
                text: "…".to_owned(),
                marked: false,
            });
        }
        segments
    }

    fn find(&self, folded: &Folded) -> Vec<Mark> {
        let mut marks = Vec::new();
        for start in 0..folded.units.len() {
            let candidates = self.by_first.get(folded.unit(start)).into_iter().flatten();
            let longest = candidates
                .filter(|pattern| pattern.stands_at(folded, start))
                .max_by_key(|p| p.units.len());
            if let Some(pattern) = longest {
                marks.push(Mark {
                    units: start..start + pattern.units.len(),
                    pattern: pattern.number,
                });
            }
        }
        marks
    }
}

impl Pattern {
    fn stands_at(&self, folded: &Folded, start: usize) -> bool {
        let joined = |index: usize| folded.units[index].place == folded.units[index - 1].place + 1;
        start + self.units.len() <= folded.units.len()
            && self.units.iter().enumerate().all(|(offset, unit)| {
                let index = start + offset;
                folded.unit(index) == unit && (offset == 0 || self.across_punctuation || joined(index))
            })
    }
}

/// The units of the window in which most different patterns stand, the longer ones counting more.
fn passage(folded: &Folded, marks: &[Mark], patterns: usize) -> Range<usize> {
    let all = folded.units.len();
    let start = best_window(marks, patterns).map_or(0, |first| beginning(folded, marks[first].units.start));
    // A window at the end is filled up with what stands before it.
    let start = if all - start < SNIPPET_LENGTH / 2 {
        all.saturating_sub(SNIPPET_LENGTH / 2).min(start)
    } else {
        start
    };
    start..all.min(start + SNIPPET_LENGTH)
}

fn best_window(marks: &[Mark], patterns: usize) -> Option<usize> {
    let mut standing = vec![0_usize; patterns];
    let (mut worth, mut end) = (0_usize, 0_usize);
    let mut best: Option<(usize, usize)> = None;
    for first in 0..marks.len() {
        while end < marks.len() && marks[end].units.end <= marks[first].units.start + SNIPPET_LENGTH - LEAD {
            standing[marks[end].pattern] += 1;
            if standing[marks[end].pattern] == 1 {
                worth += marks[end].units.len();
            }
            end += 1;
        }
        if best.is_none_or(|(_, most)| worth > most) {
            best = Some((first, worth));
        }
        if first < end {
            standing[marks[first].pattern] -= 1;
            if standing[marks[first].pattern] == 0 {
                worth -= marks[first].units.len();
            }
        } else {
            end = first + 1;
        }
    }
    best.map(|(first, _)| first)
}

/// Where to begin so that the mark is seen within its sentence.
fn beginning(folded: &Folded, mark: usize) -> usize {
    let after_break = |index: &usize| *index == 0 || folded.units[*index].place > folded.units[*index - 1].place + 1;
    let floor = mark.saturating_sub(LEAD);
    (floor..=mark)
        .rev()
        .find(after_break)
        .unwrap_or(mark.saturating_sub(SHORT_LEAD))
}

/// Cuts a range of the original text at its marks.
fn segments(text: &str, folded: &Folded, range: Range<usize>, marks: &[Mark]) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut done = range.start;
    for mark in merged(folded, marks) {
        let (start, end) = (mark.start.max(range.start), mark.end.min(range.end));
        if start >= end {
            continue;
        }
        push(&mut segments, &text[done..start], false);
        push(&mut segments, &text[start..end], true);
        done = end;
    }
    push(&mut segments, &text[done..range.end], false);
    segments
}

/// The marks as ranges of the original text, with those that touch made one.
fn merged(folded: &Folded, marks: &[Mark]) -> Vec<Range<usize>> {
    let mut ranges: Vec<Range<usize>> = Vec::new();
    for mark in marks {
        let (start, end) = (
            folded.units[mark.units.start].source.start,
            folded.units[mark.units.end - 1].source.end,
        );
        match ranges.last_mut() {
            Some(last) if start <= last.end => last.end = last.end.max(end),
            _ => ranges.push(start..end),
        }
    }
    ranges
}

fn push(segments: &mut Vec<Segment>, text: &str, marked: bool) {
    let mut clean = String::with_capacity(text.len());
    for character in text.chars() {
        let blank = character.is_whitespace() || character.is_control();
        match (blank, clean.ends_with(' ')) {
            (true, true) => {}
            (true, false) => clean.push(' '),
            (false, _) => clean.push(character),
        }
    }
    if !clean.is_empty() {
        segments.push(Segment { text: clean, marked });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patterns(terms: &[&str]) -> Patterns {
        let mut patterns = Patterns::default();
        terms.iter().for_each(|term| patterns.add(term, false));
        patterns
    }

    fn bracketed(segments: &[Segment]) -> String {
        let show = |segment: &Segment| {
            if segment.marked {
                format!("[{}]", segment.text)
            } else {
                segment.text.clone()
            }
        };
        segments.iter().map(show).collect()
    }

    #[test]
    fn marks_stand_on_the_original_spelling() {
        let marked = patterns(&["g20", "峰会"]).title("关于Ｇ２０峰会的通知");
        assert_eq!(bracketed(&marked), "关于[Ｇ２０峰会]的通知");
    }

    #[test]
    fn markup_is_only_text() {
        let marked = patterns(&["公开"]).title("<b>公开</b>");
        assert_eq!(bracketed(&marked), "<b>[公开]</b>");
    }

    #[test]
    fn a_word_is_not_marked_across_punctuation_and_a_phrase_is() {
        assert_eq!(bracketed(&patterns(&["公开"]).title("公，开")), "公，开");
        let mut phrase = Patterns::default();
        phrase.add("办〔2021〕12号", true);
        assert_eq!(
            bracketed(&phrase.title("见榕政办(2021)12号文")),
            "见榕政[办(2021)12号]文"
        );
    }

    #[test]
    fn the_snippet_shows_the_richest_passage() {
        let filler = "这里没有什么可看的内容。".repeat(40);
        let text = format!("{filler}保障。{filler}保障性租赁住房的申请条件如下。{filler}");
        let marked = patterns(&["保障", "租赁", "住房", "申请"]).snippet(&text);
        let shown = bracketed(&marked);
        assert!(shown.starts_with("…[保障]性[租赁住房]的[申请]条件如下。"), "{shown}");
        assert!(shown.ends_with('…'));
        assert!(shown.chars().count() < 160);
    }

    #[test]
    fn without_marks_the_snippet_is_the_beginning() {
        assert_eq!(
            bracketed(&patterns(&[]).snippet("第一条\n为了公开。")),
            "第一条 为了公开。"
        );
        assert!(patterns(&["甲"]).snippet("，。").is_empty());
    }
}
