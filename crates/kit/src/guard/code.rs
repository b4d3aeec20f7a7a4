//! Codes (查询码) by which somebody without an account comes back to what they sent in.
//!
//! A code has 60 random bits and is stored as a keyed hash bound to its reference, so that neither the database nor a second
//! reference is of use for guessing. An unknown reference and a wrong code look alike and cost alike.

use subtle::{Choice, ConstantTimeEq};

use super::{Backoff, Origin};
use crate::error::{Error, Result};
use crate::site::Site;

/// No I and no O, no 0 and no 1: nothing that looks like another sign or is misheard for it on the telephone.
const ALPHABET: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// Signs of a code; five bits each.
const LENGTH: usize = 12;
/// Signs between two hyphens.
const GROUP: usize = 4;

/// Wrong codes for one reference, from wherever. Generous, because whoever guesses could otherwise keep its owner out.
static PER_REFERENCE: Backoff = Backoff {
    name: "code reference",
    free: 20,
    longest: 300,
    quiet: 3600,
};
/// Wrong codes from one address.
static PER_ADDRESS: Backoff = Backoff {
    name: "code address",
    free: 10,
    longest: 900,
    quiet: 3600,
};

/// A code just made: it is shown once and stands nowhere else.
#[derive(Clone)]
pub struct Code(String);

impl Code {
    /// A fresh code.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn fresh() -> Result<Code> {
        let mut random = [0u8; LENGTH];
        getrandom::fill(&mut random).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        // 256 is a multiple of 32: every sign is as likely as any other.
        let signs = random.iter().map(|b| char::from(ALPHABET[usize::from(b % 32)]));
        Ok(Code(signs.collect()))
    }

    /// As it is read aloud: ABCD-EFGH-JKLM.
    pub fn grouped(&self) -> String {
        let signs: Vec<char> = self.0.chars().collect();
        let groups: Vec<String> = signs.chunks(GROUP).map(|g| g.iter().collect()).collect();
        groups.join("-")
    }

    /// What is stored of it.
    ///
    /// # Errors
    /// When there is no key.
    pub fn stored(&self, site: &Site, reference: &str) -> Result<String> {
        site.keys.blind_index(&context(reference), &self.0)
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Code(…)")
    }
}

/// What a code's hash is bound to.
fn context(reference: &str) -> String {
    format!("guard.code {reference}")
}

/// Whether somebody who names a reference knows its code. `kept` is what is stored of the code, or none when there is no such
/// reference; tries are counted in either case.
///
/// # Errors
/// [`Error::TooMany`] after too many wrong tries for this reference or from this address.
pub async fn check(site: &Site, origin: &Origin, reference: &str, typed: &str, kept: Option<&str>) -> Result<bool> {
    let counted = [(&PER_REFERENCE, reference), (&PER_ADDRESS, origin.address.as_str())];
    Backoff::refuse_while_waiting(site, &counted).await?;
    // Under every index key on the ring, because a code outlives an exchange of keys; and the same work for a reference
    // that is not there.
    let given = site.keys.blind_indexes(&context(reference), &plain(typed))?;
    let nobody = "0".repeat(64);
    let kept_or_nobody = kept.unwrap_or(&nobody).as_bytes();
    let is_one = given
        .iter()
        .fold(Choice::from(0), |is, one| is | one.as_bytes().ct_eq(kept_or_nobody));
    let fits = bool::from(is_one) && kept.is_some();
    if !fits {
        Backoff::failed(site, &counted).await?;
    }
    Ok(fits)
}

/// What was meant by what was typed: small letters, full-width signs, blanks and hyphens of every kind are allowed for.
pub fn plain(typed: &str) -> String {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    let signs = typed.chars().map(half).filter(char::is_ascii_alphanumeric);
    signs.map(|c| c.to_ascii_uppercase()).take(2 * LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_they_are_typed() {
        for typed in [
            "ABCD-EFGH-JKLM",
            "abcd efgh jklm",
            "ＡＢＣＤ－ＥＦＧＨ－ＪＫＬＭ",
            "ABCD—EFGH–JKLM\n",
        ] {
            assert_eq!(plain(typed), "ABCDEFGHJKLM", "{typed}");
        }
        assert_eq!(plain(&"A".repeat(100_000)).len(), 24);
        assert_eq!(plain("查询码\0'; --"), "");
    }

    #[test]
    fn codes_are_long_unambiguous_and_never_the_same() {
        let mut seen = std::collections::HashSet::new();
        for _ in 0..2000 {
            let code = Code::fresh().unwrap();
            let grouped = code.grouped();
            assert_eq!(grouped.len(), 14);
            assert!(!grouped.contains(['0', '1', 'I', 'O']), "{grouped}");
            assert_eq!(plain(&grouped), code.0);
            assert!(seen.insert(grouped));
        }
        assert_eq!(format!("{:?}", Code::fresh().unwrap()), "Code(…)");
    }
}
