//! Default limits and reporting dates, as dated configuration data.

use chrono::{Datelike, Days, NaiveDate};
use kit::{Error, Result};
use serde::Deserialize;
use statute::calendar::Calendar;

const DATA: &str = include_str!("../data/reporting.json");

#[derive(Debug, Deserialize)]
struct File {
    years: Vec<Rules>,
}

/// The rules of a year.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Rules {
    from_year: i32,
    reporting: Vec<String>,
    limit: String,
    window_days: u64,
    /// Working days before a reporting date on which a unit is reminded of it.
    pub remind_working_days: u32,
    claim_working_days: u32,
    /// Working days a unit has to object before quarter-end figures are shown to the public.
    pub objection_working_days: u32,
    /// The longest time, in days, that a signed nil return covers.
    pub nil_longest_days: u64,
    keeps_moving_until: String,
}

/// The rules that hold for a breakdown of that year.
pub(crate) fn rules(year: i32) -> Result<Rules> {
    let file: File = serde_json::from_str(DATA).map_err(|e| Error::Internal(format!("data/reporting.json: {e}")))?;
    let mut years: Vec<Rules> = file.years;
    years.sort_by_key(|rules| rules.from_year);
    let first = years.first().cloned();
    let found = years.into_iter().rev().find(|rules| rules.from_year <= year).or(first);
    found.ok_or_else(|| Error::Internal("data/reporting.json names no year".into()))
}

impl Rules {
    /// The limit of every assignment unless another is set.
    pub fn limit(&self, year: i32) -> Result<NaiveDate> {
        day(year, &self.limit)
    }

    /// All reporting dates of the year.
    pub fn dates_of(&self, year: i32) -> Result<Vec<NaiveDate>> {
        self.reporting.iter().map(|text| day(year, text)).collect()
    }

    /// The reporting dates of an assignment that begins on `from`: those before it are left out, because nobody could have
    /// kept them. A table entered after its year is a record of that year and keeps them all.
    pub fn dates_from(&self, year: i32, from: NaiveDate) -> Result<Vec<NaiveDate>> {
        let mut dates = self.dates_of(year)?;
        if from.year() <= year {
            dates.retain(|date| *date >= from);
        }
        Ok(dates)
    }

    /// The day from which a reporting date counts as due: the window in which it is answered opens.
    pub fn opens(&self, date: NaiveDate) -> NaiveDate {
        date.checked_sub_days(Days::new(self.window_days)).unwrap_or(date)
    }

    /// By when a lead proposes the units concerned.
    pub fn claims_due(&self, calendar: &Calendar, from: NaiveDate) -> Result<NaiveDate> {
        working_days_after(calendar, from, self.claim_working_days)
    }

    /// The last day on which figures of a year's table still move: units publish their annual reports by 31 January of the
    /// next year (政府信息公开条例 article 49), and nothing of the table falls due after that.
    pub fn last_moving_day(&self, year: i32) -> Result<NaiveDate> {
        day(year.saturating_add(1), &self.keeps_moving_until)
    }
}

/// The day that many working days after another.
pub(crate) fn working_days_after(calendar: &Calendar, from: NaiveDate, days: u32) -> Result<NaiveDate> {
    let count = calendar.add_working_days(from, days);
    count
        .map(|count| count.to)
        .map_err(|e| Error::Internal(format!("calendar: {e}")))
}

fn day(year: i32, text: &str) -> Result<NaiveDate> {
    NaiveDate::parse_from_str(&format!("{year}-{text}"), "%Y-%m-%d")
        .map_err(|e| Error::Internal(format!("data/reporting.json, {text}: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn dates_before_the_adoption_are_nobodys_debt() {
        let rules = rules(2021).unwrap();
        assert_eq!(rules.dates_of(2021).unwrap().len(), 4);
        let from_may = rules.dates_from(2021, on("2021-05-10")).unwrap();
        assert_eq!(from_may, [on("2021-06-30"), on("2021-09-30"), on("2021-12-31")]);
    }

    #[test]
    fn a_table_entered_after_its_year_keeps_all_its_dates() {
        assert_eq!(
            rules(2021).unwrap().dates_from(2021, on("2026-11-23")).unwrap().len(),
            4
        );
    }

    #[test]
    fn a_year_before_the_first_rules_takes_the_first() {
        assert_eq!(rules(2001).unwrap().limit(2001).unwrap(), on("2001-12-31"));
        assert_eq!(rules(2021).unwrap().last_moving_day(2021).unwrap(), on("2022-01-31"));
    }
}
