//! Backup and restore (备份、恢复): a whole district in a folder, from either database into either.
//!
//! A place for backups holds one folder a backup and one folder of blobs that they share:
//!
//! ```text
//! PLACE/lock                    held while a backup is taken or removed
//! PLACE/blobs/ab/cd/abcd…       each blob once, under the name of its bytes
//! PLACE/20261125-160000/        one backup, named by the time in Shanghai
//!   rows/TABLE.rows             one table: PostgreSQL's COPY text, in UTC, UTF-8
//!   blobs.list                  blobs the rows name: name, space, bytes
//!   manifest.json               what it is, with the hash of every file above
//!   complete                    the manifest's hash; written last, so that half a backup has none
//! ```
//!
//! The database is read in one snapshot while others write; then the blobs its rows name are copied. They were written
//! before their rows and are never changed, so that what the snapshot names is there. A column that names a blob is called
//! `blob` or ends in `_blob`; a story holds every capability to it.
//!
//! Keys are never in a backup. The manifest says which ones its rows need.

mod blobs;
mod check;
mod ending;
mod manifest;
mod place;
mod restore;
mod rows;
mod take;

pub use blobs::named_blobs;
pub use check::{check, missing_keys};
pub use manifest::{BlobList, FORMAT, Manifest, TableFile};
pub use place::{Found, find};
pub use restore::{Restored, restore};
pub use take::{Order, Taken, take};

use std::io;
use std::path::Path;

use crate::error::Error;

/// Told how many of how many blobs are done.
pub type Progress<'a> = &'a (dyn Fn(usize, usize) + Sync);

/// A failure of the file system, as a sentence that says what to do.
fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    use io::ErrorKind::{FileTooLarge, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    let at = path.display();
    match error.kind() {
        StorageFull | QuotaExceeded | FileTooLarge => Error::refused(
            format!("{what} {at} 时磁盘空间不够（或超过了限额）"),
            "请腾出空间或换一个位置再运行一次；以前做好的备份没有动",
        ),
        PermissionDenied | ReadOnlyFilesystem => Error::refused(
            format!("没有权限{what} {at}"),
            "请检查这个位置的属主和权限，用运行平台的账号再试",
        ),
        _ => Error::refused(format!("{what} {at} 时出错（{error}）"), "请检查磁盘，然后再运行一次"),
    }
}

/// Makes names that were put into a folder survive a power cut.
fn sync_folder(path: &Path) -> io::Result<()> {
    std::fs::File::open(path)?.sync_all()
}

/// A hash as it is written.
fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|b| format!("{b:02x}")).collect()
}
