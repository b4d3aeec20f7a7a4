//! Going through a document: every block in reading order, every picture, every note.

use crate::{Block, Body, Document, Inline, ListItem, PictureId};

impl Document {
    /// Every block in reading order: the body first, a container before what it holds, then the footnotes.
    pub fn all_blocks(&self) -> Vec<&Block> {
        let mut found = Vec::new();
        gather(&self.blocks, &mut found);
        for note in &self.notes {
            gather(&note.blocks, &mut found);
        }
        found
    }

    /// Calls `act` on every block in the order of [`Document::all_blocks`], with leave to change it.
    pub fn for_each_block_mut(&mut self, act: &mut dyn FnMut(&mut Block)) {
        visit_mut(&mut self.blocks, act);
        for note in &mut self.notes {
            visit_mut(&mut note.blocks, act);
        }
    }

    /// The block of this identity, wherever it stands.
    pub fn block(&self, id: &str) -> Option<&Block> {
        self.all_blocks().into_iter().find(|block| block.id.0 == id)
    }

    /// The pictures that the document shows, each once, in the order of their first appearance.
    pub fn pictures(&self) -> Vec<&PictureId> {
        let mut pictures: Vec<&PictureId> = Vec::new();
        for block in self.all_blocks() {
            if let Body::Figure { picture, .. } = &block.body
                && !pictures.contains(&picture)
            {
                pictures.push(picture);
            }
        }
        pictures
    }
}

impl Block {
    /// The runs of a heading or a paragraph; nothing for the other kinds.
    pub fn inlines(&self) -> &[Inline] {
        match &self.body {
            Body::Heading { text, .. } | Body::Paragraph { text, .. } => text,
            Body::List { .. } | Body::Table(_) | Body::Figure { .. } => &[],
        }
    }

    /// The groups of blocks directly inside this one: one group for each list item or table cell, in reading order.
    pub fn children(&self) -> Vec<&[Block]> {
        match &self.body {
            Body::List { items, .. } => items.iter().map(|item| item.blocks.as_slice()).collect(),
            Body::Table(table) => {
                let cells = table.rows.iter().flat_map(|row| &row.cells);
                cells.map(|cell| cell.blocks.as_slice()).collect()
            }
            Body::Heading { .. } | Body::Paragraph { .. } | Body::Figure { .. } => Vec::new(),
        }
    }

    fn children_mut(&mut self) -> Vec<&mut Vec<Block>> {
        match &mut self.body {
            Body::List { items, .. } => items.iter_mut().map(|ListItem { blocks }| blocks).collect(),
            Body::Table(table) => {
                let cells = table.rows.iter_mut().flat_map(|row| &mut row.cells);
                cells.map(|cell| &mut cell.blocks).collect()
            }
            Body::Heading { .. } | Body::Paragraph { .. } | Body::Figure { .. } => Vec::new(),
        }
    }
}

fn gather<'a>(blocks: &'a [Block], found: &mut Vec<&'a Block>) {
    for block in blocks {
        found.push(block);
        for group in block.children() {
            gather(group, found);
        }
    }
}

fn visit_mut(blocks: &mut [Block], act: &mut dyn FnMut(&mut Block)) {
    for block in blocks {
        act(block);
        for group in block.children_mut() {
            visit_mut(group, act);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::samples;

    #[test]
    fn containers_come_before_what_they_hold_and_notes_last() {
        let document = samples::everything();
        let ids: Vec<&str> = document.all_blocks().iter().map(|block| block.id.0.as_str()).collect();
        let table = ids.iter().position(|id| *id == "t").unwrap();
        let cell = ids.iter().position(|id| *id == "c1").unwrap();
        assert!(table < cell);
        assert_eq!(ids.last(), Some(&"note-words"));
    }

    #[test]
    fn a_picture_shown_twice_is_listed_once() {
        let mut document = samples::everything();
        let again = document.blocks.iter().find(|block| block.id.0 == "f").unwrap().clone();
        document.blocks.push(again);
        assert_eq!(document.pictures().len(), 1);
    }
}
