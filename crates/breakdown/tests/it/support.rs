//! A district to try things in: a fresh database of either kind, a clock that tests set, units and posts.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use breakdown::matrix::{Cell, Line, Wish, lay_out};
use breakdown::tasks::{Overview, overview};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use kit::account::{Actor, Holding};
use kit::blob::Blobs;
use kit::clock::Clock;
use kit::db::Db;
use kit::message::{Messages, Settings, TEMPLATES};
use kit::outgoing::Outgoing;
use kit::permission::Role;
use kit::seal::Keyring;
use kit::site::{Assets, Profile, Site};
use kit::unit::Kind;
use kit::unit::service::NewUnit;
use office::Confined;
use sea_orm::{ConnectionTrait, Database};
use statute::calendar::Calendar;
use uuid::Uuid;

/// A table of our own, with each thing that practice asks for: a group that expands, one that is claimed, a row without
/// lead, a row without responsible units, names run together, a sentence cut off, a name the register does not know.
pub const TABLE: &str = "2021年示例区政务公开工作主要任务分解表

\t工作任务
\t工作要求
\t牵头单位
\t责任单位

\t一、推进重点领域公开

\t（一）做好规划公开

\t1.主动公开专项规划。
\t在政府信息公开专栏集中
展示。
\t区发改局
\t区直各有关单位，各镇人民政府、街道办事处

\t2.公开办事指南。
\t及时更新办事指南。
\t
\t区直各单位，各镇人民政府、街道办事处
\t工作任务
\t工作要求
\t牵头单位
\t责任单位

\t二、加强基础工作

\t（一）管好公开平台

\t3.管好政务新媒体。
\t清理长期不更新的账号。
\t区大数据中心
\t区直各单位

\t4.设好公开专区。
\t在大厅设立公开专区。
\t区财政局
\t

\t（二）提高办理质量

\t5.规范答复文书。
\t开展业务培训。
\t区司法局区教育局
\t区直各有关单位

\t6.跟踪政策解读。
\t对重要政策及时解读
\t区司法局
（负责区政府规章）
\t区直各有关单位
";

/// A district.
pub struct Place {
    pub site: Arc<Site>,
    pub reader: Arc<Confined>,
    now: Arc<Mutex<DateTime<Utc>>>,
    units: Vec<(String, Uuid)>,
    pub coordinator: Actor,
    _folder: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

/// Which database.
#[derive(Clone, Copy, Debug)]
pub enum On {
    Sqlite,
    Postgres,
}

/// Runs a story on both databases.
macro_rules! on_both {
    ($name:ident, $story:ident) => {
        mod $name {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let place = crate::support::Place::open(crate::support::On::Sqlite).await;
                super::$story(&place).await;
                place.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                let place = crate::support::Place::open(crate::support::On::Postgres).await;
                super::$story(&place).await;
                place.close().await;
            }
        }
    };
}
pub(crate) use on_both;

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The server that `scripts/with-postgres` starts.
#[allow(clippy::disallowed_methods, reason = "tests are told here where their PostgreSQL is")]
fn maintenance() -> String {
    std::env::var("GONGKAI_TEST_POSTGRES")
        .expect("GONGKAI_TEST_POSTGRES is not set: run the tests with scripts/with-postgres cargo test")
}

async fn fresh_postgres() -> (Db, (String, String)) {
    let server = maintenance();
    let name = format!("breakdown_{}", Uuid::now_v7().simple());
    let connection = Database::connect(&server).await.unwrap();
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C.UTF-8' ENCODING 'UTF8'");
    connection.execute_unprepared(&create).await.unwrap();
    connection.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    (
        Db::open_postgres(&format!("{base}/{name}")).await.unwrap(),
        (server, name),
    )
}

/// The confined reader that cargo builds among this crate's examples.
fn reader() -> Confined {
    let itself = std::env::current_exe().unwrap();
    let program: PathBuf = itself
        .parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples/confined_reader");
    assert!(
        program.exists(),
        "build the example confined_reader first: cargo test does"
    );
    Confined::new(program, Vec::new())
}

impl Place {
    pub async fn open(on: On) -> Place {
        let folder = tempfile::tempdir().unwrap();
        let (db, postgres) = match on {
            On::Sqlite => (Db::open_sqlite(&folder.path().join("gongkai.db")).await.unwrap(), None),
            On::Postgres => {
                let (db, made) = fresh_postgres().await;
                (db, Some(made))
            }
        };
        let reader = Arc::new(reader());
        let now = Arc::new(Mutex::new(Utc.with_ymd_and_hms(2021, 5, 10, 2, 0, 0).unwrap()));
        let told = now.clone();
        let site = Arc::new(Site {
            db,
            blobs: Blobs::folder(&folder.path().join("blobs")).unwrap(),
            clock: Clock::from_fn(move || *told.lock().unwrap()),
            calendar: Calendar::national().unwrap(),
            profile: profile(),
            edge: kit::web::Edge::default(),
            assets: Assets::default(),
            cache_dir: folder.path().join("cache"),
            reader: reader.clone(),
            keys: Keyring::in_memory().unwrap(),
            outgoing: Outgoing::new(Vec::new()).unwrap(),
            sign_in: Default::default(),
            messages: Messages::open(Settings::default(), TEMPLATES.to_vec(), &profile()).unwrap(),
            single_sign_on: None,
            capabilities: vec![breakdown::capability(reader.clone()), kit::capability()],
        });
        site.migrate().await.unwrap();
        let mut place = Place {
            site,
            reader,
            now,
            units: Vec::new(),
            coordinator: person("政务公开主管", Role::Coordinator, None),
            _folder: folder,
            postgres,
        };
        place.enter_units().await;
        place
    }

    async fn enter_units(&mut self) {
        for (code, kind, name) in [
            ("zfb", Kind::Department, "区政府办"),
            ("fgj", Kind::Department, "区发改局"),
            ("czj", Kind::Department, "区财政局"),
            ("sfj", Kind::Department, "区司法局"),
            ("jyj", Kind::Department, "区教育局"),
            ("cnz", Kind::Town, "城南镇"),
            ("hdjd", Kind::Street, "河东街道"),
        ] {
            self.enter(code, kind, name).await;
        }
    }

    pub async fn enter(&mut self, code: &str, kind: Kind, name: &str) -> Uuid {
        let unit = NewUnit {
            code: code.into(),
            kind,
            full_name: format!("示例{name}"),
            short_name: name.into(),
            parent: None,
            established_on: None,
            groups: Vec::new(),
            source: "测试".into(),
            contact: String::new(),
        };
        let ids = kit::unit::service::enter(&self.site, &Actor::program("测试"), vec![unit])
            .await
            .unwrap();
        self.units.push((name.into(), ids[0]));
        ids[0]
    }

    pub async fn close(self) {
        let Some((server, name)) = self.postgres.clone() else {
            return;
        };
        drop(self);
        let connection = Database::connect(&server).await.unwrap();
        connection
            .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .unwrap();
    }

    pub fn unit(&self, name: &str) -> Uuid {
        self.units.iter().find(|(known, _)| known == name).unwrap().1
    }

    /// Sets the clock to ten in the morning, Shanghai time, of that day.
    pub fn set_day(&self, text: &str) {
        let morning = day(text).and_hms_opt(2, 0, 0).unwrap().and_utc();
        *self.now.lock().unwrap() = morning;
    }

    pub fn clerk(&self, unit: &str) -> Actor {
        person(&format!("{unit}经办"), Role::Drafter, Some(self.unit(unit)))
    }

    pub fn approver(&self, unit: &str) -> Actor {
        person(&format!("{unit}审批"), Role::Approver, Some(self.unit(unit)))
    }

    pub async fn import(&self, text: &str) -> kit::Result<breakdown::importing::Preview> {
        let bytes = Bytes::copy_from_slice(text.as_bytes());
        breakdown::importing::import(&self.site, &self.coordinator, &self.reader, "分解表.txt", bytes).await
    }

    /// Imports [`TABLE`], answers its one unknown name with 区政府办, and adopts it.
    pub async fn adopted(&self) -> Uuid {
        let preview = self.import(TABLE).await.unwrap();
        self.answer(preview.id).await;
        breakdown::importing::adopt(&self.site, &self.coordinator, preview.id)
            .await
            .unwrap();
        preview.id
    }

    pub async fn answer(&self, id: Uuid) {
        let mut answers = breakdown::importing::model::Answers::default();
        answers.units.insert("区大数据中心".into(), self.unit("区政府办"));
        let service = breakdown::importing::service::answer;
        service(&self.site, &self.coordinator, id, answers, 2021, None)
            .await
            .unwrap();
    }

    pub async fn tasks(&self) -> Vec<Overview> {
        overview(&self.site, 2021).await.unwrap().unwrap()
    }

    pub async fn task(&self, no: i32) -> Overview {
        self.tasks().await.into_iter().find(|task| task.no == no).unwrap()
    }

    /// `done/due/late` of a unit in a task; `-` without part, `n/a` with nothing due.
    pub async fn figure(&self, no: i32, unit: &str, as_of: &str) -> String {
        let year = breakdown::figures::of_year(&self.site, 2021, day(as_of)).await.unwrap();
        let (snapshot, figures) = year.unwrap();
        let matrix = lay_out(&snapshot, &figures, &Wish::default());
        let Some(place) = matrix.columns.iter().position(|column| column.short_name == unit) else {
            return "-".into();
        };
        for line in &matrix.lines {
            let Line::Task(row) = line else { continue };
            if row.no == no {
                return match &row.cells[place] {
                    Cell::Empty => "-".into(),
                    Cell::Claimed(state) => state.name().into(),
                    Cell::NotApplicable => "n/a".into(),
                    Cell::Figures(tally) => format!("{}/{}/{}", tally.done, tally.due, tally.late),
                };
            }
        }
        panic!("no task {no}");
    }
}

pub fn person(name: &str, role: Role, unit: Option<Uuid>) -> Actor {
    Actor {
        account: Some(Uuid::now_v7()),
        name: name.into(),
        holdings: vec![Holding { role, unit }],
    }
}

fn profile() -> Profile {
    Profile {
        name: "示例区人民政府".into(),
        district: "示例区".into(),
        public_url: "http://public.test".into(),
        desk_url: "http://desk.test".into(),
        id_code: "0000000000".into(),
        sponsor: "示例区人民政府办公室".into(),
        phone: String::new(),
        icp: String::new(),
        police: String::new(),
        is_demo: false,
    }
}
