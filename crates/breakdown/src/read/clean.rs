//! Text without the marks that extraction leaves.
//!
//! The rule about spaces, the same for both sources: a line break vanishes, except between two Latin words, which it parts by
//! a space; a space vanishes between two Chinese characters or signs, and stays, as one space, where a Latin letter or a
//! digit stands on either side (H5 等形式, “12345 热线”), because there it was printed.

/// The text of a cell in one line.
pub(super) fn clean(raw: &str) -> String {
    let text = without_marks(raw);
    let mut out = String::with_capacity(text.len());
    let mut gap = Gap::None;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        if c.is_whitespace() {
            gap = gap.with(c);
            continue;
        }
        if let Some(before) = out.chars().next_back()
            && gap.stays(before, c)
        {
            out.push(' ');
        }
        gap = Gap::None;
        out.push(c);
    }
    out
}

/// What stands between two visible characters.
#[derive(Clone, Copy, PartialEq)]
enum Gap {
    None,
    Space,
    LineBreak,
}

impl Gap {
    fn with(self, c: char) -> Gap {
        if self == Gap::LineBreak || matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' | '\u{85}') {
            Gap::LineBreak
        } else {
            Gap::Space
        }
    }

    fn stays(self, before: char, after: char) -> bool {
        match self {
            Gap::None => false,
            Gap::Space => is_latin(before) || is_latin(after),
            Gap::LineBreak => is_latin(before) && is_latin(after) && !(before.is_numeric() && after.is_numeric()),
        }
    }
}

/// The characters of a raw cell without marks and invisible ones; spaces and line breaks are still there.
pub(super) fn visible(raw: &str) -> Vec<char> {
    without_marks(raw).chars().filter(|c| !is_invisible(*c)).collect()
}

/// Whether a character parts others without being seen: a space or a line break.
pub(super) fn is_break(c: char) -> bool {
    c.is_whitespace()
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\u{c0}'..='\u{24f}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}') || c.is_control() && !c.is_whitespace()
}

/// Without `[bookmark: _GoBack]` and the like.
pub(super) fn without_marks(raw: &str) -> String {
    const OPENING: &str = "[bookmark:";
    let mut rest = raw;
    let mut out = String::with_capacity(raw.len());
    while let Some(at) = rest.find(OPENING) {
        let Some(end) = rest[at..].find(']') else { break };
        out.push_str(&rest[..at]);
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    out
}

/// A full-width letter, digit or sign as its ordinary form.
pub(super) fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Words alone, for comparing: no spaces at all, full-width letters and digits as ordinary ones.
pub(super) fn words(text: &str) -> String {
    visible(text)
        .into_iter()
        .filter(|c| !is_break(*c))
        .map(half_width)
        .collect()
}

/// The first characters of a long text, for messages.
pub(super) fn beginning(text: &str) -> String {
    const MOST: usize = 20;
    let short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        format!("{short}…")
    } else {
        short
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_and_spaces_of_the_extraction_vanish_and_printed_ones_stay() {
        assert_eq!(clean("与村\n居）务公开"), "与村居）务公开");
        assert_eq!(clean("网站上\n的行政法规"), "网站上的行政法规");
        assert_eq!(clean("为重点， 做好"), "为重点，做好");
        assert_eq!(clean("“政企直通车” “12345 热线”"), "“政企直通车”“12345 热线”");
        assert_eq!(clean("H5 等形式"), "H5 等形式");
        assert_eq!(clean("20\n21年"), "2021年");
        assert_eq!(clean("Open\nData"), "Open Data");
        assert_eq!(clean("\n \u{3000}[bookmark: _GoBack]区卫健局\u{feff}\n"), "区卫健局");
    }

    #[test]
    fn an_unclosed_mark_is_left_as_it_is() {
        assert_eq!(clean("[bookmark: 区卫健局"), "[bookmark:区卫健局");
    }
}
