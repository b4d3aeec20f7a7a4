//! Sign-in and security (登录与安全): what everybody sees of their own account, and what the security administrator may do for
//! one.

mod pages;
mod routes;

pub(super) use pages::SessionRow;
pub(super) use routes::page;
pub use routes::routes;
