//! What a document is inside: one versioned block tree, its canonical form, its differences and its renderings.
//!
//! The crate knows no storage and no web; it is the common language of readers (`office`), editors, publishing and search.
//!
//! - [`Document`] and its parts are the tree; the JSON of the tree is the stored form.
//! - [`canonical`] is the form that is hashed.
//! - [`Document::with_fresh_ids`] and [`keep_ids`] give blocks their identity and carry it from revision to revision.
//! - [`check()`] lists what must not be stored.
//! - [`Document::text`] is what search and screening read.
//! - [`difference()`] compares any two documents.
//! - [`html`] holds the only place where markup is made.

mod align;
mod build;
pub mod canonical;
mod check;
mod diff;
pub mod html;
mod ids;
mod model;
#[cfg(test)]
mod samples;
mod text;
mod walk;

pub use canonical::{digest, digest_hex};
pub use check::{Fault, Issue, MAX_DEPTH, MAX_SPAN, check, href_allowed};
pub use diff::{
    CellChange, Change, Detail, Difference, ItemChange, Piece, PieceKind, RowChange, Side, difference, words,
};
pub use html::Html;
pub use ids::{keep_ids, keep_ids_avoiding};
pub use model::*;
pub use text::{blocks_text, inlines_text};
