//! By when information must be public (条例 article 26), with the promises and special laws that shorten or replace it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError, Count, CountKind};
use crate::chinese;
use crate::citation::foi_regulation;
use crate::parameters::{Limit, Parameters};
use crate::{Citation, Issue, Weight};

/// Identity of the general limit in [`Parameters`].
pub const PROACTIVE: &str = "proactive";

/// Which limit applies to an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "limit", rename_all = "snake_case")]
pub enum LimitChoice {
    /// The limit of the regulation: 20 working days from the day of formation or change.
    #[default]
    Statutory,
    /// A shorter promise (承诺时限) of a unit or for a catalogue item; the statutory limit is its ceiling.
    Promise {
        /// Working days promised, at least 1.
        working_days: u32,
        /// Who promised it and where, as shown: 区商务局政府信息公开指南.
        source: String,
    },
    /// Another limit set by a law or regulation (法律、法规另有规定), by its identity in [`Parameters`].
    Special {
        /// E.g. `budget.department`.
        id: String,
    },
}

/// Why no limit can be given.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The promise is longer than the law allows.
    #[error("承诺时限{promised}个工作日超过法定上限{ceiling}个工作日，请改为不超过{ceiling}个工作日")]
    PromiseTooLong {
        /// Working days promised.
        promised: u32,
        /// Working days allowed.
        ceiling: u32,
    },
    /// A promise of no days at all.
    #[error("承诺时限至少为1个工作日")]
    PromiseEmpty,
    /// No rule of that name held on the day.
    #[error("{}没有名为“{id}”的公开期限规定，请核对日期或在参数中补充", chinese::date(*on))]
    NoRule {
        /// Identity asked for.
        id: String,
        /// Day of the event.
        on: NaiveDate,
    },
    /// The days could not be counted.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

/// The day by which an item must be public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Last day in time.
    pub due: NaiveDate,
    /// Last day allowed by law when a shorter promise applies; else equal to `due`.
    pub statutory_due: NaiveDate,
    /// The limit of the law that applies.
    pub limit: Limit,
    /// Who promised a shorter time, if anybody did.
    pub promise: Option<String>,
    /// The days, counted one by one.
    pub count: Count,
}

impl Deadline {
    /// Whether a notice still to come could change the date.
    #[must_use]
    pub fn provisional(&self) -> bool {
        self.count.provisional
    }

    /// The rules applied: the limit first, then the counting rules.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation> {
        let mut citations = vec![self.limit.citation.clone()];
        citations.extend(self.count.citations.iter().cloned());
        citations
    }

    /// The answer in words: limit, article, promise, and the count.
    #[must_use]
    pub fn explain(&self) -> String {
        let limit = &self.limit;
        let mut text = format!(
            "依照{}，{}应当自{}起{}{}内公开。",
            limit.citation,
            if limit.id == PROACTIVE {
                "属于主动公开范围的政府信息"
            } else {
                limit.name.as_str()
            },
            limit.starts,
            limit.days,
            limit.kind.label()
        );
        if let Some(source) = &self.promise {
            text.push_str(&format!(
                "{source}承诺{}个工作日内公开，按承诺时限计算；法定期限至{}。",
                self.count.days,
                chinese::date(self.statutory_due)
            ));
        }
        text.push_str(&self.count.explain());
        text
    }
}

/// The day by which an item formed or changed on `event` must be public.
///
/// 条例 article 26: 20 working days from the day of formation or change, unless a law or regulation sets another time. A
/// change starts a period of its own for the changed text.
///
/// # Errors
/// [`LimitError`]: a promise over the ceiling or of zero days, no rule on that day, or a count that is too long.
pub fn publication_limit(
    parameters: &Parameters,
    calendar: &Calendar,
    event: NaiveDate,
    choice: &LimitChoice,
) -> Result<Deadline, LimitError> {
    let id = match choice {
        LimitChoice::Special { id } => id.as_str(),
        LimitChoice::Statutory | LimitChoice::Promise { .. } => PROACTIVE,
    };
    let limit = parameters
        .limit_on(id, event)
        .ok_or_else(|| LimitError::NoRule {
            id: id.to_owned(),
            on: event,
        })?
        .clone();
    let statutory = count(calendar, event, limit.days, limit.kind)?;
    let LimitChoice::Promise { working_days, source } = choice else {
        let (due, statutory_due) = (statutory.to, statutory.to);
        return Ok(Deadline {
            due,
            statutory_due,
            limit,
            promise: None,
            count: statutory,
        });
    };
    check_promise(*working_days, limit.days)?;
    let promised = calendar.add_working_days(event, *working_days)?;
    Ok(Deadline {
        due: promised.to,
        statutory_due: statutory.to,
        limit,
        promise: Some(source.clone()),
        count: promised,
    })
}

fn count(calendar: &Calendar, from: NaiveDate, days: u32, kind: CountKind) -> Result<Count, CalendarError> {
    match kind {
        CountKind::WorkingDays => calendar.add_working_days(from, days),
        CountKind::CalendarDays => calendar.add_calendar_days(from, days),
    }
}

/// Whether a promise of `working_days` may be made under a ceiling.
///
/// # Errors
/// [`LimitError::PromiseTooLong`] and [`LimitError::PromiseEmpty`].
pub fn check_promise(working_days: u32, ceiling: u32) -> Result<(), LimitError> {
    match working_days {
        0 => Err(LimitError::PromiseEmpty),
        promised if promised > ceiling => Err(LimitError::PromiseTooLong { promised, ceiling }),
        _ => Ok(()),
    }
}

/// How an item stands to its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Timeliness {
    /// Published on or before the due day (按期公开).
    InTime,
    /// Published after the due day (逾期公开).
    Late {
        /// Working days after the due day.
        working_days: u32,
    },
    /// Not yet published, and not yet due (期限内).
    Waiting {
        /// Working days left, the due day included; 0 on the due day itself.
        working_days_left: u32,
    },
    /// Not published although due (逾期未公开).
    Overdue {
        /// Working days since the due day.
        working_days: u32,
    },
}

/// How an item stands on `today`; overdue is derived here and never stored.
///
/// # Errors
/// [`CalendarError::TooLong`] for spans of decades.
pub fn timeliness(
    calendar: &Calendar,
    due: NaiveDate,
    published_on: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<Timeliness, CalendarError> {
    let days = |from, to| calendar.working_days_between(from, to).map(|count| count.days);
    match published_on {
        Some(published) if published <= due => Ok(Timeliness::InTime),
        Some(published) => Ok(Timeliness::Late {
            working_days: days(due, published)?,
        }),
        None if today <= due => Ok(Timeliness::Waiting {
            working_days_left: days(today, due)?,
        }),
        None => Ok(Timeliness::Overdue {
            working_days: days(due, today)?,
        }),
    }
}

/// Checks the days of one item: formed, changed, published.
///
/// Published never before it was formed (PUB-B.1); late against its deadline (PUB-A9) is a warning, because the text is
/// public all the same.
#[must_use]
pub fn check_dates(formed_on: NaiveDate, published_on: Option<NaiveDate>, deadline: &Deadline) -> Vec<Issue> {
    let Some(published) = published_on else {
        return Vec::new();
    };
    let mut issues = Vec::new();
    if published < formed_on {
        let message = format!(
            "发布日期{}早于成文日期{}，请核对。",
            chinese::date(published),
            chinese::date(formed_on)
        );
        issues.push(Issue::new("PUB-B.1", Weight::Error, "published_on", message));
    }
    if published > deadline.due {
        let message = format!(
            "超过公开期限：应于{}前公开。{}",
            chinese::date(deadline.due),
            deadline.explain()
        );
        let citation = deadline.limit.citation.clone();
        issues.push(Issue::new("PUB-A9", Weight::Warning, "published_on", message).citing(citation));
    }
    issues
}

/// The article under which proactive disclosure is owed at all (条例 article 19), for pages that explain the duty.
#[must_use]
pub fn duty() -> Citation {
    foi_regulation().article("第十九条")
}
