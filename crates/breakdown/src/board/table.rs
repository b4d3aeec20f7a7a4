//! The board's figures as a plain table for other programs (CSV).

use crate::measuring::figures::Figures;
use crate::measuring::snapshot::Snapshot;

use super::model::{Cell, Line, Matrix};

/// One line for each task and unit with something due. It begins with a byte order mark, without which spreadsheets take it
/// for another encoding.
pub(super) fn csv(snapshot: &Snapshot, figures: &Figures, matrix: &Matrix) -> String {
    let mut text = String::from("\u{feff}年度,截至,序号,任务,牵头单位,单位,应完成,已完成,逾期\r\n");
    let (year, as_of) = (snapshot.table.year, figures.as_of);
    for line in &matrix.lines {
        let Line::Task(row) = line else { continue };
        for (column, cell) in matrix.columns.iter().zip(&row.cells) {
            let Cell::Figures(tally) = cell else { continue };
            text.push_str(&format!(
                "{year},{as_of},{},{},{},{},{},{},{}\r\n",
                row.no,
                quoted(&row.title),
                quoted(&row.leads),
                quoted(&column.short_name),
                tally.due,
                tally.done,
                tally.late
            ));
        }
    }
    text
}

/// In quotation marks; what a spreadsheet would take for a formula gets an apostrophe before it.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t']) {
        "'"
    } else {
        ""
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn nothing_becomes_a_formula() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted("“六稳”\"引号\""), "\"“六稳”\"\"引号\"\"\"");
    }
}
