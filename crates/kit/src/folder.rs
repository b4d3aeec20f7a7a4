//! Folders whose names survive a power cut: making one is not enough, the folder above has to be synced too.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Makes a folder and what is missing above it, and makes their names certain, also of those that a program made which was
/// killed before it could.
///
/// # Errors
/// When it cannot be made, or the folder directly above it cannot be synced.
pub fn make(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    let path = path.canonicalize()?;
    let mut above = path.ancestors().skip(1);
    if let Some(parent) = above.next() {
        sync(parent)?;
    }
    for ancestor in above {
        // Further up stand folders that this account may not read, and then has not made either.
        let _ = sync(ancestor);
    }
    Ok(())
}

/// Makes the names in a folder certain.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Names below a folder of files in two levels of folders, as far as this process has made them certain.
#[derive(Debug)]
pub(crate) struct Names {
    root: PathBuf,
    certain: Mutex<HashSet<PathBuf>>,
}

impl Names {
    /// Nothing is certain yet.
    pub fn below(root: &Path) -> Names {
        Names {
            root: root.to_path_buf(),
            certain: Mutex::default(),
        }
    }

    /// Makes certain the name of a file that has just been put, or was there already. Whoever put it there, or made the
    /// folders above it, may have been killed before it synced them, or may be about to.
    ///
    /// # Errors
    /// When a folder cannot be synced.
    pub fn settle(&self, file: &Path, was_there: bool) -> io::Result<()> {
        let Some(folder) = file.parent() else {
            return Ok(());
        };
        if was_there {
            sync(&self.root.join(folder))?;
        }
        if self
            .certain
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(folder)
        {
            return Ok(());
        }
        for above in folder.ancestors().skip(1) {
            sync(&self.root.join(above))?;
        }
        let mut certain = self.certain.lock().unwrap_or_else(PoisonError::into_inner);
        certain.insert(folder.to_path_buf());
        Ok(())
    }
}
