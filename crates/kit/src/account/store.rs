//! Statements on accounts, roles, sessions and links.

use chrono::{DateTime, Duration, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::Expr;
use sea_orm::{QueryOrder, QuerySelect, Set};

use super::actor::Holding;
use super::client::Client;
use super::factor::Stage;
use crate::db::Tx;
use crate::permission::Role;

/// Accounts.
pub mod account {
    use sea_orm::entity::prelude::*;

    /// An account.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "account")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Sign-in name.
        pub login: String,
        /// Name of the post.
        pub name: String,
        /// Hash of the password, once one is set.
        pub password_hash: Option<String>,
        /// When it was disabled.
        pub disabled_at: Option<DateTimeUtc>,
        /// When it was made.
        pub created_at: DateTimeUtc,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Roles held.
pub mod grant {
    use sea_orm::entity::prelude::*;

    /// A role held by an account.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "role_grant")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Whose.
        pub account: Uuid,
        /// Which role, by its stored name.
        pub role: String,
        /// For which unit; none means the district.
        pub unit: Option<Uuid>,
        /// Since when.
        pub granted_at: DateTimeUtc,
        /// Until when.
        pub revoked_at: Option<DateTimeUtc>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Sessions.
pub(super) mod session {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: String,
        pub account: Uuid,
        pub form_token: String,
        pub created_at: DateTimeUtc,
        pub last_used_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub stage: String,
        pub browser: String,
        pub network: String,
        pub proved_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod trail {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_trail")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub account: Uuid,
        pub at: DateTimeUtc,
        pub outcome: String,
        pub browser: String,
        pub network: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod link {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "sign_in_link")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub token_hash: String,
        pub account: Uuid,
        pub created_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The account with this id.
pub(crate) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find_by_id(id).one(on).await
}

/// The account that signs in under this name.
pub(super) async fn by_login(on: &impl ConnectionTrait, login: &str) -> Result<Option<account::Model>, DbErr> {
    account::Entity::find()
        .filter(account::Column::Login.eq(login))
        .one(on)
        .await
}

/// The accounts that sign in under one of these names.
pub(super) async fn by_logins(on: &impl ConnectionTrait, logins: &[&str]) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find()
        .filter(account::Column::Login.is_in(logins.iter().copied()))
        .all(on)
        .await
}

/// All accounts by sign-in name.
pub(super) async fn all(on: &impl ConnectionTrait) -> Result<Vec<account::Model>, DbErr> {
    account::Entity::find()
        .order_by_asc(account::Column::Login)
        .all(on)
        .await
}

/// All roles held now.
pub(super) async fn all_grants(on: &impl ConnectionTrait) -> Result<Vec<grant::Model>, DbErr> {
    grant::Entity::find()
        .filter(grant::Column::RevokedAt.is_null())
        .order_by_asc(grant::Column::Id)
        .all(on)
        .await
}

/// Roles one account holds now.
pub(super) async fn grants(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<grant::Model>, DbErr> {
    grant::Entity::find()
        .filter(grant::Column::Account.eq(account))
        .filter(grant::Column::RevokedAt.is_null())
        .order_by_asc(grant::Column::Id)
        .all(on)
        .await
}

/// The same as values; a role that this program no longer knows gives no permission.
pub(crate) async fn holdings(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Holding>, DbErr> {
    let rows = grants(on, account).await?;
    Ok(rows
        .iter()
        .filter_map(|g| {
            Some(Holding {
                role: Role::of(&g.role)?,
                unit: g.unit,
            })
        })
        .collect())
}

/// Accounts that are not disabled and hold one of these roles for this unit, or for the district when there is none.
pub(crate) async fn active_holders(
    on: &impl ConnectionTrait,
    roles: &[Role],
    unit: Option<Uuid>,
) -> Result<Vec<Uuid>, DbErr> {
    let held = grant::Entity::find()
        .filter(grant::Column::RevokedAt.is_null())
        .filter(grant::Column::Role.is_in(roles.iter().map(|role| role.id())));
    let held = match unit {
        Some(unit) => held.filter(grant::Column::Unit.eq(unit)),
        None => held.filter(grant::Column::Unit.is_null()),
    };
    let holders: Vec<Uuid> = held.all(on).await?.into_iter().map(|row| row.account).collect();
    let active = account::Entity::find()
        .filter(account::Column::Id.is_in(holders))
        .filter(account::Column::DisabledAt.is_null())
        .order_by_asc(account::Column::Login)
        .all(on)
        .await?;
    Ok(active.into_iter().map(|account| account.id).collect())
}

/// Every account that is not disabled, as it acts.
pub(crate) async fn active_actors(on: &impl ConnectionTrait) -> Result<Vec<super::Actor>, DbErr> {
    let mut actors = Vec::new();
    let grants = all_grants(on).await?;
    for account in all(on)
        .await?
        .into_iter()
        .filter(|account| account.disabled_at.is_none())
    {
        let held = grants.iter().filter(|grant| grant.account == account.id);
        let holdings = held.filter_map(|grant| {
            Some(Holding {
                role: Role::of(&grant.role)?,
                unit: grant.unit,
            })
        });
        actors.push(super::Actor {
            account: Some(account.id),
            holdings: holdings.collect(),
            name: account.name,
        });
    }
    Ok(actors)
}

/// Deletes what is over: sessions and links that ended, sign-ins that never came back. Returns how many.
pub(crate) async fn sweep(tx: &Tx, now: DateTime<Utc>) -> Result<u64, DbErr> {
    let sessions = session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lte(now))
        .exec(tx.on())
        .await?;
    let links = link::Entity::delete_many()
        .filter(link::Column::ExpiresAt.lte(now))
        .exec(tx.on())
        .await?;
    let asked = super::passkey::store::sweep(tx, now).await?;
    let pending = super::oidc::store::sweep(tx, now).await?;
    Ok(sessions.rows_affected + links.rows_affected + asked + pending)
}

pub(super) async fn insert(tx: &Tx, login: &str, name: &str) -> Result<Uuid, DbErr> {
    let id = Uuid::now_v7();
    let row = account::ActiveModel {
        id: Set(id),
        login: Set(login.into()),
        name: Set(name.into()),
        password_hash: Set(None),
        disabled_at: Set(None),
        created_at: Set(tx.at()),
    };
    account::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(id)
}

pub(super) async fn set_password(tx: &Tx, account: Uuid, hash: &str) -> Result<(), DbErr> {
    account::Entity::update_many()
        .col_expr(account::Column::PasswordHash, Expr::value(hash))
        .filter(account::Column::Id.eq(account))
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn set_disabled(tx: &Tx, account: Uuid, at: Option<DateTime<Utc>>) -> Result<(), DbErr> {
    account::Entity::update_many()
        .col_expr(account::Column::DisabledAt, Expr::value(at))
        .filter(account::Column::Id.eq(account))
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn insert_grant(tx: &Tx, account: Uuid, role: Role, unit: Option<Uuid>) -> Result<(), DbErr> {
    let row = grant::ActiveModel {
        id: Set(Uuid::now_v7()),
        account: Set(account),
        role: Set(role.id().into()),
        unit: Set(unit),
        granted_at: Set(tx.at()),
        revoked_at: Set(None),
    };
    grant::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

pub(super) async fn revoke_grant(tx: &Tx, account: Uuid, id: Uuid) -> Result<bool, DbErr> {
    let changed = grant::Entity::update_many()
        .col_expr(grant::Column::RevokedAt, Expr::value(Some(tx.at())))
        .filter(grant::Column::Id.eq(id))
        .filter(grant::Column::Account.eq(account))
        .filter(grant::Column::RevokedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

pub(super) async fn insert_session(
    tx: &Tx,
    token_hash: &str,
    account: Uuid,
    form_token: &str,
    (stage, lifetime): (Stage, Duration),
) -> Result<(), DbErr> {
    let row = session::ActiveModel {
        token_hash: Set(token_hash.into()),
        account: Set(account),
        form_token: Set(form_token.into()),
        created_at: Set(tx.at()),
        last_used_at: Set(tx.at()),
        expires_at: Set(tx.at() + lifetime),
        stage: Set(stage.id().into()),
        browser: Set(String::new()),
        network: Set(String::new()),
        proved_at: Set(Some(tx.at())),
    };
    session::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// The session of this token and its account, when both are still good.
pub(super) async fn session(
    on: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<(session::Model, account::Model)>, DbErr> {
    let Some(row) = session::Entity::find_by_id(token_hash).one(on).await? else {
        return Ok(None);
    };
    if row.expires_at <= now {
        return Ok(None);
    }
    let account = find(on, row.account).await?.filter(|a| a.disabled_at.is_none());
    Ok(account.map(|account| (row, account)))
}

pub(super) async fn touch_session(tx: &Tx, token_hash: &str) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(tx.at()))
        .filter(session::Column::TokenHash.eq(token_hash))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Writes a whole row of a session under a new token.
pub(super) async fn put_session(tx: &Tx, row: session::Model) -> Result<(), DbErr> {
    let row = session::ActiveModel {
        token_hash: Set(row.token_hash),
        account: Set(row.account),
        form_token: Set(row.form_token),
        created_at: Set(row.created_at),
        last_used_at: Set(row.last_used_at),
        expires_at: Set(row.expires_at),
        stage: Set(row.stage),
        browser: Set(row.browser),
        network: Set(row.network),
        proved_at: Set(row.proved_at),
    };
    session::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

pub(super) async fn describe_session(tx: &Tx, token_hash: &str, client: &Client) -> Result<(), DbErr> {
    session::Entity::update_many()
        .col_expr(session::Column::Browser, Expr::value(client.browser.as_str()))
        .col_expr(session::Column::Network, Expr::value(client.network.as_str()))
        .filter(session::Column::TokenHash.eq(token_hash))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Sessions of an account, the latest used first, good or not.
pub(super) async fn sessions_of(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<session::Model>, DbErr> {
    session::Entity::find()
        .filter(session::Column::Account.eq(account))
        .order_by_desc(session::Column::LastUsedAt)
        .all(on)
        .await
}

/// Attempts of an account that are kept for its holder to see.
const TRAIL_LENGTH: u64 = 30;

/// Adds an attempt to what the holder of an account is shown, and forgets the oldest.
pub(super) async fn insert_trail(tx: &Tx, account: Uuid, outcome: &str, client: &Client) -> Result<(), DbErr> {
    let row = trail::ActiveModel {
        id: Set(Uuid::now_v7()),
        account: Set(account),
        at: Set(tx.at()),
        outcome: Set(outcome.into()),
        browser: Set(client.browser.clone()),
        network: Set(client.network.clone()),
    };
    trail::Entity::insert(row).exec_without_returning(tx.on()).await?;
    let kept = trail(tx.on(), account).await?;
    if kept.len() as u64 == TRAIL_LENGTH {
        let ids: Vec<Uuid> = kept.iter().map(|t| t.id).collect();
        trail::Entity::delete_many()
            .filter(trail::Column::Account.eq(account))
            .filter(trail::Column::Id.is_not_in(ids))
            .exec(tx.on())
            .await?;
    }
    Ok(())
}

/// The latest attempts of an account, newest first.
pub(super) async fn trail(on: &impl ConnectionTrait, account: Uuid) -> Result<Vec<trail::Model>, DbErr> {
    trail::Entity::find()
        .filter(trail::Column::Account.eq(account))
        .order_by_desc(trail::Column::At)
        .order_by_desc(trail::Column::Id)
        .limit(TRAIL_LENGTH)
        .all(on)
        .await
}

/// Ends a session; false when it had ended.
pub(super) async fn delete_session(tx: &Tx, token_hash: &str) -> Result<bool, DbErr> {
    let gone = session::Entity::delete_by_id(token_hash).exec(tx.on()).await?;
    Ok(gone.rows_affected == 1)
}

pub(super) async fn delete_sessions_of(tx: &Tx, account: Uuid) -> Result<(), DbErr> {
    session::Entity::delete_many()
        .filter(session::Column::Account.eq(account))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Ends every session of an account but this one.
pub(super) async fn delete_other_sessions(tx: &Tx, account: Uuid, token_hash: &str) -> Result<(), DbErr> {
    session::Entity::delete_many()
        .filter(session::Column::Account.eq(account))
        .filter(session::Column::TokenHash.ne(token_hash))
        .exec(tx.on())
        .await?;
    Ok(())
}

pub(super) async fn insert_link(tx: &Tx, token_hash: &str, account: Uuid, lifetime: Duration) -> Result<(), DbErr> {
    let row = link::ActiveModel {
        token_hash: Set(token_hash.into()),
        account: Set(account),
        created_at: Set(tx.at()),
        expires_at: Set(tx.at() + lifetime),
        used_at: Set(None),
    };
    link::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// Takes back every role of an account and ends its unused links.
pub(super) async fn end_everything(tx: &Tx, account: Uuid) -> Result<(), DbErr> {
    grant::Entity::update_many()
        .col_expr(grant::Column::RevokedAt, Expr::value(Some(tx.at())))
        .filter(grant::Column::Account.eq(account))
        .filter(grant::Column::RevokedAt.is_null())
        .exec(tx.on())
        .await?;
    link::Entity::update_many()
        .col_expr(link::Column::UsedAt, Expr::value(Some(tx.at())))
        .filter(link::Column::Account.eq(account))
        .filter(link::Column::UsedAt.is_null())
        .exec(tx.on())
        .await?;
    delete_sessions_of(tx, account).await
}

/// The account a link still opens.
pub(super) async fn link_account(
    on: &impl ConnectionTrait,
    token_hash: &str,
    now: DateTime<Utc>,
) -> Result<Option<account::Model>, DbErr> {
    let row = link::Entity::find_by_id(token_hash).one(on).await?;
    match row.filter(|l| l.used_at.is_none() && l.expires_at > now) {
        Some(link) => Ok(find(on, link.account).await?.filter(|a| a.disabled_at.is_none())),
        None => Ok(None),
    }
}

/// Uses a link up; false when somebody else was first.
pub(super) async fn use_link(tx: &Tx, token_hash: &str) -> Result<bool, DbErr> {
    let changed = link::Entity::update_many()
        .col_expr(link::Column::UsedAt, Expr::value(Some(tx.at())))
        .filter(link::Column::TokenHash.eq(token_hash))
        .filter(link::Column::UsedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}
