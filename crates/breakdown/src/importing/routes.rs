//! Importing on the desk.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kit::blob::BlobId;
use kit::capability::Route;
use kit::clock::{spoken_date, spoken_time};
use kit::form::{Issues, Submission};
use kit::page::parts::Choice;
use kit::permission::Access;
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use office::Confined;
use serde::Deserialize;
use uuid::Uuid;

use super::expand;
use super::forms;
use super::model::State;
use super::pages::{Drawn, ImportPage, PastRow, PreviewPage, has_answers};
use super::service::{self, adopted_on, proposed_office};
use super::store::{self, Model};
use crate::IMPORT;
use crate::register::Register;

/// Routes of this subject.
pub(crate) fn routes(reader: &Arc<Confined>) -> Vec<Route> {
    let import = Access::Holder(&IMPORT);
    vec![
        Route::desk(
            "GET POST",
            "/breakdowns",
            import,
            get(list).post(upload).layer(Extension(reader.clone())),
        ),
        Route::desk("GET POST", "/breakdowns/{id}", import, get(show).post(act)),
        Route::desk("GET", "/breakdowns/{id}/file", import, get(file)),
    ]
}

async fn list(desk: Desk) -> Result<Response> {
    list_page(&desk, &Issues::default()).await
}

async fn list_page(desk: &Desk, issues: &Issues) -> Result<Response> {
    let rows = store::all(desk.site.db.read()).await?.iter().map(past_row).collect();
    desk.page(
        "import",
        "导入分解表",
        &ImportPage {
            rows,
            issues,
            token: desk.token(),
        },
    )
    .await
}

fn past_row(row: &Model) -> PastRow {
    PastRow {
        id: row.id.to_string(),
        year: row.year,
        title: row.title.clone(),
        file_name: row.file_name.clone(),
        tasks: row.draft.rows.len(),
        imported: format!("{}，{}", row.imported_by, spoken_time(row.imported_at)),
        adopted: adopted_on(row).map(spoken_date).unwrap_or_default(),
        state: row.state().name(),
    }
}

async fn upload(desk: Desk, Extension(reader): Extension<Arc<Confined>>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let Some(file) = form.file("table") else {
        issues.add("table", "分解表：请选择一个文件");
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, list_page(&desk, &issues).await?).into_response());
    };
    match service::import(&desk.site, desk.actor(), &reader, &file.name, file.bytes.clone()).await {
        Ok(preview) if preview.known_before => Ok(desk.go(&format!("/breakdowns/{}?again=1", preview.id))),
        Ok(preview) => Ok(desk.go(&format!("/breakdowns/{}", preview.id))),
        Err(Error::Refused { what, advice }) => {
            issues.add("table", format!("“{}”没有导入：{what}。{advice}", file.name));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, list_page(&desk, &issues).await?).into_response())
        }
        Err(other) => Err(other),
    }
}

#[derive(Debug, Default, Deserialize)]
struct Wish {
    again: Option<String>,
    edit: Option<u32>,
}

async fn show(desk: Desk, Path(id): Path<Uuid>, Query(wish): Query<Wish>) -> Result<Response> {
    show_page(&desk, id, &wish, &Issues::default()).await
}

async fn find(desk: &Desk, id: Uuid) -> Result<Model> {
    store::find(desk.site.db.read(), id)
        .await?
        .ok_or_else(|| Error::not_found("这张分解表"))
}

async fn show_page(desk: &Desk, id: Uuid, wish: &Wish, issues: &Issues) -> Result<Response> {
    let row = find(desk, id).await?;
    let register = Register::load(desk.site.db.read()).await?;
    let today = desk.site.clock.today();
    let preview = service::preview_of(&row, &register, today, wish.again.is_some())?;
    let office = proposed_office(&row, &register, today);
    let units: Vec<Choice> = Choice::list(
        register
            .active(today)
            .map(|unit| (unit.id.to_string(), unit.short_name.clone())),
        "",
    );
    let chosen = office.map(|unit| unit.to_string()).unwrap_or_default();
    let offices = units
        .iter()
        .map(|choice| Choice {
            chosen: choice.value == chosen,
            ..choice.clone()
        })
        .collect();
    let plans = preview
        .rows
        .iter()
        .map(|draft| expand::plan(draft, &row.answers, &register, office, today))
        .collect();
    let drawn = Drawn {
        row: &row,
        register: &register,
        units: &units,
        plans,
        edit: wish.edit,
    };
    let about_rows = |task: &Option<u32>| task.is_some_and(|no| row.draft.rows.iter().any(|draft| draft.no == no));
    let page = PreviewPage {
        id: id.to_string(),
        title: if row.title.is_empty() {
            "（没有标题的分解表）".into()
        } else {
            row.title.clone()
        },
        file_name: row.file_name.clone(),
        summary: summary(&row, preview.assignments),
        state: row.state().name(),
        is_preview: row.state() == State::Preview,
        is_adopted: row.state() == State::Adopted,
        known_before: preview.known_before,
        questions: preview.unknown.len(),
        doubts: preview.doubts.iter().filter(|doubt| !doubt.about_unit).count(),
        general: preview
            .doubts
            .iter()
            .filter(|d| !about_rows(&d.task))
            .map(|d| d.message.clone())
            .collect(),
        rows: drawn.rows(),
        year: row.year.to_string(),
        offices,
        issues,
        token: desk.token(),
    };
    desk.page("import", "预览分解表", &page).await
}

fn summary(row: &Model, assignments: usize) -> String {
    let count = |name: fn(&super::model::DraftRow) -> String| {
        let mut names: Vec<String> = row
            .draft
            .rows
            .iter()
            .map(name)
            .filter(|name| !name.is_empty())
            .collect();
        names.dedup();
        names.len()
    };
    let chapters = count(|draft| draft.chapter.clone());
    let sections = count(|draft| {
        if draft.section.is_empty() {
            String::new()
        } else {
            format!("{}{}", draft.chapter, draft.section)
        }
    });
    let corrected = if has_answers(&row.answers) {
        "，已有回答或改正"
    } else {
        ""
    };
    format!(
        "读出 {chapters} 章 {sections} 节 {} 项任务、{assignments} 条分工{corrected}",
        row.draft.rows.len()
    )
}

async fn act(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    if form.text("do") == "discard" {
        service::set_aside(&desk.site, desk.actor(), id, form.text("reason")).await?;
        return Ok(desk.go("/breakdowns"));
    }
    let mut issues = Issues::default();
    save(&desk, id, &form, &mut issues).await?;
    if issues.is_empty() && form.text("do") == "apply" {
        match service::adopt(&desk.site, desk.actor(), id).await {
            Ok(()) => return Ok(desk.go("/board")),
            Err(Error::Refused { what, advice }) => issues.add("do", format!("{what}。{advice}")),
            Err(other) => return Err(other),
        }
    }
    if issues.is_empty() {
        return Ok(desk.go(&format!("/breakdowns/{id}")));
    }
    let page = show_page(&desk, id, &Wish::default(), &issues).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn save(desk: &Desk, id: Uuid, form: &Submission, issues: &mut Issues) -> Result<()> {
    let row = find(desk, id).await?;
    let preview = service::preview(&desk.site, id).await?;
    let mut names: Vec<String> = preview.unknown.into_iter().map(|(_, name)| name).collect();
    names.extend(row.answers.units.keys().cloned());
    let sent = forms::read(&desk.site, form, &row.draft, &row.answers, &names, issues);
    if !issues.is_empty() {
        return Ok(());
    }
    service::answer(&desk.site, desk.actor(), id, sent.answers, sent.year, sent.office).await
}

/// The file as it was uploaded, always as a download.
async fn file(desk: Desk, Path(id): Path<Uuid>) -> Result<Response> {
    let row = find(&desk, id).await?;
    let blob = BlobId::parse(&row.blob).ok_or_else(|| Error::Internal("a breakdown names no blob".into()))?;
    Ok(attachment(&row.file_name, desk.site.blobs.get(&blob).await?.to_vec()))
}

/// Bytes as a download under their own name; nothing of an upload is ever shown in the page's own origin.
pub(crate) fn attachment(name: &str, bytes: Vec<u8>) -> Response {
    let encoded: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let disposition = format!("attachment; filename*=UTF-8''{}", encoded.replace('+', "%20"));
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_string()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_string()),
    ];
    (headers, bytes).into_response()
}
