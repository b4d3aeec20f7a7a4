//! The journal (发布日志): what became public, what changed and what ended, in one order without gaps.
//!
//! A command writes an unsequenced entry in its own transaction. One sequencer at a time, holding a lease with a fencing
//! number, gives committed entries their positions afterwards; readers see numbered entries only. So no reader can miss
//! an entry that was committed late, and no node waits for another's transaction.

mod follow;
mod sequencer;
pub(crate) mod store;

pub use follow::Reader;
pub use sequencer::{hand_over, sequence};
pub(crate) use store::is_waiting;
pub use store::newest_position;

use std::sync::Arc;
use std::time::Duration;

use kit::Site;
use kit::db::Tx;
use kit::error::{Error, Result};
use sea_orm::Set;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Publishing;

/// What happened to a public document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// It became public for the first time.
    Released,
    /// A newer edition took its place.
    Corrected,
    /// It was marked: withdrawn with reason, repealed, lapsed.
    Marked,
    /// Its content was taken down.
    TakenDown,
}

impl Kind {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Released => "released",
            Kind::Corrected => "corrected",
            Kind::Marked => "marked",
            Kind::TakenDown => "taken_down",
        }
    }

    /// The kind of this stored name.
    pub fn of(id: &str) -> Option<Kind> {
        [Kind::Released, Kind::Corrected, Kind::Marked, Kind::TakenDown]
            .into_iter()
            .find(|kind| kind.id() == id)
    }
}

/// An entry about to be written.
pub(crate) struct NewEntry<'a> {
    pub kind: Kind,
    pub document: Uuid,
    pub revision: Uuid,
    pub path: &'a str,
    pub reason: &'a str,
    pub successor: Option<&'a str>,
    pub effective_on: chrono::NaiveDate,
    /// What the commitment covers: the canonical content's hash and those of the attachments.
    pub hashes: Vec<String>,
}

/// Writes an unsequenced entry in the command's transaction. Its commitment is salted, so that nobody can find out by
/// trial what stood in a document that is gone.
pub(crate) async fn write(tx: &Tx, entry: NewEntry<'_>) -> Result<()> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(entry.kind.id().as_bytes());
    for hash in &entry.hashes {
        hasher.update([0]);
        hasher.update(hash.as_bytes());
    }
    let commitment = hasher.finalize().iter().map(|b| format!("{b:02x}")).collect();
    let row = store::entry::ActiveModel {
        id: Set(Uuid::now_v7()),
        kind: Set(entry.kind.id().into()),
        document: Set(entry.document),
        revision: Set(entry.revision),
        path: Set(entry.path.into()),
        reason: Set(entry.reason.into()),
        successor: Set(entry.successor.map(str::to_string)),
        effective_on: Set(entry.effective_on),
        salt: Set(salt.to_vec()),
        commitment: Set(commitment),
        at: Set(tx.at()),
        position: Set(None),
        sequenced_at: Set(None),
    };
    Ok(store::insert(tx, row).await?)
}

/// Sequences and follows for as long as the program serves: what another node wrote appears within a second.
pub async fn run(site: Arc<Site>, publishing: Arc<Publishing>) {
    let mut failing = false;
    loop {
        match publishing.settle(&site).await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "the journal cannot be followed; trying again every second");
            }
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(if failing { 1000 } else { 500 })).await;
    }
}
