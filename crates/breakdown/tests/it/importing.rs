//! Import and preview: what is doubted, what is refused, what is recognised.

use breakdown::importing::model::{Answers, State};
use breakdown::importing::{adopt, service};
use bytes::Bytes;
use kit::Error;

use crate::support::{Place, TABLE, on_both};

on_both!(a_preview_shows_every_doubt, preview_story);

async fn preview_story(place: &Place) {
    let preview = place.import(TABLE).await.unwrap();
    assert_eq!(
        (preview.year, preview.rows.len(), preview.state),
        (2021, 6, State::Preview)
    );
    assert_eq!(
        preview.rows[0].requirement, "在政府信息公开专栏集中展示。",
        "a line break inside a sentence vanishes"
    );
    assert_eq!(
        preview.rows[4].lead,
        ["区司法局", "区教育局"],
        "names run together are two units"
    );
    assert_eq!(preview.rows[5].lead_note.as_deref(), Some("负责区政府规章"));
    assert_eq!(preview.unknown, [(3, "区大数据中心".to_string())]);
    let doubted: Vec<(u32, &str)> = preview
        .doubts
        .iter()
        .filter_map(|d| Some((d.task?, d.column.as_deref()?)))
        .collect();
    for place in [
        (2, "lead"),
        (3, "lead"),
        (4, "responsible"),
        (5, "lead"),
        (6, "requirement"),
    ] {
        assert!(doubted.contains(&place), "{place:?} in {doubted:?}");
    }

    let refused = adopt(&place.site, &place.coordinator, preview.id).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused { what, .. } if what.contains("第3项") && what.contains("区大数据中心")));
    assert!(breakdown::tasks::overview(&place.site, 2021).await.unwrap().is_none());
}

on_both!(the_same_table_is_recognised, again_story);

async fn again_story(place: &Place) {
    let first = place.import(TABLE).await.unwrap();
    // Other spaces and another line break: the same words.
    let spaced = TABLE
        .replace("集中\n展示", "集中展示")
        .replace("区司法局区教育局", "区司法局 区教育局");
    let again = place.import(&spaced).await.unwrap();
    assert!(again.known_before && !first.known_before);
    assert_eq!(again.id, first.id);

    service::set_aside(&place.site, &place.coordinator, first.id, "")
        .await
        .unwrap();
    let back = place.import(TABLE).await.unwrap();
    assert_eq!(
        (back.id, back.state),
        (first.id, State::Preview),
        "a table given up comes back with its answers"
    );

    let changed = place
        .import(&TABLE.replace("公开办事指南", "公开服务指南"))
        .await
        .unwrap();
    assert!(changed.id != first.id, "other words are another table");
}

on_both!(a_correction_keeps_the_original, correction_story);

async fn correction_story(place: &Place) {
    let preview = place.import(TABLE).await.unwrap();
    let mut answers = Answers::default();
    answers.units.insert("区大数据中心".into(), place.unit("区政府办"));
    let cells = [("requirement".to_string(), "对重要政策及时解读。".to_string())];
    answers.cells.insert("6".into(), cells.into());
    service::answer(&place.site, &place.coordinator, preview.id, answers, 2021, None)
        .await
        .unwrap();
    let corrected = service::preview(&place.site, preview.id).await.unwrap();
    assert_eq!(corrected.rows[5].requirement, "对重要政策及时解读。");
    assert!(corrected.unknown.is_empty());
    adopt(&place.site, &place.coordinator, preview.id).await.unwrap();
    let again = place.import(TABLE).await.unwrap();
    assert!(again.known_before, "the draft as read is what a table is recognised by");
}

on_both!(what_is_no_table_is_refused_with_its_place, refusal_story);

async fn refusal_story(place: &Place) {
    let table = TABLE.replace("\t工作要求\n\t牵头单位\n\t责任单位\n\n\t一、", "\t牵头单位\n\n\t一、");
    for (text, word) in [
        ("没有表格的一段话", "没有表格"),
        (table.as_str(), "缺少"),
        (&TABLE.replace("2.公开", "1.公开"), "重复"),
        ("秘密★一年\n2021年任务分解表\n", "涉密"),
    ] {
        let refused = place.import(text).await.unwrap_err();
        let Error::Refused { what, .. } = &refused else {
            panic!("{refused:?}")
        };
        assert!(what.contains(word), "{what}");
    }
    let zip = Bytes::from_static(b"PK\x03\x04 not really");
    let broken = breakdown::importing::import(&place.site, &place.coordinator, &place.reader, "表.docx", zip).await;
    assert!(matches!(broken, Err(Error::Refused { .. })));
    let clerk = place.clerk("区财政局");
    let bytes = Bytes::copy_from_slice(TABLE.as_bytes());
    let forbidden = breakdown::importing::import(&place.site, &clerk, &place.reader, "表.txt", bytes).await;
    assert!(matches!(forbidden, Err(Error::Forbidden(_))));
}
