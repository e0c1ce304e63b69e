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
    /// Envelopes that others brought, of one tier.
    Carried,
    /// Bytes of those.
    CarriedBytes,
    /// Envelopes that one depositor brought.
    Brought,
    /// Bytes of those.
    BroughtBytes,
    /// Purges that are remembered.
    Tombstones,
    /// Devices that promised to keep one envelope of ours.
    Promises,
    /// Peers, networks or keys whose allowances of one kind are remembered.
    Allowances,
    /// Neighbours that are no contacts.
    StrangeNeighbours,
    /// What waits to be offered to one neighbour, asked of it or shown to it, each by itself.
    ToSay,
    /// Envelopes that wait to be sent to one neighbour.
    ToSend,
    /// Envelopes that one neighbour is known to hold.
    NeighbourHolds,
    /// Reads of envelopes that are under way for one link.
    Reads,
    /// Notices that are kept, of one kind.
    Notices,
    /// Notices of one key that are kept, of one kind.
    NoticesOfKey,
    /// Keys of which is remembered up to where their notices are over.
    PassedKeys,
    /// Notices that wait to go to one neighbour.
    ToHear,
    /// Rooms that are not ours and that letters of all devices show.
    MailedRooms,
    /// Those that letters of one device show.
    MailedRoomsOfDevice,
    /// Bytes that are kept of one of them.
    MailedRoomBytes,
    /// Chains of one device in one room that were handed to us.
    HandedChains,
}

/// How full a queue is: of several of a kind, the fullest for what it may hold.
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
        // Not all of a kind may hold as much.
        if held.saturating_mul(fullest.most) > fullest.held.saturating_mul(most) {
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
        self.carry.fill(&self.directory, &mut fills);
        self.mail.fill(&mut fills);
        self.mailed_rooms.fill(&mut fills);
        for replica in self.replicas.all() {
            replica.fill(&mut fills);
        }
        fills.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fullest_of_a_kind_is_told_however_much_each_may_hold() {
        let mut fills = Fills::default();
        for (held, most) in [(0, 9), (60, 100), (8, 10), (79, 100)] {
            fills.note(Queue::Carried, held, most);
        }
        fills.note(Queue::Joins, 1, 2);
        let told: Vec<Fill> = fills.0.into_values().collect();
        assert_eq!(
            (told[1].queue, told[1].held, told[1].most),
            (Queue::Carried, 8, 10)
        );
        assert_eq!(told[0].queue, Queue::Joins);
    }
}
