//! Other layouts that a coming year may bring; all samples are made up (示例).

use super::support::{cell, document, names, row, sheet};
use crate::read::{Column, DoubtKind, Place, Table, Task, from_document, from_text};

const TITLE: &str = "2022年示例区政务公开工作主要任务分解表";

fn read(rows: &[&[&str]]) -> Table {
    from_document(&sheet(TITLE, rows), &names()).unwrap()
}

fn kinds(table: &Table) -> Vec<DoubtKind> {
    table.doubts.iter().map(|doubt| doubt.kind).collect()
}

#[test]
fn a_number_column_of_its_own_and_a_time_limit() {
    let table = read(&[
        &["序号", "工作任务", "工作要求", "牵头单位", "责任单位", "完成时限"],
        &["一、示例章"],
        &[
            "1",
            "示例任务甲。",
            "示例要求甲。",
            "区财政局",
            "区直各单位",
            "2022年6月底",
        ],
        &["2.", "2、示例任务乙。", "示例要求乙。", "区教育局", "各单位", "长期"],
    ]);
    assert_eq!(
        table.tasks[0],
        Task {
            no: 1,
            chapter: "一、示例章".to_owned(),
            section: String::new(),
            task: "示例任务甲。".to_owned(),
            requirement: "示例要求甲。".to_owned(),
            lead: vec!["区财政局".to_owned()],
            lead_note: None,
            responsible: "区直各单位".to_owned(),
            due: Some("2022年6月底".to_owned()),
            place: Place::Row { table: 1, row: 3 },
        }
    );
    assert_eq!((table.tasks[1].no, table.tasks[1].task.as_str()), (2, "示例任务乙。"));
    assert_eq!(kinds(&table), []);
    assert_eq!(table.year, Some(2022));
}

#[test]
fn columns_in_another_order() {
    let table = read(&[
        &["责任单位", "牵头单位", "工作任务", "工作要求"],
        &["区直各单位", "区财政局", "1.示例任务。", "示例要求。"],
    ]);
    assert_eq!(table.tasks[0].responsible, "区直各单位");
    assert_eq!(table.tasks[0].lead, ["区财政局"]);
    assert_eq!(table.tasks[0].requirement, "示例要求。");
}

#[test]
fn responsible_units_only() {
    let table = read(&[
        &["主要任务", "具体要求", "责任部门"],
        &["（一）示例节", "", ""],
        &["1．示例任务。", "示例要求。", "区财政局、区教育局"],
    ]);
    assert_eq!(table.tasks[0].section, "（一）示例节");
    assert_eq!(table.tasks[0].responsible, "区财政局、区教育局");
    assert_eq!(kinds(&table), [], "no lead column, so no empty lead");
}

#[test]
fn headings_in_plain_rows_or_repeated_in_every_cell() {
    let table = read(&[
        &["工作任务", "工作要求", "牵头单位", "责任单位"],
        &["一、示例章", "", "", ""],
        &["（一）示例节", "（一）示例节", "（一）示例节", "（一）示例节"],
        &["1.示例任务。", "示例要求。", "区财政局", "各单位"],
    ]);
    assert_eq!(
        (table.tasks[0].chapter.as_str(), table.tasks[0].section.as_str()),
        ("一、示例章", "（一）示例节")
    );
}

#[test]
fn a_new_chapter_ends_the_section() {
    let table = read(&[
        &["工作任务", "工作要求", "牵头单位", "责任单位"],
        &["一、示例章甲"],
        &["（一）示例节"],
        &["1.示例任务。", "示例要求。", "区财政局", "各单位"],
        &["第二章 示例章乙"],
        &["2.示例任务。", "示例要求。", "区财政局", "各单位"],
    ]);
    assert_eq!(
        (table.tasks[1].chapter.as_str(), table.tasks[1].section.as_str()),
        ("第二章示例章乙", "")
    );
}

#[test]
fn a_task_merged_over_several_rows_is_one_task() {
    let rows = vec![
        row(4, &["工作任务", "工作要求", "牵头单位", "责任单位"]),
        content::Row {
            cells: vec![
                cell("1.示例任务。", 1, 2),
                cell("第一项要求。", 1, 1),
                cell("区财政局", 1, 2),
                cell("区教育局", 1, 1),
            ],
        },
        content::Row {
            cells: vec![cell("第二项要求。", 1, 1), cell("区卫健局", 1, 1)],
        },
    ];
    let table = from_document(&document(TITLE, rows), &names()).unwrap();
    assert_eq!(table.tasks.len(), 1);
    assert_eq!(table.tasks[0].requirement, "第一项要求。第二项要求。");
    assert_eq!(table.tasks[0].lead, ["区财政局"]);
    assert_eq!(table.tasks[0].responsible, "区教育局 区卫健局");
}

#[test]
fn lead_units_merged_over_several_tasks_belong_to_each() {
    let rows = vec![
        row(4, &["工作任务", "工作要求", "牵头单位", "责任单位"]),
        content::Row {
            cells: vec![
                cell("1.示例任务甲。", 1, 1),
                cell("示例要求甲。", 1, 1),
                cell("区财政局", 1, 2),
                cell("各单位", 1, 1),
            ],
        },
        row(4, &["2.示例任务乙。", "示例要求乙。", "各单位"]),
    ];
    let table = from_document(&document(TITLE, rows), &names()).unwrap();
    assert_eq!(table.tasks[1].lead, ["区财政局"]);
    assert_eq!(table.tasks[1].responsible, "各单位");
}

#[test]
fn a_header_of_two_rows() {
    let rows = vec![
        content::Row {
            cells: vec![
                cell("序号", 1, 2),
                cell("工作任务", 1, 2),
                cell("工作要求", 1, 2),
                cell("分工", 2, 1),
            ],
        },
        content::Row {
            cells: vec![cell("牵头单位", 1, 1), cell("责任单位", 1, 1)],
        },
        row(5, &["1", "示例任务。", "示例要求。", "区财政局", "各单位"]),
    ];
    let table = from_document(&document(TITLE, rows), &names()).unwrap();
    assert_eq!(table.tasks[0].lead, ["区财政局"]);
    assert_eq!(table.tasks[0].responsible, "各单位");
}

#[test]
fn other_tables_and_unused_columns_do_not_disturb() {
    let mut with_contacts = sheet("关于印发示例的通知", &[&["姓名", "电话"], &["示例甲", "0000"]]);
    let wanted: &[&[&str]] = &[
        &["2022年示例区主要任务分解表"],
        &["工作任务", "工作要求", "牵头单位", "责任单位", "备注"],
        &["1.示例任务。", "示例要求。", "区财政局", "各单位", "示例备注"],
    ];
    with_contacts.blocks.extend(sheet("", wanted).blocks);
    let table = from_document(&with_contacts, &names()).unwrap();
    assert_eq!(table.title, "2022年示例区主要任务分解表");
    assert_eq!(table.tasks.len(), 1);
    assert_eq!(table.tasks[0].place, Place::Row { table: 2, row: 3 });
    assert_eq!(kinds(&table), [DoubtKind::UnusedColumn]);
}

#[test]
fn a_table_cut_in_two_by_the_page() {
    let header: &[&str] = &["工作任务", "工作要求", "牵头单位", "责任单位"];
    let mut first = sheet(TITLE, &[header, &["1.示例任务。", "示例要求。", "区财政局", "各单位"]]);
    first
        .blocks
        .extend(sheet("", &[header, &["2.示例任务。", "示例要求。", "区财政局", "各单位"]]).blocks);
    assert_eq!(from_document(&first, &names()).unwrap().tasks.len(), 2);
}

#[test]
fn gaps_stray_rows_and_missing_titles_are_told() {
    let table = from_document(
        &sheet(
            "",
            &[
                &["工作任务", "工作要求", "牵头单位", "责任单位"],
                &["1.示例任务。", "示例要求。", "区财政局", "各单位"],
                &["以上任务请于年底前完成"],
                &["3.示例任务。", "示例要求。", "区财政局", "各单位"],
            ],
        ),
        &names(),
    )
    .unwrap();
    assert_eq!(
        kinds(&table),
        [DoubtKind::Stray, DoubtKind::NoTitle, DoubtKind::Numbering]
    );
    assert_eq!(table.doubts[2].column, Some(Column::Number));
    assert_eq!(table.year, None);
}

#[test]
fn text_copied_from_a_spreadsheet() {
    let text = "二〇二二年示例区主要任务分解表\n序号\t工作任务\t工作要求\t责任单位\t完成时限\n一、示例章\t\t\t\t\n（一）示例节\n\
                1\t示例任务甲。\t示例要求\n甲。\t区直各单位\t6月底\n2\t示例任务乙。\t示例要求乙。\t各单位\t12月底\n";
    let table = from_text(text, &names()).unwrap();
    assert_eq!(table.year, Some(2022));
    assert_eq!(table.tasks.len(), 2);
    assert_eq!(table.tasks[0].section, "（一）示例节");
    assert_eq!(table.tasks[0].requirement, "示例要求甲。");
    assert_eq!(table.tasks[1].due.as_deref(), Some("12月底"));
    assert_eq!(kinds(&table), []);
}

#[test]
fn a_row_with_missing_cells_in_text_does_not_swallow_the_next() {
    let text = "2022年示例区主要任务分解表\n\t工作任务\n\t工作要求\n\t牵头单位\n\t责任单位\n\
                \t1.示例任务甲。\n\t示例要求甲。\n\t区财政局\n\t（二）示例节\n\t2.示例任务乙。\n\t3.示例任务丙。\n\t示例要求丙。\n\t区财政局\n\t各单位\n";
    let table = from_text(text, &names()).unwrap();
    assert_eq!(table.tasks.iter().map(|task| task.no).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(table.tasks[1].section, "（二）示例节");
    let missing: Vec<_> = table
        .doubts
        .iter()
        .filter(|d| d.kind == DoubtKind::MissingCells)
        .map(|d| d.task)
        .collect();
    assert_eq!(missing, [Some(1), Some(2)]);
}
