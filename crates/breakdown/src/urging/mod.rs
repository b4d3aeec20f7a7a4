//! Urging and supervising units about what is unfinished (催办、督办), from the places where it is seen; and the program's own
//! reminders before a reporting date and after it.

mod pages;
pub(crate) mod reminding;
pub(crate) mod routes;
pub mod service;
