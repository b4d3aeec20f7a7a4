//! Assignments and claims on the desk.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::NaiveDate;
use kit::capability::Route;
use kit::clock::{civil_date, spoken_date, weekday};
use kit::form::{Issues, Submission};
use kit::page::parts::Choice;
use kit::permission::Access;
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use uuid::Uuid;

use super::forms::read_adjustment;
use super::model::{Origin, Part, State};
use super::pages::{AssignmentPage, ClaimRow, ClaimsPage, DateChoice, OpenTask, ProposePage};
use super::service;
use super::store::{self, Assignment};
use crate::measuring::snapshot::Snapshot;
use crate::reporting;
use crate::task::store::{self as tasks, Claims, Task};
use crate::{COORDINATE, PROPOSE, READ, REPORT};

/// Routes of this subject. What a person may do for which unit is decided by the service.
pub(crate) fn routes() -> Vec<Route> {
    let (read, coordinate) = (Access::Holder(&READ), Access::Holder(&COORDINATE));
    let (report, propose) = (Access::Holder(&REPORT), Access::Holder(&PROPOSE));
    vec![
        Route::desk("GET", "/claims", read, get(claims)),
        Route::desk("POST", "/claims/confirm", coordinate, post(confirm)),
        Route::desk("GET", "/claims/{key}", read, get(list)),
        Route::desk("POST", "/claims/{key}/propose", propose, post(propose_unit)),
        Route::desk("POST", "/claims/{key}/claim", report, post(claim)),
        Route::desk("POST", "/claims/{key}/settle", coordinate, post(settle)),
        Route::desk("GET", "/assignments/{id}", read, get(show)),
        Route::desk("POST", "/assignments/{id}", read, post(adjust)),
        Route::desk("POST", "/assignments/{id}/object", report, post(object)),
        Route::desk("POST", "/assignments/{id}/decide", coordinate, post(decide)),
        Route::desk("POST", "/assignments/{id}/withdraw", coordinate, post(withdraw)),
    ]
}

async fn claims(desk: Desk) -> Result<Response> {
    let snapshot = Snapshot::newest(desk.site.db.read()).await?;
    let today = desk.site.clock.today();
    let mut page = ClaimsPage {
        open: Vec::new(),
        proposed: Vec::new(),
        objected: Vec::new(),
        may_coordinate: desk.actor().require_district(&COORDINATE).is_ok(),
        token: desk.token(),
    };
    for task in snapshot.iter().flat_map(|snapshot| &snapshot.tasks) {
        let Some(snapshot) = &snapshot else { continue };
        if task.claims() == Claims::Open {
            page.open.push(open_task(snapshot, task, today));
        }
        for row in snapshot.assignments(task.id) {
            match row.state() {
                State::Proposed => page.proposed.push(claim_row(snapshot, task, row)),
                State::Objected => page.objected.push(claim_row(snapshot, task, row)),
                _ => {}
            }
        }
    }
    desk.page("claims", "待认领", &page).await
}

fn open_task(snapshot: &Snapshot, task: &Task, today: NaiveDate) -> OpenTask {
    let claimed = |row: &&Assignment| row.origin() == Origin::Claimed && row.state() != State::Withdrawn;
    OpenTask {
        no: task.no,
        key: snapshot.key(task),
        title: task.title.clone(),
        words: task.responsible_text.clone(),
        leads: snapshot.lead_names(task.id, today),
        due: task.claims_due_on.map(spoken_date).unwrap_or_default(),
        machine_due: task.claims_due_on.map(|due| due.to_string()).unwrap_or_default(),
        is_late: task.claims_due_on.is_some_and(|due| due < today),
        count: snapshot.assignments(task.id).iter().filter(claimed).count(),
    }
}

fn claim_row(snapshot: &Snapshot, task: &Task, row: &Assignment) -> ClaimRow {
    let words = if row.state() == State::Objected {
        &row.objection
    } else {
        &row.proposal
    };
    ClaimRow {
        id: row.id.to_string(),
        no: task.no,
        unit: snapshot.register.short_name(row.unit),
        words: words.clone().unwrap_or_default(),
        by: row.proposed_by.clone().unwrap_or_default(),
        on: spoken_date(civil_date(row.created_at)),
        state: row.state().name(),
        decision: row.decision.clone().unwrap_or_default(),
    }
}

async fn confirm(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let ids: Vec<Uuid> = form
        .all("claim")
        .iter()
        .filter_map(|text| Uuid::parse_str(text).ok())
        .collect();
    if form.text("do") == "refuse" {
        service::decline(&desk.site, desk.actor(), &ids, form.text("reason")).await?;
    } else {
        service::confirm(&desk.site, desk.actor(), &ids).await?;
    }
    Ok(desk.go("/claims"))
}

async fn list(desk: Desk, Path(key): Path<String>) -> Result<Response> {
    list_page(&desk, &key, &Submission::default(), &Issues::default()).await
}

async fn list_page(desk: &Desk, key: &str, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let (table, task) = tasks::by_key(on, key).await?;
    let snapshot = Snapshot::of_task(on, table, task.clone()).await?;
    let today = desk.site.clock.today();
    let actor = desk.actor();
    let leads = snapshot.units(task.id, Part::Lead, today);
    let coordinates = actor.require_district(&COORDINATE).is_ok();
    let proposes = coordinates || leads.iter().any(|lead| actor.may(&PROPOSE, *lead));
    let units = || {
        snapshot
            .register
            .active(today)
            .map(|unit| (unit.id, unit.short_name.clone()))
    };
    let choices = |wanted: &dyn Fn(Uuid) -> bool| {
        Choice::list(
            units()
                .filter(|(id, _)| wanted(*id))
                .map(|(id, name)| (id.to_string(), name)),
            form.text("unit"),
        )
    };
    let rows = snapshot
        .assignments(task.id)
        .iter()
        .filter(|row| row.origin() == Origin::Claimed);
    let page = ProposePage {
        key: snapshot.key(&task),
        no: task.no,
        title: task.title.clone(),
        words: task.responsible_text.clone(),
        leads: snapshot.lead_names(task.id, today),
        listed: rows.map(|row| claim_row(&snapshot, &task, row)).collect(),
        proposable: if proposes { choices(&|_| true) } else { Vec::new() },
        own: choices(&|unit| actor.may(&REPORT, unit)),
        is_open: task.claims() == Claims::Open,
        may_settle: coordinates && task.claims() == Claims::Open,
        form,
        issues,
        token: desk.token(),
    };
    desk.page("claims", format!("第{}项的名单", task.no), &page).await
}

async fn propose_unit(desk: Desk, Path(key): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    enlist(&desk, &key, &form, true).await
}

async fn claim(desk: Desk, Path(key): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    enlist(&desk, &key, &form, false).await
}

async fn enlist(desk: &Desk, key: &str, form: &Submission, for_another: bool) -> Result<Response> {
    let (_, task) = tasks::by_key(desk.site.db.read(), key).await?;
    let mut issues = Issues::default();
    let (unit_field, reason_field) = if for_another {
        ("unit", "reason")
    } else {
        ("own-unit", "own-reason")
    };
    let unit = form.id(unit_field, "单位", &mut issues);
    let reason = form.required_text(reason_field, "理由", 500, &mut issues);
    let Some(unit) = unit.filter(|_| issues.is_empty()) else {
        issues.add(unit_field, "单位：请选择一项");
        let page = list_page(desk, key, form, &issues).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let done = if for_another {
        service::propose(&desk.site, desk.actor(), task.id, unit, &reason).await
    } else {
        service::claim(&desk.site, desk.actor(), task.id, unit, &reason).await
    };
    match done {
        Ok(_) => Ok(desk.go(&format!("/claims/{key}"))),
        Err(Error::Refused { what, advice }) => {
            issues.add(unit_field, format!("{what}。{advice}"));
            let page = list_page(desk, key, form, &issues).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

async fn settle(desk: Desk, Path(key): Path<String>, _form: DeskForm) -> Result<Response> {
    let (_, task) = tasks::by_key(desk.site.db.read(), &key).await?;
    service::settle(&desk.site, desk.actor(), task.id).await?;
    Ok(desk.go("/claims"))
}

async fn show(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    show_page(&desk, id, &Issues::default()).await
}

async fn show_page(desk: &Desk, id: Uuid, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let row = store::find(on, id).await?;
    let (table, task) = tasks::with_table(on, row.task).await?;
    let snapshot = Snapshot::of_task(on, table, task.clone()).await?;
    let actor = desk.actor();
    let coordinates = actor.require_district(&COORDINATE).is_ok();
    let acting = snapshot
        .register
        .follow(row.unit, desk.site.clock.today())
        .unwrap_or(row.unit);
    let reports = actor.may(&REPORT, acting);
    let state = row.state();
    let page = AssignmentPage {
        id: id.to_string(),
        key: snapshot.key(&task),
        no: task.no,
        title: task.title.clone(),
        unit: snapshot.register.short_name(row.unit),
        acting: acting.to_string(),
        part: row.part().name(),
        origin: row.origin().name(),
        state: state.name(),
        proposal: row.proposal.clone().unwrap_or_default(),
        objection: row.objection.clone().unwrap_or_default(),
        decision: row.decision.clone().unwrap_or_default(),
        limit: row.limit_on.to_string(),
        dates: dates(snapshot.table.year, &row)?,
        section: row.office_section.clone(),
        contact: row.contact.clone(),
        note: row.note.clone(),
        may_adjust: (coordinates || reports) && state != State::Withdrawn,
        may_coordinate: coordinates,
        may_object: reports && row.origin() == Origin::Claimed && matches!(state, State::Proposed | State::Confirmed),
        may_withdraw: coordinates && matches!(state, State::Assigned | State::Confirmed | State::Proposed),
        is_objected: coordinates && state == State::Objected,
        issues,
        token: desk.token(),
    };
    desk.page("board", format!("{}的分工", page.unit), &page).await
}

/// The dates of the year, and those set for this assignment, in order.
fn dates(year: i32, row: &Assignment) -> Result<Vec<DateChoice>> {
    let mut all = reporting::rules(year)?.dates_of(year)?;
    all.extend(row.reporting.0.iter().copied());
    all.sort_unstable();
    all.dedup();
    Ok(all
        .into_iter()
        .map(|date| DateChoice {
            machine: date.to_string(),
            words: format!("{}（{}）", spoken_date(date), weekday(date)),
            is_chosen: row.reporting.0.contains(&date),
        })
        .collect())
}

async fn adjust(desk: Desk, Path(id): Path<Uuid>, DeskForm(mut form): DeskForm) -> Result<Response> {
    if desk.actor().require_district(&COORDINATE).is_err() {
        // A unit's form has no dates; the service would not take them either.
        let row = store::find(desk.site.db.read(), id).await?;
        form.push("limit", row.limit_on.to_string());
    }
    let mut issues = Issues::default();
    if let Some(new) = read_adjustment(&form, &mut issues) {
        let done = service::adjust(&desk.site, desk.actor(), id, &new).await;
        return answer(&desk, id, "limit", done).await;
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, show_page(&desk, id, &issues).await?).into_response())
}

async fn object(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let done = service::object(&desk.site, desk.actor(), id, form.text("objection")).await;
    answer(&desk, id, "objection", done).await
}

async fn decide(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let is_upheld = form.text("decision") == "uphold";
    let done = service::decide(&desk.site, desk.actor(), id, is_upheld, form.text("words")).await;
    answer(&desk, id, "words", done).await
}

async fn withdraw(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let done = service::withdraw(&desk.site, desk.actor(), id, form.text("reason")).await;
    answer(&desk, id, "reason", done).await
}

async fn answer(desk: &Desk, id: Uuid, field: &str, done: Result<()>) -> Result<Response> {
    match done {
        Ok(()) => Ok(desk.go(&format!("/assignments/{id}"))),
        Err(Error::Refused { what, advice }) => {
            let mut issues = Issues::default();
            issues.add(field, format!("{what}。{advice}"));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, show_page(desk, id, &issues).await?).into_response())
        }
        Err(other) => Err(other),
    }
}
