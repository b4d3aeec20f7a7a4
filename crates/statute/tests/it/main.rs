//! The law against its vectors (one case per block in `tests/vectors/`), against a second, naive reckoning, and against
//! properties that hold for every day.

#![allow(
    clippy::unwrap_used,
    reason = "a helper of a test that cannot go on has failed the test"
)]

mod calendar;
mod disclosure;
mod documents;
mod portal;
mod purity;
mod vectors;
