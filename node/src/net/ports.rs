//! The ports that a node chose for itself: next time it takes the same, where contacts look for it first.
//!
//! Whoever is behind a router cannot be told of other ones by a node that all others reach: it is they who dial.

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;

use super::{address, transport};

/// The wildcard addresses `wanted`, each with the port that the address of its kind among `last` has.
pub(super) fn again(wanted: Vec<Multiaddr>, last: &[String]) -> Vec<Multiaddr> {
    let last: Vec<Multiaddr> = last.iter().filter_map(|text| text.parse().ok()).collect();
    let again = wanted.into_iter().map(|address| {
        let kind = with_port(&address, 0);
        let known = last.iter().find(|last| with_port(last, 0) == kind);
        known.cloned().unwrap_or(address)
    });
    again.collect()
}

/// The wildcard addresses by which the same ports are taken again: those of `listening`, and of what this machine has not
/// at the moment, as IPv6, those of `last`.
pub(super) fn chosen(listening: &[String], last: &[String]) -> Vec<String> {
    let listening = listening.iter().filter_map(|text| address::parse(text));
    let listening: Vec<Multiaddr> = listening.map(|target| target.address).collect();
    let every = again(transport::every_interface(), last).into_iter();
    let chosen = every.filter_map(|wanted| {
        let is_v4 = address::ip(&wanted)?.is_ipv4();
        let mut same_kind = listening.iter().filter(|own| {
            address::ip(own).is_some_and(|ip| ip.is_ipv4() == is_v4)
                && is_udp(own) == is_udp(&wanted)
        });
        let port = same_kind.next().map_or_else(|| port(&wanted), port)?;
        (port != 0).then(|| with_port(&wanted, port).to_string())
    });
    chosen.collect()
}

/// The same address with another port.
pub(super) fn with_port(address: &Multiaddr, port: u16) -> Multiaddr {
    let parts = address.iter().map(|part| {
        if let Part::Udp(_) = part {
            Part::Udp(port)
        } else if let Part::Tcp(_) = part {
            Part::Tcp(port)
        } else {
            part
        }
    });
    parts.collect()
}

fn port(address: &Multiaddr) -> Option<u16> {
    address.iter().find_map(|part| {
        if let Part::Udp(port) | Part::Tcp(port) = part {
            Some(port)
        } else {
            None
        }
    })
}

fn is_udp(address: &Multiaddr) -> bool {
    address.iter().any(|part| matches!(part, Part::Udp(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(addresses: &[&str]) -> Vec<String> {
        addresses.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn what_was_chosen_is_taken_again_and_what_is_not_known_is_left_open() {
        let listening = texts(&[
            "/ip4/127.0.0.1/udp/5001/quic-v1",
            "/ip4/192.168.1.2/udp/5001/quic-v1",
            "/ip4/127.0.0.1/tcp/5002",
            "/ip6/::1/udp/5003/quic-v1",
        ]);
        let last = chosen(&listening, &[]);
        assert_eq!(
            last,
            [
                "/ip4/0.0.0.0/udp/5001/quic-v1",
                "/ip4/0.0.0.0/tcp/5002",
                "/ip6/::/udp/5003/quic-v1",
            ]
        );
        let again = again(transport::every_interface(), &last);
        let again: Vec<String> = again.iter().map(ToString::to_string).collect();
        assert_eq!(again, [&last[..], &texts(&["/ip6/::/tcp/0"])].concat());
        // Without IPv6 this time, its port is kept for the next.
        let now = texts(&["/ip4/127.0.0.1/udp/6001/quic-v1"]);
        assert_eq!(
            chosen(&now, &last),
            [
                "/ip4/0.0.0.0/udp/6001/quic-v1",
                "/ip4/0.0.0.0/tcp/5002",
                "/ip6/::/udp/5003/quic-v1",
            ]
        );
    }

    #[test]
    fn what_is_no_address_of_ours_changes_nothing() {
        let every = transport::every_interface();
        let last = texts(&["", "nonsense", "/ip4/10.0.0.1/tcp/1", "/memory/3"]);
        assert_eq!(again(every.clone(), &last), every);
        assert_eq!(chosen(&[], &last), Vec::<String>::new());
    }
}
