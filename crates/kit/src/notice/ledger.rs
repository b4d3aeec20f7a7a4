//! The ledger of urging and supervision (催办督办台账): who was asked when, how they answered, what is still open.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::Deserialize;
use uuid::Uuid;

use super::model::{Kind, Part, State};
use super::pages::{LedgerPage, LedgerRow};
use super::store::{self, Wanted, notice, receipt};
use super::{LEDGER, export, routes::tag_of};
use crate::account::Reach;
use crate::clock::{spoken_date, spoken_time};
use crate::error::Result;
use crate::page::parts::{Choice, Pager};
use crate::unit;
use crate::web::Desk;

/// Lines on a page.
const PER_PAGE: u64 = 50;

/// What the address asks for. Everything is text, so that a wrong value shows the ledger and not an error.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    kind: Option<String>,
    state: Option<String>,
    unit: Option<String>,
    from: Option<String>,
    to: Option<String>,
    page: Option<String>,
}

impl Asked {
    fn unit(&self) -> Option<Uuid> {
        self.unit.as_deref().and_then(|text| Uuid::parse_str(text).ok())
    }

    fn state(&self) -> Option<State> {
        self.state.as_deref().and_then(State::of)
    }

    fn is_late_wanted(&self) -> bool {
        self.state.as_deref() == Some("late")
    }

    fn wanted(&self, today: NaiveDate) -> Wanted {
        let day = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<NaiveDate>().ok());
        Wanted {
            kind: self
                .kind
                .as_deref()
                .and_then(Kind::of)
                .filter(|kind| kind.is_in_ledger()),
            unit: self.unit(),
            from: day(&self.from).and_then(beginning),
            before: day(&self.to).and_then(|day| day.succ_opt()).and_then(beginning),
            late_on: self.is_late_wanted().then_some(today),
        }
    }

    fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("kind", &self.kind),
            ("state", &self.state),
            ("unit", &self.unit),
            ("from", &self.from),
            ("to", &self.to),
        ];
        for (name, value) in fields {
            if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
                query.append_pair(name, value);
            }
        }
        query.finish()
    }
}

/// Midnight in Shanghai at the beginning of a day.
fn beginning(day: NaiveDate) -> Option<DateTime<Utc>> {
    Some(day.and_hms_opt(0, 0, 0)?.and_utc() - Duration::hours(8))
}

/// An entry of the ledger as lists and tables show it.
pub(super) struct Entry {
    pub notice: notice::Model,
    pub unit: String,
    pub state: State,
    pub is_late: bool,
    pub items: usize,
    pub read: String,
    pub reply: String,
    pub answered_at: Option<DateTime<Utc>>,
}

async fn entries(desk: &Desk, asked: &Asked) -> Result<Vec<Entry>> {
    let on = desk.site.db.read();
    let today = desk.site.clock.today();
    let names: HashMap<Uuid, String> = unit::register(on)
        .await?
        .into_iter()
        .map(|unit| (unit.id, unit.short_name))
        .collect();
    let reach = desk.actor().reach(&LEDGER);
    let found = store::ledger(on, &asked.wanted(today)).await?.into_iter();
    let seen = found.filter(|(notice, _)| match notice.unit {
        Some(unit) => reach.covers(unit),
        None => reach == Reach::District,
    });
    let entries = seen.map(|(notice, receipts)| entry(notice, &receipts, &names, today));
    Ok(entries
        .filter(|entry| asked.state().is_none_or(|state| state == entry.state))
        .collect())
}

fn entry(notice: notice::Model, receipts: &[receipt::Model], names: &HashMap<Uuid, String>, today: NaiveDate) -> Entry {
    let doers: Vec<_> = receipts.iter().filter(|r| r.part == Part::Doer.id()).collect();
    let answered: Vec<_> = doers.iter().filter(|r| r.acknowledged_at.is_some()).collect();
    let read = doers.iter().filter(|r| r.read_at.is_some()).count();
    let replies: Vec<&str> = answered
        .iter()
        .map(|r| r.reply.as_str())
        .filter(|r| !r.is_empty())
        .collect();
    let state = match (notice.closed_at, answered.is_empty()) {
        (Some(_), _) => State::Closed,
        (None, true) => State::Open,
        (None, false) => State::Answered,
    };
    Entry {
        unit: notice.unit.and_then(|id| names.get(&id).cloned()).unwrap_or_default(),
        is_late: state != State::Closed && notice.due_on.is_some_and(|due| due < today),
        items: notice.items.as_array().map_or(0, Vec::len),
        read: if doers.is_empty() {
            "无人接收".into()
        } else {
            format!("{read}/{}", doers.len())
        },
        reply: replies.join("；"),
        answered_at: answered.iter().filter_map(|r| r.acknowledged_at).min(),
        state,
        notice,
    }
}

pub(super) async fn page(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let entries = entries(&desk, &asked).await?;
    let units = unit::register(desk.site.db.read()).await?;
    let number = asked.page.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
    let query = asked.query();
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let states = State::ALL.map(|state| (state.id(), state.name()));
    let states = states.into_iter().chain([("late", "逾期未办结")]);
    let first = usize::try_from(number * PER_PAGE).unwrap_or(usize::MAX);
    let shown = entries.iter().skip(first).take(PER_PAGE as usize);
    let page = LedgerPage {
        kinds: Choice::list(
            [Kind::Urge, Kind::Supervise].map(|k| (k.id(), k.name())),
            &text(&asked.kind),
        ),
        states: Choice::list(states, &text(&asked.state)),
        units: Choice::list(
            units.into_iter().map(|u| (u.id.to_string(), u.short_name)),
            &text(&asked.unit),
        ),
        from: text(&asked.from),
        to: text(&asked.to),
        rows: shown.map(row_of).collect(),
        open: entries.iter().filter(|e| e.state != State::Closed).count(),
        late: entries.iter().filter(|e| e.is_late).count(),
        pager: Pager::new(
            format!("/notices/ledger?{query}&"),
            number,
            PER_PAGE,
            entries.len() as u64,
        ),
        query,
    };
    desk.page("ledger", "催办督办台账", &page).await
}

fn row_of(entry: &Entry) -> LedgerRow {
    let (kind, tag) = tag_of(Kind::of(&entry.notice.kind));
    let state_tag = match (entry.state, entry.is_late) {
        (_, true) => "tag tag--late",
        (State::Closed, _) => "tag tag--ok",
        (State::Answered, _) => "tag tag--info",
        (State::Open, _) => "tag tag--due",
    };
    LedgerRow {
        id: entry.notice.id.to_string(),
        kind,
        tag,
        unit: entry.unit.clone(),
        title: entry.notice.title.clone(),
        items: entry.items,
        from: entry.notice.issuer_name.clone(),
        at: spoken_time(entry.notice.issued_at),
        due: entry.notice.due_on.map(spoken_date).unwrap_or_default(),
        read: entry.read.clone(),
        reply: entry.reply.clone(),
        state: entry.state.name(),
        state_tag,
    }
}

pub(super) async fn xlsx(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let bytes = export::xlsx(&entries(&desk, &asked).await?)?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(download(&desk, kind, "xlsx", bytes))
}

pub(super) async fn csv(desk: Desk, Query(asked): Query<Asked>) -> Result<Response> {
    let text = export::csv(&entries(&desk, &asked).await?);
    Ok(download(&desk, "text/csv; charset=utf-8", "csv", text.into_bytes()))
}

fn download(desk: &Desk, kind: &'static str, end: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"ledger-{}.{end}\"", desk.site.clock.today());
    let headers = [
        (header::CONTENT_TYPE, kind.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    (headers, bytes).into_response()
}
