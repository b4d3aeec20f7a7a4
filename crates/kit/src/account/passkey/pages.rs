//! View types of passkeys.

use askama::Template;

use super::store::passkey::Model;
use crate::clock::spoken_time;

/// A passkey as its holder is shown it.
pub(in crate::account) struct PasskeyRow {
    pub id: String,
    pub name: String,
    pub since: String,
    pub last_used: String,
}

impl From<Model> for PasskeyRow {
    fn from(row: Model) -> PasskeyRow {
        PasskeyRow {
            id: row.id.to_string(),
            name: row.name,
            since: spoken_time(row.created_at),
            last_used: row.used_at.map(spoken_time).unwrap_or_default(),
        }
    }
}

/// The page on which a browser asks the device; a script of ours puts the answer into the form and sends it.
#[derive(Template)]
#[template(path = "passkey/ask.html")]
pub(in crate::account) struct Ceremonial<'a> {
    pub title: &'a str,
    pub words: &'a str,
    /// `create` or `get`.
    pub way: &'a str,
    pub options: &'a str,
    /// Where the answer goes.
    pub action: &'a str,
    /// Fields that go with it.
    pub fields: &'a [(&'a str, &'a str)],
    /// Where to go without it.
    pub back: &'a str,
}
