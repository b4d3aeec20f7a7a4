//! Tables as offices make them: with cells that span rows and columns.

use content::{Block, Body, Cell, Row, Table};

use super::grammar::Writer;

fn cell(words: &str, colspan: u32, rowspan: u32) -> Cell {
    Cell {
        colspan,
        rowspan,
        ..Cell::plain(words)
    }
}

fn plain(words: &[&str]) -> Row {
    Row {
        cells: words.iter().map(|w| Cell::plain(w)).collect(),
    }
}

fn table(header_rows: u32, rows: Vec<Row>) -> Block {
    Block::new(Body::Table(Table { header_rows, rows }))
}

/// Who does what by when (任务分工表); tasks of one kind share their first cell.
pub(super) fn duties(writer: &mut Writer<'_>) -> Block {
    let head = Row {
        cells: vec![
            cell("任务类别", 1, 2),
            cell("具体任务", 1, 2),
            cell("责任分工", 2, 1),
            cell("完成时限", 1, 2),
        ],
    };
    let mut rows = vec![head, plain(&["牵头单位", "配合单位"])];
    for _ in 0..writer.dice.between(2, 5) {
        let tasks = writer.dice.between(1, 4);
        let kind = writer.by("heading.task");
        for number in 0..tasks {
            let mut cells = Vec::new();
            if number == 0 {
                cells.push(cell(&kind, 1, u32::try_from(tasks).unwrap_or(1)));
            }
            for text in ["{act}", "{peer}", "{peers}", "{deadline}"] {
                cells.push(Cell::plain(&writer.text(text)));
            }
            rows.push(Row { cells });
        }
    }
    table(2, rows)
}

/// Figures of the towns with their sum (情况统计表).
pub(super) fn figures(writer: &mut Writer<'_>) -> Block {
    let all: Vec<&'static str> = writer.towns();
    let count = writer.dice.between(4, all.len());
    let towns = writer.dice.some(&all, count);
    let things = [writer.by("facility"), writer.by("facility")];
    let head = Row {
        cells: vec![
            cell("镇街", 1, 2),
            cell(&format!("{}（处）", things[0]), 2, 1),
            cell(&format!("{}（处）", things[1]), 2, 1),
            cell("备注", 1, 2),
        ],
    };
    let mut rows = vec![head, plain(&["年度计划", "实际完成", "年度计划", "实际完成"])];
    let mut sums = [0usize; 4];
    for town in towns {
        let mut figures = Vec::new();
        for sum in &mut sums {
            let figure = writer.dice.between(3, 260);
            *sum += figure;
            figures.push(figure.to_string());
        }
        let note = if writer.dice.often(300) {
            writer.by("problem")
        } else {
            String::new()
        };
        let mut words = vec![town.to_string()];
        words.extend(figures);
        words.push(note);
        rows.push(plain(&words.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    let mut last = vec![Cell::plain("合计")];
    last.extend(sums.iter().map(|sum| Cell::plain(&sum.to_string())));
    last.push(Cell::plain(""));
    rows.push(Row { cells: last });
    table(2, rows)
}

/// Places with what is done there (点位安排表), under one line across all columns.
pub(super) fn places(writer: &mut Writer<'_>) -> Block {
    let title = writer.text("{year}年{matter}点位安排");
    let mut rows = vec![
        Row {
            cells: vec![cell(&title, 5, 1)],
        },
        plain(&["序号", "地点", "内容", "投资", "完成时限"]),
    ];
    for number in 1..=writer.dice.between(4, 14) {
        let words = ["{spot}", "{act}", "{money}", "{deadline}"].map(|text| writer.text(text));
        let mut cells = vec![Cell::plain(&number.to_string())];
        cells.extend(words.iter().map(|w| Cell::plain(w)));
        rows.push(Row { cells });
    }
    table(2, rows)
}
