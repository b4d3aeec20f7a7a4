//! The measure over tasks whose units are still to be claimed (待认领).

use futures::future::BoxFuture;
use kit::clock::civil_date;
use kit::measure::{Measure, Measured, Question, Reading, Unfinished};
use kit::{Result, Site};

use super::CLAIMS;
use super::snapshot::Snapshot;
use crate::task::store::{self as tasks, Claims};

/// Whether the list of units concerned has been proposed and settled.
pub(super) struct Claimed;

impl Measure for Claimed {
    fn id(&self) -> &'static str {
        CLAIMS
    }

    fn name(&self) -> &'static str {
        "有关单位名单提出并确认"
    }

    fn denominator(&self) -> &'static str {
        "分解表写“有关单位”的任务，每项一份名单；统筹单位确认名单已齐算完成"
    }

    fn keeper(&self) -> &'static str {
        "统筹单位（区政府办）：由它确认名单"
    }

    fn measures(&self) -> Measured {
        Measured::Lead
    }

    fn take<'a>(&'a self, site: &'a Site, question: &'a Question) -> BoxFuture<'a, Result<Vec<Reading>>> {
        Box::pin(async move {
            let on = site.db.read();
            let (table, task) = tasks::with_table(on, question.task).await?;
            let snapshot = Snapshot::of_task(on, table, task).await?;
            Ok(readings(&snapshot, question))
        })
    }
}

pub(super) fn readings(snapshot: &Snapshot, question: &Question) -> Vec<Reading> {
    let Some(task) = snapshot.task(question.task) else {
        return Vec::new();
    };
    if task.claims() == Claims::None {
        return Vec::new();
    }
    let is_settled = task
        .claims_settled_at
        .is_some_and(|at| civil_date(at) <= question.as_of);
    let reading = |unit| {
        let mut reading = Reading::of(unit);
        if is_settled {
            reading.add_done();
        } else {
            reading.add_unfinished(Unfinished {
                title: format!("第{}项的有关单位名单没有确认", task.no),
                link: format!("/claims/{}", snapshot.key(task)),
                due_on: task.claims_due_on,
            });
        }
        reading
    };
    question.units.iter().copied().map(reading).collect()
}
