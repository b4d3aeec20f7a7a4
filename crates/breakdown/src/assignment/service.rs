//! Commands on assignments: propose, claim, confirm, object, decide, adjust, withdraw.

use chrono::NaiveDate;
use kit::account::Actor;
use kit::audit::Deed;
use kit::db::{Tx, is_unique_violation};
use kit::permission::Permission;
use kit::{Error, Result, Site};
use serde_json::json;
use uuid::Uuid;

use super::model::{Origin, Part, State};
use super::store::{self, Assignment, Dates};
use crate::importing::service::{beginning, blank};
use crate::measuring::snapshot::Snapshot;
use crate::register::Register;
use crate::task::store as tasks;
use crate::{COORDINATE, PROPOSE, REPORT};

/// Proposes a unit for a task whose units are to be claimed (提出名单): by a lead unit, or by the district's office.
///
/// # Errors
/// When the actor neither acts for a lead unit nor coordinates, or the unit stands on the list already.
pub async fn propose(site: &Site, by: &Actor, task: Uuid, unit: Uuid, reason: &str) -> Result<Uuid> {
    let snapshot = snapshot_of(site, task).await?;
    let leads = snapshot.units(task, Part::Lead, site.clock.today());
    require_for_any(by, &PROPOSE, &leads)?;
    enlist(site, by, &snapshot, task, unit, reason, "breakdown.propose").await
}

/// Claims a task for one's own unit (认领).
///
/// # Errors
/// When the actor does not report for the unit, or the unit stands on the list already.
pub async fn claim(site: &Site, by: &Actor, task: Uuid, unit: Uuid, reason: &str) -> Result<Uuid> {
    by.require(&REPORT, unit)?;
    let snapshot = snapshot_of(site, task).await?;
    enlist(site, by, &snapshot, task, unit, reason, "breakdown.claim").await
}

async fn snapshot_of(site: &Site, task: Uuid) -> Result<Snapshot> {
    let on = site.db.read();
    let (table, task) = tasks::with_table(on, task).await?;
    Snapshot::of_task(on, table, task).await
}

fn require_for_any(by: &Actor, permission: &Permission, units: &[Uuid]) -> Result<()> {
    if units.iter().any(|unit| by.may(permission, *unit)) || by.require_district(permission).is_ok() {
        return Ok(());
    }
    Err(Error::Forbidden(
        "这项任务由牵头单位或统筹单位提出名单；您不代表其中任何一个".into(),
    ))
}

async fn enlist(
    site: &Site,
    by: &Actor,
    snapshot: &Snapshot,
    task: Uuid,
    unit: Uuid,
    reason: &str,
    action: &'static str,
) -> Result<Uuid> {
    if reason.is_empty() {
        return Err(Error::refused("没有写明理由", "请写一句这个单位与这项任务有什么关系"));
    }
    let today = site.clock.today();
    if !snapshot.register.get(unit).is_some_and(|found| found.is_active(today)) {
        return Err(Error::refused("这个单位不在册", "请从单位名册里现有的单位中选择"));
    }
    let mut row = blank(site, snapshot.table.year, task, unit, today)?;
    row.part = Part::Responsible.id().to_string();
    row.origin = Origin::Claimed.id().to_string();
    row.state = State::Proposed.id().to_string();
    row.proposal = Some(reason.to_string());
    row.proposed_by = Some(by.name.clone());
    let row = &row;
    let made = site
        .write(by, |tx| async move {
            tx.lock("breakdown_task", task).await?;
            store::insert_all(&tx, std::slice::from_ref(row)).await?;
            let detail = json!({ "task": task, "reason": reason });
            tx.record(Deed::new(action, "assignment", row.id).unit(unit).detail(detail))
                .await?;
            Ok(row.id)
        })
        .await;
    match made {
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(Error::refused(
            format!("“{}”已经在这项任务的名单里", snapshot.register.short_name(unit)),
            "请在任务页的分工表里查看它的状态",
        )),
        other => other,
    }
}

/// Confirms proposed units (确认); from then on they owe what the task asks.
///
/// # Errors
/// When one of them is no longer proposed; then none is confirmed.
pub async fn confirm(site: &Site, by: &Actor, ids: &[Uuid]) -> Result<()> {
    by.require_district(&COORDINATE)?;
    change_all(site, by, ids, "breakdown.confirm", |row, today, year| {
        refuse_unless(row, &[State::Proposed])?;
        row.state = State::Confirmed.id().to_string();
        row.active_from = Some(beginning(year, today));
        Ok(())
    })
    .await
}

/// Does not confirm proposed units.
///
/// # Errors
/// When one of them is no longer proposed.
pub async fn decline(site: &Site, by: &Actor, ids: &[Uuid], reason: &str) -> Result<()> {
    by.require_district(&COORDINATE)?;
    change_all(site, by, ids, "breakdown.decline", |row, today, _| {
        refuse_unless(row, &[State::Proposed])?;
        row.state = State::Withdrawn.id().to_string();
        row.withdrawn_on = Some(today);
        row.decision = Some(reason.to_string());
        Ok(())
    })
    .await
}

/// Objects to being on the list (异议), with reasons.
///
/// # Errors
/// When the actor does not report for the unit, or the assignment does not come from a list.
pub async fn object(site: &Site, by: &Actor, id: Uuid, reasons: &str) -> Result<()> {
    let row = store::find(site.db.read(), id).await?;
    let register = Register::load(site.db.read()).await?;
    by.require(
        &REPORT,
        register.follow(row.unit, site.clock.today()).unwrap_or(row.unit),
    )?;
    if reasons.is_empty() {
        return Err(Error::refused(
            "没有写明异议理由",
            "请写明为什么这项任务不归本单位，例如三定规定怎样写",
        ));
    }
    if row.origin() != Origin::Claimed {
        return Err(Error::refused(
            "这条分工是分解表写明的，不能在这里提出异议",
            "认为分解表有误的，请书面报统筹单位调整",
        ));
    }
    change(site, by, id, "breakdown.object", |row, _, _| {
        refuse_unless(row, &[State::Proposed, State::Confirmed])?;
        row.state = State::Objected.id().to_string();
        row.objection = Some(reasons.to_string());
        Ok(())
    })
    .await
}

/// Decides on an objection: upheld, the unit is off the list; not upheld, it is confirmed.
///
/// # Errors
/// When there is no objection to decide.
pub async fn decide(site: &Site, by: &Actor, id: Uuid, is_upheld: bool, words: &str) -> Result<()> {
    by.require_district(&COORDINATE)?;
    if !is_upheld && words.is_empty() {
        return Err(Error::refused("没有写明理由", "不采纳异议的，请写明依据，单位会看到"));
    }
    change(site, by, id, "breakdown.decide", |row, today, year| {
        refuse_unless(row, &[State::Objected])?;
        row.decision = Some(words.to_string());
        if is_upheld {
            row.state = State::Withdrawn.id().to_string();
            row.withdrawn_on = Some(today);
        } else {
            row.state = State::Confirmed.id().to_string();
            row.active_from = row.active_from.or(Some(beginning(year, today)));
        }
        Ok(())
    })
    .await
}

/// What an adjustment sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    /// 完成期限.
    pub limit_on: NaiveDate,
    /// 报送日期.
    pub reporting: Vec<NaiveDate>,
    /// 责任科室.
    pub office_section: String,
    /// 联系岗位和电话.
    pub contact: String,
    /// 备注.
    pub note: String,
}

/// Adjusts an assignment. Limit and reporting dates are the denominator: only the district's office changes them; section
/// and contact are the unit's own.
///
/// # Errors
/// When the actor may change neither, or a reporting date lies after the limit.
pub async fn adjust(site: &Site, by: &Actor, id: Uuid, new: &Adjustment) -> Result<()> {
    let row = store::find(site.db.read(), id).await?;
    let coordinates = by.require_district(&COORDINATE).is_ok();
    if !coordinates {
        let register = Register::load(site.db.read()).await?;
        by.require(
            &REPORT,
            register.follow(row.unit, site.clock.today()).unwrap_or(row.unit),
        )?;
    }
    if let Some(late) = new.reporting.iter().find(|date| **date > new.limit_on) {
        return Err(Error::refused(
            format!("报送日期 {late} 晚于完成期限 {}", new.limit_on),
            "请改早报送日期，或推后完成期限",
        ));
    }
    change(site, by, id, "breakdown.adjust", |row, _, _| {
        if coordinates {
            let mut dates = new.reporting.clone();
            dates.sort_unstable();
            dates.dedup();
            row.limit_on = new.limit_on;
            row.reporting = Dates(dates);
            row.note.clone_from(&new.note);
        }
        row.office_section.clone_from(&new.office_section);
        row.contact.clone_from(&new.contact);
        Ok(())
    })
    .await
}

/// Takes an assignment away from a unit, with the reason. What it owed before that day stays its debt.
///
/// # Errors
/// When the reason is missing or the assignment has ended.
pub async fn withdraw(site: &Site, by: &Actor, id: Uuid, reason: &str) -> Result<()> {
    by.require_district(&COORDINATE)?;
    if reason.is_empty() {
        return Err(Error::refused("没有写明原因", "取消分工要写明原因，例如机构职能已划转"));
    }
    change(site, by, id, "breakdown.withdraw", |row, today, _| {
        refuse_unless(row, &[State::Assigned, State::Confirmed, State::Proposed])?;
        row.state = State::Withdrawn.id().to_string();
        row.withdrawn_on = Some(today);
        row.decision = Some(reason.to_string());
        Ok(())
    })
    .await
}

/// Gives a task to a unit that the table could not know, such as one established during the year.
///
/// # Errors
/// When the unit has this part already.
pub async fn assign(site: &Site, by: &Actor, task: Uuid, unit: Uuid, part: Part, reason: &str) -> Result<Uuid> {
    by.require_district(&COORDINATE)?;
    let id = {
        let snapshot = snapshot_of(site, task).await?;
        enlist_as(site, by, &snapshot, task, unit, part, reason).await?
    };
    Ok(id)
}

async fn enlist_as(
    site: &Site,
    by: &Actor,
    snapshot: &Snapshot,
    task: Uuid,
    unit: Uuid,
    part: Part,
    reason: &str,
) -> Result<Uuid> {
    if reason.is_empty() {
        return Err(Error::refused(
            "没有写明理由",
            "请写明为什么增加这个单位，例如“今年新设机构”",
        ));
    }
    let today = site.clock.today();
    let year = snapshot.table.year;
    let mut row = blank(site, year, task, unit, today)?;
    row.part = part.id().to_string();
    row.origin = Origin::Rule.id().to_string();
    row.state = State::Assigned.id().to_string();
    row.proposal = Some(reason.to_string());
    row.proposed_by = Some(by.name.clone());
    row.active_from = Some(beginning(year, today));
    let row = &row;
    let made = site
        .write(by, |tx| async move {
            tx.lock("breakdown_task", task).await?;
            store::insert_all(&tx, std::slice::from_ref(row)).await?;
            let detail = json!({ "task": task, "part": part.id(), "reason": reason });
            tx.record(
                Deed::new("breakdown.assign", "assignment", row.id)
                    .unit(unit)
                    .detail(detail),
            )
            .await?;
            Ok(row.id)
        })
        .await;
    match made {
        Err(Error::Database(e)) if is_unique_violation(&e) => {
            Err(Error::refused("这个单位已经有这条分工", "请在分工表里查看它的状态"))
        }
        other => other,
    }
}

/// Declares the list of units of a task complete (名单已齐).
///
/// # Errors
/// When the list is not open, or proposals or objections still wait for a decision.
pub async fn settle(site: &Site, by: &Actor, task: Uuid) -> Result<()> {
    by.require_district(&COORDINATE)?;
    site.write(by, |tx| async move {
        tx.lock("breakdown_task", task).await?;
        let rows = store::of_tasks(tx.on(), &[task]).await?;
        if rows
            .iter()
            .any(|row| matches!(row.state(), State::Proposed | State::Objected))
        {
            return Err(Error::refused(
                "名单里还有待确认的单位或没有处理的异议",
                "请先逐个处理，再确认名单已齐",
            ));
        }
        if !tasks::settle_claims(&tx, task, tx.at()).await? {
            return Err(Error::Conflict("这项任务的名单不在待认领状态".into()));
        }
        tx.record(Deed::new("breakdown.settle", "task", task)).await?;
        Ok(())
    })
    .await
}

fn refuse_unless(row: &Assignment, states: &[State]) -> Result<()> {
    if states.contains(&row.state()) {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "这条分工现在是“{}”，您的操作没有执行",
        row.state().name()
    )))
}

async fn change(
    site: &Site,
    by: &Actor,
    id: Uuid,
    action: &'static str,
    what: impl Fn(&mut Assignment, NaiveDate, i32) -> Result<()>,
) -> Result<()> {
    change_all(site, by, &[id], action, what).await
}

/// Changes assignments in one transaction, with what stood before in the audit record.
async fn change_all(
    site: &Site,
    by: &Actor,
    ids: &[Uuid],
    action: &'static str,
    what: impl Fn(&mut Assignment, NaiveDate, i32) -> Result<()>,
) -> Result<()> {
    if ids.is_empty() {
        return Err(Error::refused("没有选择任何一条", "请先勾选"));
    }
    let (today, what) = (site.clock.today(), &what);
    site.write(by, |tx| async move {
        for id in ids {
            change_one(&tx, *id, today, action, what).await?;
        }
        Ok(())
    })
    .await
}

async fn change_one(
    tx: &Tx,
    id: Uuid,
    today: NaiveDate,
    action: &'static str,
    what: &impl Fn(&mut Assignment, NaiveDate, i32) -> Result<()>,
) -> Result<()> {
    tx.lock("breakdown_assignment", id).await?;
    let mut row = store::find(tx.on(), id).await?;
    let (table, _) = tasks::with_table(tx.on(), row.task).await?;
    let before = described(&row);
    what(&mut row, today, table.year)?;
    let (unit, after) = (row.unit, described(&row));
    store::save(tx, row).await?;
    let detail = json!({ "before": before, "after": after });
    tx.record(Deed::new(action, "assignment", id).unit(unit).detail(detail))
        .await?;
    Ok(())
}

fn described(row: &Assignment) -> serde_json::Value {
    json!({
        "state": row.state, "limit_on": row.limit_on, "reporting": row.reporting.0, "section": row.office_section,
        "contact": row.contact, "note": row.note, "objection": row.objection, "decision": row.decision,
    })
}
