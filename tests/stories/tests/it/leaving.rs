//! Somebody leaves and hands their work over.

use kit::permission::Role;
use stories::TestApp;
use stories::word;

use crate::support::Office;

on_both_databases!(
    open_work_passes_on_and_is_not_approved_by_whoever_took_it_over,
    a_hand_over_that_cannot_be_is_refused_and_changes_nothing,
);

async fn open_work_passes_on_and_is_not_approved_by_whoever_took_it_over(app: TestApp) {
    let office = Office::of(&app, "区财政局").await;
    let document = office
        .upload(
            &app,
            "区财政局",
            "资金办法.docx",
            &word::of_lines(&["资金办法", "怎么管理。"]),
        )
        .await;
    office.describe(&document, &[]).await.expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let leaver = office.drafter.actor.as_ref().unwrap().account.unwrap();
    let successor = office.approver.actor.as_ref().unwrap().account.unwrap().to_string();
    let link = kit::account::issue_link(&app.site, &kit::account::Actor::program("测试"), leaver)
        .await
        .unwrap();

    let place = format!("/accounts/{leaver}/leave");
    security.get(&place).await.expect(200).expect_words("资金办法");
    office.drafter.get("/").await.expect(200);
    let today = app.site.clock.today().to_string();
    let fields = [("successor", successor.as_str()), ("left_on", today.as_str())];
    let done = security.submit(&place, &fields).await.expect(303);
    let list = security.follow(done).await.expect(200).expect_words("资金办法");
    list.expect_words("区财政局 · 经办人员");

    office.drafter.get("/").await.expect(303);
    app.stranger().get(&format!("/links/{link}")).await.expect(422);
    let refused = office.approve(&document).await;
    refused.expect(422).expect_words("您参与了这份文件的起草或送审");
    let other = app.staff(Role::Approver, "区财政局").await;
    let seen = other.get(&document).await.expect(200).value("seen");
    let fields = [("seen", seen.as_str()), ("remark", "同意。")];
    other.submit(&format!("{document}/approve"), &fields).await.expect(303);
    let history = app
        .number("SELECT count(*) FROM revision WHERE created_by IS NULL")
        .await;
    assert_eq!(history, 0, "who wrote it still stands with it");
}

async fn a_hand_over_that_cannot_be_is_refused_and_changes_nothing(app: TestApp) {
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let drafter = app.staff(Role::Drafter, "区财政局").await;
    let gone = app.staff(Role::Drafter, "区财政局").await;
    let id = |v: &stories::Visitor| v.actor.as_ref().unwrap().account.unwrap().to_string();
    security
        .submit(&format!("/accounts/{}/disable", id(&gone)), &[])
        .await
        .expect(303);
    let place = format!("/accounts/{}/leave", id(&drafter));
    let today = app.site.clock.today();
    let tomorrow = today.succ_opt().unwrap().to_string();
    let today = today.to_string();
    for (successor, day, words) in [
        (id(&gone), &today, "已停用"),
        (id(&drafter), &today, "另一个岗位"),
        (id(&security), &tomorrow, "还没有到"),
        (String::new(), &today, "请选择"),
        (id(&security), &"昨天".to_string(), "离岗日期"),
    ] {
        let fields = [("successor", successor.as_str()), ("left_on", day.as_str())];
        security.submit(&place, &fields).await.expect(422).expect_words(words);
    }
    let own = format!("/accounts/{}/leave", id(&security));
    let successor = id(&drafter);
    let fields = [("successor", successor.as_str()), ("left_on", today.as_str())];
    security.submit(&own, &fields).await.expect(422).expect_words("自己");
    drafter.submit(&own, &fields).await.expect(403);
    drafter.get("/").await.expect(200);
    assert_eq!(app.number("SELECT count(*) FROM departure").await, 0);
}
