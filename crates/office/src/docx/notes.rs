//! Footnotes and endnotes.

use std::collections::HashMap;

use content::{Note, NoteId};

use super::Reader;
use super::package_parts::Relations;
use crate::package::Package;
use crate::xml::{Element, Node};
use crate::{Refusal, revisions};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoteKind {
    Footnote,
    Endnote,
}

/// A part with notes.
#[derive(Default)]
pub(super) struct NoteSource {
    notes: HashMap<String, Element>,
    relations: Relations,
}

impl NoteSource {
    pub(super) fn of(package: &mut Package<'_>, relations: &Relations, kind: &str) -> Result<NoteSource, Refusal> {
        let Some(part) = relations.parts(kind).into_iter().next() else {
            return Ok(NoteSource::default());
        };
        let Some(root) = package.xml(&part)? else {
            return Ok(NoteSource::default());
        };
        revisions::refuse(&root, if kind == "footnotes" { "脚注" } else { "尾注" })?;
        let relations = Relations::of(package, &part)?;
        let mut notes = HashMap::new();
        for node in root.children {
            let Node::Element(element) = node else { continue };
            // Separators between text and notes are notes with a type.
            let is_text = element.attribute("w:type").is_none_or(|kind| kind == "normal");
            if let (Some(id), true) = (element.attribute("w:id").map(str::to_owned), is_text) {
                notes.insert(id, element);
            }
        }
        Ok(NoteSource { notes, relations })
    }
}

impl Reader<'_> {
    /// The identity of a note referred to; `None` if there is no such note.
    pub(super) fn refer(&mut self, kind: NoteKind, id: &str) -> Option<NoteId> {
        if let Some((note, _, _)) = self.referred.iter().find(|(_, known, key)| *known == kind && key == id) {
            return Some(note.clone());
        }
        let source = match kind {
            NoteKind::Footnote => &self.footnotes,
            NoteKind::Endnote => &self.endnotes,
        };
        if !source.notes.contains_key(id) {
            return None;
        }
        let note = NoteId(format!("n{}", self.referred.len() + 1));
        self.referred.push((note.clone(), kind, id.to_owned()));
        Some(note)
    }

    /// The notes referred to, in the order of their first reference. A note that refers to another one adds it at the end.
    pub(super) fn notes(&mut self) -> Result<Vec<Note>, Refusal> {
        let mut notes = Vec::new();
        let mut next = 0;
        while let Some((id, kind, key)) = self.referred.get(next).cloned() {
            next += 1;
            let source = match kind {
                NoteKind::Footnote => &mut self.footnotes,
                NoteKind::Endnote => &mut self.endnotes,
            };
            let Some(element) = source.notes.remove(&key) else {
                continue;
            };
            let kept = std::mem::replace(&mut self.relations, std::mem::take(&mut source.relations));
            let blocks = self.blocks(&element, 0);
            let own = std::mem::replace(&mut self.relations, kept);
            match kind {
                NoteKind::Footnote => self.footnotes.relations = own,
                NoteKind::Endnote => self.endnotes.relations = own,
            }
            notes.push(Note { id, blocks: blocks? });
        }
        Ok(notes)
    }
}
