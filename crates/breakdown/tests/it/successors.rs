//! A unit is merged during the year: whoever takes over owes what comes after, and shows what came before.

use breakdown::evidences;
use kit::Error;
use kit::account::Actor;

use crate::evidence::{duty, record};
use crate::support::{Place, day, on_both};

on_both!(a_successor_takes_over, successor_story);

async fn successor_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-08-01");
    let (old, new) = (place.unit("区教育局"), place.unit("区司法局"));
    kit::unit::service::end(
        &place.site,
        &place.coordinator,
        old,
        day("2021-08-01"),
        Some(new),
        "机构改革",
    )
    .await
    .unwrap();

    assert_eq!(
        place.figure(2, "区教育局", "2021-07-20").await,
        "0/1/1",
        "before the merger as it was"
    );
    assert_eq!(
        place.figure(2, "区教育局", "2021-08-02").await,
        "-",
        "after it the column is gone"
    );
    assert_eq!(
        place.figure(2, "区司法局", "2021-08-02").await,
        "0/2/2",
        "both June reports stand under the successor"
    );
    assert_eq!(
        place.figure(2, "区司法局", "2021-09-20").await,
        "0/3/2",
        "the date of September is owed once"
    );

    let due = duty(place, 2, "区教育局", "2021-06-30").await;
    let clerk = place.clerk("区司法局");
    let id = evidences::submit(&place.site, &clerk, &place.reader, record(due))
        .await
        .unwrap();
    evidences::decide(&place.site, &place.coordinator, id, true, "")
        .await
        .unwrap();
    assert_eq!(
        place.figure(2, "区司法局", "2021-09-20").await,
        "1/3/1",
        "the successor answers for the old unit"
    );
}

on_both!(a_unit_that_ends_without_successor_owes_nothing_more, end_story);

async fn end_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-08-01");
    let unit = place.unit("河东街道");
    let by = Actor {
        account: None,
        ..place.coordinator.clone()
    };
    kit::unit::service::end(&place.site, &by, unit, day("2021-08-01"), None, "撤销")
        .await
        .unwrap();
    assert_eq!(place.figure(2, "河东街道", "2021-10-10").await, "-");
    let due = duty(place, 2, "河东街道", "2021-09-30").await;
    let late = evidences::sign_nil(&place.site, &place.clerk("区财政局"), due, "没有", day("2021-09-30")).await;
    assert!(matches!(late, Err(Error::Forbidden(_))));
}
