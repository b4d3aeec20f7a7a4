//! A document's page on the desk: what it says, what can be done now, what happened.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query};
use axum::response::Response;
use kit::clock::{civil_date, spoken_date, spoken_time};
use kit::page::Markup;
use kit::unit;
use kit::web::Desk;
use kit::{Error, Result};
use serde::Deserialize;
use statute::Issue;
use statute::disclosure::attribute::Attribute;
use statute::disclosure::limit::{LimitChoice, publication_limit};
use uuid::Uuid;

use super::forms::metadata_form;
use super::model::{PublicState, State};
use super::pages::{Deadline, DifferencePage, Past, Show, Step};
use super::routes::state_words;
use super::service::{document_of, errors};
use super::store::{self, edition, revision};
use super::view::{Attached, Shown, metadata_of};
use crate::kinds::Kind;
use crate::release;
use crate::{APPROVE, DRAFT, END, Publishing, READ, RELEASE, SUBMIT};

/// A document with its newest edition and revision, when this person may read it.
pub(super) async fn open(
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

/// Shows a document.
pub(super) async fn show(
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
    let unit = unit::find(on, document.unit)
        .await?
        .map(|u| u.short_name)
        .unwrap_or_default();
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
        list.into_iter()
            .flatten()
            .filter_map(|v| v.as_str())
            .map(str::to_string)
            .collect::<Vec<_>>()
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
        shown: Shown::of(
            &revision,
            document.index_number.as_deref(),
            published,
            kind.has_validity,
            today,
        ),
        deadline: deadline(desk, publishing, metadata.written_on).filter(|_| state.is_draft()),
        notices: sentences("notices"),
        marks: sentences("marks"),
        missing: if state.is_editable() {
            by_field(missing)
        } else {
            Vec::new()
        },
        steps: steps(desk, &document, state, metadata.attribute == Some(Attribute::Proactive)),
        attachments: files
            .iter()
            .filter(|f| f.role == "attachment")
            .map(Attached::of)
            .collect(),
        is_editable: state.is_editable() && desk.actor().may(&DRAFT, document.unit),
        may_approve: state == State::Submitted && desk.actor().may(&APPROVE, document.unit),
        text: Markup::from(html),
        past,
        public_url: document
            .path
            .as_ref()
            .map(|path| format!("{}{path}", desk.site.profile.public_url)),
        public_word: match public {
            Some(PublicState::Live) => "公开页面",
            Some(PublicState::Marked) => "公开页面（已标注）",
            Some(PublicState::TakenDown) => "公开页面（已下架）",
            None => "",
        },
        has_difference: revision.number > 1,
        token: desk.token(),
    };
    let title = if page.shown.title.is_empty() {
        "（未填标题）".to_string()
    } else {
        page.shown.title.clone()
    };
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
    Some(Deadline {
        due: spoken_date(limit.due),
        explain: limit.explain(),
        ledger: limit.count.ledger_lines(),
    })
}

async fn past(desk: &Desk, id: Uuid) -> Result<Vec<Past>> {
    let on = desk.site.db.read();
    let numbers: Vec<(Uuid, i32)> = store::revisions(on, id)
        .await?
        .iter()
        .map(|r| (r.id, r.number))
        .collect();
    let mut past = Vec::new();
    for edition in store::editions(on, id).await? {
        for step in store::statuses(on, edition.id).await?.into_iter().rev() {
            past.push(Past {
                at: spoken_time(step.at),
                machine: step.at.to_rfc3339(),
                actor: step.actor_name,
                state: State::of(&step.state).map_or("", State::name),
                remark: step.remark,
                revision: numbers
                    .iter()
                    .find(|(id, _)| *id == step.revision)
                    .map_or(0, |(_, n)| *n),
            });
        }
    }
    Ok(past)
}

/// What can be done now; what cannot is shown with its reason.
fn steps(desk: &Desk, document: &store::document::Model, state: State, is_for_public: bool) -> Vec<Step> {
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
        step(
            "填写信息",
            "metadata",
            false,
            false,
            "",
            refusal(state.is_editable(), may(&DRAFT), "送审后不能修改，需先退回"),
        ),
        step(
            "送审",
            "submit",
            true,
            true,
            "交由另一人审批",
            refusal(state.is_editable(), may(&SUBMIT), "已经送审"),
        ),
        step(
            "发布",
            "release",
            false,
            true,
            "发布后立即可在公开网站查到",
            match is_for_public || state != State::Approved {
                true => refusal(state == State::Approved, may(&RELEASE), "审批通过后才能发布"),
                false => Some("审批时已定为不主动公开，归入登记，不发布".to_string()),
            },
        ),
        step(
            "开始修订",
            "revise",
            true,
            false,
            "以公开的文本为底稿",
            refusal(state == State::Released, may(&DRAFT), "发布后才能修订"),
        ),
        step(
            "撤稿",
            "mark",
            false,
            false,
            "页面保留，注明原因和日期",
            refusal(live, may(&END), "没有正在公开的页面"),
        ),
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

#[derive(Deserialize)]
pub(super) struct Between {
    from: Option<i32>,
    to: Option<i32>,
}

/// Shows the difference of any two revisions; by default of the newest and the one before it.
pub(super) async fn difference(desk: Desk, Path(id): Path<Uuid>, Query(between): Query<Between>) -> Result<Response> {
    let (_, _, _, newest) = open(&desk, id).await?;
    let revisions = store::revisions(desk.site.db.read(), id).await?;
    let number_to = between.to.unwrap_or(newest.number);
    let number_from = between.from.unwrap_or(number_to - 1);
    let find = |number| {
        revisions
            .iter()
            .find(|r| r.number == number)
            .ok_or_else(|| Error::not_found("要比较的那一稿"))
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
    let view = content::html::View {
        ids: false,
        ..content::html::View::of_page(&picture)
    };
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
        .map(|(name, label)| {
            (
                label.to_string(),
                before.text(name).to_string(),
                after.text(name).to_string(),
            )
        })
        .collect()
}
