//! Restoring a backup into an empty place.

use std::fs::File;
use std::io::BufReader;

use sea_orm::DbErr;
use serde_json::json;

use super::place::Found;
use super::{Progress, blobs, check, ending, rows};
use crate::account::Actor;
use crate::db::{Table, UNFINISHED, has_table, migrate, tables};
use crate::error::{Error, Result};
use crate::site::Site;

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// Rows put in.
    pub rows: u64,
    /// Blobs put in or found there.
    pub blobs: u64,
    /// What was ended, so that it does not live again: a sentence each.
    pub ended: Vec<String>,
}

/// Restores a backup; the database is of this program's schema afterwards, whichever the backup's was.
///
/// Everything that can be checked beforehand is. Blobs go first, then the rows in one transaction, then what must not
/// live again is ended. Cut short anywhere, the database keeps a mark that no server passes, and the next restore begins
/// anew.
///
/// Keys that are missing count as destroyed with `without_keys`: what they sealed stays shut.
///
/// # Errors
/// When the backup is damaged, does not fit this program or the keyring, or the place is not empty.
pub async fn restore(
    site: &Site,
    by: &Actor,
    found: &Found,
    without_keys: bool,
    progress: Progress<'_>,
) -> Result<Restored> {
    check::fits(found, &site.steps())?;
    let on_ring: Vec<String> = site.keys.keys()?.into_iter().map(|key| key.id).collect();
    let missing = check::missing_keys(found, &on_ring);
    if !without_keys {
        check::refuse_without(&missing)?;
    }
    check::rows(found)?;
    check::blobs_stand(found)?;
    let leftovers = refuse_unless_empty(site, found).await?;
    blobs::put_back(found, &site.blobs, progress).await?;
    site.db.begin_restore(&leftovers).await?;
    let then = |name: &str| found.manifest.migrations.iter().any(|applied| applied == name);
    let steps = site.steps().into_iter().filter(|step| then(step.name)).collect();
    migrate(&site.db, steps).await?;
    let rows = fill(site, found).await?;
    migrate(&site.db, site.steps()).await?;
    let detail = json!({ "made_at": found.manifest.made_at, "rows": rows, "blobs": found.manifest.blobs.count });
    let ended = ending::end(site, by, &missing, detail).await?;
    Ok(Restored {
        rows,
        blobs: found.manifest.blobs.count,
        ended,
    })
}

/// The tables that may be thrown away: none has a row, or an earlier restore left them half done.
async fn refuse_unless_empty(site: &Site, found: &Found) -> Result<Vec<Table>> {
    let db = &site.db;
    let standing = tables(db.read()).await?;
    if has_table(db, UNFINISHED).await? {
        return Ok(standing);
    }
    for table in &standing {
        let is_ours = found.manifest.tables.iter().any(|t| t.name == table.name)
            || super::take::created_by(&site.steps()).contains(table.name.as_str());
        if !is_ours || db.has_rows(table).await? {
            return Err(Error::refused(
                format!("要恢复到的数据库不是空的（表 {} 已经在用），没有动它", table.name),
                "恢复只往空的地方做：请在配置里换一个新的数据目录（SQLite）或新建的空库（PostgreSQL），确认无误后再切换过去",
            ));
        }
    }
    Ok(standing)
}

async fn fill(site: &Site, found: &Found) -> Result<u64> {
    let own = tables(site.db.read()).await?;
    let own: Vec<Table> = own.into_iter().filter(|table| table.name != UNFINISHED).collect();
    let mut loading = site.db.load(&own).await?;
    let mut sum = 0;
    for file in &found.manifest.tables {
        let path = check::file_of(found, file);
        let table = own.iter().find(|table| table.name == file.name).ok_or_else(|| {
            Error::refused(
                format!("备份里的表 {} 在它自己的数据库结构里没有", file.name),
                "请用做这份备份的程序版本来恢复",
            )
        })?;
        let opened = File::open(&path).map_err(|e| super::failed("读取", &path, &e))?;
        let mut lines = BufReader::with_capacity(1 << 20, opened);
        let taken = loading.copy_in(table, &file.columns, &mut lines).await;
        let taken = taken.map_err(|e| rows::copy_failed(&path, e))?;
        if taken != file.rows {
            return Err(Error::Database(DbErr::Custom(format!(
                "{}: {taken} rows instead of {}",
                file.name, file.rows
            ))));
        }
        sum += taken;
    }
    loading.finish().await?;
    Ok(sum)
}
