//! Paragraphs: headings, alignment, numbers.

use content::{Align, Block, Body, Inline};

use super::Reader;
use super::lists::{Entry, Item, prefix};
use super::numbering::Number;
use super::runs::Line;
use super::styles::ParagraphLook;
use crate::Refusal;
use crate::xml::Element;

impl Reader<'_> {
    /// Reads a paragraph: its line, and after it the pictures and text boxes anchored in it. Empty paragraphs, which only make
    /// space, are left out.
    pub(super) fn paragraph(
        &mut self,
        element: &Element,
        depth: usize,
        entries: &mut Vec<Entry>,
    ) -> Result<(), Refusal> {
        self.paragraph += 1;
        let properties = element.child("w:pPr");
        let style = properties.and_then(|properties| properties.child_value("w:pStyle"));
        let look = ParagraphLook::of(properties).over(&self.styles.paragraph(style));
        let heading = self.heading(style, &look);
        let number = self.number(&look);
        let mut letters = self.styles.run(style);
        if heading.is_some() {
            letters.bold = None;
        }
        let mut line = Line::new(depth);
        self.runs(element, letters, &mut line)?;
        let (mut text, after) = line.finish();
        if heading.is_some() {
            unbold(&mut text);
        }
        let item = matches!(number, Some(Number::Bullet | Number::Plain(_))) && heading.is_none();
        if let (Some(number), false, false) = (&number, item, text.is_empty()) {
            prefix(&mut text, &number.label());
        }
        let mut blocks = Vec::new();
        if !text.is_empty() {
            blocks.push(block(heading, look.align.unwrap_or_default(), text));
        }
        blocks.extend(after);
        match number {
            Some(number) if item && !blocks.is_empty() => {
                let (list, level) = (look.number.0.unwrap_or(0), usize::from(look.number.1.unwrap_or(0)));
                entries.push(Entry::Item(Item {
                    list,
                    level,
                    number,
                    blocks,
                }));
            }
            _ => entries.extend(blocks.into_iter().map(Entry::Block)),
        }
        Ok(())
    }

    /// An outline level is what Word's navigation goes by; without one, the style's name tells.
    fn heading(&self, style: Option<&str>, look: &ParagraphLook) -> Option<u8> {
        match look.outline {
            Some(level @ 0..=8) => Some((level + 1).min(6)),
            Some(_) => None,
            None => self.styles.heading(style),
        }
    }

    fn number(&mut self, look: &ParagraphLook) -> Option<Number> {
        let list = look.number.0.filter(|list| *list != 0)?;
        self.numbering.next(list, usize::from(look.number.1.unwrap_or(0)))
    }
}

fn block(heading: Option<u8>, align: Align, text: Vec<Inline>) -> Block {
    match heading {
        Some(level) => Block::new(Body::Heading { level, text }),
        None => Block::new(Body::Paragraph { align, text }),
    }
}

/// A heading is bold by being a heading.
fn unbold(inlines: &mut [Inline]) {
    for inline in inlines {
        if let Inline::Text { bold, .. } = inline {
            *bold = false;
        }
    }
}
