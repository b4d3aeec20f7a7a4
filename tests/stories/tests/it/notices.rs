//! Urging and supervising over the desk's pages, the ledger, the jobs of the system administrator.

use chrono::NaiveDate;
use kit::permission::Role;
use stories::TestApp;

use crate::breakdown::adopted;
use crate::support::Office;

on_both_databases!(
    a_unit_is_supervised_answers_and_is_closed,
    who_approves_is_told_of_what_is_sent,
    jobs_are_the_system_administrators,
);

const UNIT: &str = "区财政局";

async fn a_unit_is_supervised_answers_and_is_closed(app: TestApp) {
    let coordinator = adopted(&app).await;
    let clerk = app.staff(Role::Drafter, UNIT).await;
    let stranger = app.staff(Role::Drafter, "区司法局").await;
    app.clock.set_date(NaiveDate::from_ymd_opt(2021, 7, 5).unwrap());
    for visitor in [&coordinator, &clerk, &stranger] {
        visitor.sign_in_again().await;
    }
    assert!(coordinator.get("/board").await.expect(200).count("a[href=\"/urge\"]") == 1);
    clerk.get("/urge").await.expect(403);
    coordinator.get("/urge").await.expect(200).expect_words(UNIT);
    let unit = app.unit(UNIT).await.id.to_string();
    let form = coordinator.get(&format!("/urge?unit={unit}")).await.expect(200);
    let due = form.value("due");
    assert_eq!(due, "2021-07-08", "three working days");
    let mut fields = vec![
        ("task", ""),
        ("unit", unit.as_str()),
        ("kind", "supervise"),
        ("due", "2021-07-01"),
    ];
    fields.push(("words", "示例：请写明原因。"));
    let refused = coordinator.submit("/urge", &fields).await.expect(422);
    assert!(
        refused.says("已经过去") && refused.says("示例：请写明原因。"),
        "{refused}"
    );
    fields[3].1 = &due;
    let notice = coordinator.submit("/urge", &fields).await.expect(303).location();
    coordinator
        .submit("/urge", &fields)
        .await
        .expect(422)
        .expect_words("今天已经");

    let work = clerk.get("/").await.expect(200);
    assert_eq!(work.text_of(".bell .count").chars().next(), Some('1'), "{work}");
    assert!(work.says("督办："), "{work}");
    stranger.get(&notice).await.expect(404);
    clerk.get(&notice).await.expect(200).expect_words("未完成");
    assert_eq!(clerk.get("/").await.expect(200).count(".bell .count"), 0, "read");
    clerk
        .submit(&format!("{notice}/answer"), &[("reply", "")])
        .await
        .expect(422);
    clerk
        .submit(
            &format!("{notice}/answer"),
            &[("reply", "=HYPERLINK(\"x\") 本周内报送。")],
        )
        .await
        .expect(303);
    let ledger = coordinator.get("/notices/ledger?state=answered").await.expect(200);
    assert!(ledger.says("本周内报送") && ledger.says(UNIT), "{ledger}");
    let csv = coordinator.get("/notices/ledger.csv").await.expect(200).source();
    assert!(csv.contains("'=HYPERLINK"), "{csv}");
    coordinator.get("/notices/ledger.xlsx").await.expect(200);
    clerk.get("/notices/ledger").await.expect(403);
    clerk
        .submit(&format!("{notice}/close"), &[("note", "")])
        .await
        .expect(403);
    coordinator
        .submit(&format!("{notice}/close"), &[("note", "已核实。")])
        .await
        .expect(303);
    assert!(
        !coordinator
            .get("/notices/ledger?state=open")
            .await
            .expect(200)
            .says(UNIT_TASKS)
    );
    coordinator.get("/notices").await.expect(200).expect_words("督办已答复");
}

const UNIT_TASKS: &str = "年政务公开任务：";

async fn who_approves_is_told_of_what_is_sent(app: TestApp) {
    let office = Office::of(&app, UNIT).await;
    let lines = ["示例区资金管理办法", "第一条 资金怎么管理。"];
    let document = office
        .upload(&app, UNIT, "办法.docx", &stories::word::of_lines(&lines))
        .await;
    office.describe(&document, &[]).await.expect(303);
    office
        .drafter
        .submit(&format!("{document}/submit"), &[])
        .await
        .expect(303);
    let list = office.approver.get("/notices").await.expect(200);
    assert!(list.says("待审批：示例区资金管理办法"), "{list}");
    assert!(!office.drafter.get("/notices").await.expect(200).says("待审批"));
    office.drafter.get("/notices/ways").await.expect(200);
    office
        .drafter
        .submit("/notices/ways", &[("mail-urge", "1")])
        .await
        .expect(303);
    let ways = office.drafter.get("/notices/ways").await.expect(200);
    assert_eq!(ways.count("input[name=\"mail-urge\"][checked]"), 1);
    assert_eq!(ways.count("input[name=\"sms-urge\"][checked]"), 0);
}

async fn jobs_are_the_system_administrators(app: TestApp) {
    let administrator = app.staff(Role::SystemAdministrator, None).await;
    let coordinator = app.staff(Role::Coordinator, None).await;
    coordinator.get("/jobs").await.expect(403);
    administrator.get("/jobs").await.expect(200).expect_words("队列正常");
    administrator
        .get("/jobs?state=poisoned&kind=nothing&page=7")
        .await
        .expect(200);
    administrator
        .submit("/jobs/retry", &[("kind", "kit.sweep")])
        .await
        .expect(422)
        .expect_words("没有多次失败");
    app.stranger().get("/readyz").await.expect(200);
}
