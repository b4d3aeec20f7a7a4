//! From where somebody signs in, as roughly as the holder of the account needs to recognise it.

use std::net::IpAddr;

use axum::extract::Request;
use axum::http::header;

use crate::web::Sender;

/// Browser and network of a request, in words.
#[derive(Debug, Clone, Default)]
pub(super) struct Client {
    /// The whole address, for throttling only; it is not kept.
    pub address: String,
    /// The browser and the system, such as “Edge，Windows”.
    pub browser: String,
    /// The network, not the whole address.
    pub network: String,
}

impl Client {
    /// Of a request.
    pub(super) fn of(request: &Request) -> Client {
        let Sender(address) = Sender::of(request);
        let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok());
        Client {
            address: address.to_string(),
            browser: browser(agent.unwrap_or_default()),
            network: network(address),
        }
    }
}

/// The browser in words. What a browser says of itself proves nothing; it only helps to recognise one's own.
fn browser(agent: &str) -> String {
    // The first that fits: most browsers also name those they descend from.
    const BROWSERS: [(&str, &str); 9] = [
        ("MicroMessenger", "微信"),
        ("QIHU", "360 浏览器"),
        ("360SE", "360 浏览器"),
        ("Edg", "Edge"),
        ("QQBrowser", "QQ 浏览器"),
        ("Firefox", "Firefox"),
        ("Chromium", "Chromium"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("HarmonyOS", "鸿蒙"),
        ("Android", "安卓手机"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let find = |names: &[(&str, &'static str)], otherwise| {
        let found = names.iter().find(|(mark, _)| agent.contains(mark));
        found.map_or(otherwise, |(_, name)| *name)
    };
    format!("{}，{}", find(&BROWSERS, "其他浏览器"), find(&SYSTEMS, "其他系统"))
}

/// The network an address belongs to: enough to recognise the office, too little to follow a person.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        ip if ip.is_unspecified() => "未知网络".into(),
        ip if ip.is_loopback() => "本机".into(),
        IpAddr::V4(ip) => {
            let [a, b, c, _] = ip.octets();
            format!("{a}.{b}.{c}.*")
        }
        IpAddr::V6(ip) => {
            let [a, b, c, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}::*")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_named_and_addresses_are_not() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0";
        assert_eq!(browser(edge), "Edge，Windows");
        assert_eq!(browser("<script>"), "其他浏览器，其他系统");
        for (address, shown) in [
            ("203.0.113.77", "203.0.113.*"),
            ("::ffff:203.0.113.77", "203.0.113.*"),
            ("2001:db8:7:8::9", "2001:db8:7::*"),
            ("127.0.0.1", "本机"),
        ] {
            assert_eq!(network(address.parse().unwrap()), shown);
        }
    }
}
