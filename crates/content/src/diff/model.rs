//! What a difference consists of.

use crate::{Block, Cell, ListItem, Row};

/// The difference of two documents: both of them in full, laid side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The body from top to bottom, unchanged passages included.
    pub changes: Vec<Change>,
    /// The footnotes, compared as one sequence.
    pub notes: Vec<Change>,
}

/// What happened to one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A reader sees no difference.
    Same(Block),
    /// Only in the new document.
    Inserted(Block),
    /// Only in the old document.
    Deleted(Block),
    /// The same passage, changed.
    Changed {
        /// As it was.
        old: Block,
        /// As it is.
        new: Block,
        /// What changed in it.
        detail: Detail,
    },
}

/// What changed inside a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Its words.
    Words(Vec<Piece>),
    /// Only its look: emphasis, alignment, level, the target of a link, the picture behind the same words.
    Look,
    /// Some items of a list.
    Items(Vec<ItemChange>),
    /// Some rows of a table.
    Rows(Vec<RowChange>),
}

/// A stretch of words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// On which side it stands.
    pub kind: PieceKind,
    /// The words; a line break is a line feed.
    pub text: String,
}

/// On which side a stretch of words stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// On both.
    Same,
    /// Only in the new text.
    Inserted,
    /// Only in the old text.
    Deleted,
}

/// What happened to an item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemChange {
    /// Unchanged.
    Same(ListItem),
    /// Only in the new list.
    Inserted(ListItem),
    /// Only in the old list.
    Deleted(ListItem),
    /// Changed inside.
    Changed(Vec<Change>),
}

/// What happened to a row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowChange {
    /// Unchanged.
    Same(Row),
    /// Only in the new table.
    Inserted(Row),
    /// Only in the old table.
    Deleted(Row),
    /// Changed inside.
    Changed(Vec<CellChange>),
}

/// What happened to a cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellChange {
    /// Unchanged.
    Same(Cell),
    /// Only in the new row.
    Inserted(Cell),
    /// Only in the old row.
    Deleted(Cell),
    /// Changed inside, or in its spans.
    Changed {
        /// Columns and rows the cell covers now.
        spans: (u32, u32),
        /// What changed in it.
        changes: Vec<Change>,
    },
}

impl Difference {
    /// Whether a reader sees no difference.
    pub fn is_empty(&self) -> bool {
        self.changed_blocks() == 0
    }

    /// How many top-level blocks were inserted, deleted or changed.
    pub fn changed_blocks(&self) -> usize {
        self.changes
            .iter()
            .chain(&self.notes)
            .filter(|change| !matches!(change, Change::Same(_)))
            .count()
    }
}
