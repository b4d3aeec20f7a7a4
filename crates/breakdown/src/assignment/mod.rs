//! Assignments (分工): which unit owes what of a task, how it came to it, and by when.

pub(crate) mod forms;
pub mod model;
mod pages;
pub(crate) mod routes;
pub mod service;
pub(crate) mod store;
