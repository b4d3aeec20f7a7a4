//! Numbers: no gap, no double, nothing lost, whoever issues and however it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Duration, TimeZone, Utc};
use futures::future::join_all;
use kit::account::{Actor, Holding};
use kit::audit::Deed;
use kit::db::Tx;
use kit::numbering::{self, Number, Series, store};
use kit::permission::Role;
use kit::{Error, Site};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    fifty_at_once_on_two_processes_leave_no_gap_and_no_double,
    what_is_rolled_back_gives_its_number_back,
    a_void_stays_with_its_reason_and_is_not_given_again,
    the_year_changes_at_midnight_in_shanghai,
    a_new_format_holds_for_new_numbers_only,
    a_series_goes_on_from_what_was_given_before,
    only_the_coordinator_changes_a_series_and_only_by_hand,
    no_interleaving_leaves_a_gap_or_a_double,
);

static RECEIPTS: Series = Series {
    name: "test.receipts",
    label: "受理编号",
    format: "示公开〔{year}〕第{serial}号",
    given_to: "申请",
    link: None,
    by_hand: true,
};
static ADDRESSES: Series = Series {
    name: "test.addresses",
    label: "地址",
    format: "/t/{year}/{serial}",
    given_to: "网页",
    link: Some("/things/"),
    by_hand: false,
};
/// What the tests' capability gives.
pub static SERIES: [&Series; 2] = [&RECEIPTS, &ADDRESSES];

async fn issue_in(tx: &Tx, series: &'static Series) -> Result<Number, Error> {
    let id = Uuid::now_v7();
    let number = numbering::issue(tx, series, numbering::this_year(tx), "thing", id).await?;
    tx.record(Deed::new("thing.enter", "thing", id)).await?;
    Ok(number)
}

async fn issue(site: &Site, series: &'static Series) -> Number {
    site.write(&program(), |tx| async move { issue_in(&tx, series).await })
        .await
        .unwrap()
}

async fn register(site: &Site, series: &Series, year: i32) -> Vec<(i64, String)> {
    let mut rows = store::numbers(site.db.read(), series.name, year, 0).await.unwrap();
    rows.reverse();
    rows.into_iter().map(|row| (row.serial, row.text)).collect()
}

fn serials(rows: &[(i64, String)]) -> Vec<i64> {
    rows.iter().map(|(serial, _)| *serial).collect()
}

fn coordinator() -> Actor {
    Actor {
        account: None,
        name: "政务公开主管".into(),
        holdings: vec![Holding {
            role: Role::Coordinator,
            unit: None,
        }],
    }
}

async fn fifty_at_once_on_two_processes_leave_no_gap_and_no_double(bench: Bench) {
    let other = Arc::new(bench.second_process().await);
    let issuers = (0..50).map(|turn| {
        let site = if turn % 2 == 0 {
            bench.site.clone()
        } else {
            other.clone()
        };
        tokio::spawn(async move { issue(&site, &RECEIPTS).await })
    });
    let mut given: Vec<i64> = join_all(issuers).await.into_iter().map(|n| n.unwrap().serial).collect();
    given.sort_unstable();
    assert_eq!(given, (1..=50).collect::<Vec<_>>());
    let rows = register(&other, &RECEIPTS, 2021).await;
    assert_eq!(serials(&rows), given, "the register has what the issuers were told");
    assert_eq!(rows[2].1, "示公开〔2021〕第3号");
}

async fn what_is_rolled_back_gives_its_number_back(bench: Bench) {
    assert_eq!(issue(&bench.site, &RECEIPTS).await.serial, 1);
    let refused: Result<(), Error> = bench
        .site
        .write(&program(), |tx| async move {
            assert_eq!(issue_in(&tx, &RECEIPTS).await?.serial, 2);
            Err(Error::refused("改了主意", "无"))
        })
        .await;
    assert!(refused.is_err());
    let unaudited: Result<(), Error> = bench
        .site
        .write(&program(), |tx| async move {
            numbering::issue(&tx, &RECEIPTS, 2021, "thing", Uuid::now_v7()).await?;
            Ok(())
        })
        .await;
    assert!(matches!(unaudited, Err(Error::Internal(_))), "{unaudited:?}");
    abandon(&bench.site, &RECEIPTS).await;
    assert_eq!(issue(&bench.site, &RECEIPTS).await.serial, 2);
    assert_eq!(serials(&register(&bench.site, &RECEIPTS, 2021).await), [1, 2]);
}

/// Takes a number and is gone before the transaction ends, as a process that dies.
async fn abandon(site: &Site, series: &'static Series) {
    let taken = Notify::new();
    let (signal, by) = (&taken, program());
    let writing = site.write(&by, |tx| async move {
        issue_in(&tx, series).await?;
        signal.notify_one();
        futures::future::pending::<Result<(), Error>>().await
    });
    tokio::select! {
        written = writing => panic!("the transaction ended: {written:?}"),
        () = taken.notified() => {}
    }
}

async fn a_void_stays_with_its_reason_and_is_not_given_again(bench: Bench) {
    let site = &bench.site;
    let number = issue(site, &RECEIPTS).await;
    let blank = numbering::void_by_hand(site, &coordinator(), &RECEIPTS, number.id, "  ").await;
    assert!(matches!(blank, Err(Error::Refused { .. })), "{blank:?}");
    bench.advance(Duration::hours(1));
    numbering::void_by_hand(site, &coordinator(), &RECEIPTS, number.id, "重复登记")
        .await
        .unwrap();
    let again = numbering::void_by_hand(site, &coordinator(), &RECEIPTS, number.id, "再次").await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    assert_eq!(issue(site, &RECEIPTS).await.serial, 2);

    let found = numbering::find(site.db.read(), " 示公开〔2021〕第1号 ")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.void_reason.as_str(), found.voided_by_name.as_str()),
        ("重复登记", "政务公开主管")
    );
    assert_eq!(found.voided_at, Some(bench.now()));
    assert_eq!(
        numbering::of_subject(site.db.read(), found.subject_id).await.unwrap(),
        [found]
    );
    let year = &store::years(site.db.read()).await.unwrap()[0];
    assert_eq!((year.last, year.issued(), year.voided), (2, 2, 1));
    let recorded = "SELECT count(*) FROM audit_entry WHERE action = 'numbering.void' AND subject_id = $1";
    assert_eq!(bench.number(recorded, [number.id.into()]).await, 1);
}

async fn the_year_changes_at_midnight_in_shanghai(bench: Bench) {
    let midnight = Utc.with_ymd_and_hms(2021, 12, 31, 16, 0, 0).unwrap();
    bench.advance(midnight - Duration::seconds(1) - bench.now());
    assert_eq!(issue(&bench.site, &RECEIPTS).await.text, "示公开〔2021〕第1号");
    assert_eq!(issue(&bench.site, &RECEIPTS).await.text, "示公开〔2021〕第2号");
    bench.advance(Duration::seconds(1));
    assert_eq!(issue(&bench.site, &RECEIPTS).await.text, "示公开〔2022〕第1号");
    let years = store::years(bench.site.db.read()).await.unwrap();
    assert_eq!(
        years.iter().map(|y| (y.year, y.last)).collect::<Vec<_>>(),
        [(2022, 1), (2021, 2)]
    );
}

async fn a_new_format_holds_for_new_numbers_only(bench: Bench) {
    let (site, by) = (&bench.site, coordinator());
    let before = issue(site, &RECEIPTS).await;
    numbering::set_format(site, &by, &RECEIPTS, "仓公开〔{year}〕第{serial:3}号")
        .await
        .unwrap();
    assert_eq!(issue(site, &RECEIPTS).await.text, "仓公开〔2021〕第002号");
    let kept = numbering::find(site.db.read(), &before.text).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.text.as_str()), (before.id, "示公开〔2021〕第1号"));
    for refused in [
        "仓公开[{year}]第{serial}号",
        "仓公开第{serial}号",
        ADDRESSES.format,
        "仓\0{year}-{serial}",
    ] {
        let outcome = numbering::set_format(site, &by, &RECEIPTS, refused).await;
        assert!(matches!(outcome, Err(Error::Refused { .. })), "{refused}: {outcome:?}");
    }
    assert_eq!(issue(site, &RECEIPTS).await.text, "仓公开〔2021〕第003号");
}

async fn a_series_goes_on_from_what_was_given_before(bench: Bench) {
    let (site, by) = (&bench.site, coordinator());
    numbering::begin(site, &by, &RECEIPTS, 2021, 36).await.unwrap();
    numbering::begin(site, &by, &RECEIPTS, 2021, 37).await.unwrap();
    assert_eq!(issue(site, &RECEIPTS).await.serial, 38);
    for (year, given) in [(2021, 50), (2021, 0), (1900, 5), (2022, -1), (2022, 100_000)] {
        let late = numbering::begin(site, &by, &RECEIPTS, year, given).await;
        assert!(matches!(late, Err(Error::Refused { .. })), "{year} {given}: {late:?}");
    }
    assert_eq!(issue(site, &RECEIPTS).await.serial, 39);
    let year = &store::years(site.db.read()).await.unwrap()[0];
    assert_eq!((year.given_before, year.last, year.issued()), (37, 39, 2));
}

async fn only_the_coordinator_changes_a_series_and_only_by_hand(bench: Bench) {
    let site = &bench.site;
    let number = issue(site, &ADDRESSES).await;
    let automatic = numbering::void_by_hand(site, &coordinator(), &ADDRESSES, number.id, "试试").await;
    assert!(matches!(automatic, Err(Error::Refused { .. })), "{automatic:?}");
    let elsewhere = numbering::void_by_hand(site, &coordinator(), &RECEIPTS, number.id, "试试").await;
    assert!(matches!(elsewhere, Err(Error::NotFound(_))), "{elsewhere:?}");
    let security = bench.security().await;
    let forbidden = numbering::set_format(site, &security, &RECEIPTS, "甲〔{year}〕{serial}号").await;
    assert!(matches!(forbidden, Err(Error::Forbidden(_))), "{forbidden:?}");
    let number = numbering::find(site.db.read(), "/t/2021/1").await.unwrap().unwrap();
    assert_eq!(number.voided_at, None);
}

/// How one transaction of the property ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Commits,
    Refuses,
    Dies,
}

/// One transaction: on which process, of which series, how many numbers, how often it lets others go first, and its end.
type Turn = (bool, bool, usize, usize, End);

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let end = prop_oneof![3 => Just(End::Commits), 2 => Just(End::Refuses), 1 => Just(End::Dies)];
    let turn = (any::<bool>(), any::<bool>(), 1..4usize, 0..4usize, end);
    proptest::collection::vec(turn, 1..14)
}

async fn take_turn(site: &Site, (_, second, count, pauses, end): Turn) {
    let series = SERIES[usize::from(second)];
    if let End::Dies = end {
        return abandon(site, series).await;
    }
    let outcome: Result<(), Error> = site
        .write(&program(), |tx| async move {
            for _ in 0..count {
                issue_in(&tx, series).await?;
                for _ in 0..pauses {
                    tokio::task::yield_now().await;
                }
            }
            match end {
                End::Commits => Ok(()),
                End::Refuses | End::Dies => Err(Error::refused("改了主意", "无")),
            }
        })
        .await;
    assert_eq!(outcome.is_ok(), matches!(end, End::Commits), "{outcome:?}");
}

async fn no_interleaving_leaves_a_gap_or_a_double(bench: Bench) {
    let other = Arc::new(bench.second_process().await);
    let mut expected: BTreeMap<&str, i64> = BTreeMap::new();
    let mut runner = TestRunner::default();
    for _ in 0..12 {
        let turns = turns().new_tree(&mut runner).unwrap().current();
        let all = turns.iter().map(|turn| {
            let (site, turn) = (if turn.0 { other.clone() } else { bench.site.clone() }, *turn);
            tokio::spawn(async move { take_turn(&site, turn).await })
        });
        for done in join_all(all).await {
            done.unwrap();
        }
        for (_, second, count, _, end) in &turns {
            if let End::Commits = end {
                *expected.entry(SERIES[usize::from(*second)].name).or_default() += i64::try_from(*count).unwrap();
            }
        }
        for series in SERIES {
            let sql = "SELECT count(*) FROM issued_number WHERE series = $1 AND serial <= $2";
            let wanted = expected.get(series.name).copied().unwrap_or(0);
            let highest = "SELECT COALESCE(max(serial), 0) FROM issued_number WHERE series = $1";
            assert_eq!(bench.number(highest, [series.name.into()]).await, wanted, "{turns:?}");
            assert_eq!(
                bench.number(sql, [series.name.into(), wanted.into()]).await,
                wanted,
                "{turns:?}"
            );
        }
    }
}
