//! Commands on imported breakdowns: import, answer, adopt, set aside.

use bytes::Bytes;
use chrono::{Datelike, NaiveDate};
use kit::account::Actor;
use kit::audit::Deed;
use kit::clock::civil_date;
use kit::db::{Tx, is_unique_violation};
use kit::permission::Permission;
use kit::{Error, Result, Site};
use office::Confined;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::expand::{self, Plan};
use super::model::{Answers, Draft, Preview, State};
use super::store::{self, Model};
use super::{reading, store::adopted_of};
use crate::assignment::model::State as AssignmentState;
use crate::assignment::store::{self as assignments, Assignment, Dates};
use crate::register::Register;
use crate::reporting;
use crate::task::library;
use crate::task::store::{self as tasks, Claims, Names, Task};
use crate::{IMPORT, read};

/// The short name by which the district's office is found in the register unless somebody chooses another unit.
const OFFICE: &str = "区政府办";

/// The operator at the machine acts as the program itself; everybody else needs the permission.
fn require(by: &Actor, permission: &Permission) -> Result<()> {
    if by.account.is_none() {
        return Ok(());
    }
    by.require_district(permission)
}

/// Reads a file and keeps it as a preview. The same table again leads to the one imported before.
///
/// # Errors
/// When the file is refused or is no task breakdown; then nothing is kept.
pub async fn import(site: &Site, by: &Actor, reader: &Confined, file_name: &str, bytes: Bytes) -> Result<Preview> {
    require(by, &IMPORT)?;
    let register = Register::load(site.db.read()).await?;
    let table = reading::read_file(reader, &register.reader_names(), file_name, &bytes).await?;
    let fingerprint: String = read::fingerprint(&table)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if let Some(known) = store::by_fingerprint(site.db.read(), &fingerprint).await? {
        return found_again(site, by, known).await;
    }
    let blob = site.blobs.put(bytes).await?;
    let row = &Model {
        id: Uuid::now_v7(),
        year: table.year.unwrap_or_else(|| site.clock.today().year()),
        title: table.title.clone(),
        fingerprint: fingerprint.clone(),
        file_name: file_name.to_string(),
        blob: blob.as_str().to_string(),
        draft: Draft::of(&table),
        answers: Answers::default(),
        state: State::Preview.id().to_string(),
        office: None,
        imported_by: by.name.clone(),
        imported_at: site.clock.now(),
        adopted_by: None,
        adopted_at: None,
        set_aside_reason: None,
    };
    let kept = site
        .write(by, |tx| async move {
            store::insert(&tx, row.clone()).await?;
            let detail = json!({ "title": row.title, "file": row.file_name, "tasks": row.draft.rows.len() });
            tx.record(Deed::new("breakdown.import", "breakdown", row.id).detail(detail))
                .await?;
            Ok(())
        })
        .await;
    match kept {
        // Somebody imported the same table at the same moment.
        Err(Error::Database(e)) if is_unique_violation(&e) => {
            let known = store::by_fingerprint(site.db.read(), &fingerprint).await?;
            found_again(site, by, known.ok_or_else(|| Error::not_found("这张分解表"))?).await
        }
        Err(other) => Err(other),
        Ok(()) => preview_of(row, &register, site.clock.today(), false),
    }
}

/// The same table again: one that was set aside comes back as it was.
async fn found_again(site: &Site, by: &Actor, known: Model) -> Result<Preview> {
    let id = known.id;
    if known.state() == State::SetAside {
        site.write(by, |tx| async move {
            let mut row = locked(&tx, id).await?;
            let back = if row.adopted_at.is_some() {
                State::Adopted
            } else {
                State::Preview
            };
            row.state = back.id().to_string();
            row.set_aside_reason = None;
            refuse_second_of_year(&tx, &row).await?;
            store::save(&tx, row).await?;
            tx.record(Deed::new("breakdown.bring_back", "breakdown", id)).await?;
            Ok::<_, Error>(())
        })
        .await?;
    }
    let mut preview = preview(site, id).await?;
    preview.known_before = true;
    Ok(preview)
}

/// A breakdown as it stands, with what is still unanswered.
///
/// # Errors
/// When it is not there.
pub async fn preview(site: &Site, id: Uuid) -> Result<Preview> {
    let on = site.db.read();
    let row = store::find(on, id)
        .await?
        .ok_or_else(|| Error::not_found("这张分解表"))?;
    preview_of(&row, &Register::load(on).await?, site.clock.today(), false)
}

pub(super) fn preview_of(row: &Model, register: &Register, today: NaiveDate, known_before: bool) -> Result<Preview> {
    let rows = row.draft.corrected(&row.answers);
    let office = row.office.or_else(|| register.resolve(OFFICE, today));
    let mut unknown = Vec::new();
    let mut assignments = 0;
    for draft in &rows {
        let plan = expand::plan(draft, &row.answers, register, office, today);
        assignments += plan.planned.len();
        unknown.extend(plan.unknown.into_iter().map(|name| (draft.no, name)));
    }
    Ok(Preview {
        id: row.id,
        year: row.year,
        title: row.title.clone(),
        file_name: row.file_name.clone(),
        state: row.state(),
        known_before,
        rows,
        doubts: row.draft.doubts.clone(),
        unknown,
        assignments,
    })
}

/// Keeps the answers to doubts, the year and the coordinating unit of a preview.
///
/// # Errors
/// When it is no preview any more, or a unit is not in the register.
pub async fn answer(
    site: &Site,
    by: &Actor,
    id: Uuid,
    answers: Answers,
    year: i32,
    office: Option<Uuid>,
) -> Result<()> {
    require(by, &IMPORT)?;
    let register = Register::load(site.db.read()).await?;
    if answers
        .units
        .values()
        .chain(office.iter())
        .any(|unit| register.get(*unit).is_none())
    {
        return Err(Error::refused("选择的单位不在单位名册里", "请刷新页面后重新选择"));
    }
    let answers = &answers;
    site.write(by, |tx| async move {
        let mut row = locked(&tx, id).await?;
        refuse_unless_preview(&row)?;
        let before = json!({ "answers": row.answers, "year": row.year, "office": row.office });
        row.answers = answers.clone();
        row.year = year;
        row.office = office;
        store::save(&tx, row).await?;
        let detail = json!({ "before": before, "answers": answers, "year": year, "office": office });
        tx.record(Deed::new("breakdown.answer", "breakdown", id).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

/// Puts a preview in force: its tasks, assignments and bindings are made in one transaction.
///
/// # Errors
/// When a name is unanswered, when it is no preview any more (somebody else was faster), or when another breakdown is in
/// force for the year.
pub async fn adopt(site: &Site, by: &Actor, id: Uuid) -> Result<()> {
    require(by, &IMPORT)?;
    let on = site.db.read();
    let row = store::find(on, id)
        .await?
        .ok_or_else(|| Error::not_found("这张分解表"))?;
    refuse_unless_preview(&row)?;
    let register = Register::load(on).await?;
    let today = site.clock.today();
    preview_of(&row, &register, today, false)?.require_answers()?;
    let made = &Made::of(site, &row, &register, today)?;
    let seen = &row;
    let adopted = site
        .write(by, |tx| async move {
            let mut row = locked(&tx, id).await?;
            refuse_unless_preview(&row)?;
            if row.answers != seen.answers || row.office != seen.office || row.year != seen.year {
                return Err(Error::Conflict("有人刚刚改了这张分解表的回答，还没有生效".into()));
            }
            row.state = State::Adopted.id().to_string();
            row.office = Some(made.office);
            row.adopted_by = Some(tx.actor().name.clone());
            row.adopted_at = Some(tx.at());
            refuse_second_of_year(&tx, &row).await?;
            store::save(&tx, row).await?;
            tasks::insert_all(&tx, &made.tasks).await?;
            assignments::insert_all(&tx, &made.assignments).await?;
            tasks::insert_bindings(&tx, &made.bindings).await?;
            let detail = json!({ "tasks": made.tasks.len(), "assignments": made.assignments.len() });
            tx.record(Deed::new("breakdown.adopt", "breakdown", id).detail(detail))
                .await?;
            Ok(())
        })
        .await;
    match adopted {
        Err(Error::Database(e)) if is_unique_violation(&e) => Err(second_of_year(row.year)),
        other => other,
    }
}

/// Gives a preview up, or takes an adopted breakdown out of force. Nothing is deleted.
///
/// # Errors
/// When it is set aside already.
pub async fn set_aside(site: &Site, by: &Actor, id: Uuid, reason: &str) -> Result<()> {
    require(by, &IMPORT)?;
    site.write(by, |tx| async move {
        let mut row = locked(&tx, id).await?;
        if row.state() == State::SetAside {
            return Err(Error::Conflict("这张分解表已经放弃".into()));
        }
        if row.state() == State::Adopted && reason.is_empty() {
            return Err(Error::refused(
                "没有写明原因",
                "停用已生效的分解表要写明原因，例如“上级下发了修订表”",
            ));
        }
        row.state = State::SetAside.id().to_string();
        row.set_aside_reason = Some(reason.to_string());
        store::save(&tx, row).await?;
        tx.record(Deed::new("breakdown.set_aside", "breakdown", id).detail(json!({ "reason": reason })))
            .await?;
        Ok(())
    })
    .await
}

async fn locked(tx: &Tx, id: Uuid) -> Result<Model> {
    tx.lock("breakdown", id).await?;
    store::find(tx.on(), id)
        .await?
        .ok_or_else(|| Error::not_found("这张分解表"))
}

fn refuse_unless_preview(row: &Model) -> Result<()> {
    match row.state() {
        State::Preview => Ok(()),
        State::Adopted => {
            let by = row.adopted_by.as_deref().unwrap_or_default();
            Err(Error::Conflict(format!("这张分解表已由“{by}”生效，您的操作没有执行")))
        }
        State::SetAside => Err(Error::Conflict("这张分解表已经放弃，您的操作没有执行".into())),
    }
}

async fn refuse_second_of_year(tx: &Tx, row: &Model) -> Result<()> {
    let taken = in_force(tx.on(), row.year).await?.is_some_and(|other| other != row.id);
    if row.state() == State::Adopted && taken {
        return Err(second_of_year(row.year));
    }
    Ok(())
}

async fn in_force(on: &impl ConnectionTrait, year: i32) -> Result<Option<Uuid>> {
    Ok(adopted_of(on, year).await?.map(|row| row.id))
}

fn second_of_year(year: i32) -> Error {
    Error::refused(
        format!("{year}年已有一张生效的分解表，这一张没有生效"),
        "同一年只能有一张生效。确要换用这一张的，请先停用原来的一张",
    )
}

/// Everything that an adoption makes, computed before the transaction.
struct Made {
    office: Uuid,
    tasks: Vec<Task>,
    assignments: Vec<Assignment>,
    bindings: Vec<tasks::binding::Model>,
}

impl Made {
    fn of(site: &Site, row: &Model, register: &Register, today: NaiveDate) -> Result<Made> {
        let office = row.office.or_else(|| register.resolve(OFFICE, today)).ok_or_else(|| {
            Error::refused(
                "没有选定统筹单位",
                format!("名册里没有“{OFFICE}”，请在预览里选择由哪个单位统筹"),
            )
        })?;
        let mut made = Made {
            office,
            tasks: Vec::new(),
            assignments: Vec::new(),
            bindings: Vec::new(),
        };
        for (position, draft) in row.draft.corrected(&row.answers).iter().enumerate() {
            let plan = expand::plan(draft, &row.answers, register, Some(office), today);
            let task = new_task(site, row, draft, position, &plan, today)?;
            made.assign(site, row.year, &task, &plan, today)?;
            for choice in library::choose(site, &task.words())? {
                let (measure, topic) = (choice.measure, choice.topic);
                made.bindings.push(tasks::binding::Model {
                    id: Uuid::now_v7(),
                    task: task.id,
                    measure,
                    topic,
                });
            }
            made.tasks.push(task);
        }
        Ok(made)
    }

    fn assign(&mut self, site: &Site, year: i32, task: &Task, plan: &Plan, today: NaiveDate) -> Result<()> {
        for planned in &plan.planned {
            let mut row = blank(site, year, task.id, planned.unit, today)?;
            row.part = planned.part.id().to_string();
            row.origin = planned.origin.id().to_string();
            row.state = AssignmentState::Assigned.id().to_string();
            row.active_from = Some(beginning(year, today));
            self.assignments.push(row);
        }
        Ok(())
    }
}

/// An assignment with the year's limit and reporting dates, not yet active.
pub(crate) fn blank(site: &Site, year: i32, task: Uuid, unit: Uuid, today: NaiveDate) -> Result<Assignment> {
    let rules = reporting::rules(year)?;
    Ok(Assignment {
        id: Uuid::now_v7(),
        task,
        unit,
        part: String::new(),
        origin: String::new(),
        state: String::new(),
        limit_on: rules.limit(year)?,
        reporting: Dates(rules.dates_from(year, today)?),
        office_section: String::new(),
        contact: String::new(),
        note: String::new(),
        proposed_by: None,
        proposal: None,
        objection: None,
        decision: None,
        created_at: site.clock.now(),
        active_from: None,
        withdrawn_on: None,
    })
}

/// The day from which an assignment holds: today, and for a table entered after its year the first day of that year.
pub(crate) fn beginning(year: i32, today: NaiveDate) -> NaiveDate {
    if today.year() > year {
        NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or(today)
    } else {
        today
    }
}

fn new_task(
    site: &Site,
    row: &Model,
    draft: &super::model::DraftRow,
    position: usize,
    plan: &Plan,
    today: NaiveDate,
) -> Result<Task> {
    let claims = if plan.is_open { Claims::Open } else { Claims::None };
    let due = reporting::rules(row.year)?.claims_due(&site.calendar, beginning(row.year, today))?;
    Ok(Task {
        id: Uuid::now_v7(),
        breakdown: row.id,
        no: i32::try_from(draft.no).unwrap_or(i32::MAX),
        position: i32::try_from(position).unwrap_or(i32::MAX),
        chapter: draft.chapter.clone(),
        section: draft.section.clone(),
        title: draft.task.clone(),
        requirement: draft.requirement.clone(),
        leads: Names(draft.lead.clone()),
        lead_note: draft.lead_note.clone(),
        responsible_text: draft.responsible.clone(),
        due_text: draft.due.clone(),
        claims: claims.id().to_string(),
        claims_due_on: plan.is_open.then_some(due),
        claims_settled_at: None,
    })
}

/// The unit that coordinates, as the preview proposes it.
pub(super) fn proposed_office(row: &Model, register: &Register, today: NaiveDate) -> Option<Uuid> {
    row.office.or_else(|| register.resolve(OFFICE, today))
}

/// The day on which a breakdown was put in force.
pub(crate) fn adopted_on(row: &Model) -> Option<NaiveDate> {
    row.adopted_at.map(civil_date)
}
