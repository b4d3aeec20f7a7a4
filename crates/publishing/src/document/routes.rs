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
use kit::clock::{civil_date, spoken_date, spoken_time};
use kit::form::{Issues, Submission};
use kit::page::Markup;
use kit::page::parts::{Choice, Pager};
use kit::permission::Access;
use kit::unit::{self, Unit};
use kit::web::{Desk, DeskForm};
use kit::{Error, Result};
use serde::Deserialize;
use statute::Issue;
use statute::disclosure::attribute::{Attribute, Ground};
use statute::disclosure::limit::{LimitChoice, publication_limit};
use uuid::Uuid;

use super::forms::{metadata_form, read_metadata};
use super::model::{PublicState, State, attribute_id};
use super::pages::{Deadline, DifferencePage, List, MetadataForm, Past, Row, Show, Step, Upload};
use super::service::{self, SaveError, document_of, errors};
use super::store::{self, edition, revision};
use super::view::{Attached, Shown, metadata_of};
use crate::kinds::{KINDS, Kind};
use crate::release;
use crate::{APPROVE, DRAFT, END, Publishing, READ, RELEASE, SUBMIT};

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
        Route::desk("POST", "/documents/{id}/approve", Access::Holder(&APPROVE), post(approve)),
        Route::desk("POST", "/documents/{id}/return", Access::Holder(&APPROVE), post(give_back)),
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
        title: if revision.title.is_empty() { "（未填标题）".into() } else { revision.title },
        number: revision.doc_number.unwrap_or_else(|| "无".into()),
        unit: units.iter().find(|u| u.id == document.unit).map(|u| u.short_name.clone()).unwrap_or_default(),
        kind: Kind::of(&document.kind).map_or("", |k| k.name),
        state,
        state_class,
    }
}

fn state_words(edition: &edition::Model) -> (&'static str, &'static str) {
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
    let page = Upload { issues, kinds: &kinds, units: &units, token: desk.token() };
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
        match service::read_upload(&desk.site, &publishing, &file.name, file.bytes.clone()).await {
            Ok(text) => {
                let id = service::enter(&desk.site, desk.actor(), unit, kind, &text).await?;
                return Ok(desk.go(&format!("/documents/{id}/metadata")));
            }
            Err(Error::Refused { what, advice }) => issues.add("file", format!("{what} {advice}")),
            Err(other) => return Err(other),
        }
    }
    Ok((StatusCode::UNPROCESSABLE_ENTITY, upload_form(&desk, &form, &issues).await?).into_response())
}

/// A document with its newest edition and revision, when this person may read it.
async fn open(
    desk: &Desk,
    id: Uuid,
) -> Result<(store::document::Model, &'static Kind, edition::Model, revision::Model)> {
    let on = desk.site.db.read();
    let gone = || Error::not_found("这份文件");
    let document = store::find(on, id).await?.ok_or_else(gone)?;
    desk.actor().require(&READ, document.unit)?;
    let edition = store::working_edition(on, id).await?.ok_or_else(gone)?;
    let revision = store::revision(on, edition.revision).await?.ok_or_else(gone)?;
    let kind = Kind::of(&document.kind).ok_or_else(gone)?;
    Ok((document, kind, edition, revision))
}

async fn show(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    show_page(&desk, &publishing, id).await
}

async fn show_page(desk: &Desk, publishing: &Publishing, id: Uuid) -> Result<Response> {
    let on = desk.site.db.read();
    let today = desk.site.clock.today();
    let (document, kind, edition, revision) = open(desk, id).await?;
    let unit = unit::find(on, document.unit).await?.map(|u| u.short_name).unwrap_or_default();
    let files = store::files(on, revision.id).await?;
    let text = document_of(&revision)?;
    let picture = |picture: &content::PictureId| format!("/documents/{id}/pictures/{}", picture.0);
    let html = content::html::render(&text, &content::html::View::of_page(&picture));
    let metadata = metadata_of(&revision);
    let missing = errors(metadata.check_to_release(kind, today));
    let state = State::of(&edition.state).unwrap_or(State::Draft);
    let (state_name, state_class) = state_words(&edition);
    let published = release::store::first_published(on, id).await?.map(civil_date);
    let past = past(desk, id).await?;
    let sentences = |key: &str| {
        let list = revision.notices.get(key).and_then(|v| v.as_array());
        list.into_iter().flatten().filter_map(|v| v.as_str()).map(str::to_string).collect::<Vec<_>>()
    };
    let public = document.public_state.as_deref().and_then(PublicState::of);
    let page = Show {
        id: id.to_string(),
        unit,
        kind: kind.name,
        state: state_name,
        state_class,
        revision: revision.number,
        revision_id: revision.id.to_string(),
        shown: Shown::of(&revision, document.index_number.as_deref(), published, kind.has_validity, today),
        deadline: deadline(desk, publishing, metadata.written_on).filter(|_| state.is_draft()),
        notices: sentences("notices"),
        marks: sentences("marks"),
        missing: if state.is_editable() { by_field(missing) } else { Vec::new() },
        steps: steps(desk, &document, state),
        attachments: files.iter().filter(|f| f.role == "attachment").map(Attached::of).collect(),
        is_editable: state.is_editable() && desk.actor().may(&DRAFT, document.unit),
        may_approve: state == State::Submitted && desk.actor().may(&APPROVE, document.unit),
        text: Markup::from(html),
        past,
        public_url: document.path.as_ref().map(|path| format!("{}{path}", desk.site.profile.public_url)),
        public_word: match public {
            Some(PublicState::Live) => "公开页面",
            Some(PublicState::Marked) => "公开页面（已标注）",
            Some(PublicState::TakenDown) => "公开页面（已下架）",
            None => "",
        },
        has_difference: revision.number > 1,
        token: desk.token(),
    };
    let title = if page.shown.title.is_empty() { "（未填标题）".to_string() } else { page.shown.title.clone() };
    desk.page("documents", title, &page).await
}

fn by_field(issues: Vec<Issue>) -> Vec<(String, String)> {
    issues.into_iter().map(|i| (i.field, i.message)).collect()
}

fn deadline(desk: &Desk, publishing: &Publishing, written_on: Option<chrono::NaiveDate>) -> Option<Deadline> {
    let limit = publication_limit(
        &publishing.parameters,
        &desk.site.calendar,
        written_on?,
        &LimitChoice::Statutory,
    )
    .ok()?;
    Some(Deadline { due: spoken_date(limit.due), explain: limit.explain(), ledger: limit.count.ledger_lines() })
}

async fn past(desk: &Desk, id: Uuid) -> Result<Vec<Past>> {
    let on = desk.site.db.read();
    let numbers: Vec<(Uuid, i32)> = store::revisions(on, id).await?.iter().map(|r| (r.id, r.number)).collect();
    let mut past = Vec::new();
    for edition in store::editions(on, id).await? {
        for step in store::statuses(on, edition.id).await?.into_iter().rev() {
            past.push(Past {
                at: spoken_time(step.at),
                machine: step.at.to_rfc3339(),
                actor: step.actor_name,
                state: State::of(&step.state).map_or("", State::name),
                remark: step.remark,
                revision: numbers.iter().find(|(id, _)| *id == step.revision).map_or(0, |(_, n)| *n),
            });
        }
    }
    Ok(past)
}

/// What can be done now; what cannot is shown with its reason.
fn steps(desk: &Desk, document: &store::document::Model, state: State) -> Vec<Step> {
    let may = |permission| desk.actor().may(permission, document.unit);
    let at = |tail: &str| format!("/documents/{}/{tail}", document.id);
    let refusal = |allowed: bool, held: bool, why: &str| match (allowed, held) {
        (true, true) => None,
        (true, false) => Some("您没有这项权限".to_string()),
        (false, _) => Some(why.to_string()),
    };
    let step = |label, tail: &str, posts, is_main, note: &str, refused| Step {
        label,
        href: at(tail),
        posts,
        is_main,
        note: note.to_string(),
        refused,
    };
    let live = document.public_state.as_deref() == Some(PublicState::Live.id());
    let ended = document.public_state.as_deref() == Some(PublicState::TakenDown.id());
    let mut steps = vec![
        step("填写信息", "metadata", false, false, "", refusal(state.is_editable(), may(&DRAFT), "送审后不能修改，需先退回")),
        step("送审", "submit", true, true, "交由另一人审批", refusal(state.is_editable(), may(&SUBMIT), "已经送审")),
        step(
            "发布",
            "release",
            false,
            true,
            "发布后立即可在公开网站查到",
            refusal(state == State::Approved, may(&RELEASE), "审批通过后才能发布"),
        ),
        step("开始修订", "revise", true, false, "以公开的文本为底稿", refusal(state == State::Released, may(&DRAFT), "发布后才能修订")),
        step("撤稿", "mark", false, false, "页面保留，注明原因和日期", refusal(live, may(&END), "没有正在公开的页面")),
        step(
            "下架",
            "take-down",
            false,
            false,
            "内容从所有出口撤下，只留告知",
            refusal(document.path.is_some() && !ended, may(&END), "没有可以下架的页面"),
        ),
    ];
    // What comes next stands first.
    steps.sort_by_key(|step| step.refused.is_some());
    steps
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
    let categories = categories.iter().map(|item| (item.code.to_string(), item.title.to_string()));
    let attributes = Attribute::ALL.map(|a| (attribute_id(a).to_string(), a.label().to_string()));
    let grounds = Ground::ALL.map(|g| (g.code().to_string(), g.label().to_string()));
    let page = MetadataForm {
        id: id.to_string(),
        title: revision.title.clone(),
        seen: form.given("seen").map_or_else(|| revision.id.to_string(), str::to_string),
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
                issues.add("title", format!("{sentence}。您填的内容都在下面；请打开文件页对照后再决定是否保存。"));
            }
            Err(SaveError::Other(other)) => return Err(other),
        }
    }
    Ok((status, metadata_form_page(&desk, &publishing, id, &form, &issues).await?).into_response())
}

async fn replace_text(
    desk: Desk,
    Extension(publishing): Extension<Arc<Publishing>>,
    Path(id): Path<Uuid>,
    DeskForm(form): DeskForm,
) -> Result<Response> {
    let (document, ..) = open(&desk, id).await?;
    desk.actor().require(&DRAFT, document.unit)?;
    let file = form.file("file").ok_or_else(|| Error::refused("没有选择文件", "请选择新的正文文件再提交"))?;
    let mut issues = Issues::default();
    let seen = form.id("seen", "稿次", &mut issues).unwrap_or_default();
    let text = service::read_upload(&desk.site, &publishing, &file.name, file.bytes.clone()).await?;
    service::replace_text(&desk.site, desk.actor(), id, seen, &text).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn attach(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let file = form.file("file").ok_or_else(|| Error::refused("没有选择附件", "请选择文件再提交"))?;
    service::attach(&desk.site, desk.actor(), id, &file.name, file.bytes.clone()).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn submit(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    match service::submit(&desk.site, desk.actor(), id, form.text("remark")).await {
        Ok(()) => Ok(desk.go(&format!("/documents/{id}"))),
        Err(SaveError::Issues(issues)) => {
            let list = issues.into_iter().map(|i| i.message).collect::<Vec<_>>().join("；");
            Err(Error::refused(format!("还不能送审：{list}"), "请在“填写信息”里补全后再送审"))
        }
        Err(SaveError::Other(other)) => Err(other),
    }
}

async fn approve(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    let mut issues = Issues::default();
    let seen = form.id("seen", "稿次", &mut issues).unwrap_or_default();
    service::approve(&desk.site, desk.actor(), id, seen, form.text("remark")).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn give_back(desk: Desk, Path(id): Path<Uuid>, DeskForm(form): DeskForm) -> Result<Response> {
    service::give_back(&desk.site, desk.actor(), id, form.text("remark")).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

async fn revise(desk: Desk, Path(id): Path<Uuid>, _form: DeskForm) -> Result<Response> {
    service::revise_released(&desk.site, desk.actor(), id).await?;
    Ok(desk.go(&format!("/documents/{id}")))
}

#[derive(Deserialize)]
struct Between {
    from: Option<i32>,
    to: Option<i32>,
}

/// The difference of any two revisions; by default of the newest and the one before it.
async fn difference(desk: Desk, Path(id): Path<Uuid>, Query(between): Query<Between>) -> Result<Response> {
    let (_, _, _, newest) = open(&desk, id).await?;
    let revisions = store::revisions(desk.site.db.read(), id).await?;
    let number_to = between.to.unwrap_or(newest.number);
    let number_from = between.from.unwrap_or(number_to - 1);
    let find = |number| {
        revisions.iter().find(|r| r.number == number).ok_or_else(|| Error::not_found("要比较的那一稿"))
    };
    let (from, to) = (find(number_from)?, find(number_to)?);
    let difference = difference_markup(id, from, to)?;
    let fields = changed_fields(from, to);
    let page = DifferencePage {
        id: id.to_string(),
        title: to.title.clone(),
        from: number_from,
        to: number_to,
        is_same: from.content_hash == to.content_hash,
        difference,
        fields,
    };
    desk.page("documents", "两稿差异", &page).await
}

fn difference_markup(id: Uuid, from: &revision::Model, to: &revision::Model) -> Result<Markup> {
    let difference = content::difference(&document_of(from)?, &document_of(to)?);
    let picture = |picture: &content::PictureId| format!("/documents/{id}/pictures/{}", picture.0);
    let view = content::html::View { ids: false, ..content::html::View::of_page(&picture) };
    let shown = content::html::DifferenceView { view, context: Some(2) };
    Ok(Markup::from(content::html::render_difference(&difference, &shown)))
}

/// Metadata that differ, as (label, before, after).
fn changed_fields(from: &revision::Model, to: &revision::Model) -> Vec<(String, String, String)> {
    let before = metadata_form(&metadata_of(from));
    let after = metadata_form(&metadata_of(to));
    let labels = [
        ("title", "标题"),
        ("issuer", "发文机关"),
        ("doc_number", "发文字号"),
        ("written_on", "成文日期"),
        ("theme", "主题分类"),
        ("category", "法定主动公开事项"),
        ("attribute", "公开属性"),
        ("attribute_reason", "理由"),
        ("effective_from", "施行日期"),
        ("valid_until", "有效期至"),
        ("summary", "内容概述"),
        ("origin", "来源"),
    ];
    labels
        .iter()
        .filter(|(name, _)| before.text(name) != after.text(name))
        .map(|(name, label)| (label.to_string(), before.text(name).to_string(), after.text(name).to_string()))
        .collect()
}

async fn picture(desk: Desk, Path((id, blob)): Path<(Uuid, String)>) -> Result<Response> {
    let (_, _, _, newest) = open(&desk, id).await?;
    let gone = || Error::not_found("这张图");
    let mut found = None;
    for revision in store::revisions(desk.site.db.read(), id).await?.iter().filter(|r| r.number <= newest.number) {
        let files = store::files(desk.site.db.read(), revision.id).await?;
        found = files.into_iter().find(|f| f.role == "picture" && f.blob == blob);
        if found.is_some() {
            break;
        }
    }
    let file = found.ok_or_else(gone)?;
    let bytes = desk.site.blobs.get(&BlobId::parse(&file.blob).ok_or_else(gone)?).await?;
    Ok(([(header::CONTENT_TYPE, file.media_type)], bytes).into_response())
}

async fn file(desk: Desk, Path((id, position)): Path<(Uuid, i32)>) -> Result<Response> {
    let (_, _, _, revision) = open(&desk, id).await?;
    let gone = || Error::not_found("这个附件");
    let files = store::files(desk.site.db.read(), revision.id).await?;
    let file = files.into_iter().find(|f| f.role == "attachment" && f.position == position).ok_or_else(gone)?;
    let bytes = desk.site.blobs.get(&BlobId::parse(&file.blob).ok_or_else(gone)?).await?;
    Ok(crate::site::download(&file.name, &file.media_type, bytes))
}
