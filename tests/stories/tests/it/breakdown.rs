//! From the district's table of tasks to a board on which every task measures itself.

use chrono::NaiveDate;
use kit::permission::Role;
use stories::{TestApp, Visitor};

on_both_databases!(a_table_becomes_a_board_and_an_accepted_record_moves_its_figure);

const TABLE: &[u8] = include_bytes!("../../../../crates/breakdown/samples/2021-cangshan-task-breakdown.docx");

/// Imports and adopts the sample table, and returns the coordinator who did.
pub async fn adopted(app: &TestApp) -> Visitor {
    let coordinator = app.staff(Role::Coordinator, None).await;
    let sent = coordinator
        .upload("/breakdowns", &[], ("table", "2021年任务分解表.docx", TABLE))
        .await
        .expect(303);
    let preview = coordinator.get(&sent.location()).await.expect(200);
    let office = preview.option("office", "区政府办");
    let answers = [("do", "apply"), ("year", "2021"), ("office", office.as_str())];
    let adopted = coordinator.submit(&sent.location(), &answers).await.expect(303);
    assert_eq!(adopted.location(), "/board");
    coordinator
}

async fn a_table_becomes_a_board_and_an_accepted_record_moves_its_figure(app: TestApp) {
    let coordinator = adopted(&app).await;
    let board = coordinator.get("/board").await.expect(200);
    let numbers = board.texts_of("table.board th.task .no");
    assert_eq!(
        numbers,
        (1..=34).map(|n| n.to_string()).collect::<Vec<_>>(),
        "the board shows 34 tasks"
    );
    let again = coordinator
        .upload("/breakdowns", &[], ("table", "同一张.docx", TABLE))
        .await
        .expect(303);
    coordinator.follow(again).await.expect(200).expect_words("以前导入过");

    app.clock.set_date(NaiveDate::from_ymd_opt(2021, 6, 21).unwrap());
    coordinator.sign_in_again().await;
    let clerk = app.staff(Role::Drafter, "区财政局").await;
    let (task, duty) = duty_of(&clerk, &app.unit("区财政局").await.id.to_string()).await;
    let before = ratio(&coordinator, &task).await;
    let form = clerk.get(&duty).await.expect(200);
    let (unit, part, date) = (form.value("unit"), form.value("part"), form.value("date"));
    let fields = [
        ("unit", unit.as_str()),
        ("part", &part),
        ("date", &date),
        ("title", "第二季度情况"),
        ("what", "办理了三件"),
        ("day", "2021-06-18"),
    ];
    let record = clerk
        .upload(
            &format!("{task}/evidence"),
            &fields,
            ("files", "说明.txt", "办理了三件".as_bytes()),
        )
        .await;
    let record = record.expect(303).location();
    let own = clerk.submit(&record, &[("decision", "accept")]).await;
    assert_eq!(own.status, 403, "who handed it in does not accept it: {own}");
    assert_eq!(ratio(&coordinator, &task).await, before, "handed in is not accepted");
    coordinator.submit(&record, &[("decision", "accept")]).await.expect(303);
    let ((done, due), (before, due_before)) = (ratio(&coordinator, &task).await, before);
    assert_eq!(
        (done, due),
        (before + 1, due_before),
        "an accepted record moves the figure"
    );
    clerk.get(&record).await.expect(200).expect_words("通过");
}

/// A task of this unit for which it hands in records, and the address where it does.
async fn duty_of(clerk: &Visitor, unit: &str) -> (String, String) {
    let duties = clerk.get("/duties").await.expect(200);
    for task in duties.attributes_of(".table--tasks .what a", "href") {
        let page = clerk.get(&task).await.expect(200);
        let links = page.attributes_of("#unfinished a", "href");
        let own = links
            .into_iter()
            .find(|link| link.starts_with(&format!("{task}/evidence?")) && link.contains(unit));
        let Some(duty) = own else { continue };
        let form = clerk.get(&duty).await.expect(200);
        if form.count("form[enctype]") == 1 {
            return (task, duty);
        }
    }
    panic!("the unit has no task with records:\n{duties}");
}

/// The sum of a task on the board: (done, due).
async fn ratio(coordinator: &Visitor, task: &str) -> (u32, u32) {
    let page = coordinator.get(task).await.expect(200);
    let words = page.texts_of(".measures .ratio");
    let both = words.iter().filter_map(|w| w.split_once('/')).map(|(done, due)| {
        let number = |text: &str| {
            text.trim()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
                .parse::<u32>()
        };
        (number(done).unwrap(), number(due).unwrap())
    });
    both.fold((0, 0), |(done, due), (more_done, more_due)| {
        (done + more_done, due + more_due)
    })
}
