//! What the breakdown puts on somebody's list of work (我的工作).

use chrono::NaiveDate;
use kit::account::Actor;
use kit::capability::WorkItem;
use kit::{Result, Site};
use uuid::Uuid;

use crate::assignment::model::{Part, State};
use crate::assignment::store::Assignment;
use crate::board::routes::latest_day;
use crate::evidence::service::may_accept;
use crate::measuring::records::{Due, dues};
use crate::measuring::snapshot::Snapshot;
use crate::measuring::{LEAD, RECORDS};
use crate::task::store::{Claims, Task};
use crate::{COORDINATE, PROPOSE, READ, REPORT};

/// What this person has to do for the newest breakdown in force.
pub(crate) async fn items(site: &Site, actor: &Actor) -> Result<Vec<WorkItem>> {
    if !actor.holds(&READ) {
        return Ok(Vec::new());
    }
    let Some(snapshot) = Snapshot::newest(site.db.read()).await? else {
        return Ok(Vec::new());
    };
    let as_of = latest_day(&snapshot.table, site.clock.today())?;
    let desk = Person {
        snapshot: &snapshot,
        actor,
        as_of,
        coordinates: actor.require_district(&COORDINATE).is_ok(),
    };
    Ok(snapshot.tasks.iter().flat_map(|task| desk.of_task(task)).collect())
}

struct Person<'a> {
    snapshot: &'a Snapshot,
    actor: &'a Actor,
    as_of: NaiveDate,
    coordinates: bool,
}

impl Person<'_> {
    fn of_task(&self, task: &Task) -> Vec<WorkItem> {
        let mut items = Vec::new();
        for (part, measure) in [(Part::Responsible, RECORDS), (Part::Lead, LEAD)] {
            if self.snapshot.is_bound(task.id, measure) {
                items.extend(self.reports(task, part));
            }
        }
        items.extend(self.to_accept(task));
        items.extend(self.list(task));
        items.extend(
            self.snapshot
                .assignments(task.id)
                .iter()
                .filter_map(|row| self.decision(task, row)),
        );
        items
    }

    /// Dates on which one's own units report. Those of units that one only reads for are not one's work.
    fn reports(&self, task: &Task, part: Part) -> Vec<WorkItem> {
        let own = |due: &Due| self.own_unit(due.shown_under);
        let due = dues(self.snapshot, task.id, part, self.as_of)
            .into_iter()
            .filter(|due| own(due));
        due.filter_map(|due| self.report(task, part, due)).collect()
    }

    /// A unit that the person drafts for by name; a post for the whole district has no unit of its own.
    fn own_unit(&self, unit: Uuid) -> bool {
        self.actor.units().contains(&unit) && self.actor.may(&REPORT, unit)
    }

    fn report(&self, task: &Task, part: Part, due: Due) -> Option<WorkItem> {
        let item = due.unfinished?;
        let unit = self.snapshot.register.short_name(due.owner);
        Some(WorkItem {
            title: format!("报送：{}", task.line()),
            place: format!("{unit}，{}", part.name()),
            link: item.link,
            verb: if due.is_waiting { "查看" } else { "上传佐证" }.into(),
            due_on: Some(due.date),
            waiting: due.is_waiting,
        })
    }

    fn to_accept(&self, task: &Task) -> Vec<WorkItem> {
        let leads = self.snapshot.units(task.id, Part::Lead, self.as_of);
        let open = self.snapshot.records(task.id).iter().filter(|record| {
            record.is_open()
                && self.actor.account != Some(record.submitted_by)
                && may_accept(self.actor, record, &leads)
        });
        open.map(|record| WorkItem {
            title: format!("验收佐证：{}", record.title),
            place: format!("第{}项　{}", task.no, self.snapshot.register.short_name(record.unit)),
            link: format!("/evidence/{}", record.id),
            verb: "验收".into(),
            due_on: None,
            waiting: false,
        })
        .collect()
    }

    /// The list of units that a lead, or the office where it coordinates, has to propose.
    fn list(&self, task: &Task) -> Option<WorkItem> {
        let leads = self.snapshot.units(task.id, Part::Lead, self.as_of);
        let is_mine = leads
            .iter()
            .any(|lead| self.actor.units().contains(lead) && self.actor.may(&PROPOSE, *lead));
        let is_empty = !self
            .snapshot
            .assignments(task.id)
            .iter()
            .any(|row| row.proposal.is_some());
        if task.claims() != Claims::Open || !(is_mine && is_empty) {
            return None;
        }
        Some(WorkItem {
            title: format!("提出名单：{}", task.line()),
            place: format!("分解表写“{}”", task.responsible_text),
            link: format!("/claims/{}", self.snapshot.key(task)),
            verb: "提出".into(),
            due_on: task.claims_due_on,
            waiting: false,
        })
    }

    fn decision(&self, task: &Task, row: &Assignment) -> Option<WorkItem> {
        if !self.coordinates {
            return None;
        }
        let (what, link, verb) = match row.state() {
            State::Proposed => ("确认名单", "/claims".to_string(), "确认"),
            State::Objected => ("处理异议", format!("/assignments/{}", row.id), "处理"),
            _ => return None,
        };
        Some(WorkItem {
            title: format!("{what}：{}", self.snapshot.register.short_name(row.unit)),
            place: task.line(),
            link,
            verb: verb.into(),
            due_on: task.claims_due_on,
            waiting: false,
        })
    }
}
