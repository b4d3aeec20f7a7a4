//! Jobs on the desk (后台任务), for the system administrator.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{ClassRow, JobList, JobPage, JobRow, PoisonedKind};
use super::store::{self, job};
use super::{CLASSES, MANAGE, health, service};
use crate::capability::Route;
use crate::clock::spoken_time;
use crate::error::{Error, Result};
use crate::form::Issues;
use crate::page::parts::{Choice, Pager};
use crate::permission::Access;
use crate::site::Site;
use crate::web::{Desk, DeskForm};

/// Every state with its name and the look of its mark.
const STATES: [(&str, &str, &str); 5] = [
    ("waiting", "等待", "tag"),
    ("running", "执行中", "tag tag--info"),
    ("poisoned", "多次失败", "tag tag--late"),
    ("done", "完成", "tag tag--ok"),
    ("dropped", "已放弃", "tag"),
];

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let manage = Access::Holder(&MANAGE);
    vec![
        Route::desk("GET", "/jobs", manage, get(list)),
        Route::desk("POST", "/jobs/retry", manage, post(retry_kind)),
        Route::desk("GET", "/jobs/{id}", manage, get(show)),
        Route::desk("POST", "/jobs/{id}/retry", manage, post(retry)),
        Route::desk("POST", "/jobs/{id}/drop", manage, post(drop_job)),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    state: Option<String>,
    kind: Option<String>,
    page: Option<u64>,
}

async fn list(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let on = desk.site.db.read();
    let (state, kind) = (wish.state.unwrap_or_default(), wish.kind.unwrap_or_default());
    let wanted = store::Wanted {
        state: STATES
            .iter()
            .find(|(id, ..)| *id == state)
            .map(|(id, ..)| id.to_string()),
        kind: Some(kind.clone()).filter(|kind| !kind.is_empty()),
        page: wish.page.unwrap_or(0),
    };
    let (rows, total) = store::list(on, &wanted).await?;
    let backlog = health::backlog(&desk.site).await?;
    let base: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", &state)
        .append_pair("kind", &kind)
        .finish();
    let page = JobList {
        health: health_words(&backlog),
        is_late: backlog.is_late(),
        states: STATES.iter().map(|(_, name, _)| *name).collect(),
        classes: classes(&store::tallies(on).await?),
        state_choices: Choice::list(STATES.iter().map(|(id, name, _)| (*id, *name)), &state),
        kind_choices: Choice::list(desk.site.job_kinds().map(|kind| (kind.id, kind.name)), &kind),
        poisoned: poisoned_kinds(&desk.site).await?,
        rows: rows.into_iter().map(|row| row_of(&desk.site, row)).collect(),
        pager: Pager::new(format!("/jobs?{base}&"), wanted.page, store::PER_PAGE, total),
        token: desk.token(),
    };
    desk.page("jobs", "后台任务", &page).await
}

fn health_words(backlog: &health::Backlog) -> String {
    let minutes = backlog.oldest.num_minutes();
    match (backlog.is_late(), minutes) {
        (true, _) => {
            format!("队列积压：最早到时的任务已等了 {minutes} 分钟。请检查各节点是否在运行、数据库和对外服务是否正常。")
        }
        (false, 0) => format!("队列正常：等待 {} 个，到时的任务随到随办。", backlog.waiting),
        (false, _) => format!(
            "队列正常：等待 {} 个，最早到时的已等了 {minutes} 分钟。",
            backlog.waiting
        ),
    }
}

fn classes(tallies: &[store::Tally]) -> Vec<ClassRow> {
    let rows = CLASSES.iter().map(|class| ClassRow {
        name: class.name,
        at_once: class.at_once,
        counts: STATES
            .iter()
            .map(|(state, ..)| {
                let found = tallies.iter().find(|t| t.class == class.id && t.state == *state);
                found.map_or(0, |tally| tally.jobs)
            })
            .collect(),
    });
    rows.collect()
}

async fn poisoned_kinds(site: &Site) -> Result<Vec<PoisonedKind>> {
    let ids = store::poisoned_kinds(site.db.read()).await?;
    let named = ids.into_iter().map(|id| PoisonedKind {
        name: name_of(site, &id),
        id,
    });
    Ok(named.collect())
}

/// What a kind of job is called; one that this program does not know keeps its stored name.
fn name_of(site: &Site, kind: &str) -> String {
    let known = site.job_kinds().find(|known| known.id == kind);
    known.map_or_else(|| format!("{kind}（本程序不认识）"), |known| known.name.to_string())
}

fn row_of(site: &Site, row: job::Model) -> JobRow {
    let (state, tag) = STATES
        .iter()
        .find(|(id, ..)| *id == row.state)
        .map_or(("未知", "tag"), |(_, name, tag)| (*name, *tag));
    let most = site
        .job_kinds()
        .find(|kind| kind.id == row.kind)
        .map(|kind| kind.attempts);
    JobRow {
        id: row.id.to_string(),
        name: name_of(site, &row.kind),
        key: row.idempotency_key,
        state,
        tag,
        tries: most.map_or_else(|| row.attempts.to_string(), |most| format!("{}/{most}", row.attempts)),
        next: if row.state == "waiting" {
            spoken_time(row.run_at)
        } else {
            String::new()
        },
        error: row.last_error,
    }
}

async fn find(desk: &Desk, id: Uuid) -> Result<job::Model> {
    let found = store::find(desk.site.db.read(), id).await?;
    found.ok_or_else(|| Error::not_found("这个后台任务"))
}

async fn show(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    show_page(&desk, id, "", &Issues::default()).await
}

async fn show_page(desk: &Desk, id: Uuid, reason: &str, issues: &Issues) -> Result<Response> {
    let row = find(desk, id).await?;
    let time = |at: Option<chrono::DateTime<chrono::Utc>>| at.map(spoken_time).unwrap_or_default();
    let class = CLASSES.iter().find(|class| class.id == row.class);
    let page = JobPage {
        class: class.map_or_else(|| row.class.clone(), |class| class.name.to_string()),
        payload: row.payload.to_string(),
        created: spoken_time(row.created_at),
        lease: time(row.lease_until),
        ended: time(row.ended_at),
        may_retry: matches!(row.state.as_str(), "waiting" | "poisoned"),
        may_drop: matches!(row.state.as_str(), "waiting" | "poisoned" | "running"),
        job: row_of(&desk.site, row),
        reason,
        issues,
        token: desk.token(),
    };
    desk.page("jobs", "后台任务", &page).await
}

async fn retry(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    service::retry(&desk.site, desk.actor(), id).await?;
    Ok(desk.go(&format!("/jobs/{id}")))
}

async fn drop_job(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    match service::drop(&desk.site, desk.actor(), id, form.text("reason")).await {
        Ok(()) => Ok(desk.go(&format!("/jobs/{id}"))),
        Err(Error::Refused { what, advice }) => {
            let mut issues = Issues::default();
            issues.add("reason", format!("{what}。{advice}"));
            let page = show_page(&desk, id, form.text("reason"), &issues).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

async fn retry_kind(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    service::retry_poisoned(&desk.site, desk.actor(), form.text("kind")).await?;
    Ok(desk.go("/jobs?state=waiting"))
}
