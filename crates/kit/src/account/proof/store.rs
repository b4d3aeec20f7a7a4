//! Statements on forms that wait.

use chrono::{DateTime, Duration, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, QueryOrder, QuerySelect, Set};

use crate::db::Tx;
use crate::seal::Ciphertext;

/// A form that waits for a proof.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "held_form")]
pub struct Model {
    /// Identity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Who sent it.
    pub account: Uuid,
    /// What it does, in words.
    pub act: String,
    /// Where it goes.
    pub path: String,
    /// Its fields, sealed.
    pub fields: String,
    /// Until when it waits.
    pub expires_at: DateTimeUtc,
}

/// None needed.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Forms of one account that wait at once; more than several tabs need nobody has open.
const MOST: u64 = 8;

/// Adds a form, and forgets those of the account that are too old or too many.
pub(super) async fn insert(
    tx: &Tx,
    (id, account): (Uuid, Uuid),
    (act, path): (&str, &str),
    fields: &Ciphertext,
    wait: Duration,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(id),
        account: Set(account),
        act: Set(act.into()),
        path: Set(path.into()),
        fields: Set(fields.as_str().into()),
        expires_at: Set(tx.at() + wait),
    };
    Entity::insert(row).exec_without_returning(tx.on()).await?;
    let latest = Entity::find()
        .filter(Column::Account.eq(account))
        .order_by_desc(Column::ExpiresAt)
        .order_by_desc(Column::Id)
        .limit(MOST)
        .all(tx.on())
        .await?;
    let kept: Vec<Uuid> = latest.iter().map(|row| row.id).collect();
    let outdated = Condition::any().add(Column::ExpiresAt.lte(tx.at())).add(
        Condition::all()
            .add(Column::Account.eq(account))
            .add(Column::Id.is_not_in(kept)),
    );
    Entity::delete_many().filter(outdated).exec(tx.on()).await?;
    Ok(())
}

/// A form of this account that still waits.
pub(super) async fn find(
    on: &impl ConnectionTrait,
    id: Uuid,
    account: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Model>, DbErr> {
    let row = Entity::find_by_id(id).one(on).await?;
    Ok(row.filter(|row| row.account == account && row.expires_at > now))
}

/// Forgets a form; false when it was gone.
pub(super) async fn delete(tx: &Tx, id: Uuid) -> Result<bool, DbErr> {
    let gone = Entity::delete_by_id(id).exec(tx.on()).await?;
    Ok(gone.rows_affected == 1)
}
