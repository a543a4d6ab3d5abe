//! Networks of IP addresses, and which of them are public.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3), or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

/// Text that names no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadNetwork {
    /// Neither `address` nor `address/prefix`.
    #[error("it is no address and no network such as `10.0.0.0/8`")]
    Malformed,
    /// The address has bits beyond the prefix: one of the two is a slip.
    #[error("its address has bits beyond its prefix")]
    StrayBits,
}

impl Network {
    /// Reads `10.0.0.0/8`, `2001:db8::/32` or a single address. An IPv4 address inside IPv6
    /// (`::ffff:10.0.0.0/104`) is the IPv4 one.
    ///
    /// # Errors
    /// [`BadNetwork`].
    pub fn parse(text: &str) -> Result<Self, BadNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| BadNetwork::Malformed)?;
        let bits = bits_of(address);
        let prefix = match prefix {
            None => bits,
            // No sign, no spaces, no leading zero.
            Some(digits)
                if digits.bytes().all(|b| b.is_ascii_digit())
                    && (digits == "0" || !digits.starts_with('0')) =>
            {
                digits.parse().ok().filter(|prefix| *prefix <= bits).ok_or(BadNetwork::Malformed)?
            }
            Some(_) => return Err(BadNetwork::Malformed),
        };
        let plain = address.to_canonical();
        // The 96 bits before a mapped address are no part of the IPv4 one.
        let prefix = match (address, plain) {
            (IpAddr::V6(_), IpAddr::V4(_)) => prefix.checked_sub(96).ok_or(BadNetwork::StrayBits)?,
            _ => prefix,
        };
        let network = Self { address: plain, prefix };
        if network.first(plain) == plain { Ok(network) } else { Err(BadNetwork::StrayBits) }
    }

    /// Whether the address is one of the network's. IPv4 addresses inside IPv6 count as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && self.first(address) == self.address
    }

    /// Whether every address of the network is in one of the others.
    pub(crate) fn is_within(&self, others: &[Self]) -> bool {
        if others.iter().any(|other| other.prefix <= self.prefix && other.contains(self.address)) {
            return true;
        }
        if !others.iter().any(|other| self.prefix < other.prefix && self.contains(other.address)) {
            return false;
        }
        self.halves().iter().all(|half| half.is_within(others))
    }

    /// The two networks that it is made of; there are some, since it holds a smaller one.
    fn halves(&self) -> [Self; 2] {
        let prefix = self.prefix.saturating_add(1);
        let upper = match self.address {
            IpAddr::V4(v4) => {
                let bit = 1_u32.checked_shl(32_u32.saturating_sub(prefix.into())).unwrap_or(0);
                Ipv4Addr::from_bits(v4.to_bits() | bit).into()
            }
            IpAddr::V6(v6) => {
                let bit = 1_u128.checked_shl(128_u32.saturating_sub(prefix.into())).unwrap_or(0);
                Ipv6Addr::from_bits(v6.to_bits() | bit).into()
            }
        };
        [self.address, upper].map(|address| Self { address, prefix })
    }

    /// The address with every bit beyond the prefix cleared.
    fn first(&self, address: IpAddr) -> IpAddr {
        let prefix = u32::from(self.prefix);
        match address {
            IpAddr::V4(v4) => {
                let mask = u32::MAX.checked_shl(32_u32.saturating_sub(prefix)).unwrap_or(0);
                Ipv4Addr::from_bits(v4.to_bits() & mask).into()
            }
            IpAddr::V6(v6) => {
                let mask = u128::MAX.checked_shl(128_u32.saturating_sub(prefix)).unwrap_or(0);
                Ipv6Addr::from_bits(v6.to_bits() & mask).into()
            }
        }
    }
}

fn bits_of(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix == bits_of(self.address) {
            self.address.fmt(f)
        } else {
            write!(f, "{}/{}", self.address, self.prefix)
        }
    }
}

/// IPv4 that is not the public internet's (IANA's special-purpose registry, RFC 6890), and multicast.
const SPECIAL_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// IPv6 inside the global range that is not the public internet's: protocols and tunnels, which may
/// carry any IPv4 address inside, and documentation.
const SPECIAL_V6: [([u16; 2], u8); 5] =
    [([0x2001, 0], 23), ([0x2001, 0xdb8], 32), ([0x2002, 0], 16), ([0x3ffe, 0], 16), ([0x3fff, 0], 20)];

/// Whether an address belongs to the public internet: not private, loopback, link-local, shared,
/// reserved, multicast or a tunnel to one of these.
pub fn is_public_address(address: IpAddr) -> bool {
    let inside = |base: IpAddr, prefix| Network { address: base, prefix }.contains(address);
    match address.to_canonical() {
        IpAddr::V4(_) => {
            !SPECIAL_V4.iter().any(|(base, prefix)| inside(Ipv4Addr::from(*base).into(), *prefix))
        }
        IpAddr::V6(_) => {
            let base = |a, b| Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0).into();
            inside(base(0x2000, 0), 3)
                && !SPECIAL_V6.iter().any(|([a, b], prefix)| inside(base(*a, *b), *prefix))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(network: &str, address: &str) -> bool {
        Network::parse(network).unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn networks_are_covered_by_their_parts() {
        let within = |network: &str, others: &[&str]| {
            let others: Vec<Network> = others.iter().map(|text| Network::parse(text).unwrap()).collect();
            Network::parse(network).unwrap().is_within(&others)
        };
        assert!(within("10.0.0.0/8", &["0.0.0.0/0"]) && within("10.0.0.1", &["10.0.0.1"]));
        assert!(within("10.0.0.0/30", &["10.0.0.3", "10.0.0.0/31", "10.0.0.2"]));
        assert!(within("::/0", &["8000::/1", "::/2", "4000::/2"]));
        assert!(!within("10.0.0.0/30", &["10.0.0.3", "10.0.0.0/31"]) && !within("10.0.0.0/8", &[]));
        assert!(!within("0.0.0.0/0", &["::/0"]) && !within("::/0", &["0.0.0.0/0", "8000::/1"]));
    }

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address) in [
            ("10.0.0.0/8", "10.255.0.1"),
            ("10.0.0.0/8", "::ffff:10.0.0.1"),
            ("::ffff:10.0.0.0/104", "10.1.2.3"),
            ("192.0.2.7", "192.0.2.7"),
            ("0.0.0.0/0", "203.0.113.9"),
            ("::/0", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::"),
            ("192.0.2.128/25", "192.0.2.255"),
        ] {
            assert!(contains(network, address), "{network} {address}");
        }
        for (network, address) in [
            ("10.0.0.0/8", "11.0.0.0"),
            ("0.0.0.0/0", "2001:db8::1"),
            ("::/0", "10.0.0.1"),
            ("192.0.2.7", "192.0.2.8"),
            ("192.0.2.128/25", "192.0.2.127"),
        ] {
            assert!(!contains(network, address), "{network} {address}");
        }
    }

    #[test]
    fn slips_are_refused() {
        for text in [
            "",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/08",
            "10.0.0/8",
            "x",
            "::/129",
            "10.0.0.0/8/8",
            " 10.0.0.0/8",
        ] {
            assert_eq!(Network::parse(text), Err(BadNetwork::Malformed), "{text:?}");
        }
        for text in ["10.0.0.1/8", "2001:db8::1/32", "::ffff:10.0.0.0/8"] {
            assert_eq!(Network::parse(text), Err(BadNetwork::StrayBits), "{text:?}");
        }
        for text in ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"] {
            assert_eq!(Network::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn public_addresses_are_told_from_special_ones() {
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:8.8.8.8"] {
            assert!(is_public_address(public.parse().unwrap()), "{public}");
        }
        for special in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:0:a00:1::",
            "2001:db8::1",
        ] {
            assert!(!is_public_address(special.parse().unwrap()), "{special}");
        }
    }
}
