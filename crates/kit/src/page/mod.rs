//! Pages: bodies rendered from templates, wrapped in the shell of one of the two faces.

mod markup;
pub mod parts;
mod shell;

pub use markup::Markup;
pub use shell::{BarePage, DeskPage, Display, PublicPage};
