//! Tables of a page.

use content::{Align, Block, Body, Cell, MAX_DEPTH, MAX_SPAN, Row, Table};
use scraper::ElementRef;

use super::flow::Flow;
use super::style::{Style, is_hidden};
use super::walk::Walker;
use crate::NoticeKind;

/// A row with what is known from where it stands.
struct FoundRow<'a> {
    cells: Vec<ElementRef<'a>>,
    style: Style,
    header: bool,
}

impl Walker {
    /// Reads a table. One that holds everything in a single cell is layout: its content flows on as if it were not there. One
    /// nested deeper than a document may be does so too.
    pub(super) fn table(&mut self, element: ElementRef<'_>, style: Style, depth: usize, flow: &mut Flow) {
        flow.end_line();
        let style = table_style(style, element);
        let mut rows = Vec::new();
        self.gather(element, style, false, depth, flow, &mut rows);
        let too_deep = depth + 1 >= MAX_DEPTH;
        if too_deep {
            self.notice(NoticeKind::NestingFlattened, flow, "表格嵌套过深，里层内容已改为段落。");
        }
        if too_deep || is_layout(&rows) {
            for (cell, style) in rows
                .iter()
                .flat_map(|row| row.cells.iter().map(|cell| (*cell, row.style)))
            {
                self.children(cell, style.inside(cell.value()), depth, flow);
                flow.end_line();
            }
            return;
        }
        let header_rows = rows.iter().take_while(|row| row.header).count() as u32;
        let count = rows.len();
        let mut read = Vec::with_capacity(count);
        for (index, row) in rows.iter().enumerate() {
            let cells = row
                .cells
                .iter()
                .map(|cell| self.cell(*cell, row.style, depth, count - index));
            read.push(Row { cells: cells.collect() });
        }
        if read
            .iter()
            .any(|row| row.cells.iter().any(|cell| !cell.blocks.is_empty()))
        {
            flow.block(Block::new(Body::Table(Table {
                header_rows,
                rows: read,
            })));
        }
    }

    fn gather<'a>(
        &mut self,
        element: ElementRef<'a>,
        style: Style,
        header: bool,
        depth: usize,
        flow: &mut Flow,
        rows: &mut Vec<FoundRow<'a>>,
    ) {
        for child in element.child_elements() {
            let inside = style.inside(child.value());
            match child.value().name() {
                _ if is_hidden(child.value()) => {
                    self.notice(NoticeKind::HiddenLeftOut, flow, "有不显示的表格行，没有读取。")
                }
                "thead" => self.gather(child, inside, true, depth, flow, rows),
                "tbody" | "tfoot" => self.gather(child, inside, header, depth, flow, rows),
                "tr" => rows.push(row(child, inside, header)),
                "caption" => {
                    self.children(child, inside, depth, flow);
                    flow.end_line();
                }
                _ => {}
            }
        }
    }

    fn cell(&mut self, cell: ElementRef<'_>, style: Style, depth: usize, rows_left: usize) -> Cell {
        let span = |name: &str| -> Option<u32> { cell.value().attr(name)?.trim().parse().ok() };
        let rows_left = u32::try_from(rows_left).unwrap_or(MAX_SPAN).min(MAX_SPAN);
        let rowspan = match span("rowspan") {
            // HTML: zero means down to the end of the table.
            Some(0) => rows_left,
            Some(rows) => rows.clamp(1, rows_left),
            None => 1,
        };
        let mut flow = Flow::default();
        self.children(cell, style.inside(cell.value()), depth + 1, &mut flow);
        Cell {
            colspan: span("colspan").unwrap_or(1).clamp(1, MAX_SPAN),
            rowspan,
            blocks: flow.finish(),
        }
    }
}

fn row(element: ElementRef<'_>, style: Style, header: bool) -> FoundRow<'_> {
    let is_cell = |cell: &ElementRef<'_>| matches!(cell.value().name(), "td" | "th") && !is_hidden(cell.value());
    let cells: Vec<ElementRef<'_>> = element.child_elements().filter(is_cell).collect();
    let all_headers = !cells.is_empty() && cells.iter().all(|cell| cell.value().name() == "th");
    FoundRow {
        cells,
        style,
        header: header || all_headers,
    }
}

/// Sites wrap whole pages into a table with one cell, or with one filled cell and some empty ones.
fn is_layout(rows: &[FoundRow<'_>]) -> bool {
    let filled = |cell: &&ElementRef<'_>| cell.text().any(|words| !words.trim().is_empty());
    rows.iter().flat_map(|row| &row.cells).filter(filled).count() <= 1
}

/// `align` on a table places the table and not its words; an inline style of the table applies to the words. The alignment of
/// the text around a table does not reach into it.
fn table_style(around: Style, table: ElementRef<'_>) -> Style {
    let around = Style {
        align: Align::Start,
        ..around
    };
    let inside = around.inside(table.value());
    if table.value().attr("align").is_some() {
        Style {
            align: Align::Start,
            ..inside
        }
    } else {
        inside
    }
}
