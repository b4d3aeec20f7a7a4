//! The desk: what was reported, and what to do about it.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::NaiveDate;
use kit::capability::Route;
use kit::clock::{civil_date, spoken_date, spoken_time};
use kit::form::{Issues, Submission};
use kit::page::parts::{Choice, Pager};
use kit::permission::Access;
use kit::unit::{self, Unit};
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use serde::Deserialize;
use statute::portal::ErrataDeadline;
use uuid::Uuid;

use super::HANDLE;
use super::forms::inert;
use super::model::{Kind, Outcome};
use super::pages::{ListPage, Row, ShowPage, StepLine};
use super::public::state_words;
use super::service::{self, Report};
use super::store::{report, step};
use crate::Publishing;

const PER_PAGE: u64 = 50;
/// The longest answer.
const LONGEST_ANSWER: usize = 1000;

pub(super) fn routes() -> Vec<Route> {
    let handle = Access::Holder(&HANDLE);
    vec![
        Route::desk("GET", "/errata", handle, get(list)),
        Route::desk("GET", "/errata/{id}", handle, get(show)),
        Route::desk("POST", "/errata/{id}/answer", handle, post(answer)),
        Route::desk("POST", "/errata/{id}/close", handle, post(close)),
        Route::desk("POST", "/errata/{id}/transfer", handle, post(transfer)),
        Route::desk("POST", "/errata/{id}/contact", handle, post(contact)),
    ]
}

#[derive(Deserialize)]
struct Wish {
    state: Option<String>,
    page: Option<u64>,
}

async fn list(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Query(wish): Query<Wish>,
) -> Result<Response> {
    let is_open = wish.state.as_deref() != Some("ended");
    let page = wish.page.unwrap_or(0).min(10_000);
    let (reports, total) = service::list(&desk.site, desk.actor(), is_open, page, PER_PAGE).await?;
    let units = unit::register(desk.site.db.read()).await?;
    let base = if is_open { "/errata?" } else { "/errata?state=ended&" };
    let body = ListPage {
        rows: reports.iter().map(|r| row(&desk, &publishing, r, &units)).collect(),
        is_open,
        pager: Pager::new(base, page, PER_PAGE, total),
    };
    desk.page("errata", "网站找错", &body).await
}

fn deadline(desk: &Desk, publishing: &Publishing, report: &report::Model) -> Option<ErrataDeadline> {
    service::deadline(&desk.site, &publishing.parameters, civil_date(report.received_at))
}

fn row(desk: &Desk, publishing: &Publishing, report: &report::Model, units: &[Unit]) -> Row {
    let today = desk.site.clock.today();
    let due = deadline(desk, publishing, report).map(|d| d.answer_by);
    let (state, class) = match state_words(report.settled_as.as_deref()) {
        _ if report.settled_at.is_none() && due.is_some_and(|due| due < today) => ("超期未答复", "tag--late"),
        _ if report.settled_at.is_none() && due == Some(today) => ("今天到期", "tag--due"),
        words => words,
    };
    Row {
        id: report.id.to_string(),
        number: report.number.clone(),
        page: report.page.clone(),
        kind: Kind::of(&report.kind).map_or("", Kind::name),
        unit: name_of(report.unit, units),
        received: spoken_time(report.received_at),
        due: due.map(spoken_date).unwrap_or_default(),
        state,
        class,
    }
}

fn name_of(unit: Option<Uuid>, units: &[Unit]) -> String {
    let found = unit.and_then(|id| units.iter().find(|u| u.id == id));
    found.map_or_else(|| "区级统筹".into(), |u| u.short_name.clone())
}

async fn show(desk: Desk, Extension(publishing): Extension<Arc<Publishing>>, Path(id): Path<Uuid>) -> Result<Response> {
    let found = service::find(&desk.site, desk.actor(), id).await?;
    show_page(
        &desk,
        &publishing,
        found,
        None,
        &Submission::default(),
        &Issues::default(),
    )
    .await
}

async fn show_page(
    desk: &Desk,
    publishing: &Publishing,
    found: Report,
    contact: Option<&str>,
    form: &Submission,
    issues: &Issues,
) -> Result<Response> {
    let units = unit::register(desk.site.db.read()).await?;
    let today: NaiveDate = desk.site.clock.today();
    let active = units
        .iter()
        .filter(|u| u.is_active(today) && Some(u.id) != found.report.unit);
    let mut choices: Vec<(String, String)> = active.map(|u| (u.id.to_string(), u.short_name.clone())).collect();
    if found.report.unit.is_some() {
        choices.insert(0, ("district".into(), "退回区级统筹".into()));
    }
    let choices = Choice::list(choices, form.text("unit"));
    let deadline = deadline(desk, publishing, &found.report);
    let row = row(desk, publishing, &found.report, &units);
    let title = format!("{} {}", row.number, row.kind);
    let body = ShowPage {
        url: format!("{}{}", desk.site.profile.public_url, found.report.page),
        row,
        words: &found.report.words,
        has_contact: found.report.contact.is_some(),
        contact,
        explanation: deadline.as_ref().map(ErrataDeadline::explain).unwrap_or_default(),
        transfer_by: deadline.map(|d| spoken_date(d.transfer_by)),
        steps: found.steps.iter().map(|s| step_line(s, &units)).collect(),
        is_open: found.report.settled_at.is_none(),
        units: &choices,
        form,
        issues,
        token: desk.token(),
    };
    desk.page("errata", title, &body).await
}

fn step_line(step: &step::Model, units: &[Unit]) -> StepLine {
    let what = match Outcome::of(&step.what) {
        Some(outcome) => outcome.name().to_string(),
        None => format!("转给{}", name_of(step.unit, units)),
    };
    StepLine {
        at: spoken_time(step.at),
        who: step.actor_name.clone(),
        what,
        words: step.words.clone(),
    }
}

async fn answer(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    settle(&desk, &publishing, id, Outcome::Answered, ("answer", "答复内容"), &form).await
}

async fn close(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    settle(&desk, &publishing, id, Outcome::Closed, ("reason", "理由"), &form).await
}

async fn settle(
    desk: &Desk,
    publishing: &Publishing,
    id: Uuid,
    outcome: Outcome,
    (field, label): (&str, &str),
    form: &Submission,
) -> Result<Response> {
    let mut issues = Issues::default();
    let words = inert(&form.required_text(field, label, LONGEST_ANSWER, &mut issues));
    if issues.is_empty() {
        service::settle(&desk.site, desk.actor(), id, outcome, &words).await?;
        return Ok(desk.go(&format!("/errata/{id}")));
    }
    refused(desk, publishing, id, form, &issues).await
}

async fn transfer(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let mut issues = Issues::default();
    let unit = match form.text("unit") {
        "" => {
            issues.add("unit", "转给哪个单位：请选择一项");
            None
        }
        "district" => None,
        _ => form.id("unit", "转给哪个单位", &mut issues),
    };
    let words = inert(&form.short_text("note", "说明", 200, &mut issues));
    if issues.is_empty() {
        match service::pass_on(&desk.site, desk.actor(), id, unit, &words).await {
            Ok(()) => return Ok(desk.go("/errata")),
            Err(Error::Refused { what, advice }) => issues.add("unit", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    refused(&desk, &publishing, id, &form, &issues).await
}

async fn refused(
    desk: &Desk,
    publishing: &Publishing,
    id: Uuid,
    form: &Submission,
    issues: &Issues,
) -> Result<Response> {
    let found = service::find(&desk.site, desk.actor(), id).await?;
    let page = show_page(desk, publishing, found, None, form, issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn contact(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    _form: DeskForm,
) -> Result<Response> {
    let contact = service::read_contact(&desk.site, desk.actor(), id).await?;
    let found = service::find(&desk.site, desk.actor(), id).await?;
    let (form, issues) = (Submission::default(), Issues::default());
    show_page(&desk, &publishing, found, Some(contact.expose()), &form, &issues).await
}
