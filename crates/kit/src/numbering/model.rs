//! Series, and the numbers given out of them.

use uuid::Uuid;

/// A series of numbers (编号系列), declared as a `static` by the capability that issues them and listed in its
/// [`crate::capability::Capability::series`].
#[derive(Debug, PartialEq, Eq)]
pub struct Series {
    /// Stable name, `capability.what`.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// How its numbers are written unless the office has set something else; see [`super::Format`].
    pub format: &'static str,
    /// What its numbers are given to, in words, such as 文件.
    pub given_to: &'static str,
    /// The desk's address of what a number was given to, up to the identifier; none when there is no page.
    pub link: Option<&'static str>,
    /// Whether the office sets its format, says where it begins, and voids its numbers on the register's page. Where
    /// the program's addresses depend on them, it does not.
    pub by_hand: bool,
}

/// A number given out (编号).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Identity of its row in the register.
    pub id: Uuid,
    /// The year it counts in, by the calendar of Shanghai.
    pub year: i32,
    /// Its place in the year, from 1.
    pub serial: i64,
    /// The number as it is written, such as 仓公开〔2021〕第3号; it stays so when the format changes.
    pub text: String,
}

/// How far a series has come in a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearOfSeries {
    /// Name of the series.
    pub series: String,
    /// The year.
    pub year: i32,
    /// Numbers given out before the platform counted, from 1.
    pub given_before: i64,
    /// The newest number.
    pub last: i64,
    /// How many of those given out here are void.
    pub voided: i64,
}

impl YearOfSeries {
    /// How many numbers were given out here; there is no gap among them.
    pub fn issued(&self) -> i64 {
        self.last - self.given_before
    }
}
