//! Reading the audit record.

use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{AuditList, EntryRow};
use super::{READ, store};
use crate::capability::Route;
use crate::clock::spoken_time;
use crate::error::Result;
use crate::page::parts::Pager;
use crate::permission::Access;
use crate::web::Desk;

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    vec![Route::desk("GET", "/audit", Access::Holder(&READ), get(list))]
}

#[derive(Deserialize)]
struct Wish {
    action: Option<String>,
    subject: Option<String>,
    page: Option<u64>,
}

async fn list(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let action = wish.action.unwrap_or_default();
    let subject = wish.subject.unwrap_or_default();
    let filter = store::Filter {
        action: Some(action.clone()).filter(|a| !a.is_empty()),
        subject_id: Uuid::parse_str(subject.trim()).ok(),
        page: wish.page.unwrap_or(0),
    };
    let (rows, total) = store::list(desk.site.db.read(), &filter).await?;
    let base: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("action", &action)
        .append_pair("subject", &subject)
        .finish();
    let page = AuditList {
        rows: rows.into_iter().map(entry_row).collect(),
        action,
        subject,
        pager: Pager::new(format!("/audit?{base}&"), filter.page, store::PER_PAGE, total),
    };
    desk.page("audit", "审计记录", &page).await
}

fn entry_row(entry: store::Model) -> EntryRow {
    EntryRow {
        at: spoken_time(entry.at),
        actor: entry.actor_name,
        action: entry.action,
        subject: entry.subject,
        subject_id: entry.subject_id.to_string(),
        detail: if entry.detail.is_null() {
            String::new()
        } else {
            entry.detail.to_string()
        },
    }
}
