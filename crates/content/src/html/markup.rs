//! Writing elements, attributes and escaped text.

use super::Html;

/// Markup being written. Element and attribute names come from this crate's source only; values and text are escaped.
#[derive(Default)]
pub(super) struct Markup {
    out: String,
}

impl Markup {
    pub(super) fn open(&mut self, name: &'static str, attributes: &[(&'static str, &str)]) {
        self.out.push('<');
        self.out.push_str(name);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.text(value);
            self.out.push('"');
        }
        self.out.push('>');
    }

    pub(super) fn close(&mut self, name: &'static str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }

    /// An element that holds only words.
    pub(super) fn element(&mut self, name: &'static str, attributes: &[(&'static str, &str)], words: &str) {
        self.open(name, attributes);
        self.text(words);
        self.close(name);
    }

    /// Words that are heard and not seen.
    pub(super) fn aside(&mut self, words: &str) {
        self.element("span", &[("class", "visually-hidden")], words);
    }

    pub(super) fn text(&mut self, words: &str) {
        for character in words.chars() {
            match character {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                '\0' => self.out.push('\u{fffd}'),
                other => self.out.push(other),
            }
        }
    }

    /// Words in which line feeds are line breaks.
    pub(super) fn lines(&mut self, words: &str) {
        for (index, line) in words.split('\n').enumerate() {
            if index > 0 {
                self.open("br", &[]);
            }
            self.text(line);
        }
    }

    pub(super) fn finish(self) -> Html {
        Html(self.out)
    }
}
