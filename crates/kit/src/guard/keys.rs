//! The two things that keys are needed for here: names under which something is counted, and signatures.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::error::{Error, Result};
use crate::site::Site;

/// A keyed hash of several parts. Each part's length goes in before it, so that no two lists of parts are hashed alike.
pub(super) fn digest(site: &Site, what: &str, parts: &[&str]) -> Result<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(site.profile.name.as_bytes())
        .map_err(|_| Error::Internal("a key of no use".into()))?;
    for part in std::iter::once(&what).chain(parts) {
        mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Ok(mac.finalize().into_bytes().to_vec())
}

/// The name under which something is counted.
pub(super) fn key_hash(site: &Site, limit: &str, subject: &str) -> Result<String> {
    let mut digest = digest(site, "count", &[limit, subject])?;
    digest.truncate(16);
    Ok(hex(&digest))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
