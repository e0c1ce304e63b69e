//! What we seal: letters, handovers, and envelopes of our chains.

use std::collections::BTreeSet;

use super::{Mail, Writing};
use crate::domain::Domain;
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::link::Links;
use crate::engine::replica::Replica;
use crate::engine::{Effect, Parts};
use crate::envelope::{self, Header, Letter, Recipient};
use crate::id::{ConversationId, DeviceId, SecretId};
use crate::operation::{Operation, SignedOperation};
use crate::record::{ChainReaderRecord, Change, SecretBytes, SenderChainRecord};
use crate::sender_chain::{Postage, SenderChain};
use crate::sync::SessionMessage;
use crate::wire::limits::CONTROL_HEADS_MAX;

/// How long an envelope asks to be carried, unless it is said otherwise.
pub(super) const LIFETIME_HOURS: u16 = 7 * 24;
/// What goes before all: that something is to be sealed once more.
pub(super) const PRIORITY_UNREADABLE: u8 = 0;
/// What keeps the mail of two devices going.
pub(super) const PRIORITY_NEWS: u8 = 0;
/// What goes before messages: what makes them readable.
const PRIORITY_OPENING: u8 = 1;
/// Messages.
const PRIORITY_MESSAGE: u8 = 2;

impl Mail {
    /// Seals what our person wrote to all whom it is for and who are in no session.
    pub(in crate::engine) fn post(&mut self, operation: &Operation, parts: &mut Parts<'_>) {
        if !self.is_carried {
            return;
        }
        let conversation = operation.header().conversation;
        let Some(replica) = parts.replicas.by_id(&conversation) else {
            return;
        };
        let readers = readers(replica, parts.directory);
        let away = away(&readers, parts.links);
        if away.is_empty() {
            return;
        }
        let operations = vec![operation.signed().clone()];
        if replica.room().is_some() {
            self.post_to_room(conversation, &readers, &away, operations, parts);
        } else {
            for device in away {
                self.send_operations(device, operations.clone(), parts);
            }
        }
    }

    /// Seals operations of ours to one device; returns whether there was a way to.
    pub(super) fn send_operations(
        &mut self,
        device: DeviceId,
        operations: Vec<SignedOperation>,
        parts: &mut Parts<'_>,
    ) -> bool {
        let say = |letter: &mut Letter| {
            letter.messages.push(SessionMessage::Operations(operations));
        };
        self.send(device, None, PRIORITY_MESSAGE, say, parts)
    }

    /// Seals a letter; returns whether there was a way to.
    pub(in crate::engine) fn send(
        &mut self,
        device: DeviceId,
        introduction: Option<SecretId>,
        priority: u8,
        say: impl FnOnce(&mut Letter),
        parts: &mut Parts<'_>,
    ) -> bool {
        let context = &mut parts.context;
        let known = parts.directory.device(&device);
        let known = known.filter(|_| parts.directory.is_admitted(&device));
        let Some(known) = known else {
            return false;
        };
        let next = parts.pairs.change(device, context, |pair, context| {
            pair.send(introduction, context.now.wall, context.rng)
        });
        let Some(outgoing) = next else {
            return false;
        };
        let mut letter = Letter::new(context.rng.secret(), outgoing.news);
        say(&mut letter);
        let header = Header {
            tag: outgoing.tag,
            lifetime_hours: LIFETIME_HOURS,
            priority,
            purge: letter.purge_hash(),
        };
        let recipient = Recipient {
            device,
            bundle: &known.card.bundle,
            ratchet: outgoing.ratchet,
        };
        let shared = envelope::Context {
            sender: Some(context.own.device()),
            secret: Some(&outgoing.secret),
        };
        let bytes = letter.to_bytes();
        let sealed = envelope::seal(context.own, recipient, shared, &header, &bytes, context.rng);
        let Ok(envelope) = sealed else {
            return false;
        };
        context.effect(Effect::Deposit {
            envelope: envelope.to_bytes(),
            purge: SecretBytes::new(letter.purge.to_vec()),
        });
        true
    }

    /// Seals operations of ours to all of a room at once, after handing our chain to whoever has not got
    /// it.
    fn post_to_room(
        &mut self,
        conversation: ConversationId,
        readers: &BTreeSet<DeviceId>,
        away: &[DeviceId],
        operations: Vec<SignedOperation>,
        parts: &mut Parts<'_>,
    ) {
        let mut writing = self.take_writing(conversation, readers, &mut parts.context);
        for device in away {
            let has_it = writing.readers.contains(device);
            if !has_it && self.hand_over(*device, &writing.chain, parts) {
                writing.readers.insert(*device);
                let device = *device;
                let reader = ChainReaderRecord {
                    conversation,
                    device,
                };
                parts.context.persist(Change::PutChainReader(reader));
            }
        }
        let context = &mut parts.context;
        let content = SessionMessage::Operations(operations).to_bytes();
        let purge = context.rng.secret::<32>();
        let postage = Postage {
            lifetime_hours: LIFETIME_HOURS,
            priority: PRIORITY_MESSAGE,
            purge: Domain::Purge.hash(&[purge.as_ref()]),
        };
        let sealed = writing
            .chain
            .seal(context.own, postage, &content, context.rng);
        context.persist(Change::PutSenderChain(SenderChainRecord {
            conversation,
            state: SecretBytes::from(writing.chain.to_bytes()),
        }));
        self.writing.insert(conversation, writing);
        // An operation always fits.
        if let Ok(envelope) = sealed {
            context.effect(Effect::Deposit {
                envelope: envelope.to_bytes(),
                purge: SecretBytes::new(purge.to_vec()),
            });
        }
    }

    /// Our chain in a room: a fresh one where that is over, or somebody has it who is to read no more.
    fn take_writing(
        &mut self,
        conversation: ConversationId,
        readers: &BTreeSet<DeviceId>,
        context: &mut Context<'_>,
    ) -> Writing {
        let now = context.now.wall;
        if let Some(writing) = self.writing.remove(&conversation) {
            if !writing.chain.is_over(now) && writing.readers.is_subset(readers) {
                return writing;
            }
            context.persist(Change::DeleteSenderChain(conversation));
        }
        let chain = SenderChain::begin(conversation, now, context.rng);
        context.persist(Change::PutSenderChain(SenderChainRecord {
            conversation,
            state: SecretBytes::from(chain.to_bytes()),
        }));
        Writing {
            chain,
            readers: BTreeSet::new(),
        }
    }

    /// Hands our chain to a device, from where it stands.
    fn hand_over(&mut self, device: DeviceId, chain: &SenderChain, parts: &mut Parts<'_>) -> bool {
        let replica = parts.replicas.by_id(&chain.conversation());
        let Some(room) = replica.and_then(Replica::room) else {
            return false;
        };
        let introduction = room.introduction(parts.context.own.device(), device);
        let introduction = introduction.map(|secret| secret.id);
        let mut control = room.heads();
        control.truncate(CONTROL_HEADS_MAX);
        let handover = chain.hand_over(control);
        let say = |letter: &mut Letter| letter.handovers.push(handover);
        self.send(device, introduction, PRIORITY_OPENING, say, parts)
    }
}

/// The devices that read a conversation besides this one: not those of whom our person blocked.
fn readers(replica: &Replica, directory: &Directory) -> BTreeSet<DeviceId> {
    let people = replica.others().into_iter();
    let devices = people.flat_map(|person| directory.placed(person));
    let devices = devices.map(|device| device.card.device);
    devices
        .filter(|device| directory.is_admitted(device))
        .collect()
}

/// Those of these devices that are in no session.
fn away(devices: &BTreeSet<DeviceId>, links: &Links) -> Vec<DeviceId> {
    let live: BTreeSet<DeviceId> = links.sessions().map(|(_, open)| open.device()).collect();
    devices.difference(&live).copied().collect()
}
