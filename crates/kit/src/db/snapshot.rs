//! Reading a whole database as it stood at one moment, while others go on writing.

use futures::TryStreamExt;
use sea_orm::sqlx::{AssertSqlSafe, Executor, Postgres, Row, Sqlite, Transaction, TypeInfo, ValueRef};
use sea_orm::{DbBackend, DbErr, RuntimeErr, sqlx};

use super::tables::{self, Table, names_of, quoted};
use super::{Db, row};

/// One state of the database. On SQLite it is a read transaction, which holds no writer up; on PostgreSQL a transaction
/// that reads repeatably and nothing else.
pub struct Snapshot {
    reading: Reading,
    /// Every table but the migrator's own.
    pub tables: Vec<Table>,
    /// Names of the migrations applied.
    pub applied: Vec<String>,
}

enum Reading {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Takes written rows.
pub trait RowSink: Send {
    /// Some whole lines.
    ///
    /// # Errors
    /// When they cannot be kept.
    fn take(&mut self, lines: &[u8]) -> std::io::Result<()>;
}

/// What can go wrong while rows are copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// The database.
    #[error("数据库出错")]
    Database(#[from] DbErr),
    /// The file.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// A row is not of its form: line, counted from 1.
    #[error("第 {0} 行不合格式")]
    Row(u64),
    /// A column cannot take what was written for it.
    #[error("字段 {0} 对不上")]
    Column(String),
}

impl From<sqlx::Error> for CopyError {
    fn from(error: sqlx::Error) -> Self {
        CopyError::Database(refused(error))
    }
}

/// An error of the driver as one of the database.
pub(super) fn refused(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(std::sync::Arc::new(error)))
}

/// Lines gathered before the sink gets them.
const CHUNK: usize = 256 * 1024;

impl Db {
    /// Holds the state of this moment until the snapshot is dropped.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn snapshot(&self) -> Result<Snapshot, DbErr> {
        // The tables are asked for on other connections: a step that is applied in this very moment fails the copy,
        // and nobody migrates while others serve.
        let (tables, applied) = (tables::tables(self.read()).await?, tables::applied(self).await?);
        let reading = match self.backend() {
            DbBackend::Sqlite => self.begin_sqlite().await,
            _ => self.begin_postgres().await,
        };
        Ok(Snapshot {
            reading: reading.map_err(refused)?,
            tables,
            applied,
        })
    }

    async fn begin_sqlite(&self) -> Result<Reading, sqlx::Error> {
        let mut reading = self.read().get_sqlite_connection_pool().begin().await?;
        // The state is held from the first read on.
        reading.fetch_one("SELECT count(*) FROM sqlite_master").await?;
        Ok(Reading::Sqlite(reading))
    }

    async fn begin_postgres(&self) -> Result<Reading, sqlx::Error> {
        let pool = self.read().get_postgres_connection_pool();
        let mut reading = pool
            .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .await?;
        for setting in [
            "SET LOCAL TimeZone = 'UTC'",
            "SET LOCAL DateStyle = 'ISO, YMD'",
            "SET LOCAL bytea_output = 'hex'",
            "SET LOCAL extra_float_digits = 1",
            "SET LOCAL client_encoding = 'UTF8'",
            "SET LOCAL statement_timeout = 0",
            "SELECT 1",
        ] {
            reading.execute(setting).await?;
        }
        Ok(Reading::Postgres(reading))
    }
}

impl Snapshot {
    /// The first column of the first row of a statement of the program's; nothing when there is none or it is null.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn number(&mut self, sql: &'static str) -> Result<Option<i64>, DbErr> {
        let number = match &mut self.reading {
            Reading::Sqlite(on) => sqlx::query_scalar(sql).fetch_optional(&mut **on).await,
            Reading::Postgres(on) => sqlx::query_scalar(sql).fetch_optional(&mut **on).await,
        };
        Ok(number.map_err(refused)?.flatten())
    }

    /// The first column of every row of a statement of the program's.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn texts(&mut self, sql: &'static str) -> Result<Vec<String>, DbErr> {
        let texts = match &mut self.reading {
            Reading::Sqlite(on) => sqlx::query_scalar(sql).fetch_all(&mut **on).await,
            Reading::Postgres(on) => sqlx::query_scalar(sql).fetch_all(&mut **on).await,
        };
        texts.map_err(refused)
    }

    /// Gives every row of a table to the sink, in no order.
    ///
    /// # Errors
    /// When the database cannot be read or the sink fails.
    pub async fn copy_out(&mut self, table: &Table, sink: &mut dyn RowSink) -> Result<(), CopyError> {
        match &mut self.reading {
            Reading::Sqlite(on) => from_sqlite(on, table, sink).await,
            Reading::Postgres(on) => from_postgres(on, table, sink).await,
        }
    }
}

async fn from_postgres(
    on: &mut Transaction<'static, Postgres>,
    table: &Table,
    sink: &mut dyn RowSink,
) -> Result<(), CopyError> {
    let sql = format!("COPY {} ({}) TO STDOUT", quoted(&table.name), names_of(&table.columns));
    let mut lines = on.copy_out_raw(&sql).await?;
    let mut gathered = Vec::with_capacity(CHUNK * 2);
    while let Some(part) = lines.try_next().await? {
        gathered.extend_from_slice(&part);
        if gathered.len() >= CHUNK && gathered.ends_with(b"\n") {
            sink.take(&gathered)?;
            gathered.clear();
        }
    }
    Ok(sink.take(&gathered)?)
}

async fn from_sqlite(
    on: &mut Transaction<'static, Sqlite>,
    table: &Table,
    sink: &mut dyn RowSink,
) -> Result<(), CopyError> {
    let sql = format!("SELECT {} FROM {}", names_of(&table.columns), quoted(&table.name));
    let mut rows = sqlx::query(AssertSqlSafe(sql)).fetch(&mut **on);
    let mut gathered = Vec::with_capacity(CHUNK * 2);
    while let Some(found) = rows.try_next().await? {
        for index in 0..table.columns.len() {
            if index > 0 {
                gathered.push(b'\t');
            }
            push(&mut gathered, &found, index)?;
        }
        gathered.push(b'\n');
        if gathered.len() >= CHUNK {
            sink.take(&gathered)?;
            gathered.clear();
        }
    }
    Ok(sink.take(&gathered)?)
}

/// Appends a value by the class in which SQLite keeps it.
fn push(line: &mut Vec<u8>, found: &sqlx::sqlite::SqliteRow, index: usize) -> Result<(), sqlx::Error> {
    let value = found.try_get_raw(index)?;
    if value.is_null() {
        row::push_null(line);
        return Ok(());
    }
    let class = value.type_info().name().to_string();
    match class.as_str() {
        "INTEGER" => line.extend_from_slice(found.try_get_unchecked::<i64, _>(index)?.to_string().as_bytes()),
        "REAL" => line.extend_from_slice(found.try_get_unchecked::<f64, _>(index)?.to_string().as_bytes()),
        "BLOB" => row::push_bytes(line, found.try_get_unchecked::<&[u8], _>(index)?),
        _ => row::push_text(line, found.try_get_unchecked::<&str, _>(index)?.as_bytes()),
    }
    Ok(())
}
