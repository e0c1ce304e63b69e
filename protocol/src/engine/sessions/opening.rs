//! Opening sessions: over which connections, from which side, and when again.
//!
//! Invariants
//! - The side that dialled opens the session; the other does after [`FALLBACK_TIME`], in case the
//!   first did not know whom it had reached.
//! - With a device that is presumed somewhere one session is tried, and no more until it is presumed there anew.

use std::time::Duration;

use super::Sessions;
use crate::engine::directory::{Device, Directory};
use crate::engine::{Effect, Parts};
use crate::id::TransportId;
use crate::time::Monotonic;

/// How long the side that was dialled waits for the other to open a session.
const FALLBACK_TIME: Duration = Duration::from_secs(2);
/// First wait before a session is opened again over a connection that stayed.
const REOPEN_FIRST: Duration = Duration::from_secs(1);
/// Longest such wait: it may be for good that the other side knows us no longer.
const REOPEN_MAX: Duration = Duration::from_mins(10);

/// What an address begins with that names an interface of this device: nobody else is to have it.
const ZONE: &str = "/ip6zone/";

/// A connected peer.
#[derive(Debug)]
pub(super) struct Connected {
    address: String,
    dialed: bool,
    /// When to open a session from this side, unless there is one.
    open_at: Option<Monotonic>,
    /// How long to wait after the next session that fails or ends.
    reopen: Duration,
}

impl Sessions {
    /// Notes a connection; opens a session over it if it leads to a contact. Beside another one, where it leads is kept at
    /// once.
    pub(in crate::engine) fn connected(
        &mut self,
        peer: TransportId,
        address: String,
        dialed: bool,
        parts: &mut Parts<'_>,
    ) {
        let connected = Connected {
            address,
            dialed,
            open_at: None,
            reopen: REOPEN_FIRST,
        };
        let again = self.connected.insert(peer, connected).is_some();
        let sought = parts.directory.sought(&peer);
        let sought = sought.map(|device| device.card.device);
        if again && let Some(device) = sought {
            // Its key says who it is. There may be a session already, over a connection that is none so good.
            // Where a first connection leads is kept with the session that opens over it: before that it is of no more use.
            let address = self.dialed_address(&peer);
            let context = &mut parts.context;
            parts
                .directory
                .reached(&device, address.as_slice(), context);
        }
        if again && dialed && sought.is_some() {
            // The connection before may be dead without knowing, and its session with it.
            parts.context.effect(Effect::OpenSession { peer });
        } else {
            self.met(peer, parts);
        }
    }

    /// The address under which we dialled a peer, if it is of use to others, who may be told.
    pub(in crate::engine) fn dialed_address(&self, peer: &TransportId) -> Option<String> {
        let connected = self.connected.get(peer)?;
        let is_of_use = connected.dialed && !connected.address.starts_with(ZONE);
        is_of_use.then(|| connected.address.clone())
    }

    /// Notes that a peer is gone.
    pub(in crate::engine) fn disconnected(&mut self, peer: &TransportId) {
        self.connected.remove(peer);
    }

    /// Opens a session to a peer that has just become known as a contact's device, or sees to it
    /// that one is opened soon.
    pub(in crate::engine) fn met(&mut self, peer: TransportId, parts: &mut Parts<'_>) {
        let Some(connected) = self.connected.get_mut(&peer) else {
            return;
        };
        let Some(device) = expected(&peer, parts.directory) else {
            return;
        };
        if parts.links.is_engaged(&device.card.device) {
            return;
        }
        if connected.dialed {
            parts.context.effect(Effect::OpenSession { peer });
        } else {
            let at = parts.context.now.monotonic + FALLBACK_TIME;
            connected.open_at = Some(at);
            parts.context.wake(at);
        }
    }

    /// Sees to it that a session is opened again after one that failed or ended, while the
    /// connection is still there.
    pub(in crate::engine) fn missed(&mut self, peer: TransportId, parts: &mut Parts<'_>) {
        parts.directory.presume_no_more(&peer);
        let Some(connected) = self.connected.get_mut(&peer) else {
            return;
        };
        let device = parts.directory.sought(&peer);
        if connected.open_at.is_none()
            && device.is_some_and(|device| !parts.links.is_engaged(&device.card.device))
        {
            let at = parts.context.now.monotonic + connected.reopen;
            connected.open_at = Some(at);
            connected.reopen = (connected.reopen * 2).min(REOPEN_MAX);
            parts.context.wake(at);
        }
    }

    /// Opens the sessions that the other side did not.
    pub(in crate::engine) fn tick(&mut self, parts: &mut Parts<'_>) {
        for (peer, connected) in &mut self.connected {
            let Some(at) = connected.open_at else {
                continue;
            };
            if at > parts.context.now.monotonic {
                parts.context.wake(at);
                continue;
            }
            connected.open_at = None;
            let device = expected(peer, parts.directory);
            if device.is_some_and(|device| !parts.links.is_engaged(&device.card.device)) {
                parts.context.effect(Effect::OpenSession { peer: *peer });
            }
        }
    }
}

/// The device with which a session is sought over a connection to a peer: known there, or presumed.
fn expected<'a>(peer: &TransportId, directory: &'a Directory) -> Option<&'a Device> {
    let known = directory.sought(peer);
    known.or_else(|| directory.presumed(peer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::carry::Carry;
    use crate::engine::link::Links;
    use crate::engine::pairing::Pairing;
    use crate::engine::pairs::Pairs;
    use crate::engine::replicas::Replicas;
    use crate::engine::tests::{Side, identity};
    use crate::record::Profile;

    /// What sessions have to do with, beside the directory.
    struct Others {
        links: Links,
        replicas: Replicas,
        carry: Carry,
        pairing: Pairing,
        pairs: Pairs,
    }

    impl Default for Others {
        fn default() -> Self {
            Self {
                links: Links::default(),
                replicas: Replicas::default(),
                carry: Carry::restore(&Profile::default()),
                pairing: Pairing::default(),
                pairs: Pairs::default(),
            }
        }
    }

    impl Others {
        fn parts<'a>(&'a mut self, side: &'a mut Side) -> Parts<'a> {
            let (directory, context) = side.parts_mut();
            Parts {
                directory,
                pairing: &mut self.pairing,
                pairs: &mut self.pairs,
                replicas: &mut self.replicas,
                links: &mut self.links,
                carry: &mut self.carry,
                context,
            }
        }
    }

    #[test]
    fn a_session_that_fails_is_opened_again_ever_later_and_no_later_than_may_be() {
        let ben = identity("Ben", 2);
        let mut side = Side::new(identity("Ann", 1), &[&ben]);
        let mut others = Others::default();
        let mut parts = others.parts(&mut side);
        let (mut sessions, peer) = (Sessions::default(), ben.transport());
        sessions.connected(peer, String::new(), true, &mut parts);
        let mut longest = REOPEN_FIRST;
        for doubled in 0..12 {
            sessions.missed(peer, &mut parts);
            longest = (REOPEN_FIRST * (1 << doubled)).min(REOPEN_MAX);
            let connected = sessions.connected.get_mut(&peer).unwrap();
            let at = parts.context.now.monotonic + longest;
            assert_eq!(connected.open_at.take(), Some(at));
        }
        assert_eq!(longest, REOPEN_MAX);
    }

    #[test]
    fn where_a_connected_contact_was_dialled_anew_is_kept_before_a_session_is_open_there() {
        let ben = identity("Ben", 2);
        let mut side = Side::new(identity("Ann", 1), &[&ben]);
        let mut others = Others::default();
        let mut sessions = Sessions::default();
        let (relay, own) = ("/ip4/45.0.1.1/udp/1/quic-v1", "/ip4/45.0.2.1/udp/2/quic-v1");
        let connections = [
            (relay, true),
            (own, true),
            ("/ip4/45.0.2.1/tcp/50000", false),
        ];
        for (address, dialed) in connections {
            let mut parts = others.parts(&mut side);
            sessions.connected(ben.transport(), address.to_owned(), dialed, &mut parts);
        }
        let parts = others.parts(&mut side);
        let known = parts.directory.sought(&ben.transport()).unwrap();
        assert_eq!(known.introduction().addresses, [own]);
    }

    #[test]
    fn an_address_that_names_an_interface_of_ours_is_nobody_elses() {
        let dialled = |address: &str, dialed| {
            let connected = Connected {
                address: address.to_owned(),
                dialed,
                open_at: None,
                reopen: REOPEN_FIRST,
            };
            let mut sessions = Sessions::default();
            let peer = TransportId::new([1; 32]);
            sessions.connected.insert(peer, connected);
            sessions.dialed_address(&peer)
        };
        let plain = "/ip4/192.0.2.1/tcp/1";
        assert_eq!(dialled(plain, true).as_deref(), Some(plain));
        assert_eq!(dialled(plain, false), None);
        assert_eq!(dialled("/ip6zone/2/ip6/fe80::1/tcp/1", true), None);
    }
}
