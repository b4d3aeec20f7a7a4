//! Urging on the desk: choose a unit, see what it has not finished, send.

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kit::capability::Route;
use kit::clock::spoken_date;
use kit::form::{Issues, Submission};
use kit::notice::{ISSUE, Kind};
use kit::page::parts::Choice;
use kit::permission::Access;
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{ItemRow, UnitRow, UnitsPage, UrgePage};
use super::service::{self, Scope};

/// Working days that a unit gets to answer, where nobody chooses otherwise.
const DAYS_TO_ANSWER: u32 = 3;

/// Routes of this subject.
pub(crate) fn routes() -> Vec<Route> {
    vec![Route::desk(
        "GET POST",
        "/urge",
        Access::Holder(&ISSUE),
        get(page).post(send),
    )]
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    task: Option<String>,
    unit: Option<String>,
}

async fn page(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let scope = Scope::load(&desk.site, wish.task.as_deref().unwrap_or_default()).await?;
    match wish.unit.as_deref().and_then(|text| Uuid::parse_str(text).ok()) {
        Some(unit) => form_page(&desk, &scope, unit, &Submission::default(), &Issues::default()).await,
        None => units_page(&desk, &scope).await,
    }
}

async fn units_page(desk: &Desk, scope: &Scope) -> Result<Response> {
    let rows = scope.units().into_iter().map(|(unit, all, late)| UnitRow {
        id: unit.to_string(),
        name: scope.snapshot.register.short_name(unit),
        all,
        late,
    });
    let page = UnitsPage {
        key: scope.key.clone(),
        words: scope.words(),
        rows: rows.collect(),
    };
    desk.page("board", "催办、督办", &page).await
}

async fn form_page(desk: &Desk, scope: &Scope, unit: Uuid, form: &Submission, issues: &Issues) -> Result<Response> {
    let today = desk.site.clock.today();
    let usual = desk.site.calendar.add_working_days(today, DAYS_TO_ANSWER);
    let usual = usual.map_or(today, |count| count.to);
    let items = scope.unfinished(unit).into_iter().map(|item| ItemRow {
        title: item.title.clone(),
        link: item.link.clone(),
        due: item.due_on.map(spoken_date).unwrap_or_default(),
        is_late: item.is_late(scope.figures.as_of),
    });
    let chosen = form.given("kind").unwrap_or(Kind::Urge.id());
    let page = UrgePage {
        key: scope.key.clone(),
        words: scope.words(),
        unit: unit.to_string(),
        unit_name: scope.snapshot.register.short_name(unit),
        items: items.collect(),
        kinds: Choice::list(
            [Kind::Urge, Kind::Supervise].map(|kind| (kind.id(), kind.name())),
            chosen,
        ),
        due: form.given("due").map_or_else(|| usual.to_string(), str::to_string),
        text: form.text("words"),
        issues,
        token: desk.token(),
    };
    desk.page("board", "催办、督办", &page).await
}

async fn send(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let key = form.text("task");
    let unit = form.id("unit", "单位", &mut issues);
    let unit = unit.ok_or_else(|| Error::refused("没有选单位", "请从看板或任务页面重新进入"))?;
    let due = form.required_date("due", "答复期限", &mut issues);
    let kind = Kind::of(form.text("kind")).filter(|kind| kind.is_in_ledger());
    if kind.is_none() {
        issues.add("kind", "方式：请选择催办或督办");
    }
    if let (Some(due), Some(kind), true) = (due, kind, issues.is_empty()) {
        match service::urge(&desk.site, desk.actor(), kind, key, unit, form.text("words"), due).await {
            Ok(issued) => return Ok(desk.go(&format!("/notices/{}", issued.id))),
            Err(Error::Refused { what, advice }) => issues.add("words", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    let scope = Scope::load(&desk.site, key).await?;
    let page = form_page(&desk, &scope, unit, &form, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
