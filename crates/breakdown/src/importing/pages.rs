//! View types of the import and its preview.

use std::collections::HashMap;

use askama::Template;
use kit::form::Issues;
use kit::page::parts::{Choice, ErrorSummary, SelectField, TextField};
use uuid::Uuid;

use super::expand::{Plan, Planned};
use super::forms::{cell_field, unit_field};
use super::model::{Answers, CORRECTABLE, DraftDoubt, DraftRow};
use super::store::Model;
use crate::assignment::model::{Origin, Part};
use crate::register::Register;

/// One imported breakdown in the list.
pub(super) struct PastRow {
    pub id: String,
    pub year: i32,
    pub title: String,
    pub file_name: String,
    pub tasks: usize,
    pub imported: String,
    pub adopted: String,
    pub state: &'static str,
}

#[derive(Template)]
#[template(path = "importing/list.html")]
pub(super) struct ImportPage<'a> {
    pub rows: Vec<PastRow>,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// A name the register does not know, asked once.
pub(super) struct Question {
    pub id: String,
    pub field: String,
    pub name: String,
    pub choices: Vec<Choice>,
}

/// A cell whose words can be corrected.
pub(super) struct CellView {
    pub field: String,
    pub label: String,
    pub words: String,
    pub original: Option<String>,
}

/// A row of the preview.
pub(super) struct RowView {
    pub no: u32,
    pub group: Option<String>,
    pub place: String,
    pub task: String,
    pub requirement: String,
    pub lead: String,
    pub responsible: String,
    pub plan: String,
    pub is_open: bool,
    pub doubts: Vec<String>,
    pub questions: Vec<Question>,
    pub cells: Vec<CellView>,
    pub class: &'static str,
}

#[derive(Template)]
#[template(path = "importing/preview.html")]
pub(super) struct PreviewPage<'a> {
    pub id: String,
    pub title: String,
    pub file_name: String,
    pub summary: String,
    pub state: &'static str,
    pub is_preview: bool,
    pub is_adopted: bool,
    pub known_before: bool,
    pub questions: usize,
    pub doubts: usize,
    pub general: Vec<String>,
    pub rows: Vec<RowView>,
    pub year: String,
    pub offices: Vec<Choice>,
    pub issues: &'a Issues,
    pub token: &'a str,
}

/// What a preview is drawn from.
pub(super) struct Drawn<'a> {
    pub row: &'a Model,
    pub register: &'a Register,
    pub units: &'a [Choice],
    pub plans: Vec<Plan>,
    pub edit: Option<u32>,
}

impl Drawn<'_> {
    /// The rows; each unknown name is asked where it stands first.
    pub fn rows(&self) -> Vec<RowView> {
        let rows = self.row.draft.corrected(&self.row.answers);
        let mut asked: Vec<String> = Vec::new();
        let mut group = String::new();
        let mut views = Vec::new();
        for (position, row) in rows.iter().enumerate() {
            let Some(plan) = self.plans.get(position) else { continue };
            let here = [row.chapter.as_str(), row.section.as_str()]
                .join("　")
                .trim()
                .to_string();
            let is_new = !here.is_empty() && here != group;
            let mut view = self.row_view(row, plan, position, &mut asked);
            view.group = is_new.then(|| here.clone());
            group = here;
            views.push(view);
        }
        views
    }

    fn row_view(&self, row: &DraftRow, plan: &Plan, position: usize, asked: &mut Vec<String>) -> RowView {
        let doubts: Vec<&DraftDoubt> = self
            .row
            .draft
            .doubts
            .iter()
            .filter(|doubt| doubt.task == Some(row.no) && !doubt.about_unit)
            .collect();
        let answered = self.answered_here(position);
        let questions: Vec<Question> = plan
            .unknown
            .iter()
            .chain(&answered)
            .filter(|name| !asked.contains(name))
            .enumerate()
            .map(|(place, name)| self.question(row.no, place, name))
            .collect();
        asked.extend(questions.iter().map(|question| question.name.clone()));
        let class = match (plan.unknown.is_empty(), doubts.is_empty()) {
            (false, _) => "is-refused",
            (true, false) => "is-doubt",
            (true, true) => "",
        };
        RowView {
            no: row.no,
            group: None,
            place: row.place.clone(),
            task: row.task.clone(),
            requirement: row.requirement.clone(),
            lead: lead_words(row),
            responsible: row.responsible.clone(),
            plan: plan_words(&plan.planned, self.register),
            is_open: plan.is_open,
            cells: self.cells(row, position, &doubts),
            doubts: doubts.into_iter().map(|doubt| doubt.message.clone()).collect(),
            questions,
            class,
        }
    }

    /// Names of this row as read that were answered, so that an answer can be changed.
    fn answered_here(&self, position: usize) -> Vec<String> {
        let Some(row) = self.row.draft.rows.get(position) else {
            return Vec::new();
        };
        let stands = |name: &&String| row.lead.contains(name) || row.responsible.contains(name.as_str());
        self.row.answers.units.keys().filter(stands).cloned().collect()
    }

    fn question(&self, no: u32, place: usize, name: &str) -> Question {
        let chosen = self
            .row
            .answers
            .units
            .get(name)
            .map(Uuid::to_string)
            .unwrap_or_default();
        let choices = self.units.iter().map(|choice| Choice {
            chosen: choice.value == chosen,
            ..choice.clone()
        });
        Question {
            id: format!("unit-{no}-{place}"),
            field: unit_field(name),
            name: name.to_string(),
            choices: choices.collect(),
        }
    }

    /// The cells in doubt, those corrected already, and all of a row that is being edited.
    fn cells(&self, row: &DraftRow, position: usize, doubts: &[&DraftDoubt]) -> Vec<CellView> {
        let Some(original) = self.row.draft.rows.get(position) else {
            return Vec::new();
        };
        let corrected = self.row.answers.cells.get(&row.no.to_string());
        let shown = |column: &str| {
            self.edit == Some(row.no)
                || corrected.is_some_and(|cells| cells.contains_key(column))
                || doubts.iter().any(|doubt| doubt.column.as_deref() == Some(column))
        };
        let cells = CORRECTABLE.into_iter().filter(|(column, _)| shown(column));
        cells
            .map(|(column, label)| CellView {
                field: cell_field(row.no, column),
                label: format!("改正第{}项“{label}”", row.no),
                words: row.cell(column),
                original: Some(original.cell(column)).filter(|words| *words != row.cell(column)),
            })
            .collect()
    }
}

fn lead_words(row: &DraftRow) -> String {
    let note = row
        .lead_note
        .as_ref()
        .map(|note| format!("（{note}）"))
        .unwrap_or_default();
    if row.lead.is_empty() {
        "无".into()
    } else {
        format!("{}{note}", row.lead.join("、"))
    }
}

/// 区司法局牵头；25 个单位负责.
fn plan_words(planned: &[Planned], register: &Register) -> String {
    let mut words = Vec::new();
    for origin in [Origin::Named, Origin::Rule] {
        let leads: Vec<String> = of(planned, Part::Lead, origin)
            .map(|unit| register.short_name(unit))
            .collect();
        if !leads.is_empty() {
            let verb = if origin == Origin::Rule {
                "统筹（按规则）"
            } else {
                "牵头"
            };
            words.push(format!("{}{verb}", leads.join("、")));
        }
    }
    let mut counts: HashMap<Origin, usize> = HashMap::new();
    planned
        .iter()
        .filter(|p| p.part == Part::Responsible)
        .for_each(|p| *counts.entry(p.origin).or_default() += 1);
    let responsible = [
        (Origin::Named, "写明负责"),
        (Origin::Expanded, "负责"),
        (Origin::Rule, "牵头并负责（按规则）"),
    ];
    for (origin, verb) in responsible {
        if let Some(count) = counts.get(&origin) {
            words.push(format!("{count} 个单位{verb}"));
        }
    }
    words.join("；")
}

fn of(planned: &[Planned], part: Part, origin: Origin) -> impl Iterator<Item = Uuid> {
    planned
        .iter()
        .filter(move |p| p.part == part && p.origin == origin)
        .map(|p| p.unit)
}

/// Whether any answer or correction was given.
pub(super) fn has_answers(answers: &Answers) -> bool {
    !answers.units.is_empty() || !answers.cells.is_empty()
}
