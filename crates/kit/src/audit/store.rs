//! Statements of the audit record.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Select, Set};

use super::Deed;
use crate::db::Tx;

/// A row of the audit record.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_entry")]
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
    /// What was done.
    pub action: String,
    /// Kind of thing.
    pub subject: String,
    /// Which one.
    pub subject_id: Uuid,
    /// For which unit.
    pub unit: Option<Uuid>,
    /// What changed.
    pub detail: Json,
}

/// No relations: the record stands on its own.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Writes one entry.
pub(crate) async fn insert(tx: &Tx, deed: Deed) -> Result<(), DbErr> {
    Entity::insert(entry(tx, deed)).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Writes many entries.
pub(crate) async fn insert_all(tx: &Tx, deeds: Vec<Deed>) -> Result<(), DbErr> {
    let entries = deeds.into_iter().map(|deed| entry(tx, deed));
    Entity::insert_many(entries).exec_without_returning(tx.on()).await?;
    Ok(())
}

fn entry(tx: &Tx, deed: Deed) -> ActiveModel {
    ActiveModel {
        id: Set(Uuid::now_v7()),
        at: Set(tx.at()),
        account: Set(tx.actor().account),
        actor_name: Set(tx.actor().name.clone()),
        action: Set(deed.action.into()),
        subject: Set(deed.subject.into()),
        subject_id: Set(deed.subject_id),
        unit: Set(deed.unit),
        detail: Set(deed.detail),
    }
}

/// What a reader of the record asks for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Filter {
    /// Part of the name of the post.
    pub by: Option<String>,
    pub action: Option<String>,
    pub subject_id: Option<Uuid>,
    /// From this moment.
    pub from: Option<DateTimeUtc>,
    /// Before this moment.
    pub before: Option<DateTimeUtc>,
    pub page: u64,
}

impl Filter {
    fn query(&self) -> Select<Entity> {
        let mut query = Entity::find();
        if let Some(by) = &self.by {
            query = query.filter(Column::ActorName.contains(by));
        }
        if let Some(action) = &self.action {
            query = query.filter(Column::Action.starts_with(action));
        }
        if let Some(id) = self.subject_id {
            query = query.filter(Column::SubjectId.eq(id));
        }
        if let Some(from) = self.from {
            query = query.filter(Column::At.gte(from));
        }
        if let Some(before) = self.before {
            query = query.filter(Column::At.lt(before));
        }
        query
    }
}

/// Entries a page shows.
pub(crate) const PER_PAGE: u64 = 100;

/// A page of the record, newest first, and how many there are in all.
pub(crate) async fn list(on: &impl ConnectionTrait, filter: &Filter) -> Result<(Vec<Model>, u64), DbErr> {
    let total = filter.query().count(on).await?;
    let rows = filter
        .query()
        .order_by_desc(Column::Id)
        .limit(PER_PAGE)
        .offset(filter.page.saturating_mul(PER_PAGE))
        .all(on)
        .await?;
    Ok((rows, total))
}

/// Everything asked for, newest first, when it is not more than `most`; and how much it is.
pub(crate) async fn all(on: &impl ConnectionTrait, filter: &Filter, most: u64) -> Result<(Vec<Model>, u64), DbErr> {
    let total = filter.query().count(on).await?;
    if total > most {
        return Ok((Vec::new(), total));
    }
    let rows = filter.query().order_by_desc(Column::Id).limit(most).all(on).await?;
    Ok((rows, total))
}
