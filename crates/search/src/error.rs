//! What can go wrong with an index.

use std::path::PathBuf;

/// The result of an operation on an index.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation on an index failed. The messages are for a log; none of them repeats indexed text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The index on disk is of another edition, was built with another vocabulary, or is damaged. The caller makes a
    /// new one with [`crate::Index::create_anew`] and feeds it from the journal's beginning.
    #[error("the index must be rebuilt: {reason}")]
    Rebuild {
        /// What was found wrong.
        reason: String,
    },
    /// Another process, or another [`crate::Writer`] of this process, is writing to this directory.
    #[error("the index in {} is being written by somebody else", directory.display())]
    Locked {
        /// The index directory.
        directory: PathBuf,
    },
    /// The file system refused.
    #[error("cannot read or write the index: {0}")]
    Io(#[from] std::io::Error),
    /// The index engine refused for another reason.
    #[error("the index engine failed: {0}")]
    Engine(String),
    /// A folder of labelled questions cannot be read.
    #[error("{file}, line {line}: {message}")]
    Questions {
        /// The file's name within the folder.
        file: &'static str,
        /// The line, counted from 1; 0 when the whole file is meant.
        line: usize,
        /// What is wrong with it.
        message: String,
    },
}

impl Error {
    pub(crate) fn rebuild(reason: impl Into<String>) -> Self {
        Self::Rebuild { reason: reason.into() }
    }
}

impl From<tantivy::TantivyError> for Error {
    fn from(error: tantivy::TantivyError) -> Self {
        use tantivy::TantivyError as T;
        match error {
            // A full disk is no damage: only a file that is missing or unreadable as an index asks for a rebuild.
            T::DataCorruption(_) | T::IncompatibleIndex(_) | T::OpenReadError(_) | T::DeserializeError(_) => {
                Self::rebuild(error.to_string())
            }
            T::IoError(inner) => Self::Io(std::io::Error::new(inner.kind(), inner.to_string())),
            other => Self::Engine(other.to_string()),
        }
    }
}
