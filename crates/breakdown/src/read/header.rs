//! The header: which column is which.

use super::clean::words;
use super::model::{Column, Place};
use super::refusal::Refusal;

/// The headings seen for each column.
const HEADINGS: [(Column, &[&str]); 7] = [
    (Column::Number, &["序号", "编号", "任务序号"]),
    (
        Column::Task,
        &[
            "工作任务",
            "主要任务",
            "重点任务",
            "任务",
            "任务名称",
            "工作事项",
            "重点工作",
        ],
    ),
    (
        Column::Requirement,
        &[
            "工作要求",
            "具体要求",
            "任务要求",
            "工作内容",
            "工作措施",
            "具体措施",
            "主要内容",
        ],
    ),
    (Column::Lead, &["牵头单位", "牵头部门", "牵头责任单位", "牵头"]),
    (
        Column::Responsible,
        &[
            "责任单位",
            "责任部门",
            "配合单位",
            "落实单位",
            "承办单位",
            "责任单位及部门",
        ],
    ),
    (
        Column::Due,
        &["完成时限", "完成时间", "时限", "时限要求", "时间要求", "办结时限"],
    ),
    (Column::Other, &["备注", "说明", "进展情况", "完成情况"]),
];

/// The column that a heading names.
pub(super) fn column_of(heading: &str) -> Option<Column> {
    let word = words(heading);
    HEADINGS
        .iter()
        .find(|(_, known)| known.contains(&word.as_str()))
        .map(|(column, _)| *column)
}

/// The columns of a table from left to right.
#[derive(Debug, Clone)]
pub(super) struct Header {
    /// Where it stands.
    pub place: Place,
    /// The columns; one that is not known is [`Column::Other`].
    pub columns: Vec<Column>,
}

impl Header {
    /// Tests a header: task, requirement and responsible or lead units must be there, none twice.
    pub fn check(place: Place, columns: Vec<Column>) -> Result<Self, Refusal> {
        for (position, column) in columns.iter().enumerate() {
            let again = columns.iter().skip(position + 1).any(|other| other == column);
            if again && *column != Column::Other {
                return Err(Refusal::RepeatedColumn { place, column: *column });
            }
        }
        let header = Header { place, columns };
        let mut missing: Vec<Column> = [Column::Task, Column::Requirement]
            .into_iter()
            .filter(|column| !header.has(*column))
            .collect();
        if !header.has(Column::Lead) && !header.has(Column::Responsible) {
            missing.push(Column::Responsible);
        }
        if missing.is_empty() {
            Ok(header)
        } else {
            Err(Refusal::MissingColumns { place, missing })
        }
    }

    /// Whether the table has a column.
    pub fn has(&self, column: Column) -> bool {
        self.columns.contains(&column)
    }

    /// The column in which the number of a task stands.
    pub fn number_column(&self) -> Column {
        if self.has(Column::Number) {
            Column::Number
        } else {
            Column::Task
        }
    }
}
