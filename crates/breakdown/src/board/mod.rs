//! The board (任务看板): tasks down, units across, live figures; its charts, its print, its Word form; a unit's own duties.

mod chart;
pub mod docx;
mod duties;
pub mod model;
mod pages;
pub(crate) mod routes;
mod table;
pub mod xlsx;

pub(crate) use chart::{Chart, charts};
