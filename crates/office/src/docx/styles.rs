//! Styles: which of them are headings, and the look and place they give to paragraphs and runs.

use std::collections::HashMap;

use content::Align;

use crate::xml::Element;

/// How far a chain of styles based on one another is followed.
const CHAIN: usize = 20;

/// The styles of a document by their id.
#[derive(Default)]
pub(super) struct Styles(HashMap<String, Style>);

#[derive(Default)]
struct Style {
    name: String,
    based_on: Option<String>,
    paragraph: ParagraphLook,
    run: RunLook,
}

/// What a style or a paragraph says of the paragraph; `None` is left to what it is based on.
#[derive(Debug, Clone, Default)]
pub(super) struct ParagraphLook {
    /// 0 for level 1, 9 for body text.
    pub(super) outline: Option<u8>,
    pub(super) align: Option<Align>,
    /// Numbering definition (0: none) and level.
    pub(super) number: (Option<u32>, Option<u8>),
}

/// What a style or a run says of its letters.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RunLook {
    pub(super) bold: Option<bool>,
    pub(super) italic: Option<bool>,
    pub(super) underline: Option<bool>,
    pub(super) hidden: Option<bool>,
}

impl RunLook {
    /// The properties in this `w:rPr`.
    pub(super) fn of(properties: Option<&Element>) -> RunLook {
        let Some(properties) = properties else {
            return RunLook::default();
        };
        RunLook {
            bold: properties.switch("w:b"),
            italic: properties.switch("w:i"),
            underline: properties.switch("w:u"),
            hidden: properties.switch("w:vanish"),
        }
    }

    /// This look where it says something, else the other.
    pub(super) fn over(self, other: RunLook) -> RunLook {
        RunLook {
            bold: self.bold.or(other.bold),
            italic: self.italic.or(other.italic),
            underline: self.underline.or(other.underline),
            hidden: self.hidden.or(other.hidden),
        }
    }
}

impl ParagraphLook {
    /// The properties in this `w:pPr`.
    pub(super) fn of(properties: Option<&Element>) -> ParagraphLook {
        let Some(properties) = properties else {
            return ParagraphLook::default();
        };
        let number = properties.child("w:numPr");
        let parse = |name: &str| number.and_then(|number| number.child_value(name));
        ParagraphLook {
            outline: properties
                .child_value("w:outlineLvl")
                .and_then(|level| level.parse().ok()),
            align: properties.child_value("w:jc").map(align),
            number: (
                parse("w:numId").and_then(|id| id.parse().ok()),
                parse("w:ilvl").and_then(|level| level.parse().ok()),
            ),
        }
    }

    /// This look where it says something, else the other.
    pub(super) fn over(self, other: &ParagraphLook) -> ParagraphLook {
        ParagraphLook {
            outline: self.outline.or(other.outline),
            align: self.align.or(other.align),
            number: (self.number.0.or(other.number.0), self.number.1.or(other.number.1)),
        }
    }
}

fn align(value: &str) -> Align {
    match value {
        "center" => Align::Center,
        "right" | "end" => Align::End,
        _ => Align::Start,
    }
}

impl Styles {
    /// The styles in this part.
    pub(super) fn of(root: Option<Element>) -> Styles {
        let Some(root) = root else { return Styles::default() };
        let styles = root.elements().filter(|element| &*element.name == "w:style");
        Styles(
            styles
                .filter_map(|element| Some((element.attribute("w:styleId")?.to_owned(), style(element))))
                .collect(),
        )
    }

    /// The look of a paragraph of this style, through everything that the style is based on.
    pub(super) fn paragraph(&self, id: Option<&str>) -> ParagraphLook {
        self.chain(id)
            .fold(ParagraphLook::default(), |look, style| look.over(&style.paragraph))
    }

    /// The look of letters in this style.
    pub(super) fn run(&self, id: Option<&str>) -> RunLook {
        self.chain(id)
            .fold(RunLook::default(), |look, style| look.over(style.run))
    }

    /// The heading level that this style means by its name or its id: Word keeps the names `heading 1` to `heading 9` in every
    /// language, other programs translate them.
    pub(super) fn heading(&self, id: Option<&str>) -> Option<u8> {
        let by_name = self.chain(id).find_map(|style| heading_name(&style.name));
        by_name.or_else(|| id.and_then(heading_name))
    }

    fn chain<'a>(&'a self, id: Option<&str>) -> impl Iterator<Item = &'a Style> {
        let first = id.and_then(|id| self.0.get(id));
        std::iter::successors(first, |style| self.0.get(style.based_on.as_deref()?)).take(CHAIN)
    }
}

fn style(element: &Element) -> Style {
    Style {
        name: element.child_value("w:name").unwrap_or_default().to_owned(),
        based_on: element.child_value("w:basedOn").map(str::to_owned),
        paragraph: ParagraphLook::of(element.child("w:pPr")),
        run: RunLook::of(element.child("w:rPr")),
    }
}

fn heading_name(name: &str) -> Option<u8> {
    let name: String = name.to_lowercase().split_whitespace().collect();
    if matches!(name.as_str(), "title" | "标题" | "文档标题") {
        return Some(1);
    }
    let number = name.strip_prefix("heading").or_else(|| name.strip_prefix("标题"))?;
    let level: u8 = number.parse().ok()?;
    (1..=9).contains(&level).then_some(level.min(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_known_by_name_in_either_language() {
        assert_eq!(heading_name("heading 2"), Some(2));
        assert_eq!(heading_name("标题 3"), Some(3));
        assert_eq!(heading_name("Heading9"), Some(6));
        assert_eq!(heading_name("Title"), Some(1));
        assert_eq!(heading_name("Heading 2 Char"), None);
        assert_eq!(heading_name("正文"), None);
    }

    #[test]
    fn a_style_based_on_itself_ends() {
        let mut styles = Styles::default();
        styles.0.insert(
            "a".into(),
            Style {
                based_on: Some("a".into()),
                ..Style::default()
            },
        );
        assert!(styles.run(Some("a")).bold.is_none());
    }
}
