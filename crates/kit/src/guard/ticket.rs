//! Tickets of anonymous forms: signed, bound to the form and the time, good once. A ticket given out under attack also
//! says what it costs: a little reckoning by a script of ours, or without scripts, some waiting.

use std::fmt;

use chrono::{DateTime, Duration, Utc};
use sha2::{Digest, Sha256};

use super::{Origin, keys};
use crate::error::{Error, Result};
use crate::site::Site;

/// What its signature is bound to.
const CONTEXT: &str = "guard.ticket";
/// The longest signature read.
const LONGEST_SIGNATURE: usize = 120;
/// For how long a form may stand open.
const GOOD_FOR_HOURS: i64 = 4;
/// The same for one that costs something, so that tickets cannot be hoarded.
const COSTLY_GOOD_FOR_MINUTES: i64 = 30;
/// Nobody fills in a form faster.
const FASTEST_SECONDS: i64 = 2;
/// How far another node's clock may be ahead.
const CLOCK_SKEW_SECONDS: i64 = 60;

/// What a ticket costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Demand {
    /// Bits that must be zero at the beginning of the hash of ticket and proof: about 2^bits hashes of work.
    pub bits: u32,
    /// Seconds to wait instead.
    pub wait: i64,
}

/// Costs by how far a form is beyond what it usually gets. A telephone reckons about half a million hashes a second.
const DEMANDS: [Demand; 5] = [
    Demand { bits: 0, wait: 0 },
    Demand { bits: 16, wait: 15 },
    Demand { bits: 18, wait: 30 },
    Demand { bits: 20, wait: 60 },
    Demand { bits: 21, wait: 120 },
];

/// The highest level of cost.
pub(super) const HIGHEST: u8 = 4;

/// A ticket that was signed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    form: &'static str,
    issued_at: DateTime<Utc>,
    pub(super) nonce: String,
    pub(super) level: u8,
    signature: String,
}

/// What is wrong with a ticket that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// Not signed here, not for this form, or for another network.
    Forged,
    /// Too old.
    Expired,
    /// Sent faster than anybody can read.
    TooFast,
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issued = self.issued_at.timestamp_micros();
        write!(f, "{issued}.{}.{}.{}", self.nonce, self.level, self.signature)
    }
}

impl Ticket {
    /// Signs a fresh ticket.
    pub(super) fn issue(site: &Site, form: &'static str, level: u8, origin: &Origin) -> Result<Ticket> {
        let mut random = [0u8; 16];
        getrandom::fill(&mut random).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        let mut ticket = Ticket {
            form,
            issued_at: site.clock.now(),
            nonce: keys::hex(&random),
            level: level.min(HIGHEST),
            signature: String::new(),
        };
        ticket.signature = site.keys.sign(CONTEXT, &ticket.text(origin))?;
        Ok(ticket)
    }

    /// Reads a ticket that was sent, and believes it only if it was signed here.
    pub(super) fn read(site: &Site, form: &'static str, text: &str, origin: &Origin) -> Result<Ticket, Fault> {
        let Some(ticket) = parse(form, text) else {
            return Err(Fault::Forged);
        };
        if !site.keys.verify(CONTEXT, &ticket.text(origin), &ticket.signature) {
            return Err(Fault::Forged);
        }
        let now = site.clock.now();
        if now > ticket.expires_at() || ticket.issued_at > now + Duration::seconds(CLOCK_SKEW_SECONDS) {
            return Err(Fault::Expired);
        }
        if now - ticket.issued_at < Duration::seconds(FASTEST_SECONDS) {
            return Err(Fault::TooFast);
        }
        Ok(ticket)
    }

    /// A ticket already checked by [`Ticket::read`], to be shown again as it is.
    pub(super) fn reread(form: &'static str, text: &str) -> Option<Ticket> {
        parse(form, text)
    }

    /// A costly ticket is bound to the network it was given to, so that one machine cannot wait for many.
    fn text(&self, origin: &Origin) -> String {
        let network = if self.level == 0 { "" } else { origin.network.as_str() };
        let issued = self.issued_at.timestamp_micros();
        // None of the parts holds a blank.
        format!("{} {issued} {} {} {network}", self.form, self.nonce, self.level)
    }

    /// What it costs.
    pub fn demand(&self) -> Demand {
        DEMANDS[usize::from(self.level.min(HIGHEST))]
    }

    /// After this it is good for nothing.
    pub(super) fn expires_at(&self) -> DateTime<Utc> {
        self.issued_at
            + match self.level {
                0 => Duration::hours(GOOD_FOR_HOURS),
                _ => Duration::minutes(COSTLY_GOOD_FOR_MINUTES),
            }
    }

    /// Whole seconds that are still to be waited.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> i64 {
        let left = self.issued_at + Duration::seconds(self.demand().wait) - now;
        (left.num_milliseconds() + 999).max(0) / 1000
    }

    /// Whether this proof is one for this ticket.
    pub(super) fn is_solved_by(&self, proof: &str) -> bool {
        let is_number = (1..=16).contains(&proof.len()) && proof.bytes().all(|b| b.is_ascii_digit());
        is_number && leading_zeros(&hash(&self.nonce, proof)) >= self.demand().bits
    }

    /// What the script reckons with.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }
}

fn parse(form: &'static str, text: &str) -> Option<Ticket> {
    let mut parts = text.splitn(4, '.');
    let mut next = || parts.next();
    let (issued, nonce, level, signature) = (next()?, next()?, next()?, next()?);
    let is_nonce = nonce.len() == 32 && nonce.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_nonce || signature.len() > LONGEST_SIGNATURE {
        return None;
    }
    Some(Ticket {
        form,
        issued_at: DateTime::from_timestamp_micros(issued.parse().ok()?)?,
        nonce: nonce.to_string(),
        level: level.parse().ok().filter(|level| *level <= HIGHEST)?,
        signature: signature.to_string(),
    })
}

fn hash(nonce: &str, proof: &str) -> [u8; 32] {
    Sha256::digest(format!("{nonce}:{proof}").as_bytes()).into()
}

fn leading_zeros(hash: &[u8]) -> u32 {
    let zeros = hash.iter().take_while(|b| **b == 0).count();
    let rest = hash.get(zeros).map_or(0, |b| b.leading_zeros());
    u32::try_from(zeros).unwrap_or(0) * 8 + rest
}

/// Finds a proof, as the script of the page does; for tests and measurements. Takes about 2^bits hashes.
pub fn solve(nonce: &str, bits: u32) -> u64 {
    (0..u64::MAX)
        .find(|n| leading_zeros(&hash(nonce, &n.to_string())) >= bits)
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_cheap_to_check_and_not_to_find() {
        let nonce = "00112233445566778899aabbccddeeff";
        let proof = solve(nonce, 12);
        assert!(leading_zeros(&hash(nonce, &proof.to_string())) >= 12);
        assert!((0..proof).all(|n| leading_zeros(&hash(nonce, &n.to_string())) < 12));
        assert_eq!(leading_zeros(&[0, 0, 0x1f]), 19);
        assert_eq!(leading_zeros(&[0; 4]), 32);
    }

    #[test]
    fn what_is_no_ticket_is_not_read() {
        let nonce = "0".repeat(32);
        let signature = "f".repeat(64);
        assert!(parse("t", &format!("1620612000000000.{nonce}.1.{signature}")).is_some());
        for wrong in [
            String::new(),
            ".".repeat(5000),
            format!("1620612000000000.{nonce}.5.{signature}"),
            format!("1620612000000000.{nonce}.-1.{signature}"),
            format!("99999999999999999999.{nonce}.1.{signature}"),
            format!("9223372036854775807.{nonce}.1.{signature}"),
            format!("1620612000000000.{nonce}.1.{}", "f".repeat(121)),
            format!("1620612000000000.{}.1.{signature}", "区".repeat(16)),
        ] {
            assert!(parse("t", &wrong).is_none(), "{wrong}");
        }
    }
}
