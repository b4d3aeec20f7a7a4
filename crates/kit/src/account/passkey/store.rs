//! Statements on passkeys and on what was asked of browsers.

use chrono::{DateTime, Duration, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{Condition, QueryOrder, QuerySelect, Set};

use super::model::Kind;
use crate::db::Tx;
use crate::seal::Ciphertext;

/// Passkeys.
pub mod passkey {
    use sea_orm::entity::prelude::*;

    /// A passkey of an account.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "passkey")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose.
        pub account: Uuid,
        /// What its holder calls it.
        pub name: String,
        /// What the authenticator calls it, in base64url.
        pub credential_id: String,
        /// Its public key and what else is known of it.
        pub credential: Json,
        /// How often it says it was used; 0 where it does not count.
        pub counter: i64,
        /// Since when.
        pub created_at: DateTimeUtc,
        /// When last used.
        pub used_at: Option<DateTimeUtc>,
        /// When it was removed.
        pub revoked_at: Option<DateTimeUtc>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What was asked of a browser.
pub mod ceremony {
    use sea_orm::entity::prelude::*;

    /// A question and what its answer is checked against.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "passkey_ceremony")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Who was asked; none when nobody of that name has a passkey.
        pub account: Option<Uuid>,
        /// What for.
        pub kind: String,
        /// What the answer is checked against, sealed.
        pub state: String,
        /// Until when it may be answered.
        pub expires_at: DateTimeUtc,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Passkeys of an account that were not removed, oldest first.
pub(in crate::account) async fn of(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<passkey::Model>, DbErr> {
    passkey::Entity::find()
        .filter(passkey::Column::Account.eq(account))
        .filter(passkey::Column::RevokedAt.is_null())
        .order_by_asc(passkey::Column::Id)
        .all(on)
        .await
}

/// Whether an account has a passkey.
pub(in crate::account) async fn has_any(on: &impl ConnectionTrait, account: Uuid) -> Result<bool, DbErr> {
    let found = passkey::Entity::find()
        .filter(passkey::Column::Account.eq(account))
        .filter(passkey::Column::RevokedAt.is_null())
        .count(on)
        .await?;
    Ok(found > 0)
}

pub(super) async fn insert(
    tx: &Tx,
    (account, name): (Uuid, &str),
    credential_id: &str,
    credential: Json,
) -> Result<Uuid, DbErr> {
    let id = Uuid::now_v7();
    let row = passkey::ActiveModel {
        id: Set(id),
        account: Set(account),
        name: Set(name.into()),
        credential_id: Set(credential_id.into()),
        credential: Set(credential),
        counter: Set(0),
        created_at: Set(tx.at()),
        used_at: Set(None),
        revoked_at: Set(None),
    };
    passkey::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(id)
}

/// Notes a use; false when the passkey was removed meanwhile, or counts no further than before.
pub(super) async fn used(tx: &Tx, id: Uuid, counter: i64, credential: Json) -> Result<bool, DbErr> {
    let counts_on = Condition::any()
        .add(passkey::Column::Counter.lt(counter))
        .add_option((counter == 0).then(|| passkey::Column::Counter.eq(0)));
    let changed = passkey::Entity::update_many()
        .col_expr(passkey::Column::UsedAt, Expr::value(Some(tx.at())))
        .col_expr(passkey::Column::Counter, Expr::value(counter))
        .col_expr(passkey::Column::Credential, Expr::value(credential))
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::RevokedAt.is_null())
        .filter(counts_on)
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Removes a passkey of this account; false when there is none.
pub(super) async fn revoke(tx: &Tx, account: Uuid, id: Uuid) -> Result<bool, DbErr> {
    let changed = passkey::Entity::update_many()
        .col_expr(passkey::Column::RevokedAt, Expr::value(Some(tx.at())))
        .filter(passkey::Column::Id.eq(id))
        .filter(passkey::Column::Account.eq(account))
        .filter(passkey::Column::RevokedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Removes every passkey of this account and says how many.
pub(in crate::account) async fn revoke_all(tx: &Tx, account: Uuid) -> Result<u64, DbErr> {
    let changed = passkey::Entity::update_many()
        .col_expr(passkey::Column::RevokedAt, Expr::value(Some(tx.at())))
        .filter(passkey::Column::Account.eq(account))
        .filter(passkey::Column::RevokedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected)
}

/// Questions that one account may have open at once for each purpose; more than several tabs need nobody has.
const MOST: u64 = 8;

/// Adds a question, and forgets those that are too old or, of somebody signed in, too many.
pub(super) async fn ask(
    tx: &Tx,
    id: Uuid,
    (account, kind): (Option<Uuid>, Kind),
    state: &Ciphertext,
    wait: Duration,
) -> Result<(), DbErr> {
    let row = ceremony::ActiveModel {
        id: Set(id),
        account: Set(account),
        kind: Set(kind.id().into()),
        state: Set(state.as_str().into()),
        expires_at: Set(tx.at() + wait),
    };
    ceremony::Entity::insert(row).exec_without_returning(tx.on()).await?;
    sweep(tx, tx.at()).await?;
    match account {
        // Whoever asks under somebody's name must not push out what that somebody was asked.
        Some(account) if kind != Kind::SignIn => forget_oldest(tx, account, kind).await,
        _ => Ok(()),
    }
}

async fn forget_oldest(tx: &Tx, account: Uuid, kind: Kind) -> Result<(), DbErr> {
    let same = Condition::all()
        .add(ceremony::Column::Account.eq(account))
        .add(ceremony::Column::Kind.eq(kind.id()));
    let latest = ceremony::Entity::find()
        .filter(same.clone())
        .order_by_desc(ceremony::Column::ExpiresAt)
        .order_by_desc(ceremony::Column::Id)
        .limit(MOST)
        .all(tx.on())
        .await?;
    let kept: Vec<Uuid> = latest.iter().map(|row| row.id).collect();
    let outdated = same.add(ceremony::Column::Id.is_not_in(kept));
    ceremony::Entity::delete_many().filter(outdated).exec(tx.on()).await?;
    Ok(())
}

/// A question that may still be answered.
pub(super) async fn asked(
    on: &impl ConnectionTrait,
    id: Uuid,
    kind: Kind,
    now: DateTime<Utc>,
) -> Result<Option<ceremony::Model>, DbErr> {
    let row = ceremony::Entity::find_by_id(id).one(on).await?;
    Ok(row.filter(|row| row.kind == kind.id() && row.expires_at > now))
}

/// Forgets a question; false when somebody else was first.
pub(super) async fn forget(tx: &Tx, id: Uuid) -> Result<bool, DbErr> {
    let gone = ceremony::Entity::delete_by_id(id).exec(tx.on()).await?;
    Ok(gone.rows_affected == 1)
}

/// Forgets questions that can no longer be answered.
pub(in crate::account) async fn sweep(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let gone = ceremony::Entity::delete_many()
        .filter(ceremony::Column::ExpiresAt.lte(now))
        .exec(tx.on())
        .await?;
    Ok(gone.rows_affected)
}
