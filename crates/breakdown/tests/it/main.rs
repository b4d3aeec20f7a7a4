//! Stories of the breakdown, each on SQLite and on PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod adopting;
mod assigning;
mod board;
mod evidence;
mod importing;
mod pages;
mod seed;
mod successors;
mod support;
