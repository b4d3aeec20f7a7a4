//! What a capability declares of an upload that becomes rows.

use chrono::{Datelike, NaiveDate};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::permission::Permission;
use crate::site::Site;

/// Loads what a check compares rows with.
pub type Load = for<'a> fn(&'a Site) -> BoxFuture<'a, Result<Box<dyn Check>>>;

/// Takes some rows in one transaction and says of each what became of it.
pub type Take = for<'a> fn(&'a Tx, &'a [Row]) -> BoxFuture<'a, Result<Vec<Outcome>>>;

/// A kind of upload that becomes rows (导入种类). A `static` of the capability whose rows they are.
pub struct Kind {
    /// Stable name, which stands in addresses and on the command line: `units`.
    pub id: &'static str,
    /// What people call it: 单位.
    pub name: &'static str,
    /// Its columns in the order of the template.
    pub columns: &'static [Column],
    /// Who may use it; it must be held for the whole district.
    pub permission: &'static Permission,
    /// Where a clerk comes from and goes back to: address, name, and entry of the menu.
    pub home: Home,
    /// Begins the address of what a row became, such as `/units/`; its id follows.
    pub place: Option<&'static str>,
    /// What to do about taken rows once the report stands there; empty for nothing.
    pub afterwards: &'static str,
    /// Said of a row that the database refuses because something unique in it is there already.
    pub clash: &'static str,
    /// Loads what rows are checked against.
    pub load: Load,
    /// Takes some rows in a transaction and says what became of each, in order. It must say of a row that is there already that
    /// it is, and decide against the database as it stands in the transaction. An error concerns all rows; they are then
    /// taken one by one, so that only the row it concerns is refused.
    pub take: Take,
}

/// The page that a kind belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Home {
    /// Its address.
    pub href: &'static str,
    /// Its name.
    pub label: &'static str,
    /// Its entry in the desk's menu.
    pub nav: &'static str,
}

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Stable name.
    pub id: &'static str,
    /// Heading in the template.
    pub name: &'static str,
    /// Other headings it is known by.
    pub other_names: &'static [&'static str],
    /// Whether a row must have it.
    pub required: bool,
    /// Whether a value can stand in one row of a file only.
    pub unique: bool,
    /// What to write into it, for the template.
    pub hint: &'static str,
    /// What can be written, where that is a list.
    pub choices: &'static [&'static str],
}

impl Column {
    /// A column that may stay empty.
    pub const fn new(id: &'static str, name: &'static str, hint: &'static str) -> Column {
        Column {
            id,
            name,
            other_names: &[],
            required: false,
            unique: false,
            hint,
            choices: &[],
        }
    }

    /// Known by other headings too.
    pub const fn known_as(mut self, names: &'static [&'static str]) -> Column {
        self.other_names = names;
        self
    }

    /// Must be there.
    pub const fn required(mut self) -> Column {
        self.required = true;
        self
    }

    /// A value stands once in a file.
    pub const fn unique(mut self) -> Column {
        self.unique = true;
        self
    }

    /// One of these.
    pub const fn one_of(mut self, choices: &'static [&'static str]) -> Column {
        self.choices = choices;
        self
    }
}

/// One row with the words of the kind's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number in the file as a spreadsheet shows it.
    pub number: u32,
    ids: Vec<&'static str>,
    words: Vec<String>,
}

impl Row {
    /// A row of a kind from words in the order of its columns; missing ones are empty.
    pub fn new(kind: &Kind, number: u32, words: impl IntoIterator<Item = String>) -> Row {
        Row {
            number,
            ids: kind.columns.iter().map(|column| column.id).collect(),
            words: words.into_iter().collect(),
        }
    }

    /// What stands in a column; empty when nothing does.
    pub fn text(&self, column: &str) -> &str {
        let place = self.ids.iter().position(|id| *id == column);
        place.and_then(|place| self.words.get(place)).map_or("", String::as_str)
    }

    /// The words of a column that holds a list, such as 甲、乙.
    pub fn list(&self, column: &str) -> Vec<String> {
        let pieces = self.text(column).split(['、', '，', ',', '；', ';', '\n']);
        pieces
            .map(str::trim)
            .filter(|piece| !piece.is_empty())
            .map(str::to_string)
            .collect()
    }

    /// The date in a column, in one of the usual ways to write one.
    ///
    /// # Errors
    /// What is wrong with it, for the clerk.
    pub fn date(&self, column: &'static str) -> Result<Option<NaiveDate>, Wrong> {
        let words = self.text(column);
        if words.is_empty() {
            return Ok(None);
        }
        date(words).map(Some).ok_or_else(|| {
            let sentence = format!("“{}”不是一个日期，请写成 2021-03-31 的样子", beginning(words));
            Wrong { column, sentence }
        })
    }
}

/// `2021-03-31`, also with slashes, dots, 年月日, without anything between, or with midnight after it.
fn date(words: &str) -> Option<NaiveDate> {
    let words = words.trim().trim_end_matches(" 00:00:00");
    let plain = words.replace(['年', '月', '/', '.'], "-").replace('日', "");
    let found = NaiveDate::parse_from_str(&plain, "%Y-%m-%d").or_else(|_| NaiveDate::parse_from_str(&plain, "%Y%m%d"));
    found.ok().filter(|date| (1949..2150).contains(&date.year()))
}

/// The first words of a long text, for a sentence about it.
pub(super) fn beginning(words: &str) -> String {
    let mut beginning: String = words.chars().take(30).collect();
    if beginning.len() < words.len() {
        beginning.push('…');
    }
    beginning
}

/// What rows are checked against, loaded once for many of them.
pub trait Check: Send + Sync {
    /// What is wrong with a row, column by column; nothing is written.
    fn check(&self, row: &Row) -> Vec<Wrong>;
}

/// What is wrong with a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which column, by its stable name.
    pub column: &'static str,
    /// What is wrong and what to do.
    pub sentence: String,
}

impl Wrong {
    /// Something wrong with a column.
    pub fn new(column: &'static str, sentence: impl Into<String>) -> Wrong {
        Wrong {
            column,
            sentence: sentence.into(),
        }
    }
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken; what it became.
    Taken(Uuid),
    /// It was there already.
    Known(Uuid),
    /// Refused, and why.
    Refused(String),
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kind").field("id", &self.id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_write_them() {
        let wanted = NaiveDate::from_ymd_opt(2021, 3, 5);
        for words in [
            "2021-03-05",
            "2021-3-5",
            "2021/3/5",
            "2021.03.05",
            "2021年3月5日",
            "20210305",
            "2021-03-05 00:00:00",
        ] {
            assert_eq!(date(words), wanted, "{words}");
        }
        for words in ["2021-02-30", "三月五日", "44260", "1021-03-05", ""] {
            assert_eq!(date(words), None, "{words}");
        }
    }
}
