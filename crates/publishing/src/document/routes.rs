//! Documents on the desk.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kit::account::Reach;
use kit::blob::BlobId;
use kit::capability::Route;
use kit::form::{Issues, Submission};
use kit::page::parts::{Choice, Pager};
use kit::permission::Access;
use kit::unit::{self, Unit};
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use serde::Deserialize;
use statute::disclosure::attribute::{Attribute, Ground};
use uuid::Uuid;

use super::forms::{metadata_form, read_metadata};
use super::model::{State, attribute_id};
use super::pages::{List, MetadataForm, Row, Upload};
use super::service::{self, SaveError};
use super::show::{difference, open, show};
use super::store::{self, edition, revision};
use super::view::metadata_of;
use super::{review, text};
use crate::kinds::{KINDS, Kind};
use crate::{APPROVE, DRAFT, Publishing, READ, SUBMIT};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let (read, draft) = (Access::Holder(&READ), Access::Holder(&DRAFT));
    vec![
        Route::desk("GET", "/documents", read, get(list)),
        Route::desk("GET", "/documents/new", draft, get(upload_page)),
        Route::desk("POST", "/documents/new", draft, post(upload)),
        Route::desk("GET", "/documents/{id}", read, get(show)),
        Route::desk("GET", "/documents/{id}/metadata", draft, get(metadata_page)),
        Route::desk("POST", "/documents/{id}/metadata", draft, post(save_metadata)),
        Route::desk("POST", "/documents/{id}/text", draft, post(replace_text)),
        Route::desk("POST", "/documents/{id}/attachments", draft, post(attach)),
        Route::desk("POST", "/documents/{id}/submit", Access::Holder(&SUBMIT), post(submit)),
        Route::desk(
            "POST",
            "/documents/{id}/approve",
            Access::Holder(&APPROVE),
            post(approve),
        ),
        Route::desk(
            "POST",
            "/documents/{id}/return",
            Access::Holder(&APPROVE),
            post(give_back),
        ),
        Route::desk("POST", "/documents/{id}/revise", draft, post(revise)),
        Route::desk("GET", "/documents/{id}/difference", read, get(difference)),
        Route::desk("GET", "/documents/{id}/pictures/{blob}", read, get(picture)),
        Route::desk("GET", "/documents/{id}/files/{position}", read, get(file)),
    ]
}

#[derive(Deserialize)]
struct Wish {
    q: Option<String>,
    state: Option<String>,
    unit: Option<Uuid>,
    page: Option<u64>,
}

async fn list(desk: Desk, Query(wish): Query<Wish>) -> Result<Response> {
    let on = desk.site.db.read();
    let units = unit::register(on).await?;
    let reach = desk.actor().reach(&READ);
    let within = match (&reach, wish.unit) {
        (Reach::District, chosen) => chosen.map(|u| vec![u]),
        (Reach::Units(own), Some(chosen)) => Some(own.iter().copied().filter(|u| *u == chosen).collect()),
        (Reach::Units(own), None) => Some(own.clone()),
    };
    let words = wish.q.unwrap_or_default();
    let state = wish.state.filter(|s| State::of(s).is_some());
    let filter = store::Filter {
        units: within,
        state: state.clone(),
        words: Some(words.trim().to_string()).filter(|w| !w.is_empty()),
        page: wish.page.unwrap_or(0),
    };
    let (rows, total) = store::list(on, &filter).await?;
    let states = Choice::list(State::ALL.map(|s| (s.id(), s.name())), state.as_deref().unwrap_or(""));
    let chosen = wish.unit.map(|u| u.to_string()).unwrap_or_default();
    let shown_units = units.iter().filter(|u| reach.covers(u.id));
    let unit_choices = Choice::list(shown_units.map(|u| (u.id.to_string(), u.short_name.clone())), &chosen);
    let base = format!(
        "/documents?q={}&state={}&unit={chosen}&",
        crate::site::encode(&words),
        state.as_deref().unwrap_or("")
    );
    let page = List {
        rows: rows.into_iter().map(|(d, e, r)| row(d, e, r, &units)).collect(),
        words,
        may_enter: desk.actor().holds(&DRAFT),
        states: &states,
        units: &unit_choices,
        pager: Pager::new(base, filter.page, store::PER_PAGE, total),
    };
    desk.page("documents", "文件", &page).await
}

fn row(document: store::document::Model, edition: edition::Model, revision: revision::Model, units: &[Unit]) -> Row {
    let (state, state_class) = state_words(&edition);
    Row {
        id: document.id.to_string(),
        title: if revision.title.is_empty() {
            "（未填标题）".into()
        } else {
            revision.title
        },
        number: revision.doc_number.unwrap_or_else(|| "无".into()),
        unit: units
            .iter()
            .find(|u| u.id == document.unit)
            .map(|u| u.short_name.clone())
            .unwrap_or_default(),
        kind: Kind::of(&document.kind).map_or("", |k| k.name),
        state,
        state_class,
    }
}

pub(super) fn state_words(edition: &edition::Model) -> (&'static str, &'static str) {
    match State::of(&edition.state) {
        Some(State::Released) => (State::Released.name(), "tag--ok"),
        Some(State::Returned) => (State::Returned.name(), "tag--late"),
        Some(state @ (State::Superseded | State::Ended)) => (state.name(), "tag--off"),
        Some(state) => (state.name(), "tag--info"),
        None => ("", ""),
    }
}

async fn upload_page(desk: Desk) -> Result<Response> {
    upload_form(&desk, &Submission::default(), &Issues::default()).await
}

async fn upload_form(desk: &Desk, form: &Submission, issues: &Issues) -> Result<Response> {
    let units = unit::current(desk.site.db.read(), desk.site.clock.today()).await?;
    let reach = desk.actor().reach(&DRAFT);
    let own = units.iter().filter(|u| reach.covers(u.id));
    let units = Choice::list(own.map(|u| (u.id.to_string(), u.short_name.clone())), form.text("unit"));
    let kinds = Choice::list(KINDS.iter().map(|k| (k.id, k.name)), form.text("kind"));
    let page = Upload {
        issues,
        kinds: &kinds,
        units: &units,
        token: desk.token(),
    };
    desk.page("upload", "登记新文件", &page).await
}

async fn upload(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let mut issues = Issues::default();
    let unit = form.id("unit", "单位", &mut issues);
    if unit.is_none() {
        issues.add("unit", "单位：请选择一项");
    }
    let kind = Kind::of(form.text("kind"));
    if kind.is_none() {
        issues.add("kind", "文件类别：请选择一项");
    }
    if form.file("file").is_none() {
        issues.add("file", "正文：请选择一个文件");
    }
    if let (Some(unit), Some(kind), Some(file), true) = (unit, kind, form.file("file"), issues.is_empty()) {
        desk.actor().require(&DRAFT, unit)?;
        match text::read_upload(&desk.site, &publishing, &file.name, file.bytes.clone()).await {
            Ok(text) => {
                let id = service::enter(&desk.site, desk.actor(), unit, kind, &text).await?;
                return Ok(desk.go(&format!("/documents/{id}/metadata")));
            }
            Err(Error::Refused { what, advice }) => issues.add("file", format!("{what} {advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((
        StatusCode::UNPROCESSABLE_ENTITY,
        upload_form(&desk, &form, &issues).await?,
    )
        .into_response())
}

async fn metadata_page(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let (_, _, _, revision) = open(&desk, id).await?;
    let form = metadata_form(&metadata_of(&revision));
    metadata_form_page(&desk, &publishing, id, &form, &Issues::default()).await
}

async fn metadata_form_page(
    desk: &Desk,
    publishing: &Publishing,
    id: Uuid,
    form: &Submission,
    issues: &Issues,
) -> Result<Response> {
    let (_, kind, _, revision) = open(desk, id).await?;
    let themes = publishing.themes.classes.iter().flat_map(|class| {
        let whole = (class.name.clone(), class.name.clone());
        let parts = class
            .children
            .iter()
            .map(|child| (format!("{}\\{child}", class.name), format!("{} / {child}", class.name)));
        std::iter::once(whole).chain(parts)
    });
    let categories = statute::disclosure::catalogue::items_for(statute::disclosure::catalogue::UnitLevel::District);
    let categories = categories
        .iter()
        .map(|item| (item.code.to_string(), item.title.to_string()));
    let attributes = Attribute::ALL.map(|a| (attribute_id(a).to_string(), a.label().to_string()));
    let grounds = Ground::ALL.map(|g| (g.code().to_string(), g.label().to_string()));
    let page = MetadataForm {
        id: id.to_string(),
        title: revision.title.clone(),
        seen: form
            .given("seen")
            .map_or_else(|| revision.id.to_string(), str::to_string),
        form,
        issues,
        has_validity: kind.has_validity,
        themes: &Choice::list(themes, form.text("theme")),
        categories: &Choice::list(categories, form.text("category")),
        attributes: &Choice::list(attributes, form.text("attribute")),
        grounds: &Choice::list(grounds, form.text("ground")),
        token: desk.token(),
    };
    desk.page("documents", "填写文件信息", &page).await
}

async fn save_metadata(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let mut issues = Issues::default();
    let metadata = read_metadata(&form, &mut issues);
    let seen = form.id("seen", "稿次", &mut issues).unwrap_or_default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if issues.is_empty() {
        match service::describe(&desk.site, desk.actor(), id, seen, &metadata).await {
            Ok(()) => return Ok(desk.go(&format!("/documents/{id}"))),
            Err(SaveError::Issues(found)) => found.into_iter().for_each(|i| issues.add(&i.field, i.message)),
            Err(SaveError::Other(Error::Conflict(sentence))) => {
                status = StatusCode::CONFLICT;
                issues.add(
                    "title",
                    format!("{sentence}。您填的内容都在下面；请打开文件页对照后再决定是否保存。"),
                );
            }
            Err(SaveError::Other(other)) => return Err(other),
        }
    }
    Ok((
        status,
        metadata_form_page(&desk, &publishing, id, &form, &issues).await?,
    )
        .into_response())
}

async fn replace_text(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let (document, ..) = open(&desk, id).await?;
    desk.actor().require(&DRAFT, document.unit)?;
    let file = form
        .file("file")
        .ok_or_else(|| Error::refused("没有选择文件", "请选择新的正文文件再提交"))?;
    let mut issues = Issues::default();
    let seen = form.id("seen", "稿次", &mut issues).unwrap_or_default();
    let new_text = text::read_upload(&desk.site, &publishing, &file.name, file.bytes.clone()).await?;
    service::replace_text(&desk.site, desk.actor(), id, seen, &new_text).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn attach(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let file = form
        .file("file")
        .ok_or_else(|| Error::refused("没有选择附件", "请选择文件再提交"))?;
    service::attach(&desk.site, desk.actor(), id, &file.name, file.bytes.clone()).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn submit(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    match review::submit(&desk.site, desk.actor(), id, form.text("remark")).await {
        Ok(()) => Ok(desk.go(&format!("/documents/{id}"))),
        Err(SaveError::Issues(found)) => {
            let mut issues = Issues::default();
            found.into_iter().for_each(|i| issues.add(&i.field, i.message));
            let (_, _, _, revision) = open(&desk, id).await?;
            let form = metadata_form(&metadata_of(&revision));
            let page = metadata_form_page(&desk, &publishing, id, &form, &issues).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(SaveError::Other(other)) => Err(other),
    }
}

async fn approve(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let seen = form.id("seen", "稿次", &mut issues).unwrap_or_default();
    review::approve(&desk.site, desk.actor(), id, seen, form.text("remark")).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn give_back(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    review::give_back(&desk.site, desk.actor(), id, form.text("remark")).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn revise(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    review::revise_released(&desk.site, desk.actor(), id).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn picture(desk: Desk, Path((id, blob)): Path<(Uuid, String)>) -> Result<Response> {
    let (_, _, _, newest) = open(&desk, id).await?;
    let gone = || Error::not_found("这张图");
    let mut found = None;
    for revision in store::revisions(desk.site.db.read(), id)
        .await?
        .iter()
        .filter(|r| r.number <= newest.number)
    {
        let files = store::files(desk.site.db.read(), revision.id).await?;
        found = files.into_iter().find(|f| f.role == "picture" && f.blob == blob);
        if found.is_some() {
            break;
        }
    }
    let file = found.ok_or_else(gone)?;
    let bytes = desk
        .site
        .blobs
        .get(&BlobId::parse(&file.blob).ok_or_else(gone)?)
        .await?;
    Ok(([(header::CONTENT_TYPE, file.media_type)], bytes).into_response())
}

async fn file(desk: Desk, Path((id, position)): Path<(Uuid, i32)>) -> Result<Response> {
    let (_, _, _, revision) = open(&desk, id).await?;
    let gone = || Error::not_found("这个附件");
    let files = store::files(desk.site.db.read(), revision.id).await?;
    let file = files
        .into_iter()
        .find(|f| f.role == "attachment" && f.position == position)
        .ok_or_else(gone)?;
    let bytes = desk
        .site
        .blobs
        .get(&BlobId::parse(&file.blob).ok_or_else(gone)?)
        .await?;
    Ok(crate::site::download(&file.name, &file.media_type, bytes))
}
