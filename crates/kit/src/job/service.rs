//! What the system administrator does with jobs. Each is a deed.

use serde_json::json;
use uuid::Uuid;

use super::{MANAGE, store};
use crate::account::Actor;
use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::site::Site;

/// The longest reason, in characters.
const LONGEST_REASON: usize = 200;

/// Lets a job begin again from its first try, at once.
///
/// # Errors
/// When it runs or is over, or the permission is missing.
pub async fn retry(site: &Site, by: &Actor, id: Uuid) -> Result<()> {
    by.require_district(&MANAGE)?;
    site.write(by, |tx| async move {
        let job = store::find(tx.on(), id)
            .await?
            .ok_or_else(|| Error::not_found("这个后台任务"))?;
        if !store::retry(&tx, id).await? {
            return Err(Error::refused("这个任务正在执行或已经结束，不能重试", "请刷新页面查看"));
        }
        tx.ring();
        let deed = Deed::new("job.retry", "job", id);
        tx.record(deed.detail(json!({ "kind": job.kind, "key": job.idempotency_key })))
            .await?;
        Ok(())
    })
    .await
}

/// Lets every poisoned job of a kind begin again; returns how many there were.
///
/// # Errors
/// When there are none, or the permission is missing.
pub async fn retry_poisoned(site: &Site, by: &Actor, kind: &str) -> Result<u64> {
    by.require_district(&MANAGE)?;
    site.write(by, |tx| async move {
        let jobs = store::retry_poisoned(&tx, kind).await?;
        if jobs == 0 {
            return Err(Error::refused("这一类没有多次失败的任务", "请刷新页面查看"));
        }
        tx.ring();
        let deed = Deed::new("job.retry_poisoned", "job", Uuid::nil());
        tx.record(deed.detail(json!({ "kind": kind, "jobs": jobs }))).await?;
        Ok(jobs)
    })
    .await
}

/// Drops a job for good, with a reason; one that runs can from then on neither write nor end.
///
/// # Errors
/// When no reason is given, the job is over, or the permission is missing.
pub async fn drop(site: &Site, by: &Actor, id: Uuid, reason: &str) -> Result<()> {
    by.require_district(&MANAGE)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Error::refused(
            format!("放弃任务要写理由，最多 {LONGEST_REASON} 个字"),
            "请写明为什么不再执行",
        ));
    }
    site.write(by, |tx| async move {
        tx.lock("job", id).await?;
        let job = store::find(tx.on(), id)
            .await?
            .ok_or_else(|| Error::not_found("这个后台任务"))?;
        if !store::drop(&tx, id, reason).await? {
            return Err(Error::refused("这个任务已经结束", "请刷新页面查看"));
        }
        let deed = Deed::new("job.drop", "job", id);
        tx.record(deed.detail(json!({ "kind": job.kind, "key": job.idempotency_key, "reason": reason })))
            .await?;
        Ok(())
    })
    .await
}
