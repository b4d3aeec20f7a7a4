//! What a backup says of itself.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{failed, hexadecimal, sync_folder};
use crate::db::Column;
use crate::error::{Error, Result};

/// The form of backups that this program writes and reads.
pub const FORMAT: u32 = 1;

const MANIFEST: &str = "manifest.json";
const COMPLETE: &str = "complete";

/// Everything that must be known before a backup is restored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of the backup, [`FORMAT`].
    pub format: u32,
    /// Version of the program that made it.
    pub program: String,
    /// Name of the site.
    pub site: String,
    /// The moment whose state it holds.
    pub made_at: DateTime<Utc>,
    /// `sqlite` or `postgresql`: the database it was read from, which decides how values are written.
    pub database: String,
    /// Migrations applied to that database, in order.
    pub migrations: Vec<String>,
    /// Its tables.
    pub tables: Vec<TableFile>,
    /// Its blobs.
    pub blobs: BlobList,
    /// Figures by which a restored district is compared, such as the newest position of the journal.
    pub marks: BTreeMap<String, i64>,
    /// Ids of the keys that its sealed data need. Never a key.
    pub keys: Vec<String>,
}

/// One table's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// Name of the table; its file is `rows/NAME.rows`.
    pub name: String,
    /// Columns in the order of the values.
    pub columns: Vec<Column>,
    /// Lines of the file.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// SHA-256 of the file.
    pub sha256: String,
}

/// The blobs that rows name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobList {
    /// How many are in the backup.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
    /// SHA-256 of `blobs.list`.
    pub sha256: String,
    /// Names of blobs that rows name and that were missing or damaged when the backup was made.
    pub missing: Vec<String>,
}

impl Manifest {
    /// Writes the manifest and, last of all, what says that the backup is complete.
    pub(super) fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::Internal(format!("manifest: {e}")))?;
        write_synced(&folder.join(MANIFEST), &text)?;
        sync_folder(folder).map_err(|e| failed("写入", folder, &e))?;
        let seal = format!("{}\n", hexadecimal(&Sha256::digest(&text)));
        write_synced(&folder.join(COMPLETE), seal.as_bytes())?;
        sync_folder(folder).map_err(|e| failed("写入", folder, &e))
    }

    /// Reads the manifest of a complete backup.
    ///
    /// # Errors
    /// When the backup was not finished, was changed, or has a form this program does not know.
    pub(super) fn read(folder: &Path) -> Result<Manifest> {
        let at = folder.display();
        let Ok(seal) = std::fs::read_to_string(folder.join(COMPLETE)) else {
            return Err(Error::refused(
                format!("{at} 不是完整的备份：没有做完，或者不是 gongkai backup 做的"),
                "请改用另一份做完的备份",
            ));
        };
        let path = folder.join(MANIFEST);
        let text = std::fs::read(&path).map_err(|e| failed("读取", &path, &e))?;
        if seal.trim_end() != hexadecimal(&Sha256::digest(&text)) {
            return Err(damaged(&path));
        }
        // The form is looked at first, because a newer one may have other fields.
        let form: Form = serde_json::from_slice(&text).map_err(|_| damaged(&path))?;
        if form.format != FORMAT {
            return Err(Error::refused(
                format!("{at} 是第 {} 版格式的备份，本程序只认识第 {FORMAT} 版", form.format),
                "请用做这份备份的程序或更新的版本来恢复",
            ));
        }
        serde_json::from_slice(&text).map_err(|_| damaged(&path))
    }
}

#[derive(Deserialize)]
struct Form {
    format: u32,
}

/// Whether a folder says that the backup in it was finished.
pub(super) fn is_complete(folder: &Path) -> bool {
    folder.join(COMPLETE).is_file()
}

/// Takes away what says that a backup is complete, before the rest is removed.
pub(super) fn unmark(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(folder.join(COMPLETE)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => sync_folder(folder),
    }
}

/// Writes a file so that it is on disk when this returns.
pub(super) fn write_synced(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|e| failed("写入", path, &e))
}

/// The sentence about a file of a backup that is not as it was written.
pub(super) fn damaged(path: &Path) -> Error {
    Error::refused(
        format!("备份里的文件 {} 已损坏：内容和做备份时不一样", path.display()),
        "没有恢复任何数据。请改用另一份备份，或者从备份的另一份拷贝里取回这个文件",
    )
}
