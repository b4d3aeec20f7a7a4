//! Adoption: what practice demands, once and whole, whoever else acts at the same time.

use std::time::Duration;

use breakdown::importing::{adopt, service};
use breakdown::tasks::{Overview, overview};
use breakdown::{AssignmentState, Origin, Part};
use kit::Error;
use kit::permission::Role;

use crate::support::{Place, TABLE, on_both, person};

on_both!(a_table_becomes_assignments, adoption_story);

fn owed(place: &Place, task: &Overview, part: Part) -> Vec<(String, Origin)> {
    let names = [
        "区政府办",
        "区发改局",
        "区财政局",
        "区司法局",
        "区教育局",
        "城南镇",
        "河东街道",
    ];
    let of_part = task.assignments.iter().filter(|owed| owed.part == part);
    let mut owed: Vec<(String, Origin)> = of_part
        .map(|owed| {
            assert_eq!(owed.state, AssignmentState::Assigned);
            let name = names.iter().find(|name| place.unit(name) == owed.unit).unwrap();
            (name.to_string(), owed.origin)
        })
        .collect();
    owed.sort_by_key(|(name, _)| names.iter().position(|known| known == name));
    owed
}

async fn adoption_story(place: &Place) {
    place.adopted().await;
    let tasks = place.tasks().await;
    assert_eq!(tasks.len(), 6);
    let named = |name: &str| vec![(name.to_string(), Origin::Named)];
    let expanded = |names: &[&str]| -> Vec<(String, Origin)> {
        names.iter().map(|name| (name.to_string(), Origin::Expanded)).collect()
    };
    let towns = expanded(&["城南镇", "河东街道"]);
    let departments = expanded(&["区政府办", "区发改局", "区财政局", "区司法局", "区教育局"]);

    assert!(tasks[0].is_open, "有关单位 is claimed, not expanded");
    assert_eq!(owed(place, &tasks[0], Part::Lead), named("区发改局"));
    assert_eq!(owed(place, &tasks[0], Part::Responsible), towns);

    assert!(!tasks[1].is_open);
    let office = vec![("区政府办".to_string(), Origin::Rule)];
    assert_eq!(
        owed(place, &tasks[1], Part::Lead),
        office,
        "a row without lead is coordinated by the office"
    );
    assert_eq!(
        owed(place, &tasks[1], Part::Responsible),
        [departments.clone(), towns].concat()
    );

    assert_eq!(
        owed(place, &tasks[2], Part::Lead),
        named("区政府办"),
        "an unknown name means what was answered"
    );
    assert_eq!(owed(place, &tasks[2], Part::Responsible), departments);

    let by_rule = vec![("区财政局".to_string(), Origin::Rule)];
    assert_eq!(
        owed(place, &tasks[3], Part::Responsible),
        by_rule,
        "without responsible units the lead owes"
    );
    assert_eq!(
        owed(place, &tasks[4], Part::Lead),
        [named("区司法局"), named("区教育局")].concat()
    );

    assert_eq!(tasks[1].measures, ["breakdown.records", "breakdown.lead"]);
    assert!(tasks[0].measures.contains(&"breakdown.claims".to_string()));
}

on_both!(of_two_who_adopt_at_once_one_wins, race_story);

async fn race_story(place: &Place) {
    let preview = place.import(TABLE).await.unwrap();
    place.answer(preview.id).await;
    let (one, two) = (
        person("主管甲岗", Role::Coordinator, None),
        person("主管乙岗", Role::Coordinator, None),
    );
    let (first, second) = tokio::join!(
        adopt(&place.site, &one, preview.id),
        adopt(&place.site, &two, preview.id)
    );
    let (winner, loser) = match (&first, &second) {
        (Ok(()), Err(error)) => ("主管甲岗", error),
        (Err(error), Ok(())) => ("主管乙岗", error),
        other => panic!("{other:?}"),
    };
    assert!(
        matches!(loser, Error::Conflict(told) if told.contains(winner)),
        "{loser:?}"
    );
    assert_eq!(place.tasks().await.len(), 6);
}

on_both!(of_two_tables_of_a_year_one_is_in_force, second_story);

async fn second_story(place: &Place) {
    let first = place.adopted().await;
    let other = place
        .import(&TABLE.replace("公开办事指南", "公开服务指南"))
        .await
        .unwrap();
    place.answer(other.id).await;
    let refused = adopt(&place.site, &place.coordinator, other.id).await.unwrap_err();
    assert!(matches!(&refused, Error::Refused { what, .. } if what.contains("2021年")));
    let reason = "上级下发了修订表";
    service::set_aside(&place.site, &place.coordinator, first, reason)
        .await
        .unwrap();
    adopt(&place.site, &place.coordinator, other.id).await.unwrap();
    assert_eq!(place.task(2).await.title, "公开服务指南。");
}

on_both!(an_adoption_cut_short_leaves_nothing_half_done, cut_story);

/// Drops the adoption after ever longer times, until it gets through. A dropped one leaves all or nothing.
async fn cut_story(place: &Place) {
    let preview = place.import(TABLE).await.unwrap();
    place.answer(preview.id).await;
    let (mut micros, mut cuts) = (200, 0);
    loop {
        let adoption = adopt(&place.site, &place.coordinator, preview.id);
        let finished = tokio::time::timeout(Duration::from_micros(micros), adoption).await;
        let tasks = overview(&place.site, 2021).await.unwrap();
        match (finished, tasks) {
            (Ok(Ok(())), Some(tasks)) => {
                assert_eq!(tasks.len(), 6);
                break;
            }
            (Err(_), None) => cuts += 1,
            // The commit had been sent when the caller gave up, or ended after the look above: then everything stands.
            (Err(_) | Ok(Err(Error::Conflict(_))), Some(tasks)) => {
                assert_eq!(tasks.len(), 6);
                assert!(
                    tasks
                        .iter()
                        .all(|task| !task.assignments.is_empty() && !task.measures.is_empty())
                );
                break;
            }
            other => panic!("{other:?}"),
        }
        micros = micros * 3 / 2;
    }
    assert!(cuts > 0, "no adoption was cut short");
}
