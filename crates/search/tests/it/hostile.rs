//! No text makes a query fail.

use std::sync::OnceLock;

use proptest::prelude::*;
use search::{Entry, Query, Sort};

use crate::support::{TestIndex, entry, numbered, query};

fn shelf() -> &'static TestIndex {
    static SHELF: OnceLock<TestIndex> = OnceLock::new();
    SHELF.get_or_init(|| {
        TestIndex::with(&[
            numbered(
                entry("a", "关于政务公开的通知", "政务公开 title:x AND (y OR \"z\") 2021年"),
                "榕仓政办〔2021〕12号",
            ),
            entry("b", "", ""),
            entry("c", "\u{0}\u{202e}\u{200b}", "👩‍👩‍👧 ﷺ ㍿ ① ½ İ ß ﬁ"),
        ])
    })
}

#[test]
fn known_hostile_texts_are_answered() {
    let long = "政务公开".repeat(50_000);
    let quotes = "\"".repeat(1_000);
    let phrases = "“政务”".repeat(1_000);
    for words in [
        "title:政务 AND (公开 OR [a TO z]) NOT *",
        "\"",
        "“",
        "”“",
        "\"\"",
        "+-&|!(){}[]^\"~*?:\\/",
        "，。！？",
        "\u{0}\u{1}\u{7f}",
        "政务\u{0}公开",
        "a^b~2*",
        "ﷺ",
        "👩‍👩‍👧",
        "İ",
        "①",
        &long,
        &quotes,
        &phrases,
    ] {
        let results = shelf().index.query(&query(words)).unwrap();
        assert!(results.hits.len() <= 10);
    }
    assert_eq!(shelf().find("title:政务 AND NOT 公开").hits[0].id, "a");
    assert_eq!(shelf().find(&long).hits[0].id, "a");
}

#[test]
fn punctuation_alone_finds_nothing() {
    assert_eq!(shelf().find("，。“！”").total, 0);
}

#[test]
fn absurd_pages_are_cut() {
    let absurd = Query {
        offset: usize::MAX,
        size: usize::MAX,
        ..query("政务")
    };
    assert!(shelf().index.query(&absurd).unwrap().hits.is_empty());
    assert!(
        shelf()
            .index
            .query(&Query {
                size: 0,
                ..query("政务")
            })
            .unwrap()
            .hits
            .is_empty()
    );
}

fn typed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[政务公开通知年号榕]{1,8}",
        "[\"“”()〔〕\\[\\]0-9号 ]{1,8}",
        Just("榕仓政办〔2021〕12号".to_owned()),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_answered(words in typed(), newest in any::<bool>()) {
        let sort = if newest { Sort::Newest } else { Sort::Relevance };
        let results = shelf().index.query(&Query { sort, ..query(&words) }).unwrap();
        prop_assert!(results.hits.len() <= results.total);
        prop_assert!(results.hits.windows(2).all(|two| newest || two[0].score >= two[1].score || words.trim().is_empty()));
    }

    #[test]
    fn any_substring_of_a_title_is_found_as_a_phrase(start in 0_usize..9, length in 1_usize..9) {
        let part: String = "关于政务公开的通知".chars().skip(start).take(length).collect();
        prop_assert!(shelf().find(&format!("“{part}”")).hits.iter().any(|hit| hit.id == "a"), "{part}");
    }
}

proptest! {
    // Each case commits to disk.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_can_be_put_and_read_back(title in any::<String>(), body in any::<String>()) {
        static INDEX: OnceLock<TestIndex> = OnceLock::new();
        let test = INDEX.get_or_init(TestIndex::new);
        let put: Entry = entry("x", &title, &body);
        let mut writer = test.index.writer().unwrap();
        writer.put(&put).unwrap();
        writer.commit(1).unwrap();
        drop(writer);
        prop_assert_eq!(test.index.get("x").unwrap(), Some(put));
    }
}
