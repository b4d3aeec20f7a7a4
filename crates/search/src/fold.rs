//! Folding: one spelling for what is written in many ways, with the way back to the original bytes.
//!
//! Full-width and compatibility forms become plain ones (Unicode NFKC, character by character), capitals become small,
//! traditional characters that have one simplified form become it, invisible characters and accents vanish. What remains is cut into *units*: one Chinese character, or one run of
//! letters and digits of another script.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::traditional::simplified;

/// Longer runs of letters and digits are cut here, so that a hostile text makes no huge term.
const LONGEST_UNIT: usize = 64;

/// A text after folding.
pub(crate) struct Folded {
    /// The units, with a space wherever anything else stood between them.
    pub text: String,
    /// The units in order.
    pub units: Vec<Unit>,
}

/// The smallest piece that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Where it stands in [`Folded::text`].
    pub at: Range<usize>,
    /// Where it stands in the original text.
    pub source: Range<usize>,
    /// Its place among the units; punctuation and line breaks count as one place, so that no phrase leaps over them.
    pub place: usize,
    /// A Chinese character, and not a word in letters and digits.
    pub han: bool,
}

impl Folded {
    /// The folded text of a unit.
    pub fn unit(&self, index: usize) -> &str {
        self.units.get(index).map_or("", |unit| &self.text[unit.at.clone()])
    }

    /// Whether the unit and the next one are neighbouring Chinese characters.
    pub fn pairs_with_next(&self, index: usize) -> bool {
        match (self.units.get(index), self.units.get(index + 1)) {
            (Some(one), Some(next)) => one.han && next.han && one.place + 1 == next.place,
            _ => false,
        }
    }
}

/// Folds a text.
pub(crate) fn fold(text: &str) -> Folded {
    let mut folder = Folder {
        folded: Folded {
            text: String::new(),
            units: Vec::new(),
        },
        place: 0,
        gap: Gap::None,
    };
    for (start, original) in text.char_indices() {
        let source = start..start + original.len_utf8();
        if is_plain_han(original) {
            folder.take(simplified(original), &source);
            continue;
        }
        for character in std::iter::once(original).nfkc().flat_map(char::to_lowercase) {
            folder.take(simplified(character), &source);
        }
    }
    folder.folded
}

/// The text in its folded spelling with its punctuation, for readers of patterns such as document numbers.
pub(crate) fn fold_spelling(text: &str) -> Vec<char> {
    text.chars()
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|character| !is_invisible(*character))
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Gap {
    None,
    Space,
    Break,
}

struct Folder {
    folded: Folded,
    place: usize,
    gap: Gap,
}

impl Folder {
    fn take(&mut self, character: char, source: &Range<usize>) {
        if is_invisible(character) {
            return;
        }
        if !character.is_alphanumeric() {
            let blank = character.is_whitespace() && !matches!(character, '\n' | '\r' | '\t' | '\u{c}');
            self.gap = if blank && self.gap != Gap::Break {
                Gap::Space
            } else {
                Gap::Break
            };
            return;
        }
        let han = is_han(character);
        if self.gap == Gap::None && !han && self.lengthens_the_last(character, source) {
            return;
        }
        self.start_unit(character, source, han);
    }

    fn lengthens_the_last(&mut self, character: char, source: &Range<usize>) -> bool {
        let Some(last) = self.folded.units.last_mut() else {
            return false;
        };
        if last.han || last.at.len() >= LONGEST_UNIT {
            return false;
        }
        self.folded.text.push(character);
        last.at.end = self.folded.text.len();
        last.source.end = source.end;
        true
    }

    fn start_unit(&mut self, character: char, source: &Range<usize>, han: bool) {
        if !self.folded.units.is_empty() {
            self.place += if self.gap == Gap::Break { 2 } else { 1 };
            if self.gap != Gap::None {
                self.folded.text.push(' ');
            }
        }
        let start = self.folded.text.len();
        self.folded.text.push(character);
        let at = start..self.folded.text.len();
        self.folded.units.push(Unit {
            at,
            source: source.clone(),
            place: self.place,
            han,
        });
        self.gap = Gap::None;
    }
}

fn is_plain_han(character: char) -> bool {
    matches!(character, '\u{4e00}'..='\u{9fff}')
}

/// Scripts that are written without spaces: Chinese characters with their extensions, and kana.
fn is_han(character: char) -> bool {
    is_plain_han(character)
        || matches!(character,
            '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

fn is_invisible(character: char) -> bool {
    is_combining_mark(character)
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<String> {
        let folded = fold(text);
        (0..folded.units.len())
            .map(|index| folded.unit(index).to_owned())
            .collect()
    }

    #[test]
    fn full_width_and_capital_forms_fold() {
        assert_eq!(units("ＡＢc１２３号"), ["abc123", "号"]);
        assert_eq!(units("⼀站式"), ["一", "站", "式"]);
        assert_eq!(fold("政務公開條例").text, "政务公开条例");
    }

    #[test]
    fn units_lead_back_to_the_original_bytes() {
        let text = "（Ｇ２０）峰会";
        let folded = fold(text);
        assert_eq!(folded.unit(0), "g20");
        assert_eq!(&text[folded.units[0].source.clone()], "Ｇ２０");
        assert_eq!(&text[folded.units[2].source.clone()], "会");
    }

    #[test]
    fn punctuation_parts_and_a_space_does_not() {
        assert!(!fold("公开，透明").pairs_with_next(1));
        assert!(!fold("公开\n透明").pairs_with_next(1));
        assert!(fold("李　明").pairs_with_next(0));
        assert!(fold("公开透明").pairs_with_next(1));
        assert_eq!(fold("公开，透明").text, "公开 透明");
    }

    #[test]
    fn invisible_characters_vanish() {
        assert_eq!(units("政\u{200b}务\u{feff}"), ["政", "务"]);
        assert!(fold("政\u{200b}务").pairs_with_next(0));
        assert!(units("\u{0}，。！\u{202e}").is_empty());
    }

    #[test]
    fn a_long_run_is_cut() {
        assert!(units(&"a".repeat(1000)).iter().all(|unit| unit.len() <= LONGEST_UNIT));
    }
}
