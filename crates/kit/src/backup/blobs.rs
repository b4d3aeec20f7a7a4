//! The blobs of a backup: copied once, shared by all backups of a place, checked against their names.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use sha2::{Digest as _, Sha256};

use super::manifest::{BlobList, damaged, write_synced};
use super::place::Found;
use super::rows::names_a_blob;
use super::{Progress, failed, hexadecimal};
use crate::blob::{BlobId, Blobs, Condition};
use crate::db::{Db, RowSink, Table, row};
use crate::error::{Error, Result};

/// Folder of blobs in a place for backups.
pub(super) const BLOBS: &str = "blobs";
const LIST: &str = "blobs.list";
/// What a file is called until it is whole.
const PARTIAL: &str = ".partial";
/// Blobs on their way at once, each wholly in memory.
const AT_ONCE: usize = 6;
/// Blobs made safe together.
const BATCH: usize = 256;

/// Copies the blobs of these names into the place and writes their list into the backup's folder.
pub(super) async fn copy(
    from: &Blobs,
    names: BTreeSet<BlobId>,
    root: &Path,
    folder: &Path,
    read_again: bool,
    progress: Progress<'_>,
) -> Result<(BlobList, u64)> {
    let into = root.join(BLOBS);
    let names: Vec<BlobId> = names.into_iter().collect();
    let (mut listed, mut missing, mut new) = (Vec::new(), Vec::new(), 0);
    for batch in names.chunks(BATCH) {
        progress(listed.len() + missing.len(), names.len());
        let copied: Vec<_> = futures::stream::iter(batch)
            .map(|id| copy_one(from, id, &into, read_again))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        // One call makes the whole batch safe; only then do the files get their names.
        if copied.iter().any(|c| matches!(c, Copied::Partial(_))) {
            sync_all_of(&into)?;
        }
        for (id, copied) in batch.iter().zip(copied) {
            match copied {
                Copied::Partial(size) => {
                    let path = into.join(id.place());
                    std::fs::rename(partial(&path), &path).map_err(|e| failed("写入", &path, &e))?;
                    new += 1;
                    listed.push((id, size));
                }
                Copied::Standing(size) => listed.push((id, size)),
                Copied::Gone => missing.push(id.as_str().to_string()),
            }
        }
    }
    if new > 0 {
        sync_all_of(&into)?;
    }
    progress(names.len(), names.len());
    let text: String = listed
        .iter()
        .map(|(id, size)| format!("{} {size}\n", id.as_str()))
        .collect();
    write_synced(&folder.join(LIST), text.as_bytes())?;
    let list = BlobList {
        count: listed.len() as u64,
        bytes: listed.iter().map(|(_, size)| size).sum(),
        sha256: hexadecimal(&Sha256::digest(&text)),
        missing,
    };
    Ok((list, new))
}

enum Copied {
    /// Written beside its name, of this size.
    Partial(u64),
    /// It stood there already.
    Standing(u64),
    /// The store does not have it, or has other bytes.
    Gone,
}

async fn copy_one(from: &Blobs, id: &BlobId, into: &Path, read_again: bool) -> Result<Copied> {
    let path = into.join(id.place());
    // A file has its name only since its bytes were whole and on disk.
    if let Ok(standing) = path.metadata()
        && (!read_again || is_whole(&path, id).await?)
    {
        return Ok(Copied::Standing(standing.len()));
    }
    match from.look(id).await? {
        Condition::Whole(bytes) => {
            let size = bytes.len() as u64;
            on_disk(move || write_partial(&path, &bytes)).await?;
            Ok(Copied::Partial(size))
        }
        Condition::Changed | Condition::Missing => Ok(Copied::Gone),
    }
}

fn partial(path: &Path) -> PathBuf {
    path.with_extension(&PARTIAL[1..])
}

fn write_partial(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        }
        let mut file = File::options()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(partial(path))?;
        file.write_all(bytes)
    };
    write().map_err(|e| {
        // A file that is no blob yet only takes room that is missing.
        let _ = std::fs::remove_file(partial(path));
        failed("写入", path, &e)
    })
}

/// Makes everything written below a folder survive a power cut, in one call instead of one for each file.
fn sync_all_of(folder: &Path) -> Result<()> {
    let sync = || {
        let file = File::open(folder)?;
        rustix::fs::syncfs(&file).map_err(std::io::Error::from)
    };
    sync().map_err(|e| failed("写入", folder, &e))
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|e| Error::Internal(format!("a thread died: {e}")))?
}

async fn is_whole(path: &Path, id: &BlobId) -> Result<bool> {
    Ok(read(path).await?.is_some_and(|bytes| BlobId::of(&bytes) == *id))
}

async fn read(path: &Path) -> Result<Option<Bytes>> {
    let path = path.to_path_buf();
    on_disk(move || match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(Bytes::from(bytes))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(failed("读取", &path, &e)),
    })
    .await
}

/// Names and sizes of a backup's blobs.
pub(super) fn list_of(found: &Found) -> Result<Vec<(BlobId, u64)>> {
    let path = found.folder.join(LIST);
    let text = std::fs::read_to_string(&path).map_err(|e| failed("读取", &path, &e))?;
    if hexadecimal(&Sha256::digest(&text)) != found.manifest.blobs.sha256 {
        return Err(damaged(&path));
    }
    let entry = |line: &str| {
        let (name, size) = line.split_once(' ')?;
        Some((BlobId::parse(name)?, size.parse().ok()?))
    };
    text.lines()
        .map(|line| entry(line).ok_or_else(|| damaged(&path)))
        .collect()
}

/// The bytes of a blob of a backup.
///
/// # Errors
/// When they are missing or damaged; the sentence names the file.
pub(super) async fn bytes_of(found: &Found, id: &BlobId) -> Result<Bytes> {
    let path = found.blobs().join(id.place());
    match read(&path).await? {
        Some(bytes) if BlobId::of(&bytes) == *id => Ok(bytes),
        _ => Err(damaged(&path)),
    }
}

/// Puts every blob of a backup into a store; those that stand there whole already are left.
pub(super) async fn put_back(found: &Found, into: &Blobs, progress: Progress<'_>) -> Result<()> {
    let all = list_of(found)?;
    let mut done = futures::stream::iter(&all)
        .map(|(id, _)| async move {
            let bytes = bytes_of(found, id).await?;
            match into.look(id).await? {
                Condition::Whole(_) => {}
                Condition::Missing => drop(into.put(bytes).await?),
                Condition::Changed => drop(into.mend(bytes).await?),
            }
            Ok::<_, Error>(())
        })
        .buffer_unordered(AT_ONCE);
    let mut count = 0;
    while done.try_next().await?.is_some() {
        count += 1;
        progress(count, all.len());
    }
    Ok(())
}

/// Removes blobs of a place that none of these names, and what was cut short.
pub(super) fn remove_unnamed(folder: &Path, named: &HashSet<BlobId>) -> Result<()> {
    let walk = |folder: &Path| -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let remove = || {
        for outer in walk(folder)? {
            for inner in walk(&outer)? {
                for file in walk(&inner)? {
                    let name = file
                        .file_name()
                        .map(|n| n.to_string_lossy().into_owned())
                        .unwrap_or_default();
                    let is_ours = BlobId::parse(name.trim_end_matches(PARTIAL)).is_some();
                    let is_named = BlobId::parse(&name).is_some_and(|id| named.contains(&id));
                    if is_ours && !is_named {
                        std::fs::remove_file(&file)?;
                    }
                }
            }
        }
        Ok(())
    };
    remove().map_err(|e: std::io::Error| failed("清理", folder, &e))
}

/// Names of every blob that a row of the database names.
///
/// # Errors
/// When the database cannot be read.
pub async fn named_blobs(db: &Db) -> Result<BTreeSet<BlobId>> {
    let mut snapshot = db.snapshot().await?;
    let mut named = Names::default();
    for table in snapshot.tables.clone() {
        let columns: Vec<_> = table
            .columns
            .into_iter()
            .filter(|column| names_a_blob(&column.name))
            .collect();
        if columns.is_empty() {
            continue;
        }
        let narrow = Table {
            name: table.name,
            columns,
        };
        snapshot
            .copy_out(&narrow, &mut named)
            .await
            .map_err(|e| super::rows::copy_failed(Path::new(&narrow.name), e))?;
    }
    Ok(named.0)
}

#[derive(Default)]
struct Names(BTreeSet<BlobId>);

impl RowSink for Names {
    fn take(&mut self, lines: &[u8]) -> std::io::Result<()> {
        for line in lines.split(|byte| *byte == b'\n') {
            let texts = row::values(line).flatten();
            self.0
                .extend(texts.filter_map(|text| BlobId::parse(std::str::from_utf8(&text).ok()?)));
        }
        Ok(())
    }
}
