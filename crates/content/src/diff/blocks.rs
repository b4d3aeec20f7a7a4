//! Comparing blocks, lists, tables, rows and cells.

use super::{CellChange, Change, Detail, Difference, ItemChange, RowChange, words};
use crate::align::{Part, Step, align};
use crate::{Block, Body, Cell, Document, ListItem, Row, Table, canonical};

/// The difference of two documents; they need not be related.
pub fn difference(old: &Document, new: &Document) -> Difference {
    let notes = |document: &Document| -> Vec<Block> {
        document
            .notes
            .iter()
            .flat_map(|note| note.blocks.iter().cloned())
            .collect()
    };
    Difference {
        changes: blocks(&old.blocks, &new.blocks),
        notes: blocks(&notes(old), &notes(new)),
    }
}

fn blocks(old: &[Block], new: &[Block]) -> Vec<Change> {
    let parts = |blocks: &[Block]| -> Vec<Part> {
        blocks
            .iter()
            .map(|block| Part::new(canonical::seen_block(block), kind(block), &block.text()))
            .collect()
    };
    let steps = align(&parts(old), &parts(new));
    steps.into_iter().map(|step| block_change(step, old, new)).collect()
}

fn block_change(step: Step, old: &[Block], new: &[Block]) -> Change {
    match step {
        Step::Same(_, j) => Change::Same(new[j].clone()),
        Step::Insert(j) => Change::Inserted(new[j].clone()),
        Step::Delete(i) => Change::Deleted(old[i].clone()),
        Step::Pair(i, j) => {
            let (old, new) = (old[i].clone(), new[j].clone());
            let detail = detail(&old, &new);
            Change::Changed { old, new, detail }
        }
    }
}

/// Only blocks of one kind are paired; a paragraph and a heading are both lines of text.
fn kind(block: &Block) -> u8 {
    match &block.body {
        Body::Heading { .. } | Body::Paragraph { .. } => 0,
        Body::List { .. } => 1,
        Body::Table(_) => 2,
        Body::Figure { .. } => 3,
    }
}

fn detail(old: &Block, new: &Block) -> Detail {
    if let (Body::List { items: old, .. }, Body::List { items: new, .. }) = (&old.body, &new.body) {
        return Detail::Items(items(old, new));
    }
    if let (Body::Table(old), Body::Table(new)) = (&old.body, &new.body) {
        return Detail::Rows(rows(old, new));
    }
    let (old, new) = (old.text(), new.text());
    if old == new {
        Detail::Look
    } else {
        Detail::Words(words(&old, &new))
    }
}

fn items(old: &[ListItem], new: &[ListItem]) -> Vec<ItemChange> {
    let parts = |items: &[ListItem]| -> Vec<Part> {
        items
            .iter()
            .map(|item| Part::new(canonical::seen(&item.blocks), 0, &item.text()))
            .collect()
    };
    let change = |step| match step {
        Step::Same(_, j) => ItemChange::Same(new[j].clone()),
        Step::Insert(j) => ItemChange::Inserted(new[j].clone()),
        Step::Delete(i) => ItemChange::Deleted(old[i].clone()),
        Step::Pair(i, j) => ItemChange::Changed(blocks(&old[i].blocks, &new[j].blocks)),
    };
    align(&parts(old), &parts(new)).into_iter().map(change).collect()
}

fn rows(old: &Table, new: &Table) -> Vec<RowChange> {
    let parts = |table: &Table| -> Vec<Part> {
        table
            .rows
            .iter()
            .map(|row| Part::new(row_key(row), 0, &row.text()))
            .collect()
    };
    let change = |step| match step {
        Step::Same(_, j) => RowChange::Same(new.rows[j].clone()),
        Step::Insert(j) => RowChange::Inserted(new.rows[j].clone()),
        Step::Delete(i) => RowChange::Deleted(old.rows[i].clone()),
        Step::Pair(i, j) => RowChange::Changed(cells(&old.rows[i], &new.rows[j])),
    };
    align(&parts(old), &parts(new)).into_iter().map(change).collect()
}

fn row_key(row: &Row) -> String {
    row.cells.iter().map(cell_key).collect::<Vec<_>>().join("\n")
}

fn cell_key(cell: &Cell) -> String {
    format!("{} {} {}", cell.colspan, cell.rowspan, canonical::seen(&cell.blocks))
}

/// Rows with equally many cells are compared column by column, so that a changed figure stays in its column.
fn cells(old: &Row, new: &Row) -> Vec<CellChange> {
    if old.cells.len() == new.cells.len() {
        return old
            .cells
            .iter()
            .zip(&new.cells)
            .map(|(old, new)| cell(old, new))
            .collect();
    }
    let parts = |row: &Row| -> Vec<Part> {
        row.cells
            .iter()
            .map(|cell| Part::new(cell_key(cell), 0, &cell.text()))
            .collect()
    };
    let change = |step| match step {
        Step::Same(_, j) => CellChange::Same(new.cells[j].clone()),
        Step::Insert(j) => CellChange::Inserted(new.cells[j].clone()),
        Step::Delete(i) => CellChange::Deleted(old.cells[i].clone()),
        Step::Pair(i, j) => cell(&old.cells[i], &new.cells[j]),
    };
    align(&parts(old), &parts(new)).into_iter().map(change).collect()
}

fn cell(old: &Cell, new: &Cell) -> CellChange {
    if cell_key(old) == cell_key(new) {
        return CellChange::Same(new.clone());
    }
    CellChange::Changed {
        spans: (new.colspan, new.rowspan),
        changes: blocks(&old.blocks, &new.blocks),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PieceKind;

    #[test]
    fn a_document_does_not_differ_from_itself() {
        let document = crate::samples::everything();
        assert!(difference(&document, &document).is_empty());
    }

    #[test]
    fn a_row_added_to_a_table_is_one_inserted_row() {
        let head = || vec!["工作任务", "牵头单位"];
        let old = Document::new(vec![Block::table(1, [head(), vec!["主动公开规划", "区发改局"]])]);
        let new = Document::new(vec![Block::table(
            1,
            [
                head(),
                vec!["主动公开规划", "区发改局"],
                vec!["公开预算决算", "区财政局"],
            ],
        )]);
        let difference = difference(&old, &new);
        let [
            Change::Changed {
                detail: Detail::Rows(rows),
                ..
            },
        ] = difference.changes.as_slice()
        else {
            panic!("{difference:?}")
        };
        assert!(matches!(
            rows.as_slice(),
            [RowChange::Same(_), RowChange::Same(_), RowChange::Inserted(_)]
        ));
    }

    #[test]
    fn a_changed_figure_stays_in_its_column() {
        let old = Document::new(vec![Block::table(0, [vec!["一般公共服务支出", "100", "5"]])]);
        let new = Document::new(vec![Block::table(0, [vec!["一般公共服务支出", "120", "5"]])]);
        let difference = difference(&old, &new);
        let [
            Change::Changed {
                detail: Detail::Rows(rows),
                ..
            },
        ] = difference.changes.as_slice()
        else {
            panic!("{difference:?}")
        };
        let [RowChange::Changed(cells)] = rows.as_slice() else {
            panic!("{rows:?}")
        };
        assert!(matches!(
            cells.as_slice(),
            [CellChange::Same(_), CellChange::Changed { .. }, CellChange::Same(_)]
        ));
    }

    #[test]
    fn bold_alone_is_a_change_of_look() {
        let bold = Inline::Text {
            text: "依法公开".into(),
            bold: true,
            italic: false,
            underline: false,
        };
        let new = Document::new(vec![Block::new(Body::Paragraph {
            align: Default::default(),
            text: vec![bold],
        })]);
        let difference = difference(&Document::of_paragraphs(["依法公开"]), &new);
        assert!(matches!(
            difference.changes.as_slice(),
            [Change::Changed {
                detail: Detail::Look,
                ..
            }]
        ));
    }

    #[test]
    fn a_changed_sentence_shows_its_pieces() {
        let old = Document::of_paragraphs(["第三条 各级人民政府应当加强对政府信息公开工作的组织领导。"]);
        let new = Document::of_paragraphs(["第三条 各级人民政府应当加强政府信息公开工作的统一组织领导。"]);
        let difference = difference(&old, &new);
        let [
            Change::Changed {
                detail: Detail::Words(pieces),
                ..
            },
        ] = difference.changes.as_slice()
        else {
            panic!("{difference:?}")
        };
        let inserted: Vec<&str> = pieces
            .iter()
            .filter(|p| p.kind == PieceKind::Inserted)
            .map(|p| p.text.as_str())
            .collect();
        assert_eq!(inserted, ["统一"]);
    }

    use crate::Inline;
}
