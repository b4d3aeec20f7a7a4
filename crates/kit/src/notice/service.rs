//! Commands on notices: issue, read, answer, close, choose.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::delivery::{Delivery, enqueue_for};
use super::model::{Audience, Item, Kind, NewNotice, Part};
use super::store::{self, Ways};
use super::{ISSUE, LEDGER};
use crate::account::{Actor, store as accounts};
use crate::audit::Deed;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::permission::Role;
use crate::site::Site;
use crate::unit;

/// What became of issuing a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    /// The notice.
    pub id: Uuid,
    /// Whether it was issued now; otherwise it was there already.
    pub is_new: bool,
    /// How many accounts got it now. None at all means that nobody holds a post there.
    pub receivers: usize,
}

/// Issues a notice in the transaction of what causes it, once for its kind, subject and event, and enqueues its delivery to
/// each account. The caller's deed answers for it.
///
/// # Errors
/// When the database fails.
pub async fn issue(tx: &Tx, new: &NewNotice) -> Result<Issued> {
    let unit = match new.to {
        Audience::Unit(unit) | Audience::Holders(_, Some(unit)) => Some(unit),
        Audience::Account(_) | Audience::Holders(_, None) => None,
    };
    let items = serde_json::to_value(&new.items).map_err(|e| Error::Internal(e.to_string()))?;
    let Some(id) = store::insert(tx, new, unit, items).await? else {
        let known = store::known(tx.on(), new).await?;
        let id = known.ok_or_else(|| Error::Internal("a notice is there and cannot be found".into()))?;
        return Ok(Issued {
            id,
            is_new: false,
            receivers: 0,
        });
    };
    let receivers = receivers(tx, new).await?;
    for (account, part) in &receivers {
        store::give(tx, id, *account, *part).await?;
        let account = *account;
        enqueue_for(tx, Delivery { notice: id, account }).await?;
    }
    Ok(Issued {
        id,
        is_new: true,
        receivers: receivers.len(),
    })
}

/// Who gets a notice, each account once. An account that is disabled gets none.
async fn receivers(tx: &Tx, new: &NewNotice) -> Result<Vec<(Uuid, Part)>> {
    let holders = |roles: Vec<Role>, unit| async move { accounts::active_holders(tx.on(), &roles, unit).await };
    let doers: Vec<Uuid>;
    let mut copies = Vec::new();
    match new.to {
        Audience::Account(account) => doers = vec![account],
        Audience::Holders(permission, unit) => doers = holders(permission.roles.to_vec(), unit).await?,
        Audience::Unit(unit) => {
            let heads = holders(vec![Role::Approver], Some(unit)).await?;
            let clerks = holders(vec![Role::Drafter], Some(unit)).await?;
            if clerks.is_empty() {
                doers = heads;
            } else {
                if new.kind == Kind::Supervise {
                    copies = heads;
                }
                doers = clerks;
            }
        }
    }
    copies.retain(|account| !doers.contains(account));
    let doers = doers.into_iter().map(|account| (account, Part::Doer));
    Ok(doers
        .chain(copies.into_iter().map(|account| (account, Part::Copy)))
        .collect())
}

/// An urging or supervision as somebody asks for it, wherever unfinished work is seen.
#[derive(Debug, Clone)]
pub struct Urging {
    /// [`Kind::Urge`] or [`Kind::Supervise`].
    pub kind: Kind,
    /// The unit that is asked.
    pub unit: Uuid,
    /// What it is about, as a stable name: `breakdown.task:<id>`.
    pub subject: String,
    /// One line.
    pub title: String,
    /// What the office says; may be empty.
    pub words: String,
    /// What is unfinished.
    pub items: Vec<Item>,
    /// Where it is seen.
    pub link: String,
    /// By when an answer is wanted.
    pub due_on: NaiveDate,
}

/// Most unfinished things in one notice.
pub const MOST_ITEMS: usize = 500;

/// Urges or supervises a unit. The same office asking the same unit about the same thing twice on one day is one notice.
///
/// # Errors
/// When the permission is missing, the date has passed, the words are too many, or nothing is unfinished.
pub async fn urge(site: &Site, by: &Actor, urging: &Urging) -> Result<Issued> {
    by.require(&ISSUE, urging.unit)?;
    check(site, urging)?;
    let today = site.clock.today();
    let unit = unit::find(site.db.read(), urging.unit).await?;
    let unit = unit.ok_or_else(|| Error::not_found("这个单位"))?;
    if !unit.is_active(today) {
        return Err(Error::refused(
            format!("“{}”已经撤并，没有发出", unit.short_name),
            "请向承接它职责的单位发",
        ));
    }
    let new = NewNotice {
        kind: urging.kind,
        subject: format!("{}@{}", urging.subject, urging.unit),
        event: today.to_string(),
        title: urging.title.clone(),
        body: urging.words.clone(),
        items: urging.items.clone(),
        link: urging.link.clone(),
        due_on: Some(urging.due_on),
        to: Audience::Unit(urging.unit),
    };
    let new = &new;
    site.write(by, |tx| async move {
        let issued = issue(&tx, new).await?;
        if !issued.is_new {
            return Err(Error::refused(
                format!(
                    "今天已经就同一件事向“{}”发过{}",
                    unit_name(&tx, urging.unit).await?,
                    new.kind.name()
                ),
                "可以在催办督办台账里看答复；确需再催，请明天再发或改发督办",
            ));
        }
        let deed = Deed::new("notice.issue", "notice", issued.id).unit(urging.unit);
        let detail = json!({ "kind": new.kind.id(), "subject": new.subject, "items": new.items.len(),
            "receivers": issued.receivers });
        tx.record(deed.detail(detail)).await?;
        Ok(issued)
    })
    .await
}

async fn unit_name(tx: &Tx, id: Uuid) -> Result<String> {
    Ok(unit::find(tx.on(), id)
        .await?
        .map(|unit| unit.short_name)
        .unwrap_or_default())
}

fn check(site: &Site, urging: &Urging) -> Result<()> {
    if !urging.kind.is_in_ledger() {
        return Err(Error::refused("只能发催办或督办", "请选择催办或督办"));
    }
    if urging.items.is_empty() {
        return Err(Error::refused("没有未完成事项，不用催办", "请刷新页面查看最新的情况"));
    }
    if urging.items.len() > MOST_ITEMS {
        return Err(Error::refused(
            format!("一次最多列 {MOST_ITEMS} 件未完成事项"),
            "请按任务分几次发",
        ));
    }
    if urging.due_on < site.clock.today() {
        return Err(Error::refused("答复期限已经过去", "请写今天或以后的日期"));
    }
    if urging.words.chars().count() > LONGEST_WORDS {
        return Err(Error::refused(format!("说明最多 {LONGEST_WORDS} 个字"), "请写得短一些"));
    }
    Ok(())
}

/// The longest text of somebody in a notice or an answer, in characters.
pub const LONGEST_WORDS: usize = 1000;

/// Opens a notice for somebody who got it, and notes that it was read.
///
/// # Errors
/// When it is not theirs, nor to be seen by them in the ledger.
pub async fn open(site: &Site, by: &Actor, id: Uuid) -> Result<(store::notice::Model, Vec<store::receipt::Model>)> {
    let on = site.db.read();
    let nobodys = || Error::not_found("这条通知");
    let found = store::find(on, id).await?.ok_or_else(nobodys)?;
    let receipts = store::receipts(on, id).await?;
    let mine = receipts.iter().find(|receipt| Some(receipt.account) == by.account);
    let may_see = mine.is_some() || (is_in_ledger(&found) && sees_ledger(by, &found));
    if !may_see {
        return Err(nobodys());
    }
    if let Some(mine) = mine.filter(|receipt| receipt.read_at.is_none()) {
        let account = mine.account;
        site.write(by, |tx| async move {
            tx.housekeeping();
            store::set_read(&tx, id, account).await?;
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok((found, receipts))
}

pub(super) fn is_in_ledger(notice: &store::notice::Model) -> bool {
    Kind::of(&notice.kind).is_some_and(Kind::is_in_ledger)
}

fn sees_ledger(by: &Actor, notice: &store::notice::Model) -> bool {
    match notice.unit {
        Some(unit) => by.may(&LEDGER, unit),
        None => by.require_district(&LEDGER).is_ok(),
    }
}

/// Notes that everything somebody has got is read; what asks for an answer still asks for it.
///
/// # Errors
/// When the database fails.
pub async fn read_all(site: &Site, by: &Actor) -> Result<()> {
    let account = by.person()?;
    site.write(by, |tx| async move {
        tx.housekeeping();
        store::set_all_read(&tx, account).await?;
        Ok::<_, Error>(())
    })
    .await
}

/// Answers an urging or supervision (签收并答复).
///
/// # Errors
/// When there is nothing to answer, it is closed, this account has answered, or a supervision is answered without words.
pub async fn answer(site: &Site, by: &Actor, id: Uuid, reply: &str) -> Result<()> {
    let account = by.person()?;
    let reply = reply.trim();
    let found = store::find(site.db.read(), id).await?;
    let found = found
        .filter(is_in_ledger)
        .ok_or_else(|| Error::not_found("这条催办、督办"))?;
    if reply.is_empty() && found.kind == Kind::Supervise.id() {
        return Err(Error::refused("督办要写答复", "请写明办到哪一步、什么时候办完"));
    }
    if reply.chars().count() > LONGEST_WORDS {
        return Err(Error::refused(format!("答复最多 {LONGEST_WORDS} 个字"), "请写得短一些"));
    }
    site.write(by, |tx| async move {
        tx.lock("notice", id).await?;
        let now = store::find(tx.on(), id)
            .await?
            .ok_or_else(|| Error::not_found("这条通知"))?;
        if now.closed_at.is_some() {
            return Err(Error::refused("这件事已经办结，不用再答复", "请刷新页面查看"));
        }
        if !store::set_reply(&tx, id, account, reply).await? {
            return Err(Error::refused("您已经答复过，或这条通知只是抄送给您", "请刷新页面查看"));
        }
        store::set_read(&tx, id, account).await?;
        let mut deed = Deed::new("notice.answer", "notice", id);
        deed.unit = now.unit;
        tx.record(deed).await?;
        if let Some(issuer) = now.issued_by.filter(|_| accounts_issue(&now)) {
            tell_issuer(&tx, &now, issuer).await?;
        }
        Ok(())
    })
    .await
}

fn accounts_issue(notice: &store::notice::Model) -> bool {
    notice.kind == Kind::Supervise.id()
}

/// Who supervises is told of each answer.
async fn tell_issuer(tx: &Tx, supervised: &store::notice::Model, issuer: Uuid) -> Result<()> {
    if accounts::find(tx.on(), issuer).await?.is_none() {
        return Ok(());
    }
    let new = NewNotice {
        kind: Kind::Inform,
        subject: format!("notice:{}", supervised.id),
        event: format!("answered:{}", tx.actor().person()?),
        title: format!("督办已答复：{}", supervised.title),
        body: format!("{}已答复，请查看；事情办完后由您办结。", tx.actor().name),
        items: Vec::new(),
        link: format!("/notices/{}", supervised.id),
        due_on: None,
        to: Audience::Account(issuer),
    };
    issue(tx, &new).await?;
    Ok(())
}

/// Closes an urging or supervision (办结). A supervision is closed by whoever issued it, or, once that account is gone, by
/// anybody who may issue.
///
/// # Errors
/// When it is not to be closed by this person, is closed, or a supervision has not been answered and no reason is given.
pub async fn close(site: &Site, by: &Actor, id: Uuid, note: &str) -> Result<()> {
    by.person()?;
    let note = note.trim();
    if note.chars().count() > LONGEST_WORDS {
        return Err(Error::refused(
            format!("办结意见最多 {LONGEST_WORDS} 个字"),
            "请写得短一些",
        ));
    }
    site.write(by, |tx| async move {
        tx.lock("notice", id).await?;
        let found = store::find(tx.on(), id).await?;
        let found = found
            .filter(is_in_ledger)
            .ok_or_else(|| Error::not_found("这条催办、督办"))?;
        match found.unit {
            Some(unit) => by.require(&ISSUE, unit)?,
            None => by.require_district(&ISSUE)?,
        }
        let is_supervision = found.kind == Kind::Supervise.id();
        if is_supervision && found.issued_by != by.account && issuer_is_active(&tx, &found).await? {
            return Err(Error::refused(
                format!("督办由发出的人办结，这一件由“{}”发出", found.issuer_name),
                "请与发出人联系",
            ));
        }
        let answered = store::receipts(tx.on(), id)
            .await?
            .iter()
            .any(|r| r.acknowledged_at.is_some());
        if is_supervision && !answered && note.is_empty() {
            return Err(Error::refused(
                "单位还没有答复，办结要写理由",
                "请写明为什么不等答复就办结",
            ));
        }
        if !store::close(&tx, id, note).await? {
            return Err(Error::refused("这件事已经办结", "请刷新页面查看"));
        }
        let mut deed = Deed::new("notice.close", "notice", id);
        deed.unit = found.unit;
        tx.record(deed).await?;
        Ok(())
    })
    .await
}

async fn issuer_is_active(tx: &Tx, notice: &store::notice::Model) -> Result<bool> {
    let Some(issuer) = notice.issued_by else {
        return Ok(false);
    };
    let account = accounts::find(tx.on(), issuer).await?;
    Ok(account.is_some_and(|account| account.disabled_at.is_none()))
}

/// Notes what somebody wants beside the desk.
///
/// # Errors
/// When the database fails.
pub async fn choose(site: &Site, by: &Actor, chosen: &[(Kind, Ways)]) -> Result<()> {
    let account = by.person()?;
    site.write(by, |tx| async move {
        for (kind, ways) in chosen {
            store::set_ways(&tx, account, *kind, *ways).await?;
        }
        tx.record(Deed::new("notice.choose", "account", account)).await?;
        Ok::<_, Error>(())
    })
    .await
}
