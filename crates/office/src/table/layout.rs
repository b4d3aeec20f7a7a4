//! How a sheet is laid out: what is hidden, what is merged, which formulas have no result. Its cells are read elsewhere.
//!
//! Every sheet is unpacked here once, under bounds, before its cells are read.

use std::collections::HashSet;
use std::io::{BufReader, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::model::Region;
use crate::Refusal;
use crate::limits::{MAX_COLUMNS, MAX_ELEMENT_DEPTH, MAX_MERGED};
use crate::xml;

/// The layout of one sheet.
#[derive(Default)]
pub(super) struct Layout {
    pub(super) hidden_rows: HashSet<u32>,
    pub(super) hidden_columns: Vec<u32>,
    pub(super) merged: Vec<Region>,
    /// Headers and footers.
    pub(super) margins: Vec<String>,
    /// How many formulas have no result stored, and the first such cell.
    pub(super) without_result: (u64, String),
}

/// Reads the layout of the sheet in this part.
pub(super) fn read(part: impl Read, name: &str) -> Result<Layout, Refusal> {
    let mut reader = Reader::from_reader(BufReader::with_capacity(64 * 1024, part));
    let mut scan = Scan::default();
    let mut buffer = Vec::new();
    let mut depth = 0_usize;
    loop {
        buffer.clear();
        match reader
            .read_event_into(&mut buffer)
            .map_err(|error| refusal(&error, name))?
        {
            Event::Start(start) => {
                depth += 1;
                if depth > MAX_ELEMENT_DEPTH {
                    return Err(Refusal::too_complex(name));
                }
                scan.begin(&start, name)?;
            }
            Event::Empty(start) => {
                scan.begin(&start, name)?;
                scan.end(start.local_name().as_ref());
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                scan.end(end.local_name().as_ref());
            }
            // The codes of a header begin with an ampersand, which comes as a reference.
            Event::GeneralRef(reference) if scan.in_margin => {
                let named = reference.resolve_char_ref().ok().flatten();
                scan.margin.extend(named.or_else(|| xml::predefined(&reference)));
            }
            Event::Text(text) if scan.in_margin => scan.margin.push_str(&text.xml10_content()),
            Event::DocType(_) => return Err(Refusal::DocumentType { part: name.to_owned() }),
            Event::Eof if depth == 0 => return Ok(scan.layout),
            Event::Eof => return Err(Refusal::damaged(name)),
            _ => {}
        }
    }
}

#[derive(Default)]
struct Scan {
    layout: Layout,
    row: u32,
    cell: String,
    has_formula: bool,
    has_value: bool,
    in_margin: bool,
    margin: String,
}

impl Scan {
    fn begin(&mut self, start: &BytesStart<'_>, part: &str) -> Result<(), Refusal> {
        match start.local_name().as_ref() {
            "row" => {
                self.row = number(start, "r", part)?.unwrap_or(self.row + 1);
                if is_on(start, "hidden", part)? {
                    self.layout.hidden_rows.insert(self.row);
                }
            }
            "c" => {
                (self.has_formula, self.has_value) = (false, false);
                self.cell.clear();
            }
            "f" => self.has_formula = true,
            "v" | "is" => self.has_value = true,
            "col" if is_on(start, "hidden", part)? => {
                let first = number(start, "min", part)?.unwrap_or(1).max(1);
                let last = number(start, "max", part)?.unwrap_or(first).min(MAX_COLUMNS as u32);
                self.layout
                    .hidden_columns
                    .extend((first..=last).map(|column| column - 1));
            }
            "mergeCell" => {
                if let Some(region) = attribute(start, "ref", part)?.as_deref().and_then(region) {
                    self.layout.merged.push(region);
                }
                if self.layout.merged.len() > MAX_MERGED {
                    return Err(Refusal::too_complex(part));
                }
            }
            "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" => {
                self.in_margin = true;
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self, name: &str) {
        match name {
            "c" if self.has_formula && !self.has_value => {
                let (count, first) = &mut self.layout.without_result;
                *count += 1;
                if *count == 1 {
                    *first = format!("第 {} 行", self.row);
                }
            }
            "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" => {
                self.in_margin = false;
                let margin = std::mem::take(&mut self.margin);
                self.layout.margins.extend(margin_lines(&margin));
            }
            _ => {}
        }
    }
}

/// The words of a header or footer without its codes: `&L` left, `&C` centre, `&R` right, `&"宋体"` font, `&12` size.
fn margin_lines(margin: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut characters = margin.chars().peekable();
    while let Some(c) = characters.next() {
        let code = if c == '&' { characters.next() } else { None };
        match (c, code) {
            ('&', Some('L' | 'C' | 'R')) | ('\n', _) => lines.push(String::new()),
            ('&', Some('"')) => while characters.next().is_some_and(|c| c != '"') {},
            ('&', Some(digit)) if digit.is_ascii_digit() => while characters.next_if(char::is_ascii_digit).is_some() {},
            ('&', _) => {}
            (c, _) => {
                if let Some(line) = lines.last_mut() {
                    line.push(c);
                }
            }
        }
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn attribute(start: &BytesStart<'_>, name: &str, part: &str) -> Result<Option<String>, Refusal> {
    let found = start.try_get_attribute(name).map_err(|_| Refusal::damaged(part))?;
    let value = found.map(|found| {
        found
            .normalized_value(XmlVersion::Implicit1_0)
            .map(|value| value.into_owned())
    });
    value.transpose().map_err(|_| Refusal::damaged(part))
}

fn number(start: &BytesStart<'_>, name: &str, part: &str) -> Result<Option<u32>, Refusal> {
    Ok(attribute(start, name, part)?.and_then(|value| value.parse().ok()))
}

fn is_on(start: &BytesStart<'_>, name: &str, part: &str) -> Result<bool, Refusal> {
    Ok(attribute(start, name, part)?.is_some_and(|value| value == "1" || value == "true"))
}

/// `B2:D4` as rows and columns.
fn region(text: &str) -> Option<Region> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    let ((first_row, first_column), (last_row, last_column)) = (place(first)?, place(last)?);
    (first_row <= last_row && first_column <= last_column).then_some(Region {
        first_row,
        last_row,
        first_column,
        last_column,
    })
}

fn place(text: &str) -> Option<(u32, u32)> {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let (letters, digits) = text.split_at(letters);
    if letters.is_empty() || letters.len() > 3 {
        return None;
    }
    let column = letters
        .bytes()
        .fold(0, |sum, letter| sum * 26 + u32::from(letter - b'A') + 1);
    Some((digits.parse().ok().filter(|row| *row > 0)?, column - 1))
}

fn refusal(error: &quick_xml::Error, part: &str) -> Refusal {
    match error {
        quick_xml::Error::Io(io) if io.kind() == std::io::ErrorKind::FileTooLarge => Refusal::ZipBomb,
        _ => Refusal::damaged(part),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layout_is_read() {
        let xml = r#"<worksheet><cols><col min="2" max="3" hidden="1"/></cols><sheetData>
            <row r="1"><c r="A1"><f>1+1</f><v>2</v></c></row><row r="4" hidden="1"><c r="A4"><f>A1</f></c></row><row><c><f>B1</f></c></row></sheetData>
            <mergeCells><mergeCell ref="A1:D1"/><mergeCell ref="B4"/></mergeCells><headerFooter><oddHeader>&amp;L&amp;"宋体"&amp;12机密&amp;R第&amp;P页</oddHeader></headerFooter></worksheet>"#;
        let layout = read(xml.as_bytes(), "t").unwrap();
        assert_eq!(layout.hidden_columns, [1, 2]);
        assert_eq!(layout.hidden_rows, HashSet::from([4]));
        assert_eq!(layout.merged[0], region("A1:D1").unwrap());
        assert_eq!((layout.merged[1].first_row, layout.merged[1].last_column), (4, 1));
        assert_eq!(layout.without_result, (2, "第 4 行".to_owned()));
        assert_eq!(layout.margins[0], "机密");
        assert_eq!(place("AA10"), Some((10, 26)));
        assert!(read("<!DOCTYPE a><a/>".as_bytes(), "t").is_err());
        assert!(read("<worksheet><row>".as_bytes(), "t").is_err());
    }
}
