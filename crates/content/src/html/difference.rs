//! A difference as HTML: `ins` and `del`, and the words 新增 and 删除 for those who hear the page.

use super::Html;
use super::document::{View, Writer};
use crate::{Block, CellChange, Change, Detail, Difference, Document, ItemChange, Piece, PieceKind, RowChange};

/// How a difference is to be shown.
pub struct DifferenceView<'a> {
    /// How unchanged passages are shown; its `ids` should be off.
    pub view: View<'a>,
    /// How many unchanged blocks stay visible before and after each change; `None` shows everything.
    pub context: Option<usize>,
}

/// Renders a difference. Footnotes stand at the end, without links to and from the text.
pub fn render_difference(difference: &Difference, view: &DifferenceView<'_>) -> Html {
    let mut writer = Writer::new(&view.view, &Document::new(Vec::new()));
    changes_with_gaps(&mut writer, &difference.changes, view.context);
    if !difference.notes.is_empty() {
        writer
            .markup
            .open("aside", &[("class", "footnotes"), ("aria-label", "脚注")]);
        changes_with_gaps(&mut writer, &difference.notes, view.context);
        writer.markup.close("aside");
    }
    writer.markup.finish()
}

fn changes_with_gaps(writer: &mut Writer<'_>, changes: &[Change], context: Option<usize>) {
    let mut skipped = 0usize;
    for (index, one) in changes.iter().enumerate() {
        if context.is_some_and(|context| far_from_changes(changes, index, context)) {
            skipped += 1;
            continue;
        }
        gap(writer, &mut skipped);
        change(writer, one);
    }
    gap(writer, &mut skipped);
}

fn far_from_changes(changes: &[Change], index: usize, context: usize) -> bool {
    let near = index.saturating_sub(context)..changes.len().min(index.saturating_add(context).saturating_add(1));
    changes[near].iter().all(|change| matches!(change, Change::Same(_)))
}

fn gap(writer: &mut Writer<'_>, skipped: &mut usize) {
    if *skipped > 0 {
        writer
            .markup
            .element("p", &[("class", "diff-gap")], &format!("（此处 {skipped} 段没有改动）"));
        *skipped = 0;
    }
}

fn change(writer: &mut Writer<'_>, change: &Change) {
    match change {
        Change::Same(block) => writer.block(block),
        Change::Inserted(block) => whole_block(writer, PieceKind::Inserted, block),
        Change::Deleted(block) => whole_block(writer, PieceKind::Deleted, block),
        Change::Changed { new, detail, .. } => changed(writer, new, detail),
    }
}

fn whole_block(writer: &mut Writer<'_>, kind: PieceKind, block: &Block) {
    marked(writer, kind, |writer| writer.block(block));
}

fn changed(writer: &mut Writer<'_>, new: &Block, detail: &Detail) {
    match detail {
        Detail::Words(words) => {
            let name = writer.open_line(new);
            pieces(writer, words);
            writer.markup.close(name);
        }
        Detail::Look => {
            writer.markup.open("div", &[("class", "diff-look")]);
            writer
                .markup
                .element("span", &[("class", "diff-label")], "仅格式有改动");
            writer.block(new);
            writer.markup.close("div");
        }
        Detail::Items(items) => {
            writer.markup.open("ul", &[]);
            items.iter().for_each(|one| item(writer, one));
            writer.markup.close("ul");
        }
        Detail::Rows(rows) => {
            writer.open_table(None);
            writer.markup.open("tbody", &[]);
            for (index, one) in rows.iter().enumerate() {
                row(writer, one, rows.len() - index);
            }
            writer.markup.close("tbody");
            writer.close_table();
        }
    }
}

fn pieces(writer: &mut Writer<'_>, pieces: &[Piece]) {
    for piece in pieces {
        match piece.kind {
            PieceKind::Same => writer.markup.lines(&piece.text),
            kind => marked(writer, kind, |writer| writer.markup.lines(&piece.text)),
        }
    }
}

fn item(writer: &mut Writer<'_>, item: &ItemChange) {
    writer.markup.open("li", &[]);
    match item {
        ItemChange::Same(item) => writer.blocks(&item.blocks),
        ItemChange::Inserted(item) => marked(writer, PieceKind::Inserted, |writer| writer.blocks(&item.blocks)),
        ItemChange::Deleted(item) => marked(writer, PieceKind::Deleted, |writer| writer.blocks(&item.blocks)),
        ItemChange::Changed(changes) => changes.iter().for_each(|one| change(writer, one)),
    }
    writer.markup.close("li");
}

fn row(writer: &mut Writer<'_>, row: &RowChange, rows_left: usize) {
    let class = match row {
        RowChange::Inserted(_) => "diff-inserted",
        RowChange::Deleted(_) => "diff-deleted",
        RowChange::Same(_) | RowChange::Changed(_) => "",
    };
    match class {
        "" => writer.markup.open("tr", &[]),
        class => writer.markup.open("tr", &[("class", class)]),
    }
    match row {
        RowChange::Same(row) => row.cells.iter().for_each(|one| writer.cell(one, false, rows_left)),
        RowChange::Inserted(row) => {
            row.cells
                .iter()
                .for_each(|one| cell(writer, &CellChange::Inserted(one.clone()), rows_left));
        }
        RowChange::Deleted(row) => {
            row.cells
                .iter()
                .for_each(|one| cell(writer, &CellChange::Deleted(one.clone()), rows_left));
        }
        RowChange::Changed(cells) => cells.iter().for_each(|one| cell(writer, one, rows_left)),
    }
    writer.markup.close("tr");
}

fn cell(writer: &mut Writer<'_>, cell: &CellChange, rows_left: usize) {
    let (colspan, rowspan) = match cell {
        CellChange::Same(cell) | CellChange::Inserted(cell) | CellChange::Deleted(cell) => (cell.colspan, cell.rowspan),
        CellChange::Changed { spans, .. } => *spans,
    };
    let name = writer.open_cell(false, colspan, (rowspan as usize).min(rows_left));
    match cell {
        CellChange::Same(cell) => writer.blocks(&cell.blocks),
        CellChange::Inserted(cell) => marked(writer, PieceKind::Inserted, |writer| writer.blocks(&cell.blocks)),
        CellChange::Deleted(cell) => marked(writer, PieceKind::Deleted, |writer| writer.blocks(&cell.blocks)),
        CellChange::Changed { changes, .. } => changes.iter().for_each(|one| change(writer, one)),
    }
    writer.markup.close(name);
}

/// Both elements are transparent: they may stand around words and around whole blocks.
fn marked(writer: &mut Writer<'_>, kind: PieceKind, inside: impl FnOnce(&mut Writer<'_>)) {
    let (name, opening, closing) = match kind {
        PieceKind::Deleted => ("del", "删除：", "（删除完）"),
        PieceKind::Inserted | PieceKind::Same => ("ins", "新增：", "（新增完）"),
    };
    writer.markup.open(name, &[]);
    writer.markup.aside(opening);
    inside(writer);
    writer.markup.aside(closing);
    writer.markup.close(name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PictureId, difference};

    fn shown(old: &Document, new: &Document, context: Option<usize>) -> String {
        let picture = |id: &PictureId| id.0.clone();
        let view = View {
            heading_offset: 1,
            picture: &picture,
            ids: false,
        };
        render_difference(&difference(old, new), &DifferenceView { view, context }).to_string()
    }

    #[test]
    fn changed_words_are_marked_for_eye_and_ear() {
        let html = shown(
            &Document::of_paragraphs(["应当自收到申请之日起15个工作日内答复"]),
            &Document::of_paragraphs(["应当自收到申请之日起20个工作日内答复"]),
            None,
        );
        let expected = "<p>应当自收到申请之日起<del><span class=\"visually-hidden\">删除：</span>15<span class=\"visually-hidden\">（删除完）</span></del>\
                        <ins><span class=\"visually-hidden\">新增：</span>20<span class=\"visually-hidden\">（新增完）</span></ins>个工作日内答复</p>";
        assert_eq!(html, expected);
    }

    #[test]
    fn long_unchanged_stretches_can_be_left_out() {
        let lines: Vec<String> = (0..20).map(|i| format!("第{i}条 内容{i}")).collect();
        let mut more = lines.clone();
        more.push("完全新的一条".into());
        let html = shown(
            &Document::of_paragraphs(&lines),
            &Document::of_paragraphs(&more),
            Some(2),
        );
        assert!(
            html.starts_with("<p class=\"diff-gap\">（此处 18 段没有改动）</p><p>第18条"),
            "{html}"
        );
    }

    #[test]
    fn hostile_words_stay_words() {
        let html = shown(
            &Document::of_paragraphs(["<i>旧的内容"]),
            &Document::of_paragraphs(["<b>新的内容"]),
            None,
        );
        assert!(!html.contains("<i>") && !html.contains("<b>"), "{html}");
    }
}
