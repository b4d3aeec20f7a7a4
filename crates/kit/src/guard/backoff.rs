//! Waits that double with every failure, after some that cost nothing.

use super::{keys, store};
use crate::account::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::site::Site;

/// The first wait, in seconds; each further failure doubles it.
const FIRST_WAIT: i64 = 5;

/// A limit on failures in a row by one name, one address, one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Its name, which keeps its counts apart from others'.
    pub name: &'static str,
    /// Failures that cost nothing; the last of them brings the first wait.
    pub free: i32,
    /// The longest wait, in seconds.
    pub longest: i64,
    /// After so many seconds without a failure all are forgotten; longer than the longest wait.
    pub quiet: i64,
}

impl Backoff {
    /// Seconds to wait after so many failures in a row.
    fn wait_after(&self, failures: i32) -> i64 {
        if failures < self.free {
            return 0;
        }
        let doublings = u32::try_from(failures - self.free).unwrap_or(0).min(20);
        (FIRST_WAIT << doublings).min(self.longest)
    }

    /// Refuses while any of these has to wait. Reads only.
    ///
    /// # Errors
    /// [`Error::TooMany`] with the seconds left.
    pub async fn refuse_while_waiting(site: &Site, counted: &[(&Backoff, &str)]) -> Result<()> {
        let now = site.clock.now();
        let keys = key_hashes(site, counted)?;
        let meters = store::meters(site.db.read(), &keys, now).await?;
        let latest = meters.into_iter().max().unwrap_or(0);
        let left = (latest - now.timestamp_micros()) / 1_000_000;
        // A longer wait than there is was noted before the clock was set back.
        let longest = counted.iter().map(|(limit, _)| limit.longest).max().unwrap_or(0);
        if (1..=longest).contains(&left) {
            return Err(Error::TooMany(left.unsigned_abs()));
        }
        Ok(())
    }

    /// Counts a failure under each of these; at every node, also for those who fail at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn failed(site: &Site, counted: &[(&Backoff, &str)]) -> Result<()> {
        let keys = &key_hashes(site, counted)?;
        site.write(&Actor::program("限速"), |tx| async move {
            for ((limit, _), key) in counted.iter().zip(keys) {
                let failures = store::fail(&tx, key, limit.quiet * 1_000_000).await?;
                let wait = limit.wait_after(failures) * 1_000_000;
                store::refuse_until(&tx, key, tx.at().timestamp_micros() + wait).await?;
            }
            store::sweep(&tx, store::COUNTS).await?;
            tx.housekeeping();
            Ok::<_, Error>(())
        })
        .await
    }

    /// Forgets the failures of one subject, because it has just shown that it knows what it should.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive(&self, site: &Site, tx: &Tx, subject: &str) -> Result<()> {
        Ok(store::forget(tx, &keys::key_hash(site, self.name, subject)?).await?)
    }
}

fn key_hashes(site: &Site, counted: &[(&Backoff, &str)]) -> Result<Vec<String>> {
    counted
        .iter()
        .map(|(limit, subject)| keys::key_hash(site, limit.name, subject))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let limit = Backoff {
            name: "t",
            free: 5,
            longest: 900,
            quiet: 3600,
        };
        let waits: Vec<i64> = (0..15).map(|n| limit.wait_after(n)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(limit.wait_after(i32::MAX), 900);
    }
}
