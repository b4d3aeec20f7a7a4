//! Reading in a child process that has locked itself in.

mod child;
mod confine;
mod parent;
mod protocol;
mod tables;

pub use child::child_main;
pub use confine::confine;
pub use parent::{Confined, ConfinedLimits, ReadError, Session};
pub use tables::TableReading;
