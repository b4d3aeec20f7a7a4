//! Statements on messages and returned mail.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{IntoActiveModel, QueryOrder, QuerySelect};

use super::model::State;
use crate::db::Tx;

/// Messages on a page of the list.
pub const PER_PAGE: u64 = 50;

/// Messages.
pub mod message {
    use sea_orm::entity::prelude::*;

    /// A message.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "message")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// `mail` or `sms`.
        pub channel: String,
        /// Its template.
        pub template: String,
        /// What makes it this message and no other.
        pub idempotency_key: String,
        /// The kind of thing it is about.
        pub about: Option<String>,
        /// Which one.
        pub about_id: Option<Uuid>,
        /// To whom, sealed.
        pub recipient: Option<String>,
        /// Blind index of it.
        pub recipient_index: Option<String>,
        /// Subject, sealed.
        pub subject: Option<String>,
        /// Text, sealed.
        pub body: Option<String>,
        /// The server's own words at the newest try, sealed.
        pub answer: Option<String>,
        /// Its state.
        pub state: String,
        /// Why it waits or has failed; no personal data.
        pub why: String,
        /// What a receiver drops a second one by.
        pub delivery_key: Option<String>,
        /// How often somebody or a new configuration set it going again.
        pub round: i32,
        /// Whether it waits for a configuration, and no job is there for it.
        pub parked: bool,
        /// Tries begun.
        pub tries: i32,
        /// Since when a try is under way.
        pub trying_since: Option<DateTimeUtc>,
        /// Whether a try broke off after which the server may have had it.
        pub may_be_double: bool,
        /// When the command happened.
        pub created_at: DateTimeUtc,
        /// When it was first tried.
        pub first_try_at: Option<DateTimeUtc>,
        /// When it was last tried.
        pub last_try_at: Option<DateTimeUtc>,
        /// When it reached a state other than waiting.
        pub ended_at: Option<DateTimeUtc>,
        /// When its content was wiped.
        pub wiped_at: Option<DateTimeUtc>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Returned mail that somebody has to look at.
pub mod stray {
    use sea_orm::entity::prelude::*;

    /// One of them.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "message_stray")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// SHA-256 of its bytes, so that the same one comes once.
        pub content_hash: String,
        /// Why it could not be matched.
        pub reason: String,
        /// Its beginning, sealed; null once it has been cleared.
        pub excerpt: Option<String>,
        /// When it came.
        pub received_at: DateTimeUtc,
        /// When somebody cleared it.
        pub cleared_at: Option<DateTimeUtc>,
        /// Who.
        pub cleared_by: Option<String>,
        /// What they found.
        pub note: Option<String>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use message::{Column, Entity, Model};

/// Enters a message; false when one with its key is there.
pub(super) async fn insert(tx: &Tx, row: Model) -> Result<bool, DbErr> {
    let known = OnConflict::columns([Column::Channel, Column::IdempotencyKey])
        .do_nothing()
        .to_owned();
    let inserted = Entity::insert(row.into_active_model())
        .on_conflict(known)
        .exec_without_returning(tx.on())
        .await?;
    Ok(inserted > 0)
}

pub(super) async fn by_key(on: &impl ConnectionTrait, channel: &str, key: &str) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::Channel.eq(channel))
        .filter(Column::IdempotencyKey.eq(key))
        .one(on)
        .await
}

pub(super) async fn by_delivery_key(on: &impl ConnectionTrait, key: &str) -> Result<Option<Model>, DbErr> {
    Entity::find().filter(Column::DeliveryKey.eq(key)).one(on).await
}

/// The message of this id.
pub async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id(id).one(on).await
}

/// Writes every column of a message as it is here.
pub(super) async fn save(tx: &Tx, row: Model) -> Result<(), DbErr> {
    row.into_active_model().reset_all().update(tx.on()).await?;
    Ok(())
}

/// Messages to a recipient since a moment, of one template or of all.
pub(super) async fn count_to(
    on: &impl ConnectionTrait,
    channel: &str,
    indexes: &[String],
    template: Option<&str>,
    since: DateTime<Utc>,
) -> Result<u64, DbErr> {
    let mut query = Entity::find()
        .filter(Column::Channel.eq(channel))
        .filter(Column::RecipientIndex.is_in(indexes.iter().map(String::as_str)));
    query = match template {
        Some(template) => query
            .filter(Column::Template.eq(template))
            .filter(Column::CreatedAt.gt(since)),
        None => query.filter(Column::LastTryAt.gt(since)),
    };
    query.count(on).await
}

/// Messages of a channel that wait for its configuration.
pub(super) async fn parked(tx: &Tx, channel: &str, most: u64) -> Result<Vec<Model>, DbErr> {
    Entity::find()
        .filter(Column::State.eq(State::Waiting.id()))
        .filter(Column::Channel.eq(channel))
        .filter(Column::Parked.eq(true))
        .order_by_asc(Column::CreatedAt)
        .limit(most)
        .all(tx.on())
        .await
}

/// Wipes the content of messages that ended before a moment, and returns of how many.
pub(super) async fn wipe(tx: &Tx, before: DateTime<Utc>, most: u64) -> Result<u64, DbErr> {
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::EndedAt.lt(before))
        .filter(Column::WipedAt.is_null())
        .order_by_asc(Column::EndedAt)
        .limit(most)
        .into_tuple()
        .all(tx.on())
        .await?;
    let nothing = || Expr::value(None::<String>);
    let wiped = Entity::update_many()
        .col_expr(Column::Recipient, nothing())
        .col_expr(Column::RecipientIndex, nothing())
        .col_expr(Column::Subject, nothing())
        .col_expr(Column::Body, nothing())
        .col_expr(Column::Answer, nothing())
        .col_expr(Column::WipedAt, Expr::value(Some(tx.at())))
        .filter(Column::Id.is_in(ids))
        .exec(tx.on())
        .await?;
    Ok(wiped.rows_affected)
}

/// A page of the list, newest first, and how many there are.
pub(super) async fn list(
    on: &impl ConnectionTrait,
    state: Option<State>,
    page: u64,
) -> Result<(Vec<Model>, u64), DbErr> {
    let mut query = Entity::find();
    if let Some(state) = state {
        query = query.filter(Column::State.eq(state.id()));
    }
    let total = query.clone().count(on).await?;
    let rows = query
        .order_by_desc(Column::CreatedAt)
        .order_by_desc(Column::Id)
        .limit(PER_PAGE)
        .offset(page.saturating_mul(PER_PAGE))
        .all(on)
        .await?;
    Ok((rows, total))
}

/// How many messages are in each state.
pub(super) async fn counts(on: &impl ConnectionTrait) -> Result<Vec<(String, i64)>, DbErr> {
    Entity::find()
        .select_only()
        .column(Column::State)
        .column_as(Column::Id.count(), "n")
        .group_by(Column::State)
        .into_tuple()
        .all(on)
        .await
}

/// The message that has waited longest.
pub(super) async fn oldest_waiting(on: &impl ConnectionTrait) -> Result<Option<Model>, DbErr> {
    Entity::find()
        .filter(Column::State.eq(State::Waiting.id()))
        .order_by_asc(Column::CreatedAt)
        .one(on)
        .await
}

/// How many messages wait for a configuration.
pub(super) async fn count_parked(on: &impl ConnectionTrait) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::State.eq(State::Waiting.id()))
        .filter(Column::Parked.eq(true))
        .count(on)
        .await
}

/// How many messages have failed for good since a moment.
pub(super) async fn count_failed(on: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<u64, DbErr> {
    let failed = [State::Refused, State::Bounced, State::GivenUp].map(State::id);
    Entity::find()
        .filter(Column::State.is_in(failed))
        .filter(Column::EndedAt.gt(since))
        .count(on)
        .await
}

/// Keeps returned mail for somebody to look at; false when it is there already.
pub(super) async fn insert_stray(tx: &Tx, row: stray::Model) -> Result<bool, DbErr> {
    let inserted = stray::Entity::insert(row.into_active_model())
        .on_conflict(OnConflict::column(stray::Column::ContentHash).do_nothing().to_owned())
        .exec_without_returning(tx.on())
        .await?;
    Ok(inserted > 0)
}

/// Returned mail that waits for somebody, oldest first.
pub(super) async fn strays(on: &impl ConnectionTrait, most: u64) -> Result<Vec<stray::Model>, DbErr> {
    stray::Entity::find()
        .filter(stray::Column::ClearedAt.is_null())
        .order_by_asc(stray::Column::ReceivedAt)
        .limit(most)
        .all(on)
        .await
}

/// How much returned mail waits for somebody.
pub(super) async fn count_strays(on: &impl ConnectionTrait) -> Result<u64, DbErr> {
    stray::Entity::find()
        .filter(stray::Column::ClearedAt.is_null())
        .count(on)
        .await
}

/// Notes that somebody has looked; the excerpt goes. False when it was cleared before.
pub(super) async fn clear_stray(tx: &Tx, id: Uuid, note: &str) -> Result<bool, DbErr> {
    let done = stray::Entity::update_many()
        .col_expr(stray::Column::ClearedAt, Expr::value(Some(tx.at())))
        .col_expr(stray::Column::ClearedBy, Expr::value(Some(tx.actor().name.clone())))
        .col_expr(stray::Column::Note, Expr::value(Some(note.to_string())))
        .col_expr(stray::Column::Excerpt, Expr::value(None::<String>))
        .filter(stray::Column::Id.eq(id))
        .filter(stray::Column::ClearedAt.is_null())
        .exec(tx.on())
        .await?;
    Ok(done.rows_affected == 1)
}

/// Whether this message changed since it was read does not matter to a job that holds it; others lock it first.
pub(super) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Model>, DbErr> {
    tx.lock("message", id).await?;
    find(tx.on(), id).await
}

/// A new waiting message without content.
pub(super) fn blank(tx: &Tx, id: Uuid, channel: &str, template: &str, key: String) -> Model {
    Model {
        id,
        channel: channel.into(),
        template: template.into(),
        idempotency_key: key,
        about: None,
        about_id: None,
        recipient: None,
        recipient_index: None,
        subject: None,
        body: None,
        answer: None,
        state: State::Waiting.id().into(),
        why: String::new(),
        delivery_key: None,
        round: 0,
        parked: false,
        tries: 0,
        trying_since: None,
        may_be_double: false,
        created_at: tx.at(),
        first_try_at: None,
        last_try_at: None,
        ended_at: None,
        wiped_at: None,
    }
}

/// A stray that came now.
pub(super) fn new_stray(tx: &Tx, id: Uuid, content_hash: String, reason: String, excerpt: String) -> stray::Model {
    stray::Model {
        id,
        content_hash,
        reason,
        excerpt: Some(excerpt),
        received_at: tx.at(),
        cleared_at: None,
        cleared_by: None,
        note: None,
    }
}

/// Messages about an account since a moment.
pub(super) async fn count_about(
    on: &impl ConnectionTrait,
    channel: &str,
    about: Uuid,
    template: &str,
    since: DateTime<Utc>,
) -> Result<u64, DbErr> {
    Entity::find()
        .filter(Column::Channel.eq(channel))
        .filter(Column::AboutId.eq(about))
        .filter(Column::Template.eq(template))
        .filter(Column::CreatedAt.gt(since))
        .count(on)
        .await
}
