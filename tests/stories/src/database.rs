//! A database for one test: a SQLite file, or a database of its own on the PostgreSQL server that the environment names.

use std::path::Path;

use sea_orm::{ConnectionTrait, Database as Orm};
use uuid::Uuid;

/// Where the maintenance database of a PostgreSQL server stands, for tests.
const SERVER: &str = "GONGKAI_TEST_POSTGRES";

/// A database that goes when this is dropped.
#[derive(Debug)]
pub struct Database {
    /// As the configuration `database.url` names it.
    pub url: String,
    /// Server and name, on PostgreSQL.
    made_on: Option<(String, String)>,
}

impl Database {
    /// A SQLite file in a folder that the caller keeps.
    pub fn sqlite(folder: &Path) -> Database {
        Database {
            url: format!("sqlite:{}", folder.join("gongkai.sqlite").display()),
            made_on: None,
        }
    }

    /// A fresh database on the server.
    ///
    /// # Panics
    /// When no server is named or it cannot be reached: a story that did not run must not look like one that passed.
    pub async fn postgres() -> Database {
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!("{SERVER} names no PostgreSQL server; run the tests with scripts/with-postgres cargo test …")
        });
        let name = format!("t_{}", Uuid::now_v7().simple());
        let sql =
            format!("CREATE DATABASE \"{name}\" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'");
        on_server(&server, &sql).await;
        Database {
            url: on_database(&server, &name),
            made_on: Some((server, name)),
        }
    }
}

impl Database {
    /// A copy of a database that nobody is connected to.
    ///
    /// # Panics
    /// When it is not on a server.
    pub async fn copy(&self) -> Database {
        let (server, original) = self.made_on.clone().expect("a SQLite file is copied as a file");
        let name = format!("t_{}", Uuid::now_v7().simple());
        on_server(&server, &format!("CREATE DATABASE \"{name}\" TEMPLATE \"{original}\"")).await;
        Database {
            url: on_database(&server, &name),
            made_on: Some((server, name)),
        }
    }
}

/// The server's address with another database in it.
fn on_database(server: &str, name: &str) -> String {
    let (head, _) = server
        .rsplit_once('/')
        .expect("the address ends with the name of a database");
    format!("{head}/{name}")
}

async fn on_server(server: &str, sql: &str) {
    let connection = Orm::connect(server.to_string())
        .await
        .expect("the PostgreSQL server for tests answers");
    connection
        .execute_unprepared(sql)
        .await
        .expect("the PostgreSQL server for tests takes the statement");
    connection.close().await.expect("the connection closes");
}

impl Drop for Database {
    fn drop(&mut self) {
        let Some((server, name)) = self.made_on.take() else {
            return;
        };
        // A runtime of its own, because this one may be shutting down, also after a panic.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(on_server(
                &server,
                &format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"),
            ));
        });
        let dropped = dropping.join();
        assert!(
            dropped.is_ok() || std::thread::panicking(),
            "the database of a test was not dropped"
        );
    }
}
