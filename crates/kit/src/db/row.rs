//! One row as text, in the form of PostgreSQL's `COPY … TO STDOUT`: values between tabs, a row to a line, `\N` for
//! nothing, a backslash before what would be mistaken.
//!
//! The form holds values as the database that wrote them shows them. [`Shape`] turns them into what another database
//! takes; from PostgreSQL to PostgreSQL nothing has to be turned.

use std::borrow::Cow;

/// Appends a text as a value.
pub(super) fn push_text(line: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            8 => line.extend_from_slice(b"\\b"),
            11 => line.extend_from_slice(b"\\v"),
            12 => line.extend_from_slice(b"\\f"),
            other => line.push(*other),
        }
    }
}

/// Appends bytes as a value, as PostgreSQL shows them: `\x` and hexadecimal digits.
pub(super) fn push_bytes(line: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    line.extend_from_slice(b"\\\\x");
    for byte in bytes {
        line.push(DIGITS[usize::from(byte >> 4)]);
        line.push(DIGITS[usize::from(byte & 15)]);
    }
}

/// Appends the absence of a value.
pub(super) fn push_null(line: &mut Vec<u8>) {
    line.extend_from_slice(b"\\N");
}

/// The values of a line without its end; none stands for nothing.
pub fn values(line: &[u8]) -> impl Iterator<Item = Option<Cow<'_, [u8]>>> {
    line.split(|byte| *byte == b'\t').map(value)
}

fn value(written: &[u8]) -> Option<Cow<'_, [u8]>> {
    if written == b"\\N" {
        return None;
    }
    if !written.contains(&b'\\') {
        return Some(Cow::Borrowed(written));
    }
    let mut text = Vec::with_capacity(written.len());
    let mut bytes = written.iter();
    while let Some(byte) = bytes.next() {
        match (byte, if *byte == b'\\' { bytes.next() } else { None }) {
            (b'\\', Some(b'n')) => text.push(b'\n'),
            (b'\\', Some(b'r')) => text.push(b'\r'),
            (b'\\', Some(b't')) => text.push(b'\t'),
            (b'\\', Some(b'b')) => text.push(8),
            (b'\\', Some(b'v')) => text.push(11),
            (b'\\', Some(b'f')) => text.push(12),
            (b'\\', Some(other)) => text.push(*other),
            (other, _) => text.push(*other),
        }
    }
    Some(Cow::Owned(text))
}

/// How a value is kept in SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Whole,
    Real,
    Truth,
    Bytes,
    Identifier,
    Instant,
    Text,
}

impl Shape {
    /// What a SQLite column makes of a value that came from a column of type `from`; none when the pair has no meaning.
    pub(super) fn of(from: &str, to: &str) -> Option<Shape> {
        Some(match (to, from) {
            ("INTEGER" | "BIGINT" | "SMALLINT", _) => Shape::Whole,
            ("BOOLEAN", _) => Shape::Truth,
            ("REAL" | "DOUBLE" | "DOUBLE PRECISION", _) => Shape::Real,
            ("BLOB", "uuid") => Shape::Identifier,
            ("BLOB", "bytea" | "BLOB") => Shape::Bytes,
            ("TEXT", "timestamp with time zone") => Shape::Instant,
            ("TEXT", _) => Shape::Text,
            _ => return None,
        })
    }
}

/// A value that SQLite takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kept {
    Nothing,
    Whole(i64),
    Real(f64),
    Bytes(Vec<u8>),
    Text(String),
}

/// The value that SQLite keeps for a written one; none when it is not of its form.
pub(super) fn kept(shape: Shape, written: Option<Cow<'_, [u8]>>) -> Option<Kept> {
    let Some(written) = written else {
        return Some(Kept::Nothing);
    };
    let text = || std::str::from_utf8(&written).ok();
    Some(match shape {
        Shape::Whole => Kept::Whole(text()?.parse().ok()?),
        Shape::Real => Kept::Real(text()?.parse().ok()?),
        Shape::Truth => Kept::Whole(match text()? {
            "t" | "1" => 1,
            "f" | "0" => 0,
            _ => return None,
        }),
        Shape::Bytes => Kept::Bytes(bytes_of(text()?.strip_prefix("\\x")?)?),
        Shape::Identifier => Kept::Bytes(uuid::Uuid::parse_str(text()?).ok()?.as_bytes().to_vec()),
        Shape::Instant => Kept::Text(instant(text()?)?),
        Shape::Text => Kept::Text(String::from_utf8(written.into_owned()).ok()?),
    })
}

fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|n| u8::try_from(n).ok());
    let pairs = digits.as_bytes().chunks_exact(2);
    if !pairs.remainder().is_empty() {
        return None;
    }
    pairs.map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// A moment as PostgreSQL shows it in UTC, in the one form that SQLite compares as text.
fn instant(shown: &str) -> Option<String> {
    let at = chrono::DateTime::parse_from_str(shown, "%Y-%m-%d %H:%M:%S%.f%#z").ok()?;
    Some(at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false))
}

/// A value of SQLite's as a column of PostgreSQL takes it: an identifier kept as bytes loses the sign of bytes.
pub(super) fn turned<'a>(from: &str, to: &str, written: &'a [u8]) -> &'a [u8] {
    match (from, to) {
        ("BLOB", "uuid") => written.strip_prefix(b"\\\\x").unwrap_or(written),
        _ => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(text: &[u8]) {
        let mut line = Vec::new();
        push_text(&mut line, text);
        assert!(!line.contains(&b'\n') && !line.contains(&b'\t'), "{line:?}");
        let back: Vec<_> = values(&line).collect();
        assert_eq!(back, [Some(Cow::Borrowed(text))]);
    }

    #[test]
    fn every_text_comes_back() {
        for text in ["", "\\N", "a\tb\nc\rd", "\\", "\\\\x41", "公开\u{b}\u{c}\u{8}", "\\n"] {
            there_and_back(text.as_bytes());
        }
        proptest::proptest!(|(text in ".*")| there_and_back(text.as_bytes()));
    }

    #[test]
    fn nothing_and_an_empty_text_are_two_things() {
        assert_eq!(
            values(b"\\N\t").collect::<Vec<_>>(),
            [None, Some(Cow::Borrowed(&b""[..]))]
        );
    }

    #[test]
    fn bytes_come_back_and_what_are_no_bytes_is_refused() {
        let mut line = Vec::new();
        push_bytes(&mut line, &[0, 255, 16]);
        assert_eq!(
            kept(Shape::Bytes, values(&line).next().unwrap()),
            Some(Kept::Bytes(vec![0, 255, 16]))
        );
        for wrong in ["\\x0", "\\x0g", "00"] {
            assert_eq!(
                kept(Shape::Bytes, Some(Cow::Borrowed(wrong.as_bytes()))),
                None,
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_moment_has_the_form_in_which_text_and_time_have_one_order() {
        for (shown, wanted) in [
            ("2021-05-10 02:00:00+00", "2021-05-10T02:00:00+00:00"),
            ("2021-05-10 02:00:00.12+00", "2021-05-10T02:00:00.120+00:00"),
            ("2021-05-10 02:00:00.123456+00", "2021-05-10T02:00:00.123456+00:00"),
        ] {
            assert_eq!(instant(shown).as_deref(), Some(wanted));
        }
        assert_eq!(instant("yesterday"), None);
    }
}
