//! Many rows from a table: at the desk, and by the program while it is killed.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use kit::permission::Role;
use stories::{TestApp, gongkai};

use crate::kills::{config_file, free_addresses};

on_both_databases!(
    a_coordinator_enters_units_from_a_table,
    the_security_administrator_hands_out_links_after_the_table,
    an_intake_killed_again_and_again_takes_every_row_once,
);

const UNITS: &str = "示例区新设单位\n全称,简称,代码,类别,依据\n示例区数据局,区数据局,sjj,区直单位,示例批复\n示例区<b>局,区粗局,cj,区直单位,示例批复\n示例区坏行,区坏行,坏,区直单位,示例批复\n";

async fn a_coordinator_enters_units_from_a_table(app: TestApp) {
    let coordinator = app.staff(Role::Coordinator, None).await;
    let list = coordinator.get("/units").await.expect(200);
    let intake = list.link("用表格批量导入");
    let page = coordinator
        .get(&intake)
        .await
        .expect(200)
        .expect_words("还没有批量导入过单位");
    let template = coordinator.get(&page.link("下载模板")).await.expect(200);
    assert!(
        template
            .header("content-disposition")
            .unwrap()
            .starts_with("attachment")
    );
    coordinator
        .upload(&intake, &[], ("other", "a.csv", b"x"))
        .await
        .expect(422);
    let bad = coordinator
        .upload(&intake, &[], ("table", "a.csv", "随便\n".as_bytes()))
        .await
        .expect(422);
    assert!(bad.error_of("table").unwrap().contains("没有找到表头"));
    let sent = coordinator
        .upload(&intake, &[], ("table", "新单位.csv", UNITS.as_bytes()))
        .await
        .expect(303);
    let address = sent.location();
    let preview = coordinator
        .get(&address)
        .await
        .expect(200)
        .expect_words("2 行可以导入，1 行有问题");
    assert!(
        preview.says("示例区<b>局") && preview.count("main b") == 0,
        "words of a file stay words"
    );
    assert!(preview.says("代码：请用小写字母"), "{preview}");
    assert!(preview.header("refresh").is_none());
    let before = app.number("SELECT count(*) FROM unit").await;
    coordinator.submit(&format!("{address}/confirm"), &[]).await.expect(303);
    let working = coordinator
        .get(&address)
        .await
        .expect(200)
        .expect_words("正在导入：0 / 3 行");
    assert_eq!(working.header("refresh").as_deref(), Some("3"));
    kit::job::run_due(&app.site).await.unwrap();
    let report = coordinator
        .get(&address)
        .await
        .expect(200)
        .expect_words("导入 2 行，已有 0 行，未导入 1 行");
    assert!(report.header("refresh").is_none());
    assert_eq!(app.number("SELECT count(*) FROM unit").await, before + 2);
    let taken = coordinator.get(&format!("{address}?show=taken")).await.expect(200);
    coordinator
        .get(&taken.link("示例区数据局 区数据局 sjj 区直单位"))
        .await
        .expect(200)
        .expect_words("示例区数据局");
    let xlsx = coordinator.get(&report.link("下载未导入的行")).await.expect(200);
    assert!(xlsx.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(xlsx.header("x-content-type-options").as_deref(), Some("nosniff"));

    let again = coordinator
        .upload(&intake, &[], ("table", "改了名.csv", UNITS.as_bytes()))
        .await
        .expect(303);
    let again = coordinator
        .get(&again.location())
        .await
        .expect(200)
        .expect_words("这个文件以前上传过");
    assert!(again.says("导入 2 行"));
    coordinator
        .get(&intake)
        .await
        .expect(200)
        .expect_words("导入 2，已有 0，未导入 1");

    let clerk = app.staff(Role::Drafter, "区财政局").await;
    for path in [
        intake.as_str(),
        &address,
        &format!("{address}/report.xlsx"),
        &format!("{address}/file"),
    ] {
        clerk.get(path).await.expect(403);
    }
    clerk
        .upload(&intake, &[], ("table", "新单位.csv", UNITS.as_bytes()))
        .await
        .expect(403);
    clerk.submit(&format!("{address}/confirm"), &[]).await.expect(403);
    coordinator.get("/intake/accounts").await.expect(403);
    coordinator.get("/intake/nothing").await.expect(404);
    // An intake is found under its own kind only.
    let security = app.staff(Role::SecurityAdministrator, None).await;
    security
        .get(&address.replace("/units/", "/accounts/"))
        .await
        .expect(404);
}

async fn the_security_administrator_hands_out_links_after_the_table(app: TestApp) {
    let security = app.staff(Role::SecurityAdministrator, None).await;
    let text = "岗位名称,登录名,角色,单位\n区财政局·公开经办,czj-gk,经办人员,区财政局\n";
    let sent = security
        .upload("/intake/accounts", &[], ("table", "账号.csv", text.as_bytes()))
        .await
        .expect(303);
    let address = sent.location();
    security.submit(&format!("{address}/confirm"), &[]).await.expect(303);
    kit::job::run_due(&app.site).await.unwrap();
    let report = security
        .get(&address)
        .await
        .expect(200)
        .expect_words("发放一次性登录链接");
    let account = report.link("区财政局·公开经办 czj-gk 经办人员 区财政局");
    security.get(&account).await.expect(200).expect_words("czj-gk");
    let link = security.submit(&format!("{account}/link"), &[]).await.expect(200);
    assert!(link.text_of("code.once").contains("/links/"));
}

const ROWS: usize = 6000;
/// Moments at which the program is killed, in milliseconds after its start.
const KILLED_AFTER: [u64; 12] = [60, 150, 300, 450, 600, 800, 1000, 1200, 1400, 1700, 2000, 2500];

fn table(folder: &std::path::Path) -> PathBuf {
    let file = folder.join("单位.csv");
    let mut text = String::from("全称,简称,代码,类别,依据\n");
    for n in 0..ROWS {
        text.push_str(&format!("示例区第{n}号中心,示例第{n}中心,u-{n},其他,示例批复\n"));
    }
    std::fs::write(&file, text).unwrap();
    file
}

async fn an_intake_killed_again_and_again_takes_every_row_once(app: TestApp) {
    let folder = tempfile::TempDir::new().unwrap();
    let config = config_file(&app, folder.path(), free_addresses());
    let table = table(folder.path());
    let command = || {
        let mut command = Command::new(gongkai());
        command
            .arg("intake")
            .arg(&table)
            .args(["--kind", "units", "--format", "json", "--config"])
            .arg(&config);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let before = app.number("SELECT count(*) FROM unit").await;
    let mut killed = 0;
    for moment in KILLED_AFTER {
        let mut running = command().spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(moment)).await;
        if running.try_wait().unwrap().is_none() {
            running.kill().unwrap();
            killed += 1;
        }
        running.wait().unwrap();
    }
    assert!(
        killed >= 3,
        "the moments are too late for this machine: only {killed} hit"
    );
    let output = command().output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["taken"], ROWS, "{report}");
    assert_eq!(report["refused"], serde_json::json!([]));
    let rows = i64::try_from(ROWS).unwrap();
    for counted in ["unit", "unit_name", "audit_entry WHERE action = 'unit.enter'"] {
        assert_eq!(
            app.number(&format!("SELECT count(*) FROM {counted}")).await,
            before + rows,
            "{counted}"
        );
    }
    assert_eq!(app.number("SELECT count(*) FROM intake").await, 1);
    let refused = Command::new(gongkai())
        .arg("intake")
        .arg(&table)
        .args(["--kind", "nothing", "--config"])
        .arg(&config)
        .output();
    assert_eq!(refused.unwrap().status.code(), Some(1));
}
