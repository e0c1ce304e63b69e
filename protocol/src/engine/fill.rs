//! How full the queues are: what an engine keeps in memory because of what others send, each kind beside
//! what it may be. For who looks after a node, and for tests that nothing piles up.
//!
//! Invariants
//! - What is there is counted, not what was counted as it came and went.

use std::collections::BTreeMap;

use super::Engine;

/// A kind of queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// Links of all peers without an authenticated session.
    Strangers,
    /// Links of one peer without one.
    StrangersOfPeer,
    /// Sessions with one device.
    Sessions,
    /// Bytes handed to one link, as far as it has not told that they are written.
    InFlight,
    /// Rooms that are not ours and that one session presents.
    Forming,
    /// Bytes of memory that such rooms of all sessions take, but for the largest.
    FormingBytes,
    /// Rooms that one session was asked to show.
    Asked,
    /// Control operations of one room that one session is known to have told or to hold.
    ControlKnown,
    /// Parts of chains that one session was asked for and that are yet to be sent.
    Wanted,
    /// Claims of one session about chains in one room of whom we do not know.
    EarlyClaims,
    /// Operations that wait beyond a gap in one chain.
    Pending,
    /// Bytes of those.
    PendingBytes,
    /// Bytes of operations of one conversation that came with their bodies and are yet to be compared.
    Late,
    /// Authors in one room.
    Authors,
    /// Control operations held of one room.
    Control,
    /// Bytes of those.
    ControlBytes,
    /// Bytes of control operations of one room that were passed over.
    PassedOver,
    /// Control operations of one room that are taken when they come again.
    Awaited,
    /// Invites that are kept.
    Invites,
    /// Joins that wait for their answer.
    Joins,
}

/// How full a queue is: of several of a kind, the fullest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// Which kind.
    pub queue: Queue,
    /// How much it holds, in what its kind counts.
    pub held: usize,
    /// How much it may hold.
    pub most: usize,
}

/// The fullest of each kind so far.
#[derive(Debug, Default)]
pub(super) struct Fills(BTreeMap<Queue, Fill>);

impl Fills {
    /// Notes how full a queue is.
    pub(super) fn note(&mut self, queue: Queue, held: usize, most: usize) {
        let fill = Fill { queue, held, most };
        let fullest = self.0.entry(queue).or_insert(fill);
        if fullest.held < held {
            *fullest = fill;
        }
    }
}

impl Engine {
    /// How full its queues are, in the order of their kinds; of a kind that there is nothing of, nothing
    /// is said.
    #[must_use]
    pub fn fills(&self) -> Vec<Fill> {
        let mut fills = Fills::default();
        self.links.fill(&mut fills);
        self.sessions.fill(&mut fills);
        self.pairing.fill(&mut fills);
        for replica in self.replicas.all() {
            replica.fill(&mut fills);
        }
        fills.0.into_values().collect()
    }
}
