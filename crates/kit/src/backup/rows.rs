//! Writing a table into its file, and finding the blobs its rows name on the way.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use super::manifest::TableFile;
use super::{failed, hexadecimal};
use crate::blob::BlobId;
use crate::db::{CopyError, RowSink, Snapshot, Table, row};
use crate::error::{Error, Result};

struct Writer<'a> {
    file: BufWriter<File>,
    hasher: Sha256,
    rows: u64,
    bytes: u64,
    /// Places of the columns that name blobs.
    naming: Vec<usize>,
    named: &'a mut BTreeSet<BlobId>,
}

impl RowSink for Writer<'_> {
    fn take(&mut self, lines: &[u8]) -> io::Result<()> {
        self.file.write_all(lines)?;
        self.hasher.update(lines);
        self.bytes += lines.len() as u64;
        let ended = lines.split_inclusive(|byte| *byte == b'\n');
        for line in ended {
            self.rows += 1;
            if !self.naming.is_empty() {
                name_blobs(line.strip_suffix(b"\n").unwrap_or(line), &self.naming, self.named);
            }
        }
        Ok(())
    }
}

/// Whether a column of this name names a blob.
pub(super) fn names_a_blob(column: &str) -> bool {
    column == "blob" || column.ends_with("_blob")
}

fn name_blobs(line: &[u8], naming: &[usize], named: &mut BTreeSet<BlobId>) {
    for (index, value) in row::values(line).enumerate() {
        let text = value.filter(|_| naming.contains(&index));
        if let Some(id) = text.and_then(|text| BlobId::parse(std::str::from_utf8(&text).ok()?)) {
            named.insert(id);
        }
    }
}

/// Writes a table's rows below a folder and adds the blobs they name.
pub(super) async fn write(
    snapshot: &mut Snapshot,
    table: &Table,
    folder: &Path,
    named: &mut BTreeSet<BlobId>,
) -> Result<TableFile> {
    let path = folder.join(format!("{}.rows", table.name));
    let file = File::create_new(&path).map_err(|e| failed("写入", &path, &e))?;
    let naming = (0..table.columns.len()).filter(|index| names_a_blob(&table.columns[*index].name));
    let mut writer = Writer {
        file: BufWriter::with_capacity(1 << 20, file),
        hasher: Sha256::new(),
        rows: 0,
        bytes: 0,
        naming: naming.collect(),
        named,
    };
    snapshot
        .copy_out(table, &mut writer)
        .await
        .map_err(|e| copy_failed(&path, e))?;
    let mut finish = || {
        writer.file.flush()?;
        writer.file.get_ref().sync_all()
    };
    finish().map_err(|e| failed("写入", &path, &e))?;
    Ok(TableFile {
        name: table.name.clone(),
        columns: table.columns.clone(),
        rows: writer.rows,
        bytes: writer.bytes,
        sha256: hexadecimal(&writer.hasher.finalize()),
    })
}

/// What stopped a copy, as a sentence.
pub(super) fn copy_failed(path: &Path, error: CopyError) -> Error {
    match error {
        CopyError::Database(error) => Error::Database(error),
        CopyError::File(error) => failed("读写", path, &error),
        wrong @ (CopyError::Row(_) | CopyError::Column(_)) => Error::refused(
            format!("备份里的 {} {wrong}", path.display()),
            "请用做这份备份的程序版本来恢复，或者改用另一份备份",
        ),
    }
}
