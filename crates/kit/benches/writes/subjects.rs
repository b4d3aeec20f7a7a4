//! What is measured of ours: a command that writes one row and its audit entry, without and with a number.

use std::future::Future;
use std::time::{Duration, Instant};

use futures::future::join_all;
use kit::account::Actor;
use kit::audit::Deed;
use kit::db::Tx;
use kit::numbering::{self, Series};
use kit::{Error, Site};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::place::Place;

/// The words of every row.
pub const WORDS: &str = "关于做好老旧小区改造工作的通知（示例）";
/// Inserts a row.
pub const INSERT: &str = "INSERT INTO thing (id, words, at) VALUES ($1, $2, $3)";

static NUMBERS: Series = Series {
    name: "bench.numbers",
    label: "测试编号",
    format: "示〔{year}〕{serial}号",
    given_to: "事项",
    link: None,
    by_hand: true,
};

/// Lets so many clients do something again and again for a while; how often a second they did it together.
pub async fn per_second<F: Future<Output = ()>>(clients: usize, lasting: Duration, one: impl Fn() -> F) -> f64 {
    let began = Instant::now();
    let all = (0..clients).map(|_| async {
        let mut count = 0u32;
        while began.elapsed() < lasting {
            one().await;
            count += 1;
        }
        count
    });
    let done: u32 = join_all(all).await.into_iter().sum();
    f64::from(done) / began.elapsed().as_secs_f64()
}

async fn insert(tx: &Tx, id: Uuid) -> Result<(), Error> {
    let values = [id.into(), WORDS.into(), tx.at().into()];
    let statement = Statement::from_sql_and_values(tx.on().get_database_backend(), INSERT, values);
    tx.on().execute_raw(statement).await?;
    tx.record(Deed::new("thing.enter", "thing", id)).await?;
    Ok(())
}

/// Commands through the door.
pub async fn door(place: &Place, clients: usize, lasting: Duration) -> f64 {
    per_second(clients, lasting, || write_one(&place.site)).await
}

async fn write_one(site: &Site) {
    let by = Actor::program("测量");
    let written: Result<(), Error> = site
        .write(&by, |tx| async move { insert(&tx, Uuid::now_v7()).await })
        .await;
    written.unwrap();
}

/// Commands through the door, each with a number of one series.
pub async fn numbers(place: &Place, clients: usize, lasting: Duration) -> f64 {
    per_second(clients, lasting, || number_one(&place.site)).await
}

async fn number_one(site: &Site) {
    let by = Actor::program("测量");
    let written: Result<(), Error> = site
        .write(&by, |tx| async move {
            let id = Uuid::now_v7();
            insert(&tx, id).await?;
            numbering::issue(&tx, &NUMBERS, numbering::this_year(&tx), "thing", id).await?;
            Ok(())
        })
        .await;
    written.unwrap();
}
