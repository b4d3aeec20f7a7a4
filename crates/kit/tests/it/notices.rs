//! Notices: issued once, given to those whose post it is, read, answered, closed, digested.

use chrono::{Duration, NaiveDate};
use kit::account::{Actor, Holding, service as accounts};
use kit::capability::{Capability, WorkItem};
use kit::job::run_due;
use kit::notice::{self, Audience, Item, Kind, NewNotice, Urging, issue, service, store};
use kit::permission::Role;
use kit::unit::service::NewUnit;
use kit::{Error, Site};
use uuid::Uuid;

use crate::bench::{Bench, program};

on_both_databases!(
    a_notice_is_issued_once_and_with_its_cause,
    a_unit_is_those_who_draft_for_it,
    supervision_is_answered_in_words_and_closed_by_who_issued_it,
    urging_twice_on_a_day_is_once,
    nobody_reads_what_others_got,
    a_notice_is_delivered_once_to_each,
    a_working_day_has_one_digest,
);

async fn unit(bench: &Bench, code: &str, name: &str) -> Uuid {
    let unit = NewUnit {
        code: code.into(),
        kind: kit::unit::Kind::Department,
        full_name: format!("示例{name}"),
        short_name: name.into(),
        parent: None,
        established_on: None,
        groups: Vec::new(),
        source: "测试".into(),
        contact: String::new(),
    };
    kit::unit::service::enter(&bench.site, &program(), vec![unit])
        .await
        .unwrap()[0]
}

async fn post(bench: &Bench, login: &str, role: Role, unit: Option<Uuid>) -> Actor {
    let id = bench.account(login).await;
    accounts::grant(&bench.site, &program(), id, role, unit).await.unwrap();
    Actor {
        account: Some(id),
        name: login.into(),
        holdings: vec![Holding { role, unit }],
    }
}

fn about(event: &str, to: Audience) -> NewNotice {
    NewNotice {
        kind: Kind::Reminder,
        subject: "test:1".into(),
        event: event.into(),
        title: "示例：请报送".into(),
        body: String::new(),
        items: Vec::new(),
        link: "/".into(),
        due_on: None,
        to,
    }
}

async fn put(site: &Site, new: &NewNotice) -> notice::Issued {
    site.write(&program(), |tx| async move {
        tx.housekeeping();
        issue(&tx, new).await
    })
    .await
    .unwrap()
}

fn urging(kind: Kind, unit: Uuid) -> Urging {
    Urging {
        kind,
        unit,
        subject: "test:1".into(),
        title: "示例：第3项任务 1 件未完成".into(),
        words: "请抓紧。".into(),
        items: vec![Item {
            title: "佐证未报送".into(),
            link: "/tasks/2021-3/evidence".into(),
            due_on: NaiveDate::from_ymd_opt(2021, 3, 31),
        }],
        link: "/duties".into(),
        due_on: NaiveDate::from_ymd_opt(2021, 5, 13).unwrap(),
    }
}

async fn receivers(bench: &Bench, notice: Uuid) -> Vec<(Uuid, String)> {
    let rows = store::receipts(bench.site.db.read(), notice).await.unwrap();
    rows.into_iter().map(|row| (row.account, row.part)).collect()
}

#[track_caller]
fn refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Refused { what, advice }) => format!("{what}。{advice}"),
        other => panic!("not refused: {other:?}"),
    }
}

async fn a_notice_is_issued_once_and_with_its_cause(bench: Bench) {
    let account = bench.account("czj-jingban").await;
    let new = about("a", Audience::Account(account));
    let failed: Result<(), Error> = bench
        .site
        .write(&program(), |tx| {
            let new = &new;
            async move {
                tx.housekeeping();
                issue(&tx, new).await?;
                Err(Error::refused("不行", "算了"))
            }
        })
        .await;
    assert!(failed.is_err());
    assert_eq!(bench.number("SELECT count(*) FROM notice", []).await, 0);
    let other = bench.second_process().await;
    let (one, two) = tokio::join!(put(&bench.site, &new), put(&other, &new));
    assert_eq!((one.id, u8::from(one.is_new) + u8::from(two.is_new)), (two.id, 1));
    assert_eq!(bench.number("SELECT count(*) FROM notice_receipt", []).await, 1);
    assert!(put(&bench.site, &about("b", Audience::Account(account))).await.is_new);
}

async fn a_unit_is_those_who_draft_for_it(bench: Bench) {
    let (czj, sfj) = (
        unit(&bench, "czj", "区财政局").await,
        unit(&bench, "sfj", "区司法局").await,
    );
    let clerk = post(&bench, "czj-jingban", Role::Drafter, Some(czj))
        .await
        .account
        .unwrap();
    let head = post(&bench, "czj-shenpi", Role::Approver, Some(czj))
        .await
        .account
        .unwrap();
    let gone = post(&bench, "czj-jiu", Role::Drafter, Some(czj)).await.account.unwrap();
    let security = bench.security().await;
    accounts::set_enabled(&bench.site, &security, gone, false)
        .await
        .unwrap();
    post(&bench, "quanqu", Role::Drafter, None).await;
    let only_head = post(&bench, "sfj-shenpi", Role::Approver, Some(sfj))
        .await
        .account
        .unwrap();
    let doer = |id| (id, "doer".to_string());
    let plain = put(&bench.site, &about("a", Audience::Unit(czj))).await;
    assert_eq!(receivers(&bench, plain.id).await, [doer(clerk)]);
    let mut supervised = about("b", Audience::Unit(czj));
    supervised.kind = Kind::Supervise;
    let supervised = put(&bench.site, &supervised).await;
    assert_eq!(
        receivers(&bench, supervised.id).await,
        [doer(clerk), (head, "copy".into())]
    );
    let without_clerk = put(&bench.site, &about("c", Audience::Unit(sfj))).await;
    assert_eq!(receivers(&bench, without_clerk.id).await, [doer(only_head)]);
    let empty = unit(&bench, "jyj", "区教育局").await;
    let nobody = put(&bench.site, &about("d", Audience::Unit(empty))).await;
    assert_eq!((nobody.is_new, nobody.receivers), (true, 0));
}

async fn supervision_is_answered_in_words_and_closed_by_who_issued_it(bench: Bench) {
    let czj = unit(&bench, "czj", "区财政局").await;
    let office = post(&bench, "zfb-zhuguan", Role::Coordinator, None).await;
    let colleague = post(&bench, "zfb-tongshi", Role::Coordinator, None).await;
    let clerk = post(&bench, "czj-jingban", Role::Drafter, Some(czj)).await;
    let head = post(&bench, "czj-shenpi", Role::Approver, Some(czj)).await;
    let site = &bench.site;
    let id = notice::urge(site, &office, &urging(Kind::Supervise, czj))
        .await
        .unwrap()
        .id;
    assert_eq!(notice::work_items(site, &clerk).await.unwrap().len(), 1);
    assert_eq!(
        notice::work_items(site, &head).await.unwrap(),
        [],
        "a copy asks for nothing"
    );
    assert!(refusal(service::answer(site, &clerk, id, " ").await).contains("督办要写答复"));
    assert!(refusal(service::answer(site, &head, id, "好").await).contains("抄送"));
    assert!(refusal(service::close(site, &office, id, "").await).contains("还没有答复"));
    service::answer(site, &clerk, id, "已经补齐，明天报送。").await.unwrap();
    assert!(refusal(service::answer(site, &clerk, id, "再答").await).contains("已经答复过"));
    assert_eq!(notice::work_items(site, &clerk).await.unwrap(), []);
    let told = "SELECT count(*) FROM notice WHERE kind = 'inform'";
    assert_eq!(bench.number(told, []).await, 1, "who issued it is told");
    assert!(refusal(service::close(site, &colleague, id, "").await).contains("由发出的人办结"));
    assert!(matches!(
        service::close(site, &clerk, id, "").await,
        Err(Error::Forbidden(_))
    ));
    service::close(site, &office, id, "已核实。").await.unwrap();
    refusal(service::close(site, &office, id, "").await);
    let deeds = "SELECT count(*) FROM audit_entry WHERE action LIKE 'notice.%' AND subject_id = $1";
    assert_eq!(bench.number(deeds, [id.into()]).await, 3);
}

async fn urging_twice_on_a_day_is_once(bench: Bench) {
    let czj = unit(&bench, "czj", "区财政局").await;
    let office = post(&bench, "zfb-zhuguan", Role::Coordinator, None).await;
    let clerk = post(&bench, "czj-jingban", Role::Drafter, Some(czj)).await;
    let site = &bench.site;
    let other = bench.second_process().await;
    let wanted = urging(Kind::Urge, czj);
    let (one, two) = tokio::join!(
        notice::urge(site, &office, &wanted),
        notice::urge(&other, &office, &wanted)
    );
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
    let id = one.or(two).unwrap().id;
    notice::urge(site, &office, &urging(Kind::Supervise, czj))
        .await
        .expect("supervision is another thing");
    service::answer(site, &clerk, id, "")
        .await
        .expect("an urging may be acknowledged without words");
    bench.advance(Duration::days(1));
    notice::urge(site, &office, &wanted).await.expect("the next day");
    assert!(matches!(
        notice::urge(site, &clerk, &wanted).await,
        Err(Error::Forbidden(_))
    ));
    let mut late = wanted.clone();
    late.due_on = NaiveDate::from_ymd_opt(2021, 5, 9).unwrap();
    assert!(refusal(notice::urge(site, &office, &late).await).contains("已经过去"));
    late = urging(Kind::Urge, czj);
    late.items.clear();
    assert!(refusal(notice::urge(site, &office, &late).await).contains("没有未完成"));
}

async fn nobody_reads_what_others_got(bench: Bench) {
    let czj = unit(&bench, "czj", "区财政局").await;
    let clerk = post(&bench, "czj-jingban", Role::Drafter, Some(czj)).await;
    let stranger = post(&bench, "sfj-jingban", Role::Drafter, None).await;
    let assessor = post(&bench, "pinggu", Role::Assessor, None).await;
    let site = &bench.site;
    let id = put(site, &about("a", Audience::Unit(czj))).await.id;
    assert!(matches!(
        service::open(site, &stranger, id).await,
        Err(Error::NotFound(_))
    ));
    assert!(
        matches!(service::open(site, &assessor, id).await, Err(Error::NotFound(_))),
        "no urging"
    );
    let read = "SELECT count(*) FROM notice_receipt WHERE read_at IS NOT NULL";
    assert_eq!(bench.number(read, []).await, 0);
    service::open(site, &clerk, id).await.unwrap();
    assert_eq!(bench.number(read, []).await, 1);
    put(site, &about("b", Audience::Unit(czj))).await;
    service::read_all(site, &clerk).await.unwrap();
    assert_eq!(bench.number(read, []).await, 2);
}

async fn a_notice_is_delivered_once_to_each(bench: Bench) {
    let czj = unit(&bench, "czj", "区财政局").await;
    for n in 0..3 {
        post(&bench, &format!("czj-{n}0"), Role::Drafter, Some(czj)).await;
    }
    let new = about("a", Audience::Unit(czj));
    put(&bench.site, &new).await;
    put(&bench.site, &new).await;
    let jobs = "SELECT count(*) FROM job WHERE kind = 'kit.notice_delivery'";
    assert_eq!(bench.number(jobs, []).await, 3);
    run_due(&bench.site).await.unwrap();
    let delivered = "SELECT count(*) FROM notice_receipt WHERE delivered_at IS NOT NULL";
    assert_eq!(bench.number(delivered, []).await, 3);
}

/// Something to do for whoever drafts.
fn working() -> Capability {
    Capability {
        name: "test",
        work: Some(Box::new(|_, actor| {
            let is_clerk = actor.holdings.iter().any(|held| held.role == Role::Drafter);
            let item = WorkItem {
                title: "报送：第3项".into(),
                place: "区财政局".into(),
                link: "/tasks/2021-3".into(),
                verb: "报送".into(),
                due_on: NaiveDate::from_ymd_opt(2021, 5, 9),
                waiting: false,
            };
            Box::pin(async move { Ok(if is_clerk { vec![item] } else { Vec::new() }) })
        })),
        ..Default::default()
    }
}

async fn a_working_day_has_one_digest(bench: Bench) {
    post(&bench, "czj-jingban", Role::Drafter, None).await;
    post(&bench, "pinggu", Role::Assessor, None).await;
    let (one, two) = (bench.process_with(working()).await, bench.process_with(working()).await);
    let digests = async || {
        bench
            .number("SELECT count(*) FROM notice WHERE kind = 'digest'", [])
            .await
    };
    let (a, b) = tokio::join!(run_due(&one), run_due(&two));
    a.unwrap();
    b.unwrap();
    assert_eq!(digests().await, 1, "Monday, and only who has something to do");
    let title = bench.text("SELECT title FROM notice WHERE kind = 'digest'", []).await;
    assert_eq!(title, "2021年5月10日待办 1 件：逾期 1 件，今天到期 0 件");
    bench.advance(Duration::days(5));
    run_due(&one).await.unwrap();
    assert_eq!(digests().await, 1, "Saturday");
    bench.advance(Duration::days(2));
    run_due(&one).await.unwrap();
    assert_eq!(digests().await, 2);
}
