//! The two registers on the desk.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kit::account::Reach;
use kit::capability::Route;
use kit::clock::{civil_date, spoken_date};
use kit::form::{Issues, Submission};
use kit::page::parts::Choice;
use kit::permission::Access;
use kit::unit;
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use uuid::Uuid;

use super::pages::{ExpectedPage, ExpectedRow, NumbersPage, SequenceRow};
use super::service::{self, NewExpected};
use super::store;
use crate::document::PublicState;
use crate::document::store as documents;
use crate::{DRAFT, OVERSEE, READ};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (read, oversee) = (Access::Holder(&READ), Access::Holder(&OVERSEE));
    vec![
        Route::desk("GET", "/expected", read, get(expected_list)),
        Route::desk("POST", "/expected", oversee, post(enter_expected)),
        Route::desk("POST", "/expected/{id}/fulfil", Access::Holder(&DRAFT), post(fulfil)),
        Route::desk("POST", "/expected/{id}/withdraw", oversee, post(withdraw)),
        Route::desk("GET", "/numbers", read, get(numbers)),
        Route::desk("POST", "/numbers", oversee, post(enter_numbers)),
    ]
}

async fn expected_list(desk: Desk) -> Result<Response> {
    expected_page(&desk, &Submission::default(), &Issues::default()).await
}

async fn expected_page(desk: &Desk, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let today = desk.site.clock.today();
    let items = store::expected_items(on, None).await?;
    let units = unit::register(on).await?;
    let linked = documents::documents_by_id(on, items.iter().filter_map(|i| i.document).collect()).await?;
    let reach = desk.actor().reach(&READ);
    let mut topics: Vec<String> = items.iter().map(|i| i.topic.clone()).collect();
    topics.sort();
    topics.dedup();
    let rows = items
        .into_iter()
        .filter(|item| reach.covers(item.unit))
        .map(|item| {
            let document = item.document.and_then(|id| linked.iter().find(|d| d.id == id));
            let is_public = document.is_some_and(|d| is_readable(d.public_state.as_deref()));
            let (state, class) = match (is_public, item.due_on < today) {
                (true, _) => ("已公开", "tag--ok"),
                (false, true) => ("逾期", "tag--late"),
                (false, false) => ("待公开", "tag--info"),
            };
            let link = document.and_then(|d| d.path.clone().map(|p| (p, d.id.to_string())));
            ExpectedRow {
                id: item.id.to_string(),
                unit: units
                    .iter()
                    .find(|u| u.id == item.unit)
                    .map(|u| u.short_name.clone())
                    .unwrap_or_default(),
                topic: item.topic,
                title: item.title,
                due: spoken_date(item.due_on),
                basis: item.basis,
                document: link,
                state,
                class,
                may_fulfil: !is_public && desk.actor().may(&DRAFT, item.unit),
            }
        })
        .collect();
    let active = units.iter().filter(|u| u.is_active(today));
    let choices = Choice::list(
        active.map(|u| (u.id.to_string(), u.short_name.clone())),
        form.text("unit"),
    );
    let page = ExpectedPage {
        rows,
        may_enter: desk.actor().reach(&OVERSEE) == Reach::District,
        form,
        issues,
        units: &choices,
        topics,
        token: desk.token(),
    };
    desk.page("expected", "应公开事项", &page).await
}

/// Whether the public can read a document in this state.
pub(crate) fn is_readable(state: Option<&str>) -> bool {
    matches!(
        state.and_then(PublicState::of),
        Some(PublicState::Live | PublicState::Marked)
    )
}

async fn enter_expected(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let unit = form.id("unit", "责任单位", &mut issues);
    if unit.is_none() {
        issues.add("unit", "责任单位：请选择一项");
    }
    let topic = form.required_text("topic", "清单", 40, &mut issues);
    let title = form.required_text("title", "事项", 200, &mut issues);
    let due_on = form.required_date("due_on", "应公开日期", &mut issues);
    let basis = form.required_text("basis", "依据", 200, &mut issues);
    if let (Some(unit), Some(due_on), true) = (unit, due_on, issues.is_empty()) {
        let new = NewExpected {
            unit,
            topic,
            title,
            due_on,
            basis,
        };
        match service::expect(&desk.site, desk.actor(), &new).await {
            Ok(_) => return Ok(desk.go("/expected")),
            Err(Error::Refused { what, advice }) => issues.add("title", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        expected_page(&desk, &form, &issues).await?,
    )
        .into_response())
}

async fn fulfil(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    service::fulfil(&desk.site, desk.actor(), id, form.text("path")).await?;
    Ok(desk.go("/expected"))
}

async fn withdraw(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    service::withdraw(&desk.site, desk.actor(), id, form.text("reason")).await?;
    Ok(desk.go("/expected"))
}

async fn numbers(desk: Desk) -> Result<Response> {
    numbers_page(&desk, &Submission::default(), &Issues::default()).await
}

async fn numbers_page(desk: &Desk, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let units = unit::register(on).await?;
    let rows = store::sequences(on)
        .await?
        .into_iter()
        .map(|row| SequenceRow {
            unit: units
                .iter()
                .find(|u| u.id == row.unit)
                .map(|u| u.short_name.clone())
                .unwrap_or_default(),
            code: row.code,
            year: row.year,
            last: row.last,
            entered: spoken_date(civil_date(row.entered_at)),
        })
        .collect();
    let active = units.iter().filter(|u| u.ended_on.is_none());
    let choices = Choice::list(
        active.map(|u| (u.id.to_string(), u.short_name.clone())),
        form.text("unit"),
    );
    let page = NumbersPage {
        rows,
        may_enter: desk.actor().reach(&OVERSEE) == Reach::District,
        form,
        issues,
        units: &choices,
        token: desk.token(),
    };
    desk.page("numbers", "文号登记", &page).await
}

async fn enter_numbers(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let unit = form.id("unit", "单位", &mut issues);
    if unit.is_none() {
        issues.add("unit", "单位：请选择一项");
    }
    let code = form.required_text("code", "机关代字", 20, &mut issues);
    let number = |name: &str, label: &str, issues: &mut Issues| {
        let value = form.text(name).parse::<i32>().ok();
        if value.is_none() {
            issues.add(name, format!("{label}：请填整数"));
        }
        value
    };
    let year = number("year", "年份", &mut issues);
    let last = number("last", "最新顺序号", &mut issues);
    if let (Some(unit), Some(year), Some(last), true) = (unit, year, last, issues.is_empty()) {
        match service::enter_sequence(&desk.site, desk.actor(), unit, &code, year, last).await {
            Ok(()) => return Ok(desk.go("/numbers")),
            Err(Error::Refused { what, advice }) => issues.add("code", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        numbers_page(&desk, &form, &issues).await?,
    )
        .into_response())
}
