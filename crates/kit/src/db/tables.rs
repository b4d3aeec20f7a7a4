//! Tables and columns as the database itself describes them, for copying a whole database.

use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Statement};

use super::{Db, has_table};

/// A table with its columns in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// A column with its type as this database calls it: `uuid` on one, `BLOB` on the other.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: String,
}

#[derive(FromQueryResult)]
struct Described {
    table_name: String,
    column_name: String,
    kind: String,
}

/// Where the migrator keeps the names of what has been applied; the steps rebuild it, so it is never copied.
pub(super) const APPLIED: &str = "seaql_migrations";
/// Stands in a database while a restore fills it, and is gone when the restore has ended.
pub const UNFINISHED: &str = "restore_unfinished";

const OF_SQLITE: &str = "SELECT m.name AS table_name, p.name AS column_name, upper(p.type) AS kind \
     FROM sqlite_master m, pragma_table_info(m.name) p \
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY m.name, p.cid";
const OF_POSTGRES: &str = "SELECT c.relname::text AS table_name, a.attname::text AS column_name, \
     format_type(a.atttypid, NULL) AS kind \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') \
     AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname COLLATE \"C\", a.attnum";

/// Every table but the migrator's own, by name.
///
/// # Errors
/// When the database cannot be read.
pub async fn tables(on: &impl ConnectionTrait) -> Result<Vec<Table>, DbErr> {
    let backend = on.get_database_backend();
    let sql = match backend {
        DbBackend::Sqlite => OF_SQLITE,
        _ => OF_POSTGRES,
    };
    let rows = Described::find_by_statement(Statement::from_string(backend, sql))
        .all(on)
        .await?;
    let mut all: Vec<Table> = Vec::new();
    for row in rows {
        if row.table_name == APPLIED {
            continue;
        }
        let column = Column {
            name: row.column_name,
            kind: row.kind,
        };
        match all.last_mut() {
            Some(table) if table.name == row.table_name => table.columns.push(column),
            _ => all.push(Table {
                name: row.table_name,
                columns: vec![column],
            }),
        }
    }
    Ok(all)
}

/// Names of the migrations that have been applied, in order.
///
/// # Errors
/// When the database cannot be read.
pub async fn applied(db: &Db) -> Result<Vec<String>, DbErr> {
    if !has_table(db, APPLIED).await? {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT version FROM {APPLIED} ORDER BY version");
    let rows = db
        .read()
        .query_all_raw(Statement::from_string(db.backend(), sql))
        .await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

impl Db {
    /// Whether a table has rows; `table` is a name that [`tables`] gave.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn has_rows(&self, table: &Table) -> Result<bool, DbErr> {
        let select = Statement::from_string(self.backend(), format!("SELECT 1 FROM {} LIMIT 1", quoted(&table.name)));
        Ok(self.read().query_one_raw(select).await?.is_some())
    }
}

/// A name as it stands in a statement.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names of a table's columns as they stand in a statement.
pub(super) fn names_of(columns: &[Column]) -> String {
    columns.iter().map(|c| quoted(&c.name)).collect::<Vec<_>>().join(", ")
}
