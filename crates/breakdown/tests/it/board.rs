//! The board, its Word form and who is measured by what.

use breakdown::matrix::{Line, Only, Units, Wish, lay_out};
use breakdown::read::Names;
use breakdown::{docx, evidences, figures, importing, tasks, xlsx};
use bytes::Bytes;
use kit::Error;

use crate::evidence::{duty, record};
use crate::support::{Place, TABLE, day, on_both};

on_both!(the_word_form_reads_back_as_the_same_table, docx_story);

async fn docx_story(place: &Place) {
    let first = place.adopted().await;
    let (snapshot, figures) = figures::of_year(&place.site, 2021, day("2021-07-01"))
        .await
        .unwrap()
        .unwrap();
    let bytes = Bytes::from(docx::write(&snapshot, &figures).unwrap());
    let read = importing::read_file(&place.reader, &Names::default(), "看板.docx", &bytes)
        .await
        .unwrap();
    let original = Bytes::copy_from_slice(TABLE.as_bytes());
    let original = importing::read_file(&place.reader, &Names::default(), "表.txt", &original)
        .await
        .unwrap();
    let told = |table: &breakdown::read::Table| {
        let tasks = table.tasks.iter();
        tasks
            .map(|t| {
                (
                    t.no,
                    t.chapter.clone(),
                    t.section.clone(),
                    t.task.clone(),
                    t.requirement.clone(),
                    t.responsible.clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&read), told(&original));
    assert_eq!(read.tasks[5].lead_note.as_deref(), Some("负责区政府规章"));

    let again = importing::import(&place.site, &place.coordinator, &place.reader, "看板.docx", bytes)
        .await
        .unwrap();
    assert!(again.known_before);
    assert_eq!(again.id, first, "the table with its progress is still the same table");
}

on_both!(the_workbook_reads_back_as_the_same_table, xlsx_story);

async fn xlsx_story(place: &Place) {
    let first = place.adopted().await;
    let (snapshot, figures) = figures::of_year(&place.site, 2021, day("2021-07-01"))
        .await
        .unwrap()
        .unwrap();
    let matrix = lay_out(&snapshot, &figures, &Wish::default());
    let bytes = Bytes::from(xlsx::write(&snapshot, &figures, &matrix).unwrap());
    let word = Bytes::from(docx::write(&snapshot, &figures).unwrap());
    let names = Names::default();
    let of_sheet = importing::read_file(&place.reader, &names, "看板.xlsx", &bytes)
        .await
        .unwrap();
    let of_word = importing::read_file(&place.reader, &names, "看板.docx", &word)
        .await
        .unwrap();
    assert_eq!(
        serde_json::to_value(&of_sheet).unwrap(),
        serde_json::to_value(&of_word).unwrap()
    );
    let again = importing::import(&place.site, &place.coordinator, &place.reader, "看板.xlsx", bytes)
        .await
        .unwrap();
    assert!(again.known_before);
    assert_eq!(again.id, first, "the table with its progress is still the same table");
    let second = "工作任务,工作要求,责任单位\n一、规划,,\n1.公开规划,及时公开。,区发改局\n";
    let second = Bytes::from_static(second.as_bytes());
    let table = importing::read_file(&place.reader, &names, "表.csv", &second)
        .await
        .unwrap();
    assert_eq!((table.tasks.len(), table.tasks[0].chapter.as_str()), (1, "一、规划"));
}

on_both!(the_board_shows_what_is_asked_for, matrix_story);

async fn matrix_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-06-20");
    let id = evidences::submit(
        &place.site,
        &place.clerk("区教育局"),
        &place.reader,
        record(duty(place, 2, "区教育局", "2021-06-30").await),
    )
    .await
    .unwrap();
    evidences::decide(&place.site, &place.coordinator, id, true, "")
        .await
        .unwrap();
    let (snapshot, figures) = figures::of_year(&place.site, 2021, day("2021-06-20"))
        .await
        .unwrap()
        .unwrap();

    let own = Wish {
        own: vec![place.unit("区教育局")],
        ..Wish::default()
    };
    let matrix = lay_out(&snapshot, &figures, &own);
    assert_eq!(matrix.columns[0].short_name, "区教育局", "one's own column comes first");
    let groups = matrix
        .lines
        .iter()
        .filter(|line| !matches!(line, Line::Task(_)))
        .count();
    assert_eq!(
        (matrix.lines.len(), groups),
        (11, 5),
        "two chapters and three sections over six tasks"
    );

    let numbers = |wish: Wish| -> Vec<i32> {
        let matrix = lay_out(&snapshot, &figures, &wish);
        matrix
            .lines
            .iter()
            .filter_map(|line| if let Line::Task(row) = line { Some(row.no) } else { None })
            .collect()
    };
    assert_eq!(
        numbers(Wish {
            chapter: Some(2),
            ..Wish::default()
        }),
        [3, 4, 5, 6]
    );
    assert_eq!(
        numbers(Wish {
            only: Some(Only::Claims),
            ..Wish::default()
        }),
        [1, 5, 6]
    );
    assert_eq!(
        numbers(Wish {
            own_duties: true,
            ..own
        }),
        [2, 3, 5]
    );
    let towns = lay_out(
        &snapshot,
        &figures,
        &Wish {
            units: Units::Towns,
            ..Wish::default()
        },
    );
    let names: Vec<&str> = towns.columns.iter().map(|column| column.short_name.as_str()).collect();
    assert_eq!(names, ["城南镇", "河东街道"]);

    let task = place.task(2).await.id;
    let sum = figures.of_task(task);
    // Seven responsible units and the office that coordinates, each with the date of 30 June.
    assert_eq!((sum.done, sum.due, sum.late), (1, 8, 0));
    let unfinished = figures.unfinished(task, Some(place.unit("城南镇")));
    assert_eq!(unfinished.len(), 1);
    assert!(
        unfinished[0].1.link.starts_with("/tasks/2021-2/evidence?unit="),
        "the link leads to where it is finished"
    );
}

on_both!(bindings_are_data, binding_story);

async fn binding_story(place: &Place) {
    place.adopted().await;
    let task = place.task(2).await.id;
    let (site, by) = (&place.site, &place.coordinator);
    assert!(matches!(
        tasks::bind(site, by, task, "nobody.knows", "").await,
        Err(Error::Refused { .. })
    ));
    assert!(matches!(
        tasks::bind(site, by, task, "breakdown.records", "").await,
        Err(Error::Refused { .. })
    ));
    assert!(matches!(
        tasks::bind(site, by, task, "breakdown.claims", "主题").await,
        Err(Error::Refused { .. })
    ));
    tasks::bind(site, by, task, "breakdown.claims", "").await.unwrap();
    assert_eq!(
        place.task(2).await.measures,
        ["breakdown.records", "breakdown.lead", "breakdown.claims"]
    );
    let clerk = place.clerk("区教育局");
    assert!(matches!(
        tasks::bind(site, &clerk, task, "breakdown.claims", "").await,
        Err(Error::Forbidden(_))
    ));
}

on_both!(work_is_listed_for_those_who_do_it, work_story);

async fn work_story(place: &Place) {
    place.adopted().await;
    place.set_day("2021-06-20");
    let titles = |items: Vec<kit::capability::WorkItem>| -> Vec<String> {
        items
            .into_iter()
            .map(|item| format!("{}{}", item.title, if item.waiting { "（等）" } else { "" }))
            .collect()
    };
    let clerk = place.clerk("城南镇");
    let mine = titles(place.site.work_for(&clerk).await.unwrap());
    assert_eq!(mine, ["报送：第1项　主动公开专项规划。", "报送：第2项　公开办事指南。"]);
    assert!(titles(place.site.work_for(&place.coordinator).await.unwrap()).is_empty());
    let new = record(duty(place, 2, "城南镇", "2021-06-30").await);
    evidences::submit(&place.site, &clerk, &place.reader, new)
        .await
        .unwrap();
    assert_eq!(
        titles(place.site.work_for(&place.coordinator).await.unwrap()),
        ["验收佐证：第二季度办事指南更新情况"]
    );
    let mine = titles(place.site.work_for(&clerk).await.unwrap());
    assert_eq!(
        mine,
        ["报送：第1项　主动公开专项规划。", "报送：第2项　公开办事指南。（等）"]
    );
    let lead = titles(place.site.work_for(&place.clerk("区发改局")).await.unwrap());
    assert!(
        lead.contains(&"提出名单：第1项　主动公开专项规划。".to_string()),
        "{lead:?}"
    );
}
