//! The public's view (任务进展): quarter-end figures, shown after the working days in which units may object.

mod pages;
pub mod quarter;
pub(crate) mod routes;
