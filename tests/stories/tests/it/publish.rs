//! From a file on an office's disk to a page that the public finds, and to the end of that page.

use chrono::NaiveDate;
use stories::{Page, TestApp, word};

use crate::support::{Office, search, snapshot, titles};

on_both_databases!(
    a_word_file_becomes_a_page_that_is_found,
    what_is_wrong_is_said_beside_the_field_and_nothing_is_lost,
    returned_with_a_remark_and_sent_again,
    a_withdrawn_page_stays_under_a_banner,
    a_page_taken_down_is_gone_from_everywhere,
    a_correction_is_a_new_edition_with_a_public_note,
);

const UNIT: &str = "区财政局";
const TITLE: &str = "示例区财政资金直达基层管理办法";

fn policy_file() -> Vec<u8> {
    let body = [
        word::heading(TITLE),
        word::heading("第一章 总则"),
        word::paragraph("第一条 为规范直达资金管理，制定本办法。"),
        word::merged_table(["补助标准", "城镇", "一类区", "二类区", "农村", "三类区"]),
        word::picture(),
    ];
    word::document(&body.concat(), &[])
}

async fn a_word_file_becomes_a_page_that_is_found(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = office.upload(&app, UNIT, "管理办法.docx", &policy_file()).await;
    let attachment = ("file", "附件：申报表.txt", "申报表内容".as_bytes());
    office
        .drafter
        .upload(&format!("{document}/attachments"), &[], attachment)
        .await
        .expect(303);
    let number = [
        ("doc_number", "示财[2021]5号"),
        ("summary", "规定直达资金怎样下达和监督。"),
    ];
    office.describe(&document, &number).await.expect(303);
    assert_eq!(
        app.citizen().get("/p/2021/1").await.status,
        404,
        "nothing is public before its release"
    );

    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    let page = office.drafter.get(&document).await.expect(200);
    assert_eq!(
        page.count("form[action$='/approve']"),
        0,
        "who drafted is offered no approval"
    );
    let own = office
        .drafter
        .submit(
            &format!("{document}/approve"),
            &[("seen", &seen(&office, &document).await)],
        )
        .await;
    own.expect(403);
    office
        .drafter
        .submit(&format!("{document}/release"), &[])
        .await
        .expect(422)
        .expect_words("不能发布");
    office.approve(&document).await.expect(303);
    office.drafter.get(&format!("{document}/release")).await.expect(200);
    office
        .drafter
        .submit(&format!("{document}/release"), &[])
        .await
        .expect(303);

    let citizen = app.citizen();
    let page = citizen.get("/p/2021/1").await.expect(200);
    labels_are_right(&app, &page);
    metadata_box_is_right(&page);
    assert_eq!(
        page.texts_of(".text th[colspan='2'], .text td[colspan='2']"),
        ["补助标准"]
    );
    assert_eq!(page.texts_of(".text td[rowspan='2'], .text th[rowspan='2']"), ["城镇"]);
    assert!(
        page.texts_of(".text h2, .text h3").iter().any(|h| h == "第一章 总则"),
        "{page}"
    );
    snapshot("document", &page);

    let picture = page.attributes_of(".text img", "src").remove(0);
    let shown = citizen.get(&picture).await.expect(200);
    assert_eq!(
        (shown.header("content-type").unwrap().as_str(), &shown.bytes[..]),
        ("image/png", word::PNG)
    );
    let file = citizen.get(&page.link("附件：申报表.txt")).await.expect(200);
    assert_eq!(file.source(), "申报表内容");
    assert!(file.header("content-disposition").unwrap().starts_with("attachment;"));

    for words in [
        "直达资金 管理",
        "示财〔2021〕5号",
        "示财[2021]5号",
        "示财（2021）5号",
        "\"为规范直达资金管理\"",
    ] {
        assert_eq!(
            titles(&citizen.get(&search(words)).await.expect(200)),
            [TITLE],
            "{words}"
        );
    }
    assert!(citizen.get("/units/czj").await.expect(200).says(TITLE));
    assert!(citizen.get("/").await.expect(200).says(TITLE));
    assert_eq!(
        app.number("SELECT count(*) FROM audit_entry WHERE action = 'publishing.release'")
            .await,
        1
    );
}

async fn seen(office: &Office, document: &str) -> String {
    office.approver.get(document).await.expect(200).value("seen")
}

/// Every label that a content page must carry stands in its head exactly once and says what the page shows.
fn labels_are_right(app: &TestApp, page: &Page) {
    let content = |name: &str| {
        let all = page.attributes_of(&format!("head > meta[name='{name}']"), "content");
        assert_eq!(all.len(), 1, "{name} stands once: {all:?}");
        all.into_iter().next().unwrap()
    };
    let required = [
        "SiteName",
        "SiteDomain",
        "SiteIDCode",
        "ColumnName",
        "ColumnDescription",
        "ColumnKeywords",
        "ColumnType",
        "ArticleTitle",
        "PubDate",
        "ContentSource",
    ];
    for name in required {
        assert!(!content(name).trim().is_empty(), "{name} is empty");
    }
    for name in ["Keywords", "Author", "Description", "Image", "Url"] {
        assert!(
            page.count(&format!("meta[name='{name}']")) <= 1,
            "{name} stands at most once"
        );
    }
    assert_eq!(content("SiteDomain"), "www.example.gov.cn");
    assert_eq!(content("ArticleTitle"), page.text_of("h1"));
    assert_eq!(content("PubDate"), "2021-05-10 10:00");
    assert!(page.text_of(".doc-time").contains("2021-05-10 10:00"));
    assert!(page.says(&format!("网站标识码：{}", content("SiteIDCode"))));
    assert_eq!(content("Url"), format!("{}/p/2021/1", app.site.profile.public_url));
    assert_eq!(content("ColumnType"), "政策文件");
}

/// The eight statutory fields stand in their order.
fn metadata_box_is_right(page: &Page) {
    let names = [
        "索引号",
        "主题分类",
        "发文机关",
        "成文日期",
        "标题",
        "发文字号",
        "发布日期",
        "有效性",
    ];
    assert_eq!(page.texts_of(".meta-box dt"), names);
    let values = page.texts_of(".meta-box dd");
    assert_eq!(values[0], "FZ00000-0100-2021-00001");
    assert_eq!(values[3], "2021年5月8日");
    assert_eq!(values[4], TITLE);
    assert_eq!(values[5], "示财〔2021〕5号");
    assert_eq!(values[6], "2021年5月10日");
    assert!(
        values[7].contains("自2021年6月1日起施行，有效期至2026年5月31日"),
        "{}",
        values[7]
    );
}

async fn what_is_wrong_is_said_beside_the_field_and_nothing_is_lost(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = office.upload(&app, UNIT, "管理办法.docx", &policy_file()).await;
    let wrong = [
        ("title", "新拟的标题"),
        ("doc_number", "不是文号"),
        ("written_on", "2021-02-30"),
        ("valid_until", "2020-01-01"),
        ("summary", "写了很久的概述"),
        ("attribute_reason", "写了很久的理由"),
    ];
    let page = office.describe(&document, &wrong).await.expect(422);
    assert!(page.error_of("written_on").unwrap().contains("2021-02-30"), "{page}");
    for (field, typed) in wrong {
        assert_eq!(page.value(field), typed, "{field} keeps what was typed");
    }
    assert_eq!(page.attributes_of(".error-summary a", "href"), ["#written_on"]);

    let page = office
        .describe(&document, &[("doc_number", "不是文号"), ("written_on", "2021-05-11")])
        .await
        .expect(422);
    assert!(page.error_of("doc_number").is_some(), "{page}");
    assert!(page.error_of("written_on").unwrap().contains("不能晚于今天"), "{page}");
    assert_eq!(
        app.number("SELECT count(*) FROM revision").await,
        1,
        "nothing refused is stored"
    );

    let refused = office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(422);
    for missing in ["主题分类", "成文日期", "有效期至"] {
        assert!(refused.says(missing), "{missing} is not named in {refused}");
    }
}

async fn returned_with_a_remark_and_sent_again(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = office.upload(&app, UNIT, "管理办法.docx", &policy_file()).await;
    office.describe(&document, &[]).await.expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    let sent = office.describe(&document, &[("title", "送审后再改")]).await.expect(422);
    assert!(sent.says("不能修改"), "{sent}");

    office
        .approver
        .submit(&format!("{document}/return"), &[("remark", " ")])
        .await
        .expect(422)
        .expect_words("原因");
    office
        .approver
        .submit(&format!("{document}/return"), &[("remark", "第三条与上位法不一致")])
        .await
        .expect(303);
    let page = office.drafter.get(&document).await.expect(200);
    assert!(page.says("退回修改") && page.says("第三条与上位法不一致"), "{page}");
    office
        .describe(&document, &[("title", "示例区财政资金直达基层管理办法（修订）")])
        .await
        .expect(303);
    let path = office.finish(&app, &document).await;
    app.citizen().get(&path).await.expect(200).expect_words("（修订）");
    let difference = office
        .drafter
        .get(&format!("{document}/difference?from=2&to=3"))
        .await
        .expect(200);
    assert!(difference.says("（修订）"), "{difference}");
}

async fn a_withdrawn_page_stays_under_a_banner(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let mut published = Vec::new();
    for title in ["示例区资金管理办法甲", "示例区资金管理办法乙"] {
        let (document, path) = office.publish(&app, UNIT, &[title, "资金管理的规定。"], &[]).await;
        published.push((title, document, path));
    }
    let citizen = app.citizen();
    let found = titles(&citizen.get(&search("资金管理办法")).await.expect(200));
    assert_eq!(found.len(), 2);
    // Whichever stands first is withdrawn, so that its place afterwards is due to that.
    published.sort_by_key(|(title, ..)| found.iter().position(|f| f == title));
    let [(old_title, old, old_path), (new_title, _, new_path)] = <[_; 2]>::try_from(published).unwrap();

    office.drafter.get(&format!("{old}/mark")).await.expect(403);
    let silent = office
        .approver
        .submit(&format!("{old}/mark"), &[("reason", "")])
        .await
        .expect(422);
    assert!(silent.says("没有写撤稿的原因"), "{silent}");
    let nowhere = [("reason", "内容有误"), ("successor", "/p/2021/99")];
    let refused = office
        .approver
        .submit(&format!("{old}/mark"), &nowhere)
        .await
        .expect(422);
    assert!(refused.says("不存在"), "{refused}");
    app.clock.set_date(NaiveDate::from_ymd_opt(2021, 7, 1).unwrap());
    office.sign_in_again().await;
    let told = [("reason", "依据的上位法已修改"), ("successor", new_path.as_str())];
    office.approver.submit(&format!("{old}/mark"), &told).await.expect(303);

    let page = citizen.get(&old_path).await.expect(200);
    let banner = page.text_of(".banner--marked");
    for words in ["2021年7月1日（星期四）", "依据的上位法已修改", new_title] {
        assert!(banner.contains(words), "“{words}” is missing in {banner}");
    }
    assert!(
        page.text_of(".meta-box").contains("已撤稿") && page.says("资金管理的规定。"),
        "{page}"
    );
    let hits = citizen.get(&search("资金管理办法")).await.expect(200);
    assert_eq!(titles(&hits), [new_title, old_title], "what is in force stands first");
    office.approver.submit(&format!("{old}/mark"), &told).await.expect(422);
}

async fn a_page_taken_down_is_gone_from_everywhere(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = office.upload(&app, UNIT, "管理办法.docx", &policy_file()).await;
    let attachment = ("file", "申报表.txt", "申报表内容".as_bytes());
    office
        .drafter
        .upload(&format!("{document}/attachments"), &[], attachment)
        .await
        .expect(303);
    office
        .describe(&document, &[("doc_number", "示财〔2021〕5号")])
        .await
        .expect(303);
    let path = office.finish(&app, &document).await;
    let citizen = app.citizen();
    let page = citizen.get(&path).await.expect(200);
    let (picture, file) = (
        page.attributes_of(".text img", "src").remove(0),
        page.link("申报表.txt"),
    );
    // Somebody prepares a correction while the page is taken down.
    office
        .drafter
        .submit(&format!("{document}/revise"), &[])
        .await
        .expect(303);

    app.clock.set_date(NaiveDate::from_ymd_opt(2021, 5, 12).unwrap());
    office.sign_in_again().await;
    office
        .approver
        .submit(&format!("{document}/take-down"), &[("reason", "公示期满")])
        .await
        .expect(303);
    let tombstone = citizen.get(&path).await.expect(410);
    for gone in [
        TITLE,
        "第一章",
        "直达",
        "示财",
        "公示期满",
        "申报表",
        "FZ00000-0100-2021-00001",
    ] {
        assert!(
            !tombstone.source().contains(gone),
            "“{gone}” still stands in:\n{}",
            tombstone.source()
        );
    }
    assert!(tombstone.says("2021年5月12日"), "{tombstone}");
    snapshot("tombstone", &tombstone);
    for address in [&picture, &file] {
        citizen.get(address).await.expect(404);
    }
    let etag = page.header("etag").unwrap();
    assert_eq!(
        citizen.get_with(&path, &[("if-none-match", &etag)]).await.status,
        410,
        "a kept copy is not confirmed"
    );
    for list in [
        "/",
        "/releases",
        "/units/czj",
        "/map",
        &search("直达资金"),
        &search("示财〔2021〕5号"),
    ] {
        let source = citizen.get(list).await.expect(200).source();
        assert!(
            !source.contains(TITLE) && !source.contains(&format!("\"{path}\"")),
            "{list} still names the page"
        );
    }

    // Its address is never used again, not even by the correction that was under way.
    office.describe(&document, &[]).await;
    office.drafter.submit(&format!("{document}/submit"), &[]).await;
    office
        .approver
        .submit(&format!("{document}/approve"), &[("seen", &revision(&app).await)])
        .await;
    office
        .drafter
        .submit(&format!("{document}/release"), &[("reason", "更正")])
        .await
        .expect(422);
    citizen.get(&path).await.expect(410);
}

/// The newest revision there is.
async fn revision(app: &TestApp) -> String {
    use sea_orm::{ConnectionTrait, Statement};
    let newest = Statement::from_string(
        app.site.db.backend(),
        "SELECT id FROM revision ORDER BY number DESC LIMIT 1",
    );
    let row = app.site.db.read().query_one_raw(newest).await.unwrap().unwrap();
    row.try_get_by_index::<uuid::Uuid>(0).unwrap().to_string()
}

async fn a_correction_is_a_new_edition_with_a_public_note(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let (document, path) = office.publish(&app, UNIT, &[TITLE, "补助标准为一百元。"], &[]).await;
    let citizen = app.citizen();
    let before = citizen.get(&path).await.expect(200);
    app.clock.set_date(NaiveDate::from_ymd_opt(2021, 5, 13).unwrap());
    office.sign_in_again().await;
    office
        .drafter
        .submit(&format!("{document}/revise"), &[])
        .await
        .expect(303);
    office
        .drafter
        .submit(&format!("{document}/revise"), &[])
        .await
        .expect(422);
    let text = word::of_lines(&[TITLE, "补助标准为二百元。"]);
    let seen = office.drafter.get(&document).await.expect(200).value("seen");
    let sent = office
        .drafter
        .upload(
            &format!("{document}/text"),
            &[("seen", &seen)],
            ("file", "新稿.docx", &text),
        )
        .await;
    sent.expect(303);
    assert_eq!(
        citizen.get(&path).await.expect(200).source(),
        before.source(),
        "a draft changes nothing in public"
    );

    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    office.approve(&document).await.expect(303);
    let silent = office
        .drafter
        .submit(&format!("{document}/release"), &[])
        .await
        .expect(422);
    assert!(silent.says("没有写更正说明"), "{silent}");
    let note = [("reason", "补助标准由一百元更正为二百元")];
    office
        .drafter
        .submit(&format!("{document}/release"), &note)
        .await
        .expect(303);

    let page = citizen.get(&path).await.expect(200);
    assert!(
        page.says("补助标准为二百元。") && !page.says("补助标准为一百元。"),
        "{page}"
    );
    let changes = page.texts_of(".changes li");
    assert_eq!(changes.len(), 2);
    assert!(
        changes[0].contains("2021年5月13日") && changes[0].contains("补助标准由一百元更正为二百元"),
        "{changes:?}"
    );
    assert!(changes[1].contains("首次发布"), "{changes:?}");
    assert_ne!(before.header("etag"), page.header("etag"));
    let kinds = app
        .number("SELECT count(*) FROM journal_entry WHERE kind = 'corrected' AND position = 2")
        .await;
    assert_eq!(kinds, 1);
    assert_eq!(
        titles(&citizen.get(&search("补助标准")).await.expect(200)),
        [TITLE],
        "one document is one hit"
    );
}
