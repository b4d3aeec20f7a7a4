//! Legal parameters as dated data: each with the article it stands in and the days on which it holds.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::CountKind;
use crate::{Citation, DataError, read_data};

const FILE: (&str, &str) = ("parameters.json", include_str!("../data/parameters.json"));

/// One time limit for publication.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Identity, shared by the editions of one limit: `proactive`, `budget.government`, `budget.department`.
    pub id: String,
    /// What it is for, as shown.
    pub name: String,
    /// How many days.
    pub days: u32,
    /// Working days or calendar days.
    pub kind: CountKind,
    /// The event from which it runs, as shown.
    pub starts: String,
    /// Where it stands and when it holds.
    pub citation: Citation,
}

/// Who reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reporter {
    /// A department of a government at county level or above (县级以上人民政府部门).
    Department,
    /// The government itself, through its office (本级政府).
    Government,
}

/// The day of the following year by which an annual report is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportDay {
    /// Whose report.
    pub reporter: Reporter,
    /// Month of the following year.
    pub month: u32,
    /// Day of that month, still in time.
    pub day: u32,
    /// Where it stands and when it holds.
    pub citation: Citation,
}

/// The longest terms of validity of normative documents (有效期上限); they stand in local rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidityTerms {
    /// Years for an ordinary document.
    pub ordinary_years: u32,
    /// Years for a document issued 暂行 or 试行.
    pub trial_years: u32,
    /// What the numbers rest on, as shown.
    pub basis: String,
}

/// The legal parameters in force through time. A district changes them by loading another value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameters {
    /// Time limits for publication.
    pub limits: Vec<Limit>,
    /// Days of the annual reports.
    pub annual_reports: Vec<ReportDay>,
    /// Longest terms of validity.
    pub validity_terms: ValidityTerms,
}

impl Parameters {
    /// The national parameters.
    ///
    /// # Errors
    /// Only for a damaged data file; the tests of this crate read it.
    pub fn national() -> Result<Self, DataError> {
        read_data(FILE.0, FILE.1)
    }

    /// The edition of a limit that holds on `date`, the day of the event from which it runs.
    #[must_use]
    pub fn limit_on(&self, id: &str, date: NaiveDate) -> Option<&Limit> {
        self.limits
            .iter()
            .find(|limit| limit.id == id && limit.citation.holds_on(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::day;

    #[test]
    fn the_data_are_read_and_editions_of_one_limit_never_overlap() -> Result<(), DataError> {
        let parameters = Parameters::national()?;
        for (position, limit) in parameters.limits.iter().enumerate() {
            for other in parameters
                .limits
                .iter()
                .skip(position + 1)
                .filter(|other| other.id == limit.id)
            {
                let first = limit.citation.valid_until.unwrap_or(NaiveDate::MAX);
                let second = other.citation.valid_from.unwrap_or(NaiveDate::MIN);
                assert!(first < second, "{} overlaps", limit.id);
            }
        }
        let old = parameters
            .limit_on("proactive", day(2019, 5, 14))
            .map(|limit| limit.citation.number.to_string());
        assert_eq!(old.as_deref(), Some("国务院令第492号"));
        assert!(parameters.limit_on("proactive", day(2008, 4, 30)).is_none());
        Ok(())
    }
}
