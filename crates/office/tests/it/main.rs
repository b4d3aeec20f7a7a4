//! The readers and the confinement from outside, on honest and on hostile files. Every file is built here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests fail a test by panicking, and the child is started here to see what it can do"
)]

mod build;
mod confinement;
mod hostile;
mod mutations;
mod shared;
mod tables;
mod word;
