//! Chinese full-text search: analyse, index, query, highlight, evaluate.
//!
//! A text is indexed twice: as words (cut by jieba in search mode) and as pairs of neighbouring characters. Words rank
//! well; pairs find what was cut differently on either side, and make a quoted phrase exact. A query asks for both and
//! never requires every term, so a long plain question finds its answer. What stands in quotation marks is required.
//!
//! The index is a cache that can be thrown away: it follows a journal, keeps the journal's position in every commit,
//! and says through [`Error::Rebuild`] when it must be built anew.
//!
//! ```no_run
//! use search::{Index, Query, Vocabulary};
//!
//! # fn main() -> search::Result<()> {
//! let index = Index::open(std::path::Path::new("data/index"), &Vocabulary::default())?;
//! let results = index.query(&Query { words: "政务公开".to_owned(), ..Query::default() })?;
//! for hit in results.hits {
//!     println!("{} {}", hit.score, hit.path);
//! }
//! # Ok(())
//! # }
//! ```

mod analyse;
mod entry;
mod error;
mod evaluate;
mod fold;
mod gather;
mod index;
mod mark;
mod number;
mod parse;
mod plan;
mod query;
mod schema;
mod traditional;
mod writer;

pub use analyse::Vocabulary;
pub use entry::{Entry, Validity};
pub use error::{Error, Result};
pub use evaluate::{Scores, evaluate};
pub use index::Index;
pub use mark::Segment;
pub use query::{Count, Facets, Filters, Hit, Query, Results, Sort};
pub use writer::Writer;
