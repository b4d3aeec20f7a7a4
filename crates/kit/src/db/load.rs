//! Filling an empty database with the rows of another one.

use std::io::BufRead;

use sea_orm::sqlx::{self, AssertSqlSafe, Executor, Postgres, Row, Sqlite, Transaction};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use super::Db;
use super::row::{self, Kept, Shape};
use super::snapshot::{CopyError, refused};
use super::tables::{Column, Table, UNFINISHED, names_of, quoted};

/// One transaction that fills the tables. It ends with [`Loading::finish`]; dropped before, it leaves nothing behind.
pub struct Loading {
    writing: Writing,
}

enum Writing {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres {
        on: Transaction<'static, Postgres>,
        /// References between tables, taken away while rows come in and put back (and then checked) at the end.
        references: Vec<(String, String, String)>,
    },
}

const REFERENCES: &str = "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint \
     WHERE contype = 'f' AND connamespace = current_schema()::regnamespace ORDER BY 1, 2";

impl Db {
    /// Marks this database as being filled, after throwing away these tables, which an earlier try left.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin_restore(&self, leftovers: &[Table]) -> Result<(), DbErr> {
        let on = &self.writer;
        let on_sqlite = self.backend() == DbBackend::Sqlite;
        if on_sqlite {
            on.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
        }
        // The mark stands before anything else is touched and is taken away last.
        on.execute_unprepared(&format!(
            "CREATE TABLE IF NOT EXISTS {UNFINISHED} (backup TEXT NOT NULL)"
        ))
        .await?;
        let cascade = if on_sqlite { "" } else { " CASCADE" };
        for table in leftovers.iter().filter(|table| table.name != UNFINISHED) {
            on.execute_unprepared(&format!("DROP TABLE IF EXISTS {}{cascade}", quoted(&table.name)))
                .await?;
        }
        on.execute_unprepared(&format!("DROP TABLE IF EXISTS {}{cascade}", super::tables::APPLIED))
            .await?;
        if on_sqlite {
            on.execute_unprepared("PRAGMA foreign_keys = ON").await?;
        }
        Ok(())
    }

    /// Begins to fill the tables, which lose what migrations may have put in.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn load(&self, tables: &[Table]) -> Result<Loading, DbErr> {
        let writing = match self.backend() {
            DbBackend::Sqlite => begin_sqlite(self, tables).await,
            _ => begin_postgres(self, tables).await,
        };
        Ok(Loading {
            writing: writing.map_err(refused)?,
        })
    }
}

async fn begin_sqlite(db: &Db, tables: &[Table]) -> Result<Writing, sqlx::Error> {
    let pool = db.writer.get_sqlite_connection_pool();
    let mut on = pool.begin_with("BEGIN IMMEDIATE").await?;
    on.execute("PRAGMA defer_foreign_keys = ON").await?;
    for table in tables {
        on.execute(AssertSqlSafe(format!("DELETE FROM {}", quoted(&table.name))))
            .await?;
    }
    Ok(Writing::Sqlite(on))
}

async fn begin_postgres(db: &Db, tables: &[Table]) -> Result<Writing, sqlx::Error> {
    let mut on = db.writer.get_postgres_connection_pool().begin().await?;
    on.execute("SET LOCAL client_encoding = 'UTF8'").await?;
    on.execute("SET LOCAL statement_timeout = 0").await?;
    on.execute("SET LOCAL TimeZone = 'UTC'").await?;
    let rows = on.fetch_all(REFERENCES).await?;
    let mut references: Vec<(String, String, String)> = Vec::new();
    for found in rows {
        references.push((found.try_get(0)?, found.try_get(1)?, found.try_get(2)?));
    }
    for (table, name, _) in &references {
        let sql = format!("ALTER TABLE {table} DROP CONSTRAINT {}", quoted(name));
        on.execute(AssertSqlSafe(sql)).await?;
    }
    for table in tables {
        on.execute(AssertSqlSafe(format!("DELETE FROM {}", quoted(&table.name))))
            .await?;
    }
    Ok(Writing::Postgres { on, references })
}

impl Loading {
    /// Puts rows, written by a database with the columns `from`, into a table; returns how many.
    ///
    /// # Errors
    /// When a row is not of its form or the database refuses it.
    pub async fn copy_in(
        &mut self,
        table: &Table,
        from: &[Column],
        lines: &mut (dyn BufRead + Send),
    ) -> Result<u64, CopyError> {
        let columns = matched(table, from)?;
        match &mut self.writing {
            Writing::Sqlite(on) => into_sqlite(on, &table.name, from, &columns, lines).await,
            Writing::Postgres { on, .. } => into_postgres(on, &table.name, from, &columns, lines).await,
        }
    }

    /// Puts the references back, which checks them, and commits.
    ///
    /// # Errors
    /// When a row refers to one that is not there, or the database fails; then nothing was written.
    pub async fn finish(self) -> Result<(), DbErr> {
        let ending = async {
            match self.writing {
                Writing::Sqlite(on) => on.commit().await,
                Writing::Postgres { mut on, references } => {
                    for (table, name, definition) in references {
                        let sql = format!("ALTER TABLE {table} ADD CONSTRAINT {} {definition}", quoted(&name));
                        on.execute(AssertSqlSafe(sql)).await?;
                    }
                    on.execute("ANALYZE").await?;
                    on.commit().await
                }
            }
        };
        ending.await.map_err(refused)
    }
}

/// The table's own columns in the order in which the rows were written.
fn matched(table: &Table, from: &[Column]) -> Result<Vec<Column>, CopyError> {
    let own = |column: &Column| table.columns.iter().find(|own| own.name == column.name).cloned();
    from.iter()
        .map(|column| own(column).ok_or_else(|| CopyError::Column(format!("{}.{}", table.name, column.name))))
        .collect()
}

/// Reads one line without its end; false when there is none left. A last line without an end is half a line.
fn next_line(lines: &mut (dyn BufRead + Send), line: &mut Vec<u8>, number: u64) -> Result<bool, CopyError> {
    line.clear();
    if lines.read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    match line.pop() {
        Some(b'\n') => Ok(true),
        _ => Err(CopyError::Row(number)),
    }
}

/// Bytes sent at once.
const CHUNK: usize = 256 * 1024;

async fn into_postgres(
    on: &mut Transaction<'static, Postgres>,
    table: &str,
    from: &[Column],
    to: &[Column],
    lines: &mut (dyn BufRead + Send),
) -> Result<u64, CopyError> {
    let sql = format!("COPY {} ({}) FROM STDIN", quoted(table), names_of(to));
    let as_written = from
        .iter()
        .zip(to)
        .all(|(from, to)| from.kind != "BLOB" || to.kind != "uuid");
    let mut copy = on.copy_in_raw(&sql).await?;
    let (mut rows, mut line, mut gathered) = (0, Vec::new(), Vec::with_capacity(CHUNK * 2));
    let outcome = loop {
        match next_line(lines, &mut line, rows + 1) {
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
            Ok(true) => rows += 1,
        }
        if as_written {
            gathered.extend_from_slice(&line);
        } else {
            for (index, value) in line.split(|byte| *byte == b'\t').enumerate() {
                if index > 0 {
                    gathered.push(b'\t');
                }
                let (Some(from), Some(to)) = (from.get(index), to.get(index)) else {
                    continue;
                };
                gathered.extend_from_slice(row::turned(&from.kind, &to.kind, value));
            }
        }
        gathered.push(b'\n');
        if gathered.len() >= CHUNK {
            copy.send(gathered.as_slice()).await?;
            gathered.clear();
        }
    };
    if let Err(error) = outcome {
        copy.abort("the file cannot be read").await?;
        return Err(error);
    }
    copy.send(gathered.as_slice()).await?;
    let taken = copy.finish().await?;
    if taken == rows {
        Ok(rows)
    } else {
        Err(CopyError::Row(taken))
    }
}

/// Values bound in one statement at most, and bytes.
const VALUES: usize = 4000;
const BYTES: usize = 4 * 1024 * 1024;

async fn into_sqlite(
    on: &mut Transaction<'static, Sqlite>,
    table: &str,
    from: &[Column],
    to: &[Column],
    lines: &mut (dyn BufRead + Send),
) -> Result<u64, CopyError> {
    let shapes = from
        .iter()
        .zip(to)
        .map(|(from, to)| {
            Shape::of(&from.kind, &to.kind).ok_or_else(|| CopyError::Column(format!("{table}.{}", to.name)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let most = (VALUES / to.len().max(1)).clamp(1, 200);
    let (mut rows, mut line) = (0, Vec::new());
    let (mut values, mut size) = (Vec::new(), 0);
    while next_line(lines, &mut line, rows + 1)? {
        rows += 1;
        size += line.len();
        let before = values.len();
        for (shape, value) in shapes.iter().zip(row::values(&line)) {
            values.push(row::kept(*shape, value).ok_or(CopyError::Row(rows))?);
        }
        let has_all = values.len() - before == to.len() && line.iter().filter(|b| **b == b'\t').count() + 1 == to.len();
        if !has_all {
            return Err(CopyError::Row(rows));
        }
        if values.len() == most * to.len() || size > BYTES {
            insert(on, table, to, std::mem::take(&mut values)).await?;
            size = 0;
        }
    }
    insert(on, table, to, values).await?;
    Ok(rows)
}

async fn insert(
    on: &mut Transaction<'static, Sqlite>,
    table: &str,
    to: &[Column],
    values: Vec<Kept>,
) -> Result<(), CopyError> {
    if values.is_empty() {
        return Ok(());
    }
    let places = format!("({})", vec!["?"; to.len()].join(","));
    let all = vec![places; values.len() / to.len()].join(",");
    let sql = format!("INSERT INTO {} ({}) VALUES {all}", quoted(table), names_of(to));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in values {
        query = match value {
            Kept::Nothing => query.bind(None::<i64>),
            Kept::Whole(number) => query.bind(number),
            Kept::Real(number) => query.bind(number),
            Kept::Bytes(bytes) => query.bind(bytes),
            Kept::Text(text) => query.bind(text),
        };
    }
    query.execute(&mut **on).await?;
    Ok(())
}
