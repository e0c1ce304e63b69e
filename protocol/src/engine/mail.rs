//! Mail: what goes to devices that are in no session, sealed, for others to carry; and what comes so.
//!
//! ```text
//!   our person writes --> to two people: a letter to each device of theirs
//!                         to a room: one envelope of our chain there, after a letter with a handover
//!                                    to each device that has not got the chain
//!
//!   an envelope --> its tag --> of a pair: a letter, heard like a session
//!                               of a chain that was handed to us: operations of its owner
//!                               of nobody: not for us
//! ```
//!
//! Invariants
//! - Nothing is sealed while this device carries nothing: keys that are used up would be for nothing.
//! - Keys that are used up or replaced are so in the batch that stores what they opened, and before
//!   what was sealed by them leaves.
//! - A device that cannot be sealed to holds up no other. What did not come by mail comes by a session.

mod chains;
mod control;
mod opening;
mod outbox;
mod owed;
mod posting;
mod whereabouts;

#[cfg(test)]
pub(super) use chains::CHAINS_PER_OWNER_MAX;
#[cfg(test)]
pub(super) use opening::UNREADABLE_TOLD_MAX;
#[cfg(test)]
pub(super) use outbox::{UNDER_WAY_FEW, UNDER_WAY_MANY};
pub use posting::DORMANT_AFTER;
#[cfg(test)]
pub(super) use posting::Errand;
#[cfg(test)]
pub(super) use whereabouts::{FIRST_TOLD_AFTER, SETTLED_AFTER, TOLD_INTERVAL};

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{LinkId, Parts};
use crate::id::{ConversationId, DeviceId, OperationId, PersonId, SenderChainId, Tag};
use crate::record::Profile;
use crate::sender_chain::{ReceiverChain, SenderChain};
use crate::time::Monotonic;
pub(super) use opening::Read;
use outbox::Outbox;
pub(super) use outbox::{Target, pace};
use owed::Owed;

/// What is known of envelopes to and from others.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// Our chains, and who has them.
    writing: BTreeMap<ConversationId, Writing>,
    /// Others' chains.
    reading: BTreeMap<SenderChainId, ReceiverChain>,
    /// Which envelope of which chain comes under a tag.
    places: BTreeMap<Tag, (SenderChainId, u32)>,
    /// The tags of each chain, for taking them out.
    chains: BTreeMap<SenderChainId, Vec<Tag>>,
    /// The tags that are awaited since they were last asked for.
    fresh: Vec<Tag>,
    outbox: Outbox,
    /// What goes before other messages, of what was not acknowledged when this device started, and since.
    urgent: BTreeSet<OperationId>,
    /// What our person did to a room and is yet to be sealed.
    control: BTreeSet<OperationId>,
    /// Who may lack something that was done to a room here, and whether all of it is in envelopes under way.
    owed_control: BTreeMap<Owed, bool>,
    /// Whom of those it was all told in which session, and since when.
    told_control: BTreeMap<Owed, (LinkId, Monotonic)>,
    /// What devices were told last of where we are.
    told_whereabouts: BTreeMap<DeviceId, whereabouts::Told>,
    /// Of which envelopes a device was told that they cannot be opened, and when it may be told again.
    told_unreadable: BTreeMap<DeviceId, Told>,
}

/// A chain of ours.
#[derive(Debug)]
struct Writing {
    chain: SenderChain,
    /// All devices that it was ever handed to: who is among them and may read no more ends it.
    readers: BTreeMap<DeviceId, Reader>,
}

/// What a device was told that cannot be opened.
#[derive(Debug)]
struct Told {
    tags: BTreeSet<Tag>,
    again_at: Monotonic,
}

/// A device that a chain of ours was handed to.
#[derive(Debug, Clone, Copy)]
struct Reader {
    /// From which index on, last.
    index: u32,
    /// When.
    at: Monotonic,
    /// Whether it said since that it has the chain.
    holds: bool,
    /// Whether it said that it has not.
    is_lacking: bool,
}

impl Reader {
    /// Has the chain be handed over once more, whatever was said before.
    const fn lack(&mut self) {
        self.is_lacking = true;
        self.holds = false;
    }
}

impl Mail {
    /// Goes on from what a store holds; what cannot be read is begun anew.
    pub(super) fn restore(profile: &Profile) -> Self {
        let mut mail = Self::default();
        for record in &profile.sender_chains {
            if let Ok(chain) = SenderChain::from_bytes(record.state.expose()) {
                let readers = BTreeMap::new();
                mail.writing
                    .insert(record.conversation, Writing { chain, readers });
            }
        }
        for reader in &profile.chain_readers {
            if let Some(writing) = mail.writing.get_mut(&reader.conversation) {
                let handed = Reader {
                    // From which on is not kept: it is handed again rather once too often.
                    index: 0,
                    at: Monotonic::default(),
                    holds: false,
                    is_lacking: false,
                };
                writing.readers.insert(reader.device, handed);
            }
        }
        let urgent = profile.outbox.iter().filter(|one| one.urgent);
        mail.urgent = urgent.map(|one| one.operation).collect();
        for owed in &profile.owed_control {
            let owed_to = (owed.device, owed.conversation);
            mail.owed_control.insert(owed_to, owed.is_sealed);
        }
        for record in &profile.receiver_chains {
            if let Ok(chain) = ReceiverChain::from_bytes(record.state.expose()) {
                mail.reading.insert(record.id, chain);
            }
        }
        mail
    }

    /// Begins, now that this device carries: awaits what may come, and seals what is undelivered.
    pub(super) fn begin(&mut self, parts: &mut Parts<'_>) {
        let held: Vec<SenderChainId> = self.reading.keys().copied().collect();
        held.into_iter().for_each(|chain| self.await_chain(chain));
        let everyone = parts.directory.everyone();
        self.acquaint(everyone.iter().copied(), parts);
        for person in everyone {
            self.owe_person(person, Duration::ZERO, parts);
        }
    }

    /// Whether something of ours is being read to be sealed.
    pub(super) fn is_reading(&self) -> bool {
        self.outbox.is_reading()
    }

    /// Whether an envelope of a chain is awaited under a tag.
    pub(super) fn awaits(&self, tag: &Tag) -> bool {
        self.places.contains_key(tag)
    }

    /// All such tags.
    pub(super) fn awaited(&self) -> impl Iterator<Item = Tag> {
        self.places.keys().copied()
    }

    /// The tags that have come to be awaited since this was last asked.
    pub(super) fn take_fresh(&mut self) -> Vec<Tag> {
        std::mem::take(&mut self.fresh)
    }

    /// Has what is kept of a room's chains be looked at once more: more is known of the room.
    pub(super) fn refresh(&mut self, conversation: &ConversationId) {
        let chains = self.reading.iter();
        let chains = chains.filter(|(_, chain)| chain.conversation() == *conversation);
        for (id, _) in chains {
            self.fresh.extend(self.chains.get(id).into_iter().flatten());
        }
    }

    /// Has letters of these people be found, under what the rooms that we share introduce us by, until we
    /// agreed on a secret.
    pub(super) fn acquaint(
        &mut self,
        people: impl IntoIterator<Item = PersonId>,
        parts: &mut Parts<'_>,
    ) {
        if !parts.carry.is_on() {
            return;
        }
        let people: Vec<PersonId> = people.into_iter().collect();
        self.owe_whereabouts(people.iter().copied(), parts);
        let (directory, context) = (&*parts.directory, &parts.context);
        let own = context.own.device();
        for person in people {
            for device in directory.placed(person) {
                let device = device.card.device;
                if !parts.pairs.is_agreed(&device) {
                    let rooms = parts.replicas.rooms_with(person);
                    let introductions = rooms.filter_map(|room| room.introduction(own, device));
                    let introductions = introductions.collect();
                    parts.pairs.introduce(device, introductions, context);
                }
            }
        }
    }

    /// Erases what is past the offline window.
    pub(super) fn tick(&mut self, parts: &mut Parts<'_>) {
        parts.pairs.tick(&mut parts.context);
        self.review_told_control(parts);
        self.run_outbox(parts);
        self.erase_past_chains(&mut parts.context);
    }
}
