//! The one way out to other servers over HTTP: single sign-on, a gateway for text messages, other outlets.
//!
//! It reaches public addresses only, unless the configuration lists a network: whoever can make the program fetch an
//! address must not be able to look into the government's own network through it. Redirections are not followed and
//! answers have a largest size.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::error::{Error, Result};

/// The largest answer taken.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;
const CONNECT_SECONDS: u64 = 10;
const WHOLE_SECONDS: u64 = 30;

/// The guarded client.
#[derive(Clone)]
pub struct Outgoing {
    #[allow(clippy::disallowed_types, reason = "this is the guarded client")]
    client: reqwest::Client,
    allowed: Arc<Vec<IpNet>>,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing")
            .field("allowed", &self.allowed)
            .finish_non_exhaustive()
    }
}

impl Outgoing {
    /// A client that reaches public addresses and those in the networks listed.
    ///
    /// # Errors
    /// When the TLS library cannot start.
    pub fn new(allowed: Vec<IpNet>) -> Result<Outgoing> {
        let allowed = Arc::new(allowed);
        #[allow(clippy::disallowed_types, reason = "this is the guarded client")]
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(Duration::from_secs(CONNECT_SECONDS))
            .timeout(Duration::from_secs(WHOLE_SECONDS))
            .dns_resolver(Arc::new(Guarded(allowed.clone())))
            .user_agent(concat!("gongkai/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Error::Internal(format!("outgoing client: {e}")))?;
        Ok(Outgoing { client, allowed })
    }

    /// Sends a request and returns the answer, whatever its status.
    ///
    /// # Errors
    /// A refusal when the address is none that may be reached; [`Error::Unreachable`] when the other server does not answer
    /// in time or says too much.
    pub async fn send(&self, request: http::Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>> {
        let request = reqwest::Request::try_from(request).map_err(|_| not_an_address())?;
        self.check(request.url())?;
        let host = request.url().host_str().unwrap_or_default().to_string();
        let unreachable = |what: &str| Error::Unreachable(format!("{host} {what}"));
        let answer = self.client.execute(request).await.map_err(|e| {
            unreachable(if e.is_timeout() {
                "没有及时回答"
            } else {
                "连接不上"
            })
        })?;
        let mut made = http::Response::builder().status(answer.status());
        if let Some(headers) = made.headers_mut() {
            headers.extend(answer.headers().clone());
        }
        let mut body = Vec::new();
        let mut stream = answer.bytes_stream();
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|_| unreachable("的回答中断了"))?;
            if body.len() + piece.len() > LARGEST_ANSWER {
                return Err(unreachable("的回答太长"));
            }
            body.extend_from_slice(&piece);
        }
        made.body(body).map_err(|_| unreachable("的回答不完整"))
    }

    /// Names go through the resolver; an address written as numbers is looked at here.
    fn check(&self, url: &Url) -> Result<()> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(not_an_address());
        }
        let literal = match url.host() {
            None => return Err(not_an_address()),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
        };
        match literal.filter(|ip| !may_reach(*ip, &self.allowed)) {
            None => Ok(()),
            Some(ip) => Err(Error::refused(
                format!("地址 {ip} 在内部网络里，没有访问"),
                "确需访问的，请由系统管理员在配置 outgoing.allowed 里列出它所在的网段",
            )),
        }
    }
}

fn not_an_address() -> Error {
    Error::refused("要访问的网址不对", "请写成 https://www.example.gov.cn/… 的样子")
}

/// Resolves names and leaves out addresses that must not be reached, so that a name cannot lead inside.
struct Guarded(Arc<Vec<IpNet>>);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let good: Vec<SocketAddr> = found.filter(|a| may_reach(a.ip(), &allowed)).collect();
            if good.is_empty() {
                return Err("no address that may be reached".into());
            }
            Ok(Box::new(good.into_iter()) as Addrs)
        })
    }
}

/// Whether an address is public or listed.
pub fn may_reach(ip: IpAddr, allowed: &[IpNet]) -> bool {
    let ip = ip.to_canonical();
    is_public(ip) || allowed.iter().any(|network| network.contains(&ip))
}

/// Whether an address belongs to the public network: none of those that the registries set aside.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            let set_aside = a == 0
                || a >= 224
                || ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && (c == 0 || c == 2))
                || (a == 198 && (b == 18 || b == 19))
                || (a == 198 && b == 51 && c == 100)
                || (a == 203 && b == 0 && c == 113);
            !set_aside
        }
        // Only what is given out for the whole network, and nothing in it that carries an IPv4 address inside.
        IpAddr::V6(ip) => {
            let [a, b, ..] = ip.segments();
            let global = (0x2000..0x4000).contains(&a);
            global && a != 0x2002 && !(a == 0x2001 && (b < 0x0200 || b == 0x0db8))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_addresses_are_out_of_reach_in_every_spelling() {
        let none: &[IpNet] = &[];
        for inner in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001::1",
        ] {
            assert!(!may_reach(inner.parse().unwrap(), none), "{inner}");
        }
        for outer in ["1.1.1.1", "100.63.0.1", "2400:3200::1"] {
            assert!(may_reach(outer.parse().unwrap(), none), "{outer}");
        }
        let listed = ["10.0.0.0/8".parse().unwrap()];
        assert!(may_reach("10.1.2.3".parse().unwrap(), &listed));
        assert!(may_reach("::ffff:10.0.0.1".parse().unwrap(), &listed));
        assert!(!may_reach("192.168.0.1".parse().unwrap(), &listed));
    }

    async fn ask(client: &Outgoing, url: &str) -> Result<http::Response<Vec<u8>>> {
        client.send(http::Request::get(url).body(Vec::new()).unwrap()).await
    }

    #[tokio::test]
    async fn nothing_inside_is_asked_unless_it_is_listed() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        let app = axum::Router::new()
            .route("/", axum::routing::get(|| async { "here" }))
            .route(
                "/away",
                axum::routing::get(|| async { axum::response::Redirect::to("/") }),
            );
        tokio::spawn(async move { axum::serve(server, app).await });
        let guarded = Outgoing::new(Vec::new()).unwrap();
        for url in [
            format!("http://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
            format!("http://0x7f000001:{port}/"),
            format!("ftp://127.0.0.1:{port}/"),
        ] {
            assert!(ask(&guarded, &url).await.is_err(), "{url}");
        }
        let open = Outgoing::new(vec!["127.0.0.0/8".parse().unwrap()]).unwrap();
        let answer = ask(&open, &format!("http://127.0.0.1:{port}/")).await.unwrap();
        assert_eq!(answer.body(), b"here");
        let moved = ask(&open, &format!("http://localhost:{port}/away")).await.unwrap();
        assert_eq!(moved.status(), 303, "not followed");
    }
}
