//! Commands on evidence: hand in, accept, refuse, sign a nil return, spot-check it.

use std::sync::Arc;

use bytes::Bytes;
use chrono::NaiveDate;
use kit::account::Actor;
use kit::audit::Deed;
use kit::db::is_unique_violation;
use kit::{Error, Result, Site};
use office::{Confined, Format, ReadError, Refusal, Request};
use serde_json::json;
use uuid::Uuid;

use super::store::{self, ACCEPTED, Nil, REFUSED, REJECTED, Record, UPHELD, file};
use crate::assignment::model::Part;
use crate::importing::reading::refused;
use crate::importing::store as breakdown;
use crate::measuring::records;
use crate::measuring::snapshot::Snapshot;
use crate::task::store as tasks;
use crate::{COORDINATE, PROPOSE, REPORT, reporting};

/// The most files of one record.
const MOST_FILES: usize = 20;

/// For which duty something is handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duty {
    /// The task.
    pub task: Uuid,
    /// The unit that owes it.
    pub unit: Uuid,
    /// Which part of the task.
    pub part: Part,
    /// For which reporting date.
    pub reporting_on: NaiveDate,
}

/// A record about to be handed in.
#[derive(Debug, Clone)]
pub struct NewRecord {
    /// For which duty.
    pub duty: Duty,
    /// What it is called.
    pub title: String,
    /// What was done.
    pub done: String,
    /// When it was done.
    pub done_on: NaiveDate,
    /// The files, by name.
    pub files: Vec<(String, Bytes)>,
}

/// Hands in a record (报送佐证). Files are opened by the confined reader first; one that bears a classification mark, or
/// hides a program, is refused and not kept.
///
/// # Errors
/// When the actor does not report for the unit, the duty is not there, or a record for that date waits or was accepted.
pub async fn submit(site: &Site, by: &Actor, reader: &Arc<Confined>, new: NewRecord) -> Result<Uuid> {
    let person = by.person()?;
    require_duty(site, by, &new.duty).await?;
    if new.files.is_empty() || new.files.len() > MOST_FILES {
        return Err(Error::refused(
            format!("选择了 {} 个文件", new.files.len()),
            format!("请上传 1 至 {MOST_FILES} 个文件作为佐证"),
        ));
    }
    for (name, bytes) in &new.files {
        screen(reader, name, bytes).await?;
    }
    let id = Uuid::now_v7();
    let files = &keep(site, id, &new.files).await?;
    let row = &Record {
        id,
        task: new.duty.task,
        unit: new.duty.unit,
        part: new.duty.part.id().to_string(),
        reporting_on: new.duty.reporting_on,
        title: new.title,
        done: new.done,
        done_on: new.done_on,
        submitted_by: person,
        submitted_name: by.name.clone(),
        submitted_at: site.clock.now(),
        decision: None,
        decided_by: None,
        decided_name: None,
        decided_at: None,
        reason: String::new(),
    };
    let kept = site
        .write(by, |tx| async move {
            tx.lock("breakdown_task", row.task).await?;
            store::insert(&tx, row.clone(), files).await?;
            let detail = json!({ "task": row.task, "reporting_on": row.reporting_on, "files": files.len() });
            tx.record(
                Deed::new("breakdown.submit", "record", id)
                    .unit(row.unit)
                    .detail(detail),
            )
            .await?;
            Ok(id)
        })
        .await;
    match kept {
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(Error::refused(
            "这一期已经有材料在等验收或已通过验收",
            "请在“佐证材料”里查看；未通过的可以补充后重新报送",
        )),
        other => other,
    }
}

async fn keep(site: &Site, record: Uuid, files: &[(String, Bytes)]) -> Result<Vec<file::Model>> {
    let mut kept = Vec::new();
    for (position, (name, bytes)) in files.iter().enumerate() {
        let blob = site.blobs.put(bytes.clone()).await?;
        kept.push(file::Model {
            record,
            position: i32::try_from(position).unwrap_or(i32::MAX),
            name: name.clone(),
            blob: blob.as_str().to_string(),
            bytes: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        });
    }
    Ok(kept)
}

/// Looks into a file for what must not be kept. Photos and scans cannot be looked into; the person who accepts sees them.
async fn screen(reader: &Confined, name: &str, bytes: &Bytes) -> Result<()> {
    if bytes.is_empty() {
        return Err(Error::refused(format!("“{name}”是空文件"), "请检查后重新选择"));
    }
    let request = Request {
        format: Format::Detect,
        file_name: name.to_string(),
        bytes: bytes.to_vec(),
    };
    match reader.read(request).await {
        Err(ReadError::Refused(
            refusal
            @ (Refusal::Classified { .. } | Refusal::Macros | Refusal::ZipBomb | Refusal::TooManyEntries { .. }),
        )) => Err(Error::refused(format!("“{name}”：{refusal}"), "文件没有保存")),
        Err(error @ (ReadError::Unavailable(_) | ReadError::Busy)) => Err(refused(error)),
        _ => Ok(()),
    }
}

/// Checks that the duty is there and that the actor reports for the unit that owes it now.
async fn require_duty(site: &Site, by: &Actor, duty: &Duty) -> Result<Snapshot> {
    let on = site.db.read();
    let (table, task) = tasks::with_table(on, duty.task).await?;
    let snapshot = Snapshot::of_task(on, table, task).await?;
    let acting = snapshot.register.follow(duty.unit, site.clock.today());
    by.require(&REPORT, acting.unwrap_or(duty.unit))?;
    let of_unit =
        |unit: Uuid| unit == duty.unit || snapshot.register.follow(unit, duty.reporting_on) == Some(duty.unit);
    let is_owed = snapshot.assignments(duty.task).iter().any(|row| {
        row.part() == duty.part
            && of_unit(row.unit)
            && row.active_from.is_some()
            && row.dates().any(|date| date == duty.reporting_on)
    });
    if is_owed {
        return Ok(snapshot);
    }
    Err(Error::refused(
        format!("{} 不是这个单位在这项任务上的报送日期", duty.reporting_on),
        "请从任务页的“未完成事项”进入",
    ))
}

/// Accepts or refuses a record. The person is another than the one who handed it in, and acts for the district's office or
/// for a lead unit other than the unit measured.
///
/// # Errors
/// When the same person would decide, when the person may not, when a refusal lacks its reason, or when it was decided.
pub async fn decide(site: &Site, by: &Actor, id: Uuid, accept: bool, reason: &str) -> Result<()> {
    let person = by.person()?;
    let on = site.db.read();
    let record = store::find(on, id).await?;
    let leads = leads_of(site, record.task).await?;
    require_second_person(by, person, &record, &leads)?;
    if !accept && reason.is_empty() {
        return Err(Error::refused(
            "没有写明缺什么",
            "不通过要写明缺什么、怎样补，单位会看到",
        ));
    }
    site.write(by, |tx| async move {
        tx.lock("breakdown_record", id).await?;
        let mut row = store::find(tx.on(), id).await?;
        if !row.is_open() {
            let name = row.decided_name.unwrap_or_default();
            return Err(Error::Conflict(format!("这份佐证已由“{name}”处理，您的操作没有执行")));
        }
        row.decision = Some(if accept { ACCEPTED } else { REFUSED }.to_string());
        row.decided_by = Some(person);
        row.decided_name = Some(tx.actor().name.clone());
        row.decided_at = Some(tx.at());
        row.reason = reason.to_string();
        let unit = row.unit;
        store::save(&tx, row).await?;
        let action = if accept { "breakdown.accept" } else { "breakdown.refuse" };
        tx.record(
            Deed::new(action, "record", id)
                .unit(unit)
                .detail(json!({ "reason": reason })),
        )
        .await?;
        Ok(())
    })
    .await
}

async fn leads_of(site: &Site, task: Uuid) -> Result<Vec<Uuid>> {
    let on = site.db.read();
    let (table, task) = tasks::with_table(on, task).await?;
    let id = task.id;
    Ok(Snapshot::of_task(on, table, task)
        .await?
        .units(id, Part::Lead, site.clock.today()))
}

fn require_second_person(by: &Actor, person: Uuid, record: &Record, leads: &[Uuid]) -> Result<()> {
    if record.submitted_by == person {
        return Err(Error::Forbidden("这份佐证是您报送的，须由另一人验收".into()));
    }
    if may_accept(by, record, leads) {
        return Ok(());
    }
    Err(Error::Forbidden(
        "验收由统筹单位或这项任务的牵头单位进行；您不代表其中任何一个".into(),
    ))
}

/// Whether this person's posts allow accepting a record: a unit never accepts what measures itself, and what leads report
/// is accepted by the district's office.
pub(crate) fn may_accept(by: &Actor, record: &Record, leads: &[Uuid]) -> bool {
    if by.require_district(&COORDINATE).is_ok() {
        return true;
    }
    let for_lead = leads.iter().any(|lead| *lead != record.unit && by.may(&PROPOSE, *lead));
    record.part == Part::Responsible.id() && for_lead
}

/// Signs that there is nothing to report (本期无此事项). It answers every reporting date up to the day it expires.
///
/// # Errors
/// When the reason is missing, the expiry lies too far ahead, or an answer for that date stands.
pub async fn sign_nil(site: &Site, by: &Actor, duty: Duty, reason: &str, expires_on: NaiveDate) -> Result<Uuid> {
    let person = by.person()?;
    let snapshot = require_duty(site, by, &duty).await?;
    if reason.is_empty() {
        return Err(Error::refused(
            "没有写明理由",
            "请写明本期为什么没有此事项，抽查时要对照",
        ));
    }
    let longest = reporting::rules(snapshot.table.year)?.nil_longest_days;
    let last = duty
        .reporting_on
        .checked_add_days(chrono::Days::new(longest))
        .unwrap_or(duty.reporting_on);
    if expires_on < duty.reporting_on || expires_on > last {
        return Err(Error::refused(
            format!("有效期至 {expires_on} 不合要求"),
            format!("请填 {} 至 {last} 之间的日期；到期后要重新声明", duty.reporting_on),
        ));
    }
    let row = &Nil {
        id: Uuid::now_v7(),
        task: duty.task,
        unit: duty.unit,
        part: duty.part.id().to_string(),
        reporting_on: duty.reporting_on,
        expires_on,
        reason: reason.to_string(),
        signed_by: person,
        signed_name: by.name.clone(),
        signed_at: site.clock.now(),
        finding: None,
        checked_by: None,
        checked_name: None,
        checked_at: None,
        check_note: String::new(),
    };
    let signed = site
        .write(by, |tx| async move {
            tx.lock("breakdown_task", row.task).await?;
            store::insert_nil(&tx, row.clone()).await?;
            let detail =
                json!({ "reporting_on": row.reporting_on, "expires_on": row.expires_on, "reason": row.reason });
            tx.record(
                Deed::new("breakdown.sign_nil", "nil", row.id)
                    .unit(row.unit)
                    .detail(detail),
            )
            .await?;
            Ok(row.id)
        })
        .await;
    match signed {
        Err(Error::Database(e)) if is_unique_violation(&e) => {
            Err(Error::refused("这一期已经有有效的“本期无此事项”声明", "无需重复声明"))
        }
        other => other,
    }
}

/// Spot-checks a nil return (抽查). One found wrong no longer answers anything.
///
/// # Errors
/// When the person who signed would check, or it was checked already.
pub async fn check_nil(site: &Site, by: &Actor, id: Uuid, is_upheld: bool, note: &str) -> Result<()> {
    let person = by.person()?;
    by.require_district(&COORDINATE)?;
    if store::find_nil(site.db.read(), id).await?.signed_by == person {
        return Err(Error::Forbidden("这份声明是您签的，须由另一人抽查".into()));
    }
    if !is_upheld && note.is_empty() {
        return Err(Error::refused(
            "没有写明抽查发现了什么",
            "不属实的要写明依据，单位会看到",
        ));
    }
    site.write(by, |tx| async move {
        tx.lock("breakdown_nil", id).await?;
        let mut row = store::find_nil(tx.on(), id).await?;
        if row.finding.is_some() {
            return Err(Error::Conflict("这份声明已经抽查过，您的操作没有执行".into()));
        }
        row.finding = Some(if is_upheld { UPHELD } else { REJECTED }.to_string());
        row.checked_by = Some(person);
        row.checked_name = Some(tx.actor().name.clone());
        row.checked_at = Some(tx.at());
        row.check_note = note.to_string();
        let unit = row.unit;
        store::save_nil(&tx, row).await?;
        let detail = json!({ "upheld": is_upheld, "note": note });
        tx.record(Deed::new("breakdown.check_nil", "nil", id).unit(unit).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

/// Duties of a year whose reporting date has come near by `as_of` and that nobody answered.
///
/// # Errors
/// When the database fails.
pub async fn open_duties(site: &Site, year: i32, as_of: NaiveDate) -> Result<Vec<Duty>> {
    let on = site.db.read();
    let Some(table) = breakdown::adopted_of(on, year).await? else {
        return Ok(Vec::new());
    };
    let snapshot = Snapshot::of_table(on, table).await?;
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
