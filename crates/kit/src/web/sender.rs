//! The sender's address: of use for throttling only, never logged, never stored.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::edge::{Edge, Forwarded};

/// How many hops of a header are looked at, from the nearest; a longer list was not written by our proxies.
const HOPS: usize = 16;

/// Where a request comes from, as far as it can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender(pub IpAddr);

impl Sender {
    /// Whoever nothing is known of, in tests and behind a socket without addresses.
    pub const UNKNOWN: Sender = Sender(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED));

    /// The sender that the entrance found for this request.
    pub fn of(request: &Request) -> Sender {
        request.extensions().get().copied().unwrap_or(Sender::UNKNOWN)
    }
}

impl<S: Sync> FromRequestParts<S> for Sender {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Sender, Self::Rejection> {
        Ok(parts.extensions.get().copied().unwrap_or(Sender::UNKNOWN))
    }
}

/// The address at the other end of the connection.
pub(super) fn peer(request: &Request) -> Option<IpAddr> {
    let info = request.extensions().get::<ConnectInfo<SocketAddr>>();
    info.map(|c| c.0.ip().to_canonical())
}

/// The sender's address: the peer's, or where the peer is a proxy of ours, the right-most hop that is none.
pub(super) fn find(edge: &Edge, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut sender = peer;
    if !edge.trusts(sender) {
        return sender;
    }
    for hop in hops(edge.forwarded, headers).into_iter().rev().take(HOPS) {
        let Some(address) = hop else { break };
        sender = address.to_canonical();
        if !edge.trusts(sender) {
            break;
        }
    }
    sender
}

/// Every hop named, the nearest last; what cannot be read is `None`, and nothing left of it is believed.
fn hops(header: Forwarded, headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let name = match header {
        Forwarded::XForwardedFor => "x-forwarded-for",
        Forwarded::Forwarded => "forwarded",
    };
    let read = |element: &str| match header {
        Forwarded::XForwardedFor => address(element),
        Forwarded::Forwarded => element.split(';').find_map(for_parameter).and_then(address),
    };
    let lines = headers.get_all(name).iter();
    lines
        .flat_map(|line| match line.to_str() {
            Ok(text) => text.split(',').map(read).collect(),
            Err(_) => vec![None],
        })
        .collect()
}

fn for_parameter(pair: &str) -> Option<&str> {
    let (name, value) = pair.split_once('=')?;
    name.trim().eq_ignore_ascii_case("for").then_some(value)
}

/// An address with or without port, quotes and brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"').trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let plain = bare.parse::<IpAddr>().ok();
    plain.or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn edge(forwarded: Forwarded) -> Edge {
        Edge {
            trusted_proxies: super::super::edge::networks(&["10.0.0.0/8".into(), "::1".into()]).unwrap(),
            forwarded,
            ..Edge::default()
        }
    }

    fn found(forwarded: Forwarded, peer: &str, lines: &[(&str, &str)]) -> String {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        find(&edge(forwarded), peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let lines = [("x-forwarded-for", "192.0.2.7")];
        assert_eq!(found(Forwarded::XForwardedFor, "203.0.113.5", &lines), "203.0.113.5");
    }

    #[test]
    fn the_right_most_hop_that_is_no_proxy_counts() {
        let by = |value| found(Forwarded::XForwardedFor, "10.1.1.1", &[("x-forwarded-for", value)]);
        assert_eq!(by("192.0.2.7"), "192.0.2.7");
        assert_eq!(
            by("198.51.100.1, 192.0.2.7"),
            "192.0.2.7",
            "what the sender wrote is not believed"
        );
        assert_eq!(by("192.0.2.7, 10.2.2.2"), "192.0.2.7", "a second proxy is passed over");
        assert_eq!(by("192.0.2.7:5512"), "192.0.2.7");
        assert_eq!(by("2001:db8::7"), "2001:db8::7");
        assert_eq!(by("[2001:db8::7]:443"), "2001:db8::7");
        assert_eq!(by("::ffff:192.0.2.7"), "192.0.2.7");
        assert_eq!(
            by("192.0.2.7, unknown"),
            "10.1.1.1",
            "nothing left of what cannot be read"
        );
        assert_eq!(by(""), "10.1.1.1");
        let two = [("x-forwarded-for", "198.51.100.1"), ("x-forwarded-for", "192.0.2.9")];
        assert_eq!(found(Forwarded::XForwardedFor, "10.1.1.1", &two), "192.0.2.9");
    }

    #[test]
    fn only_the_header_that_is_set_is_read() {
        let both = [
            ("forwarded", "for=192.0.2.60;proto=https, For=\"[2001:db8::17]:4711\""),
            ("x-forwarded-for", "198.51.100.1"),
        ];
        assert_eq!(found(Forwarded::Forwarded, "10.1.1.1", &both), "2001:db8::17");
        assert_eq!(found(Forwarded::XForwardedFor, "10.1.1.1", &both), "198.51.100.1");
        let hidden = [("forwarded", "for=192.0.2.60, for=_hidden")];
        assert_eq!(found(Forwarded::Forwarded, "10.1.1.1", &hidden), "10.1.1.1");
    }
}
