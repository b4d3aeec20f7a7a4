//! The registers by which units are measured: what has to be public (应公开事项), and how many documents a unit has
//! numbered (文号登记). Both are kept by the office that oversees, never by the unit that owes.

mod pages;
mod routes;
pub mod service;
pub(crate) mod store;

pub use routes::routes;
