//! Commands on tasks: binding measures.

use kit::account::Actor;
use kit::audit::Deed;
use kit::db::is_unique_violation;
use kit::{Error, Result, Site};
use serde_json::json;
use uuid::Uuid;

use super::store;
use crate::COORDINATE;

/// Lets a measure measure a task.
///
/// # Errors
/// When the site has no such measure, or the task has it already.
pub async fn bind(site: &Site, by: &Actor, task: Uuid, measure: &str, topic: &str) -> Result<()> {
    by.require_district(&COORDINATE)?;
    let known = site.measure(measure).ok_or_else(|| Error::refused("没有这个量度", "请从列表中选择"))?;
    if known.topic().is_none() && !topic.is_empty() {
        return Err(Error::refused(format!("“{}”不分主题", known.name()), "请把主题一栏留空"));
    }
    let bound = site
        .write(by, |tx| async move {
            tx.lock("breakdown_task", task).await?;
            store::insert_binding(&tx, task, measure, topic).await?;
            let detail = json!({ "measure": measure, "topic": topic });
            tx.record(Deed::new("breakdown.bind", "task", task).detail(detail)).await?;
            Ok(())
        })
        .await;
    match bound {
        Err(Error::Database(e)) if is_unique_violation(&e) => {
            Err(Error::refused("这项任务已经用了这个量度", "无需重复添加"))
        }
        other => other,
    }
}

/// Takes a measure away from a task.
///
/// # Errors
/// When the task does not have it.
pub async fn unbind(site: &Site, by: &Actor, task: Uuid, binding: Uuid) -> Result<()> {
    by.require_district(&COORDINATE)?;
    site.write(by, |tx| async move {
        tx.lock("breakdown_task", task).await?;
        if !store::delete_binding(&tx, task, binding).await? {
            return Err(Error::refused("这个量度已经取消", "请刷新页面查看"));
        }
        tx.record(Deed::new("breakdown.unbind", "task", task).detail(json!({ "binding": binding }))).await?;
        Ok(())
    })
    .await
}
