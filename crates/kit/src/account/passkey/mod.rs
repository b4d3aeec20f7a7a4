//! Passkeys (通行密钥): a key that a telephone, a computer or a security key keeps, and uses only after it has recognised its
//! holder by finger, face or PIN.
//!
//! One counts as second factor after the password, as the whole sign-in after the name, and as a fresh proof. What was
//! asked of the browser waits in the database, sealed, five minutes, good once, so that any node can check the answer.
//! Browsers offer passkeys only to a desk that has a name and HTTPS (or to `localhost`); elsewhere the pages say why there
//! are none.

mod ceremony;
mod model;
mod pages;
mod routes;
pub mod service;
pub(super) mod store;

pub use model::{Kind, why_not};
pub(super) use pages::{Ceremonial, PasskeyRow};
pub use routes::routes;

use crate::db::Migration;
use crate::seal::{Purpose, SealedColumn};

/// Passkeys, and what was asked of a browser.
pub const SCHEMA: Migration = Migration {
    name: "0014_kit_passkeys",
    sql: include_str!("schema.sql"),
};

/// What was asked of a browser.
pub const STATE: SealedColumn = SealedColumn {
    table: "passkey_ceremony",
    column: "state",
    purpose: Purpose::Session,
    blind: None,
};
