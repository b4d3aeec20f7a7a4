//! Accounts (账号), sessions and sign-in.
//!
//! Nobody is given a password: an account begins with a one-time link, on which its holder sets one. Where a second factor
//! is asked for, it comes between the password and the desk ([`factor`], [`passkey`]); dangerous acts ask for a fresh proof ([`proof`]).

mod actor;
mod client;
pub mod factor;
mod forms;
mod intake;
pub mod leaving;
pub mod oidc;
mod pages;
pub mod passkey;
pub(crate) mod proof;
mod routes;
mod secrets;
pub mod security;
pub mod service;
pub mod session;
mod settings;
pub(crate) mod store;

pub use actor::{Actor, Holding, Reach};
pub use intake::INTAKE;
pub use service::{Session, issue_link};
pub use settings::Settings;

use crate::capability::Route;
use crate::db::Migration;
use crate::permission::{Permission, Role};

/// Second factors, what is known of a session, forms that wait for a proof.
pub const SCHEMA: Migration = Migration {
    name: "0010_kit_sign_in",
    sql: include_str!("schema.sql"),
};

/// Routes of this subject.
pub fn routes() -> Vec<Route> {
    let mut routes = routes::routes();
    routes.extend(factor::routes());
    routes.extend(passkey::routes());
    routes.extend(proof::routes());
    routes.extend(security::routes());
    routes.extend(leaving::routes());
    routes.extend(oidc::routes());
    routes
}

/// Making accounts, granting and revoking roles.
pub static MANAGE: Permission = Permission {
    id: "account.manage",
    name: "管理账号与角色",
    roles: &[Role::SecurityAdministrator],
};
