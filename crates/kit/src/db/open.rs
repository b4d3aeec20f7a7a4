//! Opening a database, with the promises checked that the rest relies on.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sqlx::Connection as _;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use crate::clock::Clock;

/// An open database: many readers beside the one door for writing.
#[derive(Debug, Clone)]
pub struct Db {
    readers: DatabaseConnection,
    pub(super) writer: DatabaseConnection,
    /// Microseconds by which the database's clock is ahead of this machine's.
    ahead: Arc<AtomicI64>,
    /// Rung when a committed transaction left something to do.
    bell: Arc<Notify>,
}

/// How long a writer waits for another process before it gives up.
const BUSY_SECONDS: u64 = 30;

/// After so long without a word PostgreSQL ends a writing transaction and lets go of its locks. A closure of [`Db::write`]
/// never pauses that long; a node that is stopped, cut off or without power does, and would hold up all others.
const SILENT_TRANSACTION: &str = "10s";

impl Db {
    /// Opens the SQLite file at `path`, making it when it is not there.
    ///
    /// # Errors
    /// When the file cannot be opened, or when it does not run in WAL mode with full synchronisation.
    pub async fn open_sqlite(path: &Path) -> Result<Db, DbErr> {
        let url = format!("sqlite://{}", path.display());
        let file = path.to_path_buf();
        let mut writing = options(&url, 1);
        writing.map_sqlx_sqlite_opts(move |o| {
            o.filename(&file)
                .create_if_missing(true)
                .foreign_keys(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(Duration::from_secs(BUSY_SECONDS))
        });
        // A COMMIT and a ROLLBACK that both fail, as on a full disk, leave the connection inside its transaction. Whatever
        // came next would be a savepoint in it, answered as committed and never so. Such a connection is thrown away.
        writing.map_sqlx_sqlite_before_acquire(|connection, _| {
            let is_clean = !connection.is_in_transaction();
            Box::pin(async move { Ok(is_clean) })
        });
        let writer = Database::connect(writing).await?;
        assert_pragma(&writer, "journal_mode", "wal").await?;
        assert_pragma(&writer, "synchronous", "2").await?;

        let file = path.to_path_buf();
        let mut reading = options(&url, 8);
        reading.map_sqlx_sqlite_opts(move |o| {
            o.filename(&file)
                .read_only(true)
                .foreign_keys(true)
                .busy_timeout(Duration::from_secs(BUSY_SECONDS))
        });
        Ok(Db::of(Database::connect(reading).await?, writer))
    }

    /// Connects to PostgreSQL.
    ///
    /// # Errors
    /// When no connection can be made, or when the database does not compare text byte by byte (collation C), since
    /// lists would then be ordered differently on the two databases.
    pub async fn open_postgres(url: &str) -> Result<Db, DbErr> {
        let mut writing = options(url, 16);
        writing.map_sqlx_postgres_opts(|o| o.options([("idle_in_transaction_session_timeout", SILENT_TRANSACTION)]));
        let writer = Database::connect(writing).await?;
        assert_collation(&writer).await?;
        let mut reading = options(url, 16);
        reading.map_sqlx_postgres_opts(|o| o.options([("default_transaction_read_only", "on")]));
        Ok(Db::of(Database::connect(reading).await?, writer))
    }

    /// Opens whichever database the address names (`sqlite:PATH` or `postgres://…`).
    ///
    /// # Errors
    /// As [`Db::open_sqlite`] and [`Db::open_postgres`]; an address of another kind is refused.
    pub async fn open(address: &str) -> Result<Db, DbErr> {
        if let Some(path) = address.strip_prefix("sqlite:") {
            return Db::open_sqlite(Path::new(path.trim_start_matches("//"))).await;
        }
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            return Db::open_postgres(address).await;
        }
        Err(DbErr::Custom(
            "数据库地址须以 sqlite: 或 postgres:// 开头，请检查配置 database.url".into(),
        ))
    }

    fn of(readers: DatabaseConnection, writer: DatabaseConnection) -> Db {
        Db {
            readers,
            writer,
            ahead: Arc::default(),
            bell: Arc::default(),
        }
    }

    /// A moment of this node's clock as the database's clock has it, by the last comparison. Nodes on one PostgreSQL share
    /// its clock; SQLite has that of its machine.
    pub fn shared(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        at + chrono::Duration::microseconds(self.ahead.load(Ordering::Relaxed))
    }

    /// Compares the database's clock with this machine's and returns by how much it is ahead.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn compare_clocks(&self) -> Result<chrono::Duration, DbErr> {
        if self.backend() != DbBackend::Postgres {
            return Ok(chrono::Duration::zero());
        }
        let machine = Clock::system();
        let before = machine.now();
        let asking = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp()");
        let row = self.readers.query_one_raw(asking).await?;
        let database: DateTime<Utc> = match row {
            Some(row) => row.try_get_by_index(0)?,
            None => return Err(DbErr::Custom("the database tells no time".into())),
        };
        let ahead = database - (before + (machine.now() - before) / 2);
        // Less than a tenth of a second is the way there and back.
        let ahead = if ahead.num_milliseconds().abs() < 100 {
            chrono::Duration::zero()
        } else {
            ahead
        };
        self.ahead
            .store(ahead.num_microseconds().unwrap_or(0), Ordering::Relaxed);
        Ok(ahead)
    }

    pub(super) fn ring(&self) {
        self.bell.notify_waiters();
    }

    /// Waits until a transaction of this process has left something to do. It hears what is rung from this call on, also
    /// before it is first waited for, so that nothing is missed by whoever looks in between.
    pub(crate) fn bell(&self) -> Notified<'_> {
        self.bell.notified()
    }

    /// Connections for reading; they refuse to write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.readers
    }

    /// Which of the two databases this is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Closes all connections, so that a following process finds everything on disk.
    ///
    /// # Errors
    /// When a connection cannot be closed in order.
    pub async fn close(self) -> Result<(), DbErr> {
        self.readers.close().await?;
        self.writer.close().await
    }
}

fn options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(BUSY_SECONDS))
        .sqlx_logging(false);
    options
}

async fn assert_pragma(connection: &DatabaseConnection, name: &str, wanted: &str) -> Result<(), DbErr> {
    let row = connection
        .query_one_raw(Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {name}")))
        .await?
        .ok_or_else(|| DbErr::Custom(format!("PRAGMA {name} 没有返回值")))?;
    let found = row
        .try_get_by_index::<String>(0)
        .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))?;
    if found == wanted {
        return Ok(());
    }
    Err(DbErr::Custom(format!(
        "数据库 {name} 应为 {wanted}，实为 {found}；请检查数据目录所在的文件系统"
    )))
}

async fn assert_collation(connection: &DatabaseConnection) -> Result<(), DbErr> {
    let row = connection
        .query_one_raw(Statement::from_string(
            DbBackend::Postgres,
            // With another provider than the C library, `datcollate` says nothing about how text is compared.
            "SELECT CASE datlocprovider WHEN 'i' THEN 'ICU' WHEN 'b' THEN 'C' ELSE datcollate::text END \
             FROM pg_database WHERE datname = current_database()",
        ))
        .await?
        .ok_or_else(|| DbErr::Custom("读不到数据库的排序规则".into()))?;
    let found: String = row.try_get_by_index(0)?;
    if matches!(found.as_str(), "C" | "POSIX" | "C.UTF-8" | "C.utf8") {
        return Ok(());
    }
    Err(DbErr::Custom(format!(
        "PostgreSQL 数据库的排序规则是 {found}，须为 C：请用 CREATE DATABASE … TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8' 建库"
    )))
}
