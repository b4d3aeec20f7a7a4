//! Properties that hold for every document, and a stored document that must be readable for ever.

mod generate;
mod properties;
mod stored;
