//! Markup that may stand in a page unescaped, and the only ways to make it.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;

use crate::error::{Error, Result};

/// Finished markup. It comes from a template, which escapes, or from the content renderer, and from nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Renders a template.
    ///
    /// # Errors
    /// When the template fails, which is a defect of the program.
    pub fn of(template: &impl Template) -> Result<Markup> {
        template
            .render()
            .map(Markup)
            .map_err(|e| Error::Internal(format!("template: {e}")))
    }

    /// Nothing.
    pub fn empty() -> Markup {
        Markup(String::new())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, taken out.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl From<content::Html> for Markup {
    fn from(html: content::Html) -> Markup {
        Markup(html.as_str().to_string())
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}
