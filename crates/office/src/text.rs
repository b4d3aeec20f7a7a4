//! Plain text: which encoding it is in, and its lines as paragraphs.

use content::{Document, Inline};
use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::limits::MAX_TEXT;
use crate::{Notice, NoticeKind, Reading, Refusal};

/// Reads a text: every line that is not blank becomes a paragraph.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, Refusal> {
    let (text, notice) = decode(bytes)?;
    let lines = text
        .lines()
        .map(clean)
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty());
    let mut reading = Reading::of(Document::of_paragraphs(lines));
    reading.notices.extend(notice);
    Ok(reading)
}

/// The text of these bytes: UTF-8 or UTF-16 by its mark, UTF-8 without one, else GB 18030, with a notice that this was judged.
pub(crate) fn decode(bytes: &[u8]) -> Result<(String, Option<Notice>), Refusal> {
    if bytes.len() > MAX_TEXT {
        return Err(Refusal::too_complex("文本"));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, damaged) = encoding.decode_without_bom_handling(&bytes[mark..]);
        return accept(text.into_owned(), damaged, declared(encoding));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Refusal::NulBytes {
            line: line_of(bytes, at),
        });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((text.to_owned(), None)),
        Err(_) => {
            let (text, damaged) = GB18030.decode_without_bom_handling(bytes);
            accept(text.into_owned(), damaged, Some(gb18030_notice()))
        }
    }
}

fn declared(encoding: &'static Encoding) -> Option<Notice> {
    debug_assert!([UTF_8, UTF_16LE, UTF_16BE].contains(&encoding));
    None
}

fn accept(text: String, damaged: bool, notice: Option<Notice>) -> Result<(String, Option<Notice>), Refusal> {
    if damaged {
        let at = text.find('\u{fffd}').unwrap_or(0);
        return Err(Refusal::UnknownEncoding {
            line: line_of(text.as_bytes(), at),
        });
    }
    if let Some(at) = text.find('\0') {
        return Err(Refusal::NulBytes {
            line: line_of(text.as_bytes(), at),
        });
    }
    Ok((text, notice))
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64
}

fn gb18030_notice() -> Notice {
    Notice {
        kind: NoticeKind::EncodingAssumed,
        place: "全文".to_owned(),
        message: "文本没有注明编码，已按 GB18030（国标汉字编码）读取，请核对有无乱码。".to_owned(),
    }
}

/// Words without characters that nobody can see and no document may hold; tabs and line ends become spaces.
pub(crate) fn clean(words: &str) -> String {
    let invisible = |c: char| matches!(c, '\u{feff}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = words
        .chars()
        .filter(|c| !invisible(*c) && (!c.is_control() || c.is_whitespace()));
    kept.map(|c| {
        if c.is_control() || c == '\u{a0}' || c == '\u{2028}' || c == '\u{2029}' {
            ' '
        } else {
            c
        }
    })
    .collect()
}

/// A line without white space and breaks at either end.
pub(crate) fn trimmed(mut inlines: Vec<Inline>) -> Vec<Inline> {
    while let Some(first) = inlines.first_mut() {
        match first {
            Inline::Text { text, .. } => *text = text.trim_start().to_owned(),
            Inline::Break => {}
            _ => break,
        }
        if !is_empty(first) {
            break;
        }
        inlines.remove(0);
    }
    while let Some(last) = inlines.last_mut() {
        match last {
            Inline::Text { text, .. } => text.truncate(text.trim_end().len()),
            Inline::Break => {}
            _ => break,
        }
        if !is_empty(last) {
            break;
        }
        inlines.pop();
    }
    inlines
}

fn is_empty(inline: &Inline) -> bool {
    match inline {
        Inline::Text { text, .. } => text.is_empty(),
        Inline::Break => true,
        Inline::Link { .. } | Inline::Note { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gb(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn each_encoding_is_read() {
        let words = "政府信息公开条例\r\n　第一条 为了保障公民依法获取政府信息，㙍䶮。\n";
        let utf16: Vec<u8> = "\u{feff}"
            .chars()
            .chain(words.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let utf16be: Vec<u8> = format!("\u{feff}{words}")
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        for bytes in [
            words.as_bytes().to_vec(),
            format!("\u{feff}{words}").into_bytes(),
            utf16,
            utf16be,
            gb(words),
        ] {
            let reading = read(&bytes).unwrap();
            assert_eq!(
                reading.document.text(),
                "政府信息公开条例\n第一条 为了保障公民依法获取政府信息，㙍䶮。"
            );
        }
        assert_eq!(read(&gb(words)).unwrap().notices.len(), 1);
        assert!(read(words.as_bytes()).unwrap().notices.is_empty());
    }

    #[test]
    fn nul_bytes_and_nonsense_are_refused_with_their_line() {
        assert_eq!(read("甲\n乙\0".as_bytes()).unwrap_err(), Refusal::NulBytes { line: 2 });
        assert_eq!(
            read(b"a\nb\n\xff\xff\xff").unwrap_err(),
            Refusal::UnknownEncoding { line: 3 }
        );
    }

    #[test]
    fn characters_that_hide_or_turn_words_are_removed() {
        assert_eq!(clean("公\u{200b}开\u{202e}条\u{7}例\u{a0}\t"), "公开条例  ");
    }
}
