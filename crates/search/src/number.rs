//! Document numbers (发文字号), such as 榕仓政办〔2021〕12号, in whatever brackets they are typed.

use crate::fold::fold_spelling;

/// A number's abbreviation (机关代字) is not longer than this.
const LONGEST_SIGN: usize = 16;
/// Between year and serial stand at most a bracket, 年, 第 and blanks.
const WIDEST_SEPARATOR: usize = 6;

/// A document number taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DocumentNumber {
    /// What stands before the year without a break: the unit's abbreviation, in a query perhaps with words before it.
    pub sign: Vec<char>,
    /// The year.
    pub year: u16,
    /// The serial number within the year.
    pub serial: u32,
}

impl DocumentNumber {
    /// The key of the whole number, as indexed.
    pub fn key(&self) -> String {
        self.key_of(&self.sign)
    }

    /// The keys by which the number may have been indexed: with every ending of the sign, because in a question other
    /// words may stand before it; the longest first.
    pub fn candidate_keys(&self) -> Vec<String> {
        (0..self.sign.len())
            .map(|start| self.key_of(&self.sign[start..]))
            .collect()
    }

    /// The key of year and serial alone.
    pub fn serial_key(&self) -> String {
        self.key_of(&[])
    }

    /// The number in its usual spelling, with the whole sign.
    pub fn spelling(&self) -> String {
        format!(
            "{}〔{}〕{}号",
            self.sign.iter().collect::<String>(),
            self.year,
            self.serial
        )
    }

    fn key_of(&self, sign: &[char]) -> String {
        format!("{}#{}#{}", sign.iter().collect::<String>(), self.year, self.serial)
    }
}

/// What stands in a text: numbers, and the text between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A document number.
    Number(DocumentNumber),
    /// Other text, folded.
    Text(String),
}

/// The first document number in a text.
pub(crate) fn first_number(text: &str) -> Option<DocumentNumber> {
    split_numbers(text).into_iter().find_map(|piece| match piece {
        Piece::Number(number) => Some(number),
        Piece::Text(_) => None,
    })
}

/// A text with the punctuation taken out, by which a number that has no year is found whole.
pub(crate) fn squeeze(text: &str) -> String {
    fold_spelling(text)
        .into_iter()
        .filter(|character| character.is_alphanumeric())
        .collect()
}

/// Cuts a text at its document numbers.
pub(crate) fn split_numbers(text: &str) -> Vec<Piece> {
    let characters = fold_spelling(text);
    let mut pieces = Vec::new();
    let mut done = 0;
    let mut at = 0;
    while at < characters.len() {
        let Some((number, start, end)) = number_at(&characters, done, at) else {
            at += 1;
            continue;
        };
        push_text(&mut pieces, &characters[done..start]);
        pieces.push(Piece::Number(number));
        done = end;
        at = end;
    }
    push_text(&mut pieces, &characters[done..]);
    pieces
}

fn push_text(pieces: &mut Vec<Piece>, characters: &[char]) {
    if !characters.is_empty() {
        pieces.push(Piece::Text(characters.iter().collect()));
    }
}

/// Reads a number whose year begins at `at`; gives it with its beginning and end.
fn number_at(characters: &[char], floor: usize, at: usize) -> Option<(DocumentNumber, usize, usize)> {
    if at > 0 && characters[at - 1].is_ascii_digit() {
        return None;
    }
    let year = u16::try_from(digits(characters.get(at..at + 4)?)?)
        .ok()
        .filter(|year| (1949..2100).contains(year))?;
    let (bracketed, serial_at) = after_year(characters, at)?;
    let length = characters[serial_at..]
        .iter()
        .take_while(|character| character.is_ascii_digit())
        .count();
    if !(1..=6).contains(&length) {
        return None;
    }
    let mut end = serial_at + length;
    let serial = digits(&characters[serial_at..end])?;
    let blanks = characters[end..]
        .iter()
        .take_while(|character| character.is_whitespace())
        .count();
    if characters.get(end + blanks) == Some(&'号') {
        end += blanks + 1;
    } else if !bracketed || characters.get(end).is_some_and(|next| next.is_alphanumeric()) {
        return None;
    }
    let (sign, start) = sign_before(characters, floor, at);
    (!sign.is_empty()).then_some((DocumentNumber { sign, year, serial }, start, end))
}

/// Where the serial begins, and whether a closing bracket stands before it.
fn after_year(characters: &[char], at: usize) -> Option<(bool, usize)> {
    let mut bracketed = false;
    let mut next = at + 4;
    while next < characters.len() && next < at + 4 + WIDEST_SEPARATOR {
        match characters[next] {
            character if character.is_ascii_digit() => return Some((bracketed, next)),
            '〕' | ']' | ')' | '】' | '』' | '」' | '》' | '>' | '}' => bracketed = true,
            '年' | '第' | '字' | '-' | '—' => {}
            character if character.is_whitespace() => {}
            _ => return None,
        }
        next += 1;
    }
    None
}

/// The sign before the year's opening bracket, and where it begins.
fn sign_before(characters: &[char], floor: usize, year_at: usize) -> (Vec<char>, usize) {
    let skippable = |character: char| {
        character.is_whitespace() || matches!(character, '〔' | '[' | '(' | '【' | '『' | '「' | '《' | '<' | '{')
    };
    let mut end = year_at;
    while end > floor && year_at - end < 3 && skippable(characters[end - 1]) {
        end -= 1;
    }
    let mut start = end;
    while start > floor && end - start < LONGEST_SIGN && is_sign(characters[start - 1]) {
        start -= 1;
    }
    (characters[start..end].to_vec(), start)
}

fn is_sign(character: char) -> bool {
    character.is_alphabetic()
}

fn digits(characters: &[char]) -> Option<u32> {
    characters
        .iter()
        .try_fold(0_u32, |sum, character| Some(sum * 10 + character.to_digit(10)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bracket_style_gives_one_key() {
        for typed in [
            "榕仓政办〔2021〕12号",
            "榕仓政办[2021]12号",
            "榕仓政办(2021)12号",
            "榕仓政办（2021）12号",
            "榕仓政办【2021】12号",
            "榕仓政办﹝2021﹞12号",
            "榕仓政办〔２０２１〕１２号",
            "榕仓政办 〔2021〕 12 号",
            "榕仓政办202112号",
            "榕仓政办2021年第12号",
            "榕仓政办〔2021〕第012号",
            "榕仓政办〔2021〕12",
        ] {
            let number = first_number(typed).unwrap_or_else(|| panic!("{typed}"));
            assert_eq!(number.key(), "榕仓政办#2021#12", "{typed}");
        }
    }

    #[test]
    fn a_number_is_found_within_a_question() {
        let pieces = split_numbers("请问榕仓政办[2021]12号还有效吗");
        let Piece::Number(number) = &pieces[0] else {
            panic!("{pieces:?}")
        };
        assert!(number.candidate_keys().contains(&"榕仓政办#2021#12".to_owned()));
        assert_eq!(pieces[1], Piece::Text("还有效吗".to_owned()));
    }

    #[test]
    fn dates_and_amounts_are_no_numbers() {
        for text in [
            "2021年12月3日",
            "预算2021万元",
            "电话83202112345",
            "公告 12号",
            "2021 12号",
            "办(20211)2号",
            "2021",
        ] {
            assert_eq!(first_number(text), None, "{text}");
        }
    }

    #[test]
    fn two_numbers_are_both_found() {
        let found = split_numbers("闽政〔2020〕1号、榕政〔2021〕2号");
        assert_eq!(
            found.iter().filter(|piece| matches!(piece, Piece::Number(_))).count(),
            2
        );
    }
}
