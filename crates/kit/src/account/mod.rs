//! Accounts (账号), sessions and sign-in.
//!
//! Nobody is given a password: an account begins with a one-time link, on which its holder sets one. A second factor,
//! passkeys and single sign-on will find their place in [`service::sign_in`], between the password and the session.

mod actor;
mod forms;
mod intake;
mod pages;
mod routes;
mod secrets;
pub mod service;
pub(crate) mod store;

pub use actor::{Actor, Holding, Reach};
pub use intake::INTAKE;
pub use routes::routes;
pub use service::{Session, issue_link};

use crate::permission::{Permission, Role};

/// Making accounts, granting and revoking roles.
pub static MANAGE: Permission = Permission {
    id: "account.manage",
    name: "管理账号与角色",
    roles: &[Role::SecurityAdministrator],
};
