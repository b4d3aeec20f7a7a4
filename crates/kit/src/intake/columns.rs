//! Which column is which: the row of headings, found also below a title.

use office::Cell;

use super::kind::{Column, Kind};

/// Rows in which the headings are looked for.
pub(super) const LOOKED_AT: usize = 30;

/// The headings of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// As they stand in the file.
    pub headings: Vec<String>,
    /// For each column of the kind, where it stands.
    pub places: Vec<Option<usize>>,
    /// Columns of the kind that stand there more than once.
    pub repeated: Vec<&'static str>,
}

impl Header {
    /// Reads a row as headings.
    pub fn of(kind: &Kind, cells: &[Cell]) -> Header {
        let headings: Vec<String> = cells.iter().map(|cell| cell.words().replace('\n', "")).collect();
        let names: Vec<String> = headings.iter().map(|heading| folded(heading)).collect();
        let mut repeated = Vec::new();
        let places = kind.columns.iter().map(|column| {
            let mut found = names
                .iter()
                .enumerate()
                .filter(|(_, name)| is_named(column, name))
                .map(|(place, _)| place);
            let first = found.next();
            if found.next().is_some() {
                repeated.push(column.name);
            }
            first
        });
        let places = places.collect();
        Header {
            headings,
            places,
            repeated,
        }
    }

    /// How many columns of the kind were recognised.
    pub fn known(&self) -> usize {
        self.places.iter().flatten().count()
    }

    /// Required columns that are not there.
    pub fn missing(&self, kind: &Kind) -> Vec<&'static str> {
        let columns = kind.columns.iter().zip(&self.places);
        let missing = columns.filter(|(column, place)| column.required && place.is_none());
        missing.map(|(column, _)| column.name).collect()
    }

    /// Headings that no column of the kind bears.
    pub fn unknown(&self) -> Vec<&str> {
        let unused = self
            .headings
            .iter()
            .enumerate()
            .filter(|(place, _)| !self.places.contains(&Some(*place)));
        let words = unused.map(|(_, heading)| heading.as_str());
        words
            .filter(|heading| !heading.is_empty() && *heading != super::workbook::OUTCOME)
            .collect()
    }
}

fn is_named(column: &Column, folded_heading: &str) -> bool {
    let names = std::iter::once(&column.name).chain(column.other_names);
    !folded_heading.is_empty() && names.into_iter().any(|name| folded(name) == folded_heading)
}

/// A heading as it is compared: without spaces, marks for "required" and remarks in brackets.
fn folded(heading: &str) -> String {
    let cut = heading.split(['（', '(']).next().unwrap_or_default();
    cut.chars()
        .filter(|c| !c.is_whitespace() && !"*＊:：".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit;

    fn header(headings: &[&str]) -> Header {
        let cells: Vec<Cell> = headings.iter().map(|words| Cell::Text((*words).to_string())).collect();
        Header::of(&unit::INTAKE, &cells)
    }

    #[test]
    fn headings_are_recognised_under_their_names() {
        let found = header(&["单位 全称（必填）", "*简称", "代码：", "类别", "依据", "说明"]);
        assert_eq!(found.missing(&unit::INTAKE), Vec::<&str>::new());
        assert_eq!(found.unknown(), ["说明"]);
        assert!(header(&["全称", "单位全称", "简称"]).repeated.contains(&"全称"));
        assert_eq!(header(&["某区单位名册"]).known(), 0);
    }
}
