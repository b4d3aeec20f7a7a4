//! The breakdown in force as lists to work through: its tasks, and the duties that are not answered.

use chrono::NaiveDate;
use kit::{Result, Site};
use uuid::Uuid;

use crate::assignment::model::Part;
use crate::evidence::service::Duty;
use crate::importing::store as breakdown;
use crate::measuring::records;
use crate::measuring::snapshot::Snapshot;
use crate::task::store::Claims;

/// A task in short.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskLine {
    /// Identity.
    pub id: Uuid,
    /// Number as printed.
    pub no: i32,
    /// Who leads it now.
    pub leads: Vec<Uuid>,
    /// Whether its units are still to be claimed (待认领).
    pub is_open_for_claims: bool,
}

async fn of_year(site: &Site, year: i32) -> Result<Option<Snapshot>> {
    let on = site.db.read();
    match breakdown::adopted_of(on, year).await? {
        Some(table) => Snapshot::of_table(on, table).await.map(Some),
        None => Ok(None),
    }
}

/// The tasks of the breakdown in force for a year, in order; none when there is no such breakdown.
///
/// # Errors
/// When the database fails.
pub async fn tasks(site: &Site, year: i32) -> Result<Vec<TaskLine>> {
    let today = site.clock.today();
    let Some(snapshot) = of_year(site, year).await? else {
        return Ok(Vec::new());
    };
    let line = |task: &crate::task::store::Task| TaskLine {
        id: task.id,
        no: task.no,
        leads: snapshot.units(task.id, Part::Lead, today),
        is_open_for_claims: task.claims() == Claims::Open,
    };
    Ok(snapshot.tasks.iter().map(line).collect())
}

/// Duties of a year whose reporting date has come near by `as_of` and that nobody answered.
///
/// # Errors
/// When the database fails.
pub async fn open_duties(site: &Site, year: i32, as_of: NaiveDate) -> Result<Vec<Duty>> {
    let Some(snapshot) = of_year(site, year).await? else {
        return Ok(Vec::new());
    };
    let mut duties = Vec::new();
    for task in &snapshot.tasks {
        for part in [Part::Responsible, Part::Lead] {
            let open = records::dues(&snapshot, task.id, part, as_of)
                .into_iter()
                .filter(|due| due.unfinished.is_some());
            duties.extend(open.map(|due| Duty {
                task: task.id,
                unit: due.owner,
                part,
                reporting_on: due.date,
            }));
        }
    }
    Ok(duties)
}
