//! Random tokens and password hashes.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// A fresh secret of 256 bits in hexadecimal.
///
/// # Errors
/// When the operating system gives no randomness.
pub(super) fn fresh_token() -> Result<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    Ok(hex(&bytes))
}

/// What is stored of a token: a plain hash suffices, because a token has 256 random bits.
pub(super) fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Hashes a password with argon2id. Takes tens of milliseconds of processor time: call it off the async threads.
///
/// # Errors
/// When the operating system gives no randomness.
pub(super) fn hash_password(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash
        .map_err(|e| Error::Internal(format!("password hash: {e}")))?
        .to_string())
}

/// Whether the password fits the stored hash. Without a stored hash the same work is done, so that the time taken does
/// not tell whether an account exists.
pub(super) fn verify_password(password: &str, stored: Option<&str>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$Z29uZ2thaS1ub2JvZHk$zWFFVEnTvfB5p8lV1IuKSS2ZVbdQEGGDXmBjCKcKcbA";
    let Ok(parsed) = PasswordHash::new(stored.unwrap_or(NOBODY)) else {
        return false;
    };
    let fits = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    fits && stored.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_fits() {
        let stored = hash_password("示例-一个够长的口令").unwrap();
        assert!(verify_password("示例-一个够长的口令", Some(&stored)));
        assert!(!verify_password("示例-另一个口令", Some(&stored)));
        assert!(!verify_password("", None));
    }

    #[test]
    fn tokens_differ_and_are_not_stored() {
        let (a, b) = (fresh_token().unwrap(), fresh_token().unwrap());
        assert_ne!(a, b);
        assert_eq!(a.len(), 64);
        assert_ne!(token_hash(&a), a);
    }
}
