//! A clock that stands still until a story moves it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, NaiveDate, TimeZone, Utc};
use kit::clock::Clock;

/// The time of a story. It begins on Monday, 10 May 2021, at ten in Shanghai.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl Default for TestClock {
    fn default() -> TestClock {
        let clock = TestClock(Arc::new(AtomicI64::new(0)));
        clock.set_date(NaiveDate::from_ymd_opt(2021, 5, 10).unwrap());
        clock
    }
}

impl TestClock {
    /// The clock to give to the application.
    pub fn clock(&self) -> Clock {
        let own = self.clone();
        Clock::from_fn(move || own.now())
    }

    /// This moment.
    pub fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }

    /// Makes it ten in the morning of a day in Shanghai.
    pub fn set_date(&self, date: NaiveDate) {
        self.set(Utc.from_utc_datetime(&date.and_hms_opt(2, 0, 0).unwrap()));
    }

    /// Makes it this moment.
    pub fn set(&self, at: DateTime<Utc>) {
        self.0.store(at.timestamp_micros(), Ordering::SeqCst);
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }
}
