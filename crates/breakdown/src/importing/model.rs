//! What stands between the file and the adopted table: the draft as read, the answers given, the preview of both.

use std::collections::BTreeMap;

use kit::{Error, Result};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::read::{Column, DoubtKind, Table};

/// Where an imported breakdown stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Read, waits for answers and adoption.
    Preview,
    /// In force.
    Adopted,
    /// Given up, or out of force; importing the same table again brings it back.
    SetAside,
}

impl State {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            State::Preview => "preview",
            State::Adopted => "adopted",
            State::SetAside => "set_aside",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            State::Preview => "预览中",
            State::Adopted => "已生效",
            State::SetAside => "已放弃",
        }
    }

    /// The state of this stored name.
    pub fn of(id: &str) -> State {
        match id {
            "preview" => State::Preview,
            "adopted" => State::Adopted,
            _ => State::SetAside,
        }
    }
}

/// The table as it was read; never changed afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Draft {
    /// Title.
    pub title: String,
    /// Rows in order.
    pub rows: Vec<DraftRow>,
    /// What a person should look at.
    pub doubts: Vec<DraftDoubt>,
}

/// One row as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    /// Printed number.
    pub no: u32,
    /// Chapter as printed.
    pub chapter: String,
    /// Section as printed.
    pub section: String,
    /// 工作任务.
    pub task: String,
    /// 工作要求.
    pub requirement: String,
    /// 牵头单位, one by one.
    pub lead: Vec<String>,
    /// The remark under them.
    pub lead_note: Option<String>,
    /// 责任单位 as printed.
    pub responsible: String,
    /// 完成时限 as printed.
    pub due: Option<String>,
    /// Where it stands in the file.
    pub place: String,
}

/// A doubt of the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftDoubt {
    /// The row it concerns; none for the table.
    pub task: Option<u32>,
    /// The column it concerns, by its stored name.
    pub column: Option<String>,
    /// The words in question.
    pub words: String,
    /// The doubt in a sentence.
    pub message: String,
    /// Whether it is about a name that the register does not know, which the preview asks by itself.
    pub about_unit: bool,
}

impl Draft {
    /// The draft of a table.
    pub fn of(table: &Table) -> Draft {
        let rows = table.tasks.iter().map(|task| DraftRow {
            no: task.no,
            chapter: task.chapter.clone(),
            section: task.section.clone(),
            task: task.task.clone(),
            requirement: task.requirement.clone(),
            lead: task.lead.clone(),
            lead_note: task.lead_note.clone(),
            responsible: task.responsible.clone(),
            due: task.due.clone(),
            place: task.place.to_string(),
        });
        let doubts = table.doubts.iter().map(|doubt| DraftDoubt {
            task: doubt.task,
            column: doubt.column.map(column_id).map(str::to_string),
            words: doubt.words.clone(),
            message: doubt.message.clone(),
            about_unit: doubt.kind == DoubtKind::UnknownUnit,
        });
        Draft {
            title: table.title.clone(),
            rows: rows.collect(),
            doubts: doubts.collect(),
        }
    }

    /// The rows with the corrections put in.
    pub fn corrected(&self, answers: &Answers) -> Vec<DraftRow> {
        self.rows.iter().map(|row| row.corrected(answers)).collect()
    }
}

fn column_id(column: Column) -> &'static str {
    match column {
        Column::Number => "number",
        Column::Task => "task",
        Column::Requirement => "requirement",
        Column::Lead => "lead",
        Column::Responsible => "responsible",
        Column::Due => "due",
        Column::Other => "other",
    }
}

impl DraftRow {
    fn corrected(&self, answers: &Answers) -> DraftRow {
        let mut row = self.clone();
        let Some(cells) = answers.cells.get(&row.no.to_string()) else {
            return row;
        };
        for (column, words) in cells {
            match column.as_str() {
                "task" => row.task.clone_from(words),
                "requirement" => row.requirement.clone_from(words),
                "responsible" => row.responsible.clone_from(words),
                "lead" => row.lead = lead_names(words),
                _ => {}
            }
        }
        row
    }

    /// The words of a cell that can be corrected.
    pub fn cell(&self, column: &str) -> String {
        match column {
            "task" => self.task.clone(),
            "requirement" => self.requirement.clone(),
            "responsible" => self.responsible.clone(),
            "lead" => self.lead.join("、"),
            _ => String::new(),
        }
    }
}

fn lead_names(words: &str) -> Vec<String> {
    words
        .split(['、', '，', ',', '；', '\n'])
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_string)
        .collect()
}

/// Columns whose words can be corrected before adoption, with their headings.
pub const CORRECTABLE: [(&str, &str); 4] = [
    ("task", "工作任务"),
    ("requirement", "工作要求"),
    ("lead", "牵头单位"),
    ("responsible", "责任单位"),
];

/// What the coordinator answered. The words read from the file stay beside it in the draft.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
pub struct Answers {
    /// Which unit of the register a name as printed means.
    #[serde(default)]
    pub units: BTreeMap<String, Uuid>,
    /// Corrected words by row number and column.
    #[serde(default)]
    pub cells: BTreeMap<String, BTreeMap<String, String>>,
}

/// An imported breakdown before (or after) its adoption.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Identity.
    pub id: Uuid,
    /// The year it will be in force for.
    pub year: i32,
    /// Title.
    pub title: String,
    /// Name of the file it came from.
    pub file_name: String,
    /// Where it stands.
    pub state: State,
    /// Whether the same table had been imported before and was found again.
    pub known_before: bool,
    /// Rows with corrections.
    pub rows: Vec<DraftRow>,
    /// What the reader doubted.
    pub doubts: Vec<DraftDoubt>,
    /// Names that no unit of the register bears and that have not been answered, with the row they stand in.
    pub unknown: Vec<(u32, String)>,
    /// How many assignments adoption would make, were all names answered.
    pub assignments: usize,
}

impl Preview {
    /// Refuses while names are unanswered, naming the first of them.
    ///
    /// # Errors
    /// When a name is unanswered.
    pub fn require_answers(&self) -> Result<()> {
        let Some((no, name)) = self.unknown.first() else {
            return Ok(());
        };
        Err(Error::refused(
            format!(
                "第{no}项的单位“{name}”不在单位名册里，还不能生效（共有 {} 处）",
                self.unknown.len()
            ),
            "请在预览里指明它是名册里的哪个单位；确是新单位的，先到单位名册登记",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_correction_changes_the_row_and_leaves_the_draft() {
        let row = DraftRow {
            no: 32,
            chapter: String::new(),
            section: String::new(),
            task: "跟踪落实".into(),
            requirement: "避免同案不同判题。".into(),
            lead: vec!["区司法局".into()],
            lead_note: None,
            responsible: String::new(),
            due: None,
            place: "第1行".into(),
        };
        let draft = Draft {
            title: "表".into(),
            rows: vec![row],
            doubts: Vec::new(),
        };
        let cells = BTreeMap::from([
            ("requirement".to_string(), "避免同案不同判问题。".to_string()),
            ("lead".to_string(), "区司法局、区教育局".to_string()),
        ]);
        let answers = Answers {
            units: BTreeMap::new(),
            cells: BTreeMap::from([("32".to_string(), cells)]),
        };
        let corrected = draft.corrected(&answers);
        assert_eq!(corrected[0].requirement, "避免同案不同判问题。");
        assert_eq!(corrected[0].lead, ["区司法局", "区教育局"]);
        assert_eq!(draft.rows[0].requirement, "避免同案不同判题。");
    }
}
