//! The behaviours of the swarm, in the order in which they are asked about a connection.
//!
//! Invariants
//! - Whatever refuses connections is asked before what counts them as made.
//! - Strangers learn no listen address from us: identify hides them, and tells what is known to be public.
//! - What we do for others as a relay is bounded in places, circuits, bytes and time, for each host too, and strangers
//!   leave some of it for kept peers; it is done only while others reach us, which the task says.
//! - Strangers cannot shut out contacts: kept peers bypass the limits on connections. Those that are
//!   being made are limited by [`Crowd`] alone, which tells hosts apart; one limit for all would be
//!   filled by a few forged packets.

mod strangers;

use std::num::NonZeroU32;
use std::time::Duration;

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::identity::Keypair;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{identify, ping, relay};
use tidings_protocol::record::Discovery as Choice;

pub(super) use self::strangers::Kept;
use self::strangers::Strangers;
use super::crowd::Crowd;
use super::discovery::Discovery;
use super::punch::Punch;
use super::rendezvous::Rendezvous;
use super::scope::{Networks, Scope};
use super::streams::{CONNECTIONS_PER_PEER_MAX, Streams};
use crate::meters::Meters;

/// Inbound connections.
const ESTABLISHED_IN_MAX: u32 = 256;
/// Outbound connections.
const ESTABLISHED_OUT_MAX: u32 = 64;
/// A connection is asked for a sign of life so often.
const PING_INTERVAL: Duration = Duration::from_secs(15);
/// A connection that gives no sign of life within this time, and none when it is asked once more,
/// is closed. Long, because the answer may queue behind much else on a slow link.
const PING_TIMEOUT: Duration = Duration::from_secs(25);
/// Peers to whom we lend a place, so that others reach them through us.
const RELAY_RESERVATIONS_MAX: usize = 128;
/// Of one peer.
const RELAY_RESERVATIONS_PER_PEER_MAX: usize = 2;
/// How long a place is lent before it has to be asked for again.
const RELAY_RESERVATION_TIME: Duration = Duration::from_hours(1);
/// Circuits through us at once.
const RELAY_CIRCUITS_MAX: usize = 64;
/// Those that one peer began.
const RELAY_CIRCUITS_PER_PEER_MAX: usize = 4;
/// How long a circuit lasts: behind routers that let nobody meet it carries the conversation, and is made anew then.
const RELAY_CIRCUIT_TIME: Duration = Duration::from_mins(30);
/// Bytes over one circuit, both ways together.
const RELAY_CIRCUIT_BYTES: u64 = 8 * 1024 * 1024;
/// Places that all strangers together may ask for at once.
const RELAY_STRANGERS_RESERVATIONS_MAX: u32 = 32;
/// How long it takes until they may ask for one more.
const RELAY_STRANGERS_RESERVATION_EACH: Duration = Duration::from_mins(2);
/// Circuits that they may begin at once.
const RELAY_STRANGERS_CIRCUITS_MAX: u32 = 24;
/// How long it takes until they may begin one more.
const RELAY_STRANGERS_CIRCUIT_EACH: Duration = Duration::from_secs(90);
/// Places, and circuits, that one peer may ask for at once.
const RELAY_RATE_PER_PEER: NonZeroU32 = NonZeroU32::new(30).unwrap();
/// Those that one address does.
const RELAY_RATE_PER_IP: NonZeroU32 = NonZeroU32::new(60).unwrap();
/// How long it takes until each may ask for one more.
const RELAY_RATE_TIME: Duration = Duration::from_mins(1);
const IDENTIFY_PROTOCOL: &str = "/tidings/1";
const AGENT: &str = "tidings";

/// See the module.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) scope: Scope,
    pub(super) limits: connection_limits::Behaviour,
    pub(super) rendezvous: Toggle<Rendezvous>,
    pub(super) crowd: Crowd,
    pub(super) streams: Streams,
    pub(super) ping: ping::Behaviour,
    pub(super) identify: identify::Behaviour,
    pub(super) discovery: Discovery,
    pub(super) relay: relay::Behaviour,
    pub(super) circuits: relay::client::Behaviour,
    pub(super) punch: Punch,
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Behaviour(..)")
    }
}

impl Behaviour {
    /// `circuits` belongs to the swarm's transport; `kept` says who is none of the strangers to the relay.
    pub(super) fn new(
        key: &Keypair,
        (choice, networks): (Choice, Networks),
        rendezvous: Option<Rendezvous>,
        circuits: relay::client::Behaviour,
        kept: Kept,
        meters: &Meters,
    ) -> Self {
        let own = key.public().to_peer_id();
        let mut relay = relay::Behaviour::new(own, relay_config(kept));
        relay.set_status(Some(relay::Status::Disable));
        // One more than may stay: the newest is let in, then the oldest is closed.
        let per_peer = u32::try_from(CONNECTIONS_PER_PEER_MAX + 1).unwrap_or(u32::MAX);
        let limits = ConnectionLimits::default()
            .with_max_pending_incoming(None)
            .with_max_established_incoming(Some(ESTABLISHED_IN_MAX))
            .with_max_established_outgoing(Some(ESTABLISHED_OUT_MAX))
            .with_max_established_per_peer(Some(per_peer));
        let ping = ping::Config::new()
            .with_interval(PING_INTERVAL)
            .with_timeout(PING_TIMEOUT);
        let identify =
            identify::Config::new_with_signed_peer_record(IDENTIFY_PROTOCOL.to_owned(), key)
                .with_agent_version(AGENT.to_owned())
                .with_hide_listen_addrs(true)
                .with_cache_size(0);
        Self {
            scope: Scope::new(networks),
            limits: connection_limits::Behaviour::new(limits),
            rendezvous: rendezvous.into(),
            crowd: Crowd::default(),
            streams: Streams::default(),
            ping: ping::Behaviour::new(ping),
            identify: identify::Behaviour::new(identify),
            discovery: Discovery::new(own, choice, meters.clone()),
            relay,
            circuits,
            punch: Punch::new(own),
        }
    }
}

fn relay_config(kept: Kept) -> relay::Config {
    // Of one peer, libp2p lets in one more than it is told.
    let mut config = relay::Config {
        max_reservations: RELAY_RESERVATIONS_MAX,
        max_reservations_per_peer: RELAY_RESERVATIONS_PER_PEER_MAX.saturating_sub(1),
        reservation_duration: RELAY_RESERVATION_TIME,
        reservation_rate_limiters: Vec::new(),
        max_circuits: RELAY_CIRCUITS_MAX,
        max_circuits_per_peer: RELAY_CIRCUITS_PER_PEER_MAX.saturating_sub(1),
        max_circuit_duration: RELAY_CIRCUIT_TIME,
        max_circuit_bytes: RELAY_CIRCUIT_BYTES,
        circuit_src_rate_limiters: Vec::new(),
    }
    .reservation_rate_per_peer(RELAY_RATE_PER_PEER, RELAY_RATE_TIME)
    .reservation_rate_per_ip(RELAY_RATE_PER_IP, RELAY_RATE_TIME)
    .circuit_src_per_peer(RELAY_RATE_PER_PEER, RELAY_RATE_TIME)
    .circuit_src_per_ip(RELAY_RATE_PER_IP, RELAY_RATE_TIME);
    // Asked last, as whatever else refuses takes nothing of what strangers have.
    config
        .reservation_rate_limiters
        .push(Box::new(Strangers::new(
            kept.clone(),
            RELAY_STRANGERS_RESERVATIONS_MAX,
            RELAY_STRANGERS_RESERVATION_EACH,
        )));
    config
        .circuit_src_rate_limiters
        .push(Box::new(Strangers::new(
            kept,
            RELAY_STRANGERS_CIRCUITS_MAX,
            RELAY_STRANGERS_CIRCUIT_EACH,
        )));
    config
}

/// Whether a connection is to be closed, as nobody is at its other end any more. The first failure
/// in a row is not reported, and the second is most often that of opening a new stream.
pub(super) const fn is_dead(ping: &Result<Duration, ping::Failure>) -> bool {
    match ping {
        Ok(_) | Err(ping::Failure::Unsupported) => false,
        Err(ping::Failure::Timeout | ping::Failure::Other { .. }) => true,
    }
}

#[cfg(test)]
mod lending;

#[cfg(test)]
mod tests {
    use std::io;

    use libp2p::core::transport::PortUse;
    use libp2p::core::{ConnectedPoint, Endpoint, Multiaddr};
    use libp2p::swarm::behaviour::ConnectionEstablished;
    use libp2p::swarm::{ConnectionId, FromSwarm};

    use super::*;
    use crate::net::transport::quic_silence_max;

    pub(super) fn key(number: u32) -> Keypair {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&number.to_le_bytes());
        Keypair::ed25519_from_bytes(bytes).unwrap()
    }

    /// Whether a connection with one more peer is let in; if so, it stays.
    fn is_let_in(behaviour: &mut Behaviour, number: u32, inbound: bool) -> bool {
        let limits = &mut behaviour.limits;
        let connection_id = ConnectionId::new_unchecked(usize::try_from(number).unwrap());
        let peer_id = key(number).public().to_peer_id();
        let address: Multiaddr = "/memory/1".parse().unwrap();
        let (answer, endpoint) = if inbound {
            let endpoint = ConnectedPoint::Listener {
                local_addr: address.clone(),
                send_back_addr: address.clone(),
            };
            let answer = limits.handle_established_inbound_connection(
                connection_id,
                peer_id,
                &address,
                &address,
            );
            (answer, endpoint)
        } else {
            let (role_override, port_use) = (Endpoint::Dialer, PortUse::Reuse);
            let endpoint = ConnectedPoint::Dialer {
                address: address.clone(),
                role_override,
                port_use,
            };
            let answer = limits.handle_established_outbound_connection(
                connection_id,
                peer_id,
                &address,
                role_override,
                port_use,
            );
            (answer, endpoint)
        };
        if answer.is_ok() {
            limits.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint: &endpoint,
                failed_addresses: &[],
                other_established: 0,
            }));
        }
        answer.is_ok()
    }

    /// Time in which libp2p opens a stream or gives up.
    const STREAM_TIMEOUT: Duration = Duration::from_secs(10);

    #[test]
    fn whoever_falls_silent_is_given_up_within_the_time_that_is_promised() {
        let promised = Duration::from_secs(70);
        // Asked at the latest after an interval, and once more after another, on a new stream.
        let asked = PING_INTERVAL + PING_TIMEOUT + PING_INTERVAL + STREAM_TIMEOUT;
        assert!(asked < promised, "{asked:?}");
        assert!(quic_silence_max() < promised, "{:?}", quic_silence_max());
    }

    #[test]
    fn a_connection_on_which_no_sign_of_life_comes_is_dead_whatever_kept_it() {
        let other = |kind| ping::Failure::Other {
            error: Box::new(io::Error::from(kind)),
        };
        assert!(is_dead(&Err(ping::Failure::Timeout)));
        assert!(is_dead(&Err(other(io::ErrorKind::TimedOut))));
        assert!(is_dead(&Err(other(io::ErrorKind::BrokenPipe))));
        assert!(!is_dead(&Err(ping::Failure::Unsupported)));
        assert!(!is_dead(&Ok(Duration::from_secs(20))));
    }

    #[test]
    fn connections_at_either_limit_are_let_in_and_one_more_only_of_a_kept_peer() {
        for (inbound, max) in [(true, ESTABLISHED_IN_MAX), (false, ESTABLISHED_OUT_MAX)] {
            let (_transport, circuits) = relay::client::new(key(0).public().to_peer_id());
            let (_kept, is_kept) = tokio::sync::watch::channel(Default::default());
            let mut behaviour = Behaviour::new(
                &key(0),
                (Choice::Off, Networks::All),
                None,
                circuits,
                is_kept,
                &Meters::default(),
            );
            for number in 1..=max {
                assert!(is_let_in(&mut behaviour, number, inbound), "{number}");
            }
            assert!(!is_let_in(&mut behaviour, max + 1, inbound));
            assert!(is_let_in(&mut behaviour, max + 2, !inbound), "of its own");
            let kept = key(max + 3).public().to_peer_id();
            behaviour.limits.bypass_peer_id(&kept);
            assert!(is_let_in(&mut behaviour, max + 3, inbound));
        }
    }
}
