//! The canonical form: the bytes that a digest is taken over.
//!
//! The form is the JSON of the tree under RFC 8785 (JSON Canonicalization Scheme): no white space, object keys sorted, the
//! shortest escapes. It is the same JSON that documents are stored in, so anybody can recompute a digest from a published
//! document with an existing tool. Fields that have their default value are left out, exactly as in storage; a later shape that
//! adds a field with a default therefore leaves every digest made before it unchanged.
//!
//! Everything a reader can see is included, and the block ids too: citations and remarks point at them, so moving an id to
//! other words is a change that must show. Two documents have the same canonical form exactly when they are equal.
//!
//! It is written by hand from the tree and not by serialising, so that no library's key order or escape habit can change it;
//! the patterns name every field, so a field added to the model cannot be forgotten here.

use sha2::{Digest, Sha256};

use crate::{Align, Block, Body, Cell, Document, Inline, ListItem, Note, Row, Table};

/// The canonical bytes of a document.
pub fn bytes(document: &Document) -> Vec<u8> {
    let mut writer = Writer {
        out: String::new(),
        ids: true,
    };
    writer.document(document);
    writer.out.into_bytes()
}

/// SHA-256 of the canonical bytes.
pub fn digest(document: &Document) -> [u8; 32] {
    Sha256::digest(bytes(document)).into()
}

/// [`digest`] in lowercase hexadecimal.
pub fn digest_hex(document: &Document) -> String {
    hex(&digest(document))
}

/// Lowercase hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The form of blocks without their ids: equal exactly when a reader sees no difference.
pub(crate) fn seen(blocks: &[Block]) -> String {
    let mut writer = Writer {
        out: String::new(),
        ids: false,
    };
    writer.array(blocks, Writer::block);
    writer.out
}

/// [`seen`] of one block.
pub(crate) fn seen_block(block: &Block) -> String {
    seen(std::slice::from_ref(block))
}

struct Writer {
    out: String,
    ids: bool,
}

impl Writer {
    fn document(&mut self, document: &Document) {
        let Document { shape, blocks, notes } = document;
        self.out.push_str("{\"blocks\":");
        self.array(blocks, Self::block);
        if !notes.is_empty() {
            self.out.push_str(",\"notes\":");
            self.array(notes, Self::note);
        }
        self.out.push_str(&format!(",\"shape\":{shape}}}"));
    }

    fn note(&mut self, note: &Note) {
        let Note { id, blocks } = note;
        self.out.push_str("{\"blocks\":");
        self.array(blocks, Self::block);
        self.out.push_str(",\"id\":");
        self.string(&id.0);
        self.out.push('}');
    }

    fn block(&mut self, block: &Block) {
        let Block { id, body } = block;
        let id = self.ids.then_some(id.0.as_str());
        self.out.push('{');
        match body {
            Body::Heading { level, text } => {
                self.id(id);
                self.out.push_str(&format!("\"level\":{level},\"text\":"));
                self.array(text, Self::inline);
                self.out.push_str(",\"type\":\"heading\"");
            }
            Body::Paragraph { align, text } => {
                match align {
                    Align::Start => {}
                    Align::Center => self.out.push_str("\"align\":\"center\","),
                    Align::End => self.out.push_str("\"align\":\"end\","),
                }
                self.id(id);
                self.out.push_str("\"text\":");
                self.array(text, Self::inline);
                self.out.push_str(",\"type\":\"paragraph\"");
            }
            Body::List { ordered, items } => {
                self.id(id);
                self.out.push_str("\"items\":");
                self.array(items, Self::item);
                self.out.push_str(&format!(",\"ordered\":{ordered},\"type\":\"list\""));
            }
            Body::Table(Table { header_rows, rows }) => {
                self.out.push_str(&format!("\"header_rows\":{header_rows},"));
                self.id(id);
                self.out.push_str("\"rows\":");
                self.array(rows, Self::row);
                self.out.push_str(",\"type\":\"table\"");
            }
            Body::Figure { picture, alt } => {
                self.out.push_str("\"alt\":");
                self.string(alt);
                self.out.push(',');
                self.id(id);
                self.out.push_str("\"picture\":");
                self.string(&picture.0);
                self.out.push_str(",\"type\":\"figure\"");
            }
        }
        self.out.push('}');
    }

    fn id(&mut self, id: Option<&str>) {
        let Some(id) = id else { return };
        self.out.push_str("\"id\":");
        self.string(id);
        self.out.push(',');
    }

    fn item(&mut self, item: &ListItem) {
        let ListItem { blocks } = item;
        self.out.push_str("{\"blocks\":");
        self.array(blocks, Self::block);
        self.out.push('}');
    }

    fn row(&mut self, row: &Row) {
        let Row { cells } = row;
        self.out.push_str("{\"cells\":");
        self.array(cells, Self::cell);
        self.out.push('}');
    }

    fn cell(&mut self, cell: &Cell) {
        let Cell {
            colspan,
            rowspan,
            blocks,
        } = cell;
        self.out.push_str("{\"blocks\":");
        self.array(blocks, Self::block);
        if *colspan != 1 {
            self.out.push_str(&format!(",\"colspan\":{colspan}"));
        }
        if *rowspan != 1 {
            self.out.push_str(&format!(",\"rowspan\":{rowspan}"));
        }
        self.out.push('}');
    }

    fn inline(&mut self, inline: &Inline) {
        match inline {
            Inline::Text {
                text,
                bold,
                italic,
                underline,
            } => {
                self.out.push('{');
                if *bold {
                    self.out.push_str("\"bold\":true,");
                }
                if *italic {
                    self.out.push_str("\"italic\":true,");
                }
                self.out.push_str("\"text\":");
                self.string(text);
                self.out.push_str(",\"type\":\"text\"");
                if *underline {
                    self.out.push_str(",\"underline\":true");
                }
                self.out.push('}');
            }
            Inline::Break => self.out.push_str("{\"type\":\"break\"}"),
            Inline::Link { href, text } => {
                self.out.push_str("{\"href\":");
                self.string(href);
                self.out.push_str(",\"text\":");
                self.string(text);
                self.out.push_str(",\"type\":\"link\"}");
            }
            Inline::Note { note } => {
                self.out.push_str("{\"note\":");
                self.string(&note.0);
                self.out.push_str(",\"type\":\"note\"}");
            }
        }
    }

    fn array<T>(&mut self, items: &[T], write: fn(&mut Self, &T)) {
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(self, item);
        }
        self.out.push(']');
    }

    /// A string with the escapes of RFC 8785, section 3.2.2.2.
    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\u{8}' => self.out.push_str("\\b"),
                '\t' => self.out.push_str("\\t"),
                '\n' => self.out.push_str("\\n"),
                '\u{c}' => self.out.push_str("\\f"),
                '\r' => self.out.push_str("\\r"),
                control if control < ' ' => self.out.push_str(&format!("\\u{:04x}", u32::from(control))),
                other => self.out.push(other),
            }
        }
        self.out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_of_a_small_document_is_fixed() {
        let document = Document::of_paragraphs(["公开\"为\"常态"]);
        let expected =
            r#"{"blocks":[{"id":"b1","text":[{"text":"公开\"为\"常态","type":"text"}],"type":"paragraph"}],"shape":1}"#;
        assert_eq!(String::from_utf8(bytes(&document)).unwrap(), expected);
        assert_eq!(digest_hex(&document).len(), 64);
    }

    #[test]
    fn ids_count_for_the_digest_but_not_for_the_eye() {
        let one = Document::new(vec![Block::paragraph("字").named("b1")]);
        let other = Document::new(vec![Block::paragraph("字").named("b2")]);
        assert_ne!(digest(&one), digest(&other));
        assert_eq!(seen(&one.blocks), seen(&other.blocks));
    }
}
