//! The sequencer: gives committed entries their positions.

use chrono::Duration;
use kit::Site;
use kit::account::Actor;
use kit::error::{Error, Result};
use uuid::Uuid;

use super::store;

/// Entries numbered in one transaction.
const BATCH: u64 = 500;
/// How long a node keeps the lease without renewing it.
const LEASE_SECONDS: i64 = 10;

/// Numbers what waits, when this node may; returns how many entries it numbered.
///
/// The lease is taken, checked and renewed in the transaction that numbers, under a lock that only one transaction on
/// any node can hold: a node whose lease was taken over while it slept finds that out before it writes, and the unique
/// index on positions stands behind all of it.
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
        let expires_at = tx.at() + Duration::seconds(LEASE_SECONDS);
        if store::hold_lease(&tx, node, expires_at).await?.is_none() {
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
