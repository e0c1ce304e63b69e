//! The network: connections between devices, the wires inside them, and who can reach whom.
//!
//! ```text
//!   device a --- connection --- device b        one or several, each side hears of each
//!        +------- wire 1 -------+               frames arrive in order within a wire,
//!        +------- wire 2 -------+               in any order between two
//! ```
//!
//! Invariants
//! - What one end sent arrives in order, unless somebody meddles with it, until the wire is cut; then
//!   what is on its way arrives wholly or is lost wholly.
//! - Each end hears of a wire's end once, after the last frame that arrives.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use tidings_protocol::engine::{LinkId, LinkPurpose};
use tidings_protocol::id::TransportId;

/// A wire's name in its world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WireId(pub(super) u64);

/// A connection's name in its world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ConnectionId(pub(super) u64);

/// How the network treats what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weather {
    /// How long anything takes, in milliseconds.
    pub latency: RangeInclusive<u64>,
    /// How long a commit takes, in milliseconds; none when it is done at once.
    pub commit: Option<RangeInclusive<u64>>,
    /// Once in how many frames somebody on the way drops, changes or repeats one, or swaps it with the next.
    pub meddle_one_in: Option<u64>,
    /// Once in how many frames the wire is cut under it.
    pub cut_one_in: Option<u64>,
    /// Once in how many times a session's link does not come about.
    pub refuse_one_in: Option<u64>,
    /// How long until a side notices that the other is gone, in milliseconds.
    pub notice: RangeInclusive<u64>,
}

impl Weather {
    /// Nothing goes wrong.
    pub const CALM: Self = Self {
        latency: 1..=5,
        commit: None,
        meddle_one_in: None,
        cut_one_in: None,
        refuse_one_in: None,
        notice: 1..=5,
    };
}

/// One end of a wire or connection: which run of which device, or a stranger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Party {
    Device { index: usize, incarnation: u64 },
    Stranger(TransportId),
}

/// One end of a wire.
#[derive(Debug)]
pub(super) struct End {
    pub(super) party: Party,
    pub(super) purpose: LinkPurpose,
    pub(super) link: Option<LinkId>,
    /// When the last thing sent to it arrives.
    pub(super) last_arrival: u64,
    /// What is on its way to it does not arrive.
    pub(super) deaf: bool,
    /// It was told, or will be told, that the wire is gone.
    pub(super) closing: bool,
    /// Bytes written to the other end since the engine last heard of it.
    pub(super) written: usize,
    /// A frame that the next is to overtake.
    pub(super) held_back: Option<Vec<u8>>,
    /// The last frame was dropped.
    pub(super) lacks_last: bool,
    /// Something else arrived than was sent.
    pub(super) is_false: bool,
    /// What a stranger's end received.
    pub(super) received: Vec<Vec<u8>>,
    /// Whether a stranger's end was told that the wire is gone.
    pub(super) closed: bool,
}

/// An ordered stream of frames each way.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) connection: Option<ConnectionId>,
    pub(super) ends: [End; 2],
}

/// A connection between two runs of devices.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) parties: [Party; 2],
    /// When both sides have heard of it.
    pub(super) heard_at: u64,
    /// Whether it carries anything.
    pub(super) alive: bool,
    /// Which side believes that it is there.
    pub(super) believed: [bool; 2],
}

/// All connections and wires.
#[derive(Debug, Default)]
pub(super) struct Network {
    pub(super) wires: BTreeMap<WireId, Wire>,
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
    pub(super) apart: BTreeSet<(usize, usize)>,
    next: u64,
}

impl End {
    pub(super) const fn new(party: Party, purpose: LinkPurpose) -> Self {
        Self {
            party,
            purpose,
            link: None,
            last_arrival: 0,
            deaf: false,
            closing: false,
            written: 0,
            held_back: None,
            lacks_last: false,
            is_false: false,
            received: Vec::new(),
            closed: false,
        }
    }
}

impl Network {
    pub(super) fn add_wire(
        &mut self,
        connection: Option<ConnectionId>,
        opener: End,
        other: End,
    ) -> WireId {
        self.next += 1;
        let wire = WireId(self.next);
        let ends = [opener, other];
        self.wires.insert(wire, Wire { connection, ends });
        wire
    }

    pub(super) fn add_connection(&mut self, parties: [Party; 2], heard_at: u64) -> ConnectionId {
        self.next += 1;
        let connection = ConnectionId(self.next);
        let fresh = Connection {
            parties,
            heard_at,
            alive: true,
            believed: [true; 2],
        };
        self.connections.insert(connection, fresh);
        connection
    }

    /// The wire and side that a device knows under a link.
    pub(super) fn find(
        &self,
        device: usize,
        incarnation: u64,
        link: LinkId,
    ) -> Option<(WireId, usize)> {
        let party = Party::Device {
            index: device,
            incarnation,
        };
        // The latest wires are the likeliest.
        self.wires.iter().rev().find_map(|(id, wire)| {
            let side = wire
                .ends
                .iter()
                .position(|end| end.party == party && end.link == Some(link))?;
            Some((*id, side))
        })
    }

    /// A connection that carries between these two parties.
    pub(super) fn live(&self, from: Party, to: Party) -> Option<ConnectionId> {
        let between = |parties: &[Party; 2]| parties.contains(&from) && parties.contains(&to);
        let mut live = self
            .connections
            .iter()
            .filter(|(_, connection)| connection.alive && between(&connection.parties));
        live.next_back().map(|(id, _)| *id)
    }

    /// The connections of a device, in any run.
    pub(super) fn of_device(&self, device: usize) -> Vec<ConnectionId> {
        let of_it =
            |party: &Party| matches!(party, Party::Device { index, .. } if *index == device);
        self.connections
            .iter()
            .filter(|(_, connection)| connection.parties.iter().any(of_it))
            .map(|(id, _)| *id)
            .collect()
    }

    /// The wires inside a connection.
    pub(super) fn inside(&self, connection: ConnectionId) -> Vec<WireId> {
        self.wires
            .iter()
            .filter(|(_, wire)| wire.connection == Some(connection))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Whether two devices can reach each other.
    pub(super) fn reaches(&self, one: usize, other: usize) -> bool {
        !self.apart.contains(&(one.min(other), one.max(other)))
    }
}
