//! Statements of the record of reading.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Set};

use super::Look;
use crate::db::Tx;
use crate::seal::Ciphertext;

/// A row of the record.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "reading")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// When.
    pub at: DateTimeUtc,
    /// Whose account; none for the program itself.
    pub account: Option<Uuid>,
    /// Name of the post at that time.
    pub actor_name: String,
    /// Kind of record.
    pub subject: String,
    /// Which one.
    pub subject_id: Uuid,
    /// The fields, with 、 between them.
    pub fields: String,
    /// What for, sealed.
    pub reason: Option<String>,
}

/// No relations: the record stands on its own.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A look as the person concerned may be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: DateTime<Utc>,
    /// By which post.
    pub by: String,
    /// Which fields.
    pub fields: String,
}

pub(super) async fn insert(tx: &Tx, id: Uuid, look: &Look<'_>, reason: Option<&Ciphertext>) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(id),
        at: Set(tx.at()),
        account: Set(tx.actor().account),
        actor_name: Set(tx.actor().name.clone()),
        subject: Set(look.subject.into()),
        subject_id: Set(look.subject_id),
        fields: Set(look.fields.join("、")),
        reason: Set(reason.map(|r| r.as_str().to_string())),
    };
    Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

pub(super) async fn of(on: &impl ConnectionTrait, subject: &str, id: Uuid) -> Result<Vec<Seen>, DbErr> {
    let rows = Entity::find()
        .filter(Column::SubjectId.eq(id))
        .filter(Column::Subject.eq(subject))
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .all(on)
        .await?;
    let seen = rows.into_iter().map(|row| Seen {
        at: row.at,
        by: row.actor_name,
        fields: row.fields,
    });
    Ok(seen.collect())
}

/// What a reader of the record asks for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Filter {
    /// Part of the name of the post.
    pub by: Option<String>,
    /// Which record.
    pub subject_id: Option<Uuid>,
    /// From this moment.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub before: Option<DateTime<Utc>>,
    /// Page, from 0.
    pub page: u64,
}

/// Looks that a page shows.
pub(crate) const PER_PAGE: u64 = 100;

/// A page of the record, newest first, and how many there are in all.
pub(crate) async fn list(on: &impl ConnectionTrait, filter: &Filter) -> Result<(Vec<Model>, u64), DbErr> {
    let mut query = Entity::find();
    if let Some(by) = &filter.by {
        query = query.filter(Column::ActorName.contains(by));
    }
    if let Some(id) = filter.subject_id {
        query = query.filter(Column::SubjectId.eq(id));
    }
    if let Some(from) = filter.from {
        query = query.filter(Column::At.gte(from));
    }
    if let Some(before) = filter.before {
        query = query.filter(Column::At.lt(before));
    }
    let total = query.clone().count(on).await?;
    let rows = query
        .order_by_desc(Column::At)
        .order_by_desc(Column::Id)
        .limit(PER_PAGE)
        .offset(filter.page.saturating_mul(PER_PAGE))
        .all(on)
        .await?;
    Ok((rows, total))
}
