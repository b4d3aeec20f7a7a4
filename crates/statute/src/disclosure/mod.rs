//! Proactive disclosure (主动公开): what, by when, and on which grounds not.

pub mod annual;
pub mod attribute;
pub mod catalogue;
pub mod limit;
