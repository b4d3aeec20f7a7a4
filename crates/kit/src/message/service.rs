//! Commands on messages: sending, trying again, giving up, and what is done at set times.

use chrono::Duration;
use serde_json::json;
use uuid::Uuid;

use super::model::{Channel, New, State, Values};
use super::store::{self, message};
use super::{DELIVERY, MANAGE, SIGN_IN_LINK, address};
use crate::account::{self, Actor};
use crate::audit::Deed;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::job::{self, NewJob};
use crate::seal::{Purpose, Sealed, context};
use crate::site::Site;

/// After so long without an outcome a try is over, whatever became of it.
const LONGEST_TRY_MINUTES: i64 = 60;
/// Messages taken in one transaction by what goes over many.
const CHUNK: u64 = 200;

/// Sends a message with the command's transaction: it goes out exactly when the command happened. A second message of
/// the channel with the same key is the first one, whose id is returned.
///
/// # Errors
/// When a value of the template is missing, or the database refuses.
pub async fn send(site: &Site, tx: &Tx, new: New<'_>) -> Result<Uuid> {
    let rendered = site.messages.templates.render(new.template, new.channel, new.values)?;
    let id = Uuid::now_v7();
    let seal = |column: &str, text: &Sealed<String>| {
        let sealed = site.keys.seal(Purpose::Data, &context("message", column, id), text)?;
        Ok::<_, Error>(Some(sealed.as_str().to_string()))
    };
    let channel = new.channel.id();
    let mut row = store::blank(tx, id, channel, new.template.id, new.key.clone());
    row.about = new.about.map(|(what, _)| what.to_string());
    row.about_id = new.about.map(|(_, id)| id);
    row.recipient = seal("recipient", new.to)?;
    row.recipient_index = Some(site.keys.blind_index("message.recipient_index", new.to.expose())?);
    row.subject = seal("subject", &Sealed::new(rendered.subject))?;
    row.body = seal("body", &Sealed::new(rendered.text))?;
    if store::insert(tx, row).await? {
        start(tx, id, 0).await?;
        return Ok(id);
    }
    let known = store::by_key(tx.on(), channel, &new.key).await?;
    known
        .map(|row| row.id)
        .ok_or_else(|| Error::Conflict("这条消息刚由别处发出".into()))
}

/// Enqueues the job of a message's round.
async fn start(tx: &Tx, id: Uuid, round: i32) -> Result<()> {
    let job = NewJob {
        kind: DELIVERY,
        class: &job::OUTSIDE,
        key: job_key(id, round),
        payload: json!({ "message": id }),
        run_at: None,
    };
    job::enqueue(tx, job).await?;
    Ok(())
}

/// The key of a round's job; a job of an earlier round sends nothing any more.
pub(super) fn job_key(id: Uuid, round: i32) -> String {
    format!("{id}:{round}")
}

async fn start_again(tx: &Tx, mut row: message::Model) -> Result<()> {
    row.round += 1;
    row.state = State::Waiting.id().into();
    row.parked = false;
    row.ended_at = None;
    row.first_try_at = None;
    let (id, round) = (row.id, row.round);
    store::save(tx, row).await?;
    start(tx, id, round).await
}

/// Sets a message going again that waits, was refused, returned or given up.
///
/// # Errors
/// When it has been sent or cancelled, is being sent at this moment, or its content has been wiped.
pub async fn retry(site: &Site, by: &Actor, id: Uuid) -> Result<()> {
    by.require_district(&MANAGE)?;
    site.write(by, |tx| async move {
        let row = store::lock(&tx, id)
            .await?
            .ok_or_else(|| Error::not_found("这条消息"))?;
        if matches!(State::of(&row.state), Some(State::Sent | State::Cancelled)) {
            return Err(Error::refused("这条消息已经发出或取消", "不需要再发"));
        }
        if row.body.is_none() {
            return Err(Error::refused("这条消息的内容已按期清除", "请从原来的地方重新发送"));
        }
        let longest = Duration::minutes(LONGEST_TRY_MINUTES);
        if row.trying_since.is_some_and(|since| tx.at() - since < longest) {
            return Err(Error::refused("这条消息正在发送", "请过一会儿刷新页面，看发送的结果"));
        }
        start_again(&tx, row).await?;
        tx.record(Deed::new("message.retry", "message", id)).await?;
        Ok(())
    })
    .await
}

/// Gives a waiting message up, with the reason.
///
/// # Errors
/// When it does not wait, or no reason is given.
pub async fn give_up(site: &Site, by: &Actor, id: Uuid, reason: &str) -> Result<()> {
    by.require_district(&MANAGE)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 200 {
        return Err(Error::refused(
            "没有写放弃的原因，或写得太长",
            "请用 200 字以内写明原因",
        ));
    }
    site.write(by, |tx| async move {
        let row = store::lock(&tx, id)
            .await?
            .ok_or_else(|| Error::not_found("这条消息"))?;
        end_waiting(&tx, row, State::GivenUp, reason).await?;
        let detail = json!({ "reason": reason });
        tx.record(Deed::new("message.give_up", "message", id).detail(detail))
            .await?;
        Ok(())
    })
    .await
}

/// Cancels a message that has not gone out, in the transaction of the command that makes it needless. False when it has.
///
/// # Errors
/// When the database refuses.
pub async fn cancel(tx: &Tx, id: Uuid, why: &str) -> Result<bool> {
    let Some(row) = store::lock(tx, id).await? else {
        return Ok(false);
    };
    if row.state != State::Waiting.id() || row.trying_since.is_some() {
        return Ok(false);
    }
    end_waiting(tx, row, State::Cancelled, why).await?;
    Ok(true)
}

async fn end_waiting(tx: &Tx, mut row: message::Model, state: State, why: &str) -> Result<()> {
    if row.state != State::Waiting.id() {
        return Err(Error::refused("这条消息不在等待发送", "请刷新页面看它现在的状态"));
    }
    row.state = state.id().into();
    row.why = why.into();
    row.parked = false;
    row.ended_at = Some(tx.at());
    store::save(tx, row).await?;
    Ok(())
}

/// Sets going what waited for a configuration that is there now.
pub(super) async fn unpark(site: &Site) -> Result<()> {
    for channel in Channel::ALL.into_iter().filter(|channel| site.messages.has(*channel)) {
        loop {
            let started: Result<usize> = site
                .write(&program(), |tx| async move {
                    tx.housekeeping();
                    tx.lock_name("message unpark").await?;
                    let rows = store::parked(&tx, channel.id(), CHUNK).await?;
                    let count = rows.len();
                    for mut row in rows {
                        row.why = String::new();
                        start_again(&tx, row).await?;
                    }
                    Ok(count)
                })
                .await;
            if started? == 0 {
                break;
            }
        }
    }
    Ok(())
}

/// Wipes contents whose days are over.
pub(super) async fn wipe(site: &Site) -> Result<()> {
    let before = site.clock.now() - Duration::days(site.messages.keep_days);
    loop {
        let wiped: Result<u64> = site
            .write(&program(), |tx| async move {
                tx.housekeeping();
                Ok(store::wipe(&tx, before, CHUNK).await?)
            })
            .await;
        if wiped? == 0 {
            return Ok(());
        }
    }
}

fn program() -> Actor {
    Actor::program("发信")
}

/// Sends a one-time link to an account's confirmed mail address, so that it need not be read aloud. The link itself is
/// made first; if the program ends in between, an unused link is left to expire.
///
/// # Errors
/// When the account has no confirmed mail address, is disabled, or may not be managed by this person.
pub async fn send_sign_in_link(site: &Site, by: &Actor, account: Uuid) -> Result<Uuid> {
    by.require_district(&account::MANAGE)?;
    let found = account::store::find(site.db.read(), account)
        .await?
        .ok_or_else(|| Error::not_found("这个账号"))?;
    let Some(to) = address::confirmed(site, account, Channel::Mail).await? else {
        return Err(Error::refused(
            "这个账号没有确认过的邮箱",
            "请改用当面交付的登录链接；本人登录后可在“邮箱和手机”里登记邮箱",
        ));
    };
    let link = account::issue_link(site, by, account).await?;
    let url = format!("{}/links/{link}", site.profile.desk_url);
    let values = Values::new().with("name", found.name).with("link", url);
    let (to, values, key) = (&to, &values, format!("link:{}", Uuid::now_v7()));
    let key = &key;
    site.write(by, |tx| async move {
        let new = New {
            channel: Channel::Mail,
            to,
            template: &SIGN_IN_LINK,
            values,
            key: key.clone(),
            about: Some(("account", account)),
        };
        let id = send(site, &tx, new).await?;
        tx.record(Deed::new("account.mail_link", "account", account)).await?;
        Ok(id)
    })
    .await
}
