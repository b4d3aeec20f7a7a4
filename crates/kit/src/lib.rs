//! The application kit: what every capability stands on and none of them owns.
//!
//! Database and blobs, units and accounts, permissions and audit, measures, pages and forms, and the one seam at which
//! a capability plugs in. The kit knows no domain.

pub mod account;
pub mod audit;
pub mod blob;
pub mod capability;
pub mod clock;
pub mod db;
pub mod error;
pub mod form;
pub mod job;
pub mod measure;
pub mod message;
pub mod outgoing;
pub mod page;
pub mod permission;
pub mod seal;
pub mod site;
mod telemetry;
pub mod unit;
pub mod web;

pub use error::{Error, Result};
pub use site::Site;

use capability::{Capability, MenuItem};
use permission::{Access, Permission};

/// The kit's own part of the application: accounts, units, the audit record, keys and jobs.
pub fn capability() -> Capability {
    Capability {
        name: "kit",
        routes: web::own_routes(),
        menu: MENU.to_vec(),
        permissions: PERMISSIONS.to_vec(),
        migrations: MIGRATIONS.to_vec(),
        sealed: message::SEALED.to_vec(),
        templates: message::TEMPLATES.to_vec(),
        jobs: message::jobs(),
        schedules: message::SCHEDULES.to_vec(),
        work: Some(Box::new(|site, actor| Box::pin(message::items(site, actor)))),
        background: vec![Box::new(|site| Box::pin(job::work(site)))],
        ..Default::default()
    }
}

const MIGRATIONS: &[db::Migration] = &[
    db::Migration {
        name: "0001_kit",
        sql: include_str!("schema.sql"),
    },
    seal::SCHEMA,
    job::SCHEMA,
    message::SCHEMA,
];

static PERMISSIONS: [&Permission; 4] = [&unit::MANAGE, &account::MANAGE, &audit::READ, &message::MANAGE];

static MENU: [MenuItem; 5] = [
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
        label: "发出的消息",
        href: "/messages",
        id: "messages",
        access: Access::Holder(&message::MANAGE),
    },
    MenuItem {
        section: "本人",
        label: "通知方式",
        href: "/addresses",
        id: "addresses",
        access: Access::SignedIn,
    },
];
