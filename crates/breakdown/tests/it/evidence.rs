//! Records accepted by a second person, and signed nil returns.

use breakdown::Part;
use breakdown::evidences::{self, Duty, NewRecord};
use bytes::Bytes;
use kit::Error;
use kit::account::Holding;
use kit::permission::Role;
use uuid::Uuid;

use crate::support::{Place, day, on_both};

pub async fn duty(place: &Place, no: i32, unit: &str, date: &str) -> Duty {
    let task = place.task(no).await.id;
    Duty {
        task,
        unit: place.unit(unit),
        part: Part::Responsible,
        reporting_on: day(date),
    }
}

pub fn record(duty: Duty) -> NewRecord {
    NewRecord {
        duty,
        title: "第二季度办事指南更新情况".into(),
        done: "更新办事指南 12 项".into(),
        done_on: day("2021-06-18"),
        files: vec![("说明.txt".into(), Bytes::from_static("更新办事指南十二项".as_bytes()))],
    }
}

async fn submit(place: &Place, by: &kit::account::Actor, new: NewRecord) -> kit::Result<Uuid> {
    evidences::submit(&place.site, by, &place.reader, new).await
}

on_both!(a_second_person_moves_the_figure, record_story);

async fn record_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-06-20");
    let mut clerk = place.clerk("区教育局");
    // A street's one clerk holds several posts; still a second person accepts.
    clerk.holdings.push(Holding {
        role: Role::Coordinator,
        unit: None,
    });
    let due = duty(place, 2, "区教育局", "2021-06-30").await;
    assert_eq!(place.figure(2, "区教育局", "2021-06-20").await, "0/1/0");

    let foreign = submit(place, &place.clerk("区财政局"), record(due)).await;
    assert!(
        matches!(foreign, Err(Error::Forbidden(_))),
        "one reports for one's own unit"
    );
    let wrong_day = Duty {
        reporting_on: day("2021-06-29"),
        ..due
    };
    assert!(matches!(
        submit(place, &clerk, record(wrong_day)).await,
        Err(Error::Refused { .. })
    ));

    let id = submit(place, &clerk, record(due)).await.unwrap();
    assert_eq!(
        place.figure(2, "区教育局", "2021-06-20").await,
        "0/1/0",
        "handed in is not accepted"
    );
    assert!(
        matches!(submit(place, &clerk, record(due)).await, Err(Error::Refused { .. })),
        "one at a time"
    );
    let same = evidences::decide(&place.site, &clerk, id, true, "").await;
    assert!(
        matches!(same, Err(Error::Forbidden(_))),
        "the same person does not accept"
    );
    let own_unit = evidences::decide(&place.site, &place.approver("区教育局"), id, true, "").await;
    assert!(
        matches!(own_unit, Err(Error::Forbidden(_))),
        "the unit measured does not accept"
    );

    let silent = evidences::decide(&place.site, &place.coordinator, id, false, "").await;
    assert!(
        matches!(silent, Err(Error::Refused { .. })),
        "a refusal says what is missing"
    );
    evidences::decide(&place.site, &place.coordinator, id, false, "缺少截图")
        .await
        .unwrap();
    assert_eq!(place.figure(2, "区教育局", "2021-06-20").await, "0/1/0");

    let id = submit(place, &clerk, record(due)).await.unwrap();
    let lead = place.approver("区政府办");
    evidences::decide(&place.site, &lead, id, true, "").await.unwrap();
    assert_eq!(place.figure(2, "区教育局", "2021-06-20").await, "1/1/0");
    let again = evidences::decide(&place.site, &place.coordinator, id, false, "反悔").await;
    assert!(matches!(again, Err(Error::Conflict(told)) if told.contains("区政府办审批")));

    assert_eq!(
        place.figure(2, "区财政局", "2021-07-01").await,
        "0/1/1",
        "what is not handed in is late"
    );
    assert_eq!(
        place.figure(2, "区教育局", "2021-06-19").await,
        "0/1/0",
        "what happened later is not counted"
    );
}

on_both!(two_who_accept_at_once_decide_once, race_story);

async fn race_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-06-20");
    let due = duty(place, 2, "区教育局", "2021-06-30").await;
    let id = submit(place, &place.clerk("区教育局"), record(due)).await.unwrap();
    let lead = place.approver("区政府办");
    let (first, second) = tokio::join!(
        evidences::decide(&place.site, &place.coordinator, id, true, ""),
        evidences::decide(&place.site, &lead, id, false, "缺少截图")
    );
    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    assert!(matches!(first.err().or(second.err()), Some(Error::Conflict(_))));
}

on_both!(a_classified_file_is_not_kept, classified_story);

async fn classified_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-06-20");
    let mut new = record(duty(place, 2, "区教育局", "2021-06-30").await);
    let secret = Bytes::from_static("机密★三年\n关于某事项的报告".as_bytes());
    let name = kit::blob::BlobId::of(&secret);
    new.files = vec![("报告.txt".into(), secret)];
    let refused = submit(place, &place.clerk("区教育局"), new).await;
    assert!(
        matches!(&refused, Err(Error::Refused { what, .. }) if what.contains("涉密")),
        "{refused:?}"
    );
    assert!(place.site.blobs.get(&name).await.is_err(), "nothing of it is kept");
}

on_both!(a_nil_return_expires_and_is_spot_checked, nil_story);

async fn nil_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-06-20");
    let (site, clerk) = (&place.site, place.clerk("城南镇"));
    let due = duty(place, 2, "城南镇", "2021-06-30").await;
    let too_long = evidences::sign_nil(site, &clerk, due, "本镇没有此类事项", day("2022-06-30")).await;
    assert!(matches!(too_long, Err(Error::Refused { .. })));
    let id = evidences::sign_nil(site, &clerk, due, "本镇没有此类事项", day("2021-09-30"))
        .await
        .unwrap();
    assert_eq!(place.figure(2, "城南镇", "2021-06-20").await, "1/1/0");
    assert_eq!(
        place.figure(2, "城南镇", "2021-10-01").await,
        "2/2/0",
        "it answers every date up to its expiry"
    );
    assert_eq!(
        place.figure(2, "城南镇", "2021-12-20").await,
        "2/3/0",
        "and none after it"
    );

    assert!(matches!(
        evidences::check_nil(site, &clerk, id, true, "").await,
        Err(Error::Forbidden(_))
    ));
    evidences::check_nil(site, &place.coordinator, id, false, "抽查发现有此类事项")
        .await
        .unwrap();
    assert_eq!(
        place.figure(2, "城南镇", "2021-10-01").await,
        "0/2/2",
        "one found wrong answers nothing"
    );
}
