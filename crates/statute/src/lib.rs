//! The law as pure functions: dates, limits, numbers, states, and the reasons for each answer.
//!
//! Nothing here reads a clock, a file, a network or a database, and nothing is random: the same question always has the
//! same answer. Data that the law or a yearly notice may change stand in `data/` and are loaded as *values*
//! ([`calendar::Calendar`], [`parameters::Parameters`], [`document::theme::Vocabulary`], [`document::index::IndexScheme`]), so
//! that an old case can be judged by the edition it was closed under. Every answer carries its [`Citation`]s and explains
//! itself in Chinese.
//!
//! # Which rule lives where
//!
//! | rule | subject | function |
//! |---|---|---|
//! | W-1, W-2, W-6 | working days: day zero, make-up days, years without a notice | [`calendar::Calendar::add_working_days`], [`calendar::Calendar::working_days_between`], [`calendar::Calendar::day`] |
//! | W-4 | periods in calendar days, ending on a rest day | [`calendar::Calendar::add_calendar_days`] |
//! | PUB-A9, P-26, P-26a, P-26b | publish within 20 working days; promises; budgets | [`disclosure::limit::publication_limit`], [`disclosure::limit::timeliness`] |
//! | PUB-A5 dates, article 49 | annual reports by 31 January and 31 March | [`disclosure::annual::annual_report_due`] |
//! | S01–S15, P20, P21 | what must be disclosed proactively | [`disclosure::catalogue`] |
//! | PUB-A11, X-14a–X-16c | grounds for not disclosing | [`disclosure::attribute::Ground`] |
//! | PUB-A12 | public attribute at drafting | [`disclosure::attribute::check_attribute`] |
//! | PUB-B.2 | labels of metadata and their synonyms | [`document::labels`] |
//! | PUB-B3 | index numbers, GB 11714, GB 32100 | [`document::index`], [`document::code`] |
//! | PUB-B.4 | the 22 theme classes | [`document::theme`] |
//! | PUB-B.5, CIT-8 | the 15 kinds of official document and the title | [`document::kind`] |
//! | CIT-1 to CIT-5 | document numbers | [`document::number`] |
//! | CIT-9 | dates as written | [`document::date`] |
//! | ND-9, ND-10, C.3, C.6 | terms and states of validity | [`document::validity`] |
//! | SUP-7, MSG-5 | errors reported on a page: passed on within 1, answered within 3 working days | [`portal::errata_deadline`] |

pub mod calendar;
pub mod chinese;
pub mod citation;
pub mod disclosure;
pub mod document;
pub mod issue;
pub mod parameters;
pub mod portal;

pub use citation::Citation;
pub use issue::{Issue, Weight};

/// Embedded or supplied data that cannot be read; the program should not start with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("数据文件 {file} 无法读取：{reason}")]
pub struct DataError {
    /// Which data file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads one JSON data file into a value, naming the file in the error.
pub(crate) fn read_data<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, DataError> {
    serde_json::from_str(text).map_err(|error| DataError {
        file: file.to_owned(),
        reason: error.to_string(),
    })
}
