//! Statements on addresses of accounts.

use sea_orm::entity::prelude::*;
use sea_orm::{IntoActiveModel, QueryOrder};

use crate::db::Tx;

/// Addresses.
pub mod address {
    use sea_orm::entity::prelude::*;

    /// An address of an account.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "message_address")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose.
        pub account: Uuid,
        /// `mail` or `sms`.
        pub channel: String,
        /// The address, sealed.
        pub address: String,
        /// Blind index of it.
        pub address_index: String,
        /// `unconfirmed`, `confirmed` or `unusable`.
        pub state: String,
        /// Whether its holder wants no notices there.
        pub paused: bool,
        /// Keyed hash of the code that confirms it.
        pub code_hash: Option<String>,
        /// Until when the code is good.
        pub code_until: Option<DateTimeUtc>,
        /// Wrong codes since it was sent.
        pub wrong_codes: i32,
        /// Codes sent so far.
        pub codes_sent: i32,
        /// When its holder last changed it.
        pub changed_at: DateTimeUtc,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use address::{Column, Entity, Model};

/// The addresses of an account.
///
/// # Errors
/// When the database fails.
pub async fn of(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Account.eq(account))
        .order_by_asc(Column::Channel)
        .all(on)
        .await
}

pub(super) async fn one(on: &impl ConnectionTrait, account: Uuid, channel: &str) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::Account.eq(account))
        .filter(Column::Channel.eq(channel))
        .one(on)
        .await
}

pub(super) async fn insert(tx: &Tx, row: Model) -> Result<(), DbErr> {
    Entity::insert(row.into_active_model())
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn save(tx: &Tx, row: Model) -> Result<(), DbErr> {
    row.into_active_model().reset_all().update(tx.on()).await?;
    Ok(())
}

pub(super) async fn delete(tx: &Tx, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_by_id(id).exec(tx.on()).await?;
    Ok(())
}

/// Addresses with one of these indexes, whoever they belong to.
pub(super) async fn with_index(
    on: &impl ConnectionTrait,
    channel: &str,
    indexes: &[String],
) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::Channel.eq(channel))
        .filter(Column::AddressIndex.is_in(indexes.iter().map(String::as_str)))
        .all(on)
        .await
}
