//! Working days.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;
use serde::Deserialize;
use statute::calendar::{Calendar, CalendarError, CountKind, YearState};

use crate::vectors;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountCase {
    from: NaiveDate,
    days: u32,
    due: NaiveDate,
    known_on: Option<NaiveDate>,
    #[serde(default)]
    provisional: bool,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DayCase {
    date: NaiveDate,
    known_on: Option<NaiveDate>,
    working: bool,
    why: String,
    notice: Option<i32>,
    #[serde(default)]
    provisional: bool,
}

/// Read once: the property tests ask it thousands of times.
static NATIONAL: LazyLock<Calendar> = LazyLock::new(|| Calendar::national().unwrap());

fn national() -> &'static Calendar {
    &NATIONAL
}

fn known_on(date: Option<NaiveDate>) -> Calendar {
    date.map_or_else(|| national().clone(), |date| Calendar::national_known_on(date).unwrap())
}

fn check_count(case: &CountCase, kind: CountKind) {
    let calendar = known_on(case.known_on);
    let count = match kind {
        CountKind::WorkingDays => calendar.add_working_days(case.from, case.days),
        CountKind::CalendarDays => calendar.add_calendar_days(case.from, case.days),
    }
    .unwrap();
    assert_eq!(count.to, case.due, "{case:?}");
    assert_eq!(count.provisional, case.provisional, "{case:?}");
    assert_eq!(
        count.ledger.iter().filter(|entry| entry.ordinal.is_some()).count(),
        case.days as usize
    );
    assert_eq!(
        count.explain().contains("暂定"),
        case.provisional,
        "{}",
        count.explain()
    );
}

#[test]
fn working_days_by_vector() {
    for case in vectors::read::<CountCase>("working_days") {
        check_count(&case, CountKind::WorkingDays);
    }
}

#[test]
fn calendar_days_by_vector() {
    for case in vectors::read::<CountCase>("calendar_days") {
        check_count(&case, CountKind::CalendarDays);
    }
}

#[test]
fn days_by_vector() {
    for case in vectors::read::<DayCase>("days") {
        let day = known_on(case.known_on).day(case.date);
        let found = (
            day.working,
            day.reason.label(),
            day.notice.map(|notice| notice.year),
            day.provisional,
        );
        assert_eq!(
            found,
            (case.working, case.why.clone(), case.notice, case.provisional),
            "{case:?}"
        );
    }
}

#[test]
fn an_explanation_names_days_reasons_notices_and_rules() {
    let date = NaiveDate::from_ymd_opt(2021, 2, 5).unwrap();
    let count = national().add_working_days(date, 20).unwrap();
    assert_eq!(
        count.explain(),
        "自2021年2月5日起算，当日不计入，第20个工作日为2021年3月10日（星期三）。期间周末6日、春节放假7日不计入。\
         计算依据：《中华人民共和国民法典》第二百零一条第一款。"
    );
    let lines = count.ledger_lines();
    assert_eq!(lines[0], "2021年2月5日（星期五）：工作日，起算日，不计入");
    assert_eq!(lines[1], "2021年2月6日（星期六）：周末，不计入");
    assert_eq!(
        lines[2],
        "2021年2月7日（星期日）：春节调休上班（《国务院办公厅关于2021年部分节假日安排的通知》），计入，第1个工作日"
    );
}

#[test]
fn an_end_on_a_rest_day_is_told_as_it_is() {
    let day = |month, day| NaiveDate::from_ymd_opt(2021, month, day).unwrap();
    let moved = national().add_calendar_days(day(2, 1), 20).unwrap().explain();
    assert!(
        moved.contains("第20日为2021年2月21日（星期日）。末日遇休息日（周末1日），顺延至2021年2月22日（星期一）。"),
        "{moved}"
    );
    assert!(moved.contains("第二百零三条第一款"), "{moved}");
    let between = national()
        .working_days_between(day(6, 18), day(6, 20))
        .unwrap()
        .explain();
    assert!(between.contains("至2021年6月20日共0个工作日。"), "{between}");
}

#[test]
fn a_year_without_a_notice_is_a_state() {
    let calendar = national();
    assert_eq!(calendar.last_published_year(), Some(2026));
    assert_eq!(calendar.year_state(2027), YearState::Provisional);
    assert_eq!(calendar.year_state(2006), YearState::Provisional);
    for year in 2007..=2026 {
        assert_eq!(calendar.year_state(year), YearState::Published, "{year}");
    }
}

#[test]
fn periods_without_sense_are_refused() {
    let (early, late) = (
        NaiveDate::from_ymd_opt(2021, 1, 1).unwrap(),
        NaiveDate::from_ymd_opt(2021, 2, 1).unwrap(),
    );
    let calendar = national();
    assert!(matches!(
        calendar.working_days_between(late, early),
        Err(CalendarError::Backwards { .. })
    ));
    assert!(matches!(
        calendar.add_working_days(early, u32::MAX),
        Err(CalendarError::TooLong { .. })
    ));
    assert!(matches!(
        calendar.working_days_between(NaiveDate::MIN, late),
        Err(CalendarError::TooLong { .. })
    ));
    assert!(matches!(
        calendar.add_working_days(NaiveDate::MAX, 1),
        Err(CalendarError::TooLong { .. })
    ));
}

/// A second reckoning that shares no code with the crate: its own day of the week, and the files read as plain values.
struct Oracle {
    named: BTreeMap<String, bool>,
}

impl Oracle {
    fn read() -> Self {
        let mut named = BTreeMap::new();
        for year in 2007..=2027 {
            let path = format!("{}/data/holidays/{year}.json", env!("CARGO_MANIFEST_DIR"));
            let file: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            for day in file["days"].as_array().unwrap() {
                named.insert(
                    day["date"].as_str().unwrap().to_owned(),
                    day["isOffDay"].as_bool().unwrap(),
                );
            }
        }
        Oracle { named }
    }

    fn works(&self, date: NaiveDate) -> bool {
        match self.named.get(&date.to_string()) {
            Some(off) => !off,
            None => !weekend(date.year(), date.month(), date.day()),
        }
    }

    fn after(&self, from: NaiveDate, days: u32) -> NaiveDate {
        let mut date = from;
        let mut left = days;
        while left > 0 {
            date = date + Days::new(1);
            left -= u32::from(self.works(date));
        }
        date
    }
}

/// Saturday or Sunday, by Sakamoto's method.
fn weekend(year: i32, month: u32, day: u32) -> bool {
    const SHIFT: [i32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    let sum = year + year / 4 - year / 100 + year / 400 + SHIFT[month as usize - 1] + i32::try_from(day).unwrap();
    matches!(sum.rem_euclid(7), 0 | 6)
}

#[test]
fn every_start_day_from_2007_agrees_with_the_second_reckoning() {
    let (calendar, oracle) = (national(), Oracle::read());
    let mut date = NaiveDate::from_ymd_opt(2007, 1, 1).unwrap();
    let end = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
    while date <= end {
        assert_eq!(calendar.is_working_day(date), oracle.works(date), "{date}");
        assert_eq!(
            calendar.add_working_days(date, 20).unwrap().to,
            oracle.after(date, 20),
            "{date}"
        );
        date = date + Days::new(1);
    }
}

#[test]
fn the_holiday_files_beside_the_checkout_are_the_same() {
    let shared = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/holidays");
    if !shared.is_dir() {
        return;
    }
    println!("comparing with the holiday files beside the checkout");
    for year in 2007..=2027 {
        let here = format!("{}/data/holidays/{year}.json", env!("CARGO_MANIFEST_DIR"));
        let there = shared.join(format!("{year}.json"));
        assert_eq!(std::fs::read(here).unwrap(), std::fs::read(there).unwrap(), "{year}");
    }
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..8_000).prop_map(|days| NaiveDate::from_ymd_opt(2006, 6, 1).unwrap() + Days::new(days))
}

proptest! {
    #[test]
    fn more_days_end_strictly_later(from in any_day(), days in 0_u32..120) {
        let calendar = national();
        let (less, more) = (calendar.add_working_days(from, days).unwrap(), calendar.add_working_days(from, days + 1).unwrap());
        prop_assert!(less.to < more.to);
        prop_assert!(calendar.is_working_day(more.to));
    }

    #[test]
    fn a_later_start_never_ends_earlier(from in any_day(), later in 0_u64..40, days in 0_u32..60) {
        let calendar = national();
        let first = calendar.add_working_days(from, days).unwrap().to;
        let second = calendar.add_working_days(from + Days::new(later), days).unwrap().to;
        prop_assert!(first <= second);
    }

    #[test]
    fn counting_back_what_was_added_gives_the_same(from in any_day(), days in 0_u32..120) {
        let calendar = national();
        let added = calendar.add_working_days(from, days).unwrap();
        let counted = calendar.working_days_between(from, added.to).unwrap();
        prop_assert_eq!(counted.days, days);
        prop_assert_eq!(&counted.ledger, &added.ledger);
        prop_assert_eq!(added.ledger.len() as i64, (added.to - from).num_days() + 1);
    }

    #[test]
    fn a_sum_of_periods_is_the_period_of_the_sum(from in any_day(), first in 0_u32..40, second in 0_u32..40) {
        let calendar = national();
        let step = calendar.add_working_days(from, first).unwrap().to;
        let chained = calendar.add_working_days(step, second).unwrap().to;
        prop_assert_eq!(chained, calendar.add_working_days(from, first + second).unwrap().to);
    }

    #[test]
    fn a_period_of_calendar_days_ends_on_a_working_day(from in any_day(), days in 1_u32..90) {
        let count = national().add_calendar_days(from, days).unwrap();
        prop_assert!(count.ledger.last().unwrap().day.working);
        prop_assert!((count.to - from).num_days() >= i64::from(days));
        prop_assert_eq!(count.days, days);
    }
}
