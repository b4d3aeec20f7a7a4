//! Commands on tasks: binding measures.

use kit::account::Actor;
use kit::audit::Deed;
use kit::db::is_unique_violation;
use kit::{Error, Result, Site};
use serde_json::json;
use uuid::Uuid;

use super::store::{self, Claims};
use crate::COORDINATE;
use crate::assignment::model::{Origin, Part, State};
use crate::importing::store as breakdown;
use crate::measuring::snapshot::Snapshot;

/// A task with who owes what of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Identity.
    pub id: Uuid,
    /// Printed number.
    pub no: i32,
    /// Title.
    pub title: String,
    /// Whether units are still to be claimed.
    pub is_open: bool,
    /// Its assignments, withdrawn ones too.
    pub assignments: Vec<Owed>,
    /// Names of the measures it is measured by.
    pub measures: Vec<String>,
}

/// One assignment of an [`Overview`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Identity.
    pub id: Uuid,
    /// The unit.
    pub unit: Uuid,
    /// Which part.
    pub part: Part,
    /// How it came about.
    pub origin: Origin,
    /// Where it stands.
    pub state: State,
}

/// The tasks in force for a year with who owes what; none when no breakdown is in force.
///
/// # Errors
/// When the database fails.
pub async fn overview(site: &Site, year: i32) -> Result<Option<Vec<Overview>>> {
    let on = site.db.read();
    let Some(table) = breakdown::adopted_of(on, year).await? else {
        return Ok(None);
    };
    let snapshot = Snapshot::of_table(on, table).await?;
    Ok(Some(
        snapshot.tasks.iter().map(|task| overview_of(&snapshot, task)).collect(),
    ))
}

fn overview_of(snapshot: &Snapshot, task: &store::Task) -> Overview {
    let owed = |row: &crate::assignment::store::Assignment| Owed {
        id: row.id,
        unit: row.unit,
        part: row.part(),
        origin: row.origin(),
        state: row.state(),
    };
    let bindings = snapshot.bindings.iter().filter(|binding| binding.task == task.id);
    Overview {
        id: task.id,
        no: task.no,
        title: task.title.clone(),
        is_open: task.claims() == Claims::Open,
        assignments: snapshot.assignments(task.id).iter().map(owed).collect(),
        measures: bindings.map(|binding| binding.measure.clone()).collect(),
    }
}

/// Lets a measure measure a task.
///
/// # Errors
/// When the site has no such measure, or the task has it already.
pub async fn bind(site: &Site, by: &Actor, task: Uuid, measure: &str, topic: &str) -> Result<()> {
    by.require_district(&COORDINATE)?;
    let known = site
        .measure(measure)
        .ok_or_else(|| Error::refused("没有这个指标", "请从列表中选择"))?;
    if known.topic().is_none() && !topic.is_empty() {
        return Err(Error::refused(
            format!("“{}”不分主题", known.name()),
            "请把主题一栏留空",
        ));
    }
    let bound = site
        .write(by, |tx| async move {
            tx.lock("breakdown_task", task).await?;
            store::insert_binding(&tx, task, measure, topic).await?;
            let detail = json!({ "measure": measure, "topic": topic });
            tx.record(Deed::new("breakdown.bind", "task", task).detail(detail))
                .await?;
            Ok(())
        })
        .await;
    match bound {
        Err(Error::Database(e)) if is_unique_violation(&e) => {
            Err(Error::refused("这项任务已经用了这个指标", "无需重复添加"))
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
            return Err(Error::refused("这个指标已经取消", "请刷新页面查看"));
        }
        tx.record(Deed::new("breakdown.unbind", "task", task).detail(json!({ "binding": binding })))
            .await?;
        Ok(())
    })
    .await
}
