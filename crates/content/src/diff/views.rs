//! Reading one side of a difference.

use super::{CellChange, Change, Detail, Difference, ItemChange, Piece, PieceKind, RowChange};

/// One of the two documents compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The document compared from.
    Old,
    /// The document compared to.
    New,
}

impl Difference {
    /// The text of one side, put together from the parts of the difference; it equals the text of that document
    /// ([`crate::Document::text`]), which is what the tests hold the comparison to.
    pub fn text(&self, side: Side) -> String {
        let parts = [changes_text(&self.changes, side), changes_text(&self.notes, side)];
        join_filled(parts, "\n")
    }
}

fn changes_text(changes: &[Change], side: Side) -> String {
    join_filled(changes.iter().filter_map(|change| change_text(change, side)), "\n")
}

fn change_text(change: &Change, side: Side) -> Option<String> {
    match change {
        Change::Same(block) => Some(block.text()),
        Change::Inserted(block) => (side == Side::New).then(|| block.text()),
        Change::Deleted(block) => (side == Side::Old).then(|| block.text()),
        Change::Changed {
            detail: Detail::Words(pieces),
            ..
        } => Some(pieces_text(pieces, side)),
        Change::Changed {
            detail: Detail::Look,
            new,
            ..
        } => Some(new.text()),
        Change::Changed {
            detail: Detail::Items(items),
            ..
        } => Some(join_filled(items.iter().filter_map(|item| item_text(item, side)), "\n")),
        Change::Changed {
            detail: Detail::Rows(rows),
            ..
        } => Some(
            rows.iter()
                .filter_map(|row| row_text(row, side))
                .collect::<Vec<_>>()
                .join("\n"),
        ),
    }
}

fn item_text(item: &ItemChange, side: Side) -> Option<String> {
    match item {
        ItemChange::Same(item) => Some(item.text()),
        ItemChange::Inserted(item) => (side == Side::New).then(|| item.text()),
        ItemChange::Deleted(item) => (side == Side::Old).then(|| item.text()),
        ItemChange::Changed(changes) => Some(changes_text(changes, side)),
    }
}

fn row_text(row: &RowChange, side: Side) -> Option<String> {
    match row {
        RowChange::Same(row) => Some(row.text()),
        RowChange::Inserted(row) => (side == Side::New).then(|| row.text()),
        RowChange::Deleted(row) => (side == Side::Old).then(|| row.text()),
        RowChange::Changed(cells) => Some(
            cells
                .iter()
                .filter_map(|cell| cell_text(cell, side))
                .collect::<Vec<_>>()
                .join("\t"),
        ),
    }
}

fn cell_text(cell: &CellChange, side: Side) -> Option<String> {
    match cell {
        CellChange::Same(cell) => Some(cell.line()),
        CellChange::Inserted(cell) => (side == Side::New).then(|| cell.line()),
        CellChange::Deleted(cell) => (side == Side::Old).then(|| cell.line()),
        CellChange::Changed { changes, .. } => Some(changes_text(changes, side).replace(['\n', '\t'], " ")),
    }
}

fn pieces_text(pieces: &[Piece], side: Side) -> String {
    let hidden = match side {
        Side::Old => PieceKind::Inserted,
        Side::New => PieceKind::Deleted,
    };
    pieces
        .iter()
        .filter(|piece| piece.kind != hidden)
        .map(|piece| piece.text.as_str())
        .collect()
}

fn join_filled(parts: impl IntoIterator<Item = String>, separator: &str) -> String {
    let filled: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    filled.join(separator)
}
