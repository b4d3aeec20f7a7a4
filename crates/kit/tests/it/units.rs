//! The register of organs.

use chrono::NaiveDate;
use kit::Error;
use kit::account::{Actor, Holding};
use kit::permission::Role;
use kit::unit::service::{self, NewUnit};
use kit::unit::{self, Kind};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    units_are_entered_all_or_none,
    a_unit_renamed_keeps_its_history,
    a_merged_unit_names_who_took_over,
    former_names_are_found_but_do_not_hide_present_ones,
    only_who_keeps_the_register_changes_it,
    two_who_enter_at_once_do_not_share_a_place,
);

fn new(code: &str, full_name: &str, short_name: &str) -> NewUnit {
    NewUnit {
        code: code.into(),
        kind: Kind::Department,
        full_name: full_name.into(),
        short_name: short_name.into(),
        parent: None,
        established_on: None,
        groups: vec!["区直单位".into()],
        source: "测试".into(),
        contact: String::new(),
    }
}

fn keeper() -> Actor {
    let holdings = vec![Holding {
        role: Role::SystemAdministrator,
        unit: None,
    }];
    Actor {
        account: Some(Uuid::now_v7()),
        name: "系统管理员".into(),
        holdings,
    }
}

fn day(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2021, month, day).unwrap()
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Refused { what, advice }) => format!("{what}。{advice}"),
        other => panic!("not refused: {other:?}"),
    }
}

async fn enter(bench: &Bench, units: Vec<NewUnit>) -> Vec<Uuid> {
    service::enter(&bench.site, &program(), units).await.unwrap()
}

async fn units_are_entered_all_or_none(bench: Bench) {
    enter(&bench, vec![new("czj", "示例区财政局", "区财政局")]).await;
    let twice = [
        vec![
            new("jyj", "示例区教育局", "区教育局"),
            new("czj", "示例区另一局", "区另一局"),
        ],
        vec![
            new("jyj", "示例区教育局", "区教育局"),
            new("cz2", "示例区财政局", "区财政二局"),
        ],
        vec![
            new("jyj", "示例区教育局", "区教育局"),
            new("cz2", "示例区财政二局", "区财政局"),
        ],
        vec![
            new("jyj", "示例区教育局", "区教育局"),
            new("jy2", "示例区教育二局", "区教育局"),
        ],
    ];
    for units in twice {
        let told = refusal(service::enter(&bench.site, &program(), units).await);
        assert!(told.contains("登记没有保存") && told.contains("改名"), "{told}");
    }
    for (code, full_name, short_name) in [
        ("", "示例区教育局", "区教育局"),
        ("JYJ", "示例区教育局", "区教育局"),
        ("jyj", "示例区 教育局", "区教育局"),
        ("jyj", "示例区教育局", "局"),
    ] {
        let told = refusal(service::enter(&bench.site, &program(), vec![new(code, full_name, short_name)]).await);
        assert!(told.contains("不合要求"), "{told}");
    }
    assert_eq!(unit::register(bench.site.db.read()).await.unwrap().len(), 1);
    assert_eq!(
        bench
            .number("SELECT count(*) FROM audit_entry WHERE action = 'unit.enter'", [])
            .await,
        1
    );
    assert_eq!(bench.number("SELECT count(*) FROM unit_name", []).await, 1);
}

async fn a_unit_renamed_keeps_its_history(bench: Bench) {
    let id = enter(&bench, vec![new("jxj", "示例区经济和信息化局", "区经信局")]).await[0];
    enter(&bench, vec![new("kjj", "示例区科技局", "区科技局")]).await;
    let rename = |full, short, from| service::rename(&bench.site, &KEEPER_OF_TEST, id, full, short, from, "机构改革");
    let taken = refusal(rename("示例区科技局", "区科技局", day(3, 1)).await);
    assert!(
        taken.contains("已有单位使用这个名称") && taken.contains("并入"),
        "{taken}"
    );
    assert_eq!(
        unit::find(bench.site.db.read(), id).await.unwrap().unwrap().short_name,
        "区经信局"
    );

    rename("示例区工业和信息化局", "区工信局", day(3, 1)).await.unwrap();
    let found = unit::find(bench.site.db.read(), id).await.unwrap().unwrap();
    assert_eq!(
        (found.full_name.as_str(), found.code.as_str()),
        ("示例区工业和信息化局", "jxj")
    );
    let sql = "SELECT count(*) FROM unit_name WHERE unit = $1 AND full_name = $2 AND valid_to = $3";
    let old = [id.into(), "示例区经济和信息化局".into(), day(3, 1).into()];
    assert_eq!(
        bench.number(sql, old).await,
        1,
        "the old name ended on the day the new one began"
    );
    let sql =
        "SELECT count(*) FROM unit_name WHERE unit = $1 AND full_name = $2 AND valid_from = $3 AND valid_to IS NULL";
    assert_eq!(
        bench
            .number(sql, [id.into(), "示例区工业和信息化局".into(), day(3, 1).into()])
            .await,
        1
    );
    let entry = Statement::from_string(
        bench.site.db.backend(),
        "SELECT detail FROM audit_entry WHERE action = 'unit.rename'",
    );
    let row = bench.site.db.read().query_one_raw(entry).await.unwrap().unwrap();
    let detail: serde_json::Value = row.try_get_by_index(0).unwrap();
    assert_eq!(
        (&detail["from"], &detail["on"]),
        (&"示例区经济和信息化局".into(), &"2021-03-01".into())
    );
}

static KEEPER_OF_TEST: std::sync::LazyLock<Actor> = std::sync::LazyLock::new(keeper);

async fn a_merged_unit_names_who_took_over(bench: Bench) {
    let ids = enter(
        &bench,
        vec![
            new("lyj", "示例区旅游局", "区旅游局"),
            new("whj", "示例区文化局", "区文化局"),
            new("dsb", "示例区党史办", "区党史办"),
        ],
    )
    .await;
    let by = keeper();
    let end = |id, successor| service::end(&bench.site, &by, id, day(4, 1), successor, "机构改革");
    assert!(refusal(end(ids[0], Some(ids[0])).await).contains("不能并入它自己"));
    end(ids[0], Some(ids[1])).await.unwrap();
    end(ids[2], None).await.unwrap();
    let found = unit::find(bench.site.db.read(), ids[0]).await.unwrap().unwrap();
    assert_eq!((found.ended_on, found.successor), (Some(day(4, 1)), Some(ids[1])));
    assert!(found.is_active(day(3, 31)) && !found.is_active(day(4, 1)));
    let names = |on| {
        let db = bench.site.db.read();
        async move {
            unit::current(db, on)
                .await
                .unwrap()
                .into_iter()
                .map(|u| u.short_name)
                .collect::<Vec<_>>()
        }
    };
    assert_eq!(names(day(3, 31)).await, ["区旅游局", "区文化局", "区党史办"]);
    assert_eq!(names(day(4, 1)).await, ["区文化局"]);
    assert!(
        refusal(end(ids[0], None).await).contains("撤并"),
        "what has ended does not end again"
    );
    assert!(
        refusal(end(ids[1], Some(ids[0])).await).contains("撤并"),
        "nothing merges into what has ended"
    );
    assert_eq!(
        unit::register(bench.site.db.read()).await.unwrap().len(),
        3,
        "the register forgets nobody"
    );
}

async fn former_names_are_found_but_do_not_hide_present_ones(bench: Bench) {
    let ids = enter(
        &bench,
        vec![
            new("jxj", "示例区经济和信息化局", "区经信局"),
            new("new", "示例区新局", "区新局"),
        ],
    )
    .await;
    let by = keeper();
    service::rename(
        &bench.site,
        &by,
        ids[0],
        "示例区工业和信息化局",
        "区工信局",
        day(3, 1),
        "改名",
    )
    .await
    .unwrap();
    let names = unit::by_names(bench.site.db.read()).await.unwrap();
    for name in ["区经信局", "示例区经济和信息化局", "区工信局", "示例区工业和信息化局"] {
        assert_eq!(names.get(name), Some(&ids[0]), "{name}");
    }
    // Another unit may later take a name that has become free; the name then means that unit.
    service::rename(
        &bench.site,
        &by,
        ids[1],
        "示例区经济和信息化局",
        "区经信局",
        day(9, 1),
        "新设",
    )
    .await
    .unwrap();
    let names = unit::by_names(bench.site.db.read()).await.unwrap();
    assert_eq!(names.get("区经信局"), Some(&ids[1]));
    assert_eq!(names.get("区工信局"), Some(&ids[0]));
}

async fn only_who_keeps_the_register_changes_it(bench: Bench) {
    let id = enter(&bench, vec![new("czj", "示例区财政局", "区财政局")]).await[0];
    let holdings = vec![
        Holding {
            role: Role::Coordinator,
            unit: Some(id),
        },
        Holding {
            role: Role::Drafter,
            unit: None,
        },
    ];
    let other = Actor {
        account: Some(Uuid::now_v7()),
        name: "经办".into(),
        holdings,
    };
    let site = &bench.site;
    let outcomes = [
        service::enter(site, &other, vec![new("jyj", "示例区教育局", "区教育局")])
            .await
            .map(|_| ()),
        service::rename(site, &other, id, "示例区金融局", "区金融局", day(3, 1), "改名").await,
        service::end(site, &other, id, day(3, 1), None, "撤销").await,
        service::rename(site, &program(), id, "示例区金融局", "区金融局", day(3, 1), "改名").await,
    ];
    for outcome in outcomes {
        assert!(matches!(outcome, Err(Error::Forbidden(_))), "{outcome:?}");
    }
    assert_eq!(
        unit::find(site.db.read(), id).await.unwrap().unwrap().short_name,
        "区财政局"
    );
}

async fn two_who_enter_at_once_do_not_share_a_place(bench: Bench) {
    let other = bench.second_process().await;
    let by = program();
    let (one, two) = tokio::join!(
        service::enter(
            &bench.site,
            &by,
            vec![new("a1", "示例区甲局", "区甲局"), new("a2", "示例区乙局", "区乙局")]
        ),
        service::enter(
            &other,
            &by,
            vec![new("b1", "示例区丙局", "区丙局"), new("b2", "示例区丁局", "区丁局")]
        ),
    );
    assert_eq!((one.unwrap().len(), two.unwrap().len()), (2, 2));
    assert_eq!(bench.number("SELECT count(DISTINCT position) FROM unit", []).await, 4);
}
