//! Recovery codes: ten, shown once, each good once.

use crate::error::{Error, Result};

/// How many are given out.
const CODES: usize = 10;
/// Signs of a code, of which each has 31 forms: a little under fifty bits.
const SIGNS: usize = 10;
/// Signs that nobody mistakes for one another on paper.
const ALPHABET: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/// Ten fresh codes, as they are printed: `ABCDE-FGHJK`.
pub(super) fn fresh() -> Result<Vec<String>> {
    (0..CODES).map(|_| one()).collect()
}

fn one() -> Result<String> {
    let mut code = String::new();
    while code.len() < SIGNS {
        let mut byte = [0u8; 1];
        getrandom::fill(&mut byte).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
        // Of 32 equally likely values one stands for no sign and is drawn again.
        if let Some(sign) = ALPHABET.get(usize::from(byte[0] % 32)) {
            code.push(char::from(*sign));
        }
    }
    code.insert(SIGNS / 2, '-');
    Ok(code)
}

/// A code as it is hashed, however it was typed; none when it cannot be one.
pub(super) fn normal(typed: &str) -> Option<String> {
    let signs: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '－' | '—'))
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let is_one = signs.len() == SIGNS && signs.bytes().all(|b| ALPHABET.contains(&b));
    is_one.then_some(signs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_are_read_however_they_are_typed() {
        let codes = fresh().unwrap();
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), CODES);
        for code in &codes {
            let plain = normal(code).unwrap();
            assert_eq!(normal(&plain.to_lowercase()), Some(plain.clone()));
            assert_eq!(normal(&format!(" {} ", code.replace('-', " － "))), Some(plain));
        }
        for bad in ["", "123456", "ABCDE-FGHJ0", "ABCDE-FGHJKM"] {
            assert_eq!(normal(bad), None, "{bad}");
        }
    }
}
