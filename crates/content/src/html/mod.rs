//! HTML renderings. This module is the only place in the whole program where markup for documents is made.
//!
//! [`Html`] can be made nowhere else; everything that goes into it is escaped on the way in, so a template may print it as it is.

mod difference;
mod document;
mod markup;

use std::fmt;

pub use difference::{DifferenceView, render_difference};
pub use document::{View, render};

/// Markup made by this module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Plain words, escaped.
    pub fn escaped(words: &str) -> Html {
        let mut markup = markup::Markup::default();
        markup.text(words);
        markup.finish()
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Html {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(feature = "askama")]
impl askama::filters::HtmlSafe for Html {}
