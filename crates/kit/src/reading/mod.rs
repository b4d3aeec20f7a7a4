//! The record of reading (查阅记录): who has looked at whose personal data, when, at which fields and what for.
//!
//! A look is written down, and committed, before the value is opened: a value that was shown without its line in the
//! record cannot happen, a line whose value then failed to open can. Whoever asks the office may be told who has read
//! what they wrote, so the name of the post stands in the record as it was at that moment.

mod pages;
mod routes;
pub(crate) mod store;

pub use routes::routes;
pub use store::Seen;

use uuid::Uuid;

use crate::account::Actor;
use crate::db::Migration;
use crate::error::Result;
use crate::seal::{Ciphertext, Purpose, Sealable, Sealed, SealedColumn, context as place};
use crate::site::Site;

/// The table of looks.
pub const SCHEMA: Migration = Migration {
    name: "0010_kit_reading",
    sql: include_str!("schema.sql"),
};

/// What a look was for may itself say something about a person.
pub const REASON: SealedColumn = SealedColumn {
    table: "reading",
    column: "reason",
    purpose: Purpose::Log,
    blind: None,
};

/// One look at personal data.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    /// The kind of record, such as `report`; the same word as in the audit record.
    pub subject: &'static str,
    /// Which one.
    pub subject_id: Uuid,
    /// The fields looked at, in the words of the screen: 联系电话.
    pub fields: &'a [&'a str],
    /// What for, where the reader was asked; empty when looking is the ordinary way of doing this work.
    pub reason: &'a str,
}

/// Opens one sealed field of a record for somebody to read, and writes down that they did.
///
/// `field` is the field's name in the words of the screen; `context` is that of [`crate::seal::context`].
///
/// # Errors
/// When the look cannot be written down, and then nothing is opened; or as [`crate::seal::Keyring::open`].
pub async fn open<T: Sealable>(
    site: &Site,
    actor: &Actor,
    subject: &'static str,
    subject_id: Uuid,
    field: &str,
    context: &str,
    ciphertext: &Ciphertext,
) -> Result<Sealed<T>> {
    let look = Look {
        subject,
        subject_id,
        fields: &[field],
        reason: "",
    };
    note(site, actor, &look).await?;
    site.keys.open(context, ciphertext)
}

/// Writes down a look at several fields at once, before whoever calls opens them.
///
/// # Errors
/// When it cannot be written down; nothing may be shown then.
pub async fn note(site: &Site, actor: &Actor, look: &Look<'_>) -> Result<()> {
    let id = Uuid::now_v7();
    let reason = match look.reason.trim() {
        "" => None,
        said => {
            let said = Sealed::new(said.to_string());
            Some(site.keys.seal(Purpose::Log, &reason_place(id), &said)?)
        }
    };
    let reason = reason.as_ref();
    site.write(actor, |tx| async move {
        store::insert(&tx, id, look, reason).await?;
        // The row is itself the record; an audit entry beside it would say the same twice.
        tx.housekeeping();
        Ok(())
    })
    .await
}

/// Who has looked at a record, latest first, for the person it is about.
///
/// # Errors
/// When the database fails.
pub async fn of(site: &Site, subject: &str, subject_id: Uuid) -> Result<Vec<Seen>> {
    Ok(store::of(site.db.read(), subject, subject_id).await?)
}

fn reason_place(id: Uuid) -> String {
    place(REASON.table, REASON.column, id)
}
