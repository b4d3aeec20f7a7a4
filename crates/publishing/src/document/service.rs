//! Commands on documents being prepared: enter, describe, change the text, attach.

use bytes::Bytes;
use content::Document;
use kit::account::Actor;
use kit::audit::Deed;
use kit::db::Tx;
use kit::{Error, Result, Site};
use serde_json::json;
use statute::{Issue, Weight};
use uuid::Uuid;

use super::model::{Metadata, State, attribute_id};
use super::store::{self, document, edition, file, revision};
use super::text::Text;
use crate::DRAFT;
use crate::kinds::Kind;

/// Enters a document with its first text.
///
/// # Errors
/// When the person may not draft for the unit.
pub async fn enter(site: &Site, by: &Actor, unit: Uuid, kind: &'static Kind, text: &Text) -> Result<Uuid> {
    by.require(&DRAFT, unit)?;
    let issuer = kit::unit::find(site.db.read(), unit)
        .await?
        .ok_or_else(|| Error::not_found("这个单位"))?;
    if !issuer.is_active(site.clock.today()) {
        return Err(Error::refused(
            "这个单位已经撤并，不能再以它的名义登记文件",
            "请选择现在在册的单位",
        ));
    }
    let metadata = Metadata {
        title: text.title.clone(),
        issuer: issuer.full_name,
        category: kind.category.into(),
        ..Default::default()
    };
    let metadata = &metadata;
    site.write(by, |tx| async move {
        let id = Uuid::now_v7();
        store::insert_document(&tx, fresh_document(&tx, id, kind, unit)).await?;
        let revision = insert_revision(&tx, id, 1, metadata, text, Vec::new()).await?;
        begin_edition(&tx, id, 1, revision.id, "登记").await?;
        let deed = Deed::new("publishing.enter", "document", id).unit(unit);
        tx.record(deed.detail(json!({ "kind": kind.id }))).await?;
        Ok(id)
    })
    .await
}

pub(super) fn fresh_document(tx: &Tx, id: Uuid, kind: &Kind, unit: Uuid) -> document::Model {
    document::Model {
        id,
        kind: kind.id.into(),
        unit,
        path: None,
        index_number: None,
        source_key: None,
        public_state: None,
        created_at: tx.at(),
        created_by: tx.actor().account,
    }
}

/// Writes a revision with its pictures and the attachments that stay.
pub(super) async fn insert_revision(
    tx: &Tx,
    document: Uuid,
    number: i32,
    metadata: &Metadata,
    text: &Text,
    attachments: Vec<file::Model>,
) -> Result<revision::Model> {
    let id = Uuid::now_v7();
    let content = serde_json::to_string(&text.document).map_err(|e| Error::Internal(format!("content: {e}")))?;
    let row = revision::Model {
        id,
        document,
        number,
        title: metadata.title.clone(),
        issuer: metadata.issuer.clone(),
        doc_number: metadata.doc_number.clone(),
        written_on: metadata.written_on,
        theme: metadata.theme.clone(),
        category: metadata.category.clone(),
        attribute: metadata.attribute.map(|a| attribute_id(a).to_string()),
        ground: metadata.ground.map(|g| g.code().to_string()),
        attribute_reason: metadata.attribute_reason.clone(),
        effective_from: metadata.effective_from,
        valid_until: metadata.valid_until,
        repealed_from: metadata.repealed_from,
        summary: metadata.summary.clone(),
        origin: metadata.origin.clone(),
        content_hash: content::digest_hex(&text.document),
        content,
        source_blob: text.source_blob.clone(),
        source_name: text.source_name.clone(),
        notices: json!({ "notices": text.notices, "marks": text.handling_marks }),
        created_at: tx.at(),
        created_by: tx.actor().account,
    };
    let pictures = text
        .pictures
        .iter()
        .zip(1..)
        .map(|((blob, media_type, size), position)| file::Model {
            id: Uuid::now_v7(),
            revision: id,
            role: "picture".into(),
            position,
            blob: blob.clone(),
            name: String::new(),
            media_type: media_type.clone(),
            size: *size,
        });
    let attachments = attachments.into_iter().zip(1..).map(|(old, position)| file::Model {
        id: Uuid::now_v7(),
        revision: id,
        position,
        ..old
    });
    store::insert_revision(tx, row.clone(), pictures.chain(attachments).collect()).await?;
    Ok(row)
}

pub(super) async fn begin_edition(
    tx: &Tx,
    document: Uuid,
    number: i32,
    revision: Uuid,
    remark: &str,
) -> Result<edition::Model> {
    let id = Uuid::now_v7();
    let row = edition::Model {
        id,
        document,
        number,
        revision,
        state: State::Draft.id().into(),
        is_draft: true,
        is_live: false,
        created_at: tx.at(),
    };
    store::insert_edition(tx, row.clone()).await?;
    store::advance(tx, id, revision, State::Draft, remark).await?;
    Ok(row)
}

/// What stands in a document now, locked until the transaction ends.
pub(crate) struct Standing {
    pub document: document::Model,
    pub kind: &'static Kind,
    pub edition: edition::Model,
    pub state: State,
    pub revision: revision::Model,
}

/// Locks a document and reads where it stands.
pub(crate) async fn standing(tx: &Tx, id: Uuid) -> Result<Standing> {
    tx.lock("document", id).await?;
    let gone = || Error::not_found("这份文件");
    let document = store::find(tx.on(), id).await?.ok_or_else(gone)?;
    let edition = store::working_edition(tx.on(), id).await?.ok_or_else(gone)?;
    let revision = store::revision(tx.on(), edition.revision).await?.ok_or_else(gone)?;
    let kind =
        Kind::of(&document.kind).ok_or_else(|| Error::Internal(format!("unknown document kind {}", document.kind)))?;
    let state =
        State::of(&edition.state).ok_or_else(|| Error::Internal(format!("unknown edition state {}", edition.state)))?;
    Ok(Standing {
        document,
        kind,
        edition,
        state,
        revision,
    })
}

/// Refuses when somebody saved in between: nothing of theirs is overwritten.
pub(super) fn refuse_if_changed(standing: &Standing, seen: Uuid) -> Result<()> {
    if standing.revision.id == seen {
        return Ok(());
    }
    Err(Error::Conflict(format!(
        "在您编辑期间，有人保存了第 {} 稿，您的修改没有覆盖它",
        standing.revision.number
    )))
}

pub(super) fn refuse_unless_editable(standing: &Standing) -> Result<()> {
    if standing.state.is_editable() {
        return Ok(());
    }
    Err(Error::refused(
        format!("文件现在是“{}”，不能修改", standing.state.name()),
        "需要修改的，请先由审批人退回；已发布的，请先“开始修订”",
    ))
}

/// Saves metadata as a new revision; `seen` is the revision the person was looking at.
///
/// # Errors
/// When somebody saved in between, when the state does not allow it, or when a value cannot be right; the last as a list.
pub async fn describe(site: &Site, by: &Actor, id: Uuid, seen: Uuid, metadata: &Metadata) -> Result<(), SaveError> {
    let today = site.clock.today();
    site.write(by, |tx| async move {
        let standing = standing(&tx, id).await?;
        by.require(&DRAFT, standing.document.unit)?;
        refuse_unless_editable(&standing)?;
        refuse_if_changed(&standing, seen)?;
        let issues = errors(metadata.check_to_save(standing.kind, today));
        if !issues.is_empty() {
            return Err(SaveError::Issues(issues));
        }
        let text = text_of(&tx, &standing.revision).await?;
        let attachments = attachments(&tx, standing.revision.id).await?;
        next_revision(&tx, &standing, metadata, &text, attachments, "填写信息").await?;
        Ok(())
    })
    .await
}

/// Puts a newly uploaded text in the place of the present one; metadata and attachments stay, and blocks that
/// correspond keep their ids.
///
/// # Errors
/// As [`describe`].
pub async fn replace_text(site: &Site, by: &Actor, id: Uuid, seen: Uuid, text: &Text) -> Result<()> {
    site.write(by, |tx| async move {
        let standing = standing(&tx, id).await?;
        by.require(&DRAFT, standing.document.unit)?;
        refuse_unless_editable(&standing)?;
        refuse_if_changed(&standing, seen)?;
        let before = document_of(&standing.revision)?;
        let text = Text {
            document: content::keep_ids(&before, text.document.clone()),
            ..text.clone()
        };
        let attachments = attachments(&tx, standing.revision.id).await?;
        let metadata = super::metadata_of(&standing.revision);
        next_revision(&tx, &standing, &metadata, &text, attachments, "更换正文").await?;
        Ok(())
    })
    .await
}

/// Adds an attachment whose bytes are already kept.
///
/// # Errors
/// As [`describe`].
pub async fn attach(site: &Site, by: &Actor, id: Uuid, name: &str, bytes: Bytes) -> Result<()> {
    let media_type = super::view::media_type_of(name, &bytes).ok_or_else(|| {
        Error::refused(
            format!("附件“{name}”不是可以公开的文件类型，或内容与扩展名不符"),
            "附件可用 docx、xlsx、pdf、ofd、txt、csv、png、jpg，请转换后再上传",
        )
    })?;
    let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let blob = site.blobs.put(bytes).await?;
    let blob = &blob;
    site.write(by, |tx| async move {
        let standing = standing(&tx, id).await?;
        by.require(&DRAFT, standing.document.unit)?;
        refuse_unless_editable(&standing)?;
        let mut all = attachments(&tx, standing.revision.id).await?;
        all.push(file::Model {
            id: Uuid::now_v7(),
            revision: standing.revision.id,
            role: "attachment".into(),
            position: 0,
            blob: blob.as_str().into(),
            name: name.into(),
            media_type: media_type.into(),
            size,
        });
        let text = text_of(&tx, &standing.revision).await?;
        let metadata = super::metadata_of(&standing.revision);
        next_revision(&tx, &standing, &metadata, &text, all, "增加附件").await?;
        Ok(())
    })
    .await
}

async fn attachments(tx: &Tx, revision: Uuid) -> Result<Vec<file::Model>> {
    Ok(store::files(tx.on(), revision)
        .await?
        .into_iter()
        .filter(|f| f.role == "attachment")
        .collect())
}

/// The block tree of a revision.
pub(crate) fn document_of(revision: &revision::Model) -> Result<Document> {
    serde_json::from_str(&revision.content).map_err(|e| Error::Internal(format!("stored content: {e}")))
}

/// The present text, to be carried into the next revision.
async fn text_of(tx: &Tx, revision: &revision::Model) -> Result<Text> {
    let files = store::files(tx.on(), revision.id).await?;
    let sentences = |key: &str| {
        let list = revision.notices.get(key).and_then(|v| v.as_array());
        list.into_iter()
            .flatten()
            .filter_map(|v| v.as_str())
            .map(str::to_string)
            .collect()
    };
    Ok(Text {
        document: document_of(revision)?,
        pictures: files
            .into_iter()
            .filter(|f| f.role == "picture")
            .map(|f| (f.blob, f.media_type, f.size))
            .collect(),
        notices: sentences("notices"),
        handling_marks: sentences("marks"),
        title: revision.title.clone(),
        source_blob: revision.source_blob.clone(),
        source_name: revision.source_name.clone(),
    })
}

async fn next_revision(
    tx: &Tx,
    standing: &Standing,
    metadata: &Metadata,
    text: &Text,
    attachments: Vec<file::Model>,
    remark: &str,
) -> Result<Uuid> {
    let (document, number) = (standing.document.id, standing.revision.number + 1);
    let revision = insert_revision(tx, document, number, metadata, text, attachments)
        .await?
        .id;
    store::advance(tx, standing.edition.id, revision, State::Draft, remark).await?;
    let deed = Deed::new("publishing.revise", "document", document).unit(standing.document.unit);
    tx.record(deed.detail(json!({ "revision": number, "why": remark })))
        .await?;
    Ok(revision)
}

pub(crate) fn not_in_state(standing: &Standing, what: &str) -> Error {
    Error::refused(
        format!("文件现在是“{}”，不能{what}", standing.state.name()),
        "可能有人刚刚办理过，请刷新页面查看最新的情况",
    )
}

/// The newest revision of a document, for commands that act on what they just read.
///
/// # Errors
/// When the database fails.
pub async fn newest_revision(site: &Site, id: Uuid) -> Result<Option<Uuid>> {
    Ok(store::working_edition(site.db.read(), id)
        .await?
        .map(|edition| edition.revision))
}

/// The public document of exactly this title, with its address.
///
/// # Errors
/// When the database fails.
pub async fn public_by_title(site: &Site, title: &str) -> Result<Option<(Uuid, String)>> {
    let found = store::public_by_title(site.db.read(), title).await?;
    Ok(found.and_then(|document| Some((document.id, document.path?))))
}

/// The issues that stop something.
pub(crate) fn errors(issues: Vec<Issue>) -> Vec<Issue> {
    issues.into_iter().filter(|i| i.weight == Weight::Error).collect()
}

/// Why metadata were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Values that cannot be right, by field.
    #[error("填写的内容需要改正")]
    Issues(Vec<Issue>),
    /// Something else.
    #[error(transparent)]
    Other(#[from] Error),
}

impl From<kit::db::WriteError> for SaveError {
    fn from(error: kit::db::WriteError) -> Self {
        SaveError::Other(error.into())
    }
}

impl From<sea_orm::DbErr> for SaveError {
    fn from(error: sea_orm::DbErr) -> Self {
        SaveError::Other(error.into())
    }
}

impl kit::db::Retry for SaveError {
    fn database(&self) -> Option<&sea_orm::DbErr> {
        match self {
            SaveError::Other(error) => error.database(),
            SaveError::Issues(_) => None,
        }
    }
}
