//! Commands on addresses.

use chrono::Duration;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::super::model::{Channel, New, Values};
use super::super::{ADDRESS_CODE, service, store as messages};
use super::store::{self, address};
use super::{CONFIRMED, UNCONFIRMED, UNUSABLE, normal};
use crate::account::Actor;
use crate::audit::Deed;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::seal::{Ciphertext, Purpose, Sealed, context};
use crate::site::Site;

const CODE_MINUTES: i64 = 10;
/// Wrong codes after which a code is void.
const WRONG_CODES: i32 = 5;
/// Codes to one address in a day, whoever asks for them: nobody's telephone is rung all night from here.
const CODES_A_DAY: u64 = 5;
/// Codes of one account and way in a day.
const CODES_OF_ACCOUNT: u64 = 10;
const INDEX: &str = "message_address.address_index";

/// How a code was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// The address is confirmed.
    Yes,
    /// The code is wrong; so many tries are left.
    Wrong(i32),
    /// No code is good any more; ask for another.
    Void,
}

/// Enters an address in the place of any earlier one of its kind, and sends a code there. The same address again asks for
/// another code.
///
/// # Errors
/// When it is none, or too many codes have been asked for.
pub async fn enter(site: &Site, by: &Actor, channel: Channel, text: &str) -> Result<()> {
    let account = by.person()?;
    let to = &Sealed::new(normal(channel, text)?);
    let code = &fresh_code()?;
    site.write(by, |tx| async move {
        tx.lock("account", account).await?;
        refuse_too_many(site, &tx, account, channel, to).await?;
        let known = store::one(tx.on(), account, channel.id()).await?;
        let row = put(site, &tx, account, channel, to, known).await?;
        let row = with_code(site, &tx, row, code)?;
        let (id, sent) = (row.id, row.codes_sent);
        store::save(&tx, row).await?;
        let new = New {
            channel,
            to,
            template: &ADDRESS_CODE,
            values: &Values::new().with("code", code.expose().as_str()),
            key: format!("code:{id}:{sent}"),
            about: Some(("account", account)),
        };
        service::send(site, &tx, new).await?;
        let detail = json!({ "channel": channel.id() });
        tx.record(Deed::new("account.enter_address", "account", account).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

fn fresh_code() -> Result<Sealed<String>> {
    loop {
        let mut bytes = [0u8; 4];
        getrandom::fill(&mut bytes).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        let number = u32::from_le_bytes(bytes);
        // Numbers beyond the last whole million would make some codes likelier.
        if number < u32::MAX - u32::MAX % 1_000_000 {
            return Ok(Sealed::new(format!("{:06}", number % 1_000_000)));
        }
    }
}

async fn refuse_too_many(site: &Site, tx: &Tx, account: Uuid, channel: Channel, to: &Sealed<String>) -> Result<()> {
    let since = tx.at() - Duration::days(1);
    let indexes = site.keys.blind_indexes("message.recipient_index", to.expose())?;
    let template = Some(ADDRESS_CODE.id);
    tx.lock_name("codes to an address").await?;
    let to_address = messages::count_to(tx.on(), channel.id(), &indexes, template, since).await?;
    let of_account = messages::count_about(tx.on(), channel.id(), account, ADDRESS_CODE.id, since).await?;
    if to_address >= CODES_A_DAY || of_account >= CODES_OF_ACCOUNT {
        return Err(Error::refused(
            format!("一天内要的确认码太多，没有再发到这个{}", channel.address_name()),
            "请明天再试；一直收不到的，请核对有没有写错，或换一个",
        ));
    }
    Ok(())
}

/// The row of an address: the known one when it is the same address, otherwise a new one in its place.
async fn put(
    site: &Site,
    tx: &Tx,
    account: Uuid,
    channel: Channel,
    to: &Sealed<String>,
    known: Option<address::Model>,
) -> Result<address::Model> {
    if let Some(known) = known {
        if open(site, &known)?.expose() == to.expose() {
            return Ok(known);
        }
        store::delete(tx, known.id).await?;
    }
    let id = Uuid::now_v7();
    let sealed = site
        .keys
        .seal(Purpose::Data, &context("message_address", "address", id), to)?;
    let row = address::Model {
        id,
        account,
        channel: channel.id().into(),
        address: sealed.as_str().into(),
        address_index: site.keys.blind_index(INDEX, to.expose())?,
        state: UNCONFIRMED.into(),
        paused: false,
        code_hash: None,
        code_until: None,
        wrong_codes: 0,
        codes_sent: 0,
        changed_at: tx.at(),
    };
    store::insert(tx, row.clone()).await?;
    Ok(row)
}

fn with_code(site: &Site, tx: &Tx, mut row: address::Model, code: &Sealed<String>) -> Result<address::Model> {
    row.code_hash = Some(code_hash(site, row.id, code.expose())?);
    row.code_until = Some(tx.at() + Duration::minutes(CODE_MINUTES));
    row.wrong_codes = 0;
    row.codes_sent += 1;
    row.changed_at = tx.at();
    Ok(row)
}

fn code_hash(site: &Site, id: Uuid, code: &str) -> Result<String> {
    site.keys.blind_index("message_address.code", &format!("{id}:{code}"))
}

fn open(site: &Site, row: &address::Model) -> Result<Sealed<String>> {
    let place = context("message_address", "address", row.id);
    site.keys.open(&place, &Ciphertext::parse(&row.address)?)
}

/// Confirms an address by the code that was sent to it. Wrong codes are counted.
///
/// # Errors
/// When the account has no such address.
pub async fn confirm(site: &Site, by: &Actor, channel: Channel, code: &str) -> Result<Confirmed> {
    let account = by.person()?;
    let code: &String = &code.chars().filter(|c| !c.is_whitespace()).collect();
    site.write(by, |tx| async move {
        tx.lock("account", account).await?;
        let mut row = must_have(&tx, account, channel).await?;
        let good = row.code_until.is_some_and(|until| tx.at() < until) && row.wrong_codes < WRONG_CODES;
        let Some(wanted) = row.code_hash.clone().filter(|_| good) else {
            tx.housekeeping();
            return Ok(Confirmed::Void);
        };
        let given = code_hash(site, row.id, code)?;
        if !bool::from(subtle::ConstantTimeEq::ct_eq(wanted.as_bytes(), given.as_bytes())) {
            row.wrong_codes += 1;
            let left = WRONG_CODES - row.wrong_codes;
            store::save(&tx, row).await?;
            tx.housekeeping();
            return Ok(if left > 0 {
                Confirmed::Wrong(left)
            } else {
                Confirmed::Void
            });
        }
        row.state = CONFIRMED.into();
        row.code_hash = None;
        row.code_until = None;
        store::save(&tx, row).await?;
        let detail = json!({ "channel": channel.id() });
        tx.record(Deed::new("account.confirm_address", "account", account).detail(detail))
            .await?;
        Ok(Confirmed::Yes)
    })
    .await
}

async fn must_have(tx: &Tx, account: Uuid, channel: Channel) -> Result<address::Model> {
    store::one(tx.on(), account, channel.id()).await?.ok_or_else(|| {
        Error::refused(
            format!("还没有登记{}", channel.address_name()),
            "请先填写并保存，再填写确认码",
        )
    })
}

/// Forgets an address.
///
/// # Errors
/// When there is none.
pub async fn remove(site: &Site, by: &Actor, channel: Channel) -> Result<()> {
    let account = by.person()?;
    site.write(by, |tx| async move {
        tx.lock("account", account).await?;
        let row = must_have(&tx, account, channel).await?;
        store::delete(&tx, row.id).await?;
        let detail = json!({ "channel": channel.id() });
        tx.record(Deed::new("account.remove_address", "account", account).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

/// Sends no notices to an address, or sends them again. Codes and sign-in links still go there.
///
/// # Errors
/// When there is none.
pub async fn pause(site: &Site, by: &Actor, channel: Channel, paused: bool) -> Result<()> {
    let account = by.person()?;
    site.write(by, |tx| async move {
        tx.lock("account", account).await?;
        let mut row = must_have(&tx, account, channel).await?;
        row.paused = paused;
        store::save(&tx, row).await?;
        let detail = json!({ "channel": channel.id(), "paused": paused });
        tx.record(Deed::new("account.pause_address", "account", account).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

/// The confirmed address of an account, for what its holder has asked for.
///
/// # Errors
/// When the database fails or its key is gone.
pub async fn confirmed(site: &Site, account: Uuid, channel: Channel) -> Result<Option<Sealed<String>>> {
    let row = store::one(site.db.read(), account, channel.id()).await?;
    let row = row.filter(|row| row.state == CONFIRMED);
    row.map(|row| open(site, &row)).transpose()
}

/// The confirmed address of an account for notices; none when its holder wants none there.
///
/// # Errors
/// When the database fails or its key is gone.
pub async fn for_notices(
    site: &Site,
    on: &impl ConnectionTrait,
    account: Uuid,
    channel: Channel,
) -> Result<Option<Sealed<String>>> {
    let row = store::one(on, account, channel.id()).await?;
    let row = row.filter(|row| row.state == CONFIRMED && !row.paused);
    row.map(|row| open(site, &row)).transpose()
}

/// The addresses of the person who asks, opened.
///
/// # Errors
/// When the database fails or a key is gone.
pub(in super::super) async fn own(site: &Site, by: &Actor) -> Result<Vec<(address::Model, Sealed<String>)>> {
    let rows = store::of(site.db.read(), by.person()?).await?;
    rows.into_iter()
        .map(|row| {
            let opened = open(site, &row)?;
            Ok((row, opened))
        })
        .collect()
}

/// Marks an address as one that takes nothing, wherever it is entered. Its holders are told at the desk.
///
/// # Errors
/// When the database refuses.
pub async fn mark_unusable(site: &Site, tx: &Tx, channel: Channel, to: &Sealed<String>) -> Result<()> {
    let indexes = site.keys.blind_indexes(INDEX, to.expose())?;
    for mut row in store::with_index(tx.on(), channel.id(), &indexes).await? {
        row.state = UNUSABLE.into();
        store::save(tx, row).await?;
    }
    Ok(())
}
