//! The two things that keys are needed for here: names under which something is counted, and signatures.

use crate::error::Result;
use crate::site::Site;

/// Signs of a name: 128 bits.
const SIGNS: usize = 32;

/// The name under which something is counted.
pub(super) fn key_hash(site: &Site, limit: &str, subject: &str) -> Result<String> {
    let mut name = site.keys.blind_index(&format!("guard.{limit}"), subject)?;
    name.truncate(SIGNS);
    Ok(name)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
