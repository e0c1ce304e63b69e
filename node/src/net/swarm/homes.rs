//! The task's home networks: in which this machine is, and what follows when they are others, or it slept.
//!
//! ```text
//!   where we listen --> homes --others than before--+
//!                                                   +--> Wake --once in a while--> dial, and look for, everybody again
//!   both clocks --------------------------slept-----+
//! ```
//!
//! Nobody tells whoever moved that a connection is dead: the other end answers to where they were, or to nobody. It
//! takes a minute until a silence is one.
//!
//! Invariants
//! - A connection is closed at once if it was made from an address that this machine has no longer, or nothing goes to
//!   its other end from anywhere. Nothing else that may work is ended.
//! - A router that names one network after the other, whoever runs it, has everybody dialled and looked for again no more
//!   often than [`Wake`](crate::net::wake::Wake) says, and not at all while the networks stay.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::swarm::ConnectionId;

use super::{Held, Task};
use crate::clock::wall_time;
use crate::net::dial::Change;
use crate::net::wake::Cause;
use crate::net::{interfaces, reach};

/// The address from which this machine would send to a host now; `None` if it cannot.
pub(super) fn way_to(host: IpAddr) -> Option<IpAddr> {
    // Any port will do.
    interfaces::source((host, 9).into())
}

impl Held {
    /// Whether it is of a network that was left; `here` are all addresses of this machine.
    fn is_left(&self, here: &BTreeSet<IpAddr>, way_now: impl Fn(IpAddr) -> Option<IpAddr>) -> bool {
        let (Some(own), Some(host)) = (self.way, self.host) else {
            return false;
        };
        // Who cannot be told anything has left nothing.
        let is_gone = !here.is_empty() && !here.contains(&own);
        is_gone || way_now(host).is_none()
    }
}

impl Task {
    /// Takes note of where we listen, if that is elsewhere than before.
    pub(super) fn is_at(&mut self, listening: &[Multiaddr]) {
        self.close_left();
        let homes = reach::homes(listening);
        if self.homes != homes {
            let is_nowhere = homes.is_empty();
            self.homes = homes;
            // Where there is no network nobody is reached: the next one is what to look around in.
            if !is_nowhere {
                self.wake.moved();
            }
        }
    }

    /// What is known of the home networks so far is no change of them.
    pub(super) fn settle(&mut self) {
        self.wake.settle();
    }

    fn close_left(&mut self) {
        let here = interfaces::addresses();
        let held = self.peers.values().flat_map(|peer| &peer.connections);
        let left = held.filter(|(_, held)| held.is_left(&here, way_to));
        for connection in left.map(|(id, _)| *id).collect::<Vec<ConnectionId>>() {
            tracing::debug!(%connection, "a connection was of another network");
            self.swarm.close_connection(connection);
        }
    }

    /// Has everybody be dialled, and looked for, who may be lost without our knowing.
    pub(super) fn see_to_connections(&mut self) {
        let now = self.now();
        let day = Duration::from_millis(wall_time().as_millis());
        self.wake.look(now, day);
        let Some(cause) = self.wake.due(now) else {
            return;
        };
        tracing::debug!(?cause, "looking for everybody again");
        self.policy.handle(Change::Woke, now);
        self.schedule.network_changed(now);
        match cause {
            // Discovery looks at interfaces by itself.
            Cause::Moved => {}
            Cause::Slept => self.swarm.behaviour_mut().discovery.look_again(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tidings_protocol::id::TransportId;

    use super::*;
    use crate::net::{Connection, Path};

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// A connection that was made from `own`.
    fn held(own: Option<&str>) -> Held {
        let told = Connection {
            peer: TransportId::new([1; 32]),
            address: String::new(),
            path: Path::Direct,
        };
        Held {
            told,
            dialled: None,
            host: Some(ip("2620:fe::fe")),
            way: own.map(ip),
            since: Duration::ZERO,
        }
    }

    #[test]
    fn a_connection_is_left_if_our_end_of_it_is_no_address_of_ours_or_nothing_goes_there() {
        let here: BTreeSet<IpAddr> = ["2001:db8:1::1", "2001:db8:2::1"].map(ip).into();
        let anywhere = |_| Some(ip("2001:db8:2::1"));
        assert!(held(Some("2001:db8:3::1")).is_left(&here, anywhere));
        assert!(held(Some("2001:db8:2::1")).is_left(&here, |_| None));
        assert!(!held(Some("2001:db8:2::1")).is_left(&here, anywhere));
        assert!(
            !held(Some("2001:db8:1::1")).is_left(&here, anywhere),
            "a router that names another network ends nothing"
        );
        assert!(!held(None).is_left(&here, |_| None), "within this process");
        let unlisted = BTreeSet::new();
        assert!(!held(Some("2001:db8:1::1")).is_left(&unlisted, anywhere));
    }
}
