//! The second factor (第二因素): a code of an authenticator app, or one of ten recovery codes.
//!
//! Between the password and the desk lies a session of another stage, which opens nothing but these pages. It is kept
//! by the same cookie, lasts ten minutes, and gives way to a session with a new token when the factor has been given.

pub(super) mod pages;
mod recovery;
pub(super) mod routes;
pub mod service;
pub(super) mod store;
mod totp;

pub use routes::routes;

use crate::seal::{Purpose, SealedColumn};

/// The secrets shared with authenticator apps.
pub const SECRET: SealedColumn = SealedColumn {
    table: "second_factor",
    column: "secret",
    purpose: Purpose::SecondFactor,
    blind: None,
};

/// How far somebody has come in signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Signed in.
    Open,
    /// The password was right; the second factor is still to be given.
    Factor,
    /// The password was right; the role asks for a second factor and there is none yet.
    Enrol,
}

impl Stage {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Stage::Open => "open",
            Stage::Factor => "factor",
            Stage::Enrol => "enrol",
        }
    }

    /// The stage of this stored name; an unknown one opens nothing.
    pub fn of(id: &str) -> Option<Stage> {
        [Stage::Open, Stage::Factor, Stage::Enrol]
            .into_iter()
            .find(|stage| stage.id() == id)
    }
}
