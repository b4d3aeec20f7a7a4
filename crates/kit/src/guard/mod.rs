//! Against misuse by people nobody knows: rates and doubling waits that all nodes share, tickets for anonymous forms, work
//! asked only while a form is under attack, and codes (查询码) that cannot be guessed.
//!
//! A public form shows the fields of [`Gate::open`] and asks [`Gate::admit`] before it does anything else with what was sent;
//! the [`Pass`] it gets is spent in the transaction that takes the submission in. Sign-in counts with [`Backoff`].

mod backoff;
pub mod code;
mod gate;
mod keys;
mod origin;
mod pages;
mod rate;
mod store;
mod ticket;

pub use backoff::Backoff;
pub use gate::{Again, Gate, Pass, Verdict};
pub use origin::Origin;
pub use pages::{GuardFields, policy};
pub use rate::Rate;
pub use ticket::{Demand, Ticket, solve};

/// The tables of this subject.
pub const SCHEMA: crate::db::Migration = crate::db::Migration {
    name: "0009_kit_guard",
    sql: include_str!("schema.sql"),
};
