//! What can go wrong in front of a user, said in plain Chinese: what happened, what to do.

use sea_orm::DbErr;

use crate::db::{Retry, WriteError};

/// The error of every handler. A capability has its own error type and turns it into this one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing stands at this address, or not for this person.
    #[error("{0}")]
    NotFound(String),
    /// The person lacks a permission.
    #[error("{0}")]
    Forbidden(String),
    /// Nobody is signed in.
    #[error("请先登录")]
    SignInFirst,
    /// The request cannot be carried out as it is; the sentence says what is wrong and what to do.
    #[error("{what}")]
    Refused {
        /// What is wrong.
        what: String,
        /// What to do.
        advice: String,
    },
    /// Somebody else changed the same thing in the meantime.
    #[error("{0}")]
    Conflict(String),
    /// Too many attempts; the number is the seconds to wait.
    #[error("操作过于频繁")]
    TooMany(u64),
    /// More bytes than are taken.
    #[error("{0}")]
    TooLarge(String),
    /// Another server, which this one asked, does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// The database failed; its text never reaches a user or a log.
    #[error("数据库暂时不可用")]
    Database(#[from] DbErr),
    /// Something else failed inside; the text goes to the log, not to the user, and holds no personal data.
    #[error("系统内部错误")]
    Internal(String),
}

impl Error {
    /// A refusal with its advice. Both may be whole sentences; the full stop between them is put in where they are shown.
    pub fn refused(what: impl Into<String>, advice: impl Into<String>) -> Error {
        let mut what: String = what.into();
        what.truncate(what.trim_end_matches('。').len());
        Error::Refused {
            what,
            advice: advice.into(),
        }
    }

    /// Nothing here.
    pub fn not_found(what: &str) -> Error {
        Error::NotFound(format!("没有找到{what}"))
    }
}

impl From<WriteError> for Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Database(error) => Error::Database(error),
            WriteError::Unaudited => Error::Internal("a change without an audit entry was rolled back".into()),
            WriteError::StillHeld => Error::Internal("a transaction still held at its end was rolled back".into()),
        }
    }
}

impl Retry for Error {
    fn database(&self) -> Option<&DbErr> {
        match self {
            Error::Database(error) => Some(error),
            _ => None,
        }
    }
}

/// The result of a handler or service.
pub type Result<T, E = Error> = std::result::Result<T, E>;
