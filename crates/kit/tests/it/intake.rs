//! Uploads that become rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use chrono::Duration;
use futures::future::{BoxFuture, join_all};
use kit::Site;
use kit::account::{Actor, Holding, service as accounts};
use kit::db::{Migration, Tx};
use kit::error::Error;
use kit::intake::model::State;
use kit::intake::service::{self, Intake, KEPT_DAYS};
use kit::intake::{Check, Column, Home, Kind, Outcome, Row, Wrong, work, workbook};
use kit::permission::Role;
use office::{Request, Workbook, read_table};
use sea_orm::{ConnectionTrait, Statement, Value};
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    units_come_from_a_table_with_a_title_above_it,
    accounts_come_from_a_table_and_get_no_link,
    the_report_goes_back_mended,
    the_same_file_is_recognised,
    of_two_who_upload_at_once_one_wins,
    a_row_that_breaks_a_unique_index_is_refused_alone,
    two_processes_take_every_row_once,
    work_cut_short_goes_on_where_it_stopped,
    a_hundred_thousand_rows,
    whoever_lost_the_permission_stops_the_intake,
    rows_are_sealed_and_deleted_after_a_while,
    files_without_the_columns_are_refused_and_not_kept,
);

/// A table whose names are unique, and nothing in the taking that knows it.
pub const THINGS: Migration = Migration {
    name: "9001_things",
    sql: "CREATE TABLE thing (\n  id UUID PRIMARY KEY,\n  name TEXT NOT NULL UNIQUE\n);\n",
};

pub static THING: Kind = Kind {
    id: "things",
    name: "物品",
    columns: &[
        Column::new("name", "名称", "").required(),
        Column::new("note", "备注", ""),
    ],
    permission: &kit::unit::MANAGE,
    home: Home {
        href: "/units",
        label: "单位名册",
        nav: "units",
    },
    place: None,
    afterwards: "",
    clash: "名称已有",
    load: |_| Box::pin(async { Ok(Box::new(NoCheck) as Box<dyn Check>) }),
    take: take_things,
};

struct NoCheck;

impl Check for NoCheck {
    fn check(&self, _: &Row) -> Vec<Wrong> {
        Vec::new()
    }
}

fn take_things<'a>(tx: &'a Tx, rows: &'a [Row]) -> BoxFuture<'a, kit::Result<Vec<Outcome>>> {
    Box::pin(async move {
        let backend = tx.on().get_database_backend();
        let (mut places, mut values, mut outcomes) = (Vec::new(), Vec::<Value>::new(), Vec::new());
        for row in rows {
            if row.text("note") == "不收" {
                return Err(Error::refused("备注写着不收", "请改备注"));
            }
            let id = Uuid::now_v7();
            places.push(format!("(${}, ${})", values.len() + 1, values.len() + 2));
            values.extend([id.into(), row.text("name").into()]);
            outcomes.push(Outcome::Taken(id));
        }
        let sql = format!("INSERT INTO thing (id, name) VALUES {}", places.join(", "));
        tx.on()
            .execute_raw(Statement::from_sql_and_values(backend, sql, values))
            .await?;
        Ok(outcomes)
    })
}

async fn upload(site: &Site, kind: &Kind, name: &str, text: impl Into<Vec<u8>>) -> (Intake, bool) {
    let bytes = Bytes::from(text.into());
    service::upload(site, &program(), kind, name, bytes).await.unwrap()
}

async fn finish(site: &Site, kind: &Kind, id: Uuid) -> Intake {
    service::confirm(site, &program(), kind, id).await.unwrap();
    work::all(site, id).await.unwrap();
    service::find(site, kind, id).await.unwrap()
}

fn counts(row: &Intake) -> (i32, i32, i32) {
    (row.taken, row.known, row.refused)
}

async fn reasons(site: &Site, row: &Intake) -> Vec<(u32, String)> {
    service::refused(site, row).await.unwrap()
}

fn read(name: &str, bytes: Vec<u8>) -> Workbook {
    read_table(&Request {
        file_name: name.into(),
        bytes,
        ..Request::default()
    })
    .unwrap()
}

fn coordinator(account: Uuid) -> Actor {
    Actor {
        account: Some(account),
        name: "政务公开主管".into(),
        holdings: vec![Holding {
            role: Role::Coordinator,
            unit: None,
        }],
    }
}

const UNITS: &str = "示例区单位名册,,,,\n,,,,\n单位全称（必填）,简称,代码,类别,依据,成立日期,负责人\n\
    示例区财政局,区财政局,czj,区直单位,机构改革方案,2019/3/1,\n\
    示例区教育局,区教育局,JYJ,区直单位,机构改革方案,2019年3月1日,\n\
    示例区民政局,区民政局,mzj,局,,三月,\n\
    示例街道办事处,示例街道,sl,街道,批复,,\n\
    示例区财政局,区财政局,czj2,区直单位,机构改革方案,,\n";

async fn units_come_from_a_table_with_a_title_above_it(bench: Bench) {
    let site = &bench.site;
    let gb = encoding_of(UNITS);
    let (row, known) = upload(site, &kit::unit::INTAKE, "单位.csv", gb).await;
    assert!(!known);
    assert_eq!((row.head.header_row, row.row_count, row.bad_count), (3, 5, 3));
    assert!(
        row.head.notices.iter().any(|notice| notice.contains("负责人")),
        "{:?}",
        row.head.notices
    );
    assert!(row.head.notices.iter().any(|notice| notice.contains("GB18030")));
    let row = finish(site, &kit::unit::INTAKE, row.id).await;
    assert_eq!(counts(&row), (2, 0, 3));
    assert_eq!(row.state(), State::Done);
    let reasons = reasons(site, &row).await;
    assert_eq!(reasons.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [5, 6, 8]);
    assert!(reasons[0].1.starts_with("代码："));
    for words in ["类别：“局”不认识", "依据：没有填写", "设立日期：“三月”不是一个日期"]
    {
        assert!(reasons[1].1.contains(words), "{words} in {}", reasons[1].1);
    }
    assert!(reasons[2].1.contains("全称：与第 4 行重复"), "{}", reasons[2].1);
    let units = kit::unit::register(site.db.read()).await.unwrap();
    let names: Vec<&str> = units.iter().map(|unit| unit.short_name.as_str()).collect();
    assert_eq!(names, ["区财政局", "示例街道"]);
    let deeds = "SELECT count(*) FROM audit_entry WHERE action = 'unit.enter'";
    assert_eq!(bench.number(deeds, []).await, 2);

    // Another file: what is there is known, what clashes is told with both names.
    let again = "全称,简称,代码,类别,依据,上级单位\n示例区财政局,区财政局,czj,区直单位,方案,\n示例区税务局,区财政局,sw,区直单位,方案,\n示例区会计核算中心,区核算中心,hs,其他,方案,区财政局\n示例区某中心,区某中心,mzx,其他,方案,区没有的局\n";
    let (row, _) = upload(site, &kit::unit::INTAKE, "再来.csv", again).await;
    let row = finish(site, &kit::unit::INTAKE, row.id).await;
    assert_eq!(counts(&row), (1, 1, 2));
    let reasons = self::reasons(site, &row).await;
    assert!(
        reasons[0].1.contains("示例区财政局") && reasons[1].1.contains("区没有的局"),
        "{reasons:?}"
    );
    let centre = kit::unit::register(site.db.read()).await.unwrap().pop().unwrap();
    assert!(centre.parent.is_some());
}

fn encoding_of(text: &str) -> Vec<u8> {
    // GB 18030 as an older spreadsheet saves it.
    encoding_rs::GB18030.encode(text).0.into_owned()
}

async fn accounts_come_from_a_table_and_get_no_link(bench: Bench) {
    let site = &bench.site;
    let (units, _) = upload(site, &kit::unit::INTAKE, "单位.csv", UNITS).await;
    finish(site, &kit::unit::INTAKE, units.id).await;
    let text = "岗位名称,登录名,角色,单位\n区财政局·经办,czj-1,经办人员、审批人员,区财政局\n审计,sj-1,审计管理员、经办人员,\n主管,zg-1,政务公开主管,全区\n街道,jd-1,经办人员,没有的街道\n短,x,经办人员,区财政局\n";
    let by = bench.security().await;
    let (row, _) = service::upload(site, &by, &kit::account::INTAKE, "账号.csv", Bytes::from(text))
        .await
        .unwrap();
    assert_eq!((row.row_count, row.bad_count), (5, 3));
    service::confirm(site, &by, &kit::account::INTAKE, row.id)
        .await
        .unwrap();
    kit::job::run_due(site).await.unwrap();
    let row = service::find(site, &kit::account::INTAKE, row.id).await.unwrap();
    assert_eq!(
        (row.state(), counts(&row)),
        (State::Done, (2, 0, 3)),
        "the job took the rows"
    );
    assert_eq!(bench.number("SELECT count(*) FROM sign_in_link", []).await, 0);
    assert_eq!(bench.number("SELECT count(*) FROM role_grant", []).await, 1 + 3);
    let deeds = "SELECT count(*) FROM audit_entry WHERE action = 'account.create' AND account IS NOT NULL";
    assert_eq!(bench.number(deeds, []).await, 2, "in the name of whoever confirmed");
    let report = workbook::report(site.db.read(), &site.keys, &row, false).await.unwrap();
    let words = format!("{:?}", read("r.xlsx", report));
    assert!(words.contains("不能与") && !words.contains("/links/"), "{words}");
    let coordinator = coordinator(bench.account("zhuguan").await);
    let kind = &kit::account::INTAKE;
    let refused = service::upload(site, &coordinator, kind, "账号.csv", Bytes::from(text)).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))));
}

async fn the_report_goes_back_mended(bench: Bench) {
    let site = &bench.site;
    let text = "代码,全称,简称,类别,依据,备注\n=czj,示例区财政局,区财政局,区直单位,方案,=1+1\nsl,示例街道办事处,示例街道,街道,方案,\n";
    let (row, _) = upload(site, &kit::unit::INTAKE, "单位.csv", text).await;
    let row = finish(site, &kit::unit::INTAKE, row.id).await;
    assert_eq!(counts(&row), (1, 0, 1));
    let all = read(
        "r.xlsx",
        workbook::report(site.db.read(), &site.keys, &row, false).await.unwrap(),
    );
    let words = |at: usize| -> Vec<&str> { all.sheets[0].rows[at].cells.iter().map(office::Cell::words).collect() };
    assert_eq!(words(0), ["代码", "全称", "简称", "类别", "依据", "备注", "处理结果"]);
    assert_eq!(words(1)[5], "=1+1", "words that begin like a formula stay words");
    assert!(words(1)[6].starts_with("未导入：代码：") && words(2)[6] == "已导入");
    let refused = workbook::report(site.db.read(), &site.keys, &row, true).await.unwrap();
    assert_eq!(
        read("r.xlsx", refused.clone()).sheets[0].rows.len(),
        2,
        "headings and the refused row"
    );
    // The report of the refused rows, uploaded as it is, has no new column and refuses the same row again.
    let (again, _) = upload(site, &kit::unit::INTAKE, "单位-未导入的行.xlsx", refused).await;
    assert!(
        again.head.notices.iter().all(|notice| !notice.contains("处理结果")),
        "{:?}",
        again.head.notices
    );
    let again = finish(site, &kit::unit::INTAKE, again.id).await;
    assert_eq!(counts(&again), (0, 0, 1));
    let report = read(
        "r.xlsx",
        workbook::report(site.db.read(), &site.keys, &again, false)
            .await
            .unwrap(),
    );
    assert_eq!(report.sheets[0].rows[0].cells.len(), 7);

    let mended = text.replace("=czj", "czj");
    let (row, _) = upload(site, &kit::unit::INTAKE, "单位.csv", mended).await;
    assert_eq!(counts(&finish(site, &kit::unit::INTAKE, row.id).await), (1, 1, 0));
    let template = read("t.xlsx", workbook::template(&kit::unit::INTAKE).unwrap());
    assert_eq!(template.sheets[0].rows[0].cells[0].words(), "全称*");
}

fn things(names: impl IntoIterator<Item = String>) -> String {
    let mut text = String::from("名称,备注\n");
    names.into_iter().for_each(|name| text.push_str(&format!("{name},\n")));
    text
}

async fn stored(bench: &Bench) -> i64 {
    bench.number("SELECT count(*) FROM thing", []).await
}

async fn the_same_file_is_recognised(bench: Bench) {
    let site = &bench.site;
    let text = things(["甲".into(), "乙".into()]);
    let (first, _) = upload(site, &THING, "a.csv", text.clone()).await;
    let (half, known) = upload(site, &THING, "b.csv", text.clone()).await;
    assert!(known && half.id == first.id && half.state() == State::Preview);
    finish(site, &THING, first.id).await;
    let (done, known) = upload(site, &THING, "c.csv", text.clone()).await;
    assert!(known && counts(&done) == (2, 0, 0));
    finish(site, &THING, done.id).await;
    assert_eq!(stored(&bench).await, 2);
    assert!(service::discard(site, &program(), &THING, done.id).await.is_err());

    let (other, _) = upload(site, &THING, "d.csv", things(["丙".into()])).await;
    service::discard(site, &program(), &THING, other.id).await.unwrap();
    assert!(service::confirm(site, &program(), &THING, other.id).await.is_err());
    let (again, known) = upload(site, &THING, "d.csv", things(["丙".into()])).await;
    assert!(!known && again.id != other.id, "what was given up can be uploaded anew");
}

async fn of_two_who_upload_at_once_one_wins(bench: Bench) {
    let text = things((0..600).map(|n| format!("物{n}")));
    let uploads = (0..4).map(|_| {
        let (site, text) = (bench.site.clone(), text.clone());
        tokio::spawn(async move { upload(&site, &THING, "a.csv", text).await })
    });
    let found: Vec<(Intake, bool)> = join_all(uploads).await.into_iter().map(Result::unwrap).collect();
    let ids: BTreeSet<Uuid> = found.iter().map(|(row, _)| row.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(found.iter().filter(|(_, known)| !known).count(), 1);
    assert_eq!(bench.number("SELECT count(*) FROM intake_block", []).await, 3);
}

async fn a_row_that_breaks_a_unique_index_is_refused_alone(bench: Bench) {
    let site = &bench.site;
    let mut names: Vec<String> = (0..300).map(|n| format!("物{n}")).collect();
    names[120] = "物7".into();
    let text = things(names).replace("物200,", "物200,不收");
    let (row, _) = upload(site, &THING, "a.csv", text).await;
    let row = finish(site, &THING, row.id).await;
    assert_eq!(counts(&row), (298, 0, 2));
    let reasons = reasons(site, &row).await;
    assert_eq!(reasons[0], (122, "名称已有".to_string()));
    assert_eq!((reasons[1].0, reasons[1].1.contains("备注写着不收")), (202, true));
    assert_eq!(stored(&bench).await, 298);
}

async fn two_processes_take_every_row_once(bench: Bench) {
    let other = Arc::new(bench.second_process().await);
    let (row, _) = upload(
        &bench.site,
        &THING,
        "a.csv",
        things((0..3000).map(|n| format!("物{n}"))),
    )
    .await;
    service::confirm(&bench.site, &program(), &THING, row.id).await.unwrap();
    let workers = [bench.site.clone(), other.clone(), bench.site.clone(), other].map(|site| {
        let id = row.id;
        tokio::spawn(async move { work::all(&site, id).await.unwrap() })
    });
    join_all(workers).await.into_iter().for_each(|ended| ended.unwrap());
    let row = service::find(&bench.site, &THING, row.id).await.unwrap();
    assert_eq!((row.state(), counts(&row)), (State::Done, (3000, 0, 0)));
    assert_eq!(stored(&bench).await, 3000);
    let ends = "SELECT count(*) FROM audit_entry WHERE action = 'intake.finish'";
    assert_eq!(bench.number(ends, []).await, 1);
}

async fn work_cut_short_goes_on_where_it_stopped(bench: Bench) {
    let site = &bench.site;
    let (row, _) = upload(site, &THING, "a.csv", things((0..1000).map(|n| format!("物{n}")))).await;
    assert!(
        !work::some(site, row.id, 1).await.unwrap(),
        "nothing happens before it is confirmed"
    );
    service::confirm(site, &program(), &THING, row.id).await.unwrap();
    assert!(work::some(site, row.id, 1).await.unwrap());
    assert_eq!(stored(&bench).await, 250);
    let (found, known) = upload(site, &THING, "a.csv", things((0..1000).map(|n| format!("物{n}")))).await;
    assert!(known && found.state() == State::Working && found.done() == 250);
    // The job of the confirmation is there whatever became of the process that took the first rows.
    let after = bench.second_process().await;
    kit::job::run_due(&Arc::new(after)).await.unwrap();
    assert_eq!(stored(&bench).await, 1000);
    assert_eq!(service::find(site, &THING, row.id).await.unwrap().state(), State::Done);
}

async fn a_hundred_thousand_rows(bench: Bench) {
    let site = &bench.site;
    let text = things((0..100_000).map(|n| format!("示例物品第{n}号")));
    let (row, _) = upload(site, &THING, "大表.csv", text).await;
    assert_eq!((row.row_count, row.block_count), (100_000, 400));
    let row = finish(site, &THING, row.id).await;
    assert_eq!(counts(&row), (100_000, 0, 0));
    assert_eq!(stored(&bench).await, 100_000);
}

async fn whoever_lost_the_permission_stops_the_intake(bench: Bench) {
    let site = &bench.site;
    let account = bench.account("zhuguan").await;
    accounts::grant(site, &program(), account, Role::Coordinator, None)
        .await
        .unwrap();
    let by = coordinator(account);
    let text = Bytes::from(things((0..600).map(|n| format!("物{n}"))));
    let (row, _) = service::upload(site, &by, &THING, "a.csv", text).await.unwrap();
    service::confirm(site, &by, &THING, row.id).await.unwrap();
    assert!(work::some(site, row.id, 1).await.unwrap());
    accounts::set_enabled(site, &bench.security().await, account, false)
        .await
        .unwrap();
    work::all(site, row.id).await.unwrap();
    let row = service::find(site, &THING, row.id).await.unwrap();
    assert_eq!((row.state(), stored(&bench).await), (State::Stopped, 250));
    assert!(row.stopped.as_deref().unwrap().contains("政务公开主管"));
    assert_eq!(counts(&finish(site, &THING, row.id).await), (600, 0, 0));
}

async fn rows_are_sealed_and_deleted_after_a_while(bench: Bench) {
    let site = &bench.site;
    let (row, _) = upload(site, &THING, "a.csv", things(["示例秘密姓名".into()])).await;
    let row = finish(site, &THING, row.id).await;
    let open = "SELECT count(*) FROM intake_block WHERE entries LIKE '%示例%' OR outcomes LIKE '%taken%'";
    assert_eq!(bench.number(open, []).await, 0);
    assert_eq!(service::tidy(site).await.unwrap(), 0);
    bench.advance(Duration::days(KEPT_DAYS) + Duration::hours(1));
    assert_eq!(service::tidy(site).await.unwrap(), 1);
    assert_eq!(bench.number("SELECT count(*) FROM intake_block", []).await, 0);
    let row = service::find(site, &THING, row.id).await.unwrap();
    assert_eq!(
        (row.state(), counts(&row), row.blob),
        (State::Forgotten, (1, 0, 0), None)
    );
    let (_, known) = upload(site, &THING, "a.csv", things(["示例秘密姓名".into()])).await;
    assert!(!known);
}

async fn files_without_the_columns_are_refused_and_not_kept(bench: Bench) {
    let cases = [
        ("全称,简称\n甲乙,丙丁\n", "缺少“代码”“类别”“依据”"),
        ("随便写写\n", "没有找到表头"),
        ("名称,全称,简称,代码,类别,依据\n", "出现了两次"),
        ("全称,简称,代码,类别,依据\n", "表头下面没有数据"),
        ("秘密★1年\n全称,简称,代码,类别,依据\n甲,乙,b,其他,无\n", "涉密"),
    ];
    for (text, words) in cases {
        let bytes = Bytes::from(text);
        let refused = service::upload(&bench.site, &program(), &kit::unit::INTAKE, "a.csv", bytes).await;
        let Err(Error::Refused { what, .. }) = refused else {
            panic!("{text} was taken");
        };
        assert!(what.contains(words), "{words} in {what}");
    }
    assert_eq!(bench.number("SELECT count(*) FROM intake", []).await, 0);
    assert!(
        std::fs::read_dir(bench.folder().join("blobs"))
            .unwrap()
            .next()
            .is_none()
    );
}
