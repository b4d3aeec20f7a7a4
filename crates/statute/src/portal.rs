//! Rules for running a government website (政府网站).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::Citation;
use crate::calendar::{Calendar, Count};
use crate::disclosure::limit::LimitError;
use crate::parameters::{Limit, Parameters};

/// Identity, in [`Parameters`], of the limit for passing a report on to the unit concerned.
pub const ERRATA_TRANSFER: &str = "errata.transfer";
/// Identity, in [`Parameters`], of the limit for answering the person who reported.
pub const ERRATA_ANSWER: &str = "errata.answer";

/// By when a report of an error on a page (网站找错) must be passed on and answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrataDeadline {
    /// Last day for passing it on to the unit concerned.
    pub transfer_by: NaiveDate,
    /// Last day for answering.
    pub answer_by: NaiveDate,
    /// The limit for answering.
    pub limit: Limit,
    /// The days, counted one by one.
    pub count: Count,
}

impl ErrataDeadline {
    /// The rules applied: the limit first, then the counting rules.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation> {
        let mut citations = vec![self.limit.citation.clone()];
        citations.extend(self.count.citations.iter().cloned());
        citations
    }

    /// The answer in words: limit and count.
    #[must_use]
    pub fn explain(&self) -> String {
        format!(
            "依照{}，应当自{}起{}个工作日内答复。{}",
            self.limit.citation,
            self.limit.starts,
            self.limit.days,
            self.count.explain()
        )
    }
}

/// By when a report received on `received` must be passed on (1 working day) and answered (3 working days).
///
/// Three working days are reported by several districts as the norm of 国办秘函〔2019〕19号; one day for passing on is general
/// practice. The wording of the instrument has not been compared, so both numbers are data that a district can replace.
///
/// # Errors
/// [`LimitError`]: no rule on that day, or days that cannot be counted.
pub fn errata_deadline(
    parameters: &Parameters,
    calendar: &Calendar,
    received: NaiveDate,
) -> Result<ErrataDeadline, LimitError> {
    let limit = |id: &str| {
        parameters
            .limit_on(id, received)
            .cloned()
            .ok_or_else(|| LimitError::NoRule {
                id: id.to_owned(),
                on: received,
            })
    };
    let (transfer, answer) = (limit(ERRATA_TRANSFER)?, limit(ERRATA_ANSWER)?);
    let count = calendar.add_working_days(received, answer.days)?;
    Ok(ErrataDeadline {
        transfer_by: calendar.add_working_days(received, transfer.days)?.to,
        answer_by: count.to,
        limit: answer,
        count,
    })
}
