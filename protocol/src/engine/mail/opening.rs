//! What comes: letters and envelopes of others' chains, opened and taken.
//!
//! Invariants
//! - What a letter or a chain brings goes the way of what a session brings, and counts as little.

use std::collections::BTreeSet;
use std::time::Duration;

use super::control::{Mailed, mailed};
use super::posting::{DORMANT_AFTER, Errand};
use super::{Mail, Told};
use crate::engine::Parts;
use crate::envelope::{self, Envelope, EnvelopeError, KeyId, Letter, Priority};
use crate::id::{ConversationId, DeviceId, PersonId, SenderChainId};
use crate::identity::{Card, VerifiedCard};
use crate::operation::SignedOperation;
use crate::pair::Awaited;
use crate::sync::{SessionMessage, SignedReceipt};

/// How often a device is told, at most, that what it sealed cannot be opened. Two who have each lost the
/// keys that the other knows would else tell each other without end.
const UNREADABLE_INTERVAL: Duration = Duration::from_hours(1);

/// Of how many envelopes a device is told so until one of its letters opens: of each once, so that a carrier who
/// brings one again and again uses up no letters between the two.
pub(in crate::engine) const UNREADABLE_TOLD_MAX: usize = 16;

/// Whose an envelope turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Read {
    /// Nobody's here, or of no use, or of none yet.
    NotOurs,
    /// Ours alone, and taken: with this, whoever carries it may drop it.
    Ours([u8; 32]),
    /// Of a room of ours, and taken; others wait for it.
    Shared,
}

/// What an envelope came to.
#[derive(Debug)]
pub(in crate::engine) struct Taking {
    pub(in crate::engine) read: Read,
    /// Whose device showed news of itself.
    pub(in crate::engine) refreshed: Option<PersonId>,
    /// What it says of rooms.
    pub(in crate::engine) control: Mailed,
}

impl Taking {
    const fn of(read: Read) -> Self {
        Self {
            read,
            refreshed: None,
            control: Vec::new(),
        }
    }
}

/// Why what came under an awaited tag is of no use.
#[derive(Debug, PartialEq, Eq)]
enum Unusable {
    /// Nobody made it whom we have to do with, or it was changed.
    Foreign,
    /// It was sealed to a key that is gone.
    KeyGone,
}

impl Mail {
    /// Takes an envelope, whoever brought it. One that is not for us, or no use, changes nothing.
    pub(in crate::engine) fn take(&mut self, envelope: &Envelope, parts: &mut Parts<'_>) -> Taking {
        let tag = envelope.tag();
        if let Some((device, at)) = parts.pairs.place(&tag) {
            return self.take_letter(device, at, envelope, parts);
        }
        if let Some((chain, index)) = self.places.get(&tag).copied()
            && self.take_of_chain(chain, index, envelope, parts)
        {
            return Taking::of(Read::Shared);
        }
        Taking::of(Read::NotOurs)
    }

    fn take_letter(
        &mut self,
        device: DeviceId,
        at: Awaited,
        envelope: &Envelope,
        parts: &mut Parts<'_>,
    ) -> Taking {
        let Some(card) = admitted(device, parts) else {
            return Taking::of(Read::NotOurs);
        };
        match open_letter(device, at, envelope, &card, parts) {
            Ok((letter, ratchet)) => {
                let read = Read::Ours(*letter.purge);
                let mut letter = letter;
                let control = mailed(device, &mut letter.messages);
                let refreshed = self.hear(device, at, ratchet, letter, &card, parts);
                Taking {
                    read,
                    refreshed,
                    control,
                }
            }
            Err(Unusable::KeyGone) => {
                self.tell_unreadable(device, envelope, parts);
                Taking::of(Read::NotOurs)
            }
            Err(Unusable::Foreign) => Taking::of(Read::NotOurs),
        }
    }

    /// Says that what a device sealed is to be sealed once more. Nothing of what came is authenticated, so
    /// its place stays open for what may come there besides, and this is said so often at most.
    fn tell_unreadable(&mut self, device: DeviceId, envelope: &Envelope, parts: &mut Parts<'_>) {
        let (now, id) = (parts.context.now.monotonic, envelope.id());
        let told = self.told_unreadable.entry(device);
        let told = told.or_insert_with(|| Told {
            tags: BTreeSet::new(),
            again_at: now,
        });
        let is_over = told.tags.len() >= UNREADABLE_TOLD_MAX;
        // By its tag: of all else of it only a part is authenticated.
        if now < told.again_at || is_over || told.tags.contains(&envelope.tag()) {
            return;
        }
        let card = parts.context.own.card(Vec::new()).to_bytes();
        let say = |letter: &mut Letter| {
            letter.unreadable.push(id);
            letter.card = Some(card);
        };
        let errand = Errand::new(device, Priority::FIRST);
        if self.send(errand, say, parts)
            && let Some(told) = self.told_unreadable.get_mut(&device)
        {
            told.tags.insert(envelope.tag());
            told.again_at = now + UNREADABLE_INTERVAL;
        }
    }

    /// Acts on a letter of a device.
    fn hear(
        &mut self,
        device: DeviceId,
        at: Awaited,
        ratchet: u64,
        letter: Letter,
        card: &VerifiedCard,
        parts: &mut Parts<'_>,
    ) -> Option<PersonId> {
        let was_silent = parts
            .pairs
            .is_dormant(&device, DORMANT_AFTER, parts.context.now.wall);
        let context = &mut parts.context;
        let is_to_tell = parts.pairs.change(device, context, |pair, context| {
            let now = context.now.wall;
            pair.opened(at, ratchet, now);
            pair.note_heard(now);
            // An unfit key of theirs harms themselves alone; what else they say may be right.
            let is_to_tell = pair.hear(&letter.news, now, context.rng);
            Some(is_to_tell.unwrap_or_default() || pair.is_due_to_tell())
        });
        if was_silent {
            self.owe_person(card.person, Duration::ZERO, parts);
        }
        self.confirm_chains(device, &letter.holds);
        self.told_unreadable.remove(&device);
        let shown = letter.card.as_deref();
        let refreshed = shown.and_then(|shown| refresh(device, shown, parts));
        for message in letter.messages {
            match message {
                SessionMessage::Operations(operations) => {
                    let _ = take_operations(card.person, operations, parts);
                }
                SessionMessage::Receipt(signed) => take_receipt(card, signed, parts),
                SessionMessage::Addresses(addresses) => {
                    let context = &mut parts.context;
                    parts.directory.reached(&device, &addresses, context);
                }
                SessionMessage::Vector(_)
                | SessionMessage::CaughtUp(_)
                | SessionMessage::Control(_)
                | SessionMessage::Digest(..)
                | SessionMessage::News(_)
                | SessionMessage::Ask(..)
                | SessionMessage::Fork(_)
                | SessionMessage::Typing(_)
                | SessionMessage::Pair(_)
                | SessionMessage::Card(_)
                | SessionMessage::Custody(_) => {}
            }
        }
        for handover in &letter.handovers {
            let replica = parts.replicas.by_id(&handover.conversation);
            let is_shared = replica.is_some_and(|replica| {
                replica.room().is_some() && replica.takes_part() && replica.includes(card.person)
            });
            if is_shared {
                self.take_chain(device, handover, &mut parts.context);
            }
        }
        if !letter.unreadable.is_empty() {
            self.resend(device, parts);
        }
        if is_to_tell.unwrap_or_default() {
            self.send(Errand::new(device, Priority::FIRST), |_| {}, parts);
        }
        refreshed
    }

    fn take_of_chain(
        &mut self,
        id: SenderChainId,
        index: u32,
        envelope: &Envelope,
        parts: &mut Parts<'_>,
    ) -> bool {
        let Some(chain) = self.reading.get_mut(&id) else {
            return false;
        };
        let Some(card) = admitted(chain.owner(), parts) else {
            return false;
        };
        let content = match chain.open(&card.signing, envelope, index) {
            Ok(content) => Some(content),
            // Somebody made it who reads the chain, in its owner's place.
            Err(EnvelopeError::Identity(_)) => None,
            // Anybody can make this who has seen the tag.
            Err(_) => return false,
        };
        let message = content.and_then(|content| SessionMessage::from_bytes(&content).ok());
        let taken = match message {
            Some(SessionMessage::Operations(operations))
                if is_of(&operations, &chain.conversation()) =>
            {
                take_operations(card.person, operations, parts)
            }
            _ => Taken::Refused,
        };
        let is_taken = match taken {
            Taken::Yes => {
                chain.opened(index);
                true
            }
            Taken::Refused => {
                chain.failed(index);
                false
            }
            // It may be brought again once we know more.
            Taken::NotYet => return false,
        };
        self.keep_chain(id, &mut parts.context);
        is_taken
    }
}

/// Opens what came under a tag of a device.
fn open_letter(
    device: DeviceId,
    at: Awaited,
    envelope: &Envelope,
    card: &VerifiedCard,
    parts: &Parts<'_>,
) -> Result<(Letter, u64), Unusable> {
    let pair = parts.pairs.get(&device).ok_or(Unusable::Foreign)?;
    let secret = pair.secret(at).ok_or(Unusable::Foreign)?;
    let shared = envelope::Context {
        sender: Some(device),
        secret: Some(&secret),
    };
    let opened = envelope::open(parts.context.own, Some(pair.reserved()), envelope, shared);
    let opened = opened.map_err(|error| match error {
        EnvelopeError::KeyGone => Unusable::KeyGone,
        EnvelopeError::Malformed(_)
        | EnvelopeError::Version(_)
        | EnvelopeError::Suite(_)
        | EnvelopeError::Size(_)
        | EnvelopeError::Lifetime(_)
        | EnvelopeError::TooLarge { .. }
        | EnvelopeError::Undecryptable
        | EnvelopeError::Sender
        | EnvelopeError::Identity(_) => Unusable::Foreign,
    })?;
    let opened = opened
        .verify(&card.certificate)
        .map_err(|_| Unusable::Foreign)?;
    let letter = Letter::from_bytes(&opened.payload).map_err(|_| Unusable::Foreign)?;
    let KeyId::Device { ratchet, .. } = opened.key else {
        return Err(Unusable::Foreign);
    };
    Ok((letter, ratchet))
}

/// The card of a device with which we have to do.
fn admitted(device: DeviceId, parts: &Parts<'_>) -> Option<VerifiedCard> {
    let known = parts.directory.device(&device)?;
    let is_admitted = parts.directory.is_admitted(&device);
    is_admitted.then(|| known.card.clone())
}

/// Takes over what a device shows of itself.
fn refresh(device: DeviceId, card: &[u8], parts: &mut Parts<'_>) -> Option<PersonId> {
    let card = Card::from_bytes(card).ok()?;
    let peer = card.verify().ok()?.transport;
    let context = &mut parts.context;
    parts.directory.refresh(&device, peer, &card, context)
}

/// Whether operations are of this conversation: a chain brings what was written where it is.
fn is_of(operations: &[SignedOperation], conversation: &ConversationId) -> bool {
    let mut claimed = operations.iter().map(SignedOperation::claimed);
    claimed.all(|claimed| claimed.is_ok_and(|header| header.conversation == *conversation))
}

/// What became of operations that came by mail.
enum Taken {
    /// They are held.
    Yes,
    /// Their place, or their author's in it, is not known here.
    NotYet,
    /// They are at fault. What ends a session ends nothing here: the rest is passed over.
    Refused,
}

/// Takes operations of one conversation, in which a person has a say.
fn take_operations(
    person: PersonId,
    operations: Vec<SignedOperation>,
    parts: &mut Parts<'_>,
) -> Taken {
    let first = operations.first().and_then(|first| first.claimed().ok());
    let replica = first.and_then(|first| parts.replicas.by_id_mut(&first.conversation));
    let Some(replica) = replica.filter(|replica| replica.includes(person)) else {
        return Taken::NotYet;
    };
    // Somebody who was let in again writes as another author, whom the room does not show here yet.
    let mut authors = operations
        .iter()
        .filter_map(|operation| operation.claimed().ok());
    if authors.any(|header| replica.time_of(&header.actor).is_none()) {
        return Taken::NotYet;
    }
    let received = replica.receive(operations, parts.directory, &mut parts.context);
    // Also for what was held: whoever seals it again has not heard so.
    replica.owe_receipt(person);
    match received {
        Ok(()) => Taken::Yes,
        Err(_) => Taken::Refused,
    }
}

/// Acts on a device's receipt, as far as it shows that it holds our chain as we wrote it.
fn take_receipt(card: &VerifiedCard, signed: SignedReceipt, parts: &mut Parts<'_>) {
    let Ok(receipt) = signed.verify(&card.signing) else {
        return;
    };
    let replica = parts.replicas.by_id_mut(&receipt.conversation);
    let replica = replica.filter(|replica| replica.includes(card.person));
    if let Some(replica) = replica.filter(|_| receipt.device == card.device) {
        let context = &mut parts.context;
        replica.act_on_mailed_receipt(card.person, signed, receipt, context);
    }
}
