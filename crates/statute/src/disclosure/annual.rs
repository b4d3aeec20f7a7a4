//! By when annual reports (政府信息公开工作年度报告) must be public: 条例 article 49.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Citation;
use crate::chinese;
use crate::parameters::{Parameters, Reporter};

/// The day by which a report must be public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnnualDue {
    /// Last day in time.
    pub due: NaiveDate,
    /// Where it stands.
    pub citation: Citation,
    /// The answer in words.
    pub explain: String,
}

/// The day by which the report about `report_year` must be public; `None` for years before any rule (before 2008).
///
/// The edition is the one in force on the day it names: the reports about 2018 fell under the regulation of 2007 (31 March
/// for everybody), those about 2019 under the regulation of 2019 (31 January for departments, 31 March for governments).
#[must_use]
pub fn annual_report_due(parameters: &Parameters, report_year: i32, reporter: Reporter) -> Option<AnnualDue> {
    let next = report_year.checked_add(1)?;
    parameters
        .annual_reports
        .iter()
        .filter(|rule| rule.reporter == reporter)
        .filter_map(|rule| Some((rule, NaiveDate::from_ymd_opt(next, rule.month, rule.day)?)))
        .find(|(rule, due)| rule.citation.holds_on(*due))
        .map(|(rule, due)| AnnualDue {
            due,
            citation: rule.citation.clone(),
            explain: format!(
                "依照{}，{}{report_year}年度政府信息公开工作年度报告应当于{}前向社会公布。",
                rule.citation,
                match reporter {
                    Reporter::Department => "县级以上人民政府部门的",
                    Reporter::Government => "本级政府的",
                },
                chinese::date(due)
            ),
        })
}
