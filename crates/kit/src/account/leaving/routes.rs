//! Leaving: preview, carrying out, and the list that both sign.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use uuid::Uuid;

use super::pages::{HandoverList, ListView, Preview};
use super::{service, store};
use crate::account::{MANAGE, store as account_store};
use crate::capability::Route;
use crate::clock::{spoken_date, spoken_time};
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::page::parts::Choice;
use crate::permission::Access;
use crate::web::{Desk, DeskForm};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let manage = Access::Holder(&MANAGE);
    vec![
        Route::desk("GET POST", "/accounts/{id}/leave", manage, get(page).post(leave)).proved("办理离岗交接"),
        Route::desk("GET", "/accounts/{id}/handover", manage, get(list)),
    ]
}

async fn account(desk: &Desk, id: Uuid) -> Result<account_store::account::Model> {
    let found = account_store::find(desk.site.db.read(), id).await?;
    found.ok_or_else(|| Error::not_found("这个账号"))
}

async fn page(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    let today = desk.site.clock.today().to_string();
    let form = Submission::of([("left_on", today)]);
    preview(&desk, id, &form, &Issues::default()).await
}

async fn preview(desk: &Desk, id: Uuid, form: &Submission, issues: &Issues) -> Result<Response> {
    let leaver = account(desk, id).await?;
    let others = account_store::all(desk.site.db.read()).await?;
    let others = others.into_iter().filter(|a| a.id != id && a.disabled_at.is_none());
    let successors = Choice::list(others.map(|a| (a.id.to_string(), a.name)), form.text("successor"));
    let page = Preview {
        id: id.to_string(),
        name: &leaver.name,
        items: &service::preview(&desk.site, id).await?,
        successors: &successors,
        left_on: form.text("left_on"),
        issues,
        token: desk.token(),
    };
    desk.page("accounts", "离岗交接", &page).await
}

async fn leave(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let successor = form.id("successor", "接手的岗位", &mut issues);
    let left_on = form.required_date("left_on", "离岗日期", &mut issues);
    if successor.is_none() {
        issues.add("successor", "接手的岗位：请选择一项");
    }
    if let (Some(successor), Some(left_on), true) = (successor, left_on, issues.is_empty()) {
        match service::leave(&desk.site, desk.actor(), id, successor, left_on).await {
            Ok(_) => return Ok(desk.go(&format!("/accounts/{id}/handover"))),
            Err(Error::Refused { what, advice }) => issues.add("successor", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    let page = preview(&desk, id, &form, &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn list(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    let leaver = account(&desk, id).await?;
    let mut lists = Vec::new();
    for row in store::of(desk.site.db.read(), id).await? {
        let broken = |_| Error::Internal("a hand-over list is damaged".into());
        lists.push(ListView {
            left_on: spoken_date(row.left_on),
            successor: account(&desk, row.successor).await?.name,
            by: row.actor_name,
            at: spoken_time(row.at),
            items: serde_json::from_value(row.items).map_err(broken)?,
            grants: serde_json::from_value(row.grants).map_err(broken)?,
        });
    }
    let page = HandoverList {
        id: id.to_string(),
        name: &leaver.name,
        lists,
    };
    desk.page("accounts", "交接清单", &page).await
}
