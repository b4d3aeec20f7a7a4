//! Short ways to make documents and their parts.

use crate::{Align, Block, BlockId, Body, Cell, Document, Inline, ListItem, PictureId, Row, SHAPE, Table};

impl Document {
    /// A document of these blocks, without footnotes.
    pub fn new(blocks: Vec<Block>) -> Document {
        Document {
            shape: SHAPE,
            blocks,
            notes: Vec::new(),
        }
    }

    /// A document of plain paragraphs, numbered `b1`, `b2`, ….
    pub fn of_paragraphs<T: AsRef<str>>(paragraphs: impl IntoIterator<Item = T>) -> Document {
        let blocks = paragraphs
            .into_iter()
            .map(|words| Block::paragraph(words.as_ref()))
            .collect();
        Document::new(blocks).with_fresh_ids()
    }

    /// A document of plain text: each line that is not blank becomes a paragraph.
    pub fn of_text(text: &str) -> Document {
        Document::of_paragraphs(text.lines().map(str::trim).filter(|line| !line.is_empty()))
    }
}

impl Block {
    /// A block without an identity yet; [`Document::with_fresh_ids`] and [`crate::keep_ids`] give it one.
    pub fn new(body: Body) -> Block {
        Block {
            id: BlockId(String::new()),
            body,
        }
    }

    /// A paragraph of plain words; line breaks in them become [`Inline::Break`].
    pub fn paragraph(words: &str) -> Block {
        Block::new(Body::Paragraph {
            align: Align::Start,
            text: Inline::lines(words),
        })
    }

    /// A heading of plain words; `level` is brought into 1 to 6.
    pub fn heading(level: u8, words: &str) -> Block {
        Block::new(Body::Heading {
            level: level.clamp(1, 6),
            text: Inline::lines(words),
        })
    }

    /// A list whose items are one plain paragraph each.
    pub fn list<T: AsRef<str>>(ordered: bool, items: impl IntoIterator<Item = T>) -> Block {
        let items = items
            .into_iter()
            .map(|words| ListItem {
                blocks: vec![Block::paragraph(words.as_ref())],
            })
            .collect();
        Block::new(Body::List { ordered, items })
    }

    /// A table of plain cells.
    pub fn table<T: AsRef<str>>(header_rows: u32, rows: impl IntoIterator<Item = Vec<T>>) -> Block {
        let rows = rows
            .into_iter()
            .map(|cells| Row {
                cells: cells.iter().map(|words| Cell::plain(words.as_ref())).collect(),
            })
            .collect();
        Block::new(Body::Table(Table { header_rows, rows }))
    }

    /// A picture with its words.
    pub fn figure(picture: PictureId, alt: &str) -> Block {
        Block::new(Body::Figure {
            picture,
            alt: alt.to_owned(),
        })
    }

    /// The same block under this identity.
    pub fn named(mut self, id: &str) -> Block {
        self.id = BlockId(id.to_owned());
        self
    }
}

impl Cell {
    /// A cell over one column and one row.
    pub fn new(blocks: Vec<Block>) -> Cell {
        Cell {
            colspan: 1,
            rowspan: 1,
            blocks,
        }
    }

    /// A cell of one plain paragraph; without words it holds nothing.
    pub fn plain(words: &str) -> Cell {
        if words.is_empty() {
            return Cell::new(Vec::new());
        }
        Cell::new(vec![Block::paragraph(words)])
    }
}

impl Inline {
    /// Words without emphasis.
    pub fn plain(words: &str) -> Inline {
        Inline::Text {
            text: words.to_owned(),
            bold: false,
            italic: false,
            underline: false,
        }
    }

    /// Plain words with a [`Inline::Break`] for each line break in them.
    pub fn lines(words: &str) -> Vec<Inline> {
        let mut inlines = Vec::new();
        for (index, line) in words.split('\n').enumerate() {
            if index > 0 {
                inlines.push(Inline::Break);
            }
            let line = line.trim_end_matches('\r');
            if !line.is_empty() {
                inlines.push(Inline::plain(line));
            }
        }
        inlines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_numbered_paragraphs() {
        let document = Document::of_text("第一条\r\n\r\n  第二条\n");
        assert_eq!(document.text(), "第一条\n第二条");
        assert_eq!(document.blocks[1].id.0, "b2");
    }

    #[test]
    fn line_breaks_never_stand_inside_a_run() {
        assert_eq!(
            Inline::lines("甲\r\n乙"),
            vec![Inline::plain("甲"), Inline::Break, Inline::plain("乙")]
        );
    }
}
