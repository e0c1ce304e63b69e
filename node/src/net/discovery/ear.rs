//! The ear: hears what others announce by mDNS, and says nothing itself.
//!
//! libp2p's mDNS asks every half minute, and answers whoever asks, with nothing if it is told no address: every
//! packet says that such a node is there. Who is shown hears their own question and answers it, so that whoever only
//! listens hears of everybody within that time.
//!
//! Invariants
//! - Nothing is sent. That the system asks the network for what is sent to mDNS's group (IGMP) says the same of us as
//!   of anything else that listens to mDNS.
//! - An announcement is of where its packet came from, in a network of ours, whatever address it names.
//! - Of one packet at most [`ANNOUNCED_MAX`] announcements count.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::{Context, Poll, ready};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;

use super::intake::Intake;
use super::{Seen, Setting, Source};
use crate::net::crowd::Block;
use crate::net::{address, interfaces};

/// Where mDNS is spoken (RFC 6762, section 3).
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
const PORT: u16 = 5_353;
/// What an address in an announcement begins with (libp2p's mDNS specification).
const MARK: &[u8] = b"dnsaddr=";
/// Announcements in a packet; libp2p puts fewer into one.
const ANNOUNCED_MAX: usize = 32;

/// See the module.
#[derive(Debug)]
pub(super) struct Ear {
    intake: Intake,
    /// The addresses of the interfaces on which it listens.
    joined: BTreeSet<Ipv4Addr>,
    /// Whose announcements count.
    subnets: Vec<Block>,
}

impl Ear {
    /// Listens on the interfaces on which the node does.
    pub(super) fn moved(&mut self, setting: &Setting) {
        let listening = setting.listening.iter();
        let ips = listening.filter_map(|(_, address)| match address::ip(address) {
            Some(IpAddr::V4(ip)) if !ip.is_loopback() => Some(ip),
            Some(_) | None => None,
        });
        let wanted: BTreeSet<Ipv4Addr> = ips.collect();
        let socket = self.intake.socket();
        for gone in self.joined.difference(&wanted) {
            // Most often the interface is gone, too.
            let _ = socket.leave_multicast_v4(GROUP, *gone);
        }
        self.joined.retain(|ip| wanted.contains(ip));
        for ip in wanted {
            if !self.joined.contains(&ip) {
                match socket.join_multicast_v4(GROUP, ip) {
                    Ok(()) => drop(self.joined.insert(ip)),
                    Err(error) => tracing::debug!(%error, "cannot listen to mDNS somewhere"),
                }
            }
        }
        self.subnets = interfaces::subnets();
    }
}

impl Source for Ear {
    const NAME: &'static str = "listening to mDNS";

    fn start(setting: &Setting) -> io::Result<Self> {
        let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
        let mut ear = Self {
            intake: Intake::open(address)?,
            joined: BTreeSet::new(),
            subnets: Vec::new(),
        };
        ear.moved(setting);
        Ok(ear)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Vec<Seen>>> {
        loop {
            let (packet, sender) = ready!(self.intake.poll(context))?;
            let IpAddr::V4(from) = sender.ip() else {
                continue;
            };
            let is_near = self.subnets.iter().any(|near| near.contains(from.into()));
            let seen: Vec<Seen> = announced(packet)
                .filter_map(|address| seen_at(from, &address))
                .take(ANNOUNCED_MAX)
                .collect();
            if is_near && !seen.is_empty() {
                return Poll::Ready(Ok(seen));
            }
        }
    }
}

/// The addresses in an answer of mDNS: in texts of their own, each after its length, wherever they stand.
fn announced(packet: &[u8]) -> impl Iterator<Item = Multiaddr> {
    // RFC 1035, section 4.1.1.
    let is_answer = packet.get(2).is_some_and(|flags| flags & 0x80 != 0);
    let marks = packet.windows(MARK.len()).enumerate();
    let marks = marks.filter(move |(_, part)| is_answer && *part == MARK);
    marks.filter_map(|(at, _)| {
        let length = packet.get(at.checked_sub(1)?)?;
        let text = packet.get(at..)?.get(..usize::from(*length))?;
        let text = str::from_utf8(text.strip_prefix(MARK)?).ok()?;
        text.parse().ok()
    })
}

/// Whom `address` names, and the same address at `from`.
fn seen_at(from: Ipv4Addr, address: &Multiaddr) -> Option<Seen> {
    let mut parts = address.iter();
    let Some(Part::Ip4(_)) = parts.next() else {
        return None;
    };
    let there: Multiaddr = std::iter::once(Part::Ip4(from)).chain(parts).collect();
    let target = address::target(there)?;
    let is_there = !address::is_circuit(&target.address);
    Some((target.peer.filter(|_| is_there)?, target.address))
}

#[cfg(test)]
mod tests {
    use libp2p::PeerId;
    use proptest::prelude::*;

    use super::*;

    const HEAD: [u8; 12] = [0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 1];

    fn peer() -> PeerId {
        let key = libp2p::identity::Keypair::ed25519_from_bytes([7; 32]).unwrap();
        key.public().to_peer_id()
    }

    /// An answer that announces these, each in a text of its own.
    fn answer(addresses: &[String]) -> Vec<u8> {
        let mut packet = HEAD.to_vec();
        for address in addresses {
            let text = [MARK, address.as_bytes()].concat();
            packet.push(u8::try_from(text.len()).unwrap());
            packet.extend(text);
        }
        packet
    }

    fn seen(packet: &[u8]) -> Vec<Seen> {
        let from = Ipv4Addr::new(192, 168, 1, 9);
        let seen = announced(packet).filter_map(|address| seen_at(from, &address));
        seen.take(ANNOUNCED_MAX).collect()
    }

    #[test]
    fn what_is_announced_counts_where_its_packet_came_from() {
        let peer = peer();
        let packet = answer(&[
            format!("/ip4/192.168.1.9/udp/4001/quic-v1/p2p/{peer}"),
            format!("/ip4/45.0.0.1/tcp/4001/p2p/{peer}"),
        ]);
        let here = |text: &str| (peer, text.parse::<Multiaddr>().unwrap());
        assert_eq!(
            seen(&packet),
            [
                here("/ip4/192.168.1.9/udp/4001/quic-v1"),
                here("/ip4/192.168.1.9/tcp/4001"),
            ]
        );
    }

    #[test]
    fn what_names_nobody_or_nothing_to_dial_and_what_is_cut_or_asked_is_passed_over() {
        let peer = peer();
        let good = format!("/ip4/192.168.1.9/tcp/4001/p2p/{peer}");
        let bad = [
            "/ip4/192.168.1.9/tcp/4001".to_owned(),
            format!("/ip4/192.168.1.9/tcp/0/p2p/{peer}"),
            format!("/ip6/fe80::1/tcp/4001/p2p/{peer}"),
            format!("/dns4/example.org/tcp/4001/p2p/{peer}"),
            format!("/ip4/192.168.1.9/tcp/4001/p2p/{peer}/p2p-circuit/p2p/{peer}"),
            "nonsense".to_owned(),
        ];
        assert_eq!(seen(&answer(&bad)), []);
        assert_eq!(
            seen(&answer(&[&bad[..], std::slice::from_ref(&good)].concat())).len(),
            1
        );
        let whole = answer(&[good]);
        assert_eq!(seen(&whole[..whole.len() - 1]), []);
        let mut question = whole.clone();
        question[2] = 0;
        assert_eq!(seen(&question), []);
        assert_eq!(seen(&whole).len(), 1);
    }

    #[test]
    fn of_a_packet_as_many_announcements_count_as_may_be_and_not_one_more() {
        let peer = peer();
        for count in [ANNOUNCED_MAX, ANNOUNCED_MAX + 1] {
            let addresses = (1..=count).map(|port| format!("/ip4/10.0.0.1/tcp/{port}/p2p/{peer}"));
            let packet = answer(&addresses.collect::<Vec<_>>());
            assert_eq!(seen(&packet).len(), ANNOUNCED_MAX);
        }
    }

    proptest! {
        #[test]
        fn any_packet_is_heard_or_passed_over(packet: Vec<u8>, at in 0..200usize) {
            let _ = seen(&packet);
            let mut marked = [&HEAD[..], &packet].concat();
            let at = at.min(marked.len());
            marked.splice(at..at, MARK.iter().copied());
            let _ = seen(&marked);
        }
    }
}
