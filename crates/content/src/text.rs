//! The words of a document as plain text, for search, screening and comparison.

use crate::{Block, Body, Cell, Document, Inline, ListItem, Row, Table};

impl Document {
    /// All words. Paragraphs, headings, list items and table rows are separated by a line feed, the cells of a row by a tab;
    /// line breaks inside a cell become spaces; footnotes come last.
    pub fn text(&self) -> String {
        let mut parts = vec![blocks_text(&self.blocks)];
        parts.extend(self.notes.iter().map(|note| blocks_text(&note.blocks)));
        join_filled(parts, "\n")
    }

    /// Whether there is nothing to read or see: no words and no picture.
    pub fn is_blank(&self) -> bool {
        self.pictures().is_empty() && self.text().trim().is_empty()
    }
}

impl Block {
    /// The words of this block, laid out as in [`Document::text`].
    pub fn text(&self) -> String {
        match &self.body {
            Body::Heading { text, .. } | Body::Paragraph { text, .. } => inlines_text(text),
            Body::List { items, .. } => join_filled(items.iter().map(ListItem::text), "\n"),
            Body::Table(table) => table.text(),
            Body::Figure { alt, .. } => alt.clone(),
        }
    }
}

impl ListItem {
    /// The words of this item.
    pub fn text(&self) -> String {
        blocks_text(&self.blocks)
    }
}

impl Table {
    /// Rows separated by a line feed, cells by a tab.
    pub fn text(&self) -> String {
        self.rows.iter().map(Row::text).collect::<Vec<_>>().join("\n")
    }
}

impl Row {
    /// The cells on one line, separated by a tab; an empty cell keeps its place.
    pub fn text(&self) -> String {
        self.cells.iter().map(Cell::line).collect::<Vec<_>>().join("\t")
    }
}

impl Cell {
    /// The words of the cell with its line breaks: several units one below the other stay several lines.
    pub fn text(&self) -> String {
        blocks_text(&self.blocks)
    }

    /// The words of the cell on one line.
    pub fn line(&self) -> String {
        self.text().split(['\n', '\t']).collect::<Vec<_>>().join(" ")
    }
}

impl Inline {
    /// The words of this run; a break is a line feed, a footnote reference is nothing.
    pub fn text(&self) -> &str {
        match self {
            Inline::Text { text, .. } | Inline::Link { text, .. } => text,
            Inline::Break => "\n",
            Inline::Note { .. } => "",
        }
    }
}

/// The words of these blocks, separated by line feeds; blocks without words leave no empty line.
pub fn blocks_text(blocks: &[Block]) -> String {
    join_filled(blocks.iter().map(Block::text), "\n")
}

/// The words of these runs.
pub fn inlines_text(inlines: &[Inline]) -> String {
    inlines.iter().map(Inline::text).collect()
}

fn join_filled(parts: impl IntoIterator<Item = String>, separator: &str) -> String {
    let filled: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    filled.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_separated_and_their_lines_kept_apart() {
        let table = Block::table(
            1,
            [vec!["牵头单位", "", "责任单位"], vec!["区发改局\n区资规局", "甲", "乙"]],
        );
        assert_eq!(table.text(), "牵头单位\t\t责任单位\n区发改局 区资规局\t甲\t乙");
        let Body::Table(table) = table.body else {
            panic!("not a table")
        };
        assert_eq!(table.rows[1].cells[0].text(), "区发改局\n区资规局");
    }

    #[test]
    fn a_document_of_empty_paragraphs_is_blank() {
        assert!(Document::of_paragraphs(["", "  "]).is_blank());
        assert!(!Document::of_paragraphs(["字"]).is_blank());
    }

    #[test]
    fn notes_come_last() {
        let text = crate::samples::everything().text();
        assert!(text.ends_with("注文"), "{text}");
    }
}
