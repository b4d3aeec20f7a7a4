//! Which quarters' figures the public sees. Practice: quarter-end figures, after five working days for objections.

use chrono::NaiveDate;
use kit::Result;
use statute::calendar::Calendar;

use crate::reporting::{rules, working_days_after};

/// A quarter whose figures are public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quarter {
    /// Its year.
    pub year: i32,
    /// 1 to 4.
    pub number: u32,
    /// Its last day, as of which its figures are taken.
    pub end: NaiveDate,
    /// The day on which they became public: the last working day for objections.
    pub published_on: NaiveDate,
}

impl Quarter {
    /// 2021年第一季度.
    pub fn name(&self) -> String {
        let words = ["一", "二", "三", "四"];
        let place = usize::try_from(self.number.saturating_sub(1)).unwrap_or(0);
        format!("{}年第{}季度", self.year, words.get(place).copied().unwrap_or("四"))
    }

    /// In addresses: 2021-1.
    pub fn key(&self) -> String {
        format!("{}-{}", self.year, self.number)
    }
}

/// The quarters of a year that are public on `today`, newest first.
///
/// # Errors
/// When the calendar ends before the days are counted.
pub fn published(calendar: &Calendar, year: i32, today: NaiveDate) -> Result<Vec<Quarter>> {
    let days = rules(year)?.objection_working_days;
    let mut quarters = Vec::new();
    for (number, month, day) in [(4, 12, 31), (3, 9, 30), (2, 6, 30), (1, 3, 31)] {
        let Some(end) = NaiveDate::from_ymd_opt(year, month, day).filter(|end| *end < today) else {
            continue;
        };
        let published_on = working_days_after(calendar, end, days)?;
        if published_on <= today {
            quarters.push(Quarter {
                year,
                number,
                end,
                published_on,
            });
        }
    }
    Ok(quarters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_public_after_five_working_days() {
        let calendar = Calendar::national().unwrap();
        let on = |text: &str| text.parse::<NaiveDate>().unwrap();
        // 1 April 2021 is a Thursday; 3 to 5 April are 清明节, so the fifth working day is 8 April.
        let first = |today| published(&calendar, 2021, on(today)).unwrap().first().copied();
        assert_eq!(first("2021-04-07"), None);
        let quarter = first("2021-04-08").unwrap();
        assert_eq!(
            (quarter.name().as_str(), quarter.end),
            ("2021年第一季度", on("2021-03-31"))
        );
        assert_eq!(first("2026-11-23").unwrap().key(), "2021-4");
    }
}
