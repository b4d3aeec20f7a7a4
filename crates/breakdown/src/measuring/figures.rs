//! The figures of a whole breakdown: each measure is asked once per task for all its units.

use std::collections::HashMap;

use chrono::NaiveDate;
use kit::measure::{Measured, Question, Reading, Unfinished};
use kit::{Result, Site};
use uuid::Uuid;

use super::snapshot::Snapshot;
use super::{CLAIMS, LEAD, RECORDS, claims, records};
use crate::assignment::model::Part;
use crate::importing::store as breakdown;
use crate::task::store::binding;

/// What is due and done, in one place of the board.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many things are due.
    pub due: usize,
    /// How many of them are done.
    pub done: usize,
    /// How many of the others are late.
    pub late: usize,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: &Tally) {
        self.due += other.due;
        self.done += other.done;
        self.late += other.late;
    }

    /// How many are neither done nor late.
    pub fn open(&self) -> usize {
        self.due.saturating_sub(self.done).saturating_sub(self.late)
    }

    pub(crate) fn add_reading(&mut self, reading: &Reading, as_of: NaiveDate) {
        self.due += usize::try_from(reading.due).unwrap_or(usize::MAX);
        self.done += usize::try_from(reading.done).unwrap_or(usize::MAX);
        self.late += reading.late(as_of);
    }
}

/// What one measure says of one task.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The task.
    pub task: Uuid,
    /// The binding.
    pub binding: Uuid,
    /// The part that the measure measures.
    pub part: Part,
    /// Name of the measure; empty when the site does not have it any more.
    pub name: &'static str,
    /// Its denominator.
    pub denominator: &'static str,
    /// Who keeps that.
    pub keeper: &'static str,
    /// Its topic; empty for none.
    pub topic: String,
    /// The figures.
    pub readings: Vec<Reading>,
}

/// The figures of a breakdown as of a day.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The day.
    pub as_of: NaiveDate,
    /// The day as of which things are late: what is due on the day itself is late once that day is over.
    pub late_as_of: NaiveDate,
    /// What each measure says.
    pub taken: Vec<Taken>,
    cells: HashMap<(Uuid, Uuid), Tally>,
}

/// The figures of the breakdown in force for a year, by task number and unit.
///
/// # Errors
/// When a measure or the database fails.
pub async fn of_year(site: &Site, year: i32, as_of: NaiveDate) -> Result<Option<(Snapshot, Figures)>> {
    let on = site.db.read();
    let Some(table) = breakdown::adopted_of(on, year).await? else {
        return Ok(None);
    };
    let snapshot = Snapshot::of_table(on, table).await?;
    let figures = take(site, &snapshot, as_of).await?;
    Ok(Some((snapshot, figures)))
}

/// Takes all figures of what the snapshot holds, in the course of that day.
pub(crate) async fn take(site: &Site, snapshot: &Snapshot, as_of: NaiveDate) -> Result<Figures> {
    take_judged(site, snapshot, as_of, as_of).await
}

/// Takes all figures at the close of that day, as a quarter's are.
pub(crate) async fn take_at_close(site: &Site, snapshot: &Snapshot, as_of: NaiveDate) -> Result<Figures> {
    take_judged(site, snapshot, as_of, as_of.succ_opt().unwrap_or(as_of)).await
}

async fn take_judged(site: &Site, snapshot: &Snapshot, as_of: NaiveDate, late_as_of: NaiveDate) -> Result<Figures> {
    let mut figures = Figures {
        as_of,
        late_as_of,
        taken: Vec::new(),
        cells: HashMap::new(),
    };
    for binding in &snapshot.bindings {
        if let Some(taken) = take_one(site, snapshot, binding, as_of).await? {
            figures.count(taken);
        }
    }
    Ok(figures)
}

async fn take_one(
    site: &Site,
    snapshot: &Snapshot,
    binding: &binding::Model,
    as_of: NaiveDate,
) -> Result<Option<Taken>> {
    let Some(measure) = site.measure(&binding.measure) else {
        return Ok(None);
    };
    let part = match measure.measures() {
        Measured::Responsible => Part::Responsible,
        Measured::Lead => Part::Lead,
    };
    let units = match binding.measure.as_str() {
        RECORDS | LEAD => snapshot.units_ever(binding.task, part, as_of),
        _ => snapshot.units(binding.task, part, as_of),
    };
    let question = Question {
        task: binding.task,
        topic: Some(binding.topic.clone()).filter(|topic| !topic.is_empty()),
        units,
        from: NaiveDate::from_ymd_opt(snapshot.table.year, 1, 1).unwrap_or(as_of),
        as_of,
    };
    // The breakdown's own measures read the snapshot, which holds all they need; a board of forty tasks asks the database
    // a handful of times.
    let readings = match binding.measure.as_str() {
        RECORDS => records::readings(snapshot, Part::Responsible, &question),
        LEAD => records::readings(snapshot, Part::Lead, &question),
        CLAIMS => claims::readings(snapshot, &question),
        _ => measure.take(site, &question).await?,
    };
    Ok(Some(Taken {
        task: binding.task,
        binding: binding.id,
        part,
        name: measure.name(),
        denominator: measure.denominator(),
        keeper: measure.keeper(),
        topic: binding.topic.clone(),
        readings,
    }))
}

impl Figures {
    fn count(&mut self, taken: Taken) {
        for reading in taken.readings.iter().filter(|reading| reading.due > 0) {
            let cell = self.cells.entry((taken.task, reading.unit)).or_default();
            cell.add_reading(reading, self.late_as_of);
        }
        self.taken.push(taken);
    }

    /// The figures of a unit in a task; none when nothing is due.
    pub fn cell(&self, task: Uuid, unit: Uuid) -> Option<&Tally> {
        self.cells.get(&(task, unit))
    }

    /// The figures of one part of a task for a unit.
    pub fn of_part(&self, task: Uuid, unit: Uuid, part: Part) -> Tally {
        let mut sum = Tally::default();
        let of_part = self
            .taken
            .iter()
            .filter(|taken| taken.task == task && taken.part == part);
        let readings = of_part
            .flat_map(|taken| &taken.readings)
            .filter(|reading| reading.unit == unit);
        readings.for_each(|reading| sum.add_reading(reading, self.late_as_of));
        sum
    }

    /// The figures of a task over all units.
    pub fn of_task(&self, task: Uuid) -> Tally {
        self.sum(|(cell_task, _)| *cell_task == task)
    }

    /// The figures of a unit over all tasks.
    pub fn of_unit(&self, unit: Uuid) -> Tally {
        self.sum(|(_, cell_unit)| *cell_unit == unit)
    }

    fn sum(&self, wanted: impl Fn(&(Uuid, Uuid)) -> bool) -> Tally {
        let mut sum = Tally::default();
        self.cells
            .iter()
            .filter(|(place, _)| wanted(place))
            .for_each(|(_, cell)| sum.add(cell));
        sum
    }

    /// Everything unfinished in a task, of one unit or of all, soonest first.
    pub fn unfinished(&self, task: Uuid, unit: Option<Uuid>) -> Vec<(Uuid, &Unfinished)> {
        let mut items: Vec<(Uuid, &Unfinished)> = self
            .taken
            .iter()
            .filter(|taken| taken.task == task)
            .flat_map(|taken| &taken.readings)
            .filter(|reading| unit.is_none_or(|unit| unit == reading.unit))
            .flat_map(|reading| reading.unfinished.iter().map(|item| (reading.unit, item)))
            .collect();
        items.sort_by_key(|(_, item)| (item.due_on.is_none(), item.due_on));
        items
    }
}
