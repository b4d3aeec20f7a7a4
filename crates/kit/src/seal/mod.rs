//! Keys and what they seal (密钥与密封): personal data, letters, second factors and secrets of sessions at rest.
//!
//! The keyring is a file in a folder of its own, outside data directory and backup. Whoever has the database without the
//! keyring reads nothing that is sealed, and destroying a key destroys what it sealed, in every copy and backup. Every
//! ciphertext names its key, so that keys can be exchanged while the program serves.

mod cipher;
mod ring;
mod rotate;
mod secret;
mod store;

pub use cipher::{Ciphertext, context};
pub use ring::{KeyInfo, KeyState, Keyring, Purpose};
pub use rotate::{Progress, destroy, has_used_keys, register, reseal, rotate, values_under};
pub use secret::{Sealable, Sealed};

use crate::db::Migration;

/// The table that knows which keys this database has used.
pub const SCHEMA: Migration = Migration {
    name: "0004_kit_keys",
    sql: include_str!("schema.sql"),
};

/// A column that holds ciphertexts. Whoever keeps one names it in its capability, so that an exchange of keys reaches
/// it; its table has an `id` of type UUID, and its context is [`context`] of table, column and that id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedColumn {
    /// The table.
    pub table: &'static str,
    /// The column; text, or null where there is nothing.
    pub column: &'static str,
    /// What its keys are for.
    pub purpose: Purpose,
    /// The column beside it that holds the blind index of the same value, when there is one.
    pub blind: Option<BlindColumn>,
}

/// A column of blind indexes: equal values have equal indexes, and nobody without the key can tell which value it is.
#[derive(Debug, Clone, Copy)]
pub struct BlindColumn {
    /// The column.
    pub column: &'static str,
    /// How a value is written before its index is taken, so that `１３８…` and `138…` are one number.
    pub normal: fn(&str) -> String,
}

impl PartialEq for BlindColumn {
    fn eq(&self, other: &Self) -> bool {
        self.column == other.column
    }
}

impl Eq for BlindColumn {}
