//! What a check finds: one sentence for people, one rule id for machines, and how heavy it weighs.

use serde::{Deserialize, Serialize};

use crate::Citation;

/// How heavy an issue weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// Worth a look (提示); never stops anything.
    Hint,
    /// Should be corrected or confirmed by a person (提醒).
    Warning,
    /// Must be corrected before the document may go on (必须改正).
    Error,
}

impl Weight {
    /// The word on screens.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Weight::Hint => "提示",
            Weight::Warning => "提醒",
            Weight::Error => "必须改正",
        }
    }
}

/// One finding of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issue {
    /// Identity of the rule, e.g. `CIT-1`; stable, so that findings can be counted and filtered.
    pub rule: String,
    /// How heavy it weighs.
    pub weight: Weight,
    /// Which field of the form it concerns, by its name in code, e.g. `doc_no`.
    pub field: String,
    /// What is wrong and what to do, in Chinese.
    pub message: String,
    /// Where the rule stands, where it stands in an instrument.
    pub citation: Option<Citation>,
}

impl Issue {
    /// An issue without a citation.
    #[must_use]
    pub fn new(rule: &str, weight: Weight, field: &str, message: impl Into<String>) -> Self {
        Issue {
            rule: rule.to_owned(),
            weight,
            field: field.to_owned(),
            message: message.into(),
            citation: None,
        }
    }

    /// The same issue with its citation.
    #[must_use]
    pub fn citing(mut self, citation: Citation) -> Self {
        self.citation = Some(citation);
        self
    }
}

/// Whether any of the issues must be corrected before going on.
#[must_use]
pub fn blocks(issues: &[Issue]) -> bool {
    issues.iter().any(|issue| issue.weight == Weight::Error)
}
