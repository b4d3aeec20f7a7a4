//! Statements on second factors and recovery codes.

use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;

use crate::db::Tx;
use crate::seal::Ciphertext;

/// Secrets of authenticator apps.
pub mod factor {
    use sea_orm::entity::prelude::*;

    /// The second factor of an account.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "second_factor")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose.
        pub account: Uuid,
        /// The secret, sealed.
        pub secret: String,
        /// The last step of time a code was taken for.
        pub last_step: i64,
        /// Since when.
        pub created_at: DateTimeUtc,
        /// When its holder gave the first right code; before that it protects nothing.
        pub confirmed_at: Option<DateTimeUtc>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod code {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "recovery_code")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account: Uuid,
        pub code_hash: String,
        pub created_at: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The second factor of an account, confirmed or not.
pub(in crate::account) async fn of(on: &impl ConnectionTrait, account: Uuid) -> Result<Option<factor::Model>, DbErr> {
    factor::Entity::find()
        .filter(factor::Column::Account.eq(account))
        .one(on)
        .await
}

pub(super) async fn insert(tx: &Tx, id: Uuid, account: Uuid, secret: &Ciphertext) -> Result<(), DbErr> {
    let row = factor::ActiveModel {
        id: Set(id),
        account: Set(account),
        secret: Set(secret.as_str().into()),
        last_step: Set(0),
        created_at: Set(tx.at()),
        confirmed_at: Set(None),
    };
    factor::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Takes a step of time; false when a code for it, or a later one, was taken before.
pub(super) async fn take_step(tx: &Tx, id: Uuid, step: i64) -> Result<bool, DbErr> {
    let changed = factor::Entity::update_many()
        .col_expr(factor::Column::LastStep, Expr::value(step))
        .filter(factor::Column::Id.eq(id))
        .filter(factor::Column::LastStep.lt(step))
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Confirms; false when it is confirmed already or gone.
pub(super) async fn confirm(tx: &Tx, id: Uuid) -> Result<bool, DbErr> {
    let changed = factor::Entity::update_many()
        .col_expr(factor::Column::ConfirmedAt, Expr::value(Some(tx.at())))
        .filter(factor::Column::Id.eq(id))
        .filter(factor::Column::ConfirmedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Takes the factor away; false when there was none.
pub(in crate::account) async fn remove(tx: &Tx, account: Uuid) -> Result<bool, DbErr> {
    let gone = factor::Entity::delete_many()
        .filter(factor::Column::Account.eq(account))
        .exec(tx.on())
        .await?;
    Ok(gone.rows_affected > 0)
}

/// Takes away a factor that was begun and never confirmed.
pub(super) async fn remove_unconfirmed(tx: &Tx, account: Uuid) -> Result<(), DbErr> {
    factor::Entity::delete_many()
        .filter(factor::Column::Account.eq(account))
        .filter(factor::Column::ConfirmedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Takes every recovery code of an account away.
pub(in crate::account) async fn remove_codes(tx: &Tx, account: Uuid) -> Result<(), DbErr> {
    code::Entity::delete_many()
        .filter(code::Column::Account.eq(account))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Adds recovery codes by their hashes.
pub(in crate::account) async fn insert_codes(tx: &Tx, account: Uuid, hashes: &[String]) -> Result<(), DbErr> {
    let rows = hashes.iter().map(|hash| code::ActiveModel {
        id: Set(Uuid::now_v7()),
        account: Set(account),
        code_hash: Set(hash.clone()),
        created_at: Set(tx.at()),
        used_at: Set(None),
    });
    code::Entity::insert_many(rows).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Uses a code up; false when it is none of this account's or was used before.
pub(super) async fn use_code(tx: &Tx, account: Uuid, hashes: &[String]) -> Result<bool, DbErr> {
    let changed = code::Entity::update_many()
        .col_expr(code::Column::UsedAt, Expr::value(Some(tx.at())))
        .filter(code::Column::Account.eq(account))
        .filter(code::Column::CodeHash.is_in(hashes.iter().cloned()))
        .filter(code::Column::UsedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Recovery codes left.
pub(in crate::account) async fn codes_left(on: &impl ConnectionTrait, account: Uuid) -> Result<u64, DbErr> {
    code::Entity::find()
        .filter(code::Column::Account.eq(account))
        .filter(code::Column::UsedAt.is_null())
        .count(on)
        .await
}
