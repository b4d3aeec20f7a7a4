//! Commands on intakes: upload, confirm, discard; deleting rows that are no longer needed.

use bytes::Bytes;
use chrono::Duration;
use office::{ReadError, Request};
use serde_json::json;
use uuid::Uuid;

use super::JOB;
use super::gather::{Gathered, Gatherer};
use super::kind::Kind;
use super::model::{Counts, RowResult, State};
use super::store::{self, block, intake, whole};
use crate::account::Actor;
use crate::audit::Deed;
use crate::blob::BlobId;
use crate::db::{Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::job::{self, NewJob};
use crate::site::Site;

pub use super::store::intake::Model as Intake;

/// Days after the report for which rows and file are kept.
pub const KEPT_DAYS: i64 = 14;

/// The operator at the machine acts as the program itself; everybody else needs the permission for the whole district.
pub(super) fn require(by: &Actor, kind: &Kind) -> Result<()> {
    if by.account.is_none() {
        return Ok(());
    }
    by.require_district(kind.permission)
}

/// Reads a file, keeps it and its rows, and returns its intake; `true` when the same file was there already.
///
/// # Errors
/// When the file is refused or has no such columns; then nothing is kept.
pub async fn upload(site: &Site, by: &Actor, kind: &Kind, file_name: &str, bytes: Bytes) -> Result<(Intake, bool)> {
    require(by, kind)?;
    let digest = BlobId::of(&bytes).as_str().to_string();
    if let Some(known) = store::same(site.db.read(), kind.id, &digest).await? {
        return Ok((known, true));
    }
    let gathered = read(site, kind, file_name, &bytes).await?;
    site.blobs.put(bytes).await?;
    match keep(site, by, kind, file_name, &digest, gathered).await {
        // Somebody uploaded the same file at the same moment.
        Err(Error::Database(e)) if is_unique_violation(&e) => {
            let known = store::same(site.db.read(), kind.id, &digest).await?;
            Ok((known.ok_or_else(|| Error::not_found("这次导入"))?, true))
        }
        Err(other) => Err(other),
        Ok(row) => Ok((row, false)),
    }
}

async fn read(site: &Site, kind: &Kind, file_name: &str, bytes: &Bytes) -> Result<Gathered> {
    let check = (kind.load)(site).await?;
    let request = Request {
        file_name: file_name.to_string(),
        bytes: bytes.to_vec(),
        ..Request::default()
    };
    let mut table = site.reader.read_table(request).await.map_err(not_read)?;
    let head = table.head().clone();
    let mut gatherer = Gatherer::new(kind, check.as_ref(), &head);
    while let Some(chunk) = table.next().await.map_err(not_read)? {
        gatherer.take(chunk)?;
    }
    gatherer.finish(&head)
}

/// What the confined reader says, for the person who sent the file.
fn not_read(error: ReadError) -> Error {
    match error {
        ReadError::Unavailable(inner) => Error::Internal(format!("confined reader: {}", inner.kind())),
        other => Error::refused(other.to_string(), "文件没有保存"),
    }
}

async fn keep(
    site: &Site,
    by: &Actor,
    kind: &Kind,
    file_name: &str,
    digest: &str,
    gathered: Gathered,
) -> Result<Intake> {
    let id = Uuid::now_v7();
    let mut blocks = Vec::with_capacity(gathered.blocks.len());
    for (no, rows) in gathered.blocks.into_iter().enumerate() {
        let block = Uuid::now_v7();
        blocks.push(block::Model {
            id: block,
            intake: id,
            no: i32::try_from(no).unwrap_or(i32::MAX),
            row_count: i32::try_from(rows.entries.len()).unwrap_or(i32::MAX),
            bad_count: whole(rows.bad),
            taken: 0,
            known: 0,
            refused: 0,
            entries: store::seal_entries(&site.keys, block, rows.entries)?,
            outcomes: None,
        });
    }
    let row = intake::Model {
        id,
        kind: kind.id.into(),
        digest: digest.into(),
        blob: Some(digest.into()),
        file_name: file_name.into(),
        state: State::Preview.id().into(),
        head: gathered.head,
        row_count: blocks.iter().map(|block| block.row_count).sum(),
        bad_count: blocks.iter().map(|block| block.bad_count).sum(),
        block_count: i32::try_from(blocks.len()).unwrap_or(i32::MAX),
        next_block: 0,
        taken: 0,
        known: 0,
        refused: 0,
        uploaded_by: by.account,
        uploaded_name: by.name.clone(),
        uploaded_at: site.clock.now(),
        confirmed_by: None,
        confirmed_name: None,
        confirmed_at: None,
        stopped: None,
        ended_at: None,
    };
    let (row, blocks) = (&row, &blocks);
    site.write(by, |tx| async move {
        store::insert(&tx, row.clone()).await?;
        for block in blocks {
            store::insert_block(&tx, block.clone()).await?;
        }
        let detail = json!({ "kind": row.kind, "rows": row.row_count });
        tx.record(Deed::new("intake.upload", "intake", id).detail(detail))
            .await?;
        Ok::<_, Error>(())
    })
    .await?;
    Ok(row.clone())
}

/// An intake of this kind.
///
/// # Errors
/// When there is none.
pub async fn find(site: &Site, kind: &Kind, id: Uuid) -> Result<Intake> {
    let found = store::find(site.db.read(), id).await?.filter(|row| row.kind == kind.id);
    found.ok_or_else(|| Error::not_found("这次导入"))
}

/// The newest intakes of a kind.
///
/// # Errors
/// When the database fails.
pub async fn latest(site: &Site, kind: &Kind) -> Result<Vec<Intake>> {
    Ok(store::latest(site.db.read(), kind.id, 50).await?)
}

/// Lets the rows be taken, or go on after a stop. From here on it goes on by itself.
///
/// # Errors
/// When the intake has been discarded.
pub async fn confirm(site: &Site, by: &Actor, kind: &Kind, id: Uuid) -> Result<()> {
    require(by, kind)?;
    site.write(by, |tx| async move {
        let mut row = locked(&tx, kind, id).await?;
        match row.state() {
            State::Preview | State::Stopped => {}
            State::Working | State::Done => {
                tx.housekeeping();
                return Ok(());
            }
            State::Discarded | State::Forgotten => {
                return Err(Error::refused("这次导入已经放弃或删除", "请重新上传文件"));
            }
        }
        row.state = State::Working.id().into();
        row.confirmed_by = by.account;
        row.confirmed_name = Some(by.name.clone());
        row.confirmed_at = Some(tx.at());
        row.stopped = None;
        let new = NewJob {
            kind: JOB,
            class: &job::HEAVY,
            // A second confirmation, after a stop, is another job.
            key: format!("{id} {}", tx.at().timestamp_micros()),
            payload: json!({ "intake": id }),
            run_at: None,
        };
        job::enqueue(&tx, new).await?;
        store::save(&tx, row).await?;
        tx.record(Deed::new("intake.confirm", "intake", id)).await?;
        Ok(())
    })
    .await
}

/// Gives up an intake of which no row has been taken; its rows are deleted.
///
/// # Errors
/// When it has been confirmed.
pub async fn discard(site: &Site, by: &Actor, kind: &Kind, id: Uuid) -> Result<()> {
    require(by, kind)?;
    site.write(by, |tx| async move {
        let row = locked(&tx, kind, id).await?;
        if row.state() != State::Preview {
            return Err(Error::refused("这次导入已经确认，不能放弃", "请看这次导入的报告"));
        }
        store::delete_blocks(&tx, id).await?;
        store::forget(&tx, id, State::Discarded).await?;
        tx.record(Deed::new("intake.discard", "intake", id)).await?;
        Ok(())
    })
    .await
}

pub(super) async fn locked(tx: &Tx, kind: &Kind, id: Uuid) -> Result<Intake> {
    tx.lock("intake", id).await?;
    let row = store::find(tx.on(), id).await?.filter(|row| row.kind == kind.id);
    row.ok_or_else(|| Error::not_found("这次导入"))
}

/// Deletes rows and files of intakes that ended [`KEPT_DAYS`] ago, or were never confirmed for as long. The counts stay. Returns how
/// many intakes it was.
///
/// # Errors
/// When the database fails.
pub async fn tidy(site: &Site) -> Result<usize> {
    let before = site.clock.now() - Duration::days(KEPT_DAYS);
    let stale = store::stale(site.db.read(), before).await?;
    for row in &stale {
        let (id, ended) = (row.id, row.state() == State::Done);
        let state = if ended { State::Forgotten } else { State::Discarded };
        site.write(&Actor::program("导入"), |tx| async move {
            store::delete_blocks(&tx, id).await?;
            store::forget(&tx, id, state).await?;
            tx.record(Deed::new("intake.forget", "intake", id)).await?;
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(stale.len())
}

/// The refused rows with their reasons.
///
/// # Errors
/// When the database fails.
pub async fn refused(site: &Site, row: &Intake) -> Result<Vec<(u32, String)>> {
    let on = site.db.read();
    let mut all = Vec::new();
    for shape in store::shapes(on, row.id)
        .await?
        .iter()
        .filter(|shape| shape.refused > 0)
    {
        let rows = store::rows(on, &site.keys, row.id, shape.no).await?;
        for (entry, result) in rows.entries.expose().iter().zip(rows.results.expose()) {
            if let RowResult::Refused { reason } = result {
                all.push((entry.number, reason.clone()));
            }
        }
    }
    Ok(all)
}

/// What became of the rows so far.
pub fn counts(row: &Intake) -> Counts {
    let count = |number: i32| u32::try_from(number).unwrap_or(0);
    Counts {
        taken: count(row.taken),
        known: count(row.known),
        refused: count(row.refused),
    }
}
