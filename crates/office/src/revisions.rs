//! Unfinished editing in a Word document: tracked changes and comments.

use crate::xml::Element;
use crate::{Refusal, RevisionKind};

/// Places that a message names.
const NAMED: usize = 3;

/// Refuses a part with inserted, deleted or moved text, or with comments. Changes of format alone hide no words and pass.
pub(crate) fn refuse(root: &Element, part: &str) -> Result<(), Refusal> {
    for kind in [RevisionKind::TrackedChange, RevisionKind::Comment] {
        let mut search = Search {
            kind,
            part,
            paragraph: 0,
            opening: String::new(),
            count: 0,
            places: Vec::new(),
        };
        search.walk(root);
        if search.count > 0 {
            return Err(Refusal::Revisions {
                kind,
                count: search.count,
                places: search.places,
            });
        }
    }
    Ok(())
}

struct Search<'a> {
    kind: RevisionKind,
    part: &'a str,
    paragraph: usize,
    opening: String,
    count: u64,
    places: Vec<String>,
}

impl Search<'_> {
    fn walk(&mut self, element: &Element) {
        if &*element.name == "w:p" {
            self.paragraph += 1;
            self.opening = opening_words(element);
        }
        if marks(self.kind, &element.name) {
            self.found();
        }
        for child in element.elements() {
            self.walk(child);
        }
    }

    fn found(&mut self) {
        self.count += 1;
        let place = self.place();
        if self.places.len() < NAMED && !self.places.contains(&place) {
            self.places.push(place);
        }
    }

    fn place(&self) -> String {
        if self.part != "正文" {
            return self.part.to_owned();
        }
        if self.opening.is_empty() {
            return format!("第 {} 段", self.paragraph.max(1));
        }
        format!("第 {} 段（“{}”）", self.paragraph, self.opening)
    }
}

fn marks(kind: RevisionKind, name: &str) -> bool {
    match kind {
        RevisionKind::TrackedChange => {
            matches!(
                name,
                "w:ins" | "w:del" | "w:moveFrom" | "w:moveTo" | "w:cellIns" | "w:cellDel" | "w:cellMerge"
            )
        }
        RevisionKind::Comment => name == "w:commentReference",
    }
}

/// The first words of a paragraph, enough to find it.
fn opening_words(paragraph: &Element) -> String {
    let mut words = String::new();
    paragraph.visit(&mut |element| {
        if matches!(&*element.name, "w:t" | "w:delText") {
            words.push_str(&element.words());
        }
    });
    let words = words.trim();
    let short: String = words.chars().take(10).collect();
    if short.len() < words.len() {
        format!("{short}…")
    } else {
        short
    }
}
