//! Intakes on the desk: upload, preview, progress, report.

use axum::extract::{Path, Query};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use uuid::Uuid;

use super::kind::Kind;
use super::model::{RowResult, State};
use super::pages::{ColumnView, ListPage, PastRow, RowView, ShowPage, Tab};
use super::service::{self, Intake, KEPT_DAYS};
use super::{store, workbook};
use crate::blob::BlobId;
use crate::capability::Route;
use crate::clock::spoken_time;
use crate::error::{Error, Result};
use crate::form::Issues;
use crate::page::parts::Pager;
use crate::permission::Access;
use crate::web::{Desk, DeskForm};

/// Rows on one page of a report.
const PER_PAGE: u64 = 50;
/// Rows shown of a file before it is confirmed.
const SAMPLE: usize = 8;
/// Seconds after which a page with progress asks again.
const REFRESH: &str = "3";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Routes of this subject. Who may use a kind is the kind's to say, so that they ask by themselves.
pub fn routes() -> Vec<Route> {
    let anyone = Access::SignedIn;
    vec![
        Route::desk("GET POST", "/intake/{kind}", anyone, get(list).post(upload)),
        Route::desk("GET", "/intake/{kind}/template.xlsx", anyone, get(template)),
        Route::desk("GET", "/intake/{kind}/{id}", anyone, get(show)),
        Route::desk("GET", "/intake/{kind}/{id}/report.xlsx", anyone, get(report)),
        Route::desk("GET", "/intake/{kind}/{id}/file", anyone, get(file)),
        Route::desk("POST", "/intake/{kind}/{id}/confirm", anyone, post(confirm)),
        Route::desk("POST", "/intake/{kind}/{id}/discard", anyone, post(discard)),
    ]
}

fn kind_of(desk: &Desk, id: &str) -> Result<&'static Kind> {
    let kind = desk.site.intake_kind(id).ok_or_else(|| Error::not_found("这种导入"))?;
    service::require(desk.actor(), kind)?;
    Ok(kind)
}

async fn list(desk: Desk, Path(kind): Path<String>) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    list_page(&desk, kind, &Issues::default()).await
}

async fn list_page(desk: &Desk, kind: &'static Kind, issues: &Issues) -> Result<Response> {
    let past = service::latest(&desk.site, kind)
        .await?
        .into_iter()
        .map(past_row)
        .collect();
    let required = kind.columns.iter().filter(|column| column.required);
    let page = ListPage {
        kind,
        required: required.map(|column| column.name).collect::<Vec<_>>().join("、"),
        past,
        kept_days: KEPT_DAYS,
        issues,
        token: desk.token(),
    };
    desk.page(kind.home.nav, format!("批量导入{}", kind.name), &page).await
}

fn past_row(row: Intake) -> PastRow {
    let counts = match row.state() {
        State::Preview => format!("有问题 {} 行", row.bad_count),
        _ => format!("导入 {}，已有 {}，未导入 {}", row.taken, row.known, row.refused),
    };
    PastRow {
        id: row.id.to_string(),
        state: row.state().name(),
        uploaded: format!("{} {}", spoken_time(row.uploaded_at), row.uploaded_name),
        rows: row.row_count,
        file_name: row.file_name,
        counts,
    }
}

async fn upload(desk: Desk, Path(kind): Path<String>, DeskForm(form): DeskForm) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    let mut issues = Issues::default();
    let Some(file) = form.file("table") else {
        issues.add("table", "表格文件：请选择一个文件");
        let page = list_page(&desk, kind, &issues).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    match service::upload(&desk.site, desk.actor(), kind, &file.name, file.bytes.clone()).await {
        Ok((row, known)) => {
            let again = if known { "?again=1" } else { "" };
            Ok(desk.go(&format!("/intake/{}/{}{again}", kind.id, row.id)))
        }
        Err(Error::Refused { what, advice }) => {
            issues.add("table", format!("{what}。{advice}"));
            let page = list_page(&desk, kind, &issues).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

async fn template(desk: Desk, Path(kind): Path<String>) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    let bytes = in_background(move || workbook::template(kind)).await?;
    Ok(download(XLSX, &format!("{}导入模板.xlsx", kind.name), bytes))
}

async fn in_background(make: impl FnOnce() -> Result<Vec<u8>> + Send + 'static) -> Result<Vec<u8>> {
    let made = tokio::task::spawn_blocking(make).await;
    made.map_err(|e| Error::Internal(format!("workbook: {e}")))?
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    again: Option<String>,
    show: Option<String>,
    page: Option<String>,
}

async fn show(desk: Desk, Path((kind, id)): Path<(String, Uuid)>, Query(wish): Query<Wish>) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    let row = service::find(&desk.site, kind, id).await?;
    let shown = Shown::of(&row, wish.show.as_deref());
    let page_no: u64 = wish.page.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0);
    let (rows, total) = page_of_rows(&desk, kind, &row, shown, page_no).await?;
    let base = format!("/intake/{}/{id}?show={}&", kind.id, shown.id());
    let page = ShowPage {
        kind,
        id: id.to_string(),
        file_name: row.file_name.clone(),
        summary: format!(
            "{} 行，{} {}上传",
            row.row_count,
            spoken_time(row.uploaded_at),
            row.uploaded_name
        ),
        state: row.state(),
        known_before: wish.again.is_some(),
        notices: &row.head.notices,
        columns: columns(kind, &row),
        headings: &row.head.headings,
        sample: sample(&desk, &row).await?,
        good: row.row_count - row.bad_count,
        bad: row.bad_count,
        done: row.done(),
        total: row.row_count,
        counts: service::counts(&row),
        stopped: row.stopped.clone().unwrap_or_default(),
        tabs: tabs(&row, &format!("/intake/{}/{id}", kind.id), shown),
        rows,
        pager: (total > PER_PAGE).then(|| Pager::new(base, page_no, PER_PAGE, total)),
        kept_days: KEPT_DAYS,
        token: desk.token(),
    };
    let is_working = row.state() == State::Working;
    let mut response = desk
        .page(kind.home.nav, format!("{}：{}", kind.name, row.file_name), &page)
        .await?;
    if is_working {
        // A header, so that the page moves on without a script.
        response
            .headers_mut()
            .insert(header::REFRESH, HeaderValue::from_static(REFRESH));
    }
    Ok(response)
}

/// Which rows are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// Before the confirmation: rows with something wrong.
    Wrong,
    Refused,
    Known,
    Taken,
}

impl Shown {
    fn of(row: &Intake, asked: Option<&str>) -> Shown {
        match (row.state(), asked) {
            (State::Preview, _) => Shown::Wrong,
            (_, Some("taken")) => Shown::Taken,
            (_, Some("known")) => Shown::Known,
            (_, Some("refused")) => Shown::Refused,
            _ if row.refused == 0 => Shown::Taken,
            _ => Shown::Refused,
        }
    }

    fn id(self) -> &'static str {
        match self {
            Shown::Wrong => "wrong",
            Shown::Refused => "refused",
            Shown::Known => "known",
            Shown::Taken => "taken",
        }
    }

    fn count(self, shape: &store::Shape) -> i32 {
        match self {
            Shown::Wrong => shape.bad_count,
            Shown::Refused => shape.refused,
            Shown::Known => shape.known,
            Shown::Taken => shape.taken,
        }
    }
}

fn tabs(row: &Intake, address: &str, shown: Shown) -> Vec<Tab> {
    if row.state() == State::Preview {
        return Vec::new();
    }
    let tab = |kind: Shown, label, count| Tab {
        label,
        count,
        link: format!("{address}?show={}", kind.id()),
        is_shown: kind == shown,
    };
    vec![
        tab(Shown::Refused, "未导入", row.refused),
        tab(Shown::Taken, "已导入", row.taken),
        tab(Shown::Known, "已有", row.known),
    ]
}

fn columns(kind: &'static Kind, row: &Intake) -> Vec<ColumnView> {
    let found = kind.columns.iter().zip(&row.head.places);
    found
        .map(|(column, place)| ColumnView {
            name: column.name,
            heading: place
                .and_then(|place| row.head.headings.get(place))
                .cloned()
                .unwrap_or_default(),
            required: column.required,
        })
        .collect()
}

async fn sample(desk: &Desk, row: &Intake) -> Result<Vec<(u32, Vec<String>)>> {
    if row.state() != State::Preview {
        return Ok(Vec::new());
    }
    let rows = store::rows(desk.site.db.read(), &desk.site.keys, row.id, 0).await?;
    let width = row.head.headings.len();
    let padded = rows.entries.expose().iter().take(SAMPLE).map(|entry| {
        let mut cells = entry.cells.clone();
        cells.resize(width, String::new());
        (entry.number, cells)
    });
    Ok(padded.collect())
}

/// One page of the rows wanted, and how many there are in all. Only the blocks that it touches are read.
async fn page_of_rows(desk: &Desk, kind: &Kind, row: &Intake, shown: Shown, page: u64) -> Result<(Vec<RowView>, u64)> {
    let on = desk.site.db.read();
    let shapes = store::shapes(on, row.id).await?;
    let count = |shape: &store::Shape| u64::try_from(shown.count(shape)).unwrap_or(0);
    let total: u64 = shapes.iter().map(count).sum();
    let mut skip = page.saturating_mul(PER_PAGE);
    let mut rows = Vec::new();
    for shape in shapes.iter().filter(|shape| count(shape) > 0) {
        if skip >= count(shape) {
            skip -= count(shape);
            continue;
        }
        let block = store::rows(on, &desk.site.keys, row.id, shape.no).await?;
        let mut wanted = Vec::new();
        for (place, entry) in block.entries.expose().iter().enumerate() {
            wanted.extend(row_view(kind, shown, entry, block.results.expose().get(place)));
        }
        let left = usize::try_from(PER_PAGE).unwrap_or(50) - rows.len();
        rows.extend(wanted.into_iter().skip(usize::try_from(skip).unwrap_or(0)).take(left));
        skip = 0;
        if rows.len() as u64 >= PER_PAGE {
            break;
        }
    }
    Ok((rows, total))
}

fn row_view(kind: &Kind, shown: Shown, entry: &super::model::Entry, result: Option<&RowResult>) -> Option<RowView> {
    let (class, lines, id) = match (shown, result) {
        (Shown::Wrong, _) if !entry.wrong.is_empty() => {
            let lines = entry
                .wrong
                .iter()
                .map(|(column, sentence)| format!("{column}：{sentence}"));
            ("is-doubt", lines.collect(), None)
        }
        (Shown::Refused, Some(RowResult::Refused { reason })) => ("is-refused", vec![reason.clone()], None),
        (Shown::Taken, Some(RowResult::Taken { id })) => ("", vec!["已导入".to_string()], Some(id)),
        (Shown::Known, Some(RowResult::Known { id })) => ("", vec!["已有，没有重复导入".to_string()], Some(id)),
        _ => return None,
    };
    let words = entry.cells.iter().filter(|cell| !cell.is_empty()).take(4);
    Some(RowView {
        number: entry.number,
        words: words
            .map(|cell| super::kind::beginning(cell))
            .collect::<Vec<_>>()
            .join("　"),
        class,
        lines,
        link: id
            .zip(kind.place)
            .map(|(id, place)| format!("{place}{id}"))
            .unwrap_or_default(),
    })
}

async fn confirm(desk: Desk, Path((kind, id)): Path<(String, Uuid)>, _form: DeskForm) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    service::confirm(&desk.site, desk.actor(), kind, id).await?;
    Ok(desk.go(&format!("/intake/{}/{id}", kind.id)))
}

async fn discard(desk: Desk, Path((kind, id)): Path<(String, Uuid)>, _form: DeskForm) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    service::discard(&desk.site, desk.actor(), kind, id).await?;
    Ok(desk.go(&format!("/intake/{}", kind.id)))
}

#[derive(Debug, Default, Deserialize)]
struct Which {
    only: Option<String>,
}

async fn report(desk: Desk, Path((kind, id)): Path<(String, Uuid)>, Query(which): Query<Which>) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    let row = service::find(&desk.site, kind, id).await?;
    if matches!(row.state(), State::Discarded | State::Forgotten) {
        return Err(Error::not_found("逐行记录，已按规定删除"));
    }
    let only_refused = which.only.as_deref() == Some("refused");
    let bytes = workbook::report(desk.site.db.read(), &desk.site.keys, &row, only_refused).await?;
    let stem = row
        .file_name
        .rsplit_once('.')
        .map_or(row.file_name.as_str(), |(stem, _)| stem);
    let what = if only_refused {
        "未导入的行"
    } else {
        workbook::OUTCOME
    };
    Ok(download(XLSX, &format!("{stem}-{what}.xlsx"), bytes))
}

async fn file(desk: Desk, Path((kind, id)): Path<(String, Uuid)>) -> Result<Response> {
    let kind = kind_of(&desk, &kind)?;
    let row = service::find(&desk.site, kind, id).await?;
    let blob = row.blob.as_deref().and_then(BlobId::parse);
    let blob = blob.ok_or_else(|| Error::not_found("原文件，已按规定删除"))?;
    let bytes = desk.site.blobs.get(&blob).await?;
    Ok(download("application/octet-stream", &row.file_name, bytes.to_vec()))
}

/// Bytes as a download under a name that may be Chinese; nothing of it is shown in the page's own origin.
fn download(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", encoded.replace('+', "%20"));
    let headers = [
        (header::CONTENT_TYPE, kind.to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".into()),
    ];
    (headers, bytes).into_response()
}
