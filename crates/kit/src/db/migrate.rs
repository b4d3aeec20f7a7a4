//! Migrations: one ordered list for both databases, each in a transaction of its own.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTraitSelf, SchemaManager, async_trait};

use super::Db;

/// One step of the schema, written once in SQL that both databases understand.
///
/// Five type names stand for what differs between them: `UUID`, `INSTANT`, `DATE`, `JSON` and `BYTES`; [`Migration::sql_for`] puts in
/// each database's own. Statements end with `;` at the end of a line. A step once released is never changed: the next
/// one expands, and a later one contracts.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Name, which also orders it: `0001_kit_audit`.
    pub name: &'static str,
    /// The statements.
    pub sql: &'static str,
}

impl Migration {
    /// The statements as the given database takes them.
    pub fn sql_for(&self, backend: DbBackend) -> Vec<String> {
        let names: [(&str, &str); 5] = match backend {
            DbBackend::Sqlite => [
                ("UUID", "BLOB"),
                ("INSTANT", "TEXT"),
                ("DATE", "TEXT"),
                ("JSON", "TEXT"),
                ("BYTES", "BLOB"),
            ],
            _ => [
                ("UUID", "uuid"),
                ("INSTANT", "timestamptz"),
                ("DATE", "date"),
                ("JSON", "jsonb"),
                ("BYTES", "bytea"),
            ],
        };
        let text = self
            .sql
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .map(|line| translate(line, &names))
            .collect::<Vec<_>>()
            .join("\n");
        text.split(";\n")
            .map(|s| s.trim().trim_end_matches(';').to_string())
            .filter(|s| !s.is_empty())
            .collect()
    }
}

fn translate(line: &str, names: &[(&str, &str)]) -> String {
    line.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .map(|word| {
            let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            match names.iter().find(|(common, _)| *common == bare) {
                Some((common, own)) => word.replacen(common, own, 1),
                None => word.to_string(),
            }
        })
        .collect()
}

struct Step(Migration);

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.0.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        for statement in self.0.sql_for(manager.get_database_backend()) {
            connection.execute_unprepared(&statement).await?;
        }
        Ok(())
    }
}

struct Migrations(Vec<Migration>);

impl MigratorTraitSelf for Migrations {
    fn migrations(&self) -> Vec<Box<dyn MigrationTrait>> {
        let mut all = self.0.clone();
        all.sort_by_key(|step| step.name);
        all.into_iter()
            .map(|step| Box::new(Step(step)) as Box<dyn MigrationTrait>)
            .collect()
    }
}

/// Where the migrator keeps the names of what has been applied.
const APPLIED: &str = "seaql_migrations";
/// How often a failed step is looked at again before it counts as failed.
const LOOKS_AGAIN: u32 = 3;

/// Applies every migration that the database does not have yet, in the order of their names.
///
/// Processes may start at once on one database: who loses the race for a step sees it fail, leaves nothing behind, and
/// looks again at what is left to do.
///
/// # Errors
/// When a migration fails (it then leaves nothing behind), or when the database has one that this program does not
/// know, which means that a newer program has used it; see [`unknown`].
pub async fn migrate(db: &Db, steps: Vec<Migration>) -> Result<(), DbErr> {
    let migrations = Migrations(steps);
    let mut idle = 0;
    loop {
        let Err(error) = migrations.up(&db.writer, None).await else {
            return Ok(());
        };
        let before = migrations.get_pending_migrations_read_only(db.read()).await?.len();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let after = migrations.get_pending_migrations_read_only(db.read()).await?.len();
        idle = if after < before { 0 } else { idle + 1 };
        if idle == LOOKS_AGAIN {
            return Err(error);
        }
    }
}

/// Whether the database has a table of this name.
///
/// # Errors
/// When the database cannot be read.
pub async fn has_table(db: &Db, name: &str) -> Result<bool, DbErr> {
    SchemaManager::new(db.read()).has_table(name).await
}

/// Names of the migrations that the database has and this program does not know.
///
/// # Errors
/// When the database cannot be read.
pub async fn unknown(db: &Db, steps: &[Migration]) -> Result<Vec<String>, DbErr> {
    if !has_table(db, APPLIED).await? {
        return Ok(Vec::new());
    }
    let select = Statement::from_string(db.backend(), format!("SELECT version FROM {APPLIED} ORDER BY version"));
    let rows = db.read().query_all_raw(select).await?;
    let names = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<Result<Vec<String>, _>>()?;
    Ok(names
        .into_iter()
        .filter(|name| !steps.iter().any(|step| step.name == name))
        .collect())
}

/// Names of the migrations that have not been applied.
///
/// # Errors
/// When the database cannot be read.
pub async fn pending(db: &Db, steps: Vec<Migration>) -> Result<Vec<String>, DbErr> {
    let waiting = Migrations(steps).get_pending_migrations_read_only(db.read()).await?;
    Ok(waiting.iter().map(|m| m.name().to_string()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_names_are_put_in_as_whole_words() {
        let step = Migration {
            name: "0",
            sql: "-- a note; with a semicolon\nCREATE TABLE t (\n  id UUID PRIMARY KEY,\n  UPDATED INSTANT,\n  d DATE\n);\nCREATE INDEX i ON t (d);\n",
        };
        assert_eq!(
            step.sql_for(DbBackend::Postgres),
            [
                "CREATE TABLE t (\n  id uuid PRIMARY KEY,\n  UPDATED timestamptz,\n  d date\n)",
                "CREATE INDEX i ON t (d)"
            ]
        );
        assert!(step.sql_for(DbBackend::Sqlite)[0].contains("id BLOB PRIMARY KEY"));
    }
}
