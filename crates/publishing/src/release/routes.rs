//! Releasing, marking and taking down, from the desk. Each has a page of its own, so that nothing public hangs on one
//! careless click.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kit::capability::Route;
use kit::form::{Issues, Submission};
use kit::page::parts::{ErrorSummary, TextField};
use kit::permission::Access;
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use uuid::Uuid;

use super::service;
use crate::document::store as documents;
use crate::{END, Publishing, READ, RELEASE};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (release, end) = (Access::Holder(&RELEASE), Access::Holder(&END));
    vec![
        Route::desk(
            "GET POST",
            "/documents/{id}/release",
            release,
            get(release_page).post(post_release),
        ),
        Route::desk("GET POST", "/documents/{id}/mark", end, get(mark_page).post(post_mark)).proved("标注效力或撤下"),
        Route::desk(
            "GET POST",
            "/documents/{id}/take-down",
            end,
            get(take_down_page).post(post_take_down),
        ),
    ]
}

/// Which of the three acts a page asks to confirm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    Release,
    Mark,
    TakeDown,
}

#[derive(Template)]
#[template(path = "document/act.html")]
struct ActPage<'a> {
    id: String,
    title: String,
    heading: &'static str,
    explanation: &'static str,
    action: &'static str,
    button: &'static str,
    is_grave: bool,
    reason_label: &'static str,
    reason_hint: &'static str,
    asks_reason: bool,
    asks_successor: bool,
    form: &'a Submission,
    issues: &'a Issues,
    token: &'a str,
}

async fn page(desk: &Desk, id: Uuid, act: Act, form: &Submission, issues: &Issues) -> Result<Response> {
    let on = desk.site.db.read();
    let gone = || Error::not_found("这份文件");
    let document = documents::find(on, id).await?.ok_or_else(gone)?;
    desk.actor().require(&READ, document.unit)?;
    let edition = documents::working_edition(on, id).await?.ok_or_else(gone)?;
    let revision = documents::revision(on, edition.revision).await?.ok_or_else(gone)?;
    let again = document.path.is_some();
    let (heading, explanation, action, button, reason_label, reason_hint) = match act {
        Act::Release => (
            "发布",
            "发布后立即可在公开网站读到、检索到，并记入发布日志。",
            "release",
            "发布",
            "更正说明",
            "写明改了什么，公众会在页面上看到。",
        ),
        Act::Mark => (
            "撤稿",
            "页面保留，最前面注明撤稿日期和原因；检索结果里排在有效文件之后。",
            "mark",
            "撤稿",
            "原因",
            "公众会在页面上看到。",
        ),
        Act::TakeDown => (
            "下架",
            "正文和附件从公开网站、检索和列表全部撤下，原地址只留“本页已下架”。地址今后不再使用。",
            "take-down",
            "下架",
            "原因",
            "只进入内部记录，不对外显示。",
        ),
    };
    let page = ActPage {
        id: id.to_string(),
        title: revision.title,
        heading,
        explanation,
        action,
        button,
        is_grave: act == Act::TakeDown,
        reason_label,
        reason_hint,
        asks_reason: act != Act::Release || again,
        asks_successor: act == Act::Mark,
        form,
        issues,
        token: desk.token(),
    };
    desk.page("documents", heading, &page).await
}

async fn release_page(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    page(&desk, id, Act::Release, &Submission::default(), &Issues::default()).await
}

async fn mark_page(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    page(&desk, id, Act::Mark, &Submission::default(), &Issues::default()).await
}

async fn take_down_page(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    page(&desk, id, Act::TakeDown, &Submission::default(), &Issues::default()).await
}

/// Leads back to the document, or shows the form again with what is wrong.
async fn answer(desk: &Desk, id: Uuid, act: Act, form: &Submission, outcome: Result<()>) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(desk.go(&format!("/documents/{id}"))),
        Err(Error::Refused { what, advice }) => {
            let mut issues = Issues::default();
            issues.add("reason", format!("{what}。{advice}"));
            Ok((
                StatusCode::UNPROCESSABLE_ENTITY,
                page(desk, id, act, form, &issues).await?,
            )
                .into_response())
        }
        Err(other) => Err(other),
    }
}

async fn post_release(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let outcome = service::release(&desk.site, &publishing, desk.actor(), id, form.text("reason")).await;
    answer(&desk, id, Act::Release, &form, outcome).await
}

async fn post_mark(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let (reason, successor) = (form.text("reason"), form.given("successor"));
    let outcome = service::mark(&desk.site, &publishing, desk.actor(), id, reason, successor).await;
    answer(&desk, id, Act::Mark, &form, outcome).await
}

async fn post_take_down(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let outcome = service::take_down(&desk.site, &publishing, desk.actor(), id, form.text("reason")).await;
    answer(&desk, id, Act::TakeDown, &form, outcome).await
}
