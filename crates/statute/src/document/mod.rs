//! Official documents (公文) from outside: numbers, dates, kinds, validity, index numbers, themes and labels.

pub mod code;
pub mod date;
pub mod index;
pub mod kind;
pub mod labels;
pub mod number;
pub mod theme;
pub mod validity;
mod width;

pub use width::{is_han, to_half_width, without_spaces};
