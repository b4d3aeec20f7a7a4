//! Parts that pages share: what is wrong with a form, a select, pages of a long list.

use askama::Template;
use askama::filters::HtmlSafe;

use crate::form::Issues;

/// The summary on top of a form with something wrong in it; empty when nothing is.
#[derive(Template)]
#[template(path = "parts/error_summary.html")]
pub struct ErrorSummary<'a> {
    /// What is wrong.
    pub issues: &'a Issues,
}

impl HtmlSafe for ErrorSummary<'_> {}

/// A field for one line or several lines of text, with label, hint and what is wrong with it.
#[derive(Template)]
#[template(path = "parts/text_field.html")]
pub struct TextField<'a> {
    /// Name and id.
    pub name: &'a str,
    /// Words above it.
    pub label: &'a str,
    /// What stands in it.
    pub value: &'a str,
    /// A hint under the label; empty for none.
    pub hint: &'a str,
    /// `text`, `date`, `password`, `number`, or `area` for several lines.
    pub kind: &'a str,
    /// Whether it may stay empty.
    pub optional: bool,
    /// What is wrong with it.
    pub error: Option<&'a str>,
}

impl HtmlSafe for TextField<'_> {}

impl<'a> TextField<'a> {
    /// A required line of text.
    pub fn new(name: &'a str, label: &'a str, value: &'a str, issues: &'a Issues) -> TextField<'a> {
        TextField {
            name,
            label,
            value,
            hint: "",
            kind: "text",
            optional: false,
            error: issues.of(name),
        }
    }

    /// With a hint.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Of another kind.
    pub fn kind(mut self, kind: &'a str) -> Self {
        self.kind = kind;
        self
    }

    /// Which may stay empty.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.name));
        }
        if self.error.is_some() {
            ids.push(format!("{}-error", self.name));
        }
        ids.join(" ")
    }
}

/// One choice of a select or of a set of boxes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// Choices from (value, label) with the chosen value.
    pub fn list(items: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>, chosen: &str) -> Vec<Choice> {
        items
            .into_iter()
            .map(|(value, label)| {
                let value = value.into();
                Choice {
                    chosen: value == chosen,
                    value,
                    label: label.into(),
                }
            })
            .collect()
    }
}

/// A select with label, hint and what is wrong with it.
#[derive(Template)]
#[template(path = "parts/select_field.html")]
pub struct SelectField<'a> {
    /// Name and id.
    pub name: &'a str,
    /// Words above it.
    pub label: &'a str,
    /// The choices.
    pub choices: &'a [Choice],
    /// Words of the empty choice; none leaves it out.
    pub empty: Option<&'a str>,
    /// A hint under the label; empty for none.
    pub hint: &'a str,
    /// What is wrong with it.
    pub error: Option<&'a str>,
}

impl HtmlSafe for SelectField<'_> {}

/// Links to the other pages of a long list.
#[derive(Template)]
#[template(path = "parts/pager.html")]
pub struct Pager {
    /// Address of the list with its filters, ending in `?` or `&`.
    pub base: String,
    /// Page shown, from 0.
    pub page: u64,
    /// How many pages.
    pub pages: u64,
    /// How many things in all.
    pub total: u64,
}

impl HtmlSafe for Pager {}

impl Pager {
    /// The pager of a list.
    pub fn new(base: impl Into<String>, page: u64, per_page: u64, total: u64) -> Pager {
        Pager {
            base: base.into(),
            page,
            pages: total.div_ceil(per_page.max(1)).max(1),
            total,
        }
    }
}
