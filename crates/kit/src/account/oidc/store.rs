//! Statements on links and on sign-ins that are on their way.

use chrono::{DateTime, Utc};
use sea_orm::Set;
use sea_orm::entity::prelude::*;

use crate::db::Tx;

/// Links.
pub(super) mod link {
    use sea_orm::entity::prelude::*;

    /// An account and whom the provider means by it.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "oidc_link")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// The account.
        pub account: Uuid,
        /// The provider.
        pub issuer: String,
        /// Who it is there.
        pub subject: String,
        /// Since when.
        pub linked_at: DateTimeUtc,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sign-ins on their way.
pub(super) mod pending {
    use sea_orm::entity::prelude::*;

    /// Somebody on the way to the provider and back.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "oidc_pending")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Hash of the state.
        pub state_hash: String,
        /// Hash of the browser's cookie.
        pub browser_hash: String,
        /// The nonce, sealed.
        pub nonce: String,
        /// The PKCE verifier, sealed.
        pub verifier: String,
        /// Where it leads.
        pub next_path: String,
        /// Who, signed in, links their own account.
        pub account: Option<Uuid>,
        /// Until when.
        pub expires_at: DateTimeUtc,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Adds a sign-in on its way, and forgets those that never came back.
pub(super) async fn insert_pending(tx: &Tx, row: pending::Model) -> Result<(), DbErr> {
    sweep(tx, tx.at()).await?;
    let row: pending::ActiveModel = row.into();
    pending::Entity::insert(row.reset_all())
        .exec_without_returning(tx.on())
        .await?;
    Ok(())
}

/// Takes the sign-in of this state away, so that it is good once; none when it is over or never was.
pub(super) async fn take_pending(tx: &Tx, state_hash: &str) -> Result<Option<pending::Model>, DbErr> {
    let found = pending::Entity::find()
        .filter(pending::Column::StateHash.eq(state_hash))
        .one(tx.on())
        .await?;
    let Some(row) = found else {
        return Ok(None);
    };
    let gone = pending::Entity::delete_by_id(row.id).exec(tx.on()).await?;
    Ok(Some(row).filter(|row| gone.rows_affected == 1 && row.expires_at > tx.at()))
}

/// Deletes sign-ins that never came back. Returns how many.
pub(in crate::account) async fn sweep(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let gone = pending::Entity::delete_many()
        .filter(pending::Column::ExpiresAt.lte(now))
        .exec(tx.on())
        .await?;
    Ok(gone.rows_affected)
}

/// The link of an account at a provider.
pub(super) async fn of(on: &impl ConnectionTrait, account: Uuid, issuer: &str) -> Result<Option<link::Model>, DbErr> {
    link::Entity::find()
        .filter(link::Column::Account.eq(account))
        .filter(link::Column::Issuer.eq(issuer))
        .one(on)
        .await
}

/// The account that a provider's subject is linked to.
pub(super) async fn account_of(on: &impl ConnectionTrait, issuer: &str, subject: &str) -> Result<Option<Uuid>, DbErr> {
    let found = link::Entity::find()
        .filter(link::Column::Issuer.eq(issuer))
        .filter(link::Column::Subject.eq(subject))
        .one(on)
        .await?;
    Ok(found.map(|row| row.account))
}

/// Adds a link.
pub(super) async fn insert(tx: &Tx, account: Uuid, issuer: &str, subject: &str) -> Result<(), DbErr> {
    let row = link::ActiveModel {
        id: Set(Uuid::now_v7()),
        account: Set(account),
        issuer: Set(issuer.into()),
        subject: Set(subject.into()),
        linked_at: Set(tx.at()),
    };
    link::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Takes a link away; false when there is none.
pub(super) async fn remove(tx: &Tx, account: Uuid, issuer: &str) -> Result<bool, DbErr> {
    let gone = link::Entity::delete_many()
        .filter(link::Column::Account.eq(account))
        .filter(link::Column::Issuer.eq(issuer))
        .exec(tx.on())
        .await?;
    Ok(gone.rows_affected > 0)
}
