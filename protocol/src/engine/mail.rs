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
//! - Nothing is sealed while nobody is there to carry it: keys that are used up would be for nothing.
//! - Keys that are used up or replaced are so in the batch that stores what they opened, and before
//!   what was sealed by them leaves.
//! - A device that cannot be sealed to holds up no other. What did not come by mail comes by a session.

mod chains;
mod opening;
mod posting;
mod resending;

#[cfg(test)]
pub(super) use chains::CHAINS_PER_OWNER_MAX;

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::{LoadId, Parts};
use crate::id::{ConversationId, DeviceId, SenderChainId, Tag};
use crate::pair::{Awaited, Pair};
use crate::record::{Change, PairRecord, Profile, SecretBytes};
use crate::sender_chain::{ReceiverChain, SenderChain};
use crate::time::Monotonic;
use resending::Resending;

/// What is known of envelopes to and from others.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// Whether there is anybody to carry envelopes.
    is_carried: bool,
    pairs: BTreeMap<DeviceId, Pair>,
    /// Our chains, and who has them.
    writing: BTreeMap<ConversationId, Writing>,
    /// Others' chains.
    reading: BTreeMap<SenderChainId, ReceiverChain>,
    /// Where what comes under a tag belongs.
    places: BTreeMap<Tag, Place>,
    /// The tags of each device's letters, and of each chain, for taking them out.
    letters: BTreeMap<DeviceId, Vec<Tag>>,
    chains: BTreeMap<SenderChainId, Vec<Tag>>,
    /// What is being read to be sealed once more.
    resending: BTreeMap<LoadId, Resending>,
    /// When all may be sealed anew to a device again.
    resend_after: BTreeMap<DeviceId, Monotonic>,
    /// When a device may be told again that what it sealed cannot be opened.
    told_unreadable: BTreeMap<DeviceId, Monotonic>,
}

/// A chain of ours.
#[derive(Debug)]
struct Writing {
    chain: SenderChain,
    /// The devices that it was handed to.
    readers: BTreeSet<DeviceId>,
}

/// Where an envelope belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Letter(DeviceId, Awaited),
    Chain(SenderChainId, u32),
}

impl Mail {
    /// Goes on from what a store holds; what cannot be read is begun anew.
    pub(super) fn restore(profile: &Profile) -> Self {
        let mut mail = Self::default();
        for record in &profile.pairs {
            if let Ok(pair) = Pair::from_bytes(record.state.expose()) {
                mail.pairs.insert(record.device, pair);
            }
        }
        for record in &profile.sender_chains {
            if let Ok(chain) = SenderChain::from_bytes(record.state.expose()) {
                let readers = BTreeSet::new();
                mail.writing
                    .insert(record.conversation, Writing { chain, readers });
            }
        }
        for reader in &profile.chain_readers {
            if let Some(writing) = mail.writing.get_mut(&reader.conversation) {
                writing.readers.insert(reader.device);
            }
        }
        for record in &profile.receiver_chains {
            if let Ok(chain) = ReceiverChain::from_bytes(record.state.expose()) {
                mail.reading.insert(record.id, chain);
            }
        }
        mail
    }

    /// Says whether there is anybody to carry envelopes.
    pub(super) fn carry(&mut self, is_carried: bool, parts: &Parts<'_>) {
        self.is_carried = is_carried;
        if is_carried {
            let held: Vec<SenderChainId> = self.reading.keys().copied().collect();
            held.into_iter().for_each(|chain| self.await_chain(chain));
            let held: Vec<DeviceId> = self.pairs.keys().copied().collect();
            held.into_iter()
                .for_each(|device| self.await_letters(device));
            self.acquaint(parts);
        }
    }

    /// Has envelopes of everybody be found with whom we have to do: of contacts under the secret that we
    /// agreed on, of members of our rooms under what introduces us.
    pub(super) fn acquaint(&mut self, parts: &Parts<'_>) {
        if !self.is_carried {
            return;
        }
        let (directory, now) = (&*parts.directory, parts.context.now.wall);
        let own = parts.context.own.device();
        for person in directory.everyone() {
            for device in directory.placed(person) {
                let device = device.card.device;
                let is_new = !self.pairs.contains_key(&device);
                let pair = self.pairs.entry(device);
                let pair = pair.or_insert_with(|| Pair::new(own, device));
                let mut is_changed = is_new;
                if is_new && let Some(secret) = directory.newest_secret(&device) {
                    pair.agree(secret, now);
                }
                for room in parts.replicas.rooms_with(person) {
                    let introduction = room.introduction(own, device);
                    is_changed |= introduction.is_some_and(|secret| pair.introduce(secret, now));
                }
                if is_changed {
                    self.await_letters(device);
                }
            }
        }
    }

    /// Takes over the secret that two devices agreed on as they met.
    pub(super) fn meet(&mut self, device: DeviceId, parts: &mut Parts<'_>) {
        let context = &mut parts.context;
        let Some(secret) = parts.directory.newest_secret(&device) else {
            return;
        };
        let own = context.own.device();
        let pair = self.pairs.entry(device);
        let pair = pair.or_insert_with(|| Pair::new(own, device));
        pair.agree(secret, context.now.wall);
        self.keep_pair(device, context);
    }

    /// Makes a pair durable, and awaits its tags as they are now.
    fn keep_pair(&mut self, device: DeviceId, context: &mut Context<'_>) {
        if let Some(pair) = self.pairs.get(&device) {
            let state = SecretBytes::from(pair.to_bytes());
            context.persist(Change::PutPair(PairRecord { device, state }));
        }
        self.await_letters(device);
    }

    fn await_letters(&mut self, device: DeviceId) {
        for tag in self.letters.remove(&device).unwrap_or_default() {
            self.places.remove(&tag);
        }
        let Some(pair) = self.pairs.get(&device) else {
            return;
        };
        let mut tags = Vec::new();
        for (tag, at) in pair.awaited() {
            self.places.insert(tag, Place::Letter(device, at));
            tags.push(tag);
        }
        self.letters.insert(device, tags);
    }

    /// Erases what is past the offline window.
    pub(super) fn tick(&mut self, context: &mut Context<'_>) {
        let now = context.now.wall;
        let pairs = self.pairs.iter_mut();
        let changed = pairs.filter_map(|(device, pair)| pair.erase_past(now).then_some(*device));
        for device in changed.collect::<Vec<_>>() {
            self.keep_pair(device, context);
        }
        self.erase_past_chains(context);
    }
}
