//! The audit: what must hold between two devices, whatever happened to them.
//!
//! Invariants
//! - It looks at what is durable alone, never into an engine.

use std::collections::BTreeMap;

use tidings_protocol::conversation::{Accepted, Head, SegmentDocument};
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::engine::{Command, Event};
use tidings_protocol::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use tidings_protocol::operation::{Content, SignedOperation};
use tidings_protocol::record::Outcome;
use tidings_store::{AcceptedRow, MessageOrder, MessageQuery, MessageRow, Reader};

use super::World;

/// How a complaint begins that is about what somebody meddled with on its way.
const MEDDLED: [&str; 3] = [
    "received something that cannot be decrypted",
    "the handshake was tampered with",
    "the other device",
];

/// A message as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub id: OperationId,
    /// Its number in its author's chain.
    pub seq: u64,
    /// What it says.
    pub text: String,
    /// Whether it is marked as read.
    pub read: bool,
    /// Whether it needs a newer version.
    pub unsupported: bool,
    /// Whether its author changed or deleted it, and whether it is pinned.
    pub changed: (bool, bool, bool),
    /// Who has put which emoji on it.
    pub reactions: Vec<(String, PersonId)>,
}

impl World {
    /// What `device` shows of the messages of `author` to it, in the author's order.
    pub fn shown(&mut self, device: usize, author: usize) -> Vec<Shown> {
        let writer = self.devices[author].id;
        let conversation = self.conversation(device, author);
        self.shown_of(device, conversation, writer)
    }

    /// What `device` shows of one device's messages in a conversation, in that one's order.
    pub fn shown_of(
        &mut self,
        device: usize,
        conversation: ConversationId,
        writer: DeviceId,
    ) -> Vec<Shown> {
        let rows = rows(&self.devices[device].reader(), conversation);
        let mut shown: Vec<Shown> = rows
            .into_iter()
            .filter(|row| row.device == writer)
            .map(|row| Shown {
                id: row.id,
                seq: row.seq,
                text: row.text,
                read: row.read,
                unsupported: row.unsupported,
                changed: (row.edited, row.deleted, row.pinned),
                reactions: row.reactions,
            })
            .collect();
        shown.sort_by_key(|shown| shown.seq);
        shown
    }

    /// The texts of [`Self::shown`].
    pub fn texts(&mut self, device: usize, author: usize) -> Vec<String> {
        let shown = self.shown(device, author).into_iter();
        shown.map(|shown| shown.text).collect()
    }

    /// The messages of `author` to `to` as the author keeps them, in their order.
    pub fn written(&mut self, author: usize, to: usize) -> Vec<OperationId> {
        let mut rows = self.rows(author, to);
        rows.retain(|row| row.mine);
        rows.sort_by_key(|row| row.seq);
        rows.into_iter().map(|row| row.id).collect()
    }

    /// How far the messages of `author` to `to` have come, in the author's order.
    pub fn states(&mut self, author: usize, to: usize) -> Vec<DeliveryState> {
        let mut rows = self.rows(author, to);
        rows.retain(|row| row.mine);
        rows.sort_by_key(|row| row.seq);
        rows.into_iter().filter_map(|row| row.state).collect()
    }

    /// What must hold at any time: nobody's store calls delivered or read what the other's store
    /// does not hold or has not marked, and no number of a chain stands for two operations.
    pub fn check_truth(&mut self) {
        self.each_pair(|world, from, to| {
            let there: BTreeMap<OperationId, Shown> = world
                .shown(to, from)
                .into_iter()
                .map(|shown| (shown.id, shown))
                .collect();
            for row in world.rows(from, to).into_iter().filter(|row| row.mine) {
                let (name, state) = (&world.devices[from].name, row.state);
                let copy = there.get(&row.id);
                let changed = row.edited || row.deleted;
                let held = copy.is_some_and(|copy| {
                    let (edited, deleted, _) = copy.changed;
                    copy.text == row.text || changed || edited || deleted
                });
                let arrived = state >= Some(DeliveryState::Delivered);
                assert!(!arrived || held, "{name}'s {:?} is {state:?}", row.text);
                let read = copy.is_some_and(|copy| copy.read);
                let claimed = state == Some(DeliveryState::Read);
                assert!(!claimed || read, "{name}'s {:?} is {state:?}", row.text);
            }
            world.check_chains(from, to);
        });
    }

    /// What must hold once everyone is up, connected and at rest: everything that was asked for
    /// was answered, arrived once and in order, and both sides say the same of it.
    pub fn check_convergence(&mut self) {
        self.check_truth();
        self.check_answers();
        self.each_pair(|world, from, to| {
            let shown = world.shown(to, from);
            let copies: BTreeMap<OperationId, &Shown> =
                shown.iter().map(|shown| (shown.id, shown)).collect();
            let mut delivered = Vec::new();
            let mut rows = world.rows(from, to);
            rows.retain(|row| row.mine);
            rows.sort_by_key(|row| row.seq);
            for row in rows {
                let copy = copies.get(&row.id);
                let name = &world.devices[from].name;
                if let Some(copy) = copy {
                    let said = (row.edited, row.deleted, row.pinned);
                    assert_eq!((&copy.text, copy.changed), (&row.text, said));
                    assert_eq!(copy.reactions, row.reactions, "{:?}", row.text);
                }
                if row.deleted {
                    assert!(copy.is_some(), "{name} deleted something");
                    delivered.push((row.id, row.text));
                    continue;
                }
                match row.state {
                    Some(DeliveryState::Failed(FailureReason::Cancelled)) => {
                        assert!(copy.is_none(), "{name} cancelled {:?}", row.text);
                        continue;
                    }
                    Some(DeliveryState::Read) => assert!(copy.is_some_and(|copy| copy.read)),
                    Some(DeliveryState::Delivered) => {
                        assert!(
                            copy.is_some_and(|copy| !copy.read),
                            "{:?} was read",
                            row.text
                        );
                    }
                    state => panic!("{name}'s {:?} is {state:?} at rest", row.text),
                }
                delivered.push((row.id, row.text));
            }
            let shown: Vec<_> = shown.into_iter().map(|one| (one.id, one.text)).collect();
            assert_eq!(shown, delivered, "what {to} shows of {from}");
        });
        self.check_heads();
    }

    /// Nobody has called anybody but a traitor a breaker of the protocol, but for one who was known
    /// already to an inviter whose answer had not come yet, and what comes of meddling; no chain has
    /// forked but a traitor's; and every stream that was meddled with has ended.
    pub fn check_peace(&self) {
        self.check_streams();
        let was_meddled_with = self.was_meddled_with();
        for (index, device) in self.devices.iter().enumerate() {
            if self.traitors.contains(&index) {
                continue;
            }
            let name = &device.name;
            for event in &device.events {
                if let Event::Misbehaved { how, peer } = event {
                    let early = how == "session of an unknown device";
                    let is_traitor = self
                        .device_at(*peer)
                        .is_some_and(|peer| self.traitors.contains(&peer));
                    let is_of_meddling = MEDDLED.iter().any(|began| how.starts_with(began));
                    let is_of_carrying = self.meddled.contains(&(index, *peer));
                    assert!(
                        early || is_traitor || is_of_carrying || was_meddled_with && is_of_meddling,
                        "{name} complains: {how}"
                    );
                }
                let is_own = matches!(event, Event::OwnFork { .. });
                let is_forked = matches!(event, Event::Forked { .. });
                assert!(
                    !is_own && (!is_forked || !self.traitors.is_empty()),
                    "{name} says {event:?}"
                );
            }
        }
    }

    /// Both sides of every conversation build the same documents.
    pub fn check_heads(&mut self) {
        self.each_pair(|world, from, to| {
            let conversation = world.conversation(from, to);
            let one = heads(&world.devices[from].reader(), conversation);
            let other = heads(&world.devices[to].reader(), conversation);
            assert_eq!(one, other, "the documents of {from} and {to}");
        });
    }

    /// Each request has a reply; each message that was asked for is there once, under the id that
    /// was replied.
    fn check_answers(&mut self) {
        for asked in self.asked.clone() {
            let device = &mut self.devices[asked.device];
            let reply = device.replies.get(&asked.request);
            let reply = reply
                .unwrap_or_else(|| panic!("no reply to {asked:?}"))
                .clone();
            if let (
                Command::Write {
                    urgent: false,
                    conversation,
                    content,
                    ..
                },
                Ok(Outcome::Sent { message }),
            ) = (&asked.command, &reply)
            {
                let actor = ActorId::direct(device.id, *conversation);
                let reader = device.reader();
                let chain = reader.operations(*conversation, actor, 1, u64::MAX, usize::MAX);
                let chain = chain.expect("operations are read");
                let same = chain.iter().filter(|one| one.id() == *message);
                assert_eq!(same.count(), 1, "{content:?}");
                let says = |one: &&SignedOperation| {
                    let body = one.body.as_ref().map(|body| &body.bytes);
                    body.is_some_and(|bytes| *bytes == content.to_bytes())
                };
                let texts = chain.iter().filter(says).count();
                let is_message = matches!(content, Content::Message { .. });
                assert!(!is_message || texts <= 1, "written twice");
            }
        }
    }

    /// What one holds of the other's chain is what the other wrote, without its withheld bodies.
    fn check_chains(&mut self, from: usize, to: usize) {
        let conversation = self.conversation(from, to);
        let actor = self.devices[from].actor(self.devices[to].person);
        let chain = |reader: Reader| {
            let operations = reader.operations(conversation, actor, 1, u64::MAX, usize::MAX);
            operations.expect("operations are read")
        };
        let written = chain(self.devices[from].reader());
        let held = chain(self.devices[to].reader());
        assert!(held.len() <= written.len(), "{to} holds more of {from}");
        for (held, written) in held.iter().zip(&written) {
            assert_eq!(
                held.id(),
                written.id(),
                "a number stands for two operations"
            );
            if let Some(body) = &held.body {
                let kind = held.claimed().expect("it was verified").kind;
                Content::from_bytes(kind, &body.bytes).expect("it is what it says");
            }
        }
    }

    fn rows(&mut self, device: usize, with: usize) -> Vec<MessageRow> {
        let conversation = self.conversation(device, with);
        rows(&self.devices[device].reader(), conversation)
    }

    fn each_pair(&mut self, check: impl Fn(&mut Self, usize, usize)) {
        let count = self.devices.len();
        for from in 0..count {
            for to in 0..count {
                let is_honest = [from, to].iter().all(|one| !self.traitors.contains(one));
                if from != to && is_honest && self.knows(from, to) && self.knows(to, from) {
                    check(self, from, to);
                }
            }
        }
    }
}

/// The heads of a conversation's documents, built from the store alone.
#[must_use]
pub fn heads(reader: &Reader, conversation: ConversationId) -> BTreeMap<u64, Vec<Head>> {
    let segments = reader.segments(conversation).expect("segments are read");
    let of_segment = |segment| {
        let mut document =
            SegmentDocument::new(conversation, segment).expect("an empty document is built");
        let rows = reader.accepted(conversation, segment);
        let rows = rows.expect("operations are read");
        let accepted = rows.iter().map(accepted);
        document.accept_all(accepted).expect("they fit");
        (segment, document.heads())
    };
    segments.into_iter().map(of_segment).collect()
}

fn rows(reader: &Reader, conversation: ConversationId) -> Vec<MessageRow> {
    let query = MessageQuery {
        conversation: Some(conversation),
        unread_only: false,
        order: MessageOrder::Newest { limit: None },
    };
    reader.messages(&query).expect("messages are read")
}

fn accepted(row: &AcceptedRow) -> Accepted {
    Accepted {
        id: row.id,
        actor: row.actor,
        seq: row.seq,
        kind: row.kind,
        logical: row.logical,
        wall: row.wall,
        target: row.target,
        body: row.body,
    }
}
