//! Keeping the blob store in order: what rows name and the store lacks, and what the store holds and no row names.

use std::collections::BTreeSet;

use chrono::Duration;
use futures::{StreamExt, TryStreamExt};

use crate::backup::named_blobs;
use crate::blob::{BlobId, Condition, Stored};
use crate::error::Result;
use crate::job::{Cadence, HEAVY, JobKind, Schedule};
use crate::site::Site;

/// How long a blob may wait for the row that names it.
const ORPHAN_AFTER_HOURS: i64 = 24;

/// The nightly sweep.
const SWEEP: &str = "kit.sweep";
/// When it happens, in Shanghai.
pub(crate) const SCHEDULE: Schedule = Schedule {
    job: SWEEP,
    cadence: Cadence::Daily(3, 30),
};

/// The kind of job that sweeps.
pub(crate) fn job() -> JobKind {
    JobKind {
        id: SWEEP,
        name: "清理无主文件",
        class: &HEAVY,
        attempts: 3,
        run: Box::new(|site, _| {
            Box::pin(async move {
                let swept = sweep(&site).await?;
                tracing::info!(blobs = swept.count, bytes = swept.bytes, "orphaned blobs were swept");
                Ok(())
            })
        }),
    }
}

/// What stands in the store beside what rows name.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Blobs that rows name.
    pub named: BTreeSet<BlobId>,
    /// Named and not in the store.
    pub missing: Vec<BlobId>,
    /// In the store for more than a day, and named by no row.
    pub orphans: Vec<Stored>,
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// How many blobs.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Compares the store with the rows.
///
/// # Errors
/// When the store cannot be listed or the database not be read.
pub async fn inventory(site: &Site) -> Result<Inventory> {
    // The store is listed first: what is put there and named in the meantime is then no orphan.
    let stored: Vec<Stored> = site.blobs.list().try_collect().await?;
    let named = named_blobs(&site.db).await?;
    let standing: BTreeSet<&BlobId> = stored.iter().map(|blob| &blob.id).collect();
    let missing = named.iter().filter(|id| !standing.contains(id)).cloned().collect();
    let until = site.clock.now() - Duration::hours(ORPHAN_AFTER_HOURS);
    let orphans = stored
        .iter()
        .filter(|blob| blob.put_at < until && !named.contains(&blob.id))
        .cloned()
        .collect();
    Ok(Inventory {
        named,
        missing,
        orphans,
    })
}

/// Removes blobs that no row has named for more than a day: what an upload left that was cut short. A file given again puts
/// its blob there anew ([`crate::blob::Blobs::put`]), so that its day begins again.
///
/// # Errors
/// As [`inventory`], and when the store refuses.
pub async fn sweep(site: &Site) -> Result<Swept> {
    let mut swept = Swept { count: 0, bytes: 0 };
    let until = site.clock.now() - Duration::hours(ORPHAN_AFTER_HOURS);
    for orphan in inventory(site).await?.orphans {
        // Looked at again right before it goes, because somebody may have given the same file in the meantime.
        if site.blobs.put_at(&orphan.id).await?.is_some_and(|at| at < until) {
            site.blobs.remove(&orphan.id).await?;
            swept.count += 1;
            swept.bytes += orphan.size;
        }
    }
    Ok(swept)
}

/// Reads some of the named blobs, evenly spread and at most so many, and returns those with other bytes than their names
/// say. With `most` above their number it reads them all.
///
/// # Errors
/// When the store cannot be read.
pub async fn changed(site: &Site, named: &BTreeSet<BlobId>, most: usize) -> Result<Vec<BlobId>> {
    let step = named.len().div_ceil(most.max(1)).max(1);
    let looked: Vec<(BlobId, bool)> = futures::stream::iter(named.iter().step_by(step))
        .map(|id| async move { Ok::<_, crate::Error>((id.clone(), site.blobs.look(id).await? == Condition::Changed)) })
        .buffer_unordered(4)
        .try_collect()
        .await?;
    Ok(looked
        .into_iter()
        .filter(|(_, changed)| *changed)
        .map(|(id, _)| id)
        .collect())
}
