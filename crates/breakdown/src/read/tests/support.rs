//! Building documents and names for tests.

use content::{Block, BlockId, Body, Cell, Document, Inline, Row, SHAPE, Table};

use crate::read::Names;

/// The published text of 2021.
pub const SEED_TEXT: &str = include_str!("../../../samples/2021-cangshan-task-breakdown.txt");
/// What it must be read as, read by eye.
pub const SEED_EXPECTED: &str = include_str!("../../../tests/data/2021-cangshan.json");

/// The short names of the units that lead in 2021.
pub const LEADS: [&str; 15] = [
    "区政府办",
    "区发改局",
    "区资规局",
    "区商务局",
    "区市场监管局",
    "区财政局",
    "区农业农村局",
    "区卫健局",
    "区大数据服务中心",
    "区“智慧仓山”管理服务中心",
    "区行政服务中心管委会",
    "区委网信办",
    "区司法局",
    "区教育局",
    "区生态环境局",
];

pub fn names() -> Names {
    Names::new("区", LEADS)
}

/// A cell over some columns and rows; line breaks in the text become breaks in its paragraph.
pub fn cell(text: &str, colspan: u32, rowspan: u32) -> Cell {
    let mut inlines = Vec::new();
    for (position, line) in text.split('\n').enumerate() {
        if position > 0 {
            inlines.push(Inline::Break);
        }
        inlines.push(Inline::Text {
            text: line.to_owned(),
            bold: false,
            italic: false,
            underline: false,
        });
    }
    Cell {
        colspan,
        rowspan,
        blocks: vec![paragraph(inlines)],
    }
}

fn paragraph(text: Vec<Inline>) -> Block {
    Block {
        id: BlockId("b".to_owned()),
        body: Body::Paragraph {
            align: content::Align::Start,
            text,
        },
    }
}

/// A row of plain cells; a row of a single cell is merged over `width` columns.
pub fn row(width: u32, cells: &[&str]) -> Row {
    match cells {
        [only] => Row {
            cells: vec![cell(only, width, 1)],
        },
        cells => Row {
            cells: cells.iter().map(|text| cell(text, 1, 1)).collect(),
        },
    }
}

/// A document of a title line and one table.
pub fn document(title: &str, rows: Vec<Row>) -> Document {
    let mut blocks = Vec::new();
    if !title.is_empty() {
        let text = vec![Inline::Text {
            text: title.to_owned(),
            bold: false,
            italic: false,
            underline: false,
        }];
        blocks.push(paragraph(text));
    }
    blocks.push(Block {
        id: BlockId("t".to_owned()),
        body: Body::Table(Table { header_rows: 1, rows }),
    });
    Document {
        shape: SHAPE,
        blocks,
        notes: Vec::new(),
    }
}

/// A document from rows of texts, four columns unless the first row says otherwise.
pub fn sheet(title: &str, rows: &[&[&str]]) -> Document {
    let width = rows.iter().map(|cells| cells.len()).max().unwrap_or(1);
    let width = u32::try_from(width).unwrap_or(1);
    document(title, rows.iter().map(|cells| row(width, cells)).collect())
}
