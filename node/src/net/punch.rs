//! Hole punching: two whom routers shield dial each other at the same moment, told of it through a relay.
//!
//! libp2p's DCUtR does it, for whoever reaches us through a relay of ours, at whatever addresses they name, as often
//! as they like. So it is asked here first.
//!
//! Invariants
//! - Whom nobody keeps is told nothing of where we are, whether they came through a relay or we went.
//! - Only kept peers have us dial, [`PUNCHES_MAX`] times in [`PUNCHES_TIME`], each at few addresses that a contact may tell
//!   us to dial.
//! - What others are told to dial is what [`candidates`](Punch::candidates) was given last, and nothing that libp2p makes of
//!   what peers observed: it forgets no candidate by itself, though we have gone elsewhere.

use std::collections::{HashMap, HashSet, VecDeque};
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::derive_prelude::Either;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NewExternalAddrCandidate,
    THandler, THandlerInEvent, THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId, dcutr};
use tokio::time::Instant;

use super::address;

/// Dials for one peer within [`PUNCHES_TIME`]: libp2p tries three times on each connection.
const PUNCHES_MAX: usize = 6;
/// See [`PUNCHES_MAX`].
const PUNCHES_TIME: Duration = Duration::from_secs(60);
/// Addresses of one dial.
const ADDRESSES_MAX: usize = 16;

/// Why a dial was not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("nobody keeps the peer")]
    Stranger,
    #[error("the peer had us dial often enough")]
    TooOften,
    #[error("the peer named addresses that are not dialled for others")]
    Addresses,
}

/// See the module.
pub(super) struct Punch {
    own: PeerId,
    inner: dcutr::Behaviour,
    /// Where to dial us, the likeliest first.
    candidates: Vec<Multiaddr>,
    kept: HashSet<PeerId>,
    /// Dials that DCUtR asked for and the swarm has not begun.
    dials: HashSet<ConnectionId>,
    /// When it dialled for whom.
    recent: HashMap<PeerId, VecDeque<Instant>>,
}

impl std::fmt::Debug for Punch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Punch(..)")
    }
}

impl Punch {
    pub(super) fn new(own: PeerId) -> Self {
        Self {
            own,
            inner: dcutr::Behaviour::new(own),
            candidates: Vec::new(),
            kept: HashSet::new(),
            dials: HashSet::new(),
            recent: HashMap::new(),
        }
    }

    /// Has `peer` be dialled when it is about to dial us, or no longer.
    pub(super) fn keep(&mut self, peer: PeerId, keep: bool) {
        if keep {
            self.kept.insert(peer);
        } else {
            self.kept.remove(&peer);
            self.recent.remove(&peer);
        }
    }

    /// Has these be told to those who are to dial us, the likeliest first, and no others any more.
    pub(super) fn candidates(&mut self, candidates: Vec<Multiaddr>) {
        self.candidates = candidates;
    }

    /// What makes the handlers of connections through relays: they are told as they are made where to dial us, and the
    /// behaviour keeps nothing of them.
    fn teller(&self) -> dcutr::Behaviour {
        let mut teller = dcutr::Behaviour::new(self.own);
        // The last one that it is given is the first that it tells.
        for addr in self.candidates.iter().rev() {
            let candidate = NewExternalAddrCandidate { addr };
            teller.on_swarm_event(FromSwarm::NewExternalAddrCandidate(candidate));
        }
        teller
    }

    /// Whether `peer` may have us dial `addresses` at `now`.
    fn admit(
        &mut self,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        now: Instant,
    ) -> Result<(), Refusal> {
        let Some(peer) = peer.filter(|peer| self.kept.contains(peer)) else {
            return Err(Refusal::Stranger);
        };
        let may = |address: &Multiaddr| {
            !address::is_circuit(address) && address::may_be_told(address, false)
        };
        if addresses.len() > ADDRESSES_MAX || !addresses.iter().all(may) {
            return Err(Refusal::Addresses);
        }
        let recent = self.recent.entry(peer).or_default();
        recent.retain(|at| now < *at + PUNCHES_TIME);
        if recent.len() >= PUNCHES_MAX {
            return Err(Refusal::TooOften);
        }
        recent.push_back(now);
        Ok(())
    }
}

impl NetworkBehaviour for Punch {
    type ConnectionHandler = <dcutr::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = dcutr::Event;

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        if self.dials.remove(&connection) {
            self.admit(peer, addresses, Instant::now())
                .map_err(ConnectionDenied::new)?;
        }
        self.inner
            .handle_pending_outbound_connection(connection, peer, addresses, role)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        if !address::is_circuit(local) {
            let inner = &mut self.inner;
            inner.handle_established_inbound_connection(connection, peer, local, remote)
        } else if self.kept.contains(&peer) {
            let mut teller = self.teller();
            teller.handle_established_inbound_connection(connection, peer, local, remote)
        } else {
            // Without a handler of DCUtR's a stranger is neither asked nor answered.
            Ok(Either::Right(dummy::ConnectionHandler))
        }
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let mut teller;
        let inner = if !address::is_circuit(address) {
            &mut self.inner
        } else if self.kept.contains(&peer) {
            teller = self.teller();
            &mut teller
        } else {
            return Ok(Either::Right(dummy::ConnectionHandler));
        };
        inner.handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if !matches!(event, FromSwarm::NewExternalAddrCandidate(_)) {
            self.inner.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.inner
            .on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        let action = self.inner.poll(context);
        if let Poll::Ready(ToSwarm::Dial { opts }) = &action {
            self.dials.insert(opts.connection_id());
        }
        action
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: usize) -> Multiaddr {
        format!("/ip4/45.0.0.{host}/udp/4001/quic-v1")
            .parse()
            .unwrap()
    }

    fn keeping(peer: PeerId) -> Punch {
        let mut punch = Punch::new(PeerId::random());
        punch.keep(peer, true);
        punch
    }

    #[test]
    fn a_stranger_who_comes_through_a_relay_is_not_told_where_we_are() {
        let ben = PeerId::random();
        let relay = PeerId::random();
        let circuit: Multiaddr = format!("/ip4/45.0.0.1/tcp/1/p2p/{relay}/p2p-circuit")
            .parse()
            .unwrap();
        let mut punch = Punch::new(PeerId::random());
        let mut is_told = |kept: bool| {
            punch.keep(ben, kept);
            let id = ConnectionId::new_unchecked(1);
            let inbound =
                punch.handle_established_inbound_connection(id, ben, &circuit, &Multiaddr::empty());
            let (role, port_use) = (Endpoint::Dialer, PortUse::Reuse);
            let outbound =
                punch.handle_established_outbound_connection(id, ben, &circuit, role, port_use);
            [inbound, outbound].map(|handler| matches!(handler, Ok(Either::Left(_))))
        };
        assert_eq!(is_told(false), [false, false]);
        assert_eq!(is_told(true), [true, true]);
    }

    #[test]
    fn a_stranger_has_us_dial_nothing() {
        let ben = PeerId::random();
        let mut punch = Punch::new(PeerId::random());
        let now = Instant::now();
        let refused = Err(Refusal::Stranger);
        assert_eq!(punch.admit(Some(ben), &[at(1)], now), refused);
        assert_eq!(punch.admit(None, &[at(1)], now), refused);
        punch.keep(ben, true);
        assert_eq!(punch.admit(Some(ben), &[at(1)], now), Ok(()));
        punch.keep(ben, false);
        assert_eq!(punch.admit(Some(ben), &[at(1)], now), refused);
    }

    #[test]
    fn a_contact_has_us_dial_as_often_as_may_be_and_not_once_more() {
        let ben = PeerId::random();
        let mut punch = keeping(ben);
        let now = Instant::now();
        for _ in 0..PUNCHES_MAX {
            assert_eq!(punch.admit(Some(ben), &[at(1)], now), Ok(()));
        }
        let refused = Err(Refusal::TooOften);
        assert_eq!(punch.admit(Some(ben), &[at(1)], now), refused);
        let later = now + PUNCHES_TIME;
        assert_eq!(punch.admit(Some(ben), &[at(1)], later), Ok(()));
    }

    #[test]
    fn of_the_addresses_that_a_contact_names_there_are_few_and_none_of_this_machine_or_through_a_relay()
     {
        let ben = PeerId::random();
        let (mut punch, now) = (keeping(ben), Instant::now());
        let most: Vec<_> = (1..=ADDRESSES_MAX).map(at).collect();
        assert_eq!(punch.admit(Some(ben), &most, now), Ok(()));
        let more: Vec<_> = (1..=ADDRESSES_MAX + 1).map(at).collect();
        let refused = Err(Refusal::Addresses);
        assert_eq!(punch.admit(Some(ben), &more, now), refused);
        let relay = PeerId::random();
        for bad in [
            "/ip4/127.0.0.1/tcp/80".to_owned(),
            "/ip4/169.254.169.254/tcp/80".to_owned(),
            format!("/ip4/45.0.0.1/tcp/1/p2p/{relay}/p2p-circuit"),
        ] {
            let bad = bad.parse().unwrap();
            assert_eq!(punch.admit(Some(ben), &[at(1), bad], now), refused);
        }
        let inside = "/ip4/192.168.1.2/udp/4001/quic-v1".parse().unwrap();
        assert_eq!(punch.admit(Some(ben), &[inside], now), Ok(()));
    }
}
