//! Statements on the journal and the sequencer's lease.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use kit::db::Tx;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{DbBackend, QueryOrder, QuerySelect, Set, Statement};

use super::sequencer::LEASE_SECONDS;

/// Entries.
pub mod entry {
    use sea_orm::entity::prelude::*;

    /// An entry of the journal.
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "journal_entry")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Stored name of its kind.
        pub kind: String,
        /// Which document.
        pub document: Uuid,
        /// At which revision.
        pub revision: Uuid,
        /// At which address.
        pub path: String,
        /// What the public is told.
        pub reason: String,
        /// Address of what replaces it.
        pub successor: Option<String>,
        /// From which day it holds.
        pub effective_on: Date,
        /// Salt of the commitment.
        pub salt: Vec<u8>,
        /// Salted commitment to content and attachments.
        pub commitment: String,
        /// When it was written.
        pub at: DateTimeUtc,
        /// Its place in the order, once sequenced; from 1, without gaps.
        pub position: Option<i64>,
        /// When it was sequenced.
        pub sequenced_at: Option<DateTimeUtc>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod lease {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sequencer_lease")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        pub holder: Uuid,
        pub fence: i64,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

const LEASE: &str = "journal";
/// Ends the lease of whichever node holds it; no node of the database that was lost numbers in a restored one.
pub(crate) const END_LEASE: &str = "DELETE FROM sequencer_lease";

pub(super) async fn insert(tx: &Tx, row: entry::ActiveModel) -> Result<(), DbErr> {
    entry::Entity::insert(row).exec_without_returning(tx.on()).await?;
    Ok(())
}

/// The position of the newest numbered entry; 0 before the first.
///
/// # Errors
/// When the database fails.
pub async fn newest_position(on: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let newest: Option<Option<i64>> = entry::Entity::find()
        .select_only()
        .column_as(entry::Column::Position.max(), "position")
        .into_tuple()
        .one(on)
        .await?;
    Ok(newest.flatten().unwrap_or(0))
}

/// Numbered entries after a position, in order.
pub(crate) async fn after(on: &impl ConnectionTrait, position: i64, most: u64) -> Result<Vec<entry::Model>, DbErr> {
    entry::Entity::find()
        .filter(entry::Column::Position.gt(position))
        .order_by_asc(entry::Column::Position)
        .limit(most)
        .all(on)
        .await
}

/// The position of the last numbered entry of each of these documents, up to a position.
pub(crate) async fn last_positions(
    on: &impl ConnectionTrait,
    documents: Vec<Uuid>,
    until: i64,
) -> Result<HashMap<Uuid, i64>, DbErr> {
    let last: Vec<(Uuid, i64)> = entry::Entity::find()
        .select_only()
        .column(entry::Column::Document)
        .column_as(entry::Column::Position.max(), "last")
        .filter(entry::Column::Document.is_in(documents))
        .filter(entry::Column::Position.lte(until))
        .group_by(entry::Column::Document)
        .into_tuple()
        .all(on)
        .await?;
    Ok(last.into_iter().collect())
}

/// Entries of one document in the order in which they were written.
pub(crate) async fn of_document(on: &impl ConnectionTrait, document: Uuid) -> Result<Vec<entry::Model>, DbErr> {
    entry::Entity::find()
        .filter(entry::Column::Document.eq(document))
        .order_by_asc(entry::Column::At)
        .order_by_asc(entry::Column::Id)
        .all(on)
        .await
}

/// Entries of these documents written up to a moment, oldest first.
pub(crate) async fn of_documents_until(
    on: &impl ConnectionTrait,
    documents: Vec<Uuid>,
    until: DateTime<Utc>,
) -> Result<Vec<entry::Model>, DbErr> {
    let mut all = Vec::new();
    for some in documents.chunks(500) {
        let found = entry::Entity::find()
            .filter(entry::Column::Document.is_in(some.iter().copied()))
            .filter(entry::Column::At.lt(until))
            .order_by_asc(entry::Column::At)
            .order_by_asc(entry::Column::Id)
            .all(on)
            .await?;
        all.extend(found);
    }
    Ok(all)
}

/// Whether an entry waits for its number.
pub(crate) async fn is_waiting(on: &impl ConnectionTrait) -> Result<bool, DbErr> {
    Ok(entry::Entity::find()
        .filter(entry::Column::Position.is_null())
        .limit(1)
        .one(on)
        .await?
        .is_some())
}

/// Committed entries without a number, in the order in which they were written.
pub(super) async fn waiting(tx: &Tx, most: u64) -> Result<Vec<Uuid>, DbErr> {
    entry::Entity::find()
        .select_only()
        .column(entry::Column::Id)
        .filter(entry::Column::Position.is_null())
        .order_by_asc(entry::Column::At)
        .order_by_asc(entry::Column::Id)
        .limit(most)
        .into_tuple()
        .all(tx.on())
        .await
}

pub(super) async fn number(tx: &Tx, id: Uuid, position: i64) -> Result<(), DbErr> {
    entry::Entity::update_many()
        .col_expr(entry::Column::Position, Expr::value(Some(position)))
        .col_expr(entry::Column::SequencedAt, Expr::value(Some(tx.at())))
        .filter(entry::Column::Id.eq(id))
        .filter(entry::Column::Position.is_null())
        .exec(tx.on())
        .await?;
    Ok(())
}

/// Takes or renews the lease; the fencing number when it is held, none when another node holds it.
pub(super) async fn hold_lease(tx: &Tx, holder: Uuid) -> Result<Option<i64>, DbErr> {
    let now = now(tx).await?;
    let expires_at = now + Duration::seconds(LEASE_SECONDS);
    let first = lease::ActiveModel {
        name: Set(LEASE.into()),
        holder: Set(holder),
        fence: Set(1),
        expires_at: Set(expires_at),
    };
    lease::Entity::insert(first)
        .on_conflict(OnConflict::column(lease::Column::Name).do_nothing().to_owned())
        .exec_without_returning(tx.on())
        .await?;
    let Some(row) = lease::Entity::find_by_id(LEASE).one(tx.on()).await? else {
        return Ok(None);
    };
    // No lease is longer than this: one that ends later was given before the clock went back, and says nothing.
    let is_held = row.expires_at > now && row.expires_at <= expires_at;
    if row.holder != holder && is_held {
        return Ok(None);
    }
    let fence = if row.holder == holder { row.fence } else { row.fence + 1 };
    lease::Entity::update_many()
        .col_expr(lease::Column::Holder, Expr::value(holder))
        .col_expr(lease::Column::Fence, Expr::value(fence))
        .col_expr(lease::Column::ExpiresAt, Expr::value(expires_at))
        .filter(lease::Column::Name.eq(LEASE))
        .exec(tx.on())
        .await?;
    Ok(Some(fence))
}

/// Ends the lease of a node that holds it.
pub(super) async fn end_lease(tx: &Tx, holder: Uuid) -> Result<(), DbErr> {
    let now = now(tx).await?;
    lease::Entity::update_many()
        .col_expr(lease::Column::ExpiresAt, Expr::value(now))
        .filter(lease::Column::Name.eq(LEASE))
        .filter(lease::Column::Holder.eq(holder))
        .exec(tx.on())
        .await?;
    Ok(())
}

/// This moment by the clock that all nodes share: the database's. SQLite has no other than its machine's.
async fn now(tx: &Tx) -> Result<DateTime<Utc>, DbErr> {
    if tx.on().get_database_backend() != DbBackend::Postgres {
        return Ok(tx.at());
    }
    let asking = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp()");
    match tx.on().query_one_raw(asking).await? {
        Some(row) => row.try_get_by_index(0),
        None => Err(DbErr::Custom("the database tells no time".into())),
    }
}
