//! The reader against the published table, against other layouts, and against noise.

mod layouts;
mod noise;
mod refusals;
mod seed;
mod sheet;
mod support;
mod units;
mod word;
