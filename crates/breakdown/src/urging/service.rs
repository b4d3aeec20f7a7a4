//! What is unfinished of a unit, and the notice about all of it.

use chrono::NaiveDate;
use kit::account::Actor;
use kit::measure::Unfinished;
use kit::notice::service::MOST_ITEMS;
use kit::notice::{self, Issued, Item, Kind, Urging};
use kit::{Error, Result, Site};
use uuid::Uuid;

use crate::board::routes::latest_day;
use crate::importing::store as breakdown;
use crate::measuring::figures::{self, Figures};
use crate::measuring::snapshot::Snapshot;
use crate::task::store as tasks;

/// What an urging may be about: a task, or all tasks of the newest breakdown in force.
pub(crate) struct Scope {
    pub snapshot: Snapshot,
    pub figures: Figures,
    /// Readable name of the task; empty for all tasks.
    pub key: String,
}

impl Scope {
    /// What a key names; an empty one names all tasks.
    pub(crate) async fn load(site: &Site, key: &str) -> Result<Scope> {
        let on = site.db.read();
        let snapshot = if key.is_empty() {
            let table = breakdown::adopted(on).await?.into_iter().next();
            let table = table.ok_or_else(|| Error::not_found("生效的分解表"))?;
            Snapshot::of_table(on, table).await?
        } else {
            let (table, task) = tasks::by_key(on, key).await?;
            Snapshot::of_task(on, table, task).await?
        };
        let as_of = latest_day(&snapshot.table, site.clock.today())?;
        let figures = figures::take(site, &snapshot, as_of).await?;
        Ok(Scope {
            snapshot,
            figures,
            key: key.to_string(),
        })
    }

    /// What a unit has not finished, the soonest first.
    pub(crate) fn unfinished(&self, unit: Uuid) -> Vec<&Unfinished> {
        let mut found: Vec<&Unfinished> = Vec::new();
        for task in &self.snapshot.tasks {
            let of_task = self.figures.unfinished(task.id, Some(unit));
            found.extend(of_task.into_iter().map(|(_, item)| item));
        }
        found.sort_by_key(|item| (item.due_on.is_none(), item.due_on));
        found
    }

    /// Units with something unfinished and how much: in all, and late.
    pub(crate) fn units(&self) -> Vec<(Uuid, usize, usize)> {
        let as_of = self.figures.as_of;
        let units = self.snapshot.register.active(as_of).map(|unit| unit.id);
        let counted = units.map(|unit| {
            let items = self.unfinished(unit);
            let late = items.iter().filter(|item| item.is_late(as_of)).count();
            (unit, items.len(), late)
        });
        counted.filter(|(_, all, _)| *all > 0).collect()
    }

    /// What it is about, in words.
    pub(crate) fn words(&self) -> String {
        match self.snapshot.tasks.first() {
            Some(task) if !self.key.is_empty() => task.line(),
            _ => format!("{}年政务公开任务", self.snapshot.table.year),
        }
    }

    fn subject(&self) -> String {
        match self.snapshot.tasks.first() {
            Some(task) if !self.key.is_empty() => format!("breakdown.task:{}", task.id),
            _ => format!("breakdown:{}", self.snapshot.table.id),
        }
    }

    /// Where a unit sees it.
    fn place(&self, unit: Uuid) -> String {
        if self.key.is_empty() {
            "/duties".into()
        } else {
            format!("/tasks/{}?unit={unit}#unfinished", self.key)
        }
    }
}

/// Urges or supervises a unit about everything it has not finished: of one task, named by its key, or of all tasks.
///
/// # Errors
/// As [`notice::urge`].
pub async fn urge(
    site: &Site,
    by: &Actor,
    kind: Kind,
    key: &str,
    unit: Uuid,
    words: &str,
    due_on: NaiveDate,
) -> Result<Issued> {
    let scope = Scope::load(site, key).await?;
    let items = scope.unfinished(unit);
    let urging = Urging {
        kind,
        unit,
        subject: scope.subject(),
        title: format!("{}：{} 件未完成", scope.words(), items.len()),
        words: words.trim().to_string(),
        items: items.into_iter().take(MOST_ITEMS).map(item_of).collect(),
        link: scope.place(unit),
        due_on,
    };
    notice::urge(site, by, &urging).await
}

fn item_of(item: &Unfinished) -> Item {
    Item {
        title: item.title.clone(),
        link: item.link.clone(),
        due_on: item.due_on,
    }
}

/// Units that have something unfinished in the newest breakdown in force, the one with most of it late first.
///
/// # Errors
/// When no breakdown is in force, or the database fails.
pub async fn open_units(site: &Site) -> Result<Vec<Uuid>> {
    let mut units = Scope::load(site, "").await?.units();
    units.sort_by_key(|(_, all, late)| std::cmp::Reverse((*late, *all)));
    Ok(units.into_iter().map(|(unit, ..)| unit).collect())
}
