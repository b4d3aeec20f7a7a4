//! Lists of units concerned: proposed, claimed, confirmed, objected to, decided; adjusted and withdrawn.

use breakdown::assignments::{self, Adjustment};
use breakdown::{AssignmentState, Part};
use kit::Error;

use crate::support::{Place, day, on_both};

async fn state(place: &Place, no: i32, unit: &str) -> AssignmentState {
    let unit = place.unit(unit);
    let task = place.task(no).await;
    let owed = task
        .assignments
        .iter()
        .rev()
        .find(|o| o.unit == unit && o.part == Part::Responsible);
    owed.unwrap().state
}

on_both!(a_unit_objects_and_the_office_decides, objection_story);

async fn objection_story(place: &Place) {
    place.adopted().await;
    let site = &place.site;
    let task = place.task(1).await.id;
    let (lead, finance) = (place.clerk("区发改局"), place.unit("区财政局"));

    let stranger = assignments::propose(site, &place.clerk("区教育局"), task, finance, "有专项规划").await;
    assert!(
        matches!(stranger, Err(Error::Forbidden(_))),
        "only a lead or the office proposes"
    );
    let id = assignments::propose(site, &lead, task, finance, "有专项规划")
        .await
        .unwrap();
    assert_eq!(
        place.figure(1, "区财政局", "2021-06-20").await,
        "待确认",
        "a proposal owes nothing"
    );
    let twice = assignments::propose(site, &lead, task, finance, "再提一次").await;
    assert!(matches!(twice, Err(Error::Refused { .. })));
    assert!(matches!(
        assignments::confirm(site, &lead, &[id]).await,
        Err(Error::Forbidden(_))
    ));

    let not_own = assignments::object(site, &place.clerk("区教育局"), id, "不归本单位").await;
    assert!(
        matches!(not_own, Err(Error::Forbidden(_))),
        "only the unit itself objects"
    );
    assignments::object(site, &place.clerk("区财政局"), id, "三定规定中没有此职责")
        .await
        .unwrap();
    assert_eq!(state(place, 1, "区财政局").await, AssignmentState::Objected);
    let settled = assignments::settle(site, &place.coordinator, task).await;
    assert!(
        matches!(settled, Err(Error::Refused { .. })),
        "a list with an open objection is not settled"
    );

    assignments::decide(site, &place.coordinator, id, true, "职责确实不在该局")
        .await
        .unwrap();
    assert_eq!(state(place, 1, "区财政局").await, AssignmentState::Withdrawn);
    let late = assignments::decide(site, &place.coordinator, id, true, "再定一次").await;
    assert!(matches!(late, Err(Error::Conflict(_))));
}

on_both!(a_unit_claims_and_an_objection_is_turned_down, claim_story);

async fn claim_story(place: &Place) {
    place.adopted().await;
    let site = &place.site;
    let task = place.task(1).await.id;
    let (clerk, school) = (place.clerk("区教育局"), place.unit("区教育局"));
    let foreign = assignments::claim(site, &clerk, task, place.unit("区财政局"), "替别人认领").await;
    assert!(matches!(foreign, Err(Error::Forbidden(_))));
    let id = assignments::claim(site, &clerk, task, school, "本局编有教育专项规划")
        .await
        .unwrap();
    assignments::confirm(site, &place.coordinator, &[id]).await.unwrap();
    assert_eq!(place.figure(1, "区教育局", "2021-06-20").await, "0/1/0");

    assignments::object(site, &clerk, id, "重新考虑后认为不归本局")
        .await
        .unwrap();
    assert_eq!(
        place.figure(1, "区教育局", "2021-06-20").await,
        "0/1/0",
        "an objection suspends nothing confirmed"
    );
    let silent = assignments::decide(site, &place.coordinator, id, false, "").await;
    assert!(
        matches!(silent, Err(Error::Refused { .. })),
        "turning an objection down needs a reason"
    );
    assignments::decide(site, &place.coordinator, id, false, "规划由该局编制")
        .await
        .unwrap();
    assert_eq!(state(place, 1, "区教育局").await, AssignmentState::Confirmed);

    assert_eq!(
        place.figure(1, "区发改局", "2021-06-20").await,
        "0/2/1",
        "the lead owes its report and the list"
    );
    assignments::settle(site, &place.coordinator, task).await.unwrap();
    assert!(!place.task(1).await.is_open);
    assert_eq!(place.figure(1, "区发改局", "2021-06-20").await, "1/2/0");
}

on_both!(two_who_claim_at_once_stand_once, claim_race_story);

async fn claim_race_story(place: &Place) {
    place.adopted().await;
    let task = place.task(1).await.id;
    let (one, two, unit) = (place.clerk("区教育局"), place.clerk("区教育局"), place.unit("区教育局"));
    let (first, second) = tokio::join!(
        assignments::claim(&place.site, &one, task, unit, "认领"),
        assignments::claim(&place.site, &two, task, unit, "认领")
    );
    assert!(first.is_ok() != second.is_ok());
    let lost = first.err().or(second.err());
    assert!(matches!(lost, Some(Error::Refused { .. })));
}

on_both!(the_office_sets_dates_and_the_unit_its_contact, adjustment_story);

async fn adjustment_story(place: &Place) {
    place.adopted().await;
    let site = &place.site;
    let unit = place.unit("区教育局");
    let task = place.task(2).await;
    let id = task
        .assignments
        .iter()
        .find(|o| o.unit == unit && o.part == Part::Responsible)
        .unwrap()
        .id;
    let new = Adjustment {
        limit_on: day("2021-11-30"),
        reporting: vec![day("2021-11-30")],
        office_section: "办公室".into(),
        contact: "政务公开联络员".into(),
        note: String::new(),
    };
    assignments::adjust(site, &place.clerk("区教育局"), id, &new)
        .await
        .unwrap();
    assert_eq!(
        place.figure(2, "区教育局", "2021-06-20").await,
        "0/1/0",
        "a unit cannot move its own dates"
    );
    assignments::adjust(site, &place.coordinator, id, &new).await.unwrap();
    assert_eq!(
        place.figure(2, "区教育局", "2021-06-20").await,
        "n/a",
        "0 of 0 is 不适用"
    );
    assert_eq!(place.figure(2, "区教育局", "2021-11-20").await, "0/1/0");

    let beyond = Adjustment {
        reporting: vec![day("2021-12-31")],
        ..new
    };
    assert!(matches!(
        assignments::adjust(site, &place.coordinator, id, &beyond).await,
        Err(Error::Refused { .. })
    ));

    place.set_day("2021-12-01");
    assignments::withdraw(site, &place.coordinator, id, "职能划转")
        .await
        .unwrap();
    assert_eq!(
        place.figure(2, "区教育局", "2021-11-20").await,
        "0/1/0",
        "the past keeps what was owed then"
    );
    assert_eq!(
        place.figure(2, "区教育局", "2021-12-02").await,
        "0/1/1",
        "what fell due before stays a debt"
    );
}
