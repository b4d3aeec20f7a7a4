//! Codes by time (RFC 6238): six digits, thirty seconds, one step of drift either way.

use chrono::{DateTime, Utc};
use qrcode::QrCode;
use qrcode::render::svg;
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::seal::Sealed;

/// Bytes of a secret: as many as the hash inside has.
const SECRET_BYTES: usize = 20;

/// A fresh secret in base 32, as authenticator apps take it.
pub(super) fn fresh_secret() -> Result<Sealed<String>> {
    let mut bytes = Zeroizing::new([0u8; SECRET_BYTES]);
    getrandom::fill(&mut bytes[..]).map_err(|e| Error::Internal(format!("no randomness: {e}")))?;
    Ok(Sealed::new(Secret::from(bytes.to_vec()).to_base32()))
}

fn generator(secret: &Sealed<String>, district: &str, login: &str) -> Result<Totp> {
    let broken = |_| Error::Internal("the secret of a second factor is damaged".into());
    let secret = Secret::try_from_base32(secret.expose()).map_err(broken)?;
    // A colon parts issuer and account in what apps read.
    let issuer = format!("{district}政务公开工作台").replace(':', "");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        .with_account_name(login.to_string())
        .with_issuer(Some(issuer))
        .build()
        .map_err(|e| Error::Internal(format!("second factor: {e}")))
}

/// The step of time that a code is right for, when it is right at this moment.
pub(super) fn step_of(secret: &Sealed<String>, code: &str, at: DateTime<Utc>) -> Result<Option<i64>> {
    let Ok(seconds) = u64::try_from(at.timestamp()) else {
        return Ok(None);
    };
    let step = generator(secret, "", "-")?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The picture an app scans.
pub(super) fn picture(secret: &Sealed<String>, district: &str, login: &str) -> Result<String> {
    let broken = |what: String| Error::Internal(format!("second factor: {what}"));
    let url = Zeroizing::new(
        generator(secret, district, login)?
            .to_url()
            .map_err(|e| broken(e.to_string()))?,
    );
    let code = QrCode::new(url.as_bytes()).map_err(|e| broken(e.to_string()))?;
    Ok(code.render::<svg::Color<'_>>().min_dimensions(240, 240).build())
}

/// The secret in groups of four, to type where nothing can be scanned.
pub(super) fn grouped(secret: &Sealed<String>) -> String {
    let signs: Vec<char> = secret.expose().chars().collect();
    let groups: Vec<String> = signs.chunks(4).map(|group| group.iter().collect()).collect();
    groups.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    /// The vectors of RFC 6238, appendix B, whose last six digits these are.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Sealed::new(Secret::from(b"12345678901234567890".to_vec()).to_base32());
        for (seconds, code) in [
            (59_i64, "287082"),
            (1_111_111_109, "081804"),
            (20_000_000_000, "353130"),
        ] {
            let at = Utc.timestamp_opt(seconds, 0).unwrap();
            assert_eq!(step_of(&secret, code, at).unwrap(), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn one_step_of_drift_and_no_more() {
        let secret = fresh_secret().unwrap();
        let at = |seconds: i64| Utc.timestamp_opt(1_620_000_000 + seconds, 0).unwrap();
        let code = generator(&secret, "", "-").unwrap().generate(1_620_000_000).to_string();
        for (seconds, good) in [(-31, false), (-30, true), (0, true), (59, true), (60, false)] {
            assert_eq!(
                step_of(&secret, &code, at(seconds)).unwrap().is_some(),
                good,
                "{seconds}"
            );
        }
        for bad in ["", "12345", "1234567", "abcdef", "１２３４５６", "-12345"] {
            assert_eq!(step_of(&secret, bad, at(0)).unwrap(), None, "{bad}");
        }
    }

    #[test]
    fn the_picture_is_a_file_without_script() {
        let secret = fresh_secret().unwrap();
        let picture = picture(&secret, "示例区", "anquan").unwrap();
        assert!(picture.contains("<svg") && !picture.contains("<script"), "{picture}");
        assert_eq!(grouped(&secret).split(' ').count(), 8);
    }
}
