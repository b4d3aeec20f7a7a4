//! Faults: what the program must survive, made on purpose. docs/faults.md describes the rig and what it can and cannot see.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "helpers of tests fail a test by panicking; the rig starts programs, waits for them and reads their registers"
)]

pub mod bench;
pub mod check;
pub mod house;
pub mod nodes;
pub mod outbox;
pub mod post;
pub mod proxy;
pub mod rig;
pub mod rounds;

pub use bench::{Bench, program};
pub use rig::chance::Chance;
pub use rig::order::{Does, Faults, Point};
