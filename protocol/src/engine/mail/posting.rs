//! What we seal: letters, handovers, and envelopes of our chains.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::outbox::{introduction, pace, under_way};
use super::{Mail, Reader, Target, Writing};
use crate::domain::Domain;
use crate::engine::Parts;
use crate::engine::carry::Sealed;
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::replica::Replica;
use crate::envelope::{self, Header, LIFETIME_HOURS, Letter, Priority, Recipient};
use crate::id::{ConversationId, DeviceId, PersonId, SecretId};
use crate::operation::{Operation, SignedOperation};
use crate::record::{
    ChainReaderRecord, Change, DepositRecord, Enclosed, SecretBytes, SenderChainRecord,
};
use crate::sender_chain::{Postage, SenderChain};
use crate::sync::SessionMessage;
use crate::time::Now;
use crate::wire::limits::CONTROL_HEADS_MAX;

/// How long is waited before what cannot be sealed is tried again.
pub(super) const RETRY_INTERVAL: Duration = Duration::from_mins(10);

/// After how many more messages a chain is handed over again to who has not said that it has it.
const HANDED_MESSAGES: u32 = 32;
/// After what time it is.
const HANDED_TIME: Duration = Duration::from_hours(24);

/// After how long a silence nothing is sealed to a device: it catches up in a session.
pub const DORMANT_AFTER: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// One letter: to whom, and how.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Errand {
    pub(in crate::engine) device: DeviceId,
    /// By what it is found there, until the two have agreed on a secret.
    pub(in crate::engine) introduction: Option<SecretId>,
    pub(in crate::engine) priority: Priority,
    /// What of our operations is in it.
    pub(in crate::engine) enclosed: Option<Enclosed>,
    /// Of which room it tells what was done to it.
    pub(in crate::engine) room: Option<ConversationId>,
}

impl Errand {
    pub(in crate::engine) const fn new(device: DeviceId, priority: Priority) -> Self {
        Self {
            device,
            introduction: None,
            priority,
            enclosed: None,
            room: None,
        }
    }
}

impl Mail {
    /// Seals what our person wrote to all whom it is for and who are in no session.
    pub(in crate::engine) fn post(
        &mut self,
        operation: &Operation,
        urgent: bool,
        parts: &mut Parts<'_>,
    ) {
        if urgent {
            let message = operation.id();
            self.urgent.insert(message);
            parts.context.persist(Change::MarkUrgent(message));
        }
        if !parts.carry.is_on() {
            return;
        }
        let conversation = operation.header().conversation;
        let Some(replica) = parts.replicas.by_id(&conversation) else {
            return;
        };
        let readers = readers(replica, parts.directory);
        let away = away(&readers, parts);
        if away.is_empty() {
            return;
        }
        let operations = vec![operation.signed().clone()];
        if replica.room().is_some() {
            let target = Target::Room(conversation);
            let wait = pace(under_way(target, parts));
            if urgent || wait.is_zero() {
                self.post_to_room(conversation, &readers, &away, operations, parts);
            } else {
                self.owe(target, wait, &mut parts.context);
            }
            return;
        }
        for device in away {
            let target = Target::Device(device);
            let wait = pace(under_way(target, parts));
            if !urgent && !wait.is_zero() {
                self.owe(target, wait, &mut parts.context);
            } else if !self.send_operations(device, operations.clone(), parts) {
                self.owe(target, RETRY_INTERVAL, &mut parts.context);
            }
        }
    }

    /// What operations of ours go before, in one envelope: as much as the one in the greatest haste.
    fn priority(&self, operations: &[SignedOperation]) -> Priority {
        let mut ids = operations.iter().map(SignedOperation::id);
        if ids.any(|id| self.urgent.contains(&id)) {
            Priority::URGENT
        } else {
            Priority::USUAL
        }
    }

    /// Seals operations of ours, of one chain, to one device; returns whether there was a way to.
    pub(super) fn send_operations(
        &mut self,
        device: DeviceId,
        operations: Vec<SignedOperation>,
        parts: &mut Parts<'_>,
    ) -> bool {
        let priority = self.priority(&operations);
        let errand = Errand {
            enclosed: enclosed(&operations),
            ..Errand::new(device, priority)
        };
        let receipt = Self::receipt_with(device, parts);
        let say = |letter: &mut Letter| {
            letter.messages.push(SessionMessage::Operations(operations));
            letter.messages.extend(receipt.map(SessionMessage::Receipt));
        };
        self.send(errand, say, parts)
    }

    /// Seals a letter; returns whether there was a way to.
    pub(in crate::engine) fn send(
        &mut self,
        errand: Errand,
        say: impl FnOnce(&mut Letter),
        parts: &mut Parts<'_>,
    ) -> bool {
        let Errand {
            device,
            introduction,
            priority,
            enclosed,
            room,
        } = errand;
        let whereabouts = self.whereabouts_for(device, parts);
        let context = &mut parts.context;
        let known = parts.directory.device(&device);
        let may_be = parts.carry.is_on() && parts.directory.is_admitted(&device);
        let Some(known) = known.filter(|_| may_be) else {
            return false;
        };
        let next = parts.pairs.change(device, context, |pair, context| {
            pair.send(introduction, context.now.wall, context.rng)
        });
        let Some(outgoing) = next else {
            return false;
        };
        let mut letter = Letter::new(context.rng.secret(), outgoing.news);
        letter.news.knows = Some(known.card.version());
        letter.holds = self.chains_of(device);
        if parts.pairs.lacks_card(&device, context) {
            letter.card = Some(context.own.card(Vec::new()).to_bytes());
        }
        say(&mut letter);
        letter
            .messages
            .extend(whereabouts.clone().map(SessionMessage::Addresses));
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
        let record = DepositRecord {
            envelope: envelope.id(),
            purge: SecretBytes::new(letter.purge.to_vec()),
            device: Some(device),
            people: vec![known.card.person],
            enclosed,
            room,
        };
        parts
            .carry
            .deposit(Sealed { envelope, record }, parts.directory, context);
        self.note_whereabouts(device, whereabouts, context.now);
        true
    }

    /// Seals operations of ours to all of a room at once, after handing our chain to whoever has not got
    /// it.
    pub(super) fn post_to_room(
        &mut self,
        conversation: ConversationId,
        readers: &BTreeSet<DeviceId>,
        away: &[DeviceId],
        operations: Vec<SignedOperation>,
        parts: &mut Parts<'_>,
    ) {
        let priority = self.priority(&operations);
        let mut writing = self.take_writing(conversation, readers, &mut parts.context);
        for device in away.iter().copied() {
            let handed = writing.readers.get(&device).copied();
            let is_due =
                handed.is_none_or(|reader| reader.is_due(&writing.chain, &parts.context.now));
            if !is_due || !self.hand_over(device, &writing.chain, parts) {
                continue;
            }
            let reader = Reader::handed(&writing.chain, parts.context.now);
            writing.readers.insert(device, reader);
            if handed.is_none() {
                let reader = ChainReaderRecord {
                    conversation,
                    device,
                };
                parts.context.persist(Change::PutChainReader(reader));
            }
        }
        let people = writing
            .readers
            .keys()
            .filter(|device| away.contains(device));
        let people = people.filter_map(|device| parts.directory.device(device));
        let people: BTreeSet<PersonId> = people.map(|device| device.card.person).collect();
        let context = &mut parts.context;
        let enclosed = enclosed(&operations);
        let content = SessionMessage::Operations(operations).to_bytes();
        let purge = context.rng.secret::<32>();
        let postage = Postage {
            lifetime_hours: LIFETIME_HOURS,
            priority,
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
            let record = DepositRecord {
                envelope: envelope.id(),
                purge: SecretBytes::new(purge.to_vec()),
                device: None,
                people: people.into_iter().collect(),
                enclosed,
                room: None,
            };
            parts
                .carry
                .deposit(Sealed { envelope, record }, parts.directory, context);
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
            let may_all_read = writing
                .readers
                .keys()
                .all(|reader| readers.contains(reader));
            if !writing.chain.is_over(now) && may_all_read {
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
            readers: BTreeMap::new(),
        }
    }

    /// Hands our chain to a device, from where it stands.
    fn hand_over(&mut self, device: DeviceId, chain: &SenderChain, parts: &mut Parts<'_>) -> bool {
        let replica = parts.replicas.by_id(&chain.conversation());
        let Some(room) = replica.and_then(Replica::room) else {
            return false;
        };
        let introduction = introduction(chain.conversation(), device, parts);
        if !parts.pairs.may_hand_over(&device, introduction) {
            return false;
        }
        let mut control = room.heads();
        control.truncate(CONTROL_HEADS_MAX);
        let handover = chain.hand_over(control);
        let say = |letter: &mut Letter| letter.handovers.push(handover);
        let errand = Errand {
            introduction,
            ..Errand::new(device, Priority::URGENT)
        };
        self.send(errand, say, parts)
    }
}

impl Reader {
    fn handed(chain: &SenderChain, now: Now) -> Self {
        Self {
            index: chain.index(),
            at: now.monotonic,
            holds: false,
            is_lacking: false,
        }
    }

    /// Whether the chain is to be handed over once more: the letter may be lost, or have come before its reader
    /// knew of whom it is.
    fn is_due(&self, chain: &SenderChain, now: &Now) -> bool {
        let since = chain.index().saturating_sub(self.index);
        let is_late = now.monotonic >= self.at + HANDED_TIME;
        self.is_lacking || !self.holds && since > 0 && (since >= HANDED_MESSAGES || is_late)
    }
}

/// The devices that read a conversation besides this one: not those of whom our person blocked, nor any whose
/// person or an admin said in the room that it is theirs no more.
pub(super) fn readers(replica: &Replica, directory: &Directory) -> BTreeSet<DeviceId> {
    let may_read = |device: &DeviceId, person: PersonId| {
        let room = replica.room();
        let is_heard = room.is_none_or(|room| room.author(person, *device).is_some());
        is_heard && directory.is_admitted(device)
    };
    let people = replica.others().into_iter();
    let devices = people.flat_map(|person| directory.placed(person));
    let devices = devices.map(|device| (device.card.device, device.card.person));
    devices
        .filter(|(device, person)| may_read(device, *person))
        .map(|(device, _)| device)
        .collect()
}

/// Those of these devices that are in no session, and not silent for long.
pub(super) fn away(devices: &BTreeSet<DeviceId>, parts: &Parts<'_>) -> Vec<DeviceId> {
    let sessions = parts.links.sessions();
    let live: BTreeSet<DeviceId> = sessions.map(|(_, open)| open.device()).collect();
    let away = devices.difference(&live).copied();
    away.filter(|device| {
        let now = parts.context.now.wall;
        !parts.pairs.is_dormant(device, DORMANT_AFTER, now)
    })
    .collect()
}

/// What is in a letter of these operations: a stretch of one chain.
fn enclosed(operations: &[SignedOperation]) -> Option<Enclosed> {
    let first = operations.first()?.claimed().ok()?;
    let last = operations.last()?.claimed().ok()?;
    Some(Enclosed {
        actor: first.actor,
        first: first.seq,
        last: last.seq,
    })
}
