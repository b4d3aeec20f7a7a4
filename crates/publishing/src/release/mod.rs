//! Releases (发布) and the ends of public pages: marked (撤稿) and taken down (下架).

mod routes;
pub mod service;
pub(crate) mod store;
pub(crate) mod visibility;

pub use routes::routes;
