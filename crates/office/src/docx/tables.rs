//! Tables: rows, spans, header rows.

use content::{Block, Body, Cell, MAX_DEPTH, MAX_SPAN, Row, Table};

use super::Reader;
use super::chosen;
use super::lists::Entry;
use crate::xml::Element;
use crate::{NoticeKind, Refusal};

/// A cell of the grid that goes on downwards as long as the cells below say so.
struct Open {
    column: u32,
    columns: u32,
    row: usize,
    cell: usize,
}

impl Reader<'_> {
    /// Reads a table. Nested deeper than a document may be, its cells become paragraphs.
    pub(super) fn table(&mut self, element: &Element, depth: usize, entries: &mut Vec<Entry>) -> Result<(), Refusal> {
        self.table += 1;
        let number = self.table;
        let place = format!("第 {number} 个表格");
        let mut rows = Vec::new();
        gather_rows(element, &mut rows);
        if depth + 1 >= MAX_DEPTH {
            self.notice_at(
                NoticeKind::NestingFlattened,
                place,
                "表格嵌套过深，里层表格的内容已改为段落。",
            );
            let cells = rows.iter().flat_map(|row| row_cells(row));
            let blocks: Vec<Block> = cells
                .map(|cell| self.blocks(cell, depth))
                .collect::<Result<Vec<_>, _>>()?
                .concat();
            entries.extend(blocks.into_iter().map(Entry::Block));
            return Ok(());
        }
        let (shown, hidden): (Vec<&Element>, Vec<&Element>) =
            rows.into_iter().partition(|row| !row_switch(row, "w:hidden"));
        if !hidden.is_empty() {
            self.notice_at(
                NoticeKind::HiddenLeftOut,
                place,
                "有隐藏的行，没有读取；原文件中仍然存在，对外提供原文件前请先删除。",
            );
        }
        let header_rows = shown.iter().take_while(|row| row_switch(row, "w:tblHeader")).count() as u32;
        let rows = self.rows(&shown, depth)?;
        if rows.iter().any(|row| !row.cells.is_empty()) {
            entries.push(Entry::Block(Block::new(Body::Table(Table { header_rows, rows }))));
        }
        Ok(())
    }

    fn rows(&mut self, rows: &[&Element], depth: usize) -> Result<Vec<Row>, Refusal> {
        let mut read: Vec<Row> = Vec::with_capacity(rows.len());
        let mut open: Vec<Open> = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            let mut cells = Vec::new();
            let mut still_open = Vec::new();
            let mut column = 0;
            let before = row_number(row, "w:gridBefore");
            push_gap(&mut cells, before);
            column += before;
            for element in row_cells(row) {
                let properties = element.child("w:tcPr");
                let columns = properties.and_then(|properties| properties.child_value("w:gridSpan"));
                let columns = columns
                    .and_then(|columns| columns.parse().ok())
                    .unwrap_or(1)
                    .clamp(1, MAX_SPAN);
                let merge = properties.and_then(|properties| properties.child("w:vMerge"));
                let restarts = merge.is_some_and(|merge| merge.attribute("w:val") == Some("restart"));
                let above = open
                    .iter()
                    .position(|above| above.column == column && above.columns == columns);
                if let (true, false, Some(above)) = (merge.is_some(), restarts, above) {
                    let above = open.swap_remove(above);
                    let origin: &mut Cell = &mut read[above.row].cells[above.cell];
                    origin.rowspan = (origin.rowspan + 1).min(MAX_SPAN);
                    still_open.push(above);
                } else {
                    let blocks = self.blocks(element, depth + 1)?;
                    if merge.is_some() {
                        still_open.push(Open {
                            column,
                            columns,
                            row: index,
                            cell: cells.len(),
                        });
                    }
                    cells.push(Cell {
                        colspan: columns,
                        rowspan: 1,
                        blocks,
                    });
                }
                column = column.saturating_add(columns);
            }
            push_gap(&mut cells, row_number(row, "w:gridAfter"));
            open = still_open;
            read.push(Row { cells });
        }
        Ok(read)
    }
}

/// Columns that a row leaves free at its beginning or end.
fn push_gap(cells: &mut Vec<Cell>, columns: u32) {
    if columns > 0 {
        cells.push(Cell {
            colspan: columns.min(MAX_SPAN),
            rowspan: 1,
            blocks: Vec::new(),
        });
    }
}

fn gather_rows<'a>(container: &'a Element, rows: &mut Vec<&'a Element>) {
    for element in container.elements() {
        match &*element.name {
            "w:tr" => rows.push(element),
            "w:sdt" => element
                .child("w:sdtContent")
                .into_iter()
                .for_each(|content| gather_rows(content, rows)),
            "mc:AlternateContent" => chosen(element).into_iter().for_each(|branch| gather_rows(branch, rows)),
            "w:customXml" => gather_rows(element, rows),
            _ => {}
        }
    }
}

fn row_cells(row: &Element) -> Vec<&Element> {
    let mut cells = Vec::new();
    gather_cells(row, &mut cells);
    cells
}

fn gather_cells<'a>(container: &'a Element, cells: &mut Vec<&'a Element>) {
    for element in container.elements() {
        match &*element.name {
            "w:tc" => cells.push(element),
            "w:sdt" => element
                .child("w:sdtContent")
                .into_iter()
                .for_each(|content| gather_cells(content, cells)),
            "mc:AlternateContent" => chosen(element)
                .into_iter()
                .for_each(|branch| gather_cells(branch, cells)),
            "w:customXml" => gather_cells(element, cells),
            _ => {}
        }
    }
}

fn row_switch(row: &Element, name: &str) -> bool {
    row.child("w:trPr")
        .and_then(|properties| properties.switch(name))
        .unwrap_or(false)
}

fn row_number(row: &Element, name: &str) -> u32 {
    let value = row.child("w:trPr").and_then(|properties| properties.child_value(name));
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}
