//! The published table that the project started from, where the material stands beside the checkout.

use std::path::PathBuf;

use breakdown::importing::{adopt, import, service};
use bytes::Bytes;
use kit::unit::Kind;

use crate::support::{On, Place};

fn seed(name: &str) -> Option<Bytes> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/seed")
        .join(name);
    let bytes = std::fs::read(path).ok()?;
    println!("also on the published table {name}");
    Some(Bytes::from(bytes))
}

/// The text and the Word file are one table, and it becomes a board.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_published_table_becomes_a_board() {
    let (Some(text), Some(word)) = (
        seed("2021-cangshan-task-breakdown.txt"),
        seed("2021-cangshan-task-breakdown.docx"),
    ) else {
        return;
    };
    let mut place = Place::open(On::Sqlite).await;
    for (code, name) in [
        ("zgj", "区资规局"),
        ("swj", "区商务局"),
        ("scj", "区市场监管局"),
        ("nyj", "区农业农村局"),
        ("wjj", "区卫健局"),
        ("dsj", "区大数据服务中心"),
        ("zhcs", "区“智慧仓山”管理服务中心"),
        ("xzfw", "区行政服务中心管委会"),
        ("wxb", "区委网信办"),
        ("sthj", "区生态环境局"),
    ] {
        place.enter(code, Kind::Department, name).await;
    }
    let (site, by, reader) = (&place.site, &place.coordinator, &place.reader);
    let preview = import(site, by, reader, "分解表.txt", text).await.unwrap();
    assert_eq!((preview.rows.len(), preview.year), (34, 2021));
    assert!(preview.unknown.is_empty(), "{:?}", preview.unknown);
    let same = import(site, by, reader, "分解表.docx", word).await.unwrap();
    assert!(same.known_before, "the Word file and the text are the same table");
    adopt(site, by, preview.id).await.unwrap();
    let tasks = place.tasks().await;
    let led_by_office = tasks.iter().filter(|task| {
        task.assignments
            .iter()
            .any(|o| o.origin == breakdown::Origin::Rule && o.part == breakdown::Part::Lead)
    });
    let numbers: Vec<i32> = led_by_office.map(|task| task.no).collect();
    assert_eq!(numbers, [2, 12, 15, 16, 17, 18, 26, 29, 30, 31]);
    let owing_leads = tasks.iter().filter(|task| {
        task.assignments
            .iter()
            .any(|o| o.origin == breakdown::Origin::Rule && o.part == breakdown::Part::Responsible)
    });
    assert_eq!(owing_leads.map(|task| task.no).collect::<Vec<_>>(), [21, 28, 32]);
    assert!(service::preview(site, preview.id).await.unwrap().assignments > 100);
}
