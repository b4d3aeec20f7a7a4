//! Statements on departures.

use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, Set};

use crate::db::Tx;

/// A departure.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "departure")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who left.
    pub account: Uuid,
    /// Who took over.
    pub successor: Uuid,
    /// On which day.
    pub left_on: Date,
    /// What was handed over.
    pub items: Json,
    /// Roles that ended, in words.
    pub grants: Json,
    /// When it was carried out.
    pub at: DateTimeUtc,
    /// By which post.
    pub actor_name: String,
}

/// None needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

pub(super) async fn insert(
    tx: &Tx,
    (account, successor): (Uuid, Uuid),
    left_on: Date,
    (items, grants): (Json, Json),
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(Uuid::now_v7()),
        account: Set(account),
        successor: Set(successor),
        left_on: Set(left_on),
        items: Set(items),
        grants: Set(grants),
        at: Set(tx.at()),
        actor_name: Set(tx.actor().name.clone()),
    };
    Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Departures of an account, latest first; who comes back may leave again.
pub(in crate::account) async fn of(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Account.eq(account))
        .order_by_desc(Column::Id)
        .all(on)
        .await
}
