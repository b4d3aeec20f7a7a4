//! The signed name of a delivery. It stands in the Message-ID and in the address to which mail is returned, so that
//! only who has seen the mail can return it.

use crate::error::Result;
use crate::seal::Keyring;

const CONTEXT: &str = "message.delivery";
/// Hexadecimal digits of a delivery key.
const KEY: usize = 32;
/// Hexadecimal digits of the signature: 80 bits. With key and point they leave eleven letters of a local part.
const SIGNATURE: usize = 20;
/// Length of a token.
pub(super) const LENGTH: usize = KEY + 1 + SIGNATURE;

/// The token of a delivery key.
///
/// # Errors
/// When the ring has no index key.
pub(super) fn make(keys: &Keyring, delivery_key: &str) -> Result<String> {
    let signature = keys.blind_index(CONTEXT, delivery_key)?;
    Ok(format!("{delivery_key}.{}", &signature[..SIGNATURE]))
}

/// The first delivery key in a text whose signature is ours, under any key of the ring.
///
/// # Errors
/// When a key is damaged.
pub(super) fn find(keys: &Keyring, text: &str) -> Result<Option<String>> {
    let bytes = text.as_bytes();
    for point in (0..bytes.len()).filter(|at| bytes[*at] == b'.') {
        let Some(start) = point.checked_sub(KEY) else { continue };
        let Some(window) = bytes.get(start..start + LENGTH) else {
            continue;
        };
        let (key, signature) = (&window[..KEY], &window[KEY + 1..]);
        if !key.iter().chain(signature).all(u8::is_ascii_hexdigit) {
            continue;
        }
        let lower = |part: &[u8]| String::from_utf8_lossy(part).to_ascii_lowercase();
        let (key, signature) = (lower(key), lower(signature));
        for good in keys.blind_indexes(CONTEXT, &key)? {
            if subtle::ConstantTimeEq::ct_eq(&good.as_bytes()[..SIGNATURE], signature.as_bytes()).into() {
                return Ok(Some(key));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_tokens_are_found() {
        let (ring, other) = (Keyring::in_memory().unwrap(), Keyring::in_memory().unwrap());
        let key = "0123456789abcdef0123456789abcdef";
        let token = make(&ring, key).unwrap();
        let mail = format!("Message-ID: <{}@example.gov.cn>", token.to_uppercase());
        assert_eq!(find(&ring, &mail).unwrap().as_deref(), Some(key), "also in capitals");
        assert_eq!(find(&other, &mail).unwrap(), None);
        let forged = token.replace("0123", "3210");
        assert_eq!(find(&ring, &forged).unwrap(), None);
        for nothing in ["", ".", "....", "é.é", &token[1..], &token[..token.len() - 1]] {
            assert_eq!(find(&ring, nothing).unwrap(), None, "{nothing}");
        }
    }
}
