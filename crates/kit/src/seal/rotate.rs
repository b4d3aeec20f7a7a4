//! Exchanging keys: a new one seals, what the old ones sealed is sealed anew, and then they can be destroyed.

use serde_json::json;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ring::{KeyState, Purpose};
use super::{Ciphertext, SealedColumn, context, store};
use crate::account::Actor;
use crate::audit::Deed;
use crate::db::{Db, has_table};
use crate::error::{Error, Result};
use crate::site::Site;

/// Values sealed anew in one transaction.
const CHUNK: u64 = 100;

/// What has been sealed anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Values under the new key now.
    pub sealed: u64,
    /// Values that could not be opened, because their key is destroyed; they stay as they are.
    pub lost: u64,
}

/// Whether a database has used keys that were not destroyed; then it needs the keyring it used.
///
/// # Errors
/// When the database fails.
pub async fn has_used_keys(db: &Db) -> Result<bool> {
    if !has_table(db, "sealing_key").await? {
        return Ok(false);
    }
    Ok(store::keys(db.read())
        .await?
        .iter()
        .any(|key| key.destroyed_at.is_none()))
}

/// Compares keyring and database when the program starts: every key the database has used must be on the ring unless it
/// was destroyed. Notes keys that are new, and completes a destruction that was cut short.
///
/// # Errors
/// When a key is missing, which means that this is another installation's keyring or an old copy.
pub async fn register(site: &Site) -> Result<()> {
    let known = store::keys(site.db.read()).await?;
    let on_ring = site.keys.keys()?;
    let missing: Vec<&str> = known
        .iter()
        .filter(|key| key.destroyed_at.is_none() && !on_ring.iter().any(|k| k.id == key.id))
        .map(|key| key.id.as_str())
        .collect();
    if !missing.is_empty() {
        return Err(Error::refused(
            format!("密钥文件里缺少这个数据库用过的密钥 {}，没有打开", missing.join("、")),
            "请检查配置 keys 指的是不是这套系统的密钥目录；密钥文件丢失的，从离线备份恢复；多个节点要用同一份密钥文件",
        ));
    }
    for key in known.iter().filter(|key| key.destroyed_at.is_some()) {
        site.keys.remove(&key.id)?;
    }
    let fresh: Vec<_> = on_ring
        .iter()
        .filter(|key| !known.iter().any(|k| k.id == key.id))
        .collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let fresh = &fresh;
    site.write(&Actor::program("密钥"), |tx| async move {
        for key in fresh {
            store::note(&tx, &key.id, key.purpose.id()).await?;
        }
        tx.housekeeping();
        Ok(())
    })
    .await
}

/// Makes a new key for a purpose and returns its id. What is sealed from now on is sealed by it; see [`reseal`] for the
/// rest.
///
/// # Errors
/// When the keyring cannot be written.
pub async fn rotate(site: &Site, by: &Actor, purpose: Purpose) -> Result<String> {
    let id = site.keys.add(purpose, site.clock.now())?;
    let key = &id;
    site.write(by, |tx| async move {
        store::note(&tx, key, purpose.id()).await?;
        let deed = Deed::new("keys.rotate", "sealing_key", subject(key));
        tx.record(deed.detail(json!({ "key": key, "purpose": purpose.id() })))
            .await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(id)
}

/// Seals anew, chunk by chunk while the program serves, whatever another key than the one in use seals for a purpose.
/// Cut short, it goes on where it stopped when it is called again.
///
/// # Errors
/// When the database or the keyring fails.
pub async fn reseal(site: &Site, by: &Actor, purpose: Purpose, told: impl Fn(Progress)) -> Result<Progress> {
    let mut progress = Progress::default();
    for column in columns(site, purpose) {
        let active = site.keys.active_id(if purpose == Purpose::Index {
            column.purpose
        } else {
            purpose
        })?;
        // Blind indexes do not name their key, so all of them are made anew.
        let except = if purpose == Purpose::Index { "-" } else { &active };
        let mut after = Uuid::nil();
        loop {
            let some = store::under_others(site.db.read(), column, except, after, CHUNK).await?;
            let Some((last, _)) = some.last() else { break };
            after = *last;
            let done = reseal_chunk(site, by, column, &some).await?;
            progress.sealed += done.sealed;
            progress.lost += done.lost;
            told(progress);
        }
    }
    site.write(by, |tx| async move {
        let deed = Deed::new("keys.reseal", "sealing_key", Uuid::nil());
        let detail = json!({ "purpose": purpose.id(), "sealed": progress.sealed, "lost": progress.lost });
        tx.record(deed.detail(detail)).await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(progress)
}

async fn reseal_chunk(site: &Site, by: &Actor, column: &SealedColumn, some: &[(Uuid, String)]) -> Result<Progress> {
    let mut anew = Vec::new();
    let mut progress = Progress::default();
    for (id, old) in some {
        let place = context(column.table, column.column, *id);
        match site.keys.open_bytes(&place, &Ciphertext::parse(old)?) {
            Ok(plain) => {
                let sealed = site.keys.seal_bytes(column.purpose, &place, &plain)?;
                anew.push((*id, old, sealed, index_of(site, column, &plain)?));
            }
            Err(Error::Refused { .. }) => progress.lost += 1,
            Err(other) => return Err(other),
        }
    }
    let anew = &anew;
    progress.sealed = site
        .write(by, |tx| async move {
            tx.housekeeping();
            let mut sealed = 0;
            for (id, old, new, index) in anew {
                // Somebody who changed the value in the meantime sealed it with the new key.
                if store::exchange(&tx, column, *id, old, new.as_str()).await? {
                    sealed += 1;
                    if let (Some(blind), Some(index)) = (column.blind, index) {
                        store::set_blind(&tx, column.table, blind.column, *id, index).await?;
                    }
                }
            }
            Ok::<_, Error>(sealed)
        })
        .await?;
    Ok(progress)
}

fn index_of(site: &Site, column: &SealedColumn, plain: &[u8]) -> Result<Option<String>> {
    let Some(blind) = column.blind else { return Ok(None) };
    let text: Zeroizing<String> = Zeroizing::new(
        serde_json::from_slice(plain).map_err(|_| Error::Internal("only text has a blind index".into()))?,
    );
    let place = format!("{}.{}", column.table, blind.column);
    Ok(Some(site.keys.blind_index(&place, &(blind.normal)(&text))?))
}

/// Columns whose keys are for a purpose; for indexes, those that have one.
fn columns(site: &Site, purpose: Purpose) -> impl Iterator<Item = &SealedColumn> {
    site.sealed_columns()
        .filter(move |column| column.purpose == purpose || (purpose == Purpose::Index && column.blind.is_some()))
}

/// How many stored values a key still seals.
///
/// # Errors
/// When the database fails.
pub async fn values_under(site: &Site, key: &str) -> Result<u64> {
    let mut count = 0;
    for column in site.sealed_columns() {
        count += store::count_under(site.db.read(), column, key).await?;
    }
    Ok(count)
}

/// Destroys a key that no longer seals: what it sealed can never be opened again, neither here nor in any backup.
///
/// # Errors
/// When the key is in use or not there; when values stand under it and their loss was not accepted in so many words.
pub async fn destroy(site: &Site, by: &Actor, key: &str, accept_loss: bool) -> Result<u64> {
    let info = site.keys.keys()?.into_iter().find(|info| info.id == key);
    let info =
        info.ok_or_else(|| Error::refused(format!("密钥文件里没有密钥 {key}"), "请用 gongkai keys list 核对编号"))?;
    if info.state == KeyState::Active {
        return Err(Error::refused(
            format!("密钥 {key} 正在使用，不能销毁"),
            "请先更换密钥（gongkai keys rotate），再销毁旧的",
        ));
    }
    let values = values_under(site, key).await?;
    if values > 0 && !accept_loss {
        return Err(Error::refused(
            format!("还有 {values} 项内容由密钥 {key} 密封，销毁后永远打不开"),
            "要保留内容的，先运行 gongkai keys rotate；确要一并销毁的，加上 --lose-content",
        ));
    }
    // The record comes first: a destruction cut short is completed at the next start.
    site.write(by, |tx| async move {
        store::note(&tx, key, info.purpose.id()).await?;
        store::set_destroyed(&tx, key, tx.at()).await?;
        let deed = Deed::new("keys.destroy", "sealing_key", subject(key));
        tx.record(deed.detail(json!({ "key": key, "values": values }))).await?;
        Ok::<_, Error>(())
    })
    .await?;
    site.keys.remove(key)?;
    Ok(values)
}

/// Keys are named by ten hexadecimal digits; the audit record names things by UUID.
fn subject(key: &str) -> Uuid {
    Uuid::from_u128(u128::from_str_radix(key, 16).unwrap_or_default())
}
