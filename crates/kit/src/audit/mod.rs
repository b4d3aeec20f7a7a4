//! The audit record (审计): who did what to which thing, written in the transaction of the deed itself.

mod export;
mod pages;
mod routes;
pub(crate) mod store;
mod words;

pub use routes::routes;
pub use words::{DeedWords, sentence};

use serde_json::Value;
use uuid::Uuid;

use crate::permission::{Permission, Role};

/// Reading the audit record.
pub static READ: Permission = Permission {
    id: "audit.read",
    name: "查看审计记录",
    roles: &[Role::AuditAdministrator],
};

/// One deed, as the command that does it describes it.
#[derive(Debug, Clone)]
pub struct Deed {
    /// What was done, `capability.verb`.
    pub action: &'static str,
    /// The kind of thing it was done to, such as `document`.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Uuid,
    /// For which unit, where there is one.
    pub unit: Option<Uuid>,
    /// What changed, without personal data of applicants.
    pub detail: Value,
}

impl Deed {
    /// A deed without further detail.
    pub fn new(action: &'static str, subject: &'static str, subject_id: Uuid) -> Deed {
        Deed {
            action,
            subject,
            subject_id,
            unit: None,
            detail: Value::Null,
        }
    }

    /// For this unit.
    pub fn unit(mut self, unit: Uuid) -> Deed {
        self.unit = Some(unit);
        self
    }

    /// With what changed.
    pub fn detail(mut self, detail: Value) -> Deed {
        self.detail = detail;
        self
    }
}
