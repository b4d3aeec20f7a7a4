//! The one place that reads the clock, and civil dates in Shanghai.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, TimeZone, Utc};

/// Tells the time. Everything that needs a moment is given one; only handlers, jobs and commands ask a clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Clock {
        #[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
        Clock(Arc::new(Utc::now))
    }

    /// A clock that a test sets.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    /// This moment, in whole microseconds as both databases keep them.
    pub fn now(&self) -> DateTime<Utc> {
        let now = (self.0)();
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Today in Shanghai.
    pub fn today(&self) -> NaiveDate {
        shanghai(self.now()).date_naive()
    }
}

/// The moment as clocks in Shanghai show it (UTC+8 the whole year; China has kept no summer time since 1992).
pub fn shanghai(at: DateTime<Utc>) -> DateTime<FixedOffset> {
    let offset = FixedOffset::east_opt(8 * 3600).unwrap_or_else(|| unreachable!("eight hours are a valid offset"));
    offset.from_utc_datetime(&at.naive_utc())
}

/// The civil date in Shanghai at that moment.
pub fn civil_date(at: DateTime<Utc>) -> NaiveDate {
    shanghai(at).date_naive()
}

/// The first moment of a civil date in Shanghai.
pub fn beginning_of(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(chrono::NaiveTime::MIN).and_utc() - chrono::Duration::hours(8)
}

/// A date as people read it: 2025年3月31日.
pub fn spoken_date(date: NaiveDate) -> String {
    date.format("%Y年%-m月%-d日").to_string()
}

/// The day of the week: 星期一.
pub fn weekday(date: NaiveDate) -> &'static str {
    use chrono::Datelike;
    ["星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"]
        [date.weekday().num_days_from_monday() as usize]
}

/// A moment as pages show it: 2025-03-31 09:05, Shanghai time.
pub fn spoken_time(at: DateTime<Utc>) -> String {
    shanghai(at).format("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_changes_at_midnight_in_shanghai() {
        let before = Utc.with_ymd_and_hms(2021, 3, 30, 15, 59, 59).unwrap();
        let after = Utc.with_ymd_and_hms(2021, 3, 30, 16, 0, 0).unwrap();
        assert_eq!(spoken_date(civil_date(before)), "2021年3月30日");
        assert_eq!(spoken_date(civil_date(after)), "2021年3月31日");
        assert_eq!(spoken_time(after), "2021-03-31 00:00");
    }
}
