//! What a test works on: a site without capabilities, apart from one table of counters.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, TimeZone, Utc};
use kit::Site;
use kit::account::{Actor, Holding, Settings, service as accounts};
use kit::blob::Blobs;
use kit::capability::Capability;
use kit::clock::Clock;
use kit::db::{Db, Migration};
use kit::message::{Messages, TEMPLATES};
use kit::outgoing::Outgoing;
use kit::permission::Role;
use kit::seal::{BlindColumn, Keyring, Purpose, SealedColumn};
use kit::site::{Assets, Profile};
use kit::web::Edge;
use sea_orm::{ConnectionTrait, Statement, Value};
use statute::calendar::Calendar;
use tempfile::TempDir;
use uuid::Uuid;

use crate::database::{AS_ASKED, Database};

/// Tables for tests: of the one door for writing, and of sealed values.
pub const COUNTERS: Migration = Migration {
    name: "9000_counters",
    sql: "CREATE TABLE counter (\n  id UUID PRIMARY KEY,\n  n INTEGER NOT NULL\n);\n\
          CREATE TABLE note (\n  id UUID PRIMARY KEY,\n  name TEXT NOT NULL,\n  name_index TEXT NOT NULL\n);\n",
};

/// The names of notes, with an index by which equal ones are found.
const NAMES: SealedColumn = SealedColumn {
    table: "note",
    column: "name",
    purpose: Purpose::Data,
    blind: Some(BlindColumn {
        column: "name_index",
        normal: str::to_string,
    }),
};

/// A site on a database of its own.
pub struct Bench {
    /// The site.
    pub site: Arc<Site>,
    micros: Arc<AtomicI64>,
    // Dropped in this order, after the site's connections.
    database: Database,
    folder: TempDir,
}

impl Bench {
    /// On SQLite.
    pub async fn sqlite() -> Bench {
        let folder = TempDir::new().unwrap();
        let database = Database::sqlite(folder.path());
        Bench::over(folder, database).await
    }

    /// On PostgreSQL.
    pub async fn postgres() -> Bench {
        Bench::over(TempDir::new().unwrap(), Database::postgres(AS_ASKED).await).await
    }

    async fn over(folder: TempDir, database: Database) -> Bench {
        let beginning = Utc.with_ymd_and_hms(2021, 5, 10, 2, 0, 0).unwrap();
        let micros = Arc::new(AtomicI64::new(beginning.timestamp_micros()));
        let site = site(&folder, &database, &micros).await;
        site.migrate().await.unwrap();
        Bench {
            site: Arc::new(site),
            micros,
            database,
            folder,
        }
    }

    /// What another process on the same database has.
    pub async fn second_process(&self) -> Site {
        site(&self.folder, &self.database, &self.micros).await
    }

    /// Another process on the same database, with something more than the kit.
    pub async fn process_with(&self, capability: Capability) -> Arc<Site> {
        let mut site = self.second_process().await;
        site.capabilities.push(capability);
        Arc::new(site)
    }

    /// The first column of the first row, as text.
    pub async fn text(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> String {
        let statement = Statement::from_sql_and_values(self.site.db.backend(), sql, values);
        let row = self.site.db.read().query_one_raw(statement).await.unwrap();
        row.expect("the statement has a row").try_get_by_index(0).unwrap()
    }

    /// This moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.site.clock.now()
    }

    /// Lets time pass.
    pub fn advance(&self, by: Duration) {
        self.micros.fetch_add(by.num_microseconds().unwrap(), Ordering::SeqCst);
    }

    /// A folder for files.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// A security administrator, as an actor.
    pub async fn security(&self) -> Actor {
        let id = self.account("anquan").await;
        let (role, unit) = (Role::SecurityAdministrator, None);
        accounts::grant(&self.site, &program(), id, role, unit).await.unwrap();
        Actor {
            account: Some(id),
            name: "安全管理员".into(),
            holdings: vec![Holding { role, unit }],
        }
    }

    /// An account without roles or password.
    pub async fn account(&self, login: &str) -> Uuid {
        accounts::create(&self.site, &program(), login, "某岗位", None)
            .await
            .unwrap()
    }

    /// The first column of the first row, as a number.
    pub async fn number(&self, sql: &str, values: impl IntoIterator<Item = Value>) -> i64 {
        number(&self.site.db, sql, values).await
    }

    /// A counter that stands at this number.
    pub async fn counter(&self, n: i64) -> Uuid {
        let id = Uuid::now_v7();
        let written: Result<(), kit::Error> = self
            .site
            .write(&program(), |tx| async move {
                tx.housekeeping();
                let sql = "INSERT INTO counter (id, n) VALUES ($1, $2)";
                let backend = tx.on().get_database_backend();
                tx.on()
                    .execute_raw(Statement::from_sql_and_values(backend, sql, [id.into(), n.into()]))
                    .await?;
                Ok(())
            })
            .await;
        written.unwrap();
        id
    }
}

/// The program itself as an actor.
pub fn program() -> Actor {
    Actor::program("测试")
}

/// The first column of the first row, as a number.
pub async fn number(db: &Db, sql: &str, values: impl IntoIterator<Item = Value>) -> i64 {
    let statement = Statement::from_sql_and_values(db.backend(), sql, values);
    let row = db
        .read()
        .query_one_raw(statement)
        .await
        .unwrap()
        .expect("the statement has a row");
    row.try_get_by_index::<i64>(0)
        .or_else(|_| row.try_get_by_index::<i32>(0).map(i64::from))
        .unwrap()
}

async fn site(folder: &TempDir, database: &Database, micros: &Arc<AtomicI64>) -> Site {
    let micros = micros.clone();
    Site {
        db: Db::open(&database.url).await.unwrap(),
        blobs: Blobs::folder(&folder.path().join("blobs")).unwrap(),
        clock: Clock::from_fn(move || DateTime::from_timestamp_micros(micros.load(Ordering::SeqCst)).unwrap()),
        calendar: Calendar::national().unwrap(),
        profile: profile(),
        edge: Edge::default(),
        assets: Assets::default(),
        cache_dir: folder.path().join("cache"),
        reader: Arc::new(reader()),
        keys: keyring(folder),
        outgoing: Outgoing::new(Vec::new()).unwrap(),
        sign_in: Settings {
            idle_minutes: 240,
            ..Settings::default()
        },
        messages: Messages::open(kit::message::Settings::default(), TEMPLATES.to_vec(), &profile()).unwrap(),
        single_sign_on: None,
        capabilities: vec![
            Capability {
                name: "counters",
                migrations: vec![COUNTERS, crate::intake::THINGS],
                series: crate::numbering::SERIES.to_vec(),
                sealed: vec![NAMES],
                intakes: vec![&crate::intake::THING],
                ..Default::default()
            },
            kit::capability(),
        ],
    }
}

fn keyring(folder: &TempDir) -> Keyring {
    let place = folder.path().join("keys");
    Keyring::find(&place)
        .unwrap()
        .unwrap_or_else(|| Keyring::create(&place, DateTime::UNIX_EPOCH).unwrap())
}

/// What the site says of itself.
pub fn profile() -> Profile {
    Profile {
        name: "示例区人民政府".into(),
        district: "示例区".into(),
        public_url: "https://www.example.gov.cn".into(),
        desk_url: "https://desk.example.gov.cn".into(),
        id_code: "0000000000".into(),
        sponsor: "示例区人民政府办公室".into(),
        phone: String::new(),
        icp: String::new(),
        police: String::new(),
        is_demo: false,
    }
}

/// The confined reader, an example of this crate, which stands beside the folder of test programs.
fn reader() -> office::Confined {
    let test = std::env::current_exe().unwrap();
    let program = test
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/confined_reader");
    office::Confined::new(program, Vec::new())
}
