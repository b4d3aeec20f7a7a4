//! Many documents taken in at once as what they already are elsewhere, one transaction for each call.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, NaiveTime, TimeZone, Utc};
use content::Document;
use kit::account::Actor;
use kit::audit::Deed;
use kit::db::Tx;
use kit::{Error, Result, Site};
use uuid::Uuid;

use super::model::{Metadata, PublicState, State};
use super::service::{Standing, begin_edition, fresh_document, insert_revision};
use super::store;
use super::text::Text;
use crate::Publishing;
use crate::journal::Kind as Happened;
use crate::kinds::Kind;
use crate::release::service::{end, make_public};

/// A document read and checked, ready to be written.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Where it comes from, so that it is recognised when it comes again.
    pub source: String,
    /// The unit that answers for it.
    pub unit: Uuid,
    /// Its kind.
    pub kind: &'static Kind,
    /// What is known of it.
    pub metadata: Metadata,
    /// The index number it has; none to give it one here.
    pub index_number: Option<String>,
    /// When it became public; none when it is a draft.
    pub published: Option<DateTime<Utc>>,
    /// Its text.
    pub text: Text,
    /// What became of it after it was public.
    pub later: Option<Later>,
}

/// What became of a document after it was public.
#[derive(Debug, Clone)]
pub enum Later {
    /// It was corrected.
    Corrected {
        /// The new text.
        document: Document,
        /// When the new text became public.
        at: DateTime<Utc>,
        /// The public note of what changed.
        note: String,
    },
    /// It was marked as no longer good.
    Marked {
        /// Since when.
        on: NaiveDate,
        /// Why.
        reason: String,
    },
    /// It was taken down.
    TakenDown {
        /// Since when.
        on: NaiveDate,
        /// Why, for the record.
        reason: String,
    },
}

/// The first moment of a day in Shanghai.
pub fn beginning_of(day: NaiveDate) -> DateTime<Utc> {
    Utc.from_utc_datetime(&day.and_time(NaiveTime::MIN)) - chrono::Duration::hours(8)
}

/// Which of these sources have been taken in.
///
/// # Errors
/// When the database fails.
pub async fn known(site: &Site, sources: Vec<String>) -> Result<HashSet<String>> {
    Ok(store::known_sources(site.db.read(), sources)
        .await?
        .into_iter()
        .collect())
}

/// Takes documents in, all of them or none; none may be known already. They are found once
/// [`Publishing::settle`] has been called.
///
/// # Errors
/// When the database fails or refuses, for instance because an index number is taken.
pub async fn take_in(
    site: &Site,
    publishing: &Publishing,
    by: &Actor,
    remark: &str,
    documents: &[Incoming],
) -> Result<()> {
    if documents.is_empty() {
        return Ok(());
    }
    site.write(by, |tx| async move {
        for document in documents {
            take_in_one(&tx, publishing, remark, document).await?;
        }
        Ok(())
    })
    .await
}

async fn take_in_one(tx: &Tx, publishing: &Publishing, remark: &str, new: &Incoming) -> Result<()> {
    let id = Uuid::now_v7();
    let document = store::document::Model {
        source_key: Some(new.source.clone()),
        index_number: new.index_number.clone(),
        ..fresh_document(tx, id, new.kind, new.unit)
    };
    store::insert_document(tx, document.clone()).await?;
    let revision = insert_revision(tx, id, 1, &new.metadata, &new.text, Vec::new()).await?;
    let edition = begin_edition(tx, id, 1, revision.id, remark).await?;
    let standing = Standing {
        document,
        kind: new.kind,
        edition,
        state: State::Draft,
        revision,
    };
    let Some(published) = new.published else {
        tx.record(Deed::new("publishing.enter", "document", id).unit(new.unit))
            .await?;
        return Ok(());
    };
    make_public(tx, publishing, &standing, published, "", 0).await?;
    match &new.later {
        None => Ok(()),
        Some(later) => follow(tx, publishing, standing, new, later).await,
    }
}

async fn follow(tx: &Tx, publishing: &Publishing, before: Standing, new: &Incoming, later: &Later) -> Result<()> {
    let id = before.document.id;
    // Its address and its index number have only just been given.
    let document = store::find(tx.on(), id).await?;
    let document = document.ok_or_else(|| Error::Internal("a row just written is missing".into()))?;
    let standing = Standing { document, ..before };
    match later {
        Later::Corrected { document, at, note } => {
            let text = Text {
                document: document.clone(),
                ..new.text.clone()
            };
            let revision = insert_revision(tx, id, 2, &new.metadata, &text, Vec::new()).await?;
            let edition = begin_edition(tx, id, 2, revision.id, "开始修订").await?;
            let standing = Standing {
                edition,
                revision,
                ..standing
            };
            make_public(tx, publishing, &standing, *at, note, 1).await
        }
        Later::Marked { on, reason } => {
            end(tx, &standing, PublicState::Marked, Happened::Marked, reason, None, *on).await
        }
        Later::TakenDown { on, reason } => {
            end(
                tx,
                &standing,
                PublicState::TakenDown,
                Happened::TakenDown,
                reason,
                None,
                *on,
            )
            .await
        }
    }
}
