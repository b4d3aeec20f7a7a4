//! The measures over what units report: a record accepted by a second person, or a signed nil return.

use chrono::NaiveDate;
use futures::future::BoxFuture;
use kit::clock::{civil_date, spoken_date};
use kit::measure::{Measure, Measured, Question, Reading, Unfinished};
use kit::{Result, Site};
use uuid::Uuid;

use super::snapshot::Snapshot;
use super::{LEAD, RECORDS};
use crate::assignment::model::Part;
use crate::task::store as tasks;

/// Reports of one part: the responsible units' own, or the leads' on guiding and collecting.
pub(super) struct Reports {
    part: Part,
}

impl Reports {
    /// What responsible units report.
    pub fn responsible() -> Reports {
        Reports {
            part: Part::Responsible,
        }
    }

    /// What lead units report: guided, collected, reported.
    pub fn lead() -> Reports {
        Reports { part: Part::Lead }
    }
}

impl Measure for Reports {
    fn id(&self) -> &'static str {
        match self.part {
            Part::Responsible => RECORDS,
            Part::Lead => LEAD,
        }
    }

    fn name(&self) -> &'static str {
        match self.part {
            Part::Responsible => "按期报送工作佐证并经验收",
            Part::Lead => "牵头指导、汇总、上报",
        }
    }

    fn denominator(&self) -> &'static str {
        match self.part {
            Part::Responsible => "到期的报送日期，一期一件；经验收的佐证或有效的“本期无此事项”算完成",
            Part::Lead => "牵头单位到期的报送日期，一期一件；经验收的指导、汇总、上报材料算完成",
        }
    }

    fn keeper(&self) -> &'static str {
        "统筹单位（区政府办）：由它确定报送日期"
    }

    fn measures(&self) -> Measured {
        match self.part {
            Part::Responsible => Measured::Responsible,
            Part::Lead => Measured::Lead,
        }
    }

    fn take<'a>(&'a self, site: &'a Site, question: &'a Question) -> BoxFuture<'a, Result<Vec<Reading>>> {
        Box::pin(async move {
            let on = site.db.read();
            let (table, task) = tasks::with_table(on, question.task).await?;
            let snapshot = Snapshot::of_task(on, table, task).await?;
            Ok(readings(&snapshot, self.part, question))
        })
    }
}

/// The figures of one part of a task. A unit that ended hands its dates on to whoever took over; a date that both would owe
/// is owed once.
pub(super) fn readings(snapshot: &Snapshot, part: Part, question: &Question) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::new();
    for due in dues(snapshot, question.task, part, question.as_of) {
        if !question.units.contains(&due.shown_under) {
            continue;
        }
        let place = readings
            .iter()
            .position(|reading| reading.unit == due.shown_under)
            .unwrap_or_else(|| {
                readings.push(Reading::of(due.shown_under));
                readings.len() - 1
            });
        let Some(reading) = readings.get_mut(place) else {
            continue;
        };
        match due.unfinished {
            None => reading.add_done(),
            Some(item) => reading.add_unfinished(item),
        }
    }
    readings
}

/// One reporting date that is due.
pub(crate) struct Due {
    /// The unit under which it is shown: the one that owes it, or whoever took over since.
    pub shown_under: Uuid,
    /// The unit that owes it.
    pub owner: Uuid,
    /// The date.
    pub date: NaiveDate,
    /// What is missing; nothing when it is answered.
    pub unfinished: Option<Unfinished>,
    /// Whether a record waits to be accepted.
    pub is_waiting: bool,
}

/// The reporting dates of one part of a task whose window has opened by `as_of`.
pub(crate) fn dues(snapshot: &Snapshot, task: Uuid, part: Part, as_of: NaiveDate) -> Vec<Due> {
    let register = &snapshot.register;
    let mut dues: Vec<Due> = Vec::new();
    let begun = |from: Option<NaiveDate>| from.is_some_and(|from| from <= as_of);
    let of_part = snapshot
        .assignments(task)
        .iter()
        .filter(|row| row.part() == part && begun(row.active_from));
    for row in of_part {
        for date in row.dates().filter(|date| snapshot.rules.opens(*date) <= as_of) {
            // A date to come is still owed by the unit that exists now.
            let Some(owner) = register.follow(row.unit, date.min(as_of)) else {
                continue;
            };
            let Some(shown_under) = register.follow(owner, as_of) else {
                continue;
            };
            if !dues.iter().any(|due| due.owner == owner && due.date == date) {
                dues.push(judge(
                    snapshot,
                    task,
                    part,
                    Slot {
                        owner,
                        shown_under,
                        date,
                    },
                    as_of,
                ));
            }
        }
    }
    dues.sort_by_key(|due| due.date);
    dues
}

struct Slot {
    owner: Uuid,
    shown_under: Uuid,
    date: NaiveDate,
}

fn judge(snapshot: &Snapshot, task: Uuid, part: Part, slot: Slot, as_of: NaiveDate) -> Due {
    let Slot {
        owner,
        shown_under,
        date,
    } = slot;
    // What a unit handed in before it was merged counts for whoever owes the date since.
    let register = &snapshot.register;
    let is_of_owner = |unit: Uuid| unit == owner || register.follow(unit, date) == register.follow(owner, date);
    let handed_in = snapshot.records(task).iter().filter(|record| {
        is_of_owner(record.unit)
            && record.part == part.id()
            && record.reporting_on == date
            && civil_date(record.submitted_at) <= as_of
    });
    let (mut is_accepted, mut is_waiting) = (false, false);
    for record in handed_in {
        is_accepted |= record.is_accepted();
        is_waiting |= record.is_open();
    }
    let is_nil = snapshot.nils(task).iter().any(|nil| {
        is_of_owner(nil.unit) && nil.part == part.id() && nil.covers(date) && civil_date(nil.signed_at) <= as_of
    });
    let unfinished = (!is_accepted && !is_nil).then(|| unfinished(snapshot, task, part, owner, date, is_waiting));
    Due {
        shown_under,
        owner,
        date,
        unfinished,
        is_waiting,
    }
}

fn unfinished(
    snapshot: &Snapshot,
    task: Uuid,
    part: Part,
    owner: Uuid,
    date: NaiveDate,
    is_waiting: bool,
) -> Unfinished {
    let key = snapshot.task(task).map(|task| snapshot.key(task)).unwrap_or_default();
    let what = match (part, is_waiting) {
        (Part::Responsible, false) => "佐证未报送",
        (Part::Lead, false) => "指导、汇总、上报材料未报送",
        (_, true) => "已报送，等待验收",
    };
    Unfinished {
        title: format!("{}：{}{what}", spoken_date(date), snapshot.register.short_name(owner)),
        link: format!("/tasks/{key}/evidence?unit={owner}&part={}&date={date}", part.id()),
        due_on: Some(date),
    }
}
