//! Limits and report days.

use chrono::NaiveDate;
use serde::Deserialize;
use statute::calendar::Calendar;
use statute::disclosure::annual::annual_report_due;
use statute::disclosure::limit::{LimitChoice, Timeliness, check_dates, publication_limit, timeliness};
use statute::parameters::{Parameters, Reporter};

use crate::vectors;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicationCase {
    event: NaiveDate,
    choice: Option<String>,
    promised: Option<u32>,
    due: Option<NaiveDate>,
    statutory_due: Option<NaiveDate>,
    number: Option<String>,
    article: Option<String>,
    error: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportCase {
    year: i32,
    reporter: Reporter,
    due: Option<NaiveDate>,
    article: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

fn choice(case: &PublicationCase) -> LimitChoice {
    match (&case.choice, case.promised) {
        (Some(id), _) => LimitChoice::Special { id: id.clone() },
        (None, Some(working_days)) => LimitChoice::Promise {
            working_days,
            source: "示例单位公开指南".to_owned(),
        },
        (None, None) => LimitChoice::Statutory,
    }
}

fn check(case: &PublicationCase, parameters: &Parameters, calendar: &Calendar) {
    match publication_limit(parameters, calendar, case.event, &choice(case)) {
        Err(error) => assert_eq!(Some(error.to_string()), case.error, "{case:?}"),
        Ok(deadline) => {
            assert_eq!(Some(deadline.due), case.due, "{case:?}");
            assert_eq!(
                deadline.statutory_due,
                case.statutory_due.unwrap_or(deadline.due),
                "{case:?}"
            );
            let citation = &deadline.citations()[0];
            assert_eq!(Some(citation.number.as_ref()), case.number.as_deref(), "{case:?}");
            assert_eq!(Some(citation.article.as_ref()), case.article.as_deref(), "{case:?}");
            assert!(citation.holds_on(case.event));
            assert_eq!(
                deadline.explain().contains("承诺"),
                case.promised.is_some(),
                "{}",
                deadline.explain()
            );
        }
    }
}

#[test]
fn publication_limits_by_vector() {
    let (parameters, calendar) = (Parameters::national().unwrap(), Calendar::national().unwrap());
    for case in vectors::read::<PublicationCase>("publication") {
        check(&case, &parameters, &calendar);
    }
}

#[test]
fn annual_reports_by_vector() {
    let parameters = Parameters::national().unwrap();
    for case in vectors::read::<ReportCase>("annual_reports") {
        let found = annual_report_due(&parameters, case.year, case.reporter);
        assert_eq!(found.as_ref().map(|answer| answer.due), case.due, "{case:?}");
        let article = found.map(|answer| answer.citation.article.into_owned());
        assert_eq!(article, case.article, "{case:?}");
    }
}

#[test]
fn a_deadline_explains_itself() {
    let (parameters, calendar) = (Parameters::national().unwrap(), Calendar::national().unwrap());
    let event = NaiveDate::from_ymd_opt(2025, 1, 20).unwrap();
    let deadline = publication_limit(&parameters, &calendar, event, &LimitChoice::Statutory).unwrap();
    assert_eq!(
        deadline.explain(),
        "依照《中华人民共和国政府信息公开条例》（国务院令第711号）第二十六条，属于主动公开范围的政府信息应当自政府信息形成\
         或者变更之日起20个工作日内公开。自2025年1月20日起算，当日不计入，第20个工作日为2025年2月21日（星期五）。期间周末4日、\
         春节放假8日不计入。计算依据：《中华人民共和国民法典》第二百零一条第一款。"
    );
}

#[test]
fn timeliness_is_derived() {
    let calendar = Calendar::national().unwrap();
    let day = |month, day| NaiveDate::from_ymd_opt(2021, month, day).unwrap();
    let due = day(10, 8);
    let of = |published, today| timeliness(&calendar, due, published, today).unwrap();
    assert_eq!(of(Some(due), day(12, 1)), Timeliness::InTime);
    assert_eq!(
        of(Some(day(10, 9)), day(12, 1)),
        Timeliness::Late { working_days: 1 },
        "Saturday, but a working day"
    );
    assert_eq!(of(None, due), Timeliness::Waiting { working_days_left: 0 });
    assert_eq!(of(None, day(9, 30)), Timeliness::Waiting { working_days_left: 1 });
    assert_eq!(of(None, day(10, 11)), Timeliness::Overdue { working_days: 2 });
}

#[test]
fn publication_before_formation_is_an_error_and_late_publication_a_warning() {
    let (parameters, calendar) = (Parameters::national().unwrap(), Calendar::national().unwrap());
    let formed = NaiveDate::from_ymd_opt(2021, 6, 15).unwrap();
    let deadline = publication_limit(&parameters, &calendar, formed, &LimitChoice::Statutory).unwrap();
    let rules = |published| -> Vec<String> {
        check_dates(formed, published, &deadline)
            .into_iter()
            .map(|issue| issue.rule)
            .collect()
    };
    assert_eq!(rules(formed.pred_opt()), ["PUB-B.1"]);
    assert_eq!(rules(deadline.due.succ_opt()), ["PUB-A9"]);
    assert!(rules(Some(deadline.due)).is_empty());
    assert!(rules(None).is_empty());
}
