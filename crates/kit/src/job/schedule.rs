//! What happens at set times.

use chrono::{DateTime, Duration, Timelike, Utc};
use serde_json::Value;

use super::{NewJob, store};
use crate::account::Actor;
use crate::clock::shanghai;
use crate::error::{Error, Result};
use crate::site::Site;

/// A job that is enqueued at set times. Each time has a key of its own, so that it is enqueued once, on whichever node,
/// also when clocks jump; a time that passed while nothing ran is made up for once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// The kind of job.
    pub job: &'static str,
    /// When.
    pub cadence: Cadence,
}

/// When a scheduled job is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// Every so many minutes, counted from midnight in Shanghai; a divisor of a day.
    Minutes(u32),
    /// Every day at this hour and minute in Shanghai.
    Daily(u32, u32),
}

impl Cadence {
    /// The last time due at or before a moment, as its key: `2021-03-31T02:00`.
    pub fn last_before(self, at: DateTime<Utc>) -> String {
        let local = shanghai(at);
        let into_day = local.hour() * 60 + local.minute();
        let (day, minute) = match self {
            Cadence::Minutes(every) => (local.date_naive(), into_day - into_day % every.max(1)),
            Cadence::Daily(hour, minute) if into_day >= hour * 60 + minute => (local.date_naive(), hour * 60 + minute),
            Cadence::Daily(hour, minute) => ((local - Duration::days(1)).date_naive(), hour * 60 + minute),
        };
        format!("{day}T{:02}:{:02}", minute / 60, minute % 60)
    }
}

/// Enqueues every scheduled job whose time has come and that is not there yet. `done` remembers what this process has
/// seen, so that the database is asked only when a time has come.
///
/// # Errors
/// When the database fails.
pub(super) async fn enqueue_due(site: &Site, done: &mut Vec<(&'static str, String)>) -> Result<()> {
    let now = site.db.shared(site.clock.now());
    for schedule in site.schedules() {
        let slot = schedule.cadence.last_before(now);
        if done.iter().any(|(job, seen)| *job == schedule.job && *seen == slot) {
            continue;
        }
        let Some(kind) = site.job_kinds().find(|kind| kind.id == schedule.job) else {
            return Err(Error::Internal(format!("no kind of job is called {}", schedule.job)));
        };
        let (kind, class, key) = (kind.id, kind.class, &slot);
        site.write(&Actor::program("定时"), |tx| async move {
            tx.housekeeping();
            let job = NewJob {
                kind,
                class,
                key: key.clone(),
                payload: Value::Null,
                run_at: None,
            };
            store::enqueue(&tx, job).await?;
            Ok::<_, Error>(())
        })
        .await?;
        done.retain(|(job, _)| *job != schedule.job);
        done.push((schedule.job, slot));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;

    use super::*;

    #[test]
    fn a_time_has_one_key_until_the_next_one() {
        let at = |hour, minute| Utc.with_ymd_and_hms(2021, 3, 30, hour, minute, 0).unwrap();
        let night = Cadence::Daily(2, 0);
        assert_eq!(night.last_before(at(17, 59)), "2021-03-30T02:00");
        assert_eq!(night.last_before(at(18, 0)), "2021-03-31T02:00", "two in Shanghai");
        let often = Cadence::Minutes(15);
        assert_eq!(often.last_before(at(16, 14)), "2021-03-31T00:00");
        assert_eq!(often.last_before(at(16, 15)), "2021-03-31T00:15");
    }
}
