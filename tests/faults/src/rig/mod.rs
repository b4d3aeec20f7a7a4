//! The rig: runs a program and decides what its disk keeps and when it ends. See docs/faults.md.

mod calls;
pub mod chance;
pub mod disk;
pub mod order;
mod tracer;

pub use tracer::serve;
pub use tracer::step_out;
