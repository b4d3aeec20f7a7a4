//! A document as HTML.

use std::collections::HashSet;

use super::Html;
use super::markup::Markup;
use crate::{Align, Block, Body, Cell, Document, Inline, Note, NoteId, PictureId, Row, Table, href_allowed};

/// How a document is to be shown.
pub struct View<'a> {
    /// Added to every heading level, because the page's title is its `h1`: with 1, a heading of level 1 becomes `h2`.
    pub heading_offset: u8,
    /// The address of a picture.
    pub picture: &'a dyn Fn(&PictureId) -> String,
    /// Whether blocks carry their ids as `id` attributes. Off where the same document may stand on the page twice.
    pub ids: bool,
}

impl<'a> View<'a> {
    /// As on a document's own page: headings from `h2`, ids as link targets.
    pub fn of_page(picture: &'a dyn Fn(&PictureId) -> String) -> View<'a> {
        View {
            heading_offset: 1,
            picture,
            ids: true,
        }
    }
}

/// Renders a document: its body, then its footnotes.
pub fn render(document: &Document, view: &View<'_>) -> Html {
    let mut writer = Writer::new(view, document);
    writer.blocks(&document.blocks);
    writer.notes(&document.notes);
    writer.markup.finish()
}

/// Writes blocks; the rendering of differences uses it for whole blocks.
pub(super) struct Writer<'a> {
    pub(super) markup: Markup,
    view: &'a View<'a>,
    /// Footnotes in the order in which they are numbered.
    numbered: Vec<NoteId>,
    /// Footnotes whose first reference has been written; only that one is the target of the way back.
    referred: HashSet<NoteId>,
}

impl<'a> Writer<'a> {
    pub(super) fn new(view: &'a View<'a>, document: &Document) -> Writer<'a> {
        Writer {
            markup: Markup::default(),
            view,
            numbered: note_order(document),
            referred: HashSet::new(),
        }
    }

    pub(super) fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    pub(super) fn block(&mut self, block: &Block) {
        match &block.body {
            Body::Heading { .. } | Body::Paragraph { .. } => {
                let name = self.open_line(block);
                self.inlines(block.inlines());
                self.markup.close(name);
            }
            Body::List { ordered, items } => {
                let name = if *ordered { "ol" } else { "ul" };
                self.open(name, block, &[]);
                for item in items {
                    self.markup.open("li", &[]);
                    self.item_blocks(&item.blocks);
                    self.markup.close("li");
                }
                self.markup.close(name);
            }
            Body::Table(table) => self.table(block, table),
            Body::Figure { picture, alt } => {
                self.open("figure", block, &[]);
                let source = (self.view.picture)(picture);
                self.markup
                    .open("img", &[("src", &source), ("alt", alt), ("loading", "lazy")]);
                self.markup.close("figure");
            }
        }
    }

    /// Opens the element of a heading or paragraph and returns its name.
    pub(super) fn open_line(&mut self, block: &Block) -> &'static str {
        match &block.body {
            Body::Heading { level, .. } => {
                let name = heading_name(level.saturating_add(self.view.heading_offset));
                self.open(name, block, &[]);
                name
            }
            Body::Paragraph {
                align: Align::Center, ..
            } => self.open_paragraph(block, &[("class", "align-center")]),
            Body::Paragraph { align: Align::End, .. } => self.open_paragraph(block, &[("class", "align-end")]),
            _ => self.open_paragraph(block, &[]),
        }
    }

    fn open_paragraph(&mut self, block: &Block, attributes: &[(&'static str, &str)]) -> &'static str {
        self.open("p", block, attributes);
        "p"
    }

    fn open(&mut self, name: &'static str, block: &Block, attributes: &[(&'static str, &str)]) {
        let mut all = Vec::with_capacity(attributes.len() + 1);
        if self.view.ids && !block.id.0.is_empty() {
            all.push(("id", block.id.0.as_str()));
        }
        all.extend_from_slice(attributes);
        self.markup.open(name, &all);
    }

    /// A single plain paragraph inside a list item or cell needs no element of its own, unless its id or alignment does.
    fn item_blocks(&mut self, blocks: &[Block]) {
        if let [block] = blocks
            && let Body::Paragraph {
                align: Align::Start,
                text,
            } = &block.body
        {
            if !self.view.ids || block.id.0.is_empty() {
                return self.inlines(text);
            }
            self.markup.open("span", &[("id", &block.id.0)]);
            self.inlines(text);
            return self.markup.close("span");
        }
        self.blocks(blocks);
    }

    fn table(&mut self, block: &Block, table: &Table) {
        self.open_table(Some(block));
        let header_rows = header_rows(table);
        let (head, body) = table.rows.split_at(header_rows);
        self.section("thead", head);
        self.section("tbody", body);
        self.close_table();
    }

    /// Wide tables scroll inside a region that the keyboard can reach.
    pub(super) fn open_table(&mut self, block: Option<&Block>) {
        let region = [
            ("class", "table-scroll"),
            ("tabindex", "0"),
            ("role", "region"),
            ("aria-label", "表格"),
        ];
        self.markup.open("div", &region);
        match block {
            Some(block) => self.open("table", block, &[]),
            None => self.markup.open("table", &[]),
        }
    }

    pub(super) fn close_table(&mut self) {
        self.markup.close("table");
        self.markup.close("div");
    }

    fn section(&mut self, name: &'static str, rows: &[Row]) {
        if rows.is_empty() {
            return;
        }
        self.markup.open(name, &[]);
        for (index, row) in rows.iter().enumerate() {
            self.markup.open("tr", &[]);
            for cell in &row.cells {
                self.cell(cell, name == "thead", rows.len() - index);
            }
            self.markup.close("tr");
        }
        self.markup.close(name);
    }

    /// `rows_left` counts this row and those below it in the same section: a span must not reach beyond.
    pub(super) fn cell(&mut self, cell: &Cell, header: bool, rows_left: usize) {
        let rowspan = usize::try_from(cell.rowspan).unwrap_or(1).min(rows_left);
        let name = self.open_cell(header, cell.colspan, rowspan);
        self.item_blocks(&cell.blocks);
        self.markup.close(name);
    }

    pub(super) fn open_cell(&mut self, header: bool, colspan: u32, rowspan: usize) -> &'static str {
        let (colspan, rowspan) = (colspan.max(1).to_string(), rowspan.max(1).to_string());
        let mut attributes = Vec::new();
        if header {
            attributes.push(("scope", if colspan == "1" { "col" } else { "colgroup" }));
        }
        if colspan != "1" {
            attributes.push(("colspan", colspan.as_str()));
        }
        if rowspan != "1" {
            attributes.push(("rowspan", rowspan.as_str()));
        }
        let name = if header { "th" } else { "td" };
        self.markup.open(name, &attributes);
        name
    }

    pub(super) fn inlines(&mut self, inlines: &[Inline]) {
        for inline in inlines {
            match inline {
                Inline::Text {
                    text,
                    bold,
                    italic,
                    underline,
                } => {
                    let marks = [(*bold, "strong"), (*italic, "em"), (*underline, "u")];
                    let names: Vec<&'static str> = marks.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
                    names.iter().for_each(|name| self.markup.open(name, &[]));
                    self.markup.text(text);
                    names.iter().rev().for_each(|name| self.markup.close(name));
                }
                Inline::Break => self.markup.open("br", &[]),
                Inline::Link { href, text } => self.link(href, text),
                Inline::Note { note } => self.note_reference(note),
            }
        }
    }

    /// An address that may not be linked is shown as words only.
    fn link(&mut self, href: &str, text: &str) {
        if !href_allowed(href) {
            return self.markup.text(text);
        }
        let mail = href
            .get(..7)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
        match mail {
            true => self.markup.element("a", &[("href", href)], text),
            false => self.markup.element("a", &[("href", href), ("rel", "noopener")], text),
        }
    }

    fn note_reference(&mut self, note: &NoteId) {
        let Some(index) = self.numbered.iter().position(|id| id == note) else {
            return;
        };
        let number = (index + 1).to_string();
        let (target, source, label) = (
            format!("#fn-{}", note.0),
            format!("fnref-{}", note.0),
            format!("脚注 {number}"),
        );
        let first = self.referred.insert(note.clone());
        self.markup.open("sup", &[]);
        let mut attributes = vec![
            ("href", target.as_str()),
            ("role", "doc-noteref"),
            ("aria-label", label.as_str()),
        ];
        if !self.view.ids {
            attributes.clear();
        } else if first {
            attributes.push(("id", source.as_str()));
        }
        let name = if self.view.ids { "a" } else { "span" };
        self.markup.element(name, &attributes, &format!("[{number}]"));
        self.markup.close("sup");
    }

    fn notes(&mut self, notes: &[Note]) {
        if notes.is_empty() {
            return;
        }
        self.markup.open(
            "aside",
            &[("class", "footnotes"), ("role", "doc-endnotes"), ("aria-label", "脚注")],
        );
        self.markup.open("ol", &[]);
        for id in self.numbered.clone() {
            let Some(note) = notes.iter().find(|note| note.id == id) else {
                continue;
            };
            self.note(note);
        }
        self.markup.close("ol");
        self.markup.close("aside");
    }

    fn note(&mut self, note: &Note) {
        if !self.view.ids {
            self.markup.open("li", &[]);
            self.blocks(&note.blocks);
            return self.markup.close("li");
        }
        self.markup.open("li", &[("id", &format!("fn-{}", note.id.0))]);
        self.blocks(&note.blocks);
        if self.referred.contains(&note.id) {
            let target = format!("#fnref-{}", note.id.0);
            self.markup.element(
                "a",
                &[("href", &target), ("role", "doc-backlink"), ("aria-label", "返回正文")],
                "↩",
            );
        }
        self.markup.close("li");
    }
}

/// Header rows, extended so that no cell of the header reaches down into the body.
pub(super) fn header_rows(table: &Table) -> usize {
    let mut rows = (table.header_rows as usize).min(table.rows.len());
    let mut index = 0;
    while index < rows {
        let deepest = table.rows[index]
            .cells
            .iter()
            .map(|cell| cell.rowspan as usize)
            .max()
            .unwrap_or(1);
        rows = rows.max(index + deepest).min(table.rows.len());
        index += 1;
    }
    rows
}

/// Footnotes in the order of their first reference; those never referred to follow.
fn note_order(document: &Document) -> Vec<NoteId> {
    let mut order: Vec<NoteId> = Vec::new();
    for block in document.all_blocks() {
        for inline in block.inlines() {
            if let Inline::Note { note } = inline
                && !order.contains(note)
                && document.notes.iter().any(|known| known.id == *note)
            {
                order.push(note.clone());
            }
        }
    }
    for note in &document.notes {
        if !order.contains(&note.id) {
            order.push(note.id.clone());
        }
    }
    order
}

fn heading_name(level: u8) -> &'static str {
    match level {
        0 | 1 => "h1",
        2 => "h2",
        3 => "h3",
        4 => "h4",
        5 => "h5",
        _ => "h6",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(document: &Document) -> String {
        render(document, &View::of_page(&|id| format!("/pictures/{}", &id.0[..4]))).to_string()
    }

    #[test]
    fn everything_has_its_element() {
        let html = shown(&crate::samples::everything());
        for part in [
            "<h2 id=\"h\">标题</h2>",
            "<p id=\"p\" class=\"align-center\"><strong>加粗</strong><em>倾斜</em><u>下划线</u><br>",
            "<a href=\"https://www.example.gov.cn/?a=1&amp;b=2\" rel=\"noopener\">链接&lt;b&gt;</a>",
            "<sup><a href=\"#fn-n1\" role=\"doc-noteref\" aria-label=\"脚注 1\" id=\"fnref-n1\">[1]</a></sup>",
            "<ol id=\"l\"><li><span id=\"i1\">第一项</span></li></ol>",
            "<div class=\"table-scroll\" tabindex=\"0\" role=\"region\" aria-label=\"表格\"><table id=\"t\"><thead><tr><th scope=\"col\" rowspan=\"2\">",
            "<th scope=\"colgroup\" colspan=\"2\">",
            "<figure id=\"f\"><img src=\"/pictures/abab\" alt=\"示意图\" loading=\"lazy\"></figure>",
            "<p id=\"d\" class=\"align-end\">",
            "<li id=\"fn-n1\"><p id=\"note-words\">注文</p><a href=\"#fnref-n1\" role=\"doc-backlink\" aria-label=\"返回正文\">↩</a></li>",
        ] {
            assert!(html.contains(part), "{part}\nis missing in\n{html}");
        }
    }

    #[test]
    fn nothing_a_writer_types_becomes_markup() {
        let link = Inline::Link {
            href: "javascript:alert(1)".into(),
            text: "点".into(),
        };
        let mut document = Document::of_paragraphs(["<script>alert('1')</script>\"&"]);
        document.blocks.push(
            Block::new(Body::Paragraph {
                align: Align::Start,
                text: vec![link],
            })
            .named("\"><x"),
        );
        document
            .blocks
            .push(Block::figure(PictureId("abcd".into()), "\" onerror=\"alert(1)").named("f"));
        let html = shown(&document);
        assert!(
            !html.contains("<script")
                && !html.contains("javascript")
                && !html.contains("<x")
                && !html.contains("\" onerror"),
            "{html}"
        );
    }

    #[test]
    fn headings_end_at_the_sixth_level() {
        assert!(shown(&Document::new(vec![Block::heading(6, "深")])).starts_with("<h6>"));
    }

    #[test]
    fn a_header_cell_over_two_rows_makes_both_rows_the_header() {
        let mut table = Table {
            header_rows: 1,
            rows: vec![Row::default(), Row::default(), Row::default()],
        };
        table.rows[0].cells.push(Cell {
            colspan: 1,
            rowspan: 2,
            blocks: vec![],
        });
        assert_eq!(header_rows(&table), 2);
    }
}
