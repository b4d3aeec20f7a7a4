//! How numbers are written, as data: fixed characters around `{year}` and `{serial}`.

/// The longest format, in characters.
const LONGEST: usize = 60;
/// The widest serial that is filled up with zeros.
const WIDEST: usize = 8;
/// Brackets that people type where a year stands in 〔〕.
const OTHER_BRACKETS: &str = "[]()（）【】［］{}〖〗「」『』<>《》〈〉﹝﹞";

/// A format that can be written with: `仓公开〔{year}〕第{serial}号`. `{serial:4}` fills up to four digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Year,
    Serial(usize),
}

/// Why a format cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// Nothing there, or too much.
    #[error("编号格式须为 1 至 60 个字")]
    Length,
    /// A character that no number bears.
    #[error("编号格式里有不能显示的字符或空格")]
    Character,
    /// Something in braces that is no place.
    #[error("编号格式里的花括号只能写 {{year}}、{{serial}} 或 {{serial:位数}}，位数为 1 至 8")]
    Place,
    /// The year or the serial is missing or stands twice; without the year numbers would come again the next year.
    #[error("编号格式里 {{year}}（年份）和 {{serial}}（顺序号）须各有一处")]
    Places,
    /// Other brackets around the year.
    #[error("编号格式里年份两边的括号须用六角括号〔〕")]
    Brackets,
    /// Digits right beside a place, which would run together with it.
    #[error("编号格式里年份、顺序号的旁边不能紧接数字，也不能两个紧接在一起")]
    RunsTogether,
}

impl Format {
    /// Reads a format.
    ///
    /// # Errors
    /// With what is wrong with it.
    pub fn read(text: &str) -> Result<Format, FormatError> {
        if !(1..=LONGEST).contains(&text.chars().count()) {
            return Err(FormatError::Length);
        }
        if text.chars().any(is_invisible) {
            return Err(FormatError::Character);
        }
        let pieces = pieces(text)?;
        let years = pieces.iter().filter(|p| **p == Piece::Year).count();
        let serials = pieces.iter().filter(|p| matches!(p, Piece::Serial(_))).count();
        if years != 1 || serials != 1 {
            return Err(FormatError::Places);
        }
        check_neighbours(&pieces)?;
        Ok(Format(pieces))
    }

    /// The number of this year and serial.
    #[must_use]
    pub fn write(&self, year: i32, serial: i64) -> String {
        self.0
            .iter()
            .map(|piece| match piece {
                Piece::Fixed(text) => text.clone(),
                Piece::Year => format!("{year:04}"),
                Piece::Serial(width) => format!("{serial:0width$}"),
            })
            .collect()
    }
}

/// White space, control and formatting characters: two numbers that look the same must be the same.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

fn pieces(text: &str) -> Result<Vec<Piece>, FormatError> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((fixed, after)) = rest.split_once('{') {
        let (place, after) = after.split_once('}').ok_or(FormatError::Place)?;
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(fixed.into()));
        }
        pieces.push(self::place(place)?);
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Fixed(rest.into()));
    }
    Ok(pieces)
}

fn place(words: &str) -> Result<Piece, FormatError> {
    match words.split_once(':') {
        None if words == "year" => Ok(Piece::Year),
        None if words == "serial" => Ok(Piece::Serial(1)),
        Some(("serial", width)) => width
            .parse()
            .ok()
            .filter(|width| (1..=WIDEST).contains(width))
            .map(Piece::Serial)
            .ok_or(FormatError::Place),
        _ => Err(FormatError::Place),
    }
}

fn check_neighbours(pieces: &[Piece]) -> Result<(), FormatError> {
    for (at, piece) in pieces.iter().enumerate() {
        if let Piece::Fixed(text) = piece {
            if text.contains('}') {
                return Err(FormatError::Place);
            }
            continue;
        }
        let before = at.checked_sub(1).and_then(|n| pieces.get(n));
        let neighbours = [
            before.map(|p| edge(p, true)),
            pieces.get(at + 1).map(|p| edge(p, false)),
        ];
        for neighbour in neighbours.into_iter().flatten() {
            match neighbour {
                None => return Err(FormatError::RunsTogether),
                Some(c) if c.is_numeric() => return Err(FormatError::RunsTogether),
                Some(c) if *piece == Piece::Year && OTHER_BRACKETS.contains(c) => return Err(FormatError::Brackets),
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// The character of a neighbour that touches a place; none when it is a place itself.
fn edge(piece: &Piece, last: bool) -> Option<char> {
    match piece {
        Piece::Fixed(text) if last => text.chars().next_back(),
        Piece::Fixed(text) => text.chars().next(),
        Piece::Year | Piece::Serial(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_written_as_offices_write_them() {
        let written = |format: &str| Format::read(format).unwrap().write(2021, 3);
        assert_eq!(written("仓公开〔{year}〕第{serial}号"), "仓公开〔2021〕第3号");
        assert_eq!(written("/p/{year}/{serial}"), "/p/2021/3");
        assert_eq!(written("CS-{year}-{serial:4}"), "CS-2021-0003");
        assert_eq!(
            Format::read("CS-{year}-{serial:4}").unwrap().write(2021, 123_456),
            "CS-2021-123456"
        );
    }

    #[test]
    fn what_cannot_be_a_format_is_refused() {
        for (format, error) in [
            ("", FormatError::Length),
            ("仓公开第{serial}号", FormatError::Places),
            ("仓公开〔{year}〕号", FormatError::Places),
            ("〔{year}〕{serial}号{serial}", FormatError::Places),
            ("仓公开[{year}]第{serial}号", FormatError::Brackets),
            ("仓公开（{year}）第{serial}号", FormatError::Brackets),
            ("仓{year}{serial}号", FormatError::RunsTogether),
            ("仓〔{year}〕1{serial}号", FormatError::RunsTogether),
            ("仓〔{year}〕{serial}２号", FormatError::RunsTogether),
            ("仓〔{year}〕{serial:0}号", FormatError::Place),
            ("仓〔{year}〕{serial:99999}号", FormatError::Place),
            ("仓〔{Year}〕{serial}号", FormatError::Place),
            ("仓〔{year}〕{serial号", FormatError::Place),
            ("仓}〔{year}〕{serial}号", FormatError::Place),
            ("仓 〔{year}〕{serial}号", FormatError::Character),
            ("仓\0〔{year}〕{serial}号", FormatError::Character),
            ("仓\u{200b}〔{year}〕{serial}号", FormatError::Character),
            ("仓\u{202e}〔{year}〕{serial}号", FormatError::Character),
        ] {
            assert_eq!(Format::read(format), Err(error), "{format}");
        }
        assert_eq!(Format::read(&"仓".repeat(61)), Err(FormatError::Length));
    }

    proptest! {
        #[test]
        fn no_two_numbers_of_a_format_are_the_same(
            head in "[仓山公开A-Z〔/-]{0,6}", between in "[〕第年/-]{1,3}", width in 1usize..=8,
            one in (1900i32..2200, 1i64..2_000_000), other in (1900i32..2200, 1i64..2_000_000),
        ) {
            let format = Format::read(&format!("{head}{{year}}{between}{{serial:{width}}}号")).unwrap();
            prop_assert_eq!(one == other, format.write(one.0, one.1) == format.write(other.0, other.1));
        }

        #[test]
        fn reading_never_panics(text in ".{0,80}") {
            let _ = Format::read(&text);
        }
    }
}
