//! The one decision about what the public may see of a document. Pages, pictures, attachments and feeds all ask here.

use sea_orm::ConnectionTrait;

use kit::Result;

use super::store::{self, released};
use crate::document::PublicState;
use crate::document::store as documents;
use crate::document::store::{document, revision};
use crate::journal::{Kind, store as journal};

/// What stands at a public address.
pub(crate) enum Visible {
    /// A document to be read, perhaps under a banner.
    Page(Box<Page>),
    /// A tombstone: taken down on this day.
    Tombstone(chrono::NaiveDate),
    /// Nothing, and never was.
    Nothing,
}

/// A readable document.
pub(crate) struct Page {
    pub document: document::Model,
    pub revision: revision::Model,
    /// Releases, newest first.
    pub releases: Vec<released::Model>,
    /// The banner of a marked page.
    pub mark: Option<Mark>,
}

/// Why and since when a page is marked.
pub(crate) struct Mark {
    pub on: chrono::NaiveDate,
    pub reason: String,
    pub successor: Option<String>,
}

/// What the public sees at an address.
pub(crate) async fn at(on: &impl ConnectionTrait, path: &str) -> Result<Visible> {
    let Some(document) = documents::at_path(on, path).await? else {
        return Ok(Visible::Nothing);
    };
    let entries = journal::of_document(on, document.id).await?;
    let last = |kind: Kind| entries.iter().rev().find(|e| e.kind == kind.id());
    match document.public_state.as_deref().and_then(PublicState::of) {
        None => Ok(Visible::Nothing),
        Some(PublicState::TakenDown) => {
            Ok(last(Kind::TakenDown).map_or(Visible::Nothing, |e| Visible::Tombstone(e.effective_on)))
        }
        Some(state) => {
            let releases = store::of_document(on, document.id).await?;
            let Some(newest) = releases.first() else {
                return Ok(Visible::Nothing);
            };
            let Some(revision) = documents::revision(on, newest.revision).await? else {
                return Ok(Visible::Nothing);
            };
            let mark = last(Kind::Marked)
                .filter(|_| state == PublicState::Marked)
                .map(|e| Mark {
                    on: e.effective_on,
                    reason: e.reason.clone(),
                    successor: e.successor.clone(),
                });
            Ok(Visible::Page(Box::new(Page {
                document,
                revision,
                releases,
                mark,
            })))
        }
    }
}
