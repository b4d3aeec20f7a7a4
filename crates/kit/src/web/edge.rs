//! How requests reach the two faces: which hosts each answers to, which proxies stand before them, whom to tell of a hole.

use std::net::IpAddr;

use http::uri::Authority;
use ipnet::IpNet;

use crate::capability::Face;
use crate::error::{Error, Result};

/// What the operator says of the way to this installation.
#[derive(Debug, Clone, Default)]
pub struct Edge {
    /// Host names of the public site, lower case without port; empty: whatever a request names is taken.
    pub public_hosts: Vec<String>,
    /// Host names of the desk, likewise.
    pub desk_hosts: Vec<String>,
    /// Networks of the proxies whose word about a sender's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// In which header they give it.
    pub forwarded: Forwarded,
    /// Whom to tell of a weakness, as a URI (`mailto:` and the like); empty: no security.txt is served.
    pub security_contact: String,
}

/// The header in which a trusted proxy names the sender. Only one is read: a proxy that writes the one passes the other
/// on as the sender wrote it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Forwarded {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl Forwarded {
    /// The header of this name.
    ///
    /// # Errors
    /// When it is neither of the two.
    pub fn of(name: &str) -> Result<Forwarded> {
        match name.to_ascii_lowercase().as_str() {
            "x-forwarded-for" => Ok(Forwarded::XForwardedFor),
            "forwarded" => Ok(Forwarded::Forwarded),
            _ => Err(Error::refused(
                format!("配置 web.forwarded_header 的“{name}”不认识"),
                "请写 X-Forwarded-For 或 Forwarded，与前面的代理实际添加的一致",
            )),
        }
    }
}

impl Edge {
    /// Whether this address is that of a proxy before us.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }

    /// Whether a face answers to this host. Names of this machine itself are taken from this machine itself, so that a
    /// check or a proxy beside us needs no name.
    pub(crate) fn answers(&self, face: Face, host: &str, is_from_here: bool) -> bool {
        let hosts = match face {
            Face::Public => &self.public_hosts,
            Face::Desk => &self.desk_hosts,
        };
        let Some(name) = host_name(host) else {
            return false;
        };
        hosts.is_empty() || hosts.contains(&name) || (is_from_here && is_this_machine(&name))
    }
}

/// Networks from a setting; a single address is a network of one.
///
/// # Errors
/// With the entry that is neither.
pub fn networks(entries: &[String]) -> Result<Vec<IpNet>> {
    let parse = |entry: &String| {
        let net = entry.parse::<IpNet>().ok();
        net.or_else(|| entry.parse::<IpAddr>().ok().map(IpNet::from))
            .ok_or_else(|| {
                Error::refused(
                    format!("配置 web.trusted_proxies 的“{entry}”不是网段"),
                    "请写成 10.1.2.0/24、2001:db8::/32 或单个 IP 地址的样子",
                )
            })
    };
    entries.iter().map(parse).collect()
}

/// The name in a Host header or an address's authority: lower case, without port and without a dot at its end.
pub fn host_name(authority: &str) -> Option<String> {
    if authority.contains('@') {
        return None;
    }
    let parsed: Authority = authority.parse().ok()?;
    let name = parsed.host().trim_end_matches('.').to_ascii_lowercase();
    (!name.is_empty()).then_some(name)
}

/// Whether a Host header names this machine itself.
pub fn is_this_machine(host: &str) -> bool {
    let Some(name) = host_name(host) else { return false };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_compared_by_its_name_alone() {
        for (given, name) in [
            ("WWW.example.gov.cn", Some("www.example.gov.cn")),
            ("www.example.gov.cn:443", Some("www.example.gov.cn")),
            ("www.example.gov.cn.", Some("www.example.gov.cn")),
            ("[::1]:8080", Some("[::1]")),
            ("", None),
            ("a@www.example.gov.cn", None),
            ("www.example.gov.cn/desk", None),
            ("www.example.gov.cn desk", None),
        ] {
            assert_eq!(host_name(given).as_deref(), name, "{given}");
        }
    }

    #[test]
    fn each_face_answers_to_its_own_host() {
        let edge = Edge {
            public_hosts: vec!["www.example.gov.cn".into()],
            desk_hosts: vec!["desk.example.gov.cn".into()],
            ..Edge::default()
        };
        assert!(edge.answers(Face::Public, "www.example.gov.cn", false));
        assert!(!edge.answers(Face::Desk, "www.example.gov.cn", false));
        assert!(!edge.answers(Face::Public, "desk.example.gov.cn", true));
        assert!(!edge.answers(Face::Public, "www.example.gov.cn.evil.example", true));
        assert!(edge.answers(Face::Public, "127.0.0.1:8080", true));
        assert!(!edge.answers(Face::Public, "127.0.0.1:8080", false));
        assert!(Edge::default().answers(Face::Desk, "whatever.example", false));
    }

    #[test]
    fn a_network_is_a_network_or_one_address() {
        let read = networks(&["10.0.0.0/8".into(), "2001:db8::1".into()]).unwrap();
        assert!(read[0].contains(&"10.9.9.9".parse::<IpAddr>().unwrap()));
        assert!(!read[1].contains(&"2001:db8::2".parse::<IpAddr>().unwrap()));
        assert!(networks(&["10.0.0.0/33".into()]).is_err());
        assert!(networks(&["proxy.example".into()]).is_err());
    }
}
