//! Others' chains, as far as they were handed to us, and the erasing of ours.

use std::collections::BTreeMap;

use super::Mail;
use crate::domain::{Domain, prefix};
use crate::engine::context::Context;
use crate::engine::fill::{Fills, Queue};
use crate::envelope::LETTER_CHAINS_MAX;
use crate::id::{ConversationId, DeviceId, SenderChainId};
use crate::record::{Change, ReceiverChainRecord, SecretBytes};
use crate::sender_chain::{Handover, ReceiverChain};

/// Chains of one device that are kept in one conversation: what is under way may be of the last ones.
pub(in crate::engine) const CHAINS_PER_OWNER_MAX: usize = 4;

impl Mail {
    /// Takes a chain that its owner handed over; the oldest of theirs goes if there are too many.
    pub(super) fn take_chain(
        &mut self,
        owner: DeviceId,
        handover: &Handover,
        context: &mut Context<'_>,
    ) {
        let id = name(owner, handover.chain);
        if let Some(chain) = self.reading.get_mut(&id) {
            // Nobody moves a chain to another room.
            if chain.conversation() != handover.conversation || !chain.go_on(handover) {
                return;
            }
        } else {
            let chain = ReceiverChain::take(owner, handover, context.now.wall);
            self.drop_surplus(&chain, context);
            self.reading.insert(id, chain);
        }
        self.keep_chain(id, context);
    }

    /// Says how full it is.
    pub(in crate::engine) fn fill(&self, fills: &mut Fills) {
        let mut handed: BTreeMap<(DeviceId, ConversationId), usize> = BTreeMap::new();
        for chain in self.reading.values() {
            let place = (chain.owner(), chain.conversation());
            *handed.entry(place).or_default() += 1;
        }
        for chains in handed.into_values() {
            fills.note(Queue::HandedChains, chains, CHAINS_PER_OWNER_MAX);
        }
    }

    fn drop_surplus(&mut self, next: &ReceiverChain, context: &mut Context<'_>) {
        let place = (next.owner(), next.conversation());
        let theirs = self.reading.iter();
        let theirs = theirs.filter(|(_, chain)| (chain.owner(), chain.conversation()) == place);
        let mut theirs: Vec<_> = theirs.map(|(id, chain)| (chain.held_at(), *id)).collect();
        theirs.sort_unstable();
        let surplus = (theirs.len() + 1).saturating_sub(CHAINS_PER_OWNER_MAX);
        for (_, id) in theirs.into_iter().take(surplus) {
            self.erase_chain(id, context);
        }
    }

    /// The chains of a device that are held here, the latest of them first.
    pub(super) fn chains_of(&self, owner: DeviceId) -> Vec<SenderChainId> {
        let theirs = self.reading.values().filter(|chain| chain.owner() == owner);
        let mut theirs: Vec<_> = theirs.map(|chain| (chain.held_at(), chain.id())).collect();
        theirs.sort_unstable();
        let latest = theirs.into_iter().rev().map(|(_, id)| id);
        latest.take(LETTER_CHAINS_MAX).collect()
    }

    /// Notes which of our chains a device says that it holds.
    pub(super) fn confirm_chains(&mut self, reader: DeviceId, held: &[SenderChainId]) {
        for writing in self.writing.values_mut() {
            if held.contains(&writing.chain.id())
                && let Some(reader) = writing.readers.get_mut(&reader)
            {
                reader.holds = true;
            }
        }
    }

    pub(super) fn keep_chain(&mut self, id: SenderChainId, context: &mut Context<'_>) {
        if let Some(chain) = self.reading.get(&id) {
            let record = ReceiverChainRecord {
                id,
                conversation: chain.conversation(),
                state: SecretBytes::from(chain.to_bytes()),
            };
            context.persist(Change::PutReceiverChain(record));
        }
        self.await_chain(id);
    }

    pub(super) fn await_chain(&mut self, id: SenderChainId) {
        let before = self.chains.remove(&id).unwrap_or_default();
        for tag in &before {
            self.places.remove(tag);
        }
        let Some(chain) = self.reading.get(&id) else {
            return;
        };
        let mut tags = Vec::new();
        for (tag, index) in chain.awaited() {
            self.places.insert(tag, (id, index));
            if !before.contains(&tag) {
                self.fresh.push(tag);
            }
            tags.push(tag);
        }
        self.chains.insert(id, tags);
    }

    fn erase_chain(&mut self, id: SenderChainId, context: &mut Context<'_>) {
        self.reading.remove(&id);
        self.await_chain(id);
        context.persist(Change::DeleteReceiverChain(id));
    }

    /// Erases others' chains past the offline window, and those of ours that are over.
    pub(super) fn erase_past_chains(&mut self, context: &mut Context<'_>) {
        let now = context.now.wall;
        let held = self.reading.iter_mut();
        let past = held.filter_map(|(id, chain)| chain.is_past(now).then_some(*id));
        for id in past.collect::<Vec<_>>() {
            self.erase_chain(id, context);
        }
        self.writing.retain(|conversation, writing| {
            let is_over = writing.chain.is_over(now);
            if is_over {
                context.persist(Change::DeleteSenderChain(*conversation));
            }
            !is_over
        });
    }
}

/// Under which name a chain is kept: each owner chooses ids, and nobody another's.
fn name(owner: DeviceId, chain: SenderChainId) -> SenderChainId {
    let name = Domain::ChainName.hash(&[owner.as_bytes(), chain.as_bytes()]);
    SenderChainId::new(prefix(name))
}
