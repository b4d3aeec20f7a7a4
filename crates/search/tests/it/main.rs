//! The index as its callers know it.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod counts;
mod finding;
mod following;
mod hostile;
mod support;
