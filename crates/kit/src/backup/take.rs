//! Taking a backup.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use sea_orm::DbBackend;
use serde_json::json;
use uuid::Uuid;

use super::manifest::{FORMAT, Manifest};
use super::place::Place;
use super::{Progress, blobs, failed, rows, sync_folder};
use crate::account::Actor;
use crate::audit::Deed;
use crate::db::{Migration, UNFINISHED, unknown};
use crate::error::{Error, Result};
use crate::site::Site;

/// What kind of backup is wanted, and what only the application knows.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    /// The place for backups.
    pub place: &'a Path,
    /// Version of the program.
    pub program: &'a str,
    /// Figures to keep for comparing: name and statement.
    pub marks: &'a [(&'static str, &'static str)],
    /// How many backups stay; none: all.
    pub keep: Option<usize>,
    /// Whether blobs that an earlier backup copied are read again and mended.
    pub read_again: bool,
}

/// A backup just taken.
#[derive(Debug)]
pub struct Taken {
    /// Its folder.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Blobs that no earlier backup had copied.
    pub new_blobs: u64,
    /// Names of older backups removed.
    pub removed: Vec<String>,
}

/// Takes a backup of the database as it is, migrated or not, while others read and write.
///
/// # Errors
/// When another backup is being taken, room or rights are missing, or the database cannot be read. Then the new backup's
/// folder is gone and earlier backups stand as they were.
pub async fn take(site: &Site, by: &Actor, order: Order<'_>, progress: Progress<'_>) -> Result<Taken> {
    let place = Place::open(order.place)?;
    place.clear_unfinished()?;
    let folder = place.begin(site.clock.now())?;
    let filled = fill(site, &order, &place, &folder, progress).await;
    let (manifest, new_blobs) = match filled {
        Ok(filled) => filled,
        Err(error) => {
            // It has no mark of being complete, so that the next backup removes what cannot be removed now.
            let _ = std::fs::remove_dir_all(&folder);
            return Err(error);
        }
    };
    record(site, by, &manifest).await?;
    let removed = match order.keep {
        Some(keep) => place.prune(keep)?,
        None => Vec::new(),
    };
    Ok(Taken {
        folder,
        manifest,
        new_blobs,
        removed,
    })
}

async fn fill(
    site: &Site,
    order: &Order<'_>,
    place: &Place,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<(Manifest, u64)> {
    let steps = site.steps();
    refuse_foreign(site, &steps).await?;
    let own = created_by(&steps);
    let made_at = site.clock.now();
    let mut snapshot = site.db.snapshot().await?;
    if snapshot.applied.is_empty() {
        return Err(Error::refused(
            "数据库还是空的，没有东西可以备份",
            "请核对配置 data 和 database.url",
        ));
    }
    let into = folder.join("rows");
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&into)
        .map_err(|e| failed("建立", &into, &e))?;
    let (mut named, mut tables) = (BTreeSet::new(), Vec::new());
    for table in snapshot.tables.clone() {
        if own.contains(table.name.as_str()) {
            tables.push(rows::write(&mut snapshot, &table, &into, &mut named).await?);
        }
    }
    let mut marks = BTreeMap::new();
    for (name, sql) in order.marks {
        marks.insert((*name).to_string(), snapshot.number(sql).await?.unwrap_or(0));
    }
    let mut keys = Vec::new();
    if tables.iter().any(|table| table.name == "sealing_key") {
        keys = snapshot
            .texts("SELECT id FROM sealing_key WHERE destroyed_at IS NULL ORDER BY id")
            .await?;
    }
    let migrations = std::mem::take(&mut snapshot.applied);
    // The state is let go before the blobs are copied, which takes long.
    drop(snapshot);
    sync_folder(&into).map_err(|e| failed("写入", &into, &e))?;
    let (blobs, new) = blobs::copy(&site.blobs, named, &place.root, folder, order.read_again, progress).await?;
    let manifest = Manifest {
        format: FORMAT,
        program: order.program.to_string(),
        site: site.profile.name.clone(),
        made_at,
        database: database_name(site.db.backend()).to_string(),
        migrations,
        tables,
        blobs,
        marks,
        keys,
    };
    manifest.write(folder)?;
    sync_folder(&place.root).map_err(|e| failed("写入", &place.root, &e))?;
    Ok((manifest, new))
}

/// A database that this program does not wholly know is not backed up: what it leaves out nobody would notice.
async fn refuse_foreign(site: &Site, steps: &[Migration]) -> Result<()> {
    let unknown = unknown(&site.db, steps).await?;
    if !unknown.is_empty() {
        return Err(Error::refused(
            format!(
                "数据库由更新版本的程序使用过（有本程序不认识的升级步骤 {}）",
                unknown.join("、")
            ),
            "请用新版程序做备份",
        ));
    }
    if crate::db::has_table(&site.db, UNFINISHED).await? {
        return Err(Error::refused(
            "这个数据库上次恢复备份没有做完，里面的数据不全",
            "请先重新运行 gongkai restore",
        ));
    }
    Ok(())
}

/// Names of the tables that the steps make. Others in the same database are not this program's.
pub(super) fn created_by(steps: &[Migration]) -> BTreeSet<&'static str> {
    let mut all = BTreeSet::new();
    for step in steps {
        let words: Vec<&str> = step
            .sql
            .split(|c: char| c.is_whitespace() || c == '(')
            .filter(|w| !w.is_empty())
            .collect();
        for some in words.windows(3) {
            if some[0] == "CREATE" && some[1] == "TABLE" {
                all.insert(some[2]);
            }
            if some[0] == "RENAME" && some[1] == "TO" {
                all.insert(some[2].trim_end_matches(';'));
            }
        }
    }
    all
}

/// The database's name in a manifest.
pub(super) fn database_name(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Sqlite => "sqlite",
        _ => "postgresql",
    }
}

async fn record(site: &Site, by: &Actor, manifest: &Manifest) -> Result<()> {
    let detail = json!({
        "made_at": manifest.made_at,
        "tables": manifest.tables.len(),
        "blobs": manifest.blobs.count,
    });
    site.write(by, |tx| {
        let detail = detail.clone();
        async move {
            let deed = Deed::new("backup.take", "backup", Uuid::now_v7()).detail(detail);
            Ok(tx.record(deed).await?)
        }
    })
    .await
}
