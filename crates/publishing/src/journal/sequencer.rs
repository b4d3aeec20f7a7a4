//! The sequencer: gives committed entries their positions.

use kit::Site;
use kit::account::Actor;
use kit::error::{Error, Result};
use uuid::Uuid;

use super::store;

/// Entries numbered in one transaction.
const BATCH: u64 = 500;
/// How long a node keeps the lease without renewing it.
pub(super) const LEASE_SECONDS: i64 = 10;

/// Numbers what waits, when this node may; returns how many entries it numbered.
///
/// The lease is taken, checked and renewed in the transaction that numbers, under a lock that only one transaction on
/// any node can hold: a node whose lease was taken over while it slept finds that out before it writes, and the unique
/// index on positions stands behind all of it. A node that falls asleep inside that transaction loses it, because the
/// database ends a transaction in which nothing is said for some seconds (see `kit::db`), and the lock with it. Leases run
/// by the database's clock, so that a node whose own clock is wrong holds nobody up.
///
/// # Errors
/// When the database fails.
pub async fn sequence(site: &Site, node: Uuid) -> Result<u64> {
    let mut numbered = 0;
    while store::is_waiting(site.db.read()).await? {
        let count = number_batch(site, node).await?;
        if count == 0 {
            break;
        }
        numbered += count;
    }
    Ok(numbered)
}

async fn number_batch(site: &Site, node: Uuid) -> Result<u64> {
    site.write(&Actor::program("发布日志"), |tx| async move {
        tx.housekeeping();
        tx.lock_name("journal sequencer").await?;
        if store::hold_lease(&tx, node).await?.is_none() {
            return Ok::<_, Error>(0);
        }
        let mut position = store::newest_position(tx.on()).await?;
        let waiting = store::waiting(&tx, BATCH).await?;
        for id in &waiting {
            position += 1;
            store::number(&tx, *id, position).await?;
        }
        Ok(waiting.len() as u64)
    })
    .await
}

/// Gives the lease back, when this node holds it, so that another takes over at once instead of when it expires.
///
/// # Errors
/// When the database fails.
pub async fn hand_over(site: &Site, node: Uuid) -> Result<()> {
    site.write(&Actor::program("发布日志"), |tx| async move {
        tx.housekeeping();
        Ok::<_, Error>(store::end_lease(&tx, node).await?)
    })
    .await
}
