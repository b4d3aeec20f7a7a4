//! The register on the desk.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use uuid::Uuid;

use super::forms::{read_ending, read_new, read_renaming};
use super::pages::{NameRow, UnitList, UnitPage, UnitRow};
use super::{Kind, MANAGE, Unit, service, store};
use crate::account::Reach;
use crate::capability::Route;
use crate::clock::spoken_date;
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::page::parts::Choice;
use crate::permission::Access;
use crate::web::{Desk, DeskForm};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let manage = Access::Holder(&MANAGE);
    vec![
        Route::desk("GET", "/units", Access::SignedIn, get(list)),
        Route::desk("POST", "/units", manage, post(enter)),
        Route::desk("GET", "/units/{id}", Access::SignedIn, get(show)),
        Route::desk("POST", "/units/{id}/rename", manage, post(rename)),
        Route::desk("POST", "/units/{id}/end", manage, post(end)),
    ]
}

fn may_change(desk: &Desk) -> bool {
    desk.actor().reach(&MANAGE) == Reach::District
}

async fn list(desk: Desk) -> Result<Response> {
    list_page(&desk, &Submission::default(), &Issues::default()).await
}

async fn list_page(desk: &Desk, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let units = store::register(on).await?;
    let groups = store::groups(on).await?;
    let rows = units
        .iter()
        .map(|unit| {
            let mut own: Vec<&str> = groups
                .iter()
                .filter(|(_, members)| members.contains(&unit.id))
                .map(|(n, _)| n.as_str())
                .collect();
            own.sort_unstable();
            UnitRow {
                id: unit.id.to_string(),
                short_name: unit.short_name.clone(),
                full_name: unit.full_name.clone(),
                kind: unit.kind.name(),
                groups: own.join("、"),
                state: state(unit, &units),
            }
        })
        .collect();
    let kinds = Choice::list(Kind::ALL.map(|k| (k.id(), k.name())), form.text("kind"));
    let page = UnitList {
        rows,
        may_change: may_change(desk),
        form,
        issues,
        kinds: &kinds,
        token: desk.token(),
    };
    desk.page("units", "单位名册", &page).await
}

fn state(unit: &Unit, units: &[Unit]) -> String {
    let Some(end) = unit.ended_on else {
        return "在册".into();
    };
    let successor = unit.successor.and_then(|id| units.iter().find(|u| u.id == id));
    match successor {
        Some(successor) => format!("{} 并入 {}", spoken_date(end), successor.short_name),
        None => format!("{} 撤销", spoken_date(end)),
    }
}

async fn enter(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let new = read_new(&form, &mut issues);
    if issues.is_empty() {
        match service::enter(&desk.site, desk.actor(), vec![new]).await {
            Ok(ids) => return Ok(desk.go(&format!("/units/{}", ids.first().copied().unwrap_or_default()))),
            Err(Error::Refused { what, advice }) => issues.add("code", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        list_page(&desk, &form, &issues).await?,
    )
        .into_response())
}

async fn show(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    show_page(&desk, id, &Submission::default(), &Issues::default()).await
}

async fn show_page(desk: &Desk, id: Uuid, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let unit = store::find(on, id).await?.ok_or_else(|| Error::not_found("这个单位"))?;
    let units = store::register(on).await?;
    let others = units.iter().filter(|u| u.id != id && u.ended_on.is_none());
    let others = Choice::list(
        others.map(|u| (u.id.to_string(), u.short_name.clone())),
        form.text("successor"),
    );
    let names = store::names(on, id).await?.into_iter().map(name_row).collect();
    let page = UnitPage {
        kind: unit.kind.name(),
        state: state(&unit, &units),
        names,
        may_change: may_change(desk) && unit.ended_on.is_none(),
        form,
        issues,
        others: &others,
        token: desk.token(),
        unit: &unit,
    };
    desk.page("units", unit.short_name.clone(), &page).await
}

fn name_row(name: store::name::Model) -> NameRow {
    NameRow {
        full_name: name.full_name,
        short_name: name.short_name,
        from: name.valid_from.map(spoken_date).unwrap_or_else(|| "未记载".into()),
        to: name.valid_to.map(spoken_date).unwrap_or_else(|| "今".into()),
        reason: name.reason,
    }
}

async fn rename(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let new = read_renaming(&form, &mut issues);
    if let (Some(from), true) = (new.from, issues.is_empty()) {
        let renamed = service::rename(
            &desk.site,
            desk.actor(),
            id,
            &new.full_name,
            &new.short_name,
            from,
            &new.reason,
        )
        .await;
        match renamed {
            Ok(()) => return Ok(desk.go(&format!("/units/{id}"))),
            Err(Error::Refused { what, advice }) => issues.add("full_name", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        show_page(&desk, id, &form, &issues).await?,
    )
        .into_response())
}

async fn end(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let ending = read_ending(&form, &mut issues);
    if let (Some(on), true) = (ending.on, issues.is_empty()) {
        match service::end(&desk.site, desk.actor(), id, on, ending.successor, &ending.reason).await {
            Ok(()) => return Ok(desk.go(&format!("/units/{id}"))),
            Err(Error::Refused { what, advice }) => issues.add("on", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        show_page(&desk, id, &form, &issues).await?,
    )
        .into_response())
}
