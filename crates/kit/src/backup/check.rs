//! Looking at a backup without restoring it.

use std::collections::HashSet;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use futures::{StreamExt, TryStreamExt};
use sha2::{Digest as _, Sha256};

use super::manifest::{TableFile, damaged};
use super::place::Found;
use super::{Progress, blobs, failed, hexadecimal};
use crate::db::Migration;
use crate::error::{Error, Result};

/// Reads every byte of a backup and compares it with what the backup says.
///
/// # Errors
/// The first file that is missing or damaged, by name.
pub async fn check(found: &Found, progress: Progress<'_>) -> Result<()> {
    rows(found)?;
    let all = blobs::list_of(found)?;
    let mut checked = futures::stream::iter(&all)
        .map(|(id, _)| async move { blobs::bytes_of(found, id).await })
        .buffer_unordered(4);
    let mut count = 0;
    while checked.try_next().await?.is_some() {
        count += 1;
        progress(count, all.len());
    }
    Ok(())
}

/// Where a table's rows stand.
pub(super) fn file_of(found: &Found, table: &TableFile) -> PathBuf {
    found.folder.join("rows").join(format!("{}.rows", table.name))
}

/// The tables' files, against their hashes.
pub(super) fn rows(found: &Found) -> Result<()> {
    for table in &found.manifest.tables {
        let path = file_of(found, table);
        if hash_of(&path)? != table.sha256 {
            return Err(damaged(&path));
        }
    }
    Ok(())
}

fn hash_of(path: &Path) -> Result<String> {
    let hash = || {
        let mut file = File::open(path)?;
        let (mut hasher, mut part) = (Sha256::new(), vec![0; 1 << 20]);
        loop {
            match file.read(&mut part)? {
                0 => return Ok(hexadecimal(&hasher.finalize())),
                read => hasher.update(&part[..read]),
            }
        }
    };
    hash().map_err(|e| failed("读取", path, &e))
}

/// That every blob stands there in its size; their bytes are compared when they are read.
pub(super) fn blobs_stand(found: &Found) -> Result<()> {
    for (id, size) in blobs::list_of(found)? {
        let path = found.blobs().join(id.place());
        if path.metadata().map(|m| m.len()).ok() != Some(size) {
            return Err(damaged(&path));
        }
    }
    Ok(())
}

/// That this program knows every migration.
pub(super) fn fits(found: &Found, steps: &[Migration]) -> Result<()> {
    let known: HashSet<&str> = steps.iter().map(|step| step.name).collect();
    let manifest = &found.manifest;
    let unknown: Vec<&str> = manifest
        .migrations
        .iter()
        .map(String::as_str)
        .filter(|name| !known.contains(name))
        .collect();
    if !unknown.is_empty() {
        return Err(Error::refused(
            format!(
                "这份备份由更新版本的程序（{}）做成，有本程序不认识的升级步骤 {}",
                manifest.program,
                unknown.join("、")
            ),
            "请用那个版本或更新的程序来恢复",
        ));
    }
    Ok(())
}

/// Ids of the keys that a backup's sealed values need and a keyring with these ids does not have.
pub fn missing_keys(found: &Found, keys: &[String]) -> Vec<String> {
    found
        .manifest
        .keys
        .iter()
        .filter(|id| !keys.contains(id))
        .cloned()
        .collect()
}

/// The sentence about missing keys.
pub(super) fn refuse_without(missing: &[String]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::refused(
        format!(
            "密钥文件里缺少这份备份需要的密钥 {}，没有恢复任何数据",
            missing.join("、")
        ),
        "请把另外保管的密钥文件放回配置 keys 所指的目录，再运行一次；确实已经销毁的，加 --without-keys 恢复，它们密封的内容不能再打开",
    ))
}
