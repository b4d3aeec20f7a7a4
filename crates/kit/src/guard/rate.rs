//! So many per window, as arithmetic.
//!
//! A meter is one moment: when what has been counted will have drained away. Each event moves it on by an even share of the
//! window, and the limit is reached when it lies a whole window ahead. So the full number may come at once, and then as
//! many per window as the limit says, without a boundary at which twice the number would slip through.

use chrono::{DateTime, Utc};

/// So many per so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many; at least 1.
    pub many: u32,
    /// In how many seconds.
    pub seconds: u32,
}

impl Rate {
    /// So many in so many minutes.
    pub const fn per_minutes(many: u32, minutes: u32) -> Rate {
        Rate {
            many,
            seconds: minutes * 60,
        }
    }

    /// The window, in microseconds.
    pub(super) fn window(self) -> i64 {
        i64::from(self.seconds) * 1_000_000
    }

    /// By how much one event moves the meter on, in microseconds.
    pub(super) fn step(self) -> i64 {
        self.window() / i64::from(self.many.max(1))
    }

    /// Seconds until one more may come, when the meter stands at `until` after counting it; none when it may come now.
    pub(super) fn excess(self, until: i64, now: DateTime<Utc>) -> Option<u64> {
        let over = until - now.timestamp_micros() - self.step() * i64::from(self.many.max(1));
        (over > 0).then(|| over.unsigned_abs().div_ceil(1_000_000))
    }

    /// How many windows the meter is ahead.
    pub(super) fn fill(self, until: i64, now: DateTime<Utc>) -> i64 {
        let ahead = until - now.timestamp_micros();
        // A meter that is exactly full has not gone beyond the limit.
        if ahead <= 0 {
            0
        } else {
            (ahead - 1) / self.window().max(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { many: 3, seconds: 60 };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_620_612_000 + seconds, 0).unwrap()
    }

    /// Counts as the database does.
    fn count(until: i64, now: DateTime<Utc>) -> i64 {
        until.max(now.timestamp_micros()) + RATE.step()
    }

    #[test]
    fn the_whole_number_may_come_at_once_and_then_one_by_one() {
        let mut until = 0;
        for _ in 0..3 {
            until = count(until, at(0));
            assert_eq!(RATE.excess(until, at(0)), None);
        }
        assert_eq!(RATE.excess(count(until, at(0)), at(0)), Some(20));
        assert_eq!(RATE.excess(count(until, at(19)), at(19)), Some(1));
        until = count(until, at(20));
        assert_eq!(RATE.excess(until, at(20)), None);
        assert_eq!(RATE.excess(count(until, at(21)), at(21)), Some(19));
    }

    #[test]
    fn windows_beyond_the_limit_are_counted_whole() {
        let ahead = |seconds: i64| RATE.fill(at(seconds).timestamp_micros(), at(0));
        assert_eq!([ahead(-5), ahead(0), ahead(60), ahead(61), ahead(121)], [0, 0, 0, 1, 2]);
    }
}
