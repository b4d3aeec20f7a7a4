//! Notices on the desk: the list, one notice, answering, closing, what one wants beside the desk.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Item, Kind, Part, State};
use super::pages::{ItemRow, NoticeList, NoticePage, NoticeRow, ReceiptRow, WayRow, WaysPage};
use super::store::{self, Ways, notice, receipt};
use super::{ISSUE, LEDGER, ledger, service};
use crate::account::store as accounts;
use crate::capability::Route;
use crate::clock::{spoken_date, spoken_time};
use crate::error::{Error, Result};
use crate::form::Issues;
use crate::page::parts::{Choice, Pager};
use crate::permission::Access;
use crate::unit;
use crate::web::{Desk, DeskForm};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (anyone, read, issue) = (Access::SignedIn, Access::Holder(&LEDGER), Access::Holder(&ISSUE));
    vec![
        Route::desk("GET", "/notices", anyone, get(list)),
        Route::desk("POST", "/notices/read", anyone, post(read_all)),
        Route::desk("GET POST", "/notices/ways", anyone, get(ways).post(choose)),
        Route::desk("GET", "/notices/ledger", read, get(ledger::page)),
        Route::desk("GET", "/notices/ledger.xlsx", read, get(ledger::xlsx)),
        Route::desk("GET", "/notices/ledger.csv", read, get(ledger::csv)),
        Route::desk("GET", "/notices/{id}", anyone, get(show)),
        Route::desk("POST", "/notices/{id}/answer", anyone, post(answer)),
        Route::desk("POST", "/notices/{id}/close", issue, post(close)),
    ]
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    kind: Option<String>,
    page: Option<u64>,
}

async fn list(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let account = desk.actor().person()?;
    let on = desk.site.db.read();
    let kind = wish.kind.as_deref().and_then(Kind::of);
    let page = wish.page.unwrap_or(0);
    let (rows, total) = store::list(on, account, kind, page).await?;
    let wanted = kind.map_or("", Kind::id);
    let page = NoticeList {
        rows: rows
            .iter()
            .map(|(receipt, notice)| row_of(notice, Some(receipt)))
            .collect(),
        kinds: Choice::list(Kind::ALL.map(|kind| (kind.id(), kind.name())), wanted),
        unread: store::unread(on, account).await?,
        pager: Pager::new(format!("/notices?kind={wanted}&"), page, store::PER_PAGE, total),
        token: desk.token(),
    };
    desk.page("notices", "我的通知", &page).await
}

/// The look of a kind's mark.
pub(super) fn tag_of(kind: Option<Kind>) -> (&'static str, &'static str) {
    match kind {
        Some(Kind::Supervise) => (Kind::Supervise.name(), "tag tag--late"),
        Some(Kind::Urge) => (Kind::Urge.name(), "tag tag--due"),
        Some(Kind::Reminder) => (Kind::Reminder.name(), "tag tag--info"),
        Some(kind) => (kind.name(), "tag"),
        None => ("通知", "tag"),
    }
}

fn row_of(notice: &notice::Model, receipt: Option<&receipt::Model>) -> NoticeRow {
    let (kind, tag) = tag_of(Kind::of(&notice.kind));
    let state = match receipt {
        _ if !service::is_in_ledger(notice) => "",
        _ if notice.closed_at.is_some() => State::Closed.name(),
        Some(receipt) if receipt.part == Part::Copy.id() => "抄送",
        Some(receipt) if receipt.acknowledged_at.is_some() => State::Answered.name(),
        _ => "待答复",
    };
    NoticeRow {
        id: notice.id.to_string(),
        kind,
        tag,
        title: notice.title.clone(),
        from: notice.issuer_name.clone(),
        at: spoken_time(notice.issued_at),
        due: notice.due_on.map(spoken_date).unwrap_or_default(),
        is_unread: receipt.is_some_and(|receipt| receipt.read_at.is_none()),
        state,
    }
}

async fn show(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    show_page(&desk, id, Typed::default()).await
}

/// What was typed into a form that was refused.
#[derive(Default)]
struct Typed<'a> {
    reply: &'a str,
    note: &'a str,
    issues: Issues,
}

async fn show_page(desk: &Desk, id: Uuid, typed: Typed<'_>) -> Result<Response> {
    let (notice, receipts) = service::open(&desk.site, desk.actor(), id).await?;
    let on = desk.site.db.read();
    let unit = match notice.unit {
        Some(unit) => unit::find(on, unit)
            .await?
            .map(|unit| unit.short_name)
            .unwrap_or_default(),
        None => String::new(),
    };
    let in_ledger = service::is_in_ledger(&notice);
    let mine = receipts.iter().find(|r| Some(r.account) == desk.actor().account);
    let is_open = in_ledger && notice.closed_at.is_none();
    let is_doer = |r: &receipt::Model| r.part == Part::Doer.id() && r.acknowledged_at.is_none();
    let may_issue = match notice.unit {
        Some(unit) => desk.actor().may(&ISSUE, unit),
        None => desk.actor().require_district(&ISSUE).is_ok(),
    };
    let page = NoticePage {
        notice: row_of(&notice, mine),
        unit,
        body: notice.body.lines().map(str::to_string).collect(),
        link: notice.link.clone(),
        items: items_of(&notice, desk.site.clock.today()),
        in_ledger,
        receipts: receipt_rows(desk, &receipts).await?,
        closing: notice.closing_note.clone(),
        closed: notice
            .closed_at
            .map(|at| format!("{} {}", spoken_time(at), notice.closer_name))
            .unwrap_or_default(),
        may_answer: is_open && mine.is_some_and(is_doer),
        must_answer: notice.kind == Kind::Supervise.id(),
        may_close: is_open && may_issue,
        reply: typed.reply,
        note: typed.note,
        issues: &typed.issues,
        token: desk.token(),
    };
    desk.page("notices", notice.title.clone(), &page).await
}

fn items_of(notice: &notice::Model, today: chrono::NaiveDate) -> Vec<ItemRow> {
    let items: Vec<Item> = serde_json::from_value(notice.items.clone()).unwrap_or_default();
    let rows = items.into_iter().map(|item| ItemRow {
        due: item.due_on.map(spoken_date).unwrap_or_default(),
        is_late: item.due_on.is_some_and(|due| due < today),
        title: item.title,
        link: item.link,
    });
    rows.collect()
}

async fn receipt_rows(desk: &Desk, receipts: &[receipt::Model]) -> Result<Vec<ReceiptRow>> {
    let mut rows = Vec::new();
    for receipt in receipts {
        let account = accounts::find(desk.site.db.read(), receipt.account).await?;
        rows.push(ReceiptRow {
            name: account.map(|account| account.name).unwrap_or_default(),
            part: if receipt.part == Part::Copy.id() {
                "抄送"
            } else {
                "办理"
            },
            read: receipt.read_at.map_or_else(|| "未读".into(), spoken_time),
            answered: receipt.acknowledged_at.map(spoken_time).unwrap_or_default(),
            reply: receipt.reply.clone(),
        });
    }
    Ok(rows)
}

async fn read_all(desk: Desk, _form: DeskForm) -> Result<Response> {
    service::read_all(&desk.site, desk.actor()).await?;
    Ok(desk.go("/notices"))
}

async fn answer(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let reply = form.text("reply");
    let done = service::answer(&desk.site, desk.actor(), id, reply).await;
    let typed = |issues| Typed {
        reply,
        issues,
        ..Typed::default()
    };
    after(&desk, id, done, "reply", typed).await
}

async fn close(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let note = form.text("note");
    let done = service::close(&desk.site, desk.actor(), id, note).await;
    let typed = |issues| Typed {
        note,
        issues,
        ..Typed::default()
    };
    after(&desk, id, done, "note", typed).await
}

async fn after<'a>(
    desk: &Desk,
    id: Uuid,
    done: Result<()>,
    field: &str,
    typed: impl FnOnce(Issues) -> Typed<'a>,
) -> Result<Response> {
    match done {
        Ok(()) => Ok(desk.go(&format!("/notices/{id}"))),
        Err(Error::Refused { what, advice }) => {
            let mut issues = Issues::default();
            issues.add(field, format!("{what}。{advice}"));
            let page = show_page(desk, id, typed(issues)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

#[derive(Debug, Default, Deserialize)]
struct Saved {
    saved: Option<String>,
}

async fn ways(desk: Desk, Query(saved): Query<Saved>) -> Result<Response> {
    let chosen = store::ways(desk.site.db.read(), desk.actor().person()?).await?;
    let rows = Kind::ALL.map(|kind| {
        let ways = chosen.get(kind.id()).copied().unwrap_or_default();
        WayRow {
            id: kind.id(),
            name: kind.name(),
            mail: ways.mail,
            sms: ways.sms,
        }
    });
    let page = WaysPage {
        rows: rows.into(),
        saved: saved.saved.is_some(),
        token: desk.token(),
    };
    desk.page("notices", "通知方式", &page).await
}

async fn choose(desk: Desk, DeskForm(form): DeskForm) -> Result<Response> {
    let chosen = Kind::ALL.map(|kind| {
        let ways = Ways {
            mail: form.ticked(&format!("mail-{}", kind.id())),
            sms: form.ticked(&format!("sms-{}", kind.id())),
        };
        (kind, ways)
    });
    service::choose(&desk.site, desk.actor(), &chosen).await?;
    Ok(desk.go("/notices/ways?saved=1"))
}
