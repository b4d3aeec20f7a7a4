//! The one door for writing.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, SqliteTransactionMode, Statement, TransactionOptions,
    TransactionTrait,
};
use uuid::Uuid;

use super::Db;
use crate::account::Actor;
use crate::audit::{self, Deed};

/// How often a lost race on PostgreSQL is tried again before the user is asked to.
const ATTEMPTS: u32 = 6;

/// A transaction that writes. It carries who acts and when, so that neither is asked twice. Clones are the same
/// transaction.
#[derive(Clone)]
pub struct Tx(Arc<Inner>);

struct Inner {
    transaction: DatabaseTransaction,
    actor: Actor,
    at: DateTime<Utc>,
    shared_at: DateTime<Utc>,
    answered_for: AtomicBool,
    rings: AtomicBool,
}

/// Tells [`Db::write`] whether an error is a lost race that is worth another try.
pub trait Retry {
    /// The database error underneath, if it is one.
    fn database(&self) -> Option<&DbErr>;
}

/// What can go wrong in the door itself, apart from what the work inside reports.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The database refused or could not be reached.
    #[error("数据库出错")]
    Database(#[from] DbErr),
    /// A change was about to be committed without an audit entry: a defect of the program.
    #[error("修改没有留下审计记录，已全部撤销")]
    Unaudited,
    /// The work ended while something still held its transaction: a defect of the program.
    #[error("事务没有交还，已全部撤销")]
    StillHeld,
}

impl Db {
    /// Runs `work` in one writing transaction and commits it when it returns `Ok`.
    ///
    /// Inside there must be no file, no network and no long computation: on SQLite everybody else waits. `work` may run
    /// more than once, when another node won a race on PostgreSQL.
    ///
    /// # Errors
    /// What `work` returns; or, through its `From`, what the door itself met ([`WriteError`]).
    pub async fn write<T, E, F>(&self, actor: &Actor, at: DateTime<Utc>, work: impl Fn(Tx) -> F) -> Result<T, E>
    where
        E: From<WriteError> + Retry,
        F: Future<Output = Result<T, E>>,
    {
        let mut attempt = 1;
        loop {
            match self.attempt(actor, at, &work).await {
                Err(error) if attempt < ATTEMPTS && error.database().is_some_and(is_lost_race) => {
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt) * 5)).await;
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt<T, E, F>(&self, actor: &Actor, at: DateTime<Utc>, work: &impl Fn(Tx) -> F) -> Result<T, E>
    where
        E: From<WriteError>,
        F: Future<Output = Result<T, E>>,
    {
        let tx = Tx::begin(self, actor, at).await.map_err(WriteError::from)?;
        let outcome = work(tx.clone()).await;
        // Dropping the last holder rolls back, so that every early return below leaves nothing behind.
        let inner = Arc::into_inner(tx.0).ok_or(WriteError::StillHeld)?;
        let value = outcome?;
        let rings = inner.rings.load(Ordering::Relaxed);
        inner.commit().await?;
        if rings {
            self.ring();
        }
        Ok(value)
    }
}

impl Tx {
    async fn begin(db: &Db, actor: &Actor, at: DateTime<Utc>) -> Result<Tx, DbErr> {
        let options = TransactionOptions {
            sqlite_transaction_mode: (db.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let transaction = db.writer.begin_with_options(options).await?;
        Ok(Tx(Arc::new(Inner {
            transaction,
            actor: actor.clone(),
            at,
            shared_at: db.shared(at),
            answered_for: AtomicBool::new(false),
            rings: AtomicBool::new(false),
        })))
    }

    /// The connection to hand to statements.
    pub fn on(&self) -> &DatabaseTransaction {
        &self.0.transaction
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The moment of this transaction; every row it writes bears it.
    pub fn at(&self) -> DateTime<Utc> {
        self.0.at
    }

    /// The same moment by the database's clock, which all nodes share: for what another node compares with its own time,
    /// such as when a job is due or a lease ends.
    pub fn shared_at(&self) -> DateTime<Utc> {
        self.0.shared_at
    }

    /// Wakes this process's job workers once the transaction is committed.
    pub(crate) fn ring(&self) {
        self.0.rings.store(true, Ordering::Relaxed);
    }

    /// Writes the audit entry of a deed; every change has one.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record(&self, deed: Deed) -> Result<(), DbErr> {
        audit::store::insert(self, deed).await?;
        self.0.answered_for.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Writes the audit entries of many deeds of one kind at once.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_all(&self, deeds: Vec<Deed>) -> Result<(), DbErr> {
        if deeds.is_empty() {
            return Ok(());
        }
        audit::store::insert_all(self, deeds).await?;
        self.0.answered_for.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Declares that this transaction changes nothing anybody answers for (a session's last use, the sequencer's lease),
    /// so that it needs no audit entry.
    pub fn housekeeping(&self) {
        self.0.answered_for.store(true, Ordering::Relaxed);
    }

    /// Locks one row until the transaction ends, so that two nodes cannot decide about it at once. On SQLite there is
    /// only one writer, and nothing to do.
    ///
    /// `table` is a name from the program, never from a user.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lock(&self, table: &'static str, id: Uuid) -> Result<(), DbErr> {
        if self.on().get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let sql = format!("SELECT 1 FROM \"{table}\" WHERE id = $1 FOR UPDATE");
        self.on()
            .query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [id.into()]))
            .await?;
        Ok(())
    }

    /// Lets only one transaction at a time, on any node, pass the point named `name`, until it ends.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn lock_name(&self, name: &'static str) -> Result<(), DbErr> {
        if self.on().get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        self.on()
            .query_one_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()]))
            .await?;
        Ok(())
    }

    /// Has every statement of this transaction planned for the tables as they stand. PostgreSQL otherwise keeps the plan it
    /// made when a table was nearly empty, and reads the whole of it for each chunk of a large import.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plan_anew(&self) -> Result<(), DbErr> {
        if self.on().get_database_backend() == DbBackend::Postgres {
            self.on()
                .execute_unprepared("SET LOCAL plan_cache_mode = force_custom_plan")
                .await?;
        }
        Ok(())
    }
}

impl Inner {
    async fn commit(self) -> Result<(), WriteError> {
        if !self.answered_for.load(Ordering::Relaxed) {
            self.transaction.rollback().await?;
            return Err(WriteError::Unaudited);
        }
        Ok(self.transaction.commit().await?)
    }
}

/// PostgreSQL's serialization_failure and deadlock_detected, and SQLite's busy when another process holds the file.
fn is_lost_race(error: &DbErr) -> bool {
    use sea_orm::{RuntimeErr, sqlx};
    let (DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))) = error else {
        return false;
    };
    let sqlx::Error::Database(database) = inner.as_ref() else {
        return false;
    };
    matches!(database.code().as_deref(), Some("40001" | "40P01" | "5" | "517"))
}
