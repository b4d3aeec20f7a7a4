//! The peer: the same two inserts in a transaction, sent by hand with sqlx to the same database at the same durability.

use std::time::Duration;

use kit::clock::Clock;
use sea_orm::sqlx::postgres::{PgPool, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, Executor};
use uuid::Uuid;

use crate::place::Place;
use crate::subjects::{INSERT, WORDS, per_second};

const AUDIT: &str = "INSERT INTO audit_entry (id, at, account, actor_name, action, subject, subject_id, unit, detail) \
                     VALUES ($1, $2, NULL, '测量', 'thing.enter', 'thing', $3, NULL, 'null')";

/// Connections of the peer's own.
pub enum Raw {
    /// One connection, as SQLite has one writer.
    Sqlite(SqlitePool),
    /// As many as there are clients, up to the number the door has.
    Postgres(PgPool),
}

impl Raw {
    /// Opens them.
    pub async fn open(place: &Place, clients: usize) -> Raw {
        match place.url.strip_prefix("sqlite:") {
            Some(path) => {
                let options = SqliteConnectOptions::new()
                    .filename(path)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(Duration::from_secs(30));
                let pool = SqlitePoolOptions::new().max_connections(1);
                Raw::Sqlite(pool.connect_with(options).await.unwrap())
            }
            None => {
                let most = u32::try_from(clients.min(16)).unwrap();
                let pool = PgPoolOptions::new().max_connections(most);
                Raw::Postgres(pool.connect(&place.url).await.unwrap())
            }
        }
    }

    /// Closes them, so that nothing of the peer's is in the way afterwards.
    pub async fn close(self) {
        match self {
            Raw::Sqlite(pool) => pool.close().await,
            Raw::Postgres(pool) => pool.close().await,
        }
    }

    /// Transactions per second.
    pub async fn turn(&self, clients: usize, lasting: Duration) -> f64 {
        match self {
            Raw::Sqlite(pool) => per_second(clients, lasting, || sqlite_one(pool)).await,
            Raw::Postgres(pool) => per_second(clients, lasting, || postgres_one(pool)).await,
        }
    }
}

async fn sqlite_one(pool: &SqlitePool) {
    let (id, at) = (Uuid::now_v7(), Clock::system().now());
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("BEGIN IMMEDIATE").await.unwrap();
    let row = sqlx::query(INSERT).bind(id).bind(WORDS).bind(at);
    row.execute(&mut *connection).await.unwrap();
    let entry = sqlx::query(AUDIT).bind(Uuid::now_v7()).bind(at).bind(id);
    entry.execute(&mut *connection).await.unwrap();
    connection.execute("COMMIT").await.unwrap();
}

async fn postgres_one(pool: &PgPool) {
    let (id, at) = (Uuid::now_v7(), Clock::system().now());
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    let row = sqlx::query(INSERT).bind(id).bind(WORDS).bind(at);
    row.execute(&mut *connection).await.unwrap();
    let entry = sqlx::query(AUDIT).bind(Uuid::now_v7()).bind(at).bind(id);
    entry.execute(&mut *connection).await.unwrap();
    connection.execute("COMMIT").await.unwrap();
}
