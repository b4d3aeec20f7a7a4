//! A place for backups: its lock, its backups, and which of them go.

use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::blobs::{BLOBS, remove_unnamed};
use super::manifest::{Manifest, is_complete, unmark};
use super::{failed, sync_folder};
use crate::blob::BlobId;
use crate::clock::shanghai;
use crate::error::{Error, Result};

/// A place for backups that this process alone changes, as long as it has this value.
pub(super) struct Place {
    pub root: PathBuf,
    // Held until dropped, also when the process is killed.
    _lock: File,
}

/// A finished backup.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

impl Found {
    /// The folder of blobs that it shares with others.
    pub fn blobs(&self) -> PathBuf {
        self.folder.parent().unwrap_or(Path::new(".")).join(BLOBS)
    }
}

/// The backup in a folder, or the newest finished one in a place for backups.
///
/// # Errors
/// When there is none, or it was not finished, or it is of another form.
pub fn find(path: &Path) -> Result<Found> {
    let path = path.canonicalize().map_err(|e| failed("读取", path, &e))?;
    let folder = if path.join(BLOBS).is_dir() && !is_complete(&path) {
        let newest = backups(&path)?.into_iter().rfind(|folder| is_complete(folder));
        newest.ok_or_else(|| {
            Error::refused(
                format!("{} 里没有做完的备份", path.display()),
                "请核对位置，或者先运行 gongkai backup",
            )
        })?
    } else {
        path
    };
    let manifest = Manifest::read(&folder)?;
    Ok(Found { folder, manifest })
}

/// Folders that are backups by their name, finished or not, oldest first.
fn backups(root: &Path) -> Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(root).map_err(|e| failed("读取", root, &e))?;
    let mut all: Vec<PathBuf> = listed
        .filter_map(|entry| entry.ok())
        .filter(|entry| is_name(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    all.sort();
    Ok(all)
}

/// Names are `20261125-160000`, or `20261125-160000-000002` for the second of a second.
fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() >= 15
        && bytes[8] == b'-'
        && bytes
            .iter()
            .enumerate()
            .all(|(at, b)| at == 8 || (at == 15 && *b == b'-') || b.is_ascii_digit())
}

/// A name that comes right after another one.
fn after(last: &str) -> String {
    let (time, number) = last.split_at(last.len().min(15));
    let number: u32 = number.trim_start_matches('-').parse().unwrap_or(1);
    format!("{time}-{:06}", number.saturating_add(1))
}

impl Place {
    /// Makes the place when it is not there, and keeps others out.
    pub fn open(root: &Path) -> Result<Place> {
        let make = |path: &Path| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
        make(&root.join(BLOBS)).map_err(|e| failed("建立", root, &e))?;
        let root = root.canonicalize().map_err(|e| failed("读取", root, &e))?;
        let path = root.join("lock");
        let lock = File::create(&path).map_err(|e| failed("写入", &path, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(Place { root, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(Error::refused(
                format!("{} 正在做另一次备份", root.display()),
                "请等它做完再来",
            )),
            Err(TryLockError::Error(e)) => Err(failed("锁住", &path, &e)),
        }
    }

    /// Removes what backups left that were cut short; nobody else can be at work here.
    pub fn clear_unfinished(&self) -> Result<()> {
        for folder in backups(&self.root)?.iter().filter(|folder| !is_complete(folder)) {
            std::fs::remove_dir_all(folder).map_err(|e| failed("清理", folder, &e))?;
        }
        Ok(())
    }

    /// Makes the folder of a new backup. Its name comes after those of all others, also when the clock was set back.
    pub fn begin(&self, at: DateTime<Utc>) -> Result<PathBuf> {
        let by_clock = shanghai(at).format("%Y%m%d-%H%M%S").to_string();
        let last = backups(&self.root)?
            .pop()
            .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let name = match last {
            Some(last) if last >= by_clock => after(&last),
            _ => by_clock,
        };
        let folder = self.root.join(name);
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(|e| failed("建立", &folder, &e))?;
        Ok(folder)
    }

    /// Keeps the newest `keep` finished backups and removes the others, then the blobs that no backup names any more.
    /// Returns the names of those removed.
    pub fn prune(&self, keep: usize) -> Result<Vec<String>> {
        let finished: Vec<PathBuf> = backups(&self.root)?.into_iter().filter(|f| is_complete(f)).collect();
        let (old, kept) = finished.split_at(finished.len().saturating_sub(keep.max(1)));
        // What stays must be readable to the last name before anything goes.
        let mut named: HashSet<BlobId> = HashSet::new();
        for folder in kept {
            let found = Found {
                folder: folder.clone(),
                manifest: Manifest::read(folder)?,
            };
            named.extend(super::blobs::list_of(&found)?.into_iter().map(|(id, _)| id));
        }
        for folder in old {
            unmark(folder)
                .and_then(|()| std::fs::remove_dir_all(folder))
                .map_err(|e| failed("清理", folder, &e))?;
        }
        if !old.is_empty() {
            sync_folder(&self.root).map_err(|e| failed("清理", &self.root, &e))?;
            remove_unnamed(&self.root.join(BLOBS), &named)?;
        }
        Ok(old
            .iter()
            .filter_map(|f| Some(f.file_name()?.to_string_lossy().into_owned()))
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_upwards() {
        let mut names = vec!["20261125-160000".to_string()];
        for _ in 0..12 {
            names.push(after(&names[names.len() - 1]));
        }
        assert!(names.is_sorted() && names.iter().all(|name| is_name(name)), "{names:?}");
    }

    #[test]
    fn only_folders_of_our_own_naming_are_backups() {
        for good in ["20261125-160000", "20261125-160000-2"] {
            assert!(is_name(good), "{good}");
        }
        for other in [
            "blobs",
            "20261125",
            "20261125-16000",
            "20261125-160000.old",
            "2026112--160000",
            "我的备份我的备份",
        ] {
            assert!(!is_name(other), "{other}");
        }
    }
}
