//! Statements on jobs.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{Condition, FromQueryResult, QueryOrder, QuerySelect, QueryTrait, Set};

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

/// Whether a class has something to do for a node, asked before a writer is bothered.
pub(super) async fn is_due(
    on: &impl ConnectionTrait,
    class: &Class,
    kinds: &[&str],
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let waiting = waiting(class)
        .filter(job::Column::Kind.is_in(kinds.iter().copied()))
        .filter(job::Column::RunAt.lte(now));
    if waiting.limit(1).one(on).await?.is_some() {
        return Ok(true);
    }
    let left = left_behind(class, by, now).filter(job::Column::Kind.is_in(kinds.iter().copied()));
    Ok(left.limit(1).one(on).await?.is_some())
}

// The states stand in the statements as words, not as parameters: only so do both databases see that a partial index
// answers them.

fn waiting(class: &Class) -> sea_orm::Select<job::Entity> {
    job::Entity::find()
        .filter(Expr::cust("state = 'waiting'"))
        .filter(job::Column::Class.eq(class.id))
}

fn running(class: &Class) -> sea_orm::Select<job::Entity> {
    job::Entity::find()
        .filter(Expr::cust("state = 'running'"))
        .filter(job::Column::Class.eq(class.id))
}

/// Whether a lease holds, as a node sees it. None is longer than its class says: one that ends much later was given before
/// the clock went back and says nothing about its holder, unless that is the node itself, which renews it. Twice the time
/// is allowed, because the clocks of nodes are never quite the same.
fn is_under_lease(class: &Class, by: Uuid, now: DateTime<Utc>) -> Condition {
    let longest = end_of_lease(now, class.lease * 2);
    let is_plausible = Condition::any()
        .add(job::Column::LeaseUntil.lte(longest))
        .add(job::Column::Holder.eq(by));
    Condition::all().add(job::Column::LeaseUntil.gt(now)).add(is_plausible)
}

/// Jobs whose holder gave no sign of life.
fn left_behind(class: &Class, by: Uuid, now: DateTime<Utc>) -> sea_orm::Select<job::Entity> {
    running(class).filter(is_under_lease(class, by, now).not())
}

/// Takes jobs of a class that are due or whose holder gave no sign of life, as many as there are places. Kinds take turns,
/// the one with the fewest running first, so that many jobs of one kind do not starve the others; within a kind the job
/// that has been due longest comes first.
pub(super) async fn claim(
    tx: &Tx,
    class: &Class,
    kinds: &[&str],
    holder: Uuid,
    most: u64,
) -> Result<Vec<job::Model>, DbErr> {
    let now = tx.shared_at();
    let running = running(class)
        .filter(is_under_lease(class, holder, now))
        .all(tx.on())
        .await?;
    let places = Ord::min(u64::from(class.at_once).saturating_sub(running.len() as u64), most);
    if places == 0 {
        return Ok(Vec::new());
    }
    let mut due = Vec::new();
    for kind in kinds {
        let taken = running.iter().filter(|job| job.kind == *kind).count();
        due.extend(
            due_of(tx.on(), class, kind, (holder, now), places)
                .await?
                .into_iter()
                .enumerate()
                .map(|(place, job)| (taken + place, job)),
        );
    }
    due.sort_by(|(a, x), (b, y)| (a, x.run_at, x.id).cmp(&(b, y.run_at, y.id)));
    let places = usize::try_from(places).unwrap_or(usize::MAX);
    let mut due: Vec<job::Model> = due.into_iter().take(places).map(|(_, job)| job).collect();
    if due.is_empty() {
        return Ok(due);
    }
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

/// The jobs of one kind that are due, those left behind first.
async fn due_of(
    on: &impl ConnectionTrait,
    class: &Class,
    kind: &str,
    (by, now): (Uuid, DateTime<Utc>),
    most: u64,
) -> Result<Vec<job::Model>, DbErr> {
    let mut due = left_behind(class, by, now)
        .filter(job::Column::Kind.eq(kind))
        .order_by_asc(job::Column::RunAt)
        .order_by_asc(job::Column::Id)
        .limit(most)
        .all(on)
        .await?;
    let rest = most.saturating_sub(due.len() as u64);
    if rest > 0 {
        let waiting = waiting(class)
            .filter(job::Column::Kind.eq(kind))
            .filter(job::Column::RunAt.lte(now))
            .order_by_asc(job::Column::RunAt)
            .order_by_asc(job::Column::Id)
            .limit(rest);
        due.extend(waiting.all(on).await?);
    }
    Ok(due)
}

/// Gives back what a node that stops is in the middle of, so that another takes it at once. The try does not count.
pub(super) async fn hand_back(tx: &Tx, holder: Uuid) -> Result<u64, DbErr> {
    let changed = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value("waiting"))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::RunAt, Expr::value(tx.shared_at()))
        .col_expr(job::Column::Attempts, Expr::col(job::Column::Attempts).sub(1))
        .filter(job::Column::Holder.eq(holder))
        .filter(Expr::cust("state = 'running'"))
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected)
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
    let until = end_of_lease(tx.shared_at(), lease);
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
        .filter(Expr::cust("state = 'running'"))
}

/// The job is over: done or poisoned.
pub(super) async fn end(tx: &Tx, id: Uuid, fence: i64, state: &str, error: &str) -> Result<bool, DbErr> {
    let changed = mine(id, fence)
        .col_expr(job::Column::State, Expr::value(state))
        .col_expr(job::Column::LastError, Expr::value(error))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::EndedAt, Expr::value(Some(tx.shared_at())))
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

/// How many jobs of a class are in a state.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(super) struct Tally {
    pub class: String,
    pub state: String,
    pub jobs: i64,
}

/// Jobs by class and state.
pub(super) async fn tallies(on: &impl ConnectionTrait) -> Result<Vec<Tally>, DbErr> {
    job::Entity::find()
        .select_only()
        .column(job::Column::Class)
        .column(job::Column::State)
        .column_as(job::Column::Id.count(), "jobs")
        .group_by(job::Column::Class)
        .group_by(job::Column::State)
        .into_model::<Tally>()
        .all(on)
        .await
}

/// How many jobs of a class wait, and since when the first of them has been due.
pub(super) async fn backlog(
    on: &impl ConnectionTrait,
    class: &Class,
    kinds: &[&str],
    now: DateTime<Utc>,
) -> Result<(u64, Option<DateTime<Utc>>), DbErr> {
    let waits = waiting(class).count(on).await?;
    let mut oldest = None;
    for kind in kinds {
        let first = waiting(class)
            .filter(job::Column::Kind.eq(*kind))
            .filter(job::Column::RunAt.lte(now))
            .order_by_asc(job::Column::RunAt)
            .limit(1)
            .one(on)
            .await?;
        let first = first.map(|job| job.run_at);
        oldest = [oldest, first].into_iter().flatten().min();
    }
    Ok((waits, oldest))
}

/// How many jobs are poisoned.
pub(super) async fn poisoned(on: &impl ConnectionTrait) -> Result<u64, DbErr> {
    job::Entity::find()
        .filter(job::Column::State.eq("poisoned"))
        .filter(Expr::cust("ended_at IS NOT NULL"))
        .count(on)
        .await
}

/// What of the jobs is wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub state: Option<String>,
    pub kind: Option<String>,
    pub page: u64,
}

/// Jobs on a page of the list.
pub(super) const PER_PAGE: u64 = 50;

/// Jobs, the newest first, and how many there are.
pub(super) async fn list(on: &impl ConnectionTrait, wanted: &Wanted) -> Result<(Vec<job::Model>, u64), DbErr> {
    let found = job::Entity::find()
        .apply_if(wanted.state.as_deref(), |q, state| {
            q.filter(job::Column::State.eq(state))
        })
        .apply_if(wanted.kind.as_deref(), |q, kind| q.filter(job::Column::Kind.eq(kind)));
    let total = found.clone().count(on).await?;
    let rows = found
        .order_by_desc(job::Column::Id)
        .offset(wanted.page.saturating_mul(PER_PAGE))
        .limit(PER_PAGE)
        .all(on)
        .await?;
    Ok((rows, total))
}

/// A job.
pub(super) async fn find(on: &impl ConnectionTrait, id: Uuid) -> Result<Option<job::Model>, DbErr> {
    job::Entity::find_by_id(id).one(on).await
}

/// Lets a job that is poisoned or waits for another try begin again from its first try, at once; false when it is neither.
pub(super) async fn retry(tx: &Tx, id: Uuid) -> Result<bool, DbErr> {
    Ok(again(tx)
        .filter(job::Column::Id.eq(id))
        .exec(tx.on())
        .await?
        .rows_affected
        == 1)
}

/// The same for every poisoned job of a kind; returns how many.
pub(super) async fn retry_poisoned(tx: &Tx, kind: &str) -> Result<u64, DbErr> {
    let changed = again(tx)
        .filter(job::Column::Kind.eq(kind))
        .filter(job::Column::State.eq("poisoned"))
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected)
}

fn again(tx: &Tx) -> sea_orm::UpdateMany<job::Entity> {
    job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value("waiting"))
        .col_expr(job::Column::Attempts, Expr::value(0))
        .col_expr(job::Column::RunAt, Expr::value(tx.shared_at()))
        .col_expr(job::Column::EndedAt, Expr::value(None::<DateTime<Utc>>))
        .filter(job::Column::State.is_in(["poisoned", "waiting"]))
}

/// Drops a job that is not over, also one that runs: its try can then neither write nor end it. False when it is over.
pub(super) async fn drop(tx: &Tx, id: Uuid, reason: &str) -> Result<bool, DbErr> {
    let changed = job::Entity::update_many()
        .col_expr(job::Column::State, Expr::value("dropped"))
        .col_expr(job::Column::LastError, Expr::value(reason))
        .col_expr(job::Column::LeaseUntil, Expr::value(None::<DateTime<Utc>>))
        .col_expr(job::Column::EndedAt, Expr::value(Some(tx.shared_at())))
        .filter(job::Column::Id.eq(id))
        .filter(job::Column::State.is_in(["poisoned", "waiting", "running"]))
        .exec(tx.on())
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Deletes jobs that were done or dropped before a moment, some at a time; returns how many.
pub(super) async fn sweep(tx: &Tx, before: DateTime<Utc>, most: u64) -> Result<u64, DbErr> {
    let over = job::Entity::find()
        .filter(job::Column::State.is_in(["done", "dropped"]))
        .filter(job::Column::EndedAt.lt(before))
        .limit(most)
        .all(tx.on())
        .await?;
    let gone = job::Entity::delete_many()
        .filter(job::Column::Id.is_in(over.iter().map(|job| job.id)))
        .exec(tx.on())
        .await?;
    Ok(gone.rows_affected)
}

/// Kinds that have poisoned jobs.
pub(super) async fn poisoned_kinds(on: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
    job::Entity::find()
        .select_only()
        .column(job::Column::Kind)
        .distinct()
        .filter(job::Column::State.eq("poisoned"))
        .filter(Expr::cust("ended_at IS NOT NULL"))
        .order_by_asc(job::Column::Kind)
        .into_tuple()
        .all(on)
        .await
}
