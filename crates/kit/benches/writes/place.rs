//! A database to measure on.

use std::sync::Arc;

use kit::Site;
use kit::blob::Blobs;
use kit::capability::Capability;
use kit::clock::Clock;
use kit::db::{Db, Migration};
use kit::message::{Messages, Settings, TEMPLATES};
use kit::outgoing::Outgoing;
use kit::seal::Keyring;
use kit::site::{Assets, Profile};
use kit::web::Edge;
use sea_orm::{ConnectionTrait, Database as Orm, Statement};
use statute::calendar::Calendar;
use tempfile::TempDir;
use uuid::Uuid;

/// What is written into.
const THINGS: Migration = Migration {
    name: "9000_things",
    sql: "CREATE TABLE thing (id UUID PRIMARY KEY, words TEXT NOT NULL, at INSTANT NOT NULL);\n",
};

/// A database with a site on it.
pub struct Place {
    /// Its name.
    pub name: &'static str,
    /// As the configuration names it.
    pub url: String,
    /// The site.
    pub site: Arc<Site>,
    folder: TempDir,
    made_on: Option<(String, String)>,
}

impl Place {
    /// A file in the folder for temporary files, which should be on a real disk.
    pub async fn sqlite() -> Place {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite:{}", folder.path().join("bench.sqlite").display());
        Place::over("SQLite", url, folder, None).await
    }

    /// A database of its own on the server that the environment names, which must sync what it commits.
    pub async fn postgres() -> Place {
        let server = std::env::var("GONGKAI_TEST_POSTGRES")
            .expect("GONGKAI_TEST_POSTGRES names a server; run this with scripts/with-postgres");
        let name = format!("b_{}", Uuid::now_v7().simple());
        let sql =
            format!("CREATE DATABASE \"{name}\" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'");
        let connection = Orm::connect(server.clone()).await.unwrap();
        connection.execute_unprepared(&sql).await.unwrap();
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let show = Statement::from_string(connection.get_database_backend(), format!("SHOW {setting}"));
            let row = connection.query_one_raw(show).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<String>(0).unwrap(), "on", "{setting}");
        }
        connection.close().await.unwrap();
        let (head, _) = server.rsplit_once('/').unwrap();
        let url = format!("{head}/{name}");
        Place::over("PostgreSQL", url, TempDir::new().unwrap(), Some((server, name))).await
    }

    async fn over(name: &'static str, url: String, folder: TempDir, made_on: Option<(String, String)>) -> Place {
        let site = Arc::new(site(&url, &folder).await);
        site.migrate().await.unwrap();
        Place {
            name,
            url,
            site,
            folder,
            made_on,
        }
    }

    /// What another process on the same database has.
    pub async fn second_process(&self) -> Arc<Site> {
        Arc::new(site(&self.url, &self.folder).await)
    }

    /// Closes and removes it.
    pub async fn remove(self) {
        self.site.db.clone().close().await.unwrap();
        if let Some((server, name)) = self.made_on {
            let connection = Orm::connect(server).await.unwrap();
            let drop = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
            connection.execute_unprepared(&drop).await.unwrap();
            connection.close().await.unwrap();
        }
    }
}

async fn site(url: &str, folder: &TempDir) -> Site {
    let clock = Clock::system();
    let keys = folder.path().join("keys");
    let ring = match Keyring::find(&keys).unwrap() {
        Some(ring) => ring,
        None => Keyring::create(&keys, clock.now()).unwrap(),
    };
    let own = Capability {
        name: "bench",
        migrations: vec![THINGS],
        jobs: vec![crate::jobs::kind()],
        ..Default::default()
    };
    Site {
        db: Db::open(url).await.unwrap(),
        blobs: Blobs::folder(&folder.path().join("blobs")).unwrap(),
        clock,
        calendar: Calendar::national().unwrap(),
        profile: profile(),
        edge: Edge::default(),
        assets: Assets::default(),
        cache_dir: folder.path().join("cache"),
        // Nothing measured here reads a file.
        reader: Arc::new(office::Confined::new(folder.path().join("no-reader"), Vec::new())),
        keys: ring,
        outgoing: Outgoing::new(Vec::new()).unwrap(),
        sign_in: kit::account::Settings::default(),
        messages: Messages::open(Settings::default(), TEMPLATES.to_vec(), &profile()).unwrap(),
        single_sign_on: None,
        capabilities: vec![own, kit::capability()],
    }
}

fn profile() -> Profile {
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
