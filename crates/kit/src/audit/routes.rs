//! Reading the audit record.

use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::pages::{AuditList, EntryRow};
use super::{Deed, READ, export, sentence, store};
use crate::capability::Route;
use crate::clock::{beginning_of, spoken_time};
use crate::error::{Error, Result};
use crate::form::{Issues, Submission};
use crate::page::parts::{Choice, Pager};
use crate::permission::Access;
use crate::site::Site;
use crate::unit::{self, Unit};
use crate::web::Desk;

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let read = Access::Holder(&READ);
    vec![
        Route::desk("GET", "/audit", read, get(list)),
        Route::desk("GET", "/audit.csv", read, get(csv)),
        Route::desk("GET", "/audit.xlsx", read, get(xlsx)),
    ]
}

#[derive(Deserialize)]
struct Wish {
    by: Option<String>,
    action: Option<String>,
    subject: Option<String>,
    from: Option<String>,
    to: Option<String>,
    page: Option<u64>,
}

/// What was asked for, as typed and as understood.
struct Asked {
    form: Submission,
    issues: Issues,
    filter: store::Filter,
    query: String,
}

impl Wish {
    fn read(self) -> Asked {
        let page = self.page.unwrap_or(0);
        let typed = [
            ("by", self.by),
            ("action", self.action),
            ("subject", self.subject),
            ("from", self.from),
            ("to", self.to),
        ];
        let form = Submission::of(typed.map(|(name, value)| (name, value.unwrap_or_default())));
        let mut issues = Issues::default();
        let from = form.date("from", "起始日期", &mut issues);
        let to = form.date("to", "截止日期", &mut issues);
        let subject = form.given("subject").map(Uuid::parse_str);
        if let Some(Err(_)) = subject {
            issues.add("subject", "对象编号：请从记录里复制完整的编号");
        }
        let filter = store::Filter {
            by: form.given("by").map(str::to_string),
            action: form.given("action").map(str::to_string),
            subject_id: subject.and_then(std::result::Result::ok),
            from: from.map(beginning_of),
            before: to.and_then(|day: NaiveDate| day.succ_opt()).map(beginning_of),
            page,
        };
        let query = ["by", "action", "subject", "from", "to"]
            .into_iter()
            .fold(form_urlencoded::Serializer::new(String::new()), |mut s, name| {
                s.append_pair(name, form.text(name));
                s
            })
            .finish();
        Asked {
            form,
            issues,
            filter,
            query,
        }
    }
}

async fn list(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let asked = wish.read();
    let (site, form) = (&desk.site, &asked.form);
    let (rows, total) = store::list(site.db.read(), &asked.filter).await?;
    let units = unit::register(site.db.read()).await?;
    let mut known: Vec<_> = site.deeds().map(|(action, words)| (action, bare(words))).collect();
    known.sort();
    let page = AuditList {
        rows: rows.into_iter().map(|row| entry_row(site, &units, row)).collect(),
        by: form.text("by"),
        actions: &Choice::list(known, form.text("action")),
        subject: form.text("subject"),
        from: form.text("from"),
        to: form.text("to"),
        issues: &asked.issues,
        query: &asked.query,
        pager: Pager::new(
            format!("/audit?{}&", asked.query),
            asked.filter.page,
            store::PER_PAGE,
            total,
        ),
    };
    desk.page("audit", "审计记录", &page).await
}

/// A sentence without what differs from deed to deed, for the list of actions.
fn bare(words: &str) -> String {
    let mut said = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('[') {
        said.push_str(before);
        rest = after.split_once(']').map_or("", |(_, behind)| behind);
    }
    said.push_str(rest);
    let mut plain = String::new();
    for piece in said.split('{') {
        plain.push_str(piece.split_once('}').map_or(piece, |(_, behind)| behind));
    }
    plain.replace("“”", "")
}

fn entry_row(site: &Site, units: &[Unit], entry: store::Model) -> EntryRow {
    let words = site.deeds().find(|(action, _)| *action == entry.action);
    EntryRow {
        at: spoken_time(entry.at),
        actor: entry.actor_name,
        sentence: match words {
            Some((_, words)) => sentence(words, &entry.detail, units),
            // A deed of an earlier program whose word has gone is shown as it was recorded.
            None => entry.action,
        },
        subject: entry.subject,
        subject_id: entry.subject_id.to_string(),
        detail: if entry.detail.is_null() {
            String::new()
        } else {
            entry.detail.to_string()
        },
    }
}

async fn csv(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let rows = exported(&desk, wish.read()).await?;
    Ok(download("text/csv; charset=utf-8", "audit.csv", export::csv(&rows)))
}

async fn xlsx(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let rows = exported(&desk, wish.read()).await?;
    let bytes = tokio::task::spawn_blocking(move || export::xlsx(&rows))
        .await
        .map_err(|e| Error::Internal(format!("export: {e}")))??;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(download(kind, "audit.xlsx", bytes))
}

/// Everything asked for; that it was taken out is itself on record.
async fn exported(desk: &Desk, asked: Asked) -> Result<Vec<EntryRow>> {
    if let Some((_, sentence)) = asked.issues.iter().next() {
        return Err(Error::refused(sentence, "请回到审计记录页面改正后再导出"));
    }
    let (site, account) = (&desk.site, desk.actor().person()?);
    let (rows, total) = store::all(site.db.read(), &asked.filter, export::MOST).await?;
    if total > export::MOST {
        return Err(Error::refused(
            format!("符合条件的记录有 {total} 条，一次最多导出 {} 条", export::MOST),
            "请缩短起止日期，分几次导出",
        ));
    }
    let units = unit::register(site.db.read()).await?;
    site.write(desk.actor(), |tx| async move {
        let deed = Deed::new("audit.export", "account", account).detail(json!({ "entries": total }));
        tx.record(deed).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(rows.into_iter().map(|row| entry_row(site, &units, row)).collect())
}

fn download(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn the_list_of_actions_has_no_gaps_to_fill() {
        assert_eq!(bare("授予角色“{role}”[（{unit}）]"), "授予角色");
        assert_eq!(bare("退出"), "退出");
    }
}
