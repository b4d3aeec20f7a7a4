//! Where a rule stands: instrument, number, article, and from when to when it holds.

use std::borrow::Cow;
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A citation (依据) of one article of one instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Citation {
    /// Full name without book-title marks, e.g. 中华人民共和国政府信息公开条例.
    pub instrument: Cow<'static, str>,
    /// Document or decree number, empty for a law promulgated without one that is usually quoted.
    #[serde(default)]
    pub number: Cow<'static, str>,
    /// Article, paragraph and item as quoted, e.g. 第二十六条; empty when the whole instrument is meant.
    #[serde(default)]
    pub article: Cow<'static, str>,
    /// First day on which this text holds; `None` when the day is not recorded.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last day on which this text holds; `None` while it is in force.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
}

impl Citation {
    /// Whether the cited text holds on `date`.
    #[must_use]
    pub fn holds_on(&self, date: NaiveDate) -> bool {
        holds(self.valid_from, self.valid_until, date)
    }

    /// The same instrument with another article.
    #[must_use]
    pub fn article(mut self, article: impl Into<Cow<'static, str>>) -> Self {
        self.article = article.into();
        self
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "《{}》", self.instrument)?;
        if !self.number.is_empty() {
            write!(f, "（{}）", self.number)?;
        }
        f.write_str(&self.article)
    }
}

/// Whether `date` lies within two optional bounds, both included.
#[must_use]
pub fn holds(from: Option<NaiveDate>, until: Option<NaiveDate>, date: NaiveDate) -> bool {
    from.is_none_or(|first| first <= date) && until.is_none_or(|last| date <= last)
}

/// A fixed date in a table of this crate; a wrong one does not compile.
pub(crate) const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("not a date"),
    }
}

const fn instrument(name: &'static str, number: &'static str, from: NaiveDate, until: Option<NaiveDate>) -> Citation {
    Citation {
        instrument: Cow::Borrowed(name),
        number: Cow::Borrowed(number),
        article: Cow::Borrowed(""),
        valid_from: Some(from),
        valid_until: until,
    }
}

/// 中华人民共和国政府信息公开条例 as revised in 2019.
#[must_use]
pub const fn foi_regulation() -> Citation {
    instrument(
        "中华人民共和国政府信息公开条例",
        "国务院令第711号",
        day(2019, 5, 15),
        None,
    )
}

/// 公开工作意见实施细则 (国办发〔2016〕80号): the public attribute at drafting.
#[must_use]
pub const fn attribute_rules() -> Citation {
    instrument(
        "《关于全面推进政务公开工作的意见》实施细则",
        "国办发〔2016〕80号",
        day(2016, 11, 10),
        None,
    )
}

/// 党政机关公文处理工作条例: kinds, numbers and dates of official documents.
#[must_use]
pub const fn official_documents() -> Citation {
    instrument("党政机关公文处理工作条例", "中办发〔2012〕14号", day(2012, 7, 1), None)
}

/// GB/T 9704-2012: the layout of official documents, with the form of numbers and dates.
#[must_use]
pub const fn document_layout() -> Citation {
    instrument("党政机关公文格式", "GB/T 9704-2012", day(2012, 7, 1), None)
}

/// 国办发〔2018〕37号: making and supervising normative documents.
#[must_use]
pub const fn normative_documents() -> Citation {
    instrument(
        "国务院办公厅关于加强行政规范性文件制定和监督管理工作的通知",
        "国办发〔2018〕37号",
        day(2018, 5, 16),
        None,
    )
}

/// The counting rule that holds on `date`: the day on which a period begins is not counted.
///
/// 民法典 article 201 since 2021; before it 民法总则 article 201, and before that 民法通则 article 154. The FOI regulation
/// itself is silent and these are applied by analogy.
#[must_use]
pub fn counting_rule(date: NaiveDate) -> Citation {
    civil_rule(date, "第二百零一条第一款", "第一百五十四条第二款")
}

/// The rule that holds on `date` for a period whose last day is a rest day: it ends on the next working day.
///
/// 民法典 article 203; before 2021 民法总则 article 203, and before that 民法通则 article 154.
#[must_use]
pub fn last_day_rule(date: NaiveDate) -> Citation {
    civil_rule(date, "第二百零三条第一款", "第一百五十四条第三款")
}

fn civil_rule(date: NaiveDate, article: &'static str, article_before_2017: &'static str) -> Citation {
    let code = instrument("中华人民共和国民法典", "", day(2021, 1, 1), None);
    let general = instrument("中华人民共和国民法总则", "", day(2017, 10, 1), Some(day(2020, 12, 31)));
    let principles = instrument("中华人民共和国民法通则", "", day(1987, 1, 1), Some(day(2017, 9, 30)));
    if code.holds_on(date) {
        code.article(article)
    } else if general.holds_on(date) {
        general.article(article)
    } else {
        principles.article(article_before_2017)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_citation_reads_as_it_is_quoted() {
        assert_eq!(
            foi_regulation().article("第二十六条").to_string(),
            "《中华人民共和国政府信息公开条例》（国务院令第711号）第二十六条"
        );
    }

    #[test]
    fn the_counting_rule_is_that_of_its_day() {
        assert_eq!(counting_rule(day(2021, 1, 1)).instrument, "中华人民共和国民法典");
        assert_eq!(counting_rule(day(2020, 12, 31)).instrument, "中华人民共和国民法总则");
        assert_eq!(counting_rule(day(2010, 1, 1)).article, "第一百五十四条第二款");
    }
}
