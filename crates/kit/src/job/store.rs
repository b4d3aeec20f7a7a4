//! Statements on jobs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{Condition, QueryOrder, QuerySelect, Set};

use super::{Class, NewJob};
use crate::db::Tx;

/// Jobs.
pub mod job {
    use sea_orm::entity::prelude::*;

    /// A job.
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "job")]
    pub struct Model {
        /// Identity.
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// Its kind.
        pub kind: String,
        /// Its class.
        pub class: String,
        /// What makes it this job and no other.
        pub idempotency_key: String,
        /// What it needs to know.
        pub payload: Json,
        /// `waiting`, `running`, `done`, `poisoned` or `dropped`.
        pub state: String,
        /// Tries begun.
        pub attempts: i32,
        /// Not before this moment.
        pub run_at: DateTimeUtc,
        /// Which node has it.
        pub holder: Option<Uuid>,
        /// Fencing number of the newest try.
        pub fence: i64,
        /// Until when it is that node's.
        pub lease_until: Option<DateTimeUtc>,
        /// Why the newest try failed.
        pub last_error: String,
        /// When it was enqueued.
        pub created_at: DateTimeUtc,
        /// When it was done, poisoned or dropped.
        pub ended_at: Option<DateTimeUtc>,
    }

    /// None needed.
    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Enqueues a job in the command's transaction; false when one of its kind with the same key is there already.
///
/// # Errors
/// When the database refuses.
pub async fn enqueue(tx: &Tx, new: NewJob) -> Result<bool, DbErr> {
    let row = job::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(new.kind.into()),
        class: Set(new.class.id.into()),
        idempotency_key: Set(new.key),
        payload: Set(new.payload),
        state: Set("waiting".into()),
        attempts: Set(0),
        run_at: Set(new.run_at.unwrap_or_else(|| tx.shared_at())),
        holder: Set(None),
        fence: Set(0),
        lease_until: Set(None),
        last_error: Set(String::new()),
        created_at: Set(tx.shared_at()),
        ended_at: Set(None),
    };
    let known = OnConflict::columns([job::Column::Kind, job::Column::IdempotencyKey])
        .do_nothing()
        .to_owned();
    let inserted = job::Entity::insert(row)
        .on_conflict(known)
        .exec_without_returning(tx.on())
        .await?;
    if inserted > 0 {
        tx.ring();
    }
    Ok(inserted > 0)
}

/// Whether a class has something to do, asked before a writer is bothered.
pub(super) async fn is_due(
    on: &impl ConnectionTrait,
    class: &Class,
    kinds: &[&str],
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let found = due(class, kinds, now).limit(1).one(on).await?;
    Ok(found.is_some())
}

fn due(class: &Class, kinds: &[&str], now: DateTime<Utc>) -> sea_orm::Select<job::Entity> {
    let is_due = Condition::any()
        .add(job::Column::State.eq("waiting").and(job::Column::RunAt.lte(now)))
        .add(job::Column::State.eq("running").and(job::Column::LeaseUntil.lte(now)));
    job::Entity::find()
        .filter(job::Column::Class.eq(class.id))
        .filter(job::Column::Kind.is_in(kinds.iter().copied()))
        .filter(is_due)
}

/// Takes jobs of a class that are due or whose holder gave no sign of life, as many as there are places.
pub(super) async fn claim(
    tx: &Tx,
    class: &Class,
    kinds: &[&str],
    holder: Uuid,
    most: u64,
) -> Result<Vec<job::Model>, DbErr> {
    let now = tx.at();
    let running = job::Entity::find()
        .filter(job::Column::Class.eq(class.id))
        .filter(job::Column::State.eq("running"))
        .filter(job::Column::LeaseUntil.gt(now))
        .count(tx.on())
        .await?;
    let places = u64::from(class.at_once).saturating_sub(running);
    let places = Ord::min(places, most);
    if places == 0 {
        return Ok(Vec::new());
    }
    let mut due = due(class, kinds, now)
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id)
        .limit(places)
        .all(tx.on())
        .await?;
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value("running"))
        .col_expr(job::Column::Holder, Expr::value(Some(holder)))
        .col_expr(job::Column::Fence, Expr::col(job::Column::Fence).add(1))
        .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).add(1))
        .col_expr(
            job::Column::LeaseUntil,
            Expr::value(Some(end_of_lease(now, class.lease))),
        )
        .filter(job::Column::Id.is_in(due.iter().map(|job| job.id)))
        .exec(tx.on())
        .await?;
    for job in &mut due {
        job.fence += 1;
        job.attempts += 1;
    }
    Ok(due)
}

fn end_of_lease(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    now + chrono::Duration::from_std(lease).unwrap_or_default()
}

/// Whether a try still has its job.
pub(super) async fn is_held(on: &impl ConnectionTrait, id: Uuid, fence: i64) -> Result<bool, DbErr> {
    let row = job::Entity::find_by_id(id).one(on).await?;
    Ok(row.is_some_and(|job| job.fence == fence && job.state == "running"))
}

/// A sign of life; false when the job is no longer this try's.
pub(super) async fn renew(tx: &Tx, id: Uuid, fence: i64, lease: Duration) -> Result<bool, DbErr> {
    let until = end_of_lease(tx.at(), lease);
    let changed = mine(id, fence)
        .col_expr(job::Column::LeaseUntil, Expr::value(Some(until)))
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

fn mine(id: Uuid, fence: i64) -> sea_orm::UpdateMany<job::Entity> {
    job::Entity::update_many()
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::Fence.eq(fence))
        .filter(job::Column::State.eq("running"))
}

/// The job is over: done or poisoned.
pub(super) async fn end(tx: &Tx, id: Uuid, fence: i64, state: &str, error: &str) -> Result<bool, DbErr> {
    let changed = mine(id, fence)
        .col_expr(job::Column::State, Expr::value(state))
        .col_expr(job::Column::LastError, Expr::value(error))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::EndedAt, Expr::value(Some(tx.at())))
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// The job waits for another try.
pub(super) async fn put_back(tx: &Tx, id: Uuid, fence: i64, at: DateTime<Utc>, error: &str) -> Result<bool, DbErr> {
    let changed = mine(id, fence)
        .col_expr(job::Column::State, Expr::value("waiting"))
        .col_expr(job::Column::LastError, Expr::value(error))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::RunAt, Expr::value(at))
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}
