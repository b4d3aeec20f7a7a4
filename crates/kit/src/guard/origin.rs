//! Where a request comes from, as far as it is counted: an address and the network around it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::web::Sender;

/// One sender's address and network. A household or office has a whole /64 of IPv6 addresses, so that is what counts as
/// one address there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The address (IPv4) or its /64 (IPv6).
    pub(super) address: String,
    /// The /24 (IPv4) or /48 (IPv6) around it.
    pub(super) network: String,
}

impl Origin {
    /// The origin of an address.
    pub fn of(address: IpAddr) -> Origin {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Origin {
                    address: v4.to_string(),
                    network: Ipv4Addr::new(a, b, c, 0).to_string(),
                }
            }
            IpAddr::V6(v6) => Origin {
                address: first_bits(v6, 64),
                network: first_bits(v6, 48),
            },
        }
    }

    /// What counts as one address; text that is none counts as itself.
    pub fn address_of(text: &str) -> String {
        match text.parse::<IpAddr>() {
            Ok(address) => Origin::of(address).address,
            Err(_) => text.to_string(),
        }
    }
}

impl From<Sender> for Origin {
    fn from(sender: Sender) -> Origin {
        Origin::of(sender.0)
    }
}

fn first_bits(address: Ipv6Addr, bits: u32) -> String {
    let mask = u128::MAX << (128 - bits);
    Ipv6Addr::from(u128::from(address) & mask).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_network_and_one_household_an_address() {
        let of = |text: &str| Origin::of(text.parse().unwrap());
        assert_ne!(of("192.0.2.1").address, of("192.0.2.2").address);
        assert_eq!(of("192.0.2.1").network, of("192.0.2.2").network);
        assert_eq!(of("2001:db8:1:2::1").address, of("2001:db8:1:2:ffff::9").address);
        assert_ne!(of("2001:db8:1:2::1").address, of("2001:db8:1:3::1").address);
        assert_eq!(of("2001:db8:1:2::1").network, of("2001:db8:1:3::1").network);
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_eq!(Origin::address_of("somewhere"), "somewhere");
    }
}
