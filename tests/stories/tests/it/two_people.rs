//! Two people at the same document at the same time.

use stories::{TestApp, word};

use crate::support::Office;

on_both_databases!(
    the_second_save_is_refused_and_keeps_what_was_typed,
    a_text_put_in_place_of_one_not_seen_is_refused,
    two_approvals_at_once_are_one,
    two_releases_at_once_are_one,
    approved_is_only_what_was_seen,
);

const UNIT: &str = "区财政局";
const LINES: [&str; 2] = ["示例区资金管理办法", "第一条 资金怎么管理。"];

async fn uploaded(app: &TestApp, office: &Office) -> String {
    office.upload(app, UNIT, "办法.docx", &word::of_lines(&LINES)).await
}

async fn the_second_save_is_refused_and_keeps_what_was_typed(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = uploaded(&app, &office).await;
    let seen = office
        .drafter
        .get(&format!("{document}/metadata"))
        .await
        .expect(200)
        .value("seen");
    office
        .describe(&document, &[("seen", &seen), ("title", "甲先保存的标题")])
        .await
        .expect(303);

    let typed = [
        ("seen", seen.as_str()),
        ("title", "乙写了很久的标题"),
        ("summary", "乙写了很久的概述"),
    ];
    let page = office.describe(&document, &typed).await.expect(409);
    assert!(page.error_of("title").unwrap().contains("第 2 稿"), "{page}");
    assert_eq!(page.value("title"), "乙写了很久的标题");
    assert_eq!(page.value("summary"), "乙写了很久的概述");
    assert!(
        office.drafter.get(&document).await.expect(200).says("甲先保存的标题"),
        "nothing was overwritten"
    );
    // Sending the same page again does not slip through: it still says what it saw.
    assert_eq!(page.value("seen"), seen);
    office.describe(&document, &typed).await.expect(409);
    assert_eq!(app.number("SELECT count(*) FROM revision").await, 2);
}

async fn a_text_put_in_place_of_one_not_seen_is_refused(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = uploaded(&app, &office).await;
    let seen = office.drafter.get(&document).await.expect(200).value("seen");
    office.describe(&document, &[]).await.expect(303);
    let text = word::of_lines(&["示例区资金管理办法", "第一条 另一个人的稿子。"]);
    let fields = [("seen", seen.as_str())];
    let refused = office
        .drafter
        .upload(&format!("{document}/text"), &fields, ("file", "新稿.docx", &text))
        .await
        .expect(409);
    assert!(refused.says("没有覆盖"), "{refused}");
    assert!(!office.drafter.get(&document).await.expect(200).says("另一个人的稿子"));
}

async fn two_approvals_at_once_are_one(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let second = Office::of(&app, UNIT).await;
    let document = uploaded(&app, &office).await;
    office.describe(&document, &[]).await.expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    let seen = office.approver.get(&document).await.expect(200).value("seen");
    let (address, fields) = (format!("{document}/approve"), [("seen", seen.as_str())]);
    second.approver.token().await;
    let (one, two) = tokio::join!(
        office.approver.submit(&address, &fields),
        second.approver.submit(&address, &fields)
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422], "{one}\n{two}");
    assert_eq!(
        app.number("SELECT count(*) FROM edition_status WHERE state = 'approved'")
            .await,
        1
    );
    assert_eq!(
        app.number("SELECT count(*) FROM audit_entry WHERE action = 'publishing.approve'")
            .await,
        1
    );
}

async fn two_releases_at_once_are_one(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = uploaded(&app, &office).await;
    office.describe(&document, &[]).await.expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    office.approve(&document).await.expect(303);
    let address = format!("{document}/release");
    office.approver.token().await;
    let (one, two) = tokio::join!(
        office.drafter.submit(&address, &[]),
        office.approver.submit(&address, &[])
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 422], "{one}\n{two}");
    for table in [
        "document_release",
        "journal_entry",
        "audit_entry WHERE action = 'publishing.release'",
    ] {
        assert_eq!(app.number(&format!("SELECT count(*) FROM {table}")).await, 1, "{table}");
    }
    assert_eq!(
        app.number("SELECT last FROM number_counter WHERE year = 2021").await,
        1,
        "no address was lost"
    );
}

async fn approved_is_only_what_was_seen(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let document = uploaded(&app, &office).await;
    office.describe(&document, &[]).await.expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    let seen = office.approver.get(&document).await.expect(200).value("seen");
    office
        .approver
        .submit(&format!("{document}/return"), &[("remark", "请核对标准")])
        .await
        .expect(303);
    office
        .describe(&document, &[("summary", "改过的概述")])
        .await
        .expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    // The approver's page was opened before all this.
    let stale = office
        .approver
        .submit(&format!("{document}/approve"), &[("seen", &seen)])
        .await
        .expect(409);
    assert!(stale.says("第 3 稿"), "{stale}");
    office.approve(&document).await.expect(303);
}
