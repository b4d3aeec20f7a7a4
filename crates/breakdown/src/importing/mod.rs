//! Importing a breakdown: read, preview with every doubt, answer, adopt.

pub mod expand;
mod forms;
pub mod model;
mod pages;
pub mod reading;
pub(crate) mod routes;
pub mod service;
pub(crate) mod store;

pub use model::Preview;
pub use reading::read_file;
pub use service::{adopt, import};
