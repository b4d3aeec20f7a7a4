//! CSV: which encoding, which delimiter, which row.

use ::csv::{ReaderBuilder, StringRecord};
use encoding_rs::{Encoding, GB18030};

use super::cells;
use super::model::{Cell, Row, SheetHead};
use super::writer::{Encoded, Writer};
use crate::{Notice, NoticeKind, Properties, Refusal};

/// Bytes looked at to tell the delimiter.
const LOOKED_AT: usize = 64 * 1024;
const DELIMITERS: [u8; 3] = [b',', b'\t', b';'];

/// Reads a file of separated values as a workbook with one sheet.
pub(super) fn read(bytes: &[u8], file_name: &str) -> Result<Encoded, Refusal> {
    let (text, notice) = decode(bytes)?;
    // One kind of line end, also after the last line, so that lines can be counted.
    let text = format!("{}\n", text.replace("\r\n", "\n").replace('\r', "\n"));
    let (text, declared) = without_declaration(&text);
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(declared.unwrap_or_else(|| delimiter(text)))
        .from_reader(text.as_bytes());
    let mut writer = Writer::new();
    let sheet = SheetHead {
        name: String::new(),
        is_hidden: false,
        hidden_columns: Vec::new(),
        merged: Vec::new(),
        row_count: 0,
    };
    writer.sheet(sheet, &[])?;
    let mut record = StringRecord::new();
    let mut number = u64::from(declared.is_some());
    loop {
        let before = reader.position().line();
        let is_there = reader
            .read_record(&mut record)
            .map_err(|_| Refusal::damaged_table("文本格式"))?;
        if !is_there {
            break;
        }
        // Blank lines are no records and still are rows to whoever looks at the file; lines inside a cell are not.
        let inside: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let lines = reader.position().line().saturating_sub(before);
        number += 1 + lines.saturating_sub(inside as u64 + 1);
        writer.row(Row {
            number: u32::try_from(number).unwrap_or(u32::MAX),
            is_hidden: false,
            cells: record.iter().map(cell).collect(),
        })?;
    }
    writer.finish(false, notice.into_iter().collect(), &Properties::default(), file_name)
}

/// The text of a cell; what programs wrap around words to keep a spreadsheet from computing with them is taken off.
fn cell(raw: &str) -> Cell {
    let words = cells::words(raw);
    let guarded = words
        .strip_prefix('\'')
        .filter(|rest| rest.starts_with(['=', '+', '-', '@']));
    let quoted = words.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let words = match guarded.or(quoted.filter(|inner| !inner.contains('"'))) {
        Some(inner) => inner.to_owned(),
        None => words,
    };
    if words.is_empty() {
        Cell::Empty
    } else {
        Cell::Text(words)
    }
}

/// A first line `sep=;` that some spreadsheets write.
fn without_declaration(text: &str) -> (&str, Option<u8>) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let declared = first.trim_end_matches('\r').strip_prefix("sep=").map(str::as_bytes);
    match declared {
        Some([one]) if DELIMITERS.contains(one) => (rest, Some(*one)),
        _ => (text, None),
    }
}

/// The delimiter that cuts most rows into equally many cells.
fn delimiter(text: &str) -> u8 {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let start = text.get(..end).unwrap_or(text);
    let score = |delimiter: u8| {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(start.as_bytes());
        let widths: Vec<usize> = reader
            .records()
            .filter_map(Result::ok)
            .take(50)
            .map(|r| r.len())
            .collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        let alike = |width: usize| widths.iter().filter(|other| **other == width).count();
        let usual = (2..=widest).max_by_key(|width| (alike(*width), *width)).unwrap_or(1);
        if usual < 2 { 0 } else { alike(usual) * 1000 + usual }
    };
    // The first of equals wins, which is the comma.
    DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|one| score(*one))
        .unwrap_or(b',')
}

/// UTF-8 or UTF-16 by its mark, UTF-8 without one, else GB 18030; a file of two encodings is refused, because one of them would
/// silently become nonsense.
fn decode(bytes: &[u8]) -> Result<(String, Option<Notice>), Refusal> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let (text, damaged) = encoding.decode_without_bom_handling(bytes.get(mark..).unwrap_or_default());
        return accept(text.into_owned(), damaged, None);
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(Refusal::NulBytes {
            line: line_of(bytes, at),
        });
    }
    let Err(error) = std::str::from_utf8(bytes) else {
        return accept(String::from_utf8_lossy(bytes).into_owned(), false, None);
    };
    let foreign = error.valid_up_to();
    if bytes.split(|byte| *byte == b'\n').any(is_chinese_utf8) {
        return Err(Refusal::UnknownEncoding {
            line: line_of(bytes, foreign),
        });
    }
    let (text, damaged) = GB18030.decode_without_bom_handling(bytes);
    let notice = Notice {
        kind: NoticeKind::EncodingAssumed,
        place: "全文".to_owned(),
        message: "文件没有注明编码，已按 GB18030（国标汉字编码）读取，请核对有无乱码。".to_owned(),
    };
    accept(text.into_owned(), damaged, Some(notice))
}

/// Whether a line is sound UTF-8 with several Chinese characters, which no line in GB 18030 is by chance.
fn is_chinese_utf8(line: &[u8]) -> bool {
    let is_chinese = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c);
    std::str::from_utf8(line).is_ok_and(|line| line.chars().filter(is_chinese).count() >= 3)
}

fn accept(text: String, damaged: bool, notice: Option<Notice>) -> Result<(String, Option<Notice>), Refusal> {
    if damaged {
        let at = text.find('\u{fffd}').unwrap_or(0);
        return Err(Refusal::UnknownEncoding {
            line: line_of(text.as_bytes(), at),
        });
    }
    match text.find('\0') {
        Some(at) => Err(Refusal::NulBytes {
            line: line_of(text.as_bytes(), at),
        }),
        None => Ok((text, notice)),
    }
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    1 + bytes.iter().take(at).filter(|byte| **byte == b'\n').count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_makes_columns() {
        assert_eq!(delimiter("代码,全称\na,甲；乙\nb,丙"), b',');
        assert_eq!(delimiter("代码\t全称\na,1\t甲\nb\t乙"), b'\t');
        assert_eq!(delimiter("代码;全称\na;甲,乙\nb;丙"), b';');
        assert_eq!(delimiter("单独一列\n一\n二"), b',');
        assert_eq!(without_declaration("sep=;\r\na;b"), ("a;b", Some(b';')));
    }

    #[test]
    fn guards_against_computing_are_taken_off() {
        assert_eq!(cell("=\"000123\""), Cell::Text("000123".into()));
        assert_eq!(cell("'=1+1"), Cell::Text("=1+1".into()));
        assert_eq!(cell("'引号"), Cell::Text("'引号".into()));
        assert_eq!(cell("  "), Cell::Empty);
    }
}
