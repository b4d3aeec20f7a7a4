//! A data directory saved once opens for ever: each archive under `data/saved` is a data directory of an earlier program.

use std::path::{Path, PathBuf};
use std::process::Command;

use kit::permission::Role;
use stories::{TestApp, TestClock};

use crate::breakdown::adopted;
use crate::support::{Office, titles};

/// Archives of data directories, made by the script `save` beside this package's manifest.
pub fn archives() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/saved");
    let mut found: Vec<PathBuf> = match std::fs::read_dir(folder) {
        Ok(entries) => entries
            .map(|e| e.unwrap().path())
            .filter(|p| p.extension().is_some_and(|e| e == "gz"))
            .collect(),
        Err(_) => Vec::new(),
    };
    found.sort();
    found
}

pub fn unpacked(archive: &Path) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    let status = Command::new("tar")
        .arg("-xzf")
        .arg(archive)
        .arg("-C")
        .arg(folder.path())
        .status()
        .unwrap();
    assert!(status.success(), "{}", archive.display());
    folder
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_directory_saved_by_an_earlier_program_opens() {
    assert!(!archives().is_empty(), "there is something saved");
    for archive in archives() {
        println!("opening {}", archive.display());
        let folder = unpacked(&archive);
        let config = gongkai::config::Config::demo(folder.path().to_path_buf(), ([127, 0, 0, 1], 8080).into()).unwrap();
        let clock = TestClock::default();
        clock.set_date(chrono::NaiveDate::from_ymd_opt(2021, 11, 24).unwrap());
        opens(&TestApp::open(config, clock).await).await;
    }
}

/// What this very program writes opens too, with everything that can be rebuilt thrown away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_of_this_program_opens_without_its_cache() {
    let app = TestApp::sqlite().await;
    adopted(&app).await;
    let office = Office::of(&app, "区财政局").await;
    for title in ["资金办法", "预算公开"] {
        office.publish(&app, "区财政局", &[title, "怎么办理。"], &[]).await;
    }
    let copy = tempfile::TempDir::new().unwrap();
    for name in ["gongkai.sqlite", "gongkai.sqlite-wal"] {
        if app.config.data.join(name).exists() {
            std::fs::copy(app.config.data.join(name), copy.path().join(name)).unwrap();
        }
    }
    let config = gongkai::config::Config {
        data: copy.path().to_path_buf(),
        keys: app.config.keys_folder(),
        database: Default::default(),
        ..app.config.clone()
    };
    opens(&TestApp::open(config, app.clock.clone()).await).await;
}

/// Migrates, lists, searches, and draws the board.
pub async fn opens(app: &TestApp) {
    app.site.migrate().await.unwrap();
    app.publishing.settle(&app.site).await.unwrap();
    let public = app
        .number("SELECT count(*) FROM document WHERE public_state IN ('live', 'marked')")
        .await;
    assert!(public > 0, "there is something to open");
    let index = app.publishing.reader.index().unwrap();
    assert_eq!(
        i64::try_from(index.len().unwrap()).unwrap(),
        public,
        "every public document is found again"
    );
    let citizen = app.citizen();
    for (path, name) in [("/", "政务公开"), ("/units", "单位专栏"), ("/tasks", "任务")] {
        citizen.get(path).await.expect(200).expect_words(name);
    }
    let list = citizen.get("/releases").await.expect(200);
    assert!(!titles(&list).is_empty(), "{list}");
    for path in list.attributes_of(".release-list > li > a", "href") {
        citizen.get(&path).await.expect(200);
    }

    // A post of our own looks at the desk, because nobody knows the passwords of the saved ones.
    let coordinator = app.staff(Role::Coordinator, None).await;
    coordinator.get("/documents").await.expect(200);
    let board = coordinator.get("/board").await.expect(200);
    assert!(board.count("table.board th.task") > 1, "{board}");
}
