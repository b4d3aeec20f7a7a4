//! The one writer of an index.

use std::sync::Arc;

use tantivy::{IndexWriter, TantivyDocument, TantivyError, Term};

use crate::Entry;
use crate::error::{Error, Result};
use crate::index::Shared;

/// The engine's memory for new entries, in bytes; what is above it goes to disk before the commit.
pub(crate) const MEMORY_BUDGET: usize = 48_000_000;

/// Puts and removes entries. There is one for each directory, in all processes together; what it did is seen, and kept,
/// from the next [`Writer::commit`] on. Dropping it forgets what was not committed.
pub struct Writer {
    shared: Arc<Shared>,
    engine: IndexWriter,
}

impl Writer {
    /// Takes the lock and clears away what a writer that was killed has left: the engine would fail for ever on a file that
    /// it has to make and that is there already.
    pub(crate) fn over(shared: Arc<Shared>) -> Result<Self> {
        let engine = shared
            .engine
            .writer_with_num_threads(1, MEMORY_BUDGET)
            .map_err(|error| match error {
                TantivyError::LockFailure(..) => Error::Locked {
                    directory: shared.directory.clone(),
                },
                other => other.into(),
            })?;
        // The lock is held now: nobody else writes, and what no commit names is rubbish.
        shared.remove_leftovers()?;
        Ok(Self { shared, engine })
    }

    /// Puts an entry in the place of the one with the same identifier, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Engine`] when the engine could not write to disk.
    pub fn put(&mut self, entry: &Entry) -> Result<()> {
        let document: TantivyDocument = self.shared.fields.document(&self.shared.analyser, entry)?;
        self.remove(&entry.id);
        self.engine.add_document(document)?;
        Ok(())
    }

    /// Removes the entry with this identifier, if there is one.
    pub fn remove(&mut self, id: &str) {
        self.engine
            .delete_term(Term::from_field_text(self.shared.fields.id, id));
    }

    /// Makes everything since the last commit durable and visible, together with the journal position it reaches to.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] or [`Error::Engine`] when the engine could not write to disk; then nothing of it is kept.
    pub fn commit(&mut self, position: u64) -> Result<()> {
        let payload = self.shared.payload(position)?;
        let mut commit = self.engine.prepare_commit()?;
        commit.set_payload(&payload);
        commit.commit()?;
        tracing::debug!(position, "search index committed");
        Ok(())
    }
}
