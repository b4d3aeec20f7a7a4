//! Statements on who took over an edition.

use kit::db::Tx;
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, Set};

use crate::document::store::{document, edition, revision, status};

/// An edition taken over.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "edition_charge")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Which edition.
    pub edition: Uuid,
    /// By whom.
    pub account: Uuid,
    /// From whom.
    pub taken_from: Uuid,
    /// When.
    pub at: DateTimeUtc,
}

/// None needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Whether an account took this edition over.
pub(crate) async fn has_charge(on: &impl ConnectionTrait, edition: Uuid, account: Uuid) -> Result<bool, DbErr> {
    let row = Entity::find()
        .filter(Column::Edition.eq(edition))
        .filter(Column::Account.eq(account))
        .one(on)
        .await?;
    Ok(row.is_some())
}

/// Gives charge of an edition; nothing happens when the account has it already.
pub(super) async fn give(tx: &Tx, edition: Uuid, from: Uuid, to: Uuid) -> Result<(), DbErr> {
    if has_charge(tx.on(), edition, to).await? {
        return Ok(());
    }
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        edition: Set(edition),
        account: Set(to),
        taken_from: Set(from),
        at: Set(tx.at()),
    };
    Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Editions in preparation that an account drafted, sent or took over, with document and newest text.
pub(super) async fn open_editions(
    on: &impl ConnectionTrait,
    account: Uuid,
) -> Result<Vec<(edition::Model, document::Model, revision::Model)>, DbErr> {
    let mut found = Vec::new();
    let drafts = edition::Entity::find()
        .filter(edition::Column::IsDraft.eq(true))
        .order_by_asc(edition::Column::Id)
        .all(on)
        .await?;
    for draft in drafts {
        let Some(text) = revision::Entity::find_by_id(draft.revision).one(on).await? else {
            continue;
        };
        let is_own = text.created_by == Some(account)
            || has_step(on, draft.id, account).await?
            || has_charge(on, draft.id, account).await?;
        if !is_own {
            continue;
        }
        if let Some(document) = document::Entity::find_by_id(draft.document).one(on).await? {
            found.push((draft, document, text));
        }
    }
    Ok(found)
}

async fn has_step(on: &impl ConnectionTrait, edition: Uuid, account: Uuid) -> Result<bool, DbErr> {
    let own = Condition::all()
        .add(status::Column::Edition.eq(edition))
        .add(status::Column::Account.eq(account));
    Ok(status::Entity::find().filter(own).one(on).await?.is_some())
}
