//! What is put into the index: one entry for each public page.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One public page as search knows it. Everything that a list of hits shows is here, so that no hit needs the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The document's identifier; putting an entry replaces the one with the same identifier.
    pub id: String,
    /// The position in the journal at which the page became what it is.
    pub position: u64,
    /// The page's path on the public site.
    pub path: String,
    /// The title (标题).
    pub title: String,
    /// The document number (发文字号), as printed.
    pub number: Option<String>,
    /// The text, paragraphs separated by line breaks.
    pub body: String,
    /// The name of the issuing unit (发布机构).
    pub unit: String,
    /// The issuing unit's identifier.
    pub unit_id: String,
    /// The document kind's code.
    pub kind: String,
    /// The theme (主题分类) from the first level down.
    pub theme: Vec<String>,
    /// Whether the document is in force.
    pub validity: Validity,
    /// The civil date of release.
    pub released_on: NaiveDate,
    /// The year to filter by.
    pub year: i32,
}

/// Whether a document is in force (有效性).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validity {
    /// The kind knows no validity: news, answers, reports.
    #[default]
    Timeless,
    /// In force (有效).
    InForce,
    /// Made, but not yet in force (尚未生效).
    NotYetInForce,
    /// Repealed by a later act (废止).
    Repealed,
    /// Lapsed by its own term (失效).
    Lapsed,
    /// Withdrawn, with a reason given (撤回).
    Withdrawn,
}

impl Validity {
    /// Every value, in the order in which a list of filters shows them.
    pub const ALL: [Self; 6] = [
        Self::InForce,
        Self::NotYetInForce,
        Self::Repealed,
        Self::Lapsed,
        Self::Withdrawn,
        Self::Timeless,
    ];

    /// The code used in the index, in addresses and in [`crate::Count::value`].
    pub fn code(self) -> &'static str {
        match self {
            Self::Timeless => "timeless",
            Self::InForce => "in-force",
            Self::NotYetInForce => "not-yet-in-force",
            Self::Repealed => "repealed",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The value with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|validity| validity.code() == code)
    }

    /// What a score is multiplied with: at like relevance, what is in force stands before what is not.
    pub(crate) fn weight(self) -> f32 {
        match self {
            Self::Timeless | Self::InForce => 1.0,
            Self::NotYetInForce => 0.95,
            Self::Repealed | Self::Lapsed | Self::Withdrawn => 0.7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_validity_comes_back_from_its_code() {
        for validity in Validity::ALL {
            assert_eq!(Validity::from_code(validity.code()), Some(validity));
            assert_eq!(serde_json::to_value(validity).unwrap(), validity.code());
        }
        assert_eq!(Validity::from_code("valid"), None);
    }
}
