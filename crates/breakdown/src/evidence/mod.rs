//! Evidence (佐证) and nil returns (本期无此事项): work without a trace in the platform.

mod forms;
mod pages;
pub(crate) mod routes;
pub mod service;
pub(crate) mod store;
