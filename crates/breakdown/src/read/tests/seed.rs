//! The published table of 2021, from both of its sources.

use serde_json::Value;

use super::support::{SEED_EXPECTED, SEED_TEXT, document, names, row};
use crate::read::{DoubtKind, Names, Table, fingerprint, from_document, from_text};

fn expected() -> Value {
    serde_json::from_str(SEED_EXPECTED).unwrap()
}

/// The table of 2021 as the Word file has it: chapters merged across, header rows repeated, breaks between lead units.
fn word() -> content::Document {
    const HEADER: [&str; 4] = ["工作任务", "工作要求", "牵头单位", "责任单位"];
    let table = expected();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows = vec![row(4, &HEADER)];
    let (mut chapter, mut section) = (String::new(), String::new());
    for task in table["tasks"].as_array().unwrap() {
        for (last, key) in [(&mut chapter, "chapter"), (&mut section, "section")] {
            if *last != text(&task[key]) {
                *last = text(&task[key]);
                rows.push(row(4, &[last.as_str()]));
            }
        }
        if [8, 15, 22, 29].contains(&task["no"].as_u64().unwrap()) {
            rows.push(row(4, &HEADER));
        }
        let mut lead: Vec<String> = task["lead"].as_array().unwrap().iter().map(text).collect();
        if let Some(note) = task["lead_note"].as_str() {
            lead.push(format!("（{note}）"));
        }
        let task_cell = format!("{}.{}", task["no"], text(&task["task"]));
        let cells = [
            task_cell,
            text(&task["requirement"]),
            lead.join("\n"),
            text(&task["responsible"]),
        ];
        rows.push(row(4, &cells.each_ref().map(String::as_str)));
    }
    document(&text(&table["title"]), rows)
}

fn json(table: &Table) -> Value {
    serde_json::to_value(table).unwrap()
}

#[test]
fn the_published_text_is_read_as_a_person_reads_it() {
    let table = from_text(SEED_TEXT, &names()).unwrap();
    let (found, wanted) = (json(&table), expected());
    for (found, wanted) in found["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .zip(wanted["tasks"].as_array().unwrap())
    {
        assert_eq!(found, wanted);
    }
    assert_eq!(found, wanted);
    assert_eq!(table.year, Some(2021));
}

#[test]
fn the_word_table_is_read_alike() {
    let (word, text) = (
        from_document(&word(), &names()).unwrap(),
        from_text(SEED_TEXT, &names()).unwrap(),
    );
    assert_eq!(json(&word), expected());
    assert_eq!(fingerprint(&word), fingerprint(&text));
}

#[test]
fn names_that_run_together_come_apart_without_a_register_too() {
    let table = from_text(SEED_TEXT, &Names::default()).unwrap();
    assert_eq!(json(&table), expected());
}

#[test]
fn it_has_34_tasks_in_4_chapters_and_13_sections() {
    let table = from_text(SEED_TEXT, &names()).unwrap();
    assert_eq!(
        table.tasks.iter().map(|task| task.no).collect::<Vec<_>>(),
        (1..=34).collect::<Vec<_>>()
    );
    let mut chapters: Vec<&str> = table.tasks.iter().map(|task| task.chapter.as_str()).collect();
    chapters.dedup();
    let mut sections: Vec<&str> = table.tasks.iter().map(|task| task.section.as_str()).collect();
    sections.dedup();
    assert_eq!((chapters.len(), sections.len()), (4, 13));
}

#[test]
fn its_doubts_are_these() {
    let table = from_text(SEED_TEXT, &names()).unwrap();
    let of = |kind| -> Vec<(u32, &str)> {
        let doubts = table.doubts.iter().filter(|doubt| doubt.kind == kind);
        doubts
            .map(|doubt| (doubt.task.unwrap(), doubt.words.as_str()))
            .collect()
    };
    assert_eq!(of(DoubtKind::RunTogether), [(3, "区发改局区商务局")]);
    assert_eq!(of(DoubtKind::CutOff), [(19, "及时回应重点舆情")]);
    assert_eq!(of(DoubtKind::Unmatched), [(8, "，与村居）务公开有")]);
    let lost = [(8, "村居）务公开"), (29, "政府公开申请"), (32, "同案不同判题")];
    assert_eq!(of(DoubtKind::Lost), lost);
    let empty: Vec<u32> = of(DoubtKind::Empty).into_iter().map(|(no, _)| no).collect();
    assert_eq!(empty, [2, 4, 12, 15, 16, 17, 18, 21, 26, 28, 29, 30, 31, 32]);
    assert_eq!(of(DoubtKind::UnknownUnit), []);
    assert_eq!(of(DoubtKind::Numbering), []);
    let task = table
        .doubts
        .iter()
        .find(|doubt| doubt.kind == DoubtKind::CutOff)
        .unwrap();
    assert_eq!(
        task.message,
        "任务19“工作任务”（第215行）以“及时回应重点舆情”结尾，没有句末标点，可能有缺失，请对照原文。"
    );
}

#[test]
fn another_word_makes_another_fingerprint() {
    let table = from_text(SEED_TEXT, &names()).unwrap();
    let mut other = table.clone();
    other.tasks[5].requirement = other.tasks[5].requirement.replace("预算、决算", "决算、预算");
    assert_ne!(fingerprint(&table), fingerprint(&other));
    let mut moved = table.clone();
    let lead = moved.tasks[3].lead.pop().unwrap();
    moved.tasks[3].lead_note = Some(lead);
    assert_ne!(fingerprint(&table), fingerprint(&moved));
}
