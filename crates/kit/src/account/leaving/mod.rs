//! Leaving (离岗交接): an account whose holder goes hands its open work to another, in one transaction, and ends.

mod pages;
mod routes;
pub mod service;
pub(super) mod store;

pub use routes::routes;

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::site::Site;

/// One piece of open work that is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// What kind of work: 在办文件.
    pub kind: String,
    /// What it is called on this day.
    pub title: String,
    /// Where it is.
    pub link: String,
}

/// Open work of a capability that carries an account as the one responsible now. What an account did in the past is history
/// and stays.
pub trait Handover: Send + Sync {
    /// What would pass from this account.
    fn open<'a>(&'a self, site: &'a Site, from: Uuid) -> BoxFuture<'a, Result<Vec<Handed>>>;

    /// Passes it to another account and says what it was. Whoever takes over counts as having prepared it: who may not
    /// approve their own work may not approve this either.
    fn pass<'a>(&'a self, tx: &'a Tx, from: Uuid, to: Uuid) -> BoxFuture<'a, Result<Vec<Handed>>>;
}
