//! Faults, and what survives them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests fail a test by panicking; these tests start and kill the real program"
)]

mod blobs;
mod clocks;
mod disks;
mod nodes;
mod rig_itself;
mod rounds;
