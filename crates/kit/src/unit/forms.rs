//! What people send about units.

use chrono::NaiveDate;
use uuid::Uuid;

use super::Kind;
use super::service::NewUnit;
use crate::form::{Issues, Submission};

/// Reads a new unit.
pub(super) fn read_new(form: &Submission, issues: &mut Issues) -> NewUnit {
    let kind = Kind::of(form.text("kind"));
    if kind.is_none() {
        issues.add("kind", "类别：请选择一项");
    }
    NewUnit {
        code: form.required_text("code", "代码", 32, issues),
        kind: kind.unwrap_or(Kind::Other),
        full_name: form.required_text("full_name", "全称", 60, issues),
        short_name: form.required_text("short_name", "简称", 60, issues),
        parent: None,
        established_on: form.date("established_on", "设立日期", issues),
        groups: Vec::new(),
        source: form.required_text("source", "依据", 200, issues),
        contact: form.short_text("contact", "联系方式", 300, issues),
    }
}

/// A new name with its date and reason.
pub(super) struct Renaming {
    pub full_name: String,
    pub short_name: String,
    pub from: Option<NaiveDate>,
    pub reason: String,
}

/// Reads a renaming.
pub(super) fn read_renaming(form: &Submission, issues: &mut Issues) -> Renaming {
    Renaming {
        full_name: form.required_text("full_name", "新全称", 60, issues),
        short_name: form.required_text("short_name", "新简称", 60, issues),
        from: form.required_date("from", "启用日期", issues),
        reason: form.required_text("reason", "依据", 200, issues),
    }
}

/// The end of a unit.
pub(super) struct Ending {
    pub on: Option<NaiveDate>,
    pub successor: Option<Uuid>,
    pub reason: String,
}

/// Reads a merger or an abolition.
pub(super) fn read_ending(form: &Submission, issues: &mut Issues) -> Ending {
    Ending {
        on: form.required_date("on", "撤并日期", issues),
        successor: form.id("successor", "并入单位", issues),
        reason: form.required_text("end_reason", "依据", 200, issues),
    }
}
