//! Errors reported on pages (网站找错): anybody reports, the unit that released the page answers within three working days, and
//! whoever reported looks up the answer with number and code (查询码).

mod forms;
mod model;
mod pages;
mod public;
mod routes;
pub mod service;
pub(crate) mod store;
mod work;

pub use model::{Kind, Outcome, Receipt};
pub use service::{NUMBERS, Report};
pub(crate) use work::work;

use kit::capability::{FootLink, Route};
use kit::db::Migration;
use kit::guard::{Gate, Rate};
use kit::permission::{Permission, Role};
use kit::seal::{Purpose, SealedColumn};

/// Answering what is reported of one's unit's pages; for the whole district also what belongs to no unit's page.
pub static HANDLE: Permission = Permission {
    id: "publishing.errata",
    name: "办理网站找错",
    roles: &[Role::Drafter, Role::Approver, Role::Coordinator],
};

/// The tables of this subject.
pub const SCHEMA: Migration = Migration {
    name: "0013_publishing_errata",
    sql: include_str!("schema.sql"),
};

/// Who somebody is and how to reach them.
pub const SEALED: SealedColumn = SealedColumn {
    table: "errata_report",
    column: "contact",
    purpose: Purpose::Data,
    blind: None,
};

/// The link in the foot of every public page.
pub const FOOT: FootLink = FootLink {
    label: "本页找错",
    href: "/errata/new",
};

/// What the public form takes. A school or an office may sit behind one address.
pub static GATE: Gate = Gate {
    form: "errata",
    per_address: Rate::per_minutes(10, 10),
    per_network: Rate::per_minutes(40, 10),
    in_all: Rate::per_minutes(60, 10),
};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let mut routes = public::routes();
    routes.extend(routes::routes());
    routes
}
