//! Everything that the breakdown's own measures and pages look at, loaded once for a whole breakdown or one task.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::Result;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::assignment::model::Part;
use crate::assignment::store::{self as assignments, Assignment};
use crate::evidence::store::{self as evidence, Nil, Record};
use crate::importing::store as breakdown;
use crate::register::Register;
use crate::reporting::{self, Rules};
use crate::task::store::{self as tasks, Task, binding};

/// A breakdown in force with what hangs on its tasks.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) table: breakdown::Model,
    pub(crate) rules: Rules,
    pub(crate) register: Register,
    pub(crate) tasks: Vec<Task>,
    pub(crate) bindings: Vec<binding::Model>,
    assignments: HashMap<Uuid, Vec<Assignment>>,
    records: HashMap<Uuid, Vec<Record>>,
    nils: HashMap<Uuid, Vec<Nil>>,
}

impl Snapshot {
    /// All tasks of a breakdown.
    pub(crate) async fn of_table(on: &impl ConnectionTrait, table: breakdown::Model) -> Result<Snapshot> {
        let all = tasks::of_breakdown(on, table.id).await?;
        Snapshot::load(on, table, all).await
    }

    /// One task.
    pub(crate) async fn of_task(on: &impl ConnectionTrait, table: breakdown::Model, task: Task) -> Result<Snapshot> {
        Snapshot::load(on, table, vec![task]).await
    }

    /// The newest breakdown in force, if there is one.
    pub(crate) async fn newest(on: &impl ConnectionTrait) -> Result<Option<Snapshot>> {
        match breakdown::adopted(on).await?.into_iter().next() {
            Some(table) => Snapshot::of_table(on, table).await.map(Some),
            None => Ok(None),
        }
    }

    async fn load(on: &impl ConnectionTrait, table: breakdown::Model, tasks: Vec<Task>) -> Result<Snapshot> {
        let ids: Vec<Uuid> = tasks.iter().map(|task| task.id).collect();
        Ok(Snapshot {
            rules: reporting::rules(table.year)?,
            register: Register::load(on).await?,
            bindings: tasks::bindings(on, &ids).await?,
            assignments: by(assignments::of_tasks(on, &ids).await?, |row| row.task),
            records: by(evidence::records(on, &ids).await?, |row| row.task),
            nils: by(evidence::nils(on, &ids).await?, |row| row.task),
            table,
            tasks,
        })
    }

    /// A task by its identity.
    pub(crate) fn task(&self, id: Uuid) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// Readable name of a task in addresses.
    pub(crate) fn key(&self, task: &Task) -> String {
        tasks::key(self.table.year, task.no)
    }

    /// Assignments of a task, withdrawn ones too.
    pub(crate) fn assignments(&self, task: Uuid) -> &[Assignment] {
        self.assignments.get(&task).map(Vec::as_slice).unwrap_or_default()
    }

    /// Records of a task.
    pub(crate) fn records(&self, task: Uuid) -> &[Record] {
        self.records.get(&task).map(Vec::as_slice).unwrap_or_default()
    }

    /// Nil returns of a task.
    pub(crate) fn nils(&self, task: Uuid) -> &[Nil] {
        self.nils.get(&task).map(Vec::as_slice).unwrap_or_default()
    }

    /// The units that do this part of a task on that day, those that took over in place of those that ended.
    pub(crate) fn units(&self, task: Uuid, part: Part, on: NaiveDate) -> Vec<Uuid> {
        self.units_where(task, on, |row| row.part() == part && row.is_active(on))
    }

    /// The units that do or did this part of a task: those from which it was withdrawn still owe what fell due before.
    pub(crate) fn units_ever(&self, task: Uuid, part: Part, on: NaiveDate) -> Vec<Uuid> {
        let has_begun = |row: &Assignment| row.active_from.is_some_and(|from| from <= on);
        self.units_where(task, on, |row| row.part() == part && has_begun(row))
    }

    fn units_where(&self, task: Uuid, on: NaiveDate, wanted: impl Fn(&Assignment) -> bool) -> Vec<Uuid> {
        let mut units = Vec::new();
        let rows = self.assignments(task).iter().filter(|row| wanted(row));
        for unit in rows.filter_map(|row| self.register.follow(row.unit, on)) {
            if !units.contains(&unit) {
                units.push(unit);
            }
        }
        units
    }

    /// The lead units of a task on that day by their short names.
    pub(crate) fn lead_names(&self, task: Uuid, on: NaiveDate) -> String {
        let names: Vec<String> = self
            .units(task, Part::Lead, on)
            .into_iter()
            .map(|unit| self.register.short_name(unit))
            .collect();
        names.join("、")
    }

    /// Whether a task is measured by this measure.
    pub(crate) fn is_bound(&self, task: Uuid, measure: &str) -> bool {
        self.bindings
            .iter()
            .any(|binding| binding.task == task && binding.measure == measure)
    }
}

fn by<T>(rows: Vec<T>, task: impl Fn(&T) -> Uuid) -> HashMap<Uuid, Vec<T>> {
    let mut grouped: HashMap<Uuid, Vec<T>> = HashMap::new();
    for row in rows {
        grouped.entry(task(&row)).or_default().push(row);
    }
    grouped
}
