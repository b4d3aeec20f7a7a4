//! Taking rows: one block in one transaction, which also moves the cursor.

use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::gather::look_over;
use super::kind::{Check, Kind, Outcome, Row};
use super::model::{Counts, Entry, Head, RowResult, State};
use super::service::{self, Intake};
use super::{actor, store};
use crate::account::Actor;
use crate::audit::Deed;
use crate::db::{Tx, is_unique_violation};
use crate::error::{Error, Result};
use crate::site::Site;

/// Takes up to `most` blocks of an intake and says whether there is more to do. Several processes may call it at once: each
/// block is taken by one of them.
///
/// # Errors
/// When the database fails; what had been taken before stands, and the next call goes on behind it.
pub async fn some(site: &Site, id: Uuid, most: u32) -> Result<bool> {
    let Some(row) = store::find(site.db.read(), id)
        .await?
        .filter(|row| row.state() == State::Working)
    else {
        return Ok(false);
    };
    let Some(kind) = site.intake_kind(&row.kind) else {
        return stop(site, id, "本程序没有这种导入，请联系系统管理员").await;
    };
    let Some(by) = actor::of(site, kind, &row).await? else {
        let reason = format!("确认导入的“{}”已经没有这项权限", row.confirmed_name.unwrap_or_default());
        return stop(site, id, &reason).await;
    };
    let check = (kind.load)(site).await?;
    for _ in 0..most {
        if !block(site, &by, kind, check.as_ref(), id).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Takes all rows of an intake that are left.
///
/// # Errors
/// As [`some`].
pub async fn all(site: &Site, id: Uuid) -> Result<()> {
    while some(site, id, BLOCKS_AT_ONCE).await? {}
    Ok(())
}

/// Blocks between two looks at what rows are checked against and at who confirmed.
pub const BLOCKS_AT_ONCE: u32 = 40;

/// Takes the next block and says whether there is another.
async fn block(site: &Site, by: &Actor, kind: &Kind, check: &dyn Check, id: Uuid) -> Result<bool> {
    site.write(by, |tx| async move {
        tx.plan_anew().await?;
        let mut row = service::locked(&tx, kind, id).await?;
        if row.state() != State::Working {
            tx.housekeeping();
            return Ok(false);
        }
        let no = row.next_block;
        let Some(block) = store::block(tx.on(), id, no).await? else {
            return Err(Error::Internal("an intake has lost a block".into()));
        };
        let entries = store::open_entries(&site.keys, &block)?;
        let results = take_entries(&tx, kind, check, &row.head, entries.expose()).await?;
        let counts = Counts::of(&results);
        store::finish_block(&tx, &site.keys, block.id, counts, results).await?;
        let is_last = advance(&mut row, counts);
        if is_last {
            row.state = State::Done.id().into();
            row.ended_at = Some(tx.at());
            let detail = json!({ "kind": row.kind, "taken": row.taken, "known": row.known, "refused": row.refused });
            tx.record(Deed::new("intake.finish", "intake", id).detail(detail))
                .await?;
        } else {
            // The deeds are those of the rows; moving the cursor is nobody's.
            tx.housekeeping();
        }
        store::save(&tx, row).await?;
        Ok(!is_last)
    })
    .await
}

/// Counts a block and says whether it was the last.
fn advance(row: &mut Intake, counts: Counts) -> bool {
    row.taken += store::whole(counts.taken);
    row.known += store::whole(counts.known);
    row.refused += store::whole(counts.refused);
    row.next_block += 1;
    row.next_block >= row.block_count
}

async fn take_entries(
    tx: &Tx,
    kind: &Kind,
    check: &dyn Check,
    head: &Head,
    entries: &[Entry],
) -> Result<Vec<RowResult>> {
    let mut results: Vec<Option<RowResult>> = Vec::with_capacity(entries.len());
    let mut good = Vec::new();
    for entry in entries {
        let row = Row::new(kind, entry.number, head.arrange(&entry.cells));
        let reason = why_not(kind, check, entry, &row);
        if reason.is_none() {
            good.push(row);
        }
        results.push(reason.map(|reason| RowResult::Refused { reason }));
    }
    let mut outcomes = take_rows(tx, kind, &good).await?.into_iter();
    let missing = || {
        Error::Internal(format!(
            "the intake {} answers for fewer rows than it was given",
            kind.id
        ))
    };
    let filled = results.into_iter().map(|result| match result {
        Some(result) => Ok(result),
        None => outcomes.next().map(RowResult::from).ok_or_else(missing),
    });
    filled.collect()
}

/// Why a row is not even tried. It is looked over again, because what it is checked against may have changed since the preview.
fn why_not(kind: &Kind, check: &dyn Check, entry: &Entry, row: &Row) -> Option<String> {
    let name = |id: &str| {
        kind.columns
            .iter()
            .find(|column| column.id == id)
            .map_or("", |column| column.name)
    };
    let mut reasons = entry.standing.clone();
    let wrong = look_over(kind, check, row);
    reasons.extend(
        wrong
            .iter()
            .map(|wrong| format!("{}：{}", name(wrong.column), wrong.sentence)),
    );
    (!reasons.is_empty()).then(|| reasons.join("；"))
}

/// Takes rows together, or, when something is wrong with one of them, one by one.
async fn take_rows(tx: &Tx, kind: &Kind, rows: &[Row]) -> Result<Vec<Outcome>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    if let Ok(outcomes) = within_savepoint(tx, kind, rows).await? {
        return Ok(outcomes);
    }
    let mut outcomes = Vec::with_capacity(rows.len());
    for row in rows {
        outcomes.push(match within_savepoint(tx, kind, std::slice::from_ref(row)).await? {
            Ok(mut one) if one.len() == 1 => one.remove(0),
            Ok(_) => {
                return Err(Error::Internal(format!(
                    "the intake {} does not answer for a row",
                    kind.id
                )));
            }
            Err(reason) => Outcome::Refused(reason),
        });
    }
    Ok(outcomes)
}

/// Takes rows so that nothing of them stays when it fails; `Err` inside says what is wrong with the rows, the outer one that the
/// transaction cannot go on.
async fn within_savepoint(tx: &Tx, kind: &Kind, rows: &[Row]) -> Result<std::result::Result<Vec<Outcome>, String>> {
    tx.on().execute_unprepared("SAVEPOINT intake_rows").await?;
    let taken = (kind.take)(tx, rows).await;
    let reason = match taken {
        Ok(outcomes) => {
            tx.on().execute_unprepared("RELEASE SAVEPOINT intake_rows").await?;
            return Ok(Ok(outcomes));
        }
        Err(Error::Refused { what, advice }) => format!("{what}。{advice}"),
        Err(Error::Conflict(what) | Error::NotFound(what) | Error::Forbidden(what)) => what,
        Err(Error::Database(error)) if is_unique_violation(&error) => kind.clash.to_string(),
        Err(other) => return Err(other),
    };
    tx.on().execute_unprepared("ROLLBACK TO SAVEPOINT intake_rows").await?;
    tx.on().execute_unprepared("RELEASE SAVEPOINT intake_rows").await?;
    Ok(Err(reason))
}

async fn stop(site: &Site, id: Uuid, reason: &str) -> Result<bool> {
    site.write(&Actor::program("导入"), |tx| async move {
        tx.lock("intake", id).await?;
        if let Some(mut row) = store::find(tx.on(), id)
            .await?
            .filter(|row| row.state() == State::Working)
        {
            row.state = State::Stopped.id().into();
            row.stopped = Some(reason.to_string());
            store::save(&tx, row).await?;
        }
        tx.record(Deed::new("intake.stop", "intake", id)).await?;
        Ok::<_, Error>(false)
    })
    .await
}
