//! What the stories stand on: the application as it is served, driven in-process on either database.
//!
//! A story opens a [`TestApp`], sends people to it ([`TestApp::citizen`], [`TestApp::staff`]) and looks at the pages they get.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests fail a test by panicking; the tests' own environment names the PostgreSQL server"
)]

mod app;
mod clock;
mod database;
pub mod office;
mod page;
mod visitor;
pub mod word;

pub use app::{PASSWORD, TestApp, configuration, gongkai, program};
pub use clock::TestClock;
pub use database::Database;
pub use page::Page;
pub use visitor::{UNANSWERED, Visitor};
