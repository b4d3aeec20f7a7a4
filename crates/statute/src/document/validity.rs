//! Whether a document is in force on a day (有效性): legal_texts C.3 and C.6.

use chrono::{Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::citation::normative_documents;
use crate::parameters::ValidityTerms;
use crate::{Citation, Issue, Weight, chinese};

/// The state of a document on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Validity {
    /// 尚未生效: before its first day.
    NotYet,
    /// 有效.
    InForce,
    /// 已修改: superseded in part by an amending document.
    Amended,
    /// 已废止: by an act.
    Repealed,
    /// 失效: by time, by its object's end, or by declaration.
    Lapsed,
}

impl Validity {
    /// The word on screens.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Validity::NotYet => "尚未生效",
            Validity::InForce => "有效",
            Validity::Amended => "已修改",
            Validity::Repealed => "已废止",
            Validity::Lapsed => "失效",
        }
    }

    /// Reads the word of a form or an old page.
    #[must_use]
    pub fn read(text: &str) -> Option<Validity> {
        match super::without_spaces(text).as_str() {
            "尚未生效" | "未生效" | "尚未施行" => Some(Validity::NotYet),
            "有效" | "现行有效" | "继续有效" => Some(Validity::InForce),
            "已修改" | "已修订" | "已修正" | "部分修改" => Some(Validity::Amended),
            "已废止" | "废止" => Some(Validity::Repealed),
            "失效" | "已失效" | "宣布失效" => Some(Validity::Lapsed),
            _ => None,
        }
    }

    /// Whether a reader may rely on the text today, at least in part.
    #[must_use]
    pub fn is_in_force(self) -> bool {
        matches!(self, Validity::InForce | Validity::Amended)
    }
}

/// The dated facts from which the state follows. Every date is the first day of the new state, except `valid_until`, which is
/// the last day in force.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidityFacts {
    /// First day in force (施行日期); `None` when in force from its issue.
    pub effective_from: Option<NaiveDate>,
    /// Last day in force (有效期至).
    pub valid_until: Option<NaiveDate>,
    /// First day under an amending document that leaves this text standing in part.
    pub amended_from: Option<NaiveDate>,
    /// First day of repeal (废止).
    pub repealed_from: Option<NaiveDate>,
    /// First day of a declared lapse (宣布失效).
    pub lapsed_from: Option<NaiveDate>,
}

/// The state on a day, since when, and what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidityAnswer {
    /// The state.
    pub state: Validity,
    /// First day of this state, where a date is recorded.
    pub since: Option<NaiveDate>,
    /// The next recorded change: its first day and the state then.
    pub next: Option<(NaiveDate, Validity)>,
    /// The answer in words.
    pub explain: String,
    /// Where the rule stands.
    pub citation: Citation,
}

impl ValidityFacts {
    /// The state on `date`.
    ///
    /// 已废止 and 失效 are final; of the two the earlier one prevails, and on the same day the act of repeal. A document that is
    /// repealed or lapses before its first day never comes into force.
    #[must_use]
    pub fn on(&self, date: NaiveDate) -> ValidityAnswer {
        let (state, since) = self.state_on(date);
        let next = self
            .change_days()
            .into_iter()
            .filter(|change| *change > date)
            .map(|change| (change, self.state_on(change).0))
            .find(|(_, then)| *then != state);
        ValidityAnswer {
            state,
            since,
            next,
            explain: explain(state, since, next),
            citation: normative_documents(),
        }
    }

    fn state_on(&self, date: NaiveDate) -> (Validity, Option<NaiveDate>) {
        if let Some((from, state)) = self.end().filter(|(from, _)| *from <= date) {
            return (state, Some(from));
        }
        if self.effective_from.is_some_and(|from| date < from) {
            return (Validity::NotYet, None);
        }
        if let Some(from) = self.amended_from.filter(|from| *from <= date) {
            return (Validity::Amended, Some(from));
        }
        (Validity::InForce, self.effective_from)
    }

    /// The final state and its first day.
    fn end(&self) -> Option<(NaiveDate, Validity)> {
        let expired = self.valid_until.and_then(|last| last.succ_opt());
        let lapsed = [expired, self.lapsed_from].into_iter().flatten().min();
        match (self.repealed_from, lapsed) {
            (Some(repealed), Some(lapsed)) if lapsed < repealed => Some((lapsed, Validity::Lapsed)),
            (Some(repealed), _) => Some((repealed, Validity::Repealed)),
            (None, Some(lapsed)) => Some((lapsed, Validity::Lapsed)),
            (None, None) => None,
        }
    }

    fn change_days(&self) -> Vec<NaiveDate> {
        let end = self.end().map(|(from, _)| from);
        let mut days: Vec<NaiveDate> = [self.effective_from, self.amended_from, end]
            .into_iter()
            .flatten()
            .collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// Dates that cannot be right together.
    #[must_use]
    pub fn check(&self) -> Vec<Issue> {
        let Some(from) = self.effective_from else {
            return Vec::new();
        };
        let mut issues = Vec::new();
        let mut refuse = |field: &str, date: Option<NaiveDate>, word: &str| {
            if let Some(date) = date.filter(|date| *date < from) {
                let message = format!(
                    "{word}{}早于施行日期{}，请核对。",
                    chinese::date(date),
                    chinese::date(from)
                );
                issues.push(Issue::new("C.6", Weight::Error, field, message).citing(normative_documents()));
            }
        };
        refuse("valid_until", self.valid_until, "有效期截止日");
        refuse("amended_from", self.amended_from, "修改生效日");
        issues
    }

    /// Checks the term against the longest terms (ND-9: ordinary documents, ND-10: 暂行 and 试行).
    #[must_use]
    pub fn check_term(&self, trial: bool, terms: &ValidityTerms) -> Option<Issue> {
        let years = if trial { terms.trial_years } else { terms.ordinary_years };
        let (rule, kind) = if trial {
            ("ND-10", "暂行、试行的行政规范性文件")
        } else {
            ("ND-9", "行政规范性文件")
        };
        let longest = expiry(self.effective_from?, years)?;
        let until = self.valid_until?;
        if until <= longest {
            return None;
        }
        let message = format!(
            "{kind}的有效期一般不超过{years}年，按施行日期最迟至{}，现填{}。依据：{}。",
            chinese::date(longest),
            chinese::date(until),
            terms.basis
        );
        Some(Issue::new(rule, Weight::Warning, "valid_until", message))
    }
}

/// The last day of a term of `years` beginning on `effective_from`: the day before the anniversary.
#[must_use]
pub fn expiry(effective_from: NaiveDate, years: u32) -> Option<NaiveDate> {
    let months = years.checked_mul(12)?;
    effective_from
        .checked_add_months(Months::new(months))?
        .checked_sub_days(Days::new(1))
}

fn explain(state: Validity, since: Option<NaiveDate>, next: Option<(NaiveDate, Validity)>) -> String {
    let mut text = match (state, since) {
        (Validity::NotYet, _) => "本文件尚未生效".to_owned(),
        (Validity::InForce, None) => "本文件有效".to_owned(),
        (Validity::InForce, Some(from)) => format!("本文件自{}起施行，有效", chinese::date(from)),
        (Validity::Amended, Some(from)) => format!("本文件自{}起已有修改", chinese::date(from)),
        (Validity::Repealed, Some(from)) => format!("本文件自{}起废止", chinese::date(from)),
        (Validity::Lapsed, Some(from)) => format!("本文件自{}起失效", chinese::date(from)),
        (other, None) => format!("本文件{}", other.label()),
    };
    if let Some((date, then)) = next {
        let word = match then {
            Validity::InForce => "施行",
            Validity::Amended => "修改",
            Validity::Repealed => "废止",
            Validity::Lapsed | Validity::NotYet => "失效",
        };
        text.push_str(&format!("，将于{}起{word}", chinese::date(date)));
    }
    text.push('。');
    text
}
