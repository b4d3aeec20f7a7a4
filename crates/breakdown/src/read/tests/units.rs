//! Unit names in cells.

use super::support::names;
use crate::read::responsible::{GroupKind, Member, parse, parse_with};
use crate::read::{DoubtKind, Names, from_document};

fn named(name: &str) -> Member {
    Member::Named(name.to_owned())
}

#[test]
fn groups_are_recognised_however_they_are_written() {
    use GroupKind::{AllDepartments, AllTowns, ConcernedDepartments};
    for (text, kinds) in [
        (
            "区直各有关单位，各镇人民政府、街道办事处",
            vec![ConcernedDepartments, AllTowns],
        ),
        ("区直各单位，各镇人民政府、街道办事处", vec![AllDepartments, AllTowns]),
        ("区直各单位、各镇（街道）", vec![AllDepartments, AllTowns]),
        ("各镇街，区直有关部门", vec![AllTowns, ConcernedDepartments]),
        ("各有关单位", vec![ConcernedDepartments]),
        ("各单位", vec![AllDepartments]),
        ("区直各部门", vec![AllDepartments]),
        ("各镇人民政府、\n街道办\n事处", vec![AllTowns]),
        (
            "区直各有关单位 各镇人民政府、各街道办事处",
            vec![ConcernedDepartments, AllTowns],
        ),
    ] {
        let members: Vec<Member> = kinds.into_iter().map(Member::Group).collect();
        assert_eq!(parse(text), members, "{text}");
    }
}

#[test]
fn single_units_stand_beside_groups() {
    let wanted = [named("区教育局"), named("区卫健局"), Member::Group(GroupKind::AllTowns)];
    assert_eq!(parse("区教育局、区卫健局，各镇人民政府、街道办事处"), wanted);
    assert_eq!(parse("区教育局 区卫健局\n各镇人民政府、街道办事处"), wanted);
    assert_eq!(parse("区教育局区卫健局、区教育局；各镇、街道"), wanted);
    assert_eq!(parse("仓山镇、盖山镇"), [named("仓山镇"), named("盖山镇")]);
    assert_eq!(
        parse("区教育局（学校部分）、区卫健局"),
        [named("区教育局"), named("区卫健局")]
    );
    assert_eq!(parse(" \n"), []);
}

#[test]
fn the_prefix_is_the_districts_own() {
    let county = Names::new("县", ["县财政局"]);
    let wanted = [
        Member::Group(GroupKind::AllDepartments),
        named("县财政局"),
        named("县审计局"),
    ];
    assert_eq!(parse_with("县直各单位、县财政局县审计局", &county), wanted);
}

fn lead_of(lead: &str) -> (Vec<String>, Option<String>, Vec<DoubtKind>) {
    let task = ["1.示例任务。", "示例要求。", lead, "区直各单位"];
    let header = ["工作任务", "工作要求", "牵头单位", "责任单位"];
    let document = super::support::sheet("2022年示例区主要任务分解表", &[&header, &task]);
    let mut table = from_document(&document, &names()).unwrap();
    let task = table.tasks.remove(0);
    (
        task.lead,
        task.lead_note,
        table.doubts.into_iter().map(|doubt| doubt.kind).collect(),
    )
}

#[test]
fn lead_units_come_apart() {
    let three = ["区发改局", "区市场监管局", "区商务局"].map(str::to_owned).to_vec();
    assert_eq!(
        lead_of("区发改局 区市场监管局\n区商务局"),
        (three.clone(), None, vec![])
    );
    assert_eq!(
        lead_of("区发改局、区市场监管局，区商务局"),
        (three.clone(), None, vec![])
    );
    let (units, _, doubts) = lead_of("区发改局区市场监管局区商务局");
    assert_eq!((units, doubts), (three, vec![DoubtKind::RunTogether; 2]));
}

#[test]
fn a_break_inside_a_name_is_noise() {
    let (units, _, doubts) = lead_of("区“智慧\n仓山”管理\n服务中心 区行政服务\n中心管委会");
    assert_eq!(units, ["区“智慧仓山”管理服务中心", "区行政服务中心管委会"]);
    assert_eq!(doubts, []);
}

#[test]
fn remarks_unknown_and_repeated_names_are_told() {
    let (units, note, doubts) = lead_of("区司法局\n（负责区政府规章）");
    assert_eq!(
        (units, note),
        (vec!["区司法局".to_owned()], Some("负责区政府规章".to_owned()))
    );
    assert_eq!(doubts, []);
    let (units, _, doubts) = lead_of("区司法局、区示例局、区司法局");
    assert_eq!(units, ["区司法局", "区示例局"]);
    assert_eq!(doubts, [DoubtKind::UnknownUnit, DoubtKind::RepeatedUnit]);
    let (units, _, doubts) = lead_of("区示例甲局区示例乙办");
    assert_eq!(units, ["区示例甲局", "区示例乙办"]);
    assert_eq!(
        doubts,
        [DoubtKind::UnknownUnit, DoubtKind::RunTogether, DoubtKind::UnknownUnit]
    );
}

#[test]
fn a_cell_without_sense_is_answered_in_time() {
    let (units, _, _) = lead_of(&"区局".repeat(5_000));
    assert_eq!(units.len(), 1);
    let (units, _, _) = lead_of(&"（".repeat(500));
    assert_eq!(units.len(), 1);
}
