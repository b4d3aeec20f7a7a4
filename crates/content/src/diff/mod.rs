//! The difference of any two documents: two versions of one, or a regulation and the one that replaced it.
//!
//! Blocks are aligned; where a passage was changed, its words are compared character by character (Chinese) or word by word
//! (Latin letters and digits); tables are compared by rows and cells, lists by items. A passage that moved appears as deleted
//! in one place and inserted in the other.

mod blocks;
mod model;
mod views;
mod words;

pub use blocks::difference;
pub use model::{CellChange, Change, Detail, Difference, ItemChange, Piece, PieceKind, RowChange};
pub use views::Side;
pub use words::words;
