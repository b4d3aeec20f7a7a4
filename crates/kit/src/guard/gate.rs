//! The gate before an anonymous form: tickets, rates, and a price while the form is under attack.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::rate::Rate;
use super::ticket::{Fault, HIGHEST, Ticket};
use super::{Origin, keys, store};
use crate::account::Actor;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::form::Submission;
use crate::site::Site;

/// What all anonymous forms of a site together get on a busy day. Beyond it each asks its price, whichever is attacked.
const EVERYWHERE: Rate = Rate::per_minutes(600, 10);
/// Nothing more is counted beyond so many windows, so that the price falls again soon after an attack.
const FULLEST: i64 = 12;

/// An anonymous form and what it takes. Declared as a `static` by the subject whose form it is.
#[derive(Debug)]
pub struct Gate {
    /// Stable name of the form, which its tickets are bound to.
    pub form: &'static str,
    /// How many from one address (IPv4) or household (IPv6 /64).
    pub per_address: Rate,
    /// How many from the network around it (IPv4 /24, IPv6 /48).
    pub per_network: Rate,
    /// How many in all until the form counts as attacked and asks its price.
    pub in_all: Rate,
}

/// What the gate says of a submission.
#[derive(Debug)]
pub enum Verdict {
    /// It may go on.
    Pass(Pass),
    /// The form is to be shown again, with everything typed.
    Again(Again),
}

/// A form to be shown again.
#[derive(Debug)]
pub struct Again {
    /// The ticket to put into it.
    pub ticket: Ticket,
    /// What is wrong and what to do.
    pub sentence: String,
    /// After which time it is worth another try.
    pub retry_after: Option<Duration>,
}

/// The right to take one submission in. It is used up by [`Pass::spend`].
#[derive(Debug)]
#[must_use = "a pass that is not spent lets the same submission in twice"]
pub struct Pass {
    nonce: String,
    expires_at: DateTime<Utc>,
}

impl Pass {
    /// Uses the ticket up, in the transaction that takes the submission in: of two that are sent at once, one gets in.
    ///
    /// # Errors
    /// A refusal when it has been used before.
    pub async fn spend(&self, tx: &Tx) -> Result<()> {
        if !store::spend(tx, &self.nonce, self.expires_at.timestamp_micros()).await? {
            return Err(Error::refused(
                "这份表单已经提交过，没有重复受理",
                "上次提交成功时，页面显示了编号和查询码；没有看到的，请重新打开表单填写",
            ));
        }
        store::sweep(tx, store::SPENT).await?;
        Ok(())
    }
}

impl Gate {
    /// A ticket for a form that is about to be shown. Reads one row, writes nothing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(&self, site: &Site, origin: &Origin) -> Result<Ticket> {
        let level = self.look(site, origin).await?.level;
        Ticket::issue(site, self.form, level, origin)
    }

    /// The ticket for a form that is shown again because of what stands in it: the one it came with, so that its time goes on,
    /// or a fresh one where that is no longer good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reopen(&self, site: &Site, origin: &Origin, form: &Submission) -> Result<Ticket> {
        match Ticket::read(site, self.form, form.text("ticket"), origin) {
            Ok(ticket) => Ok(ticket),
            Err(_) => self.open(site, origin).await,
        }
    }

    /// Decides about a submission. Nothing is written for one that is not let in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn admit(&self, site: &Site, origin: &Origin, form: &Submission) -> Result<Verdict> {
        let seen = self.look(site, origin).await?;
        let ticket = match Ticket::read(site, self.form, form.text("ticket"), origin) {
            Ok(ticket) => ticket,
            Err(fault) => return self.with_another_ticket(site, origin, form, fault, seen.level).await,
        };
        if form.given(super::pages::TRAP).is_some() {
            return Ok(Verdict::Again(trapped(ticket)));
        }
        if seen.level > 0
            && let Some(again) = self.price(site, origin, form, ticket.clone(), seen.level)?
        {
            return Ok(Verdict::Again(again));
        }
        if let Some(wait) = seen.refused_for {
            return Ok(Verdict::Again(busy(ticket, wait)));
        }
        match self.count(site, &seen).await? {
            None => Ok(Verdict::Pass(Pass {
                expires_at: ticket.expires_at(),
                nonce: ticket.nonce,
            })),
            Some(wait) => Ok(Verdict::Again(busy(ticket, wait))),
        }
    }

    /// Asks for a ticket that costs enough, and for its price.
    fn price(
        &self,
        site: &Site,
        origin: &Origin,
        form: &Submission,
        ticket: Ticket,
        asked: u8,
    ) -> Result<Option<Again>> {
        // One level of grace: who fills in the form while the attack grows does not have to begin anew.
        let ticket = match ticket.level > 0 && ticket.level + 1 >= asked {
            true => ticket,
            false => Ticket::issue(site, self.form, asked, origin)?,
        };
        let left = ticket.seconds_left(site.clock.now());
        if left == 0 || ticket.is_solved_by(form.text("proof")) {
            return Ok(None);
        }
        let sentence = format!("现在提交的人特别多，请过 {left} 秒再按一次“提交”；已填的内容都在，不用重填");
        let retry_after = Some(Duration::from_secs(left.unsigned_abs()));
        Ok(Some(Again {
            ticket,
            sentence,
            retry_after,
        }))
    }

    async fn with_another_ticket(
        &self,
        site: &Site,
        origin: &Origin,
        form: &Submission,
        fault: Fault,
        level: u8,
    ) -> Result<Verdict> {
        let sentence = match fault {
            Fault::Forged => {
                "这份表单的凭证无效（可能页面不是从本站打开的，或中途换了网络），没有提交；已填的内容都在，请核对后再按一次“提交”"
            }
            Fault::Expired => "页面打开得太久，凭证已经过期，没有提交；已填的内容都在，请核对后再按一次“提交”",
            Fault::TooFast => "提交得太快，没有受理；已填的内容都在，请核对后再按一次“提交”",
        };
        metrics::counter!("gongkai_guard_refused_total", "form" => self.form).increment(1);
        // One that was only too fast stays good, so that its time goes on.
        let kept = match fault {
            Fault::TooFast => Ticket::reread(self.form, form.text("ticket")),
            _ => None,
        };
        let ticket = match kept {
            Some(ticket) => ticket,
            None => Ticket::issue(site, self.form, level, origin)?,
        };
        Ok(Verdict::Again(Again {
            ticket,
            sentence: sentence.into(),
            retry_after: None,
        }))
    }

    /// Reads where all the meters stand.
    async fn look(&self, site: &Site, origin: &Origin) -> Result<Seen> {
        let now = site.clock.now();
        let mut keys = Vec::with_capacity(4);
        for (tier, subject) in [
            ("address", origin.address.as_str()),
            ("network", &origin.network),
            ("form", ""),
        ] {
            keys.push(keys::key_hash(site, &format!("{tier} {}", self.form), subject)?);
        }
        keys.push(keys::key_hash(site, "everywhere", "")?);
        let meters = store::meters(site.db.read(), &keys, now).await?;
        let rates = [self.per_address, self.per_network, self.in_all, EVERYWHERE];
        let limits: Vec<Meter> = keys
            .into_iter()
            .zip(rates)
            .zip(meters)
            .map(|((key, rate), until)| Meter { key, rate, until })
            .collect();
        let of_sender = limits.iter().take(2);
        let refused_for = of_sender.filter_map(|m| m.after_one_more(now)).max();
        let fill = limits.iter().skip(2).map(|m| m.rate.fill(m.until, now)).max();
        Ok(Seen {
            limits,
            refused_for,
            level: level(fill.unwrap_or(0)),
            now,
        })
    }

    /// Counts a submission under all limits, or under none when its sender is beyond one of its own.
    async fn count(&self, site: &Site, seen: &Seen) -> Result<Option<u64>> {
        let moves: &Vec<(String, i64, i64)> = &seen.limits.iter().map(|m| m.movement(seen.now)).collect();
        let counted = site
            .write(&Actor::program("限速"), |tx| async move {
                let meters = store::count(&tx, moves).await?;
                let of_sender = seen.limits.iter().zip(&meters).take(2);
                let waits = of_sender.filter_map(|(m, until)| m.rate.excess(*until, tx.at()));
                if let Some(wait) = waits.max() {
                    return Err(Error::TooMany(wait));
                }
                store::sweep(&tx, store::COUNTS).await?;
                tx.housekeeping();
                Ok(())
            })
            .await;
        match counted {
            Ok(()) => Ok(None),
            Err(Error::TooMany(wait)) => Ok(Some(wait)),
            Err(other) => Err(other),
        }
    }
}

struct Meter {
    key: String,
    rate: Rate,
    until: i64,
}

impl Meter {
    fn after_one_more(&self, now: DateTime<Utc>) -> Option<u64> {
        let until = self.until.max(now.timestamp_micros()) + self.rate.step();
        self.rate.excess(until, now)
    }

    /// (key, by how much it moves, its window).
    fn movement(&self, now: DateTime<Utc>) -> (String, i64, i64) {
        let is_full = self.rate.fill(self.until, now) >= FULLEST;
        let step = if is_full { 0 } else { self.rate.step() };
        (self.key.clone(), step, self.rate.window())
    }
}

struct Seen {
    /// Of the address, of the network, of the form, of all forms.
    limits: Vec<Meter>,
    refused_for: Option<u64>,
    level: u8,
    now: DateTime<Utc>,
}

/// The price by how many windows' worth has come more than usual.
fn level(fill: i64) -> u8 {
    match fill {
        i64::MIN..=0 => 0,
        1 => 1,
        2..=3 => 2,
        4..=7 => 3,
        _ => HIGHEST,
    }
}

/// Somebody's browser may have filled in what nobody sees; so nothing is lost and the next try counts.
fn trapped(ticket: Ticket) -> Again {
    Again {
        ticket,
        sentence: "表单里“此项请留空”一栏填了内容，没有提交；该栏已经清空，其他内容都在，请核对后再按一次“提交”".into(),
        retry_after: None,
    }
}

fn busy(ticket: Ticket, wait: u64) -> Again {
    Again {
        ticket,
        sentence: format!("您所在的网络提交得太频繁，请过 {wait} 秒再按一次“提交”；已填的内容都在，不用重填"),
        retry_after: Some(Duration::from_secs(wait)),
    }
}
