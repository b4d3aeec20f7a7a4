//! The application kit: what every capability stands on and none of them owns.
//!
//! Database and blobs, units and accounts, permissions and audit, measures, pages and forms, and the one seam at which
//! a capability plugs in. The kit knows no domain.

pub mod account;
pub mod audit;
pub mod backup;
pub mod blob;
pub mod capability;
pub mod clock;
pub mod db;
mod deeds;
pub mod error;
pub mod folder;
pub mod form;
pub mod guard;
pub mod intake;
pub mod job;
pub mod measure;
pub mod message;
pub mod notice;
pub mod numbering;
pub mod outgoing;
pub mod page;
pub mod permission;
pub mod reading;
pub mod seal;
pub mod site;
mod telemetry;
pub mod unit;
pub mod upkeep;
pub mod web;

pub use error::{Error, Result};
pub use site::Site;

use std::sync::Arc;

use capability::{Capability, MenuItem};
use permission::{Access, Permission};

/// The kit's own part of the application: accounts, units, the audit record, keys and jobs.
pub fn capability() -> Capability {
    let workers = Arc::new(job::Workers::default());
    let at_work = workers.clone();
    Capability {
        name: "kit",
        routes: web::own_routes(),
        menu: MENU.to_vec(),
        permissions: PERMISSIONS.to_vec(),
        migrations: MIGRATIONS.to_vec(),
        jobs: jobs(),
        schedules: schedules(),
        sealed: sealed(),
        templates: message::TEMPLATES.to_vec(),
        intakes: vec![&unit::INTAKE, &account::INTAKE],
        deeds: deeds::DEEDS.to_vec(),
        work: Some(Box::new(|site, actor| Box::pin(work(site, actor)))),
        background: vec![Box::new(move |site| Box::pin(at_work.clone().work(site)))],
        at_end: vec![Box::new(move |_| {
            let workers = workers.clone();
            Box::pin(async move { workers.stop().await })
        })],
        ..Default::default()
    }
}

fn jobs() -> Vec<job::JobKind> {
    let mut all = job::own_kinds();
    all.extend(notice::jobs());
    all.extend(intake::jobs());
    all.extend(message::jobs());
    all.push(upkeep::job());
    all
}

fn schedules() -> Vec<job::Schedule> {
    let mut all = job::own_schedules();
    all.extend(notice::schedules());
    all.extend(intake::SCHEDULES);
    all.extend(message::SCHEDULES);
    all.push(upkeep::SCHEDULE);
    all
}

async fn work(site: &Site, actor: &account::Actor) -> Result<Vec<capability::WorkItem>> {
    let mut items = notice::work_items(site, actor).await?;
    items.extend(job::work_items(site, actor).await?);
    items.extend(message::items(site, actor).await?);
    Ok(items)
}

const MIGRATIONS: &[db::Migration] = &[
    db::Migration {
        name: "0001_kit",
        sql: include_str!("schema.sql"),
    },
    seal::SCHEMA,
    job::SCHEMA,
    guard::SCHEMA,
    intake::SCHEMA,
    notice::SCHEMA,
    numbering::SCHEMA,
    reading::SCHEMA,
    account::SCHEMA,
    message::SCHEMA,
    account::passkey::SCHEMA,
    account::oidc::SCHEMA,
];

fn sealed() -> Vec<seal::SealedColumn> {
    let mut all = vec![
        reading::REASON,
        account::factor::SECRET,
        account::proof::FIELDS,
        account::passkey::STATE,
    ];
    all.extend([account::oidc::NONCE, account::oidc::VERIFIER]);
    all.extend(intake::SEALED);
    all.extend(message::SEALED);
    all
}

static PERMISSIONS: &[&Permission] = &[
    &unit::MANAGE,
    &account::MANAGE,
    &audit::READ,
    &job::MANAGE,
    &notice::ISSUE,
    &notice::LEDGER,
    &numbering::READ,
    &numbering::MANAGE,
    &message::MANAGE,
];

static MENU: &[MenuItem] = &[
    MenuItem {
        section: "本人",
        label: "登录与安全",
        href: "/security",
        id: "security",
        access: Access::SignedIn,
    },
    MenuItem {
        section: "通知",
        label: "我的通知",
        href: "/notices",
        id: "notices",
        access: Access::SignedIn,
    },
    MenuItem {
        section: "通知",
        label: "催办督办台账",
        href: "/notices/ledger",
        id: "ledger",
        access: Access::Holder(&notice::LEDGER),
    },
    MenuItem {
        section: "管理",
        label: "后台任务",
        href: "/jobs",
        id: "jobs",
        access: Access::Holder(&job::MANAGE),
    },
    MenuItem {
        section: "管理",
        label: "编号登记簿",
        href: "/numbering",
        id: "numbering",
        access: Access::Holder(&numbering::READ),
    },
    MenuItem {
        section: "管理",
        label: "单位名册",
        href: "/units",
        id: "units",
        access: Access::SignedIn,
    },
    MenuItem {
        section: "管理",
        label: "账号与角色",
        href: "/accounts",
        id: "accounts",
        access: Access::Holder(&account::MANAGE),
    },
    MenuItem {
        section: "管理",
        label: "审计记录",
        href: "/audit",
        id: "audit",
        access: Access::Holder(&audit::READ),
    },
    MenuItem {
        section: "管理",
        label: "查阅记录",
        href: "/readings",
        id: "readings",
        access: Access::Holder(&audit::READ),
    },
    MenuItem {
        section: "管理",
        label: "发出的消息",
        href: "/messages",
        id: "messages",
        access: Access::Holder(&message::MANAGE),
    },
    MenuItem {
        section: "本人",
        label: "邮箱和手机",
        href: "/addresses",
        id: "addresses",
        access: Access::SignedIn,
    },
];
