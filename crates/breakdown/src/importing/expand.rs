//! Who owes what by a row of the table. A pure function of the row, the register and the rules of practice.
//!
//! - A named lead or responsible unit is assigned.
//! - 区直各单位 expands to every department, 各镇人民政府、街道办事处 to every town and street.
//! - 区直各有关单位 does not expand: 有关 means those concerned, who are proposed, confirmed, and may object.
//! - A row without lead is coordinated by the district's office; in a row without responsible units the lead owes.

use chrono::NaiveDate;
use kit::unit::Kind;
use uuid::Uuid;

use super::model::{Answers, DraftRow};
use crate::assignment::model::{Origin, Part};
use crate::read::responsible::{GroupKind, Member, parse_with};
use crate::register::Register;

/// What a row comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Who owes what.
    pub planned: Vec<Planned>,
    /// Whether units are to be claimed.
    pub is_open: bool,
    /// Names that no unit of the register bears.
    pub unknown: Vec<String>,
}

/// One assignment to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Planned {
    /// Whose.
    pub unit: Uuid,
    /// Which part.
    pub part: Part,
    /// How the unit came to it.
    pub origin: Origin,
}

/// The plan of a row as of a day. `office` is the unit that coordinates rows without a lead; without one they stay without.
pub(crate) fn plan(
    row: &DraftRow,
    answers: &Answers,
    register: &Register,
    office: Option<Uuid>,
    on: NaiveDate,
) -> Plan {
    let mut planner = Planner {
        answers,
        register,
        on,
        plan: Plan::default(),
    };
    for name in &row.lead {
        planner.name(name, Part::Lead);
    }
    if row.lead.is_empty()
        && let Some(office) = office
    {
        planner.add(office, Part::Lead, Origin::Rule);
    }
    planner.responsible(&row.responsible);
    planner.plan
}

struct Planner<'a> {
    answers: &'a Answers,
    register: &'a Register,
    on: NaiveDate,
    plan: Plan,
}

impl Planner<'_> {
    fn responsible(&mut self, text: &str) {
        let members = parse_with(text, &self.register.reader_names());
        for member in &members {
            match member {
                Member::Named(name) => self.name(name, Part::Responsible),
                Member::Group(GroupKind::AllDepartments) => self.group(&[Kind::Department]),
                Member::Group(GroupKind::AllTowns) => self.group(&[Kind::Town, Kind::Street]),
                Member::Group(GroupKind::ConcernedDepartments) => self.plan.is_open = true,
            }
        }
        if members.is_empty() {
            let leads: Vec<Uuid> = self.plan.planned.iter().map(|planned| planned.unit).collect();
            for lead in leads {
                self.add(lead, Part::Responsible, Origin::Rule);
            }
        }
    }

    fn name(&mut self, name: &str, part: Part) {
        let answered = self
            .answers
            .units
            .get(name)
            .and_then(|id| self.register.follow(*id, self.on));
        match answered.or_else(|| self.register.resolve(name, self.on)) {
            Some(unit) => self.add(unit, part, Origin::Named),
            None if self.plan.unknown.iter().any(|known| known == name) => {}
            None => self.plan.unknown.push(name.to_string()),
        }
    }

    fn group(&mut self, kinds: &[Kind]) {
        for unit in self.register.of_kinds(kinds, self.on) {
            self.add(unit, Part::Responsible, Origin::Expanded);
        }
    }

    /// A unit that is named and expanded is assigned once, as it came first.
    fn add(&mut self, unit: Uuid, part: Part, origin: Origin) {
        if !self
            .plan
            .planned
            .iter()
            .any(|planned| planned.unit == unit && planned.part == part)
        {
            self.plan.planned.push(Planned { unit, part, origin });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::tests::{register, unit};

    fn row(lead: &[&str], responsible: &str) -> DraftRow {
        DraftRow {
            no: 1,
            chapter: String::new(),
            section: String::new(),
            task: "任务".into(),
            requirement: String::new(),
            lead: lead.iter().map(|name| name.to_string()).collect(),
            lead_note: None,
            responsible: responsible.into(),
            due: None,
            place: String::new(),
        }
    }

    fn setting() -> (Register, Uuid) {
        let office = unit("区政府办", Kind::Department);
        let id = office.id;
        let units = vec![
            office,
            unit("区财政局", Kind::Department),
            unit("仓山镇", Kind::Town),
            unit("对湖街道", Kind::Street),
            unit("仓山区政府", Kind::Government),
        ];
        (register(units), id)
    }

    fn words(plan: &Plan, register: &Register) -> Vec<String> {
        plan.planned
            .iter()
            .map(|p| format!("{}{}{}", register.short_name(p.unit), p.part.id(), p.origin.id()))
            .collect()
    }

    fn day() -> NaiveDate {
        "2021-05-10".parse().unwrap()
    }

    #[test]
    fn all_units_expand_and_those_concerned_are_claimed() {
        let (register, office) = setting();
        let all = plan(
            &row(&[], "区直各单位，各镇人民政府、街道办事处"),
            &Answers::default(),
            &register,
            Some(office),
            day(),
        );
        assert_eq!(
            words(&all, &register),
            [
                "区政府办leadrule",
                "区政府办responsibleexpanded",
                "区财政局responsibleexpanded",
                "仓山镇responsibleexpanded",
                "对湖街道responsibleexpanded"
            ]
        );
        let text = "区直各有关单位，各镇人民政府、街道办事处";
        let some = plan(
            &row(&["区财政局"], text),
            &Answers::default(),
            &register,
            Some(office),
            day(),
        );
        assert!(some.is_open);
        assert_eq!(
            words(&some, &register),
            [
                "区财政局leadnamed",
                "仓山镇responsibleexpanded",
                "对湖街道responsibleexpanded"
            ]
        );
    }

    #[test]
    fn without_responsible_units_the_lead_owes() {
        let (register, office) = setting();
        let plan = plan(
            &row(&["区财政局"], ""),
            &Answers::default(),
            &register,
            Some(office),
            day(),
        );
        assert_eq!(
            words(&plan, &register),
            ["区财政局leadnamed", "区财政局responsiblerule"]
        );
    }

    #[test]
    fn an_unknown_name_waits_for_its_answer() {
        let (register, office) = setting();
        let unknown = plan(
            &row(&["区金库"], ""),
            &Answers::default(),
            &register,
            Some(office),
            day(),
        );
        assert_eq!(unknown.unknown, ["区金库"]);
        let treasury = register.resolve("区财政局", day()).unwrap();
        let answers = Answers {
            units: [("区金库".to_string(), treasury)].into(),
            cells: Default::default(),
        };
        let known = plan(&row(&["区金库"], ""), &answers, &register, Some(office), day());
        assert_eq!(
            words(&known, &register),
            ["区财政局leadnamed", "区财政局responsiblerule"]
        );
    }
}
