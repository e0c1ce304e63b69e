//! The beacon: tells, by multicast on each interface that has an IPv6 address of its own link, who we are and at
//! which ports we listen; and hears those of others.
//!
//! It is for networks that keep mDNS from getting through, or have no IPv4 at all. Everybody has such an address,
//! whatever else they lack. What is heard is dialled over TCP at where it came from, which the interface's number is
//! part of; nothing but a connection proves who is there.
//!
//! Invariants
//! - Who is hidden sends none, whoever asks.
//! - A beacon counts if it came from an address of the link, and is of that address alone. So none sends us anywhere
//!   else.

mod message;
mod rhythm;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;
use tidings_protocol::id::TransportId;
use tokio::time::{Instant, Sleep, sleep_until};

use self::message::{MESSAGE_BYTES, Message};
use self::rhythm::Rhythm;
use super::intake::Intake;
use super::{Choice, Seen, Setting, Source};
use crate::meters::Meters;
use crate::net::{address, interfaces};

/// Who wants to hear beacons is in this group: a transient one (RFC 4291, section 2.7) of a link, its number from the
/// range that hosts may take (RFC 3307, section 4.3).
pub(super) const BEACON_GROUP: Ipv6Addr = Ipv6Addr::new(0xff12, 0, 0, 0, 0, 0x7469, 0xe469, 0x6e67);
/// UDP port, of those that systems do not give to whoever asks for any.
pub(super) const BEACON_PORT: u16 = 29_735;
/// Which interfaces there are is looked at so often, even if nothing says that they changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(30);

/// Where we listen on one interface.
#[derive(Debug, Clone, Copy, Default)]
struct Ports {
    tcp: u16,
    quic: u16,
}

/// A beacon that waits to be sent.
#[derive(Debug)]
struct Outgoing {
    index: u32,
    asks: bool,
    bytes: [u8; MESSAGE_BYTES],
}

/// See the module.
#[derive(Debug)]
pub(super) struct Beacon {
    own: TransportId,
    tells: bool,
    intake: Intake,
    /// Where we listen, by address.
    ports: BTreeMap<Ipv6Addr, Ports>,
    /// The interfaces on which we hear, each with its address.
    links: BTreeMap<u32, Ipv6Addr>,
    rhythm: Rhythm,
    look_at: Instant,
    timer: Pin<Box<Sleep>>,
    /// At most one for each interface.
    outgoing: VecDeque<Outgoing>,
    meters: Meters,
}

impl Beacon {
    /// We listen elsewhere than before, or on other interfaces.
    pub(super) fn moved(&mut self, setting: &Setting) {
        self.ports.clear();
        for (_, listening) in &setting.listening {
            let Some(IpAddr::V6(ip)) = address::ip(listening) else {
                continue;
            };
            let ports = self.ports.entry(ip).or_default();
            for part in listening {
                if let Part::Tcp(port) = part {
                    ports.tcp = port;
                } else if let Part::Udp(port) = part {
                    ports.quic = port;
                }
            }
        }
        self.look(Instant::now());
    }

    /// Tells and asks everywhere, now.
    pub(super) fn look_again(&mut self) {
        let now = Instant::now();
        self.rhythm.again(now);
        self.look(now);
    }

    /// Looks at which interfaces there are.
    fn look(&mut self, now: Instant) {
        self.look_at = now + LOOK_INTERVAL;
        let links: BTreeMap<u32, Ipv6Addr> = interfaces::with_link_local().into_iter().collect();
        let socket = self.intake.socket();
        let gone = self
            .links
            .keys()
            .filter(|index| !links.contains_key(*index));
        for gone in gone {
            // Most often the interface is gone, too.
            let _ = socket.leave_multicast_v6(&BEACON_GROUP, *gone);
        }
        let mut heard = BTreeMap::new();
        for (index, ip) in links {
            if !self.links.contains_key(&index)
                && let Err(error) = socket.join_multicast_v6(&BEACON_GROUP, index)
            {
                tracing::debug!(%error, index, "cannot hear beacons on an interface");
                continue;
            }
            heard.insert(index, ip);
        }
        self.links = heard;
        let told = self.links.keys().copied();
        let told: BTreeSet<u32> = told.filter(|index| self.tells_on(*index)).collect();
        self.rhythm.links(&told, now);
        self.timer.as_mut().reset(now);
    }

    /// The ports to tell of on an interface, if there is anything to tell.
    fn ports(&self, index: u32) -> Option<Ports> {
        let ports = self.ports.get(self.links.get(&index)?)?;
        (self.tells && ports.tcp != 0).then_some(*ports)
    }

    fn tells_on(&self, index: u32) -> bool {
        self.ports(index).is_some()
    }

    /// Puts what is due with what is to be sent.
    fn take_due(&mut self, now: Instant) {
        for (index, asks) in self.rhythm.due(now) {
            let Some(Ports { tcp, quic }) = self.ports(index) else {
                continue;
            };
            let message = Message {
                peer: self.own,
                asks,
                tcp,
                quic,
            };
            let bytes = message.to_bytes();
            self.outgoing.retain(|other| other.index != index);
            self.outgoing.push_back(Outgoing { index, asks, bytes });
        }
    }

    /// Sends what waits; ready when nothing does.
    fn poll_send(&mut self, context: &mut Context<'_>) -> Poll<()> {
        while let Some(Outgoing { index, asks, bytes }) = self.outgoing.front() {
            let to = SocketAddrV6::new(BEACON_GROUP, BEACON_PORT, 0, *index);
            let socket = self.intake.socket();
            let sent = ready!(socket.poll_send_to(context, bytes, to.into()));
            let (index, asks) = (*index, *asks);
            if let Err(error) = &sent {
                // An address that has only come is not ready at once.
                tracing::debug!(%error, index, "cannot send a beacon on an interface");
            }
            self.meters.beacon_sent(sent.is_ok());
            self.rhythm.sent(index, asks, sent.is_ok(), Instant::now());
            self.outgoing.pop_front();
        }
        Poll::Ready(())
    }

    /// Does what it is time for; ready at no time.
    fn poll_due(&mut self, context: &mut Context<'_>) {
        loop {
            let now = Instant::now();
            if now >= self.look_at {
                self.look(now);
            }
            self.take_due(now);
            // What cannot be sent now wakes us when it can.
            let _ = self.poll_send(context);
            let next = self.rhythm.next_at();
            let next = next.map_or(self.look_at, |next| next.min(self.look_at));
            self.timer.as_mut().reset(next);
            if self.timer.as_mut().poll(context).is_pending() {
                return;
            }
        }
    }
}

impl Source for Beacon {
    const NAME: &'static str = "the beacon";

    fn start(setting: &Setting) -> io::Result<Self> {
        let own = address::transport_id(&setting.own);
        let own = own.ok_or_else(|| io::Error::other("no Ed25519 key"))?;
        let [a, b, c, d, e, f, g, h, ..] = *own.as_bytes();
        let now = Instant::now();
        let address = SocketAddr::from((Ipv6Addr::UNSPECIFIED, BEACON_PORT));
        let mut beacon = Self {
            own,
            tells: setting.choice == Choice::On,
            intake: Intake::open(address)?,
            ports: BTreeMap::new(),
            links: BTreeMap::new(),
            rhythm: Rhythm::new(u64::from_le_bytes([a, b, c, d, e, f, g, h])),
            look_at: now,
            timer: Box::pin(sleep_until(now)),
            outgoing: VecDeque::new(),
            meters: setting.meters.clone(),
        };
        beacon.moved(setting);
        Ok(beacon)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Vec<Seen>>> {
        loop {
            self.poll_due(context);
            let (packet, sender) = ready!(self.intake.poll(context))?;
            let Some((index, message)) = heard(packet, sender) else {
                continue;
            };
            if message.peer == self.own || !self.links.contains_key(&index) {
                continue;
            }
            self.meters.beacon_heard();
            self.rhythm.heard(index, message.asks, Instant::now());
            if let Some(seen) = seen_at(sender, message) {
                return Poll::Ready(Ok(vec![seen]));
            }
        }
    }
}

/// The beacon in a packet from an address of a link, and which interface that is of.
fn heard(packet: &[u8], sender: SocketAddr) -> Option<(u32, Message)> {
    let SocketAddr::V6(sender) = sender else {
        return None;
    };
    let is_of_link = sender.ip().is_unicast_link_local() && sender.scope_id() != 0;
    let message = Message::read(packet).filter(|_| is_of_link)?;
    Some((sender.scope_id(), message))
}

/// Who sent a beacon, and where to dial them.
fn seen_at(sender: SocketAddr, message: Message) -> Option<Seen> {
    let SocketAddr::V6(sender) = sender else {
        return None;
    };
    let zone = sender.scope_id().to_string();
    let address = Multiaddr::empty()
        .with(Part::Ip6zone(zone.into()))
        .with(Part::Ip6(*sender.ip()))
        .with(Part::Tcp(message.tcp));
    let peer = address::peer_id(message.peer)?;
    (message.tcp != 0).then_some((peer, address))
}

#[cfg(test)]
mod tests;
