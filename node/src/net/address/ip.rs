//! IP addresses alone: who can use them.

use std::net::IpAddr;

/// Whether anybody on the internet could use `ip`: no address of a private network, of a provider's inside
/// (RFC 6598), of documentation, or of special use.
pub(crate) fn is_global(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && second & 0b1100_0000 == 0b0100_0000;
            let is_benchmark = first == 198 && second & 0b1111_1110 == 18;
            !(first == 0
                || first >= 224
                || is_shared
                || is_benchmark
                || ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_documentation())
        }
        IpAddr::V6(ip) => {
            let [first, second, ..] = ip.segments();
            first & 0xe000 == 0x2000 && !(first == 0x2001 && second == 0xdb8)
        }
    }
}

/// Whether `ip` is of use in local networks alone, or on this machine: private (RFC 1918, RFC 4193), of a provider's
/// inside (RFC 6598), or of one link. What is translated into an address of the internet on its way is none.
pub(in crate::net) fn is_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            let is_shared = first == 100 && second & 0b1100_0000 == 0b0100_0000;
            is_shared || ip.is_private() || ip.is_loopback() || ip.is_link_local()
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_some_can_use_is_not_global() {
        let is = |ip: &str| is_global(ip.parse().unwrap());
        for ip in [
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "192.168.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!is(ip), "{ip}");
        }
        for ip in [
            "9.9.9.9",
            "100.63.255.255",
            "100.128.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2620:fe::fe",
            "::ffff:9.9.9.9",
        ] {
            assert!(is(ip), "{ip}");
        }
    }

    #[test]
    fn what_local_networks_alone_use_is_local_and_what_is_translated_on_its_way_is_not() {
        let is = |ip: &str| is_local(ip.parse().unwrap());
        for ip in [
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "192.168.0.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is(ip), "{ip}");
        }
        for ip in [
            "9.9.9.9",
            "192.0.2.1",
            "2620:fe::fe",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
        ] {
            assert!(!is(ip), "{ip}");
        }
    }
}
