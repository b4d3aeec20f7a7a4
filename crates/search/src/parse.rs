//! What a person typed, taken apart. There is no query language: only quotation marks mean something.

use crate::number::{Piece, split_numbers};

/// Longer queries are cut here, in characters.
const LONGEST_QUERY: usize = 300;
/// More phrases than these are read as plain words.
const MOST_PHRASES: usize = 8;

/// A query taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Parsed {
    /// What stood in quotation marks and is required.
    pub phrases: Vec<String>,
    /// The rest.
    pub pieces: Vec<Piece>,
}

/// Takes a query apart; every string is a query.
pub(crate) fn parse(words: &str) -> Parsed {
    let characters: Vec<char> = words.chars().take(LONGEST_QUERY).collect();
    let mut parsed = Parsed::default();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let closing = is_quote(character)
            .then(|| characters[at + 1..].iter().position(|next| is_quote(*next)))
            .flatten();
        match closing {
            Some(length) if parsed.phrases.len() < MOST_PHRASES => {
                parsed
                    .phrases
                    .push(characters[at + 1..at + 1 + length].iter().collect());
                plain.push(' ');
                at += length + 2;
            }
            _ => {
                plain.push(character);
                at += 1;
            }
        }
    }
    parsed
        .phrases
        .retain(|phrase| phrase.chars().any(char::is_alphanumeric));
    parsed.pieces = split_numbers(&plain);
    parsed
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '\u{ff02}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotation_marks_of_any_kind_make_a_phrase() {
        for words in ["\"政务公开\"", "“政务公开”", "＂政务公开＂", "“政务公开\""] {
            assert_eq!(parse(words).phrases, ["政务公开"], "{words}");
        }
    }

    #[test]
    fn an_open_quotation_mark_is_only_punctuation() {
        let parsed = parse("“政务公开");
        assert!(parsed.phrases.is_empty());
        assert_eq!(parsed.pieces, [Piece::Text("“政务公开".to_owned())]);
    }

    #[test]
    fn empty_phrases_are_dropped_and_long_queries_cut() {
        assert!(parse("“”“，”").phrases.is_empty());
        let long = parse(&"公".repeat(100_000));
        assert_eq!(long.pieces, [Piece::Text("公".repeat(LONGEST_QUERY))]);
    }
}
