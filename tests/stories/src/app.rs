//! The application under a story: one district, its units, one of the two databases.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use gongkai::config::Config;
use gongkai::wiring::{self, House};
use kit::Site;
use kit::account::{Actor, Holding, service as accounts};
use kit::capability::{Face, Route};
use kit::permission::Role;
use kit::unit::Unit;
use kit::web::{desk_router, public_router};
use publishing::Publishing;
use sea_orm::{ConnectionTrait, Statement};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::clock::TestClock;
use crate::database::Database;
use crate::visitor::Visitor;

/// The password of everybody in a story.
pub const PASSWORD: &str = "示例口令，只在测试里使用";

/// The register of the demonstration, which has every unit that the sample breakdown names.
const UNITS: &str = include_str!("../../../crates/gongkai/demo/units.json");

/// How many people the stories of this process have sent; sign-in names must not repeat on a shared database.
static PEOPLE: AtomicU32 = AtomicU32::new(0);

/// The application as it is served, without sockets.
pub struct TestApp {
    /// The district.
    pub site: Arc<Site>,
    /// Publishing with its reader of the journal.
    pub publishing: Arc<Publishing>,
    /// The confined reader of foreign files.
    pub office: Arc<office::Confined>,
    /// The story's time.
    pub clock: TestClock,
    /// The configuration it was opened with.
    pub config: Config,
    public: Router,
    desk: Router,
    beside: Vec<JoinHandle<()>>,
    // Dropped last and in this order: connections are gone before their database, files after both.
    _database: Option<Database>,
    _folder: Option<TempDir>,
}

impl TestApp {
    /// A district on SQLite.
    pub async fn sqlite() -> TestApp {
        let folder = TempDir::new().unwrap();
        let database = Database::sqlite(folder.path());
        TestApp::fresh(folder, database).await
    }

    /// A district on PostgreSQL.
    pub async fn postgres() -> TestApp {
        TestApp::fresh(TempDir::new().unwrap(), Database::postgres().await).await
    }

    async fn fresh(folder: TempDir, database: Database) -> TestApp {
        let config = configuration(folder.path(), &database.url);
        let mut app = TestApp::open(config, TestClock::default()).await;
        app._database = Some(database);
        app._folder = Some(folder);
        app.found().await;
        app
    }

    /// Migrates an empty database and enters the district's units.
    pub async fn found(&self) {
        self.site.migrate().await.unwrap();
        let units = kit::unit::import::parse(UNITS).unwrap();
        kit::unit::service::enter(&self.site, &Actor::program("测试"), units)
            .await
            .unwrap();
    }

    /// Closes the database's connections, so that the files can be copied and the database too.
    pub async fn close(self) {
        self.site.db.clone().close().await.unwrap();
    }

    /// Opens what a configuration names, as the program would; the database is not migrated.
    pub async fn open(config: Config, clock: TestClock) -> TestApp {
        let office = Arc::new(office::Confined::new(office_child(), Vec::new()));
        let house = wiring::open_with(&config, clock.clock(), false, office).await.unwrap();
        TestApp::of(house, clock, config)
    }

    fn of(house: House, clock: TestClock, config: Config) -> TestApp {
        let (of_public, of_desk): (Vec<Route>, Vec<Route>) =
            house.routes.into_iter().partition(|route| route.face == Face::Public);
        TestApp {
            public: public_router(&house.site, of_public),
            desk: desk_router(&house.site, of_desk),
            site: house.site,
            publishing: house.publishing,
            office: house.office,
            clock,
            config,
            beside: Vec::new(),
            _database: None,
            _folder: None,
        }
    }

    /// A second instance of the program on the same database and files, with an index of its own.
    pub async fn twin(&self) -> TestApp {
        let folder = TempDir::new().unwrap();
        std::os::unix::fs::symlink(self.config.data.join("blobs"), folder.path().join("blobs")).unwrap();
        let mut config = configuration(folder.path(), &self.config.database_url());
        config.keys = self.config.keys_folder();
        let mut twin = TestApp::open(config, self.clock.clone()).await;
        twin._folder = Some(folder);
        twin
    }

    /// Starts what runs beside the requests, as serving does.
    pub fn start_background(&mut self) {
        let all = self
            .site
            .capabilities
            .iter()
            .flat_map(|capability| capability.background.iter());
        self.beside = all
            .map(|background| tokio::spawn(background(self.site.clone())))
            .collect();
    }

    /// Somebody on the public site.
    pub fn citizen(&self) -> Visitor {
        Visitor::new(self.public.clone(), self.site.profile.public_url.clone())
    }

    /// Somebody at the desk who has not signed in.
    pub fn stranger(&self) -> Visitor {
        Visitor::new(self.desk.clone(), self.site.profile.desk_url.clone())
    }

    /// Somebody signed in with this role, for the unit of this short name or for the whole district.
    pub async fn staff(&self, role: Role, unit: impl Into<Option<&str>>) -> Visitor {
        let unit = match unit.into() {
            Some(name) => Some(self.unit(name).await.id),
            None => None,
        };
        let number = PEOPLE.fetch_add(1, Ordering::SeqCst);
        let name = format!("{}{number}", role.name());
        let login = format!("{}-{number}", role.id().replace('_', "-"));
        let (id, path) = self.account(&login, &name).await;
        accounts::grant(&self.site, &Actor::program("测试"), id, role, unit)
            .await
            .unwrap();
        let mut visitor = self.stranger();
        visitor.login = login;
        visitor.actor = Some(Actor {
            account: Some(id),
            name,
            holdings: vec![Holding { role, unit }],
        });
        let password = [("password", PASSWORD), ("again", PASSWORD)];
        visitor.post(&path, &password, &[]).await.expect(303);
        visitor
    }

    /// An account without a role, and the path of its one-time link.
    pub async fn account(&self, login: &str, name: &str) -> (Uuid, String) {
        let by = Actor::program("测试");
        let id = accounts::create(&self.site, &by, login, name, None).await.unwrap();
        let token = accounts::issue_link(&self.site, &by, id).await.unwrap();
        (id, format!("/links/{token}"))
    }

    /// The unit of this short name.
    pub async fn unit(&self, short_name: &str) -> Unit {
        let units = kit::unit::register(self.site.db.read()).await.unwrap();
        units
            .into_iter()
            .find(|u| u.short_name == short_name)
            .expect("the register has this unit")
    }

    /// The first column of the first row of a statement, as a number.
    pub async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.site.db.backend(), sql);
        let row = self
            .site
            .db
            .read()
            .query_one_raw(statement)
            .await
            .unwrap()
            .expect("the statement has a row");
        row.try_get_by_index::<i64>(0)
            .or_else(|_| row.try_get_by_index::<i32>(0).map(i64::from))
            .unwrap()
    }

    /// How many files the blob folder holds.
    pub fn blobs(&self) -> usize {
        files_below(&self.config.data.join("blobs"))
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        for task in &self.beside {
            task.abort();
        }
    }
}

fn configuration(data: &Path, url: &str) -> Config {
    let mut config = Config::demo(data.to_path_buf(), ([127, 0, 0, 1], 8080).into()).unwrap();
    config.database.url = url.to_string();
    config.site = gongkai::config::SiteConfig {
        public_url: "https://www.example.gov.cn".into(),
        desk_url: "https://desk.example.gov.cn".into(),
        icp: "示例ICP备00000000号".into(),
        ..Default::default()
    };
    config
}

/// Programs built with this test stand in the folder above its own.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("a test stands in target/…/deps");
    folder.join(name)
}

/// The program itself, built anew when it is missing or older than this test, which stands on the same sources.
///
/// # Panics
/// When it does not compile.
pub fn gongkai() -> PathBuf {
    static BUILT: std::sync::Once = std::sync::Once::new();
    let binary = program("gongkai");
    BUILT.call_once(|| {
        let changed = |path: &Path| path.metadata().and_then(|m| m.modified()).ok();
        if changed(&binary) >= changed(&std::env::current_exe().unwrap()) {
            return;
        }
        let build = ["build", "--quiet", "--locked", "-p", "gongkai"];
        let status = std::process::Command::new(env!("CARGO")).args(build).status().unwrap();
        assert!(status.success(), "cargo build -p gongkai");
    });
    binary
}

fn office_child() -> PathBuf {
    let program = program("office-child");
    assert!(
        program.is_file(),
        "{} is built with the tests of this package",
        program.display()
    );
    program
}

fn files_below(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    entries
        .map(|e| e.unwrap().path())
        .map(|path| if path.is_dir() { files_below(&path) } else { 1 })
        .sum()
}
