//! Document numbers and validity.

use chrono::NaiveDate;
use proptest::prelude::*;
use serde::Deserialize;
use statute::document::number::{self, DocumentNumber};
use statute::document::validity::{Validity, ValidityFacts, expiry};
use statute::parameters::Parameters;

use crate::vectors;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NumberCase {
    text: String,
    canonical: Option<String>,
    #[serde(default)]
    strict: bool,
    #[serde(default)]
    rules: Vec<String>,
    #[serde(default)]
    absent: bool,
    #[serde(default)]
    error: bool,
    #[serde(rename = "note")]
    _note: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ValidityCase {
    on: NaiveDate,
    #[serde(flatten)]
    facts: ValidityFacts,
    state: String,
    next: Option<(NaiveDate, String)>,
}

#[test]
fn document_numbers_by_vector() {
    for case in vectors::read::<NumberCase>("document_numbers") {
        let read = number::read_optional(&case.text);
        assert_eq!(read.is_err(), case.error, "{case:?}: {read:?}");
        let Ok(read) = read else { continue };
        assert_eq!(read.is_none(), case.absent, "{case:?}");
        let Some(read) = read else { continue };
        assert_eq!(Some(read.number.to_string()), case.canonical, "{case:?}");
        let rules: Vec<String> = read.issues.into_iter().map(|issue| issue.rule).collect();
        assert_eq!(rules, case.rules, "{case:?}");
        assert_eq!(number::is_strict(&case.text), case.strict, "{case:?}");
    }
}

#[test]
fn validity_by_vector() {
    for case in vectors::read::<ValidityCase>("validity") {
        let answer = case.facts.on(case.on);
        assert_eq!(answer.state.label(), case.state, "{case:?}");
        let next = answer.next.map(|(date, state)| (date, state.label().to_owned()));
        assert_eq!(next, case.next, "{case:?}");
        assert!(answer.explain.ends_with('。'), "{}", answer.explain);
    }
}

#[test]
fn a_term_ends_the_day_before_its_anniversary() {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    assert_eq!(expiry(day(2021, 6, 15), 5), Some(day(2026, 6, 14)));
    assert_eq!(expiry(day(2020, 2, 29), 5), Some(day(2025, 2, 27)));
    let terms = Parameters::national().unwrap().validity_terms;
    let facts = ValidityFacts {
        effective_from: Some(day(2021, 6, 15)),
        valid_until: Some(day(2026, 6, 14)),
        ..ValidityFacts::default()
    };
    assert_eq!(facts.check_term(false, &terms), None);
    assert_eq!(
        facts.check_term(true, &terms).map(|issue| issue.rule).as_deref(),
        Some("ND-10")
    );
    let backwards = ValidityFacts {
        valid_until: Some(day(2021, 6, 14)),
        ..facts
    };
    assert_eq!(backwards.check().len(), 1);
}

proptest! {
    #[test]
    fn whatever_is_written_is_read_again(code in "[\u{4e00}-\u{9fa5}]{2,20}", year in 1900_u16..2100, serial in 1_u32..100_000) {
        prop_assume!(!code.ends_with("公告") && !code.ends_with("通告"));
        let written = DocumentNumber::Ordinary { code, year, serial };
        let text = written.to_string();
        prop_assert!(number::is_strict(&text), "{}", text);
        prop_assert_eq!(number::read(&text).unwrap().number, written);
    }

    #[test]
    fn any_text_is_answered_and_corrections_are_stable(text in "\\PC{0,24}") {
        if let Ok(read) = number::read(&text) {
            let canonical = read.number.to_string();
            let again = number::read(&canonical).unwrap();
            prop_assert_eq!(again.number, read.number);
            prop_assert!(again.issues.is_empty());
        }
    }

    #[test]
    fn final_states_stay(
        from in 0_u64..2000, length in 0_u64..2000, repealed in proptest::option::of(0_u64..4000), on in 0_u64..5000, later in 0_u64..500,
    ) {
        let base = NaiveDate::from_ymd_opt(2015, 1, 1).unwrap();
        let day = |offset| base + chrono::Days::new(offset);
        let facts = ValidityFacts {
            effective_from: Some(day(from)),
            valid_until: Some(day(from + length)),
            repealed_from: repealed.map(day),
            ..ValidityFacts::default()
        };
        let first = facts.on(day(on));
        if matches!(first.state, Validity::Repealed | Validity::Lapsed) {
            prop_assert_eq!(facts.on(day(on + later)).state, first.state);
            prop_assert!(first.next.is_none());
        }
        if let Some((date, state)) = first.next {
            prop_assert_eq!(facts.on(date).state, state);
            prop_assert_eq!(facts.on(date.pred_opt().unwrap()).state, first.state);
        }
    }
}
