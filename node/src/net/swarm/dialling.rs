//! The task's dials: those that the policy asks for, and those that somebody waits for.
//!
//! Invariants
//! - Every dial is answered to whoever asked for it, refused ones at once.
//! - Only addresses of the networks that we use are dialled.
//! - Our own addresses are not dialled (the swarm leaves them out), and no new port is taken for a
//!   dial: what the peer sees is where we listen.

use std::error::Error;
use std::io;

use libp2p::Multiaddr;
use libp2p::core::transport::TransportError;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use tidings_protocol::id::TransportId;

use super::{OUTBOX_MAX, Task};
use crate::net::connect::Start;
use crate::net::dial::{Change, Dial, Way};
use crate::net::streams::Guard;
use crate::net::{NetEvent, Peer, address};

/// Failed addresses that a reason names.
const REASON_ADDRESSES_MAX: usize = 4;
const INVALID_KEY: &str = "its transport id is no valid key";

impl Task {
    /// Starts all dials that are due.
    pub(super) fn start_dials(&mut self) {
        let now = self.now();
        for dial in self.policy.due(now) {
            self.dial_kept(dial);
        }
        for start in self.connects.due(now) {
            self.dial_once(start);
        }
    }

    fn dial_kept(
        &mut self,
        Dial {
            peer,
            mut addresses,
            way,
        }: Dial,
    ) {
        let condition = match way {
            Way::Direct | Way::Relayed => PeerCondition::Disconnected,
            Way::Better => PeerCondition::Always,
        };
        if way != Way::Relayed {
            addresses.extend(self.discovered.addresses(peer).cloned());
        }
        match self.dial_known(peer, addresses, condition) {
            Ok(connection) => {
                self.dials.insert(connection, peer);
            }
            Err(reason) => self.kept_dial_failed(peer, reason),
        }
    }

    fn dial_once(
        &mut self,
        Start {
            attempt,
            peer,
            addresses,
        }: Start,
    ) {
        let outcome = match peer {
            Peer::Known(peer) => self.dial_known(peer, addresses, PeerCondition::Disconnected),
            Peer::Hint(hint) => self.dial_hinted(hint, addresses),
        };
        match outcome {
            Ok(connection) => self.connects.started(attempt, connection),
            Err(reason) => self.connects.not_started(attempt, reason),
        }
    }

    /// Dials even while another dial is in flight: these addresses may be the better ones.
    fn dial_known(
        &mut self,
        peer: TransportId,
        addresses: Vec<Multiaddr>,
        condition: PeerCondition,
    ) -> Result<ConnectionId, String> {
        let peer = address::peer_id(peer).ok_or(INVALID_KEY)?;
        let addresses = self.admitted(addresses)?;
        self.dial(
            DialOpts::peer_id(peer)
                .condition(condition)
                .addresses(addresses)
                .build(),
        )
    }

    fn dial_hinted(
        &mut self,
        hint: [u8; 8],
        addresses: Vec<Multiaddr>,
    ) -> Result<ConnectionId, String> {
        let address = self.admitted(addresses)?.into_iter().next();
        let address = address.ok_or("no address is left")?;
        if self.swarm.listeners().any(|own| *own == address) {
            return Err("this is our own address".to_owned());
        }
        let connection = self.dial(DialOpts::unknown_peer_id().address(address).build())?;
        self.swarm
            .behaviour_mut()
            .streams
            .guard(connection, Guard::Hint(hint));
        Ok(connection)
    }

    /// Those of `addresses` that are of the networks that we use.
    fn admitted(&self, addresses: Vec<Multiaddr>) -> Result<Vec<Multiaddr>, String> {
        let admitted = self.swarm.behaviour().scope.admitted(addresses);
        admitted.map_err(|outside| outside.to_string())
    }

    fn dial(&mut self, options: DialOpts) -> Result<ConnectionId, String> {
        let connection = options.connection_id();
        self.swarm.dial(options).map_err(|error| reason(&error))?;
        Ok(connection)
    }

    /// Tells whoever asked for `connection` that nothing came of it.
    pub(super) fn dial_failed(&mut self, connection: ConnectionId, error: &DialError) {
        self.swarm.behaviour_mut().streams.unguard(connection);
        let reason = reason(error);
        if let Some(peer) = self.dials.remove(&connection) {
            self.kept_dial_failed(peer, reason);
        } else {
            let now = self.now();
            self.connects.failed(connection, &reason, now);
        }
    }

    fn kept_dial_failed(&mut self, peer: TransportId, reason: String) {
        self.policy.handle(Change::DialFailed { peer }, self.now());
        // The one event that needs no swarm to happen, and the one that can be spared.
        let is_over = !self.policy.is_dialling(peer) && !self.peers.contains_key(&peer);
        if is_over && self.outbox.len() < OUTBOX_MAX {
            self.outbox.push_back(NetEvent::DialFailed { peer, reason });
        }
    }
}

/// What a person can make of `error`.
fn reason(error: &DialError) -> String {
    match error {
        DialError::LocalPeerId { .. } => "this is our own address".to_owned(),
        DialError::NoAddresses => "no address of it is known".to_owned(),
        DialError::DialPeerConditionFalse(_) => "already connected".to_owned(),
        DialError::Aborted => "given up".to_owned(),
        DialError::WrongPeerId { address, .. } => {
            format!("another device answers at {}", address::display(address))
        }
        DialError::Denied { cause } => innermost(cause),
        DialError::Transport(failures) => {
            let failures: Vec<_> = failures
                .iter()
                .take(REASON_ADDRESSES_MAX)
                .map(failure)
                .collect();
            failures.join("; ")
        }
    }
}

fn failure((address, error): &(Multiaddr, TransportError<io::Error>)) -> String {
    let address = address::display(address);
    match error {
        TransportError::MultiaddrNotSupported(_) => format!("{address}: not supported"),
        TransportError::Other(error) => format!("{address}: {}", innermost(error)),
    }
}

/// The message at the bottom of a chain of wrappers, which says what went wrong.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_as_many_addresses_as_it_may_and_not_one_more() {
        let named = |count: usize| {
            let failed = |port| {
                let address: Multiaddr = format!("/memory/{}", port + 1).parse().unwrap();
                (
                    address.clone(),
                    TransportError::MultiaddrNotSupported(address),
                )
            };
            let error = DialError::Transport((0..count).map(failed).collect());
            reason(&error).split("; ").count()
        };
        assert_eq!(named(REASON_ADDRESSES_MAX), REASON_ADDRESSES_MAX);
        assert_eq!(named(REASON_ADDRESSES_MAX + 1), REASON_ADDRESSES_MAX);
    }
}
