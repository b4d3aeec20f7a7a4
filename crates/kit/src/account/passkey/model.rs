//! For which address passkeys are made, and what one is used for.

use url::{Host, Url};
use webauthn_rs::prelude::{Webauthn, WebauthnBuilder};

use crate::error::{Error, Result};

/// What a passkey is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A new one is enrolled.
    Enrol,
    /// The second factor after the password.
    Factor,
    /// The whole sign-in.
    SignIn,
    /// A fresh proof of somebody signed in.
    Prove,
}

impl Kind {
    /// Stored name.
    pub fn id(self) -> &'static str {
        match self {
            Kind::Enrol => "enrol",
            Kind::Factor => "factor",
            Kind::SignIn => "sign_in",
            Kind::Prove => "prove",
        }
    }
}

/// Why browsers offer no passkeys to a desk at this address; none when they do.
pub fn why_not(desk_url: &str) -> Option<&'static str> {
    let Ok(url) = Url::parse(desk_url) else {
        return Some("工作台的网址（site.desk_url）写得不对");
    };
    match url.host() {
        Some(Host::Domain(name)) if url.scheme() == "https" || is_local(name) => None,
        Some(Host::Domain(_)) => Some("工作台的网址不是 https 开头，浏览器不在这样的网址上使用通行密钥"),
        _ => Some("工作台的网址是 IP 地址，浏览器只在有域名的网址上使用通行密钥"),
    }
}

/// Browsers take this machine's own name for safe without HTTPS.
fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// What checks passkeys made for the desk at this address.
///
/// # Errors
/// A refusal that says why there are none at such an address.
pub(super) fn relying_party(desk_url: &str, district: &str) -> Result<Webauthn> {
    if let Some(why) = why_not(desk_url) {
        return Err(Error::refused(
            why,
            "请用其他方式；需要使用的，请系统管理员为工作台配好域名和 https",
        ));
    }
    let broken = || Error::Internal("passkeys: the address of the desk is not taken".into());
    let url = Url::parse(desk_url).map_err(|_| broken())?;
    let name = url.domain().ok_or_else(broken)?;
    let title = format!("{district}政务公开工作台");
    let builder = WebauthnBuilder::new(name, &url).map_err(|_| broken())?;
    builder.rp_name(&title).build().map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_need_a_name_and_a_safe_address() {
        for good in [
            "https://desk.example.gov.cn",
            "https://desk.example.gov.cn:8443",
            "http://localhost:8081",
        ] {
            assert_eq!(why_not(good), None, "{good}");
            relying_party(good, "示例区").unwrap();
        }
        for (bad, word) in [
            ("http://127.0.0.1:8081", "IP 地址"),
            ("https://203.0.113.7", "IP 地址"),
            ("http://[::1]:8081", "IP 地址"),
            ("http://desk.example.gov.cn", "https"),
            ("http://localhost.example.gov.cn", "https"),
            ("", "不对"),
        ] {
            assert!(why_not(bad).unwrap().contains(word), "{bad}");
            assert!(relying_party(bad, "示例区").is_err(), "{bad}");
        }
    }
}
