//! Statements on documents, revisions, editions and their files.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, QueryOrder, QuerySelect, Set};

use super::model::State;
use kit::db::Tx;

/// Documents.
pub mod document {
    use sea_orm::entity::prelude::*;

    /// A document.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "document")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Stored name of its kind.
        pub kind: String,
        /// The unit that answers for it.
        pub unit: Uuid,
        /// Its address, reserved for ever once given.
        pub path: Option<String>,
        /// Its index number (索引号), never reused.
        pub index_number: Option<String>,
        /// Where it was imported from, so that a second import recognises it.
        pub source_key: Option<String>,
        /// What the public sees of it; none before its first release.
        pub public_state: Option<String>,
        /// When it was entered.
        pub created_at: DateTimeUtc,
        /// By whom.
        pub created_by: Option<Uuid>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Revisions.
pub mod revision {
    use sea_orm::entity::prelude::*;

    /// A revision; never changed.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revision")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Of which document.
        pub document: Uuid,
        /// From 1.
        pub number: i32,
        /// 标题.
        pub title: String,
        /// 发文机关, full names, the leading organ first.
        pub issuer: String,
        /// 发文字号.
        pub doc_number: Option<String>,
        /// 成文日期.
        pub written_on: Option<Date>,
        /// 主题分类, `类\子类`.
        pub theme: String,
        /// 条例第二十条、第二十一条 item.
        pub category: String,
        /// 公开属性, its stored name.
        pub attribute: Option<String>,
        /// Ground for not disclosing, its code.
        pub ground: Option<String>,
        /// The reason in words.
        pub attribute_reason: String,
        /// 施行日期.
        pub effective_from: Option<Date>,
        /// 有效期至.
        pub valid_until: Option<Date>,
        /// First day of repeal.
        pub repealed_from: Option<Date>,
        /// 内容概述.
        pub summary: String,
        /// 来源, of a reprint.
        pub origin: String,
        /// The block tree, serialised.
        pub content: String,
        /// Hash of the canonical form.
        pub content_hash: String,
        /// The uploaded file.
        pub source_blob: Option<String>,
        /// Its name.
        pub source_name: Option<String>,
        /// What the reader of the file left out or assumed.
        pub notices: Json,
        /// When.
        pub created_at: DateTimeUtc,
        /// By whom.
        pub created_by: Option<Uuid>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Files of revisions: attachments and pictures.
pub mod file {
    use sea_orm::entity::prelude::*;

    /// A file of a revision.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "revision_file")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Of which revision.
        pub revision: Uuid,
        /// `attachment` or `picture`.
        pub role: String,
        /// Place in the list, from 1.
        pub position: i32,
        /// Name of its bytes.
        pub blob: String,
        /// Name for people.
        pub name: String,
        /// Media type by its bytes.
        pub media_type: String,
        /// Bytes.
        pub size: i64,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Editions.
pub mod edition {
    use sea_orm::entity::prelude::*;

    /// One round from draft to release.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "edition")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Of which document.
        pub document: Uuid,
        /// From 1.
        pub number: i32,
        /// Its newest revision.
        pub revision: Uuid,
        /// Stored name of its state.
        pub state: String,
        /// Whether it is being prepared.
        pub is_draft: bool,
        /// Whether it is in public.
        pub is_live: bool,
        /// When it was begun.
        pub created_at: DateTimeUtc,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What happened to editions.
pub mod status {
    use sea_orm::entity::prelude::*;

    /// One step of an edition.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "edition_status")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Of which edition.
        pub edition: Uuid,
        /// At which revision.
        pub revision: Uuid,
        /// The state it came to.
        pub state: String,
        /// What was said.
        pub remark: String,
        /// When.
        pub at: DateTimeUtc,
        /// Whose account.
        pub account: Option<Uuid>,
        /// Name of the post.
        pub actor_name: String,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// One document.
pub(crate) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<document::Model>, DbErr> {
    document::Entity::find_by_id(id).one(on).await
}

/// The document at an address.
pub(crate) async fn at_path(on: &impl ConnectionTrait, path: &str) -> Result<Option<document::Model>, DbErr> {
    document::Entity::find()
        .filter(document::Column::Path.eq(path))
        .one(on)
        .await
}

/// One revision.
pub(crate) async fn revision(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<revision::Model>, DbErr> {
    revision::Entity::find_by_id(id).one(on).await
}

/// All revisions of a document, newest first.
pub(crate) async fn revisions(on: &impl ConnectionTrait, document: Uuid) -> Result<Vec<revision::Model>, DbErr> {
    revision::Entity::find()
        .filter(revision::Column::Document.eq(document))
        .order_by_desc(revision::Column::Number)
        .all(on)
        .await
}

/// Revisions by their ids.
pub(crate) async fn revisions_by_id(on: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<revision::Model>, DbErr> {
    revision::Entity::find()
        .filter(revision::Column::Id.is_in(ids))
        .all(on)
        .await
}

/// Documents by their ids.
pub(crate) async fn documents_by_id(on: &impl ConnectionTrait, ids: Vec<Uuid>) -> Result<Vec<document::Model>, DbErr> {
    document::Entity::find()
        .filter(document::Column::Id.is_in(ids))
        .all(on)
        .await
}

/// Files of a revision in their order.
pub(crate) async fn files(on: &impl ConnectionTrait, revision: Uuid) -> Result<Vec<file::Model>, DbErr> {
    file::Entity::find()
        .filter(file::Column::Revision.eq(revision))
        .order_by_asc(file::Column::Role)
        .order_by_asc(file::Column::Position)
        .all(on)
        .await
}

/// Editions of a document, newest first.
pub(crate) async fn editions(on: &impl ConnectionTrait, document: Uuid) -> Result<Vec<edition::Model>, DbErr> {
    edition::Entity::find()
        .filter(edition::Column::Document.eq(document))
        .order_by_desc(edition::Column::Number)
        .all(on)
        .await
}

/// The edition being prepared, or else the one in public, or else the last.
pub(crate) async fn working_edition(
    on: &impl ConnectionTrait,
    document: Uuid,
) -> Result<Option<edition::Model>, DbErr> {
    Ok(editions(on, document).await?.into_iter().next())
}

/// What happened to an edition, in order.
pub(crate) async fn statuses(on: &impl ConnectionTrait, edition: Uuid) -> Result<Vec<status::Model>, DbErr> {
    status::Entity::find()
        .filter(status::Column::Edition.eq(edition))
        .order_by_asc(status::Column::Id)
        .all(on)
        .await
}

/// Public documents with a revision one of whose dates of validity lies after `from` (or ever before, with none) and up to
/// `until`.
pub(crate) async fn turning_between(
    on: &impl ConnectionTrait,
    from: Option<Date>,
    until: Date,
) -> Result<Vec<Uuid>, DbErr> {
    let mut any = Condition::any();
    // The last day in force is not yet a change; the day after it is.
    for (column, shift) in [
        (revision::Column::EffectiveFrom, 0),
        (revision::Column::RepealedFrom, 0),
        (revision::Column::ValidUntil, 1),
    ] {
        let day = |d: Date| d.checked_sub_days(chrono::Days::new(shift)).unwrap_or(d);
        let mut within = Condition::all().add(column.lte(day(until)));
        if let Some(from) = from {
            within = within.add(column.gt(day(from)));
        }
        any = any.add(within);
    }
    let turned = revision::Entity::find()
        .select_only()
        .column(revision::Column::Document)
        .distinct()
        .filter(any)
        .into_tuple::<Uuid>()
        .all(on)
        .await?;
    let mut public = Vec::new();
    for some in turned.chunks(500) {
        let found = document::Entity::find()
            .filter(document::Column::Id.is_in(some.iter().copied()))
            .filter(document::Column::PublicState.is_not_null())
            .all(on)
            .await?;
        public.extend(found.into_iter().map(|d| d.id));
    }
    Ok(public)
}

/// A document with an address whose revision bears exactly this title.
pub(crate) async fn public_by_title(on: &impl ConnectionTrait, title: &str) -> Result<Option<document::Model>, DbErr> {
    let named = revision::Entity::find()
        .filter(revision::Column::Title.eq(title))
        .all(on)
        .await?;
    document::Entity::find()
        .filter(document::Column::Id.is_in(named.into_iter().map(|r| r.document)))
        .filter(document::Column::Path.is_not_null())
        .one(on)
        .await
}

/// Which of these revisions were approved.
pub(crate) async fn approved_revisions(on: &impl ConnectionTrait, revisions: Vec<Uuid>) -> Result<Vec<Uuid>, DbErr> {
    let rows = status::Entity::find()
        .filter(status::Column::Revision.is_in(revisions))
        .filter(status::Column::State.eq(State::Approved.id()))
        .all(on)
        .await?;
    Ok(rows.into_iter().map(|row| row.revision).collect())
}

/// Whether a document with this source is there.
pub(crate) async fn known_sources(on: &impl ConnectionTrait, keys: Vec<String>) -> Result<Vec<String>, DbErr> {
    let rows = document::Entity::find()
        .filter(document::Column::SourceKey.is_in(keys))
        .all(on)
        .await?;
    Ok(rows.into_iter().filter_map(|d| d.source_key).collect())
}

pub(crate) async fn insert_document(tx: &Tx, row: document::Model) -> Result<(), DbErr> {
    document::Entity::insert(document::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(crate) async fn insert_revision(tx: &Tx, row: revision::Model, files: Vec<file::Model>) -> Result<(), DbErr> {
    revision::Entity::insert(revision::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    if !files.is_empty() {
        let rows = files.into_iter().map(file::ActiveModel::from);
        file::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    }
    Ok(())
}

pub(crate) async fn insert_edition(tx: &Tx, row: edition::Model) -> Result<(), DbErr> {
    edition::Entity::insert(edition::ActiveModel::from(row))
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

/// Brings an edition to a state, at a revision, and notes it.
pub(crate) async fn advance(tx: &Tx, edition: Uuid, revision: Uuid, state: State, remark: &str) -> Result<(), DbErr> {
    edition::Entity::update_many()
        .col_expr(edition::Column::State, Expr::value(state.id()))
        .col_expr(edition::Column::Revision, Expr::value(revision))
        .col_expr(edition::Column::IsDraft, Expr::value(state.is_draft()))
        .col_expr(edition::Column::IsLive, Expr::value(state == State::Released))
        .filter(edition::Column::Id.eq(edition))
        .exec(tx.on())
        .await?;
    let row = status::ActiveModel {
        id: Set(Uuid::now_v7()),
        edition: Set(edition),
        revision: Set(revision),
        state: Set(state.id().into()),
        remark: Set(remark.into()),
        at: Set(tx.at()),
        account: Set(tx.actor().account),
        actor_name: Set(tx.actor().name.clone()),
    };
    status::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Which documents a list shows.
#[derive(Debug, Default, Clone)]
pub(crate) struct Filter {
    /// Only of these units; none means all.
    pub units: Option<Vec<Uuid>>,
    /// Only in this state.
    pub state: Option<String>,
    /// Title or number contains this.
    pub words: Option<String>,
    /// Page, from 0.
    pub page: u64,
}

/// Documents a page of the list shows.
pub(crate) const PER_PAGE: u64 = 50;

/// A page of the desk's list: the newest edition of each document with its newest revision, and the total.
pub(crate) async fn list(
    on: &impl ConnectionTrait,
    filter: &Filter,
) -> Result<(Vec<(document::Model, edition::Model, revision::Model)>, u64), DbErr> {
    let newest = "NOT EXISTS (SELECT 1 FROM edition later WHERE later.document = edition.document AND later.number > edition.number)";
    let mut query = edition::Entity::find()
        .join(
            sea_orm::JoinType::InnerJoin,
            edition::Entity::belongs_to(document::Entity)
                .from(edition::Column::Document)
                .to(document::Column::Id)
                .into(),
        )
        .join(
            sea_orm::JoinType::InnerJoin,
            edition::Entity::belongs_to(revision::Entity)
                .from(edition::Column::Revision)
                .to(revision::Column::Id)
                .into(),
        )
        .filter(Expr::cust(newest));
    if let Some(units) = &filter.units {
        query = query.filter(document::Column::Unit.is_in(units.iter().copied()));
    }
    if let Some(state) = &filter.state {
        query = query.filter(edition::Column::State.eq(state));
    }
    if let Some(words) = &filter.words {
        let either = Condition::any()
            .add(revision::Column::Title.contains(words))
            .add(revision::Column::DocNumber.contains(words));
        query = query.filter(either);
    }
    let total = query.clone().count(on).await?;
    let editions = query
        .order_by_desc(edition::Column::CreatedAt)
        .order_by_desc(edition::Column::Id)
        .limit(PER_PAGE)
        .offset(filter.page.saturating_mul(PER_PAGE))
        .all(on)
        .await?;
    let documents = documents_by_id(on, editions.iter().map(|e| e.document).collect()).await?;
    let revisions = revisions_by_id(on, editions.iter().map(|e| e.revision).collect()).await?;
    let rows = editions
        .into_iter()
        .filter_map(|edition| {
            let document = documents.iter().find(|d| d.id == edition.document)?.clone();
            let revision = revisions.iter().find(|r| r.id == edition.revision)?.clone();
            Some((document, edition, revision))
        })
        .collect();
    Ok((rows, total))
}

pub(crate) async fn set_path(tx: &Tx, document: Uuid, path: &str, index_number: &str) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::Path, Expr::value(path))
        .col_expr(document::Column::IndexNumber, Expr::value(index_number))
        .filter(document::Column::Id.eq(document))
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(crate) async fn set_public_state(tx: &Tx, document: Uuid, state: &str) -> Result<(), DbErr> {
    document::Entity::update_many()
        .col_expr(document::Column::PublicState, Expr::value(state))
        .filter(document::Column::Id.eq(document))
        .exec(tx.on())
        .await?;
    Ok(())
}
