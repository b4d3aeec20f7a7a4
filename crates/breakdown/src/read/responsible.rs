//! Responsible units (责任单位): single units and groups of units.

use serde::Serialize;

use super::segment::{Kind, segments};
use super::units::Names;

/// A member of the responsible units.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(tag = "member", content = "name", rename_all = "snake_case")]
pub enum Member {
    /// One unit by its name as printed.
    Named(String),
    /// A group that the unit register expands.
    Group(GroupKind),
}

/// A group of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// 区直各单位: all departments of the district.
    AllDepartments,
    /// 区直各有关单位: the departments concerned, to be claimed and confirmed.
    ConcernedDepartments,
    /// 各镇人民政府、街道办事处: all towns and streets.
    AllTowns,
}

impl GroupKind {
    /// The usual words with the district's prefix.
    #[must_use]
    pub fn label(self, prefix: &str) -> String {
        match self {
            GroupKind::AllDepartments => format!("{prefix}直各单位"),
            GroupKind::ConcernedDepartments => format!("{prefix}直各有关单位"),
            GroupKind::AllTowns => "各镇人民政府、街道办事处".to_owned(),
        }
    }
}

/// Ways to write all towns and streets, in ordinary width.
const TOWNS: [&str; 16] = [
    "各镇人民政府、街道办事处",
    "各镇人民政府、各街道办事处",
    "各镇人民政府,街道办事处",
    "各镇人民政府,各街道办事处",
    "各镇政府、街道办事处",
    "各街道办事处、镇人民政府",
    "各街道办事处、各镇人民政府",
    "各乡镇人民政府、街道办事处",
    "各乡镇、街道办事处",
    "各镇、街道",
    "各街道、镇",
    "各乡镇、街道",
    "各镇街",
    "各镇(街道)",
    "各街(镇)",
    "各乡镇(街道)",
];

/// The group that some words name; `plain` is without spaces and in ordinary width.
pub(super) fn group_of(plain: &str, prefix: &str) -> Option<GroupKind> {
    if !plain.contains(['各', '有', '相', '直']) {
        return None;
    }
    if TOWNS.contains(&plain) {
        return Some(GroupKind::AllTowns);
    }
    let rest = plain.strip_prefix(prefix).unwrap_or(plain);
    let (direct, rest) = match rest.strip_prefix(['直', '级']) {
        Some(rest) if plain != rest && plain.starts_with(prefix) => (true, rest),
        _ => (false, rest),
    };
    let (every, rest) = match rest.strip_prefix('各') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (concerned, rest) = match rest.strip_prefix("有关").or_else(|| rest.strip_prefix("相关")) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    if !matches!(rest, "单位" | "部门" | "部门单位" | "部门、单位" | "部门和单位") || !(direct || every || concerned)
    {
        return None;
    }
    Some(if concerned {
        GroupKind::ConcernedDepartments
    } else {
        GroupKind::AllDepartments
    })
}

/// Takes responsible units as printed apart, with 区 as the district's prefix and no register.
#[must_use]
pub fn parse(text: &str) -> Vec<Member> {
    parse_with(text, &Names::default())
}

/// Takes responsible units as printed apart. A unit or group named twice stands once; remarks in brackets are left aside.
#[must_use]
pub fn parse_with(text: &str, names: &Names) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    for segment in segments(text, names) {
        let member = match segment.kind {
            Kind::Separator => continue,
            Kind::Group(kind) => Member::Group(kind),
            Kind::Known => Member::Named(segment.words),
            Kind::Unknown => match without_remark(&segment.words) {
                "" => continue,
                name => Member::Named(name.to_owned()),
            },
        };
        if !members.contains(&member) {
            members.push(member);
        }
    }
    members
}

fn without_remark(name: &str) -> &str {
    if !name.ends_with(['）', ')']) {
        return name;
    }
    name.find(['（', '(']).map_or(name, |at| &name[..at])
}
