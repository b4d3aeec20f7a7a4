//! The register's first entries from a file of facts.

use serde::Deserialize;

use super::Kind;
use super::service::NewUnit;
use crate::error::{Error, Result};

/// A file of units: JSON with where its facts come from.
#[derive(Debug, Deserialize)]
pub struct UnitFile {
    /// Where the facts come from and how sure they are.
    pub source: String,
    /// The units.
    pub units: Vec<UnitRecord>,
}

/// One unit in the file.
#[derive(Debug, Deserialize)]
pub struct UnitRecord {
    /// Short code for addresses.
    pub code: String,
    /// Stored name of the kind.
    pub kind: String,
    /// Full name.
    pub full_name: String,
    /// Short name.
    pub short_name: String,
    /// Groups it belongs to.
    #[serde(default)]
    pub groups: Vec<String>,
    /// How sure this entry is, where it differs from the file's source.
    #[serde(default)]
    pub note: Option<String>,
}

/// Reads a file of units.
///
/// # Errors
/// When it is not of this form, or names a kind that does not exist.
pub fn parse(json: &str) -> Result<Vec<NewUnit>> {
    let file: UnitFile = serde_json::from_str(json)
        .map_err(|e| Error::refused(format!("单位文件第 {} 行不合格式", e.line()), "请对照样例检查这一行"))?;
    file.units
        .into_iter()
        .map(|record| unit(record, &file.source))
        .collect()
}

fn unit(record: UnitRecord, source: &str) -> Result<NewUnit> {
    let kind = Kind::of(&record.kind).ok_or_else(|| {
        Error::refused(
            format!("“{}”的类别“{}”不认识", record.full_name, record.kind),
            "类别应为 government、department、town、street 或 other",
        )
    })?;
    Ok(NewUnit {
        code: record.code,
        kind,
        full_name: record.full_name,
        short_name: record.short_name,
        parent: None,
        established_on: None,
        groups: record.groups,
        source: record.note.unwrap_or_else(|| source.to_string()),
        contact: String::new(),
    })
}
