//! Documents on the desk: upload, metadata, review by somebody else.

pub mod bulk;
mod forms;
pub mod import;
pub mod model;
mod pages;
pub(crate) mod reminding;
pub mod review;
mod routes;
pub mod service;
mod show;
pub(crate) mod store;
pub mod text;
pub(crate) mod view;
mod work;

pub use model::{Metadata, PublicState, State};
pub use routes::routes;
pub(crate) use view::{Shown, metadata_of};
pub(crate) use work::work;
