//! One try to send a message.
//!
//! Before a server is spoken to, the try is noted in a transaction of its own; afterwards its outcome is. A note of a try
//! without outcome means that the program was stopped in between, and that the server may have the message.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::model::{Channel, State};
use super::store::{self, message};
use super::{service, token};
use crate::account::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::job::{Failure, Run};
use crate::seal::{Ciphertext, Purpose, Sealed, context};
use crate::site::Site;

/// What is handed to a server.
pub(super) struct Letter {
    pub(super) to: Sealed<String>,
    pub(super) subject: Sealed<String>,
    pub(super) text: Sealed<String>,
    /// The same at every try of this message.
    pub(super) delivery_key: String,
    /// The delivery key, signed.
    pub(super) token: String,
    /// When the message was made, for its date.
    pub(super) at: DateTime<Utc>,
}

/// How a try ended. `why` is shown; the server's own words are kept sealed.
#[derive(Debug)]
pub(super) enum Outcome {
    Sent { answer: String },
    Refused { why: String, answer: String },
    Again { why: String, answer: String },
}

enum Begun {
    /// To be sent.
    Letter(Channel, Box<Letter>),
    /// Nothing to do: sent or ended before, or waiting for a configuration.
    Nothing,
    /// Not now.
    Later(String),
}

/// The job of one message.
pub(super) async fn deliver(site: Arc<Site>, run: Run) -> Result<(), Failure> {
    let id = run.payload.get("message").and_then(|id| id.as_str());
    let Some(id) = id.and_then(|id| Uuid::parse_str(id).ok()) else {
        return Err(Failure::Never("任务里没有消息编号".into()));
    };
    match begin(&site, &run, id).await? {
        Begun::Nothing => Ok(()),
        Begun::Later(why) => Err(Failure::Again(why)),
        Begun::Letter(channel, letter) => {
            let outcome = hand_over(&site, channel, &letter).await;
            finish(&site, &run, id, &outcome).await
        }
    }
}

async fn hand_over(site: &Site, channel: Channel, letter: &Letter) -> Outcome {
    let unconfigured = || Outcome::Again {
        why: channel.unconfigured().into(),
        answer: String::new(),
    };
    match channel {
        Channel::Mail => match &site.messages.mail {
            Some(mail) => mail.send(letter).await,
            None => unconfigured(),
        },
        Channel::Sms => match &site.messages.sms {
            Some(sms) => sms.send(&site.outgoing, letter).await,
            None => unconfigured(),
        },
    }
}

fn program() -> Actor {
    Actor::program("发信")
}

/// Notes that a try begins, and opens what it sends.
async fn begin(site: &Site, run: &Run, id: Uuid) -> Result<Begun> {
    site.write(&program(), |tx| async move {
        tx.housekeeping();
        run.hold(&tx).await?;
        let Some(mut row) = store::lock(&tx, id).await? else {
            return Ok(Begun::Nothing);
        };
        if run.key != service::job_key(id, row.round) {
            return Ok(Begun::Nothing);
        }
        let Some(channel) = Channel::of(&row.channel).filter(|_| row.state == State::Waiting.id()) else {
            // Ended while it was being sent by a program that died: this job has its lease, and nobody tries any more.
            row.trying_since = None;
            store::save(&tx, row).await?;
            return Ok(Begun::Nothing);
        };
        if !site.messages.has(channel) {
            row.parked = true;
            row.why = channel.unconfigured().into();
            store::save(&tx, row).await?;
            return Ok(Begun::Nothing);
        }
        if let Some(why) = too_many(site, &tx, channel, &row).await? {
            row.why.clone_from(&why);
            store::save(&tx, row).await?;
            return Ok(Begun::Later(why));
        }
        let letter = match open(site, run, &row) {
            Ok(letter) => letter,
            Err(Error::Refused { what, .. }) => {
                row.state = State::Refused.id().into();
                row.why = what;
                row.ended_at = Some(tx.at());
                store::save(&tx, row).await?;
                return Ok(Begun::Nothing);
            }
            Err(other) => return Err(other),
        };
        row.may_be_double |= row.trying_since.is_some();
        row.delivery_key = Some(letter.delivery_key.clone());
        row.tries += 1;
        row.trying_since = Some(tx.at());
        row.last_try_at = Some(tx.at());
        row.first_try_at = row.first_try_at.or(Some(tx.at()));
        store::save(&tx, row).await?;
        Ok(Begun::Letter(channel, Box::new(letter)))
    })
    .await
}

/// Why a text message has to wait, when its number has had enough of them in the last hour.
async fn too_many(site: &Site, tx: &Tx, channel: Channel, row: &message::Model) -> Result<Option<String>> {
    let (Channel::Sms, Some(sms), Some(index)) = (channel, &site.messages.sms, &row.recipient_index) else {
        return Ok(None);
    };
    tx.lock_name("text messages to a number").await?;
    let since = tx.at() - Duration::hours(1);
    let indexes = [index.clone()];
    let mut sent = store::count_to(tx.on(), channel.id(), &indexes, None, since).await?;
    if row.last_try_at.is_some_and(|at| at > since) {
        // Another try of the same message is no further message.
        sent = sent.saturating_sub(1);
    }
    let most = sms.hourly;
    Ok((sent >= u64::from(most)).then(|| format!("同一号码一小时内最多 {most} 条短信，稍后自动再发")))
}

fn open(site: &Site, run: &Run, row: &message::Model) -> Result<Letter> {
    let open = |column: &str, sealed: &Option<String>| {
        let Some(sealed) = sealed else {
            return Err(Error::refused("这条消息的内容已经清除", "请从原来的地方重新发送"));
        };
        site.keys
            .open::<String>(&context("message", column, row.id), &Ciphertext::parse(sealed)?)
    };
    let delivery_key = row.delivery_key.clone().unwrap_or_else(|| run.delivery_key());
    Ok(Letter {
        to: open("recipient", &row.recipient)?,
        subject: open("subject", &row.subject)?,
        text: open("body", &row.body)?,
        token: token::make(&site.keys, &delivery_key)?,
        delivery_key,
        at: row.created_at,
    })
}

/// Notes how a try ended.
async fn finish(site: &Site, run: &Run, id: Uuid, outcome: &Outcome) -> Result<(), Failure> {
    let again: Result<Option<String>> = site
        .write(&program(), |tx| async move {
            tx.housekeeping();
            run.hold(&tx).await?;
            let Some(mut row) = store::lock(&tx, id).await? else {
                return Ok(None);
            };
            row.trying_since = None;
            let answer = match outcome {
                Outcome::Sent { answer } => {
                    end(&mut row, State::Sent, "", tx.at());
                    answer
                }
                Outcome::Refused { why, answer } => {
                    end(&mut row, State::Refused, why, tx.at());
                    answer
                }
                Outcome::Again { why, answer } => {
                    put_off(site, &mut row, why, tx.at());
                    answer
                }
            };
            row.answer = seal_answer(site, id, answer)?;
            wipe_secret(site, &mut row);
            let again = (row.state == State::Waiting.id()).then(|| row.why.clone());
            store::save(&tx, row).await?;
            Ok(again)
        })
        .await;
    match again? {
        None => Ok(()),
        Some(why) => Err(Failure::Again(why)),
    }
}

fn end(row: &mut message::Model, state: State, why: &str, at: DateTime<Utc>) {
    // Somebody gave it up while the server was spoken to: what the server did is what happened.
    row.state = state.id().into();
    row.why = why.into();
    row.ended_at = Some(at);
}

fn put_off(site: &Site, row: &mut message::Model, why: &str, at: DateTime<Utc>) {
    if row.state != State::Waiting.id() {
        return;
    }
    let days = site.messages.give_up_days;
    if row.first_try_at.is_some_and(|first| at - first >= Duration::days(days)) {
        end(row, State::GivenUp, &format!("连续 {days} 天没有发成：{why}"), at);
    } else {
        row.why = why.into();
    }
}

fn seal_answer(site: &Site, id: Uuid, answer: &str) -> Result<Option<String>> {
    if answer.is_empty() {
        return Ok(None);
    }
    let place = context("message", "answer", id);
    let sealed = site
        .keys
        .seal(Purpose::Data, &place, &Sealed::new(answer.to_string()))?;
    Ok(Some(sealed.as_str().to_string()))
}

/// A secret that has been sent is of no further use here.
fn wipe_secret(site: &Site, row: &mut message::Model) {
    let is_secret = site.messages.templates.find(&row.template).is_some_and(|t| t.is_secret);
    if is_secret && row.state == State::Sent.id() {
        row.subject = None;
        row.body = None;
    }
}
