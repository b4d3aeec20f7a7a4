//! The index on disk: opening, making anew, following commits, reading back.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tantivy::collector::{DocSetCollector, TopDocs};
use tantivy::directory::{Directory, INDEX_WRITER_LOCK, META_LOCK, MmapDirectory};
use tantivy::query::{AllQuery, TermQuery};
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{DocAddress, IndexReader, ReloadPolicy, Searcher, TantivyDocument, Term};

use crate::analyse::{Analyser, Vocabulary};
use crate::error::{Error, Result};
use crate::plan::Weights;
use crate::schema::{EDITION, Fields, schema};
use crate::{Entry, Writer};

const META: &str = "meta.json";
/// How the names of files begin that the engine writes aside before it puts them in another's place.
const UNFINISHED: &str = ".tmp";

/// An index in a directory. Cloning is cheap and shares everything; any number of threads and processes may read while
/// one [`Writer`] writes, and every query sees the newest commit.
#[derive(Clone)]
pub struct Index {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub directory: PathBuf,
    pub engine: tantivy::Index,
    pub fields: Fields,
    pub analyser: Analyser,
    pub weights: Weights,
    vocabulary: String,
    reader: IndexReader,
    seen: Mutex<Seen>,
}

/// The last commit that the reader has taken in.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    stamp: Stamp,
    position: u64,
}

/// Tells one commit's meta file from the next: the engine replaces the file, so its inode changes with its time.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    seconds: i64,
    nanoseconds: i64,
    length: u64,
}

/// What every commit says of itself.
#[derive(Serialize, Deserialize)]
pub(crate) struct Payload {
    edition: u32,
    vocabulary: String,
    position: u64,
}

impl Index {
    /// Opens the index in a directory; creates directory and index where there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Rebuild`] when the index is of another edition or vocabulary, or a file is missing or damaged (every
    /// file's checksum is verified); [`Error::Io`] when the directory cannot be read or made.
    pub fn open(directory: &Path, vocabulary: &Vocabulary) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        if !directory.join(META).exists() {
            return Self::create_anew(directory, vocabulary);
        }
        // Whatever keeps the engine from opening what lies here is cured by building it anew.
        let engine = tantivy::Index::open_in_dir(directory).map_err(|error| Error::rebuild(error.to_string()))?;
        if engine.schema() != schema().0 {
            return Err(Error::rebuild("the fields are those of another edition"));
        }
        let damaged = engine
            .validate_checksum()
            .map_err(|error| Error::rebuild(error.to_string()))?;
        if let Some(file) = damaged.iter().next() {
            return Err(Error::rebuild(format!("{} is damaged", file.display())));
        }
        Self::over(engine, directory, vocabulary, Weights::default())
    }

    /// Throws away what stands in the directory and makes an empty index at position 0.
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] when somebody is writing to the index; [`Error::Io`] when files cannot be removed or made.
    pub fn create_anew(directory: &Path, vocabulary: &Vocabulary) -> Result<Self> {
        Self::create_weighted(directory, vocabulary, Weights::default())
    }

    pub(crate) fn create_weighted(directory: &Path, vocabulary: &Vocabulary, weights: Weights) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        let opened = MmapDirectory::open(directory).map_err(|error| Error::Engine(error.to_string()))?;
        {
            let _lock = opened.acquire_lock(&INDEX_WRITER_LOCK).map_err(|_| Error::Locked {
                directory: directory.to_owned(),
            })?;
            remove_index_files(directory)?;
        }
        let engine = tantivy::Index::create(opened, schema().0, tantivy::IndexSettings::default())?;
        let mut writer = engine.writer_with_num_threads::<TantivyDocument>(1, crate::writer::MEMORY_BUDGET)?;
        let mut commit = writer.prepare_commit()?;
        commit.set_payload(&Payload::text(&vocabulary.fingerprint(), 0)?);
        commit.commit()?;
        drop(writer);
        Self::over(engine, directory, vocabulary, weights)
    }

    fn over(engine: tantivy::Index, directory: &Path, vocabulary: &Vocabulary, weights: Weights) -> Result<Self> {
        let stamp = Stamp::of(directory)?;
        let fingerprint = vocabulary.fingerprint();
        let position = Payload::of(&engine)?.check(&fingerprint)?;
        let reader = engine
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .try_into()
            .map_err(|error: tantivy::TantivyError| Error::rebuild(error.to_string()))?;
        let shared = Shared {
            directory: directory.to_owned(),
            fields: schema().1,
            analyser: Analyser::new(vocabulary),
            weights,
            vocabulary: fingerprint,
            reader,
            seen: Mutex::new(Seen { stamp, position }),
            engine,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The writer for this index; see [`Writer`].
    ///
    /// # Errors
    ///
    /// [`Error::Locked`] when this or another process holds one already.
    pub fn writer(&self) -> Result<Writer> {
        Writer::over(Arc::clone(&self.shared))
    }

    /// The journal position of the newest commit; 0 when nothing was committed.
    ///
    /// # Errors
    ///
    /// As for [`Index::query`].
    pub fn position(&self) -> Result<u64> {
        self.shared.refresh()
    }

    /// How many entries stand in the index.
    ///
    /// # Errors
    ///
    /// As for [`Index::query`].
    pub fn len(&self) -> Result<u64> {
        Ok(self.shared.searcher()?.num_docs())
    }

    /// Whether no entry stands in the index.
    ///
    /// # Errors
    ///
    /// As for [`Index::query`].
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The entry with this identifier, as it was put.
    ///
    /// # Errors
    ///
    /// As for [`Index::query`].
    pub fn get(&self, id: &str) -> Result<Option<Entry>> {
        let searcher = self.shared.searcher()?;
        let query = TermQuery::new(
            Term::from_field_text(self.shared.fields.id, id),
            IndexRecordOption::Basic,
        );
        let found = searcher.search(&query, &TopDocs::with_limit(1).order_by_score())?;
        found
            .first()
            .map(|(_, address)| self.shared.entry(&searcher, *address))
            .transpose()
    }

    /// Identifier and position of every entry, sorted by identifier: what to compare with the journal.
    ///
    /// # Errors
    ///
    /// As for [`Index::query`].
    pub fn inventory(&self) -> Result<Vec<(String, u64)>> {
        let searcher = self.shared.searcher()?;
        let mut found = Vec::new();
        for address in searcher.search(&AllQuery, &DocSetCollector)? {
            let entry = self.shared.entry(&searcher, address)?;
            found.push((entry.id, entry.position));
        }
        found.sort_unstable();
        Ok(found)
    }
}

impl Shared {
    /// A view of the newest commit.
    pub fn searcher(&self) -> Result<Searcher> {
        self.refresh()?;
        Ok(self.reader.searcher())
    }

    /// Takes in the newest commit, whoever made it, and gives its position.
    fn refresh(&self) -> Result<u64> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let stamp = match Stamp::of(&self.directory) {
            // While another process makes the index anew, what was read before goes on standing.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(seen.position),
            other => other?,
        };
        if stamp == seen.stamp {
            return Ok(seen.position);
        }
        let position = Payload::of(&self.engine)?.check(&self.vocabulary)?;
        self.reader.reload()?;
        *seen = Seen { stamp, position };
        Ok(position)
    }

    /// Reads an entry back.
    pub fn entry(&self, searcher: &Searcher, address: DocAddress) -> Result<Entry> {
        let document: TantivyDocument = searcher.doc(address)?;
        let text = document
            .get_first(self.fields.stored)
            .and_then(|value| value.as_str())
            .unwrap_or_default();
        serde_json::from_str(text).map_err(|error| Error::rebuild(format!("an entry cannot be read back: {error}")))
    }

    /// Removes files of the engine that the last commit does not name. Only whoever holds the writer's lock may do this.
    pub fn remove_leftovers(&self) -> Result<()> {
        let directory = self.engine.directory();
        // As the engine's own clearing does, lest a reader of another process be just about to open one of them.
        let _lock = directory
            .acquire_lock(&META_LOCK)
            .map_err(|error| Error::Engine(error.to_string()))?;
        let metas = self
            .engine
            .load_metas()
            .map_err(|error| Error::rebuild(error.to_string()))?;
        let named = metas.list_segment_files();
        for entry in std::fs::read_dir(&self.directory)? {
            let name = entry?.file_name();
            let is_rubbish = name
                .to_str()
                .is_some_and(|name| is_segment_file(name) || name.starts_with(UNFINISHED));
            if is_rubbish && !named.contains(Path::new(&name)) {
                std::fs::remove_file(self.directory.join(&name))?;
            }
        }
        Ok(())
    }

    pub fn payload(&self, position: u64) -> Result<String> {
        Payload::text(&self.vocabulary, position)
    }
}

impl Payload {
    fn text(vocabulary: &str, position: u64) -> Result<String> {
        let payload = Self {
            edition: EDITION,
            vocabulary: vocabulary.to_owned(),
            position,
        };
        serde_json::to_string(&payload).map_err(|error| Error::Engine(error.to_string()))
    }

    fn of(engine: &tantivy::Index) -> Result<Self> {
        let metas = engine.load_metas().map_err(|error| Error::rebuild(error.to_string()))?;
        let text = metas
            .payload
            .ok_or_else(|| Error::rebuild("the index was never finished"))?;
        serde_json::from_str(&text).map_err(|error| Error::rebuild(format!("the commit's note is unreadable: {error}")))
    }

    fn check(self, vocabulary: &str) -> Result<u64> {
        if self.edition != EDITION {
            return Err(Error::rebuild(format!(
                "edition {} was found, {EDITION} is needed",
                self.edition
            )));
        }
        if self.vocabulary != vocabulary {
            return Err(Error::rebuild("the vocabulary has changed"));
        }
        Ok(self.position)
    }
}

impl Stamp {
    fn of(directory: &Path) -> std::io::Result<Self> {
        let meta = std::fs::metadata(directory.join(META))?;
        Ok(Self {
            inode: meta.ino(),
            seconds: meta.mtime(),
            nanoseconds: meta.mtime_nsec(),
            length: meta.len(),
        })
    }
}

/// Removes the engine's files and nothing else: not the lock's, which whoever waits for the lock has open, and not a
/// stranger's, should a setting name the wrong directory.
fn remove_index_files(directory: &Path) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_file() && entry.file_name().to_str().is_some_and(is_index_file) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_index_file(name: &str) -> bool {
    matches!(name, META | ".managed.json") || is_segment_file(name)
}

fn is_segment_file(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    stem.len() == 32 && stem.bytes().all(|byte| byte.is_ascii_hexdigit())
}
