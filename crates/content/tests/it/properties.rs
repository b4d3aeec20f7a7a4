use std::collections::{BTreeMap, HashSet};

use content::html::{DifferenceView, View, render, render_difference};
use content::{Document, PictureId, PieceKind, Side, canonical, check, difference, digest, keep_ids, words};
use proptest::prelude::*;
use serde_json::Value;

use super::generate::{document, words as arbitrary_words};

/// Serialises by way of sorted maps, as an independent statement of what the canonical form is.
fn sorted(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{}:{}", Value::String((*name).clone()), sorted(value)))
                .collect();
            format!("{{{}}}", fields.join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(sorted).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn json_round_trip(document in document()) {
        let json = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
    }

    #[test]
    fn the_canonical_form_is_the_stored_json_with_sorted_keys(document in document()) {
        let canonical = String::from_utf8(canonical::bytes(&document)).unwrap();
        prop_assert_eq!(&canonical, &sorted(&serde_json::to_value(&document).unwrap()));
        prop_assert_eq!(serde_json::from_str::<Document>(&canonical).unwrap(), document);
    }

    #[test]
    fn digests_are_equal_exactly_when_documents_are(one in document(), other in document()) {
        prop_assert_eq!(digest(&one) == digest(&other), one == other);
        prop_assert_eq!(digest(&one), digest(&one.clone()));
    }

    #[test]
    fn arbitrary_documents_pass_the_checks(document in document()) {
        prop_assert_eq!(check(&document), vec![]);
    }

    #[test]
    fn a_document_does_not_differ_from_itself(document in document()) {
        prop_assert!(difference(&document, &document).is_empty());
    }

    #[test]
    fn the_sides_of_a_difference_are_the_two_documents(old in document(), new in document()) {
        let difference = difference(&old, &new);
        prop_assert_eq!(difference.text(Side::Old), old.text());
        prop_assert_eq!(difference.text(Side::New), new.text());
    }

    #[test]
    fn the_pieces_of_words_are_the_two_texts(old in arbitrary_words(), new in arbitrary_words()) {
        let pieces = words(&old, &new);
        let side = |hidden| pieces.iter().filter(|p| p.kind != hidden).map(|p| p.text.as_str()).collect::<String>();
        prop_assert_eq!(side(PieceKind::Inserted), old);
        prop_assert_eq!(side(PieceKind::Deleted), new);
    }

    #[test]
    fn ids_carried_on_are_unique_and_stay_with_unchanged_documents(old in document(), new in document()) {
        let kept = keep_ids(&old, new);
        prop_assert_eq!(check(&kept), vec![]);
        prop_assert_eq!(keep_ids(&kept, kept.clone().with_fresh_ids()), kept.clone());
        let old_ids: HashSet<_> = old.all_blocks().iter().map(|block| block.id.clone()).collect();
        let carried = kept.all_blocks().iter().filter(|block| old_ids.contains(&block.id)).count();
        prop_assert!(carried <= old_ids.len());
    }

    #[test]
    fn every_document_and_difference_renders_balanced_markup(old in document(), new in document()) {
        let picture = |id: &PictureId| format!("/pictures/{}", id.0);
        assert_balanced(render(&old, &View::of_page(&picture)).as_str());
        let view = View { heading_offset: 1, picture: &picture, ids: false };
        let shown = render_difference(&difference(&old, &new), &DifferenceView { view, context: Some(1) });
        assert_balanced(shown.as_str());
    }
}

/// Every element that is opened is closed in order; `<` stands nowhere else.
fn assert_balanced(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for part in html.split('<').skip(1) {
        let tag = part.split('>').next().unwrap_or_default();
        let name = tag.split(' ').next().unwrap_or_default();
        if let Some(closed) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed), "{html}");
        } else if !["br", "img"].contains(&name) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} left open in {html}");
}
