//! One value for one table, whichever way it came.

use sha2::{Digest, Sha256};

use super::clean::words;
use super::model::Table;

/// SHA-256 over the table's words alone: spaces, widths and places do not count, so that the same table is recognised from
/// Word and from text.
#[must_use]
pub fn fingerprint(table: &Table) -> [u8; 32] {
    let mut hash = Sha256::new();
    put(&mut hash, "breakdown/1");
    put(&mut hash, &table.title);
    for task in &table.tasks {
        hash.update(task.no.to_be_bytes());
        for text in [
            &task.chapter,
            &task.section,
            &task.task,
            &task.requirement,
            &task.responsible,
        ] {
            put(&mut hash, text);
        }
        hash.update((task.lead.len() as u64).to_be_bytes());
        for name in &task.lead {
            put(&mut hash, name);
        }
        put(&mut hash, task.lead_note.as_deref().unwrap_or_default());
        put(&mut hash, task.due.as_deref().unwrap_or_default());
    }
    hash.finalize().into()
}

/// Length first, so that no two different tables write the same bytes.
fn put(hash: &mut Sha256, text: &str) {
    let plain = words(text);
    hash.update((plain.len() as u64).to_be_bytes());
    hash.update(plain.as_bytes());
}
