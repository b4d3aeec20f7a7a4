//! The task breakdown (政务公开主要任务分解表): read, assigned, measured, shown on a live board.
//!
//! A table is read by the pure functions of [`read`], previewed with every doubt beside its row, and adopted in one
//! transaction as tasks and assignments. Measures count what is due and done per unit; which task uses which measure is
//! data, so that no code knows a task's number.

mod assignment;
mod board;
mod deeds;
mod evidence;
pub mod importing;
mod measuring;
mod public;
pub mod read;
mod register;
mod reporting;
mod task;
mod urging;
mod work;

use std::sync::Arc;

use kit::capability::{Capability, MenuItem, NavigationItem};
use kit::db::Migration;
use kit::permission::{Access, Permission, Role};
use office::Confined;

pub use assignment::model::{Origin, Part, State as AssignmentState};
pub use assignment::service as assignments;
pub use board::{docx, model as matrix, xlsx};
pub use evidence::service as evidences;
pub use measuring::figures;
pub use public::quarter;
pub use task::service as tasks;
pub use urging::service as urgings;

/// Importing and adopting a breakdown.
pub static IMPORT: Permission = Permission {
    id: "breakdown.import",
    name: "导入任务分解表",
    roles: &[Role::Coordinator],
};
/// Confirming, deciding, adjusting, accepting: what the district's office does for all units.
pub static COORDINATE: Permission = Permission {
    id: "breakdown.coordinate",
    name: "统筹任务分工",
    roles: &[Role::Coordinator],
};
/// Proposing units and accepting records for a unit that leads.
pub static PROPOSE: Permission = Permission {
    id: "breakdown.propose",
    name: "牵头提出名单、验收佐证",
    roles: &[Role::Drafter, Role::Approver, Role::Coordinator],
};
/// Reporting for one's own unit: records, nil returns, claims, objections.
pub static REPORT: Permission = Permission {
    id: "breakdown.report",
    name: "报送本单位任务",
    roles: &[Role::Drafter],
};
/// Reading the board and the tasks.
pub static READ: Permission = Permission {
    id: "breakdown.read",
    name: "查看任务看板",
    roles: &[Role::Drafter, Role::Approver, Role::Coordinator, Role::Assessor],
};

const SECTION: &str = "任务";

/// Everything this crate gives the application. `reader` opens uploads in its confined child process.
pub fn capability(reader: Arc<Confined>) -> Capability {
    let mut routes = importing::routes::routes(&reader);
    routes.extend(board::routes::routes());
    routes.extend(task::routes::routes());
    routes.extend(assignment::routes::routes());
    routes.extend(evidence::routes::routes(&reader));
    routes.extend(urging::routes::routes());
    routes.extend(public::routes::routes());
    Capability {
        name: "breakdown",
        routes,
        menu: menu(),
        navigation: vec![NavigationItem {
            label: "任务进展",
            href: "/tasks",
            id: "tasks",
        }],
        permissions: vec![&IMPORT, &COORDINATE, &PROPOSE, &REPORT, &READ],
        deeds: deeds::DEEDS.to_vec(),
        migrations: vec![Migration {
            name: "0003_breakdown",
            sql: include_str!("schema.sql"),
        }],
        measures: measuring::all(),
        home: Some(Box::new(|site| Box::pin(public::routes::panel(site)))),
        work: Some(Box::new(|site, actor| Box::pin(work::items(site, actor)))),
        jobs: vec![urging::reminding::kind()],
        schedules: vec![urging::reminding::schedule()],
        ..Default::default()
    }
}

fn menu() -> Vec<MenuItem> {
    let item = |label, href, id, permission| MenuItem {
        section: SECTION,
        label,
        href,
        id,
        access: Access::Holder(permission),
    };
    vec![
        item("任务看板", "/board", "board", &READ),
        item("本单位任务", "/duties", "duties", &READ),
        item("待认领", "/claims", "claims", &READ),
        item("佐证材料", "/evidence", "evidence", &READ),
        item("导入分解表", "/breakdowns", "import", &IMPORT),
    ]
}
