//! Following the journal: the search index of this process, and the position that page caches compare with.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::NaiveDate;
use kit::Site;
use kit::clock::civil_date;
use kit::error::{Error, Result};
use search::{Entry, Index, Vocabulary, Writer};
use statute::document::validity::Validity;
use tokio::sync::Mutex;

use super::store;
use crate::document::model::PublicState;
use crate::document::store::{document, revision};
use crate::document::{metadata_of, service::document_of, store as documents};
use crate::kinds::Kind;
use crate::release;

/// Entries applied between two commits of the index.
const BATCH: u64 = 500;

/// The reader of the journal in this process.
pub struct Reader {
    directory: PathBuf,
    vocabulary: Vocabulary,
    state: Mutex<Option<Open>>,
    index: std::sync::RwLock<Option<Index>>,
    position: AtomicI64,
}

struct Open {
    writer: Writer,
    /// The day as of which validity stands in the index; none before the first look at it.
    day: Option<NaiveDate>,
}

impl Reader {
    /// A reader whose index stands in a folder; nothing is opened yet.
    pub fn new(directory: &Path, vocabulary: Vocabulary) -> Reader {
        Reader {
            directory: directory.to_path_buf(),
            vocabulary,
            state: Mutex::new(None),
            index: std::sync::RwLock::new(None),
            position: AtomicI64::new(0),
        }
    }

    /// The newest position this process has applied.
    pub fn position(&self) -> i64 {
        self.position.load(Ordering::Acquire)
    }

    /// The index, for queries.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn index(&self) -> Result<Index> {
        if let Some(index) = self.index.read().map_err(|_| poisoned())?.as_ref() {
            return Ok(index.clone());
        }
        let mut opened = self.index.write().map_err(|_| poisoned())?;
        // Only one opens, for a new index is made under a lock that the other would find taken.
        if let Some(index) = opened.as_ref() {
            return Ok(index.clone());
        }
        let index = open(&self.directory, &self.vocabulary)?;
        *opened = Some(index.clone());
        Ok(index)
    }

    /// Applies every numbered entry that this process has not seen.
    ///
    /// When another process of the same machine holds the index's write lock (the server, while a command runs), that
    /// process applies them, and this one only moves its position.
    ///
    /// # Errors
    /// When the database or the index fails.
    pub async fn catch_up(&self, site: &Site) -> Result<()> {
        let newest = store::newest_position(site.db.read()).await?;
        let mut state = self.state.lock().await;
        let today = site.clock.today();
        let is_of_today = state.as_ref().is_some_and(|open| open.day == Some(today));
        if newest == self.position() && is_of_today {
            return Ok(());
        }
        let mut outcome = self.follow(site, &mut state, newest).await;
        if let Err(Failure::Index(search::Error::Rebuild { reason })) = &outcome {
            tracing::warn!(reason, "the search index is built anew");
            self.anew(&mut state)?;
            outcome = self.follow(site, &mut state, newest).await;
        }
        if outcome.is_err() {
            // A writer that has failed once, on a full disk for instance, is of no more use; the next try gets a new one.
            *state = None;
        }
        outcome.map_err(Error::from)
    }

    async fn follow(&self, site: &Site, state: &mut Option<Open>, newest: i64) -> Result<(), Failure> {
        let mut index = self.index()?;
        if state.is_none() {
            match index.writer() {
                Ok(writer) => *state = Some(Open { writer, day: None }),
                Err(search::Error::Locked { .. }) => {
                    self.position.store(newest, Ordering::Release);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            }
        }
        let mut at = i64::try_from(index.position()?).unwrap_or(i64::MAX);
        if at > newest && at > store::newest_position(site.db.read()).await.map_err(Error::from)? {
            // The database is an older one than this index has followed: it was restored from a backup.
            tracing::warn!(at, newest, "the search index is ahead of the journal and is built anew");
            index = self.anew(state)?;
            let writer = index.writer()?;
            *state = Some(Open { writer, day: None });
            at = 0;
        }
        let Some(open) = state.as_mut() else {
            return Ok(());
        };
        while apply_batch(site, open, &mut at).await? {}
        let today = site.clock.today();
        if open.day != Some(today) {
            turn_the_day(site, open, at, today).await?;
        }
        self.position.store(at, Ordering::Release);
        Ok(())
    }

    /// Throws the index away and builds it anew from the journal.
    ///
    /// # Errors
    /// When the database or the disk fails.
    pub async fn rebuild(&self, site: &Site) -> Result<()> {
        self.anew(&mut *self.state.lock().await)?;
        self.catch_up(site).await
    }

    fn anew(&self, state: &mut Option<Open>) -> Result<Index> {
        // The old writer goes first, because it holds the lock.
        *state = None;
        let index = Index::create_anew(&self.directory, &self.vocabulary).map_err(broken)?;
        *self.index.write().map_err(|_| poisoned())? = Some(index.clone());
        self.position.store(0, Ordering::Release);
        Ok(index)
    }
}

/// Why following stopped: what is wrong with the index can be cured by building it anew.
enum Failure {
    Site(Error),
    Index(search::Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Site(error)
    }
}

impl From<search::Error> for Failure {
    fn from(error: search::Error) -> Failure {
        Failure::Index(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Site(error) => error,
            Failure::Index(error) => broken(error),
        }
    }
}

fn poisoned() -> Error {
    Error::Internal("a thread died while it opened the index".into())
}

fn broken(error: search::Error) -> Error {
    Error::Internal(format!("search index: {error}"))
}

/// Opens the index; one that is damaged or of an older shape is thrown away, because the journal can rebuild it.
fn open(directory: &Path, vocabulary: &Vocabulary) -> Result<Index> {
    match Index::open(directory, vocabulary) {
        Err(search::Error::Rebuild { reason }) => {
            tracing::warn!(reason, "the search index is built anew");
            Index::create_anew(directory, vocabulary).map_err(broken)
        }
        other => other.map_err(broken),
    }
}

async fn apply_batch(site: &Site, open: &mut Open, at: &mut i64) -> Result<bool, Failure> {
    let entries = store::after(site.db.read(), *at, BATCH).await.map_err(Error::from)?;
    let Some(last) = entries.last().and_then(|e| e.position) else {
        return Ok(false);
    };
    // A document's state now is what its last entry says, so each is looked up once however often it stands here.
    let mut ids: Vec<_> = entries.iter().map(|e| e.document).collect();
    ids.sort_unstable();
    ids.dedup();
    for entry in current(site, ids, last).await? {
        match entry {
            Current::Shown(entry) => open.writer.put(&entry)?,
            Current::Gone(id) => open.writer.remove(&id),
        }
    }
    let position = u64::try_from(last).unwrap_or(0);
    tokio::task::block_in_place(|| open.writer.commit(position))?;
    *at = last;
    Ok(true)
}

/// Brings the validity in the index to a day: documents come into force and lapse by date, without an entry in the
/// journal. Only those are put again whose dates lie between the day last seen and this one.
async fn turn_the_day(site: &Site, open: &mut Open, at: i64, today: NaiveDate) -> Result<(), Failure> {
    let turned = documents::turning_between(site.db.read(), open.day, today)
        .await
        .map_err(Error::from)?;
    for some in turned.chunks(500) {
        for entry in current(site, some.to_vec(), at).await? {
            match entry {
                Current::Shown(entry) => open.writer.put(&entry)?,
                Current::Gone(id) => open.writer.remove(&id),
            }
        }
    }
    if !turned.is_empty() {
        let position = u64::try_from(at).unwrap_or(0);
        tokio::task::block_in_place(|| open.writer.commit(position))?;
    }
    open.day = Some(today);
    Ok(())
}

enum Current {
    Shown(Box<Entry>),
    Gone(String),
}

/// What stands in public of these documents, each at the position of its own last entry up to `until`, so that an index
/// built anew equals the one that grew.
async fn current(site: &Site, ids: Vec<uuid::Uuid>, until: i64) -> Result<Vec<Current>> {
    let on = site.db.read();
    let positions = store::last_positions(on, ids.clone(), until).await?;
    let rows = documents::documents_by_id(on, ids.clone()).await?;
    let live = release::store::newest_of(on, ids).await?;
    let revisions = documents::revisions_by_id(on, live.iter().map(|r| r.revision).collect()).await?;
    let units = kit::unit::register(on).await?;
    let mut all = Vec::new();
    for row in rows {
        let published = live.iter().find(|r| r.document == row.id);
        let revision = published.and_then(|p| revisions.iter().find(|r| r.id == p.revision));
        let state = row.public_state.as_deref().and_then(PublicState::of);
        let (Some(published), Some(revision)) = (published, revision) else {
            continue;
        };
        match state {
            None | Some(PublicState::TakenDown) => all.push(Current::Gone(row.id.to_string())),
            Some(state) => {
                let unit = units.iter().find(|u| u.id == row.unit);
                let name = unit.map(|u| u.short_name.clone()).unwrap_or_default();
                let position = positions.get(&row.id).copied().unwrap_or(until);
                let entry = entry(&row, revision, published, name, state, position, site.clock.today())?;
                all.push(Current::Shown(Box::new(entry)));
            }
        }
    }
    Ok(all)
}

fn entry(
    row: &document::Model,
    revision: &revision::Model,
    published: &release::store::released::Model,
    unit: String,
    state: PublicState,
    position: i64,
    today: NaiveDate,
) -> Result<Entry> {
    use chrono::Datelike;
    let released_on = civil_date(published.published_at);
    let metadata = metadata_of(revision);
    let knows_validity = Kind::of(&row.kind).is_some_and(|k| k.has_validity);
    Ok(Entry {
        id: row.id.to_string(),
        position: u64::try_from(position).unwrap_or(0),
        path: row.path.clone().unwrap_or_default(),
        title: revision.title.clone(),
        number: revision.doc_number.clone(),
        body: document_of(revision)?.text(),
        unit,
        unit_id: row.unit.to_string(),
        kind: row.kind.clone(),
        theme: metadata
            .theme
            .split('\\')
            .filter(|t| !t.is_empty())
            .map(str::to_string)
            .collect(),
        validity: match (state, knows_validity) {
            (PublicState::Marked, _) => search::Validity::Withdrawn,
            (_, false) => search::Validity::Timeless,
            (_, true) => match metadata.validity().on(today).state {
                Validity::NotYet => search::Validity::NotYetInForce,
                Validity::InForce | Validity::Amended => search::Validity::InForce,
                Validity::Repealed => search::Validity::Repealed,
                Validity::Lapsed => search::Validity::Lapsed,
            },
        },
        released_on,
        year: released_on.year(),
    })
}
