//! Sealing and opening: XChaCha20-Poly1305 with a fresh random nonce, bound to the place where the ciphertext stands.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::ring::{Keyring, Purpose};
use super::secret::{Sealable, Sealed};
use crate::error::{Error, Result};

/// First piece of every ciphertext: the form of what follows.
const FORM: &str = "g1";
const NONCE_BYTES: usize = 24;

/// A sealed value as it is stored: form, id of the key, nonce and ciphertext.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ciphertext(String);

impl Ciphertext {
    /// A stored value, when it has the form of a ciphertext.
    ///
    /// # Errors
    /// When it has not, which means that something else was written into its column.
    pub fn parse(text: &str) -> Result<Ciphertext> {
        let whole = Ciphertext(text.to_string());
        whole.pieces()?;
        Ok(whole)
    }

    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the key that sealed it.
    pub fn key(&self) -> &str {
        self.0.split('.').nth(1).unwrap_or_default()
    }

    fn pieces(&self) -> Result<(&str, Vec<u8>)> {
        let mut pieces = self.0.split('.');
        let (form, key, body) = (pieces.next(), pieces.next(), pieces.next());
        let (Some(FORM), Some(key), Some(body), None) = (form, key, body, pieces.next()) else {
            return Err(broken());
        };
        let body = BASE64.decode(body).map_err(|_| broken())?;
        if body.len() <= NONCE_BYTES {
            return Err(broken());
        }
        Ok((key, body))
    }
}

fn broken() -> Error {
    Error::Internal("a sealed value does not have the form of one".into())
}

/// Where a ciphertext stands. It is part of what is authenticated, so that a value cannot be moved to another row.
pub fn context(table: &str, column: &str, id: Uuid) -> String {
    format!("{table}.{column}:{id}")
}

impl Keyring {
    /// Seals a value with the key now in use for a purpose, bound to `context`.
    ///
    /// # Errors
    /// When the ring has no key for the purpose, or the operating system gives no randomness.
    pub fn seal<T: Sealable>(&self, purpose: Purpose, context: &str, value: &Sealed<T>) -> Result<Ciphertext> {
        let plain = Zeroizing::new(
            serde_json::to_vec(value.expose()).map_err(|_| Error::Internal("a value cannot be written".into()))?,
        );
        self.seal_bytes(purpose, context, &plain)
    }

    /// Opens a value that was sealed for this context.
    ///
    /// # Errors
    /// When the key is not on the ring or has been destroyed ([`Error::Refused`] says so), or when the ciphertext has been
    /// changed or moved here from elsewhere.
    pub fn open<T: Sealable>(&self, context: &str, ciphertext: &Ciphertext) -> Result<Sealed<T>> {
        let plain = self.open_bytes(context, ciphertext)?;
        let value = serde_json::from_slice(&plain).map_err(|_| broken())?;
        Ok(Sealed::new(value))
    }

    /// The written form of a value, sealed.
    pub(super) fn seal_bytes(&self, purpose: Purpose, context: &str, plain: &[u8]) -> Result<Ciphertext> {
        let (id, key) = self.active(purpose)?;
        let mut nonce = [0u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        let payload = Payload {
            msg: plain,
            aad: context.as_bytes(),
        };
        let sealed = XChaCha20Poly1305::new(&Key::from(*key))
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::Internal("a value could not be sealed".into()))?;
        let mut body = nonce.to_vec();
        body.extend(sealed);
        Ok(Ciphertext(format!("{FORM}.{id}.{}", BASE64.encode(body))))
    }

    /// The written form of a sealed value, opened.
    pub(super) fn open_bytes(&self, context: &str, ciphertext: &Ciphertext) -> Result<Zeroizing<Vec<u8>>> {
        let (id, body) = ciphertext.pieces()?;
        let key = self.key(id)?;
        let (nonce, sealed) = body.split_at(NONCE_BYTES);
        let nonce = XNonce::try_from(nonce).map_err(|_| broken())?;
        let payload = Payload {
            msg: sealed,
            aad: context.as_bytes(),
        };
        XChaCha20Poly1305::new(&Key::from(*key))
            .decrypt(&nonce, payload)
            .map(Zeroizing::new)
            .map_err(|_| Error::Internal("a sealed value has been changed or stands in the wrong place".into()))
    }

    /// The blind index of a value: equal for equal values in one context, and telling nothing to whoever lacks the key.
    ///
    /// # Errors
    /// When the ring has no index key.
    pub fn blind_index(&self, context: &str, value: &str) -> Result<String> {
        let (_, key) = self.active(Purpose::Index)?;
        Ok(blind(&key, context, value))
    }

    /// The indexes a value may have while index keys are being exchanged: those under every index key on the ring. Search
    /// for any of them.
    ///
    /// # Errors
    /// When a key is damaged.
    pub fn blind_indexes(&self, context: &str, value: &str) -> Result<Vec<String>> {
        let keys = self.all(Purpose::Index)?;
        Ok(keys.iter().map(|key| blind(key, context, value)).collect())
    }

    /// A signature under the session key, for tokens that travel through a browser and come back.
    ///
    /// # Errors
    /// When the ring has no session key.
    pub fn sign(&self, context: &str, text: &str) -> Result<String> {
        let (id, key) = self.active(Purpose::Session)?;
        let made = mac(&key, &["signature", context, text]).finalize().into_bytes();
        Ok(format!("{id}.{}", BASE64.encode(made)))
    }

    /// Whether a signature was made by [`Keyring::sign`] of this ring; compared in constant time.
    pub fn verify(&self, context: &str, text: &str, signature: &str) -> bool {
        let Some((id, made)) = signature.split_once('.') else {
            return false;
        };
        let (Ok(key), Ok(made)) = (self.key_for(id, Purpose::Session), BASE64.decode(made)) else {
            return false;
        };
        mac(&key, &["signature", context, text]).verify_slice(&made).is_ok()
    }
}

/// A keyed hash over pieces that cannot run into one another.
fn mac(key: &[u8; 32], pieces: &[&str]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key)
        .unwrap_or_else(|_| unreachable!("HMAC takes keys of any length"));
    for piece in pieces {
        mac.update(&(piece.len() as u64).to_le_bytes());
        mac.update(piece.as_bytes());
    }
    mac
}

fn blind(key: &[u8; 32], context: &str, value: &str) -> String {
    hex(&mac(key, &["blind index", context, value]).finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealed(text: &str) -> Sealed<String> {
        Sealed::new(text.to_string())
    }

    #[test]
    fn what_is_sealed_opens_only_where_it_was_sealed() {
        let ring = Keyring::in_memory().unwrap();
        let here = context("request", "name", Uuid::from_u128(1));
        let there = context("request", "name", Uuid::from_u128(2));
        let made = ring.seal(Purpose::Data, &here, &sealed("示例甲")).unwrap();
        assert!(!made.as_str().contains("示例"));
        assert_eq!(ring.open::<String>(&here, &made).unwrap().expose(), "示例甲");
        assert!(ring.open::<String>(&there, &made).is_err(), "moved to another row");
        let again = ring.seal(Purpose::Data, &here, &sealed("示例甲")).unwrap();
        assert_ne!(made, again, "equal values do not look equal");
    }

    #[test]
    fn another_ring_opens_nothing() {
        let (ring, other) = (Keyring::in_memory().unwrap(), Keyring::in_memory().unwrap());
        let made = ring.seal(Purpose::Data, "x", &sealed("示例")).unwrap();
        assert!(matches!(other.open::<String>("x", &made), Err(Error::Refused { .. })));
    }

    #[test]
    fn indexes_and_signatures_depend_on_key_and_place() {
        let (ring, other) = (Keyring::in_memory().unwrap(), Keyring::in_memory().unwrap());
        assert_eq!(ring.blind_index("a", "1").unwrap(), ring.blind_index("a", "1").unwrap());
        assert_ne!(ring.blind_index("a", "1").unwrap(), ring.blind_index("b", "1").unwrap());
        assert_ne!(
            ring.blind_index("ab", "c").unwrap(),
            ring.blind_index("a", "bc").unwrap()
        );
        assert_ne!(
            ring.blind_index("a", "1").unwrap(),
            other.blind_index("a", "1").unwrap()
        );
        let signature = ring.sign("form", "text").unwrap();
        assert!(ring.verify("form", "text", &signature));
        for (context, text, signature) in [
            ("other", "text", signature.as_str()),
            ("form", "texts", &signature),
            ("form", "text", ""),
            ("form", "text", "nothing.AAAA"),
        ] {
            assert!(!ring.verify(context, text, signature));
        }
        assert!(!other.verify("form", "text", &signature));
    }

    proptest! {
        #[test]
        fn any_changed_byte_is_noticed(text in ".{0,80}", at in 0usize..200, flip in 1u8..255) {
            let ring = Keyring::in_memory().unwrap();
            let made = ring.seal(Purpose::Data, "x", &sealed(&text)).unwrap();
            let (head, body) = made.as_str().rsplit_once('.').unwrap();
            let mut bytes = BASE64.decode(body).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            let changed = Ciphertext::parse(&format!("{head}.{}", BASE64.encode(bytes))).unwrap();
            prop_assert!(ring.open::<String>("x", &changed).is_err());
        }

        #[test]
        fn nothing_else_is_taken_for_a_ciphertext(text in "\\PC{0,60}") {
            prop_assume!(!text.starts_with("g1."));
            prop_assert!(Ciphertext::parse(&text).is_err());
        }
    }
}
