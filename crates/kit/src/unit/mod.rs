//! The register of organs (单位名册): kinds, dated names, parents, groups; nothing in it is ever overwritten.

mod forms;
pub mod import;
mod intake;
mod pages;
mod routes;
pub mod service;
pub(crate) mod store;

pub use intake::INTAKE;
pub use routes::routes;
pub use store::{by_names, current, find, groups, register};

use chrono::NaiveDate;
use uuid::Uuid;

use crate::permission::{Permission, Role};

/// Changing the register.
pub static MANAGE: Permission = Permission {
    id: "unit.manage",
    name: "维护单位名册",
    roles: &[Role::SystemAdministrator, Role::Coordinator],
};

/// What kind of organ a unit is (单位类别).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 区政府: the district government itself.
    Government,
    /// 区直单位: a department or office of the district.
    Department,
    /// 镇人民政府.
    Town,
    /// 街道办事处.
    Street,
    /// Another organ or institution, such as a farm kept as a statistical unit.
    Other,
}

impl Kind {
    /// All kinds, in the order shown.
    pub const ALL: [Kind; 5] = [
        Kind::Government,
        Kind::Department,
        Kind::Town,
        Kind::Street,
        Kind::Other,
    ];

    /// Stable name, as stored.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Government => "government",
            Kind::Department => "department",
            Kind::Town => "town",
            Kind::Street => "street",
            Kind::Other => "other",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Government => "区政府",
            Kind::Department => "区直单位",
            Kind::Town => "镇",
            Kind::Street => "街道",
            Kind::Other => "其他",
        }
    }

    /// The kind of this stored name.
    pub fn of(id: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == id)
    }
}

/// A unit under the name it bears now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Identity, kept through every renaming.
    pub id: Uuid,
    /// Short stable code used in addresses, such as `czj`.
    pub code: String,
    /// Kind.
    pub kind: Kind,
    /// Full name (全称).
    pub full_name: String,
    /// Short name (简称), as breakdowns print it.
    pub short_name: String,
    /// The unit above, if any.
    pub parent: Option<Uuid>,
    /// When it ended, by merger or abolition.
    pub ended_on: Option<NaiveDate>,
    /// Which unit took over.
    pub successor: Option<Uuid>,
    /// Where the entry comes from, and how sure it is.
    pub source: String,
    /// Office, telephone and hours shown to the public.
    pub contact: String,
}

impl Unit {
    /// Whether the unit exists on that date.
    pub fn is_active(&self, on: NaiveDate) -> bool {
        self.ended_on.is_none_or(|end| on < end)
    }
}
