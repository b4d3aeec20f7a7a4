//! Rules for running a government website.

use chrono::NaiveDate;
use serde::Deserialize;
use statute::calendar::Calendar;
use statute::parameters::Parameters;
use statute::portal::errata_deadline;

use crate::vectors;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ErrataCase {
    received: NaiveDate,
    transfer_by: Option<NaiveDate>,
    answer_by: Option<NaiveDate>,
    error: Option<String>,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[test]
fn errata_deadlines_by_vector() {
    let (parameters, calendar) = (Parameters::national().unwrap(), Calendar::national().unwrap());
    for case in vectors::read::<ErrataCase>("errata") {
        match errata_deadline(&parameters, &calendar, case.received) {
            Err(error) => assert_eq!(Some(error.to_string()), case.error, "{case:?}"),
            Ok(deadline) => {
                assert_eq!(Some(deadline.transfer_by), case.transfer_by, "{case:?}");
                assert_eq!(Some(deadline.answer_by), case.answer_by, "{case:?}");
                assert_eq!(deadline.citations()[0].number, "国办秘函〔2019〕19号");
                assert!(deadline.explain().contains("3个工作日内答复"), "{}", deadline.explain());
            }
        }
    }
}
