//! What a traitor writes into its own chain and passes on of others'.

use tidings_protocol::id::OperationId;
use tidings_protocol::operation::{Content, Header, Kind, SignedOperation};
use tidings_protocol::sync::SessionMessage;
use tidings_protocol::time::{LogicalTime, WallTime};
use tidings_protocol::wire::limits::{PENDING_OPERATIONS_MAX, SEQ_MAX};

use super::plot::Plot;

/// How many operations of a flood go into one message.
const FLOOD_BATCH: usize = 100;

impl Plot<'_> {
    /// Writes as if long ago: at the lowest logical time there may be, and in 1970.
    pub(super) fn backdate_content(&mut self) -> bool {
        let Some(header) = self.content_header() else {
            return false;
        };
        let text = self.text();
        let operation = self.traitor.write(header, text);
        self.tell(&[operations(vec![operation.signed().clone()])])
    }

    /// Goes on with another's chain, or the traitor's own with another's signature.
    pub(super) fn forge_content(&mut self) -> bool {
        let places = self.places_of_others();
        let (Some(mut header), false) = (self.content_header(), places.is_empty()) else {
            return false;
        };
        let text = self.text();
        let theirs = &places[self.world.chance.index(places.len())];
        let forged = if self.world.chance.one_in(2) {
            header.actor = theirs.actor;
            header.seq = theirs.seq.saturating_add(1);
            header.prev = theirs.head;
            header.logical = LogicalTime::new(theirs.logical.as_u64().saturating_add(1));
            self.traitor.stranger.sign(header, text).signed().clone()
        } else {
            let own = self.traitor.stranger.sign(header, text);
            let Some(last) = self.chain(theirs).pop() else {
                return false;
            };
            SignedOperation {
                signature: last.signature,
                ..own.signed().clone()
            }
        };
        self.tell(&[operations(vec![forged])])
    }

    /// Edits, deletes, or says anything else of what another wrote.
    pub(super) fn change_others(&mut self) -> bool {
        let Some(mut header) = self.content_header() else {
            return false;
        };
        let room = self.room;
        let mut targets = Vec::new();
        for victim in self.victims() {
            let author = self.world.devices[victim].id;
            targets.extend(self.world.shown_of(self.traitor.device, room, author));
        }
        if targets.is_empty() {
            return false;
        }
        let target = targets[self.world.chance.index(targets.len())].id;
        let content = match self.world.chance.within(0..=4) {
            0 | 1 => Content::Edit {
                text: format!("{} forged", self.number),
            },
            2 | 3 => Content::Delete,
            _ => Content::Lifetime { seconds: Some(0) },
        };
        header.kind = content.kind();
        header.target = Some(target);
        let operation = self.traitor.write(header, content.to_bytes());
        self.tell(&[operations(vec![operation.signed().clone()])])
    }

    /// Writes at times and places that no clock comes to, and what no version knows.
    pub(super) fn be_absurd(&mut self) -> bool {
        let Some(mut header) = self.content_header() else {
            return false;
        };
        let text = self.text();
        let bent = self.world.chance.within(0..=7).saturating_sub(2);
        match bent {
            0 => header.logical = LogicalTime::new(u64::MAX),
            1 => {
                header.logical =
                    LogicalTime::new(header.logical.as_u64() - 1 + LogicalTime::STEP_MAX)
            }
            2 => {
                header.wall = WallTime::from_millis(u64::MAX);
                header.disappears_after = Some(u32::MAX);
            }
            3 => header.disappears_after = Some(0),
            4 => header.kind = Kind::Unknown(77),
            _ => {
                header.seq = SEQ_MAX - 1 + self.world.chance.within(0..=2);
                header.prev = Some(OperationId::new([7; 32]));
                header.logical = LogicalTime::new(u64::MAX);
            }
        }
        // What follows nothing leads nowhere.
        let operation = if matches!(bent, 0 | 5) {
            self.traitor.stranger.sign(header, text)
        } else {
            self.traitor.write(header, text)
        };
        self.tell(&[operations(vec![operation.signed().clone()])])
    }

    /// Writes something different for each of two others.
    pub(super) fn equivocate(&mut self) -> bool {
        let Some(header) = self.content_header() else {
            return false;
        };
        let victims = self.victims();
        let first = self.world.chance.index(victims.len());
        let mut told = false;
        for at in [first, first + 1] {
            let text = self.text();
            let operation = self.traitor.write(header.clone(), text);
            let victim = victims[at % victims.len()];
            told |= self.tell_to(victim, &[operations(vec![operation.signed().clone()])]);
        }
        told
    }

    /// Writes more beyond a gap than anybody keeps.
    pub(super) fn flood_beyond_a_gap(&mut self) -> bool {
        let Some(first) = self.content_header() else {
            return false;
        };
        let text = self.text();
        let mut previous = self.traitor.stranger.sign(first, text);
        let mut flood: Vec<SignedOperation> = Vec::new();
        for _ in 0..PENDING_OPERATIONS_MAX + FLOOD_BATCH {
            let before = previous.header();
            let header = Header {
                seq: before.seq + 1,
                prev: Some(previous.id()),
                logical: LogicalTime::new(before.logical.as_u64() + 1),
                ..before.clone()
            };
            let text = self.text();
            previous = self.traitor.stranger.sign(header, text);
            flood.push(previous.signed().clone());
        }
        let flood: Vec<SessionMessage> = flood
            .chunks(FLOOD_BATCH)
            .map(|some| operations(some.to_vec()))
            .collect();
        self.tell(&flood)
    }

    /// Passes on what another wrote without the text.
    pub(super) fn strip(&mut self) -> bool {
        let (victim, chain) = self.what_somebody_lacks();
        let stripped = chain.into_iter().map(|operation| SignedOperation {
            body: None,
            ..operation
        });
        let stripped: Vec<SignedOperation> = stripped.collect();
        !stripped.is_empty() && self.tell_to(victim, &[operations(stripped)])
    }

    /// Passes on of what another wrote the end alone, and says that it was all.
    pub(super) fn withhold(&mut self) -> bool {
        let (victim, mut chain) = self.what_somebody_lacks();
        if chain.len() < 2 {
            return false;
        }
        let from = 1 + self.world.chance.index(chain.len() - 1);
        let rest = chain.split_off(from);
        let said = [operations(rest), SessionMessage::CaughtUp(self.room)];
        self.tell_to(victim, &said)
    }

    /// Some device, and what it does not hold yet of another's chain; or all of a chain, if
    /// everybody holds everything.
    fn what_somebody_lacks(&mut self) -> (usize, Vec<SignedOperation>) {
        let mut lacking = Vec::new();
        for victim in self.victims() {
            let held = self.world.devices[victim].disk.profile().actors;
            for place in self.places_of_others() {
                let mut held = held.iter();
                let held = held.find(|held| held.actor == place.actor);
                let end = held.map_or(0, |held| held.seq);
                let writes = self.world.devices[victim].person == place.person;
                if end < place.seq && !writes {
                    lacking.push((victim, place, end));
                }
            }
        }
        if lacking.is_empty() {
            let victims = self.victims();
            let victim = victims[self.world.chance.index(victims.len())];
            return (victim, self.some_chain());
        }
        let (victim, place, end) = lacking.swap_remove(self.world.chance.index(lacking.len()));
        let mut chain = self.chain(&place);
        chain.retain(|operation| operation.claimed().is_ok_and(|header| header.seq > end));
        chain.truncate(FLOOD_BATCH);
        (victim, chain)
    }

    /// The chain of somebody else in the room.
    pub(super) fn some_chain(&mut self) -> Vec<SignedOperation> {
        let places = self.places_of_others();
        if places.is_empty() {
            return Vec::new();
        }
        let place = &places[self.world.chance.index(places.len())];
        let mut chain = self.chain(place);
        chain.truncate(FLOOD_BATCH);
        chain
    }
}

pub(super) const fn operations(operations: Vec<SignedOperation>) -> SessionMessage {
    SessionMessage::Operations(operations)
}
