//! What elements and their inline styles say about the words in them.

use content::Align;
use scraper::node::Element;

/// The look inherited by words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underline: bool,
    pub(super) align: Align,
    pub(super) preformatted: bool,
}

impl Style {
    /// The look inside this element.
    pub(super) fn inside(mut self, element: &Element) -> Style {
        match element.name() {
            "b" | "strong" => self.bold = true,
            "i" | "em" => self.italic = true,
            "u" | "ins" => self.underline = true,
            "pre" => self.preformatted = true,
            "center" => self.align = Align::Center,
            _ => {}
        }
        if let Some(align) = element
            .attr("align")
            .and_then(|value| align(&value.trim().to_lowercase()))
        {
            self.align = align;
        }
        for (name, value) in declarations(element) {
            match (name.as_str(), value.as_str()) {
                ("text-align", value) => self.align = align(value).unwrap_or(self.align),
                ("font-weight", "bold" | "bolder") => self.bold = true,
                ("font-weight", "normal" | "lighter") => self.bold = false,
                ("font-weight", weight) => self.bold = weight.parse::<u32>().map_or(self.bold, |weight| weight >= 600),
                ("font-style", value) => self.italic = matches!(value, "italic" | "oblique"),
                ("text-decoration" | "text-decoration-line", value) => self.underline |= value.contains("underline"),
                _ => {}
            }
        }
        self
    }
}

/// Whether the element is not shown.
pub(super) fn is_hidden(element: &Element) -> bool {
    let by_style = |(name, value): (String, String)| {
        matches!(
            (name.as_str(), value.as_str()),
            ("display", "none") | ("visibility", "hidden") | ("mso-hide", "all")
        )
    };
    element.attr("hidden").is_some() || declarations(element).any(by_style)
}

fn declarations(element: &Element) -> impl Iterator<Item = (String, String)> {
    let style = element.attr("style").unwrap_or_default();
    style.split(';').filter_map(|declaration| {
        let (name, value) = declaration.split_once(':')?;
        let value = value.trim().to_lowercase().replace("!important", "");
        Some((name.trim().to_lowercase(), value.trim().to_owned()))
    })
}

fn align(value: &str) -> Option<Align> {
    match value {
        "center" => Some(Align::Center),
        "right" | "end" => Some(Align::End),
        "left" | "start" | "justify" => Some(Align::Start),
        _ => None,
    }
}
