//! Migrations: one ordered list for both databases, each in a transaction of its own.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
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

/// Applies every migration that the database does not have yet, in the order of their names.
///
/// # Errors
/// When a migration fails (it then leaves nothing behind), or when the database has one that this program does not
/// know, which means that a newer program has used it.
pub async fn migrate(db: &Db, steps: Vec<Migration>) -> Result<(), DbErr> {
    Migrations(steps).up(&db.writer, None).await
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
