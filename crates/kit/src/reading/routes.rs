//! The record of reading, for the audit administrator.

use axum::extract::Query;
use axum::response::Response;
use axum::routing::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::pages::{LookList, LookRow};
use super::{reason_place, store};
use crate::audit::READ;
use crate::capability::Route;
use crate::clock::{beginning_of, spoken_time};
use crate::error::Result;
use crate::form::{Issues, Submission};
use crate::page::parts::Pager;
use crate::permission::Access;
use crate::seal::Ciphertext;
use crate::site::Site;
use crate::web::Desk;

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    vec![Route::desk("GET", "/readings", Access::Holder(&READ), get(list))]
}

#[derive(Deserialize)]
struct Wish {
    by: Option<String>,
    subject: Option<String>,
    from: Option<String>,
    to: Option<String>,
    page: Option<u64>,
}

async fn list(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let typed = |value: Option<String>| value.unwrap_or_default().trim().to_string();
    let (by, subject) = (typed(wish.by), typed(wish.subject));
    let form = Submission::of([("from", typed(wish.from)), ("to", typed(wish.to))]);
    let mut issues = Issues::default();
    let from = form.date("from", "起始日期", &mut issues);
    let to = form.date("to", "截止日期", &mut issues);
    let filter = store::Filter {
        by: Some(by.clone()).filter(|b| !b.is_empty()),
        subject_id: Uuid::parse_str(&subject).ok(),
        from: from.map(beginning_of),
        before: to.and_then(day_after),
        page: wish.page.unwrap_or(0),
    };
    let (rows, total) = store::list(desk.site.db.read(), &filter).await?;
    let base: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("by", &by)
        .append_pair("subject", &subject)
        .append_pair("from", form.text("from"))
        .append_pair("to", form.text("to"))
        .finish();
    let page = LookList {
        rows: rows.into_iter().map(|row| look_row(&desk.site, row)).collect(),
        by: &by,
        subject: &subject,
        from: form.text("from"),
        to: form.text("to"),
        issues: &issues,
        pager: Pager::new(format!("/readings?{base}&"), filter.page, store::PER_PAGE, total),
    };
    desk.page("readings", "查阅记录", &page).await
}

fn day_after(day: NaiveDate) -> Option<DateTime<Utc>> {
    day.succ_opt().map(beginning_of)
}

fn look_row(site: &Site, row: store::Model) -> LookRow {
    LookRow {
        at: spoken_time(row.at),
        by: row.actor_name,
        subject: row.subject,
        subject_id: row.subject_id.to_string(),
        fields: row.fields,
        reason: row.reason.map(|r| reason_of(site, row.id, &r)).unwrap_or_default(),
    }
}

/// A destroyed key takes the reasons with it; the rest of the record stays readable.
fn reason_of(site: &Site, id: Uuid, sealed: &str) -> String {
    let opened = Ciphertext::parse(sealed).and_then(|c| site.keys.open::<String>(&reason_place(id), &c));
    match opened {
        Ok(reason) => reason.expose().clone(),
        Err(_) => "（密钥已销毁，不能显示）".into(),
    }
}
