//! Tasks (任务): rows of the adopted table, and by which measures they are measured.

pub(crate) mod library;
pub(crate) mod pages;
pub(crate) mod routes;
pub mod service;
pub(crate) mod store;
