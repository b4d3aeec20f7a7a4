//! Blocks being put together from words that flow in.

use content::{Align, Block, Body, Inline};

use super::style::Style;
use crate::text;

/// Finished blocks and the line that is being written.
#[derive(Default)]
pub(super) struct Flow {
    pub(super) blocks: Vec<Block>,
    line: Vec<Inline>,
    align: Align,
}

impl Flow {
    /// Words in their look; white space runs together as browsers show it.
    pub(super) fn words(&mut self, words: &str, style: Style) {
        if style.preformatted {
            for (index, line) in words.split('\n').enumerate() {
                if index > 0 {
                    self.line_break();
                }
                self.append(&text::clean(line), style);
            }
            return;
        }
        let mut run = String::new();
        let mut space = self.ends_with_space();
        for character in text::clean(words).chars() {
            if character != ' ' {
                run.push(character);
            } else if !space {
                run.push(' ');
            }
            space = character == ' ';
        }
        self.append(&run, style);
    }

    fn append(&mut self, words: &str, style: Style) {
        if words.is_empty() {
            return;
        }
        self.align = style.align;
        let look = (style.bold, style.italic, style.underline);
        if let Some(Inline::Text {
            text,
            bold,
            italic,
            underline,
        }) = self.line.last_mut()
            && (*bold, *italic, *underline) == look
        {
            text.push_str(words);
            return;
        }
        let Style {
            bold,
            italic,
            underline,
            ..
        } = style;
        self.line.push(Inline::Text {
            text: words.to_owned(),
            bold,
            italic,
            underline,
        });
    }

    fn ends_with_space(&self) -> bool {
        match self.line.last() {
            Some(Inline::Text { text, .. } | Inline::Link { text, .. }) => text.ends_with(' '),
            Some(Inline::Note { .. }) => false,
            Some(Inline::Break) | None => true,
        }
    }

    pub(super) fn line_break(&mut self) {
        self.line.push(Inline::Break);
    }

    pub(super) fn link(&mut self, href: String, text: String, style: Style) {
        self.align = style.align;
        self.line.push(Inline::Link { href, text });
    }

    /// Ends the line; it becomes a paragraph if anything stands in it.
    pub(super) fn end_line(&mut self) {
        let text = self.take_line();
        if !text.is_empty() {
            self.blocks.push(Block::new(Body::Paragraph {
                align: self.align,
                text,
            }));
        }
        self.align = Align::Start;
    }

    /// The line so far without space at its ends.
    pub(super) fn take_line(&mut self) -> Vec<Inline> {
        text::trimmed(std::mem::take(&mut self.line))
    }

    pub(super) fn block(&mut self, block: Block) {
        self.end_line();
        self.blocks.push(block);
    }

    pub(super) fn finish(mut self) -> Vec<Block> {
        self.end_line();
        self.blocks
    }
}
