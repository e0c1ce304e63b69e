//! What a traitor says besides: of other conversations, of nobody's, and of what it holds.

use tidings_protocol::id::{ActorId, ConversationId, DeviceId, OperationId};
use tidings_protocol::operation::{SignedFork, SignedOperation};
use tidings_protocol::record::ControlRecord;
use tidings_protocol::sync::{
    Acknowledgement, Control, ControlEntry, ControlVector, Coverage, Erased, ForkClaim,
    ForkPosition, Position, Receipt, SessionMessage, Stretch, Vector,
};

use super::content::operations;
use super::plot::Plot;

/// Operations of unknown authors that are sent at once.
const FLOOD: usize = 64;
/// More vectors than a session may bring.
const VECTORS: usize = 70;

impl Plot<'_> {
    /// Says in the room what somebody said elsewhere, or elsewhere what was said in it.
    pub(super) fn replay(&mut self) -> bool {
        let message = match self.world.chance.within(0..=4) {
            0 => self.mixed(self.shed),
            1 => {
                let victims = self.victims();
                let with = victims[self.world.chance.index(victims.len())];
                let direct = self.traitor.conversation(self.world, with);
                self.mixed(direct)
            }
            2 => self.moved_control(self.shed, self.room),
            3 => self.moved_control(self.room, self.shed),
            _ => {
                let device = self.device();
                let receipts = self.profile.receipts.iter();
                let others = receipts.filter(|receipt| receipt.device != device);
                let others: Vec<_> = others.map(|receipt| receipt.signed.clone()).collect();
                if others.is_empty() {
                    return false;
                }
                let some = self.world.chance.index(others.len());
                Some(SessionMessage::Receipt(others[some].clone()))
            }
        };
        message.is_some_and(|message| self.tell(&[message]))
    }

    /// Floods a device with operations of authors who do not exist.
    pub(super) fn flood_of_unknown(&mut self) -> bool {
        let Some(author) = self.author() else {
            return false;
        };
        let (mut content, mut control) = (Vec::new(), Vec::new());
        for _ in 0..FLOOD {
            let Some(mut header) = self.content_header() else {
                return false;
            };
            header.actor = ActorId::new(self.world.chance.bytes());
            header.seq = 1;
            header.prev = None;
            let text = self.text();
            let operation = self.traitor.stranger.sign(header, text);
            content.push(operation.signed().clone());
            let body = self.some_body();
            let header = self.control_header(author, body.kind());
            let entry = self.entry(author, header, &body);
            control.push(ControlEntry {
                device: DeviceId::new(self.world.chance.bytes()),
                ..entry
            });
        }
        let control = self.control(control);
        self.tell(&[operations(content), control])
    }

    /// Says that it holds and has read what nobody wrote yet.
    pub(super) fn lie_in_a_receipt(&mut self) -> bool {
        let mut actors: Vec<ActorId> = self.places(self.room).iter().map(|one| one.actor).collect();
        actors.sort_unstable();
        actors.dedup();
        let everything = Coverage::through(u64::MAX);
        let lies = actors.into_iter().map(|actor| Acknowledgement {
            ends: None,
            actor,
            held: everything.clone(),
            erased: Erased::default(),
            read: everything.clone(),
        });
        let number = self.world.chance.within(1..=1_000_000);
        let victims = self.victims();
        let victim = victims[self.world.chance.index(victims.len())];
        // Sometimes in another's name, if only by its own key.
        let device = if self.world.chance.one_in(3) {
            self.world.devices[victim].id
        } else {
            self.device()
        };
        let receipt = Receipt {
            conversation: self.room,
            device,
            number: if self.world.chance.one_in(8) {
                u64::MAX
            } else {
                number
            },
            actors: lies.collect(),
        };
        let signed = receipt.sign(&self.traitor.stranger.own);
        self.tell(&[SessionMessage::Receipt(signed)])
    }

    /// Says that it holds what does not exist, or nothing of what it has.
    pub(super) fn lie_in_a_vector(&mut self) -> bool {
        let places = self.places(self.room);
        let mut positions: Vec<Position> = places
            .iter()
            .map(|place| Position {
                actor: place.actor,
                seq: place.seq.saturating_add(self.world.chance.within(0..=3)),
                head: OperationId::new(self.world.chance.bytes()),
            })
            .collect();
        if let Some(first) = positions
            .first_mut()
            .filter(|_| self.number.is_multiple_of(2))
        {
            first.seq = u64::MAX;
        }
        let forks = places.iter().map(|place| ForkPosition {
            actor: place.actor,
            through: 0,
        });
        let vector = Vector {
            conversation: self.room,
            positions,
            control: Some(ControlVector {
                locator: vec![OperationId::new(self.world.chance.bytes())],
                ..ControlVector::default()
            }),
            forks: forks.take(8).collect(),
            waiting: Vec::new(),
        };
        let news = Vector {
            control: None,
            forks: Vec::new(),
            ..vector.clone()
        };
        let stretches = places.iter().map(|place| Stretch {
            actor: place.actor,
            after: self.world.chance.within(0..=place.seq.saturating_add(3)),
            through: u64::MAX,
        });
        let stretches: Vec<Stretch> = stretches.collect();
        let nothing = Vector::of_positions(self.room, Vec::new());
        let messages = match self.world.chance.within(0..=4) {
            0 => vec![SessionMessage::Vector(vector)],
            1 => vec![SessionMessage::News(news)],
            2 => vec![SessionMessage::Ask(self.room, stretches)],
            3 => {
                let digest = self.world.chance.bytes();
                vec![SessionMessage::Digest(self.room, digest.into())]
            }
            _ => vec![SessionMessage::Vector(nothing); VECTORS],
        };
        self.tell(&messages)
    }

    /// Claims that somebody else forked a chain.
    pub(super) fn claim_a_fork(&mut self) -> bool {
        let chain = self.some_chain();
        let (Some(first), Some(header)) = (chain.first(), self.content_header()) else {
            return false;
        };
        let second = if let Some(second) = chain.get(1).filter(|_| self.world.chance.one_in(2)) {
            second.clone()
        } else {
            let mut header = header;
            let claimed = first.claimed().expect("it is stored");
            header.actor = claimed.actor;
            header.seq = claimed.seq;
            header.prev = claimed.prev;
            let text = self.text();
            self.traitor.stranger.sign(header, text).signed().clone()
        };
        let bodiless = |operation: SignedOperation| SignedOperation {
            body: None,
            ..operation
        };
        let claim = ForkClaim {
            conversation: self.room,
            fork: SignedFork {
                first: bodiless(first.clone()),
                second: bodiless(second),
            },
            head: None,
        };
        self.tell(&[SessionMessage::Fork(Box::new(claim))])
    }

    /// Operations of another conversation, with one of the room before them or not.
    fn mixed(&mut self, conversation: ConversationId) -> Option<SessionMessage> {
        let places = self.places(conversation);
        if places.is_empty() {
            return None;
        }
        let place = &places[self.world.chance.index(places.len())];
        let mut mixed = self.chain(place);
        mixed.truncate(FLOOD);
        if self.world.chance.one_in(2)
            && let Some(first) = self.some_chain().first()
        {
            mixed.insert(0, first.clone());
        }
        (!mixed.is_empty()).then(|| operations(mixed))
    }

    /// Control of one room as if it were another's.
    fn moved_control(&self, from: ConversationId, to: ConversationId) -> Option<SessionMessage> {
        let controls = self.profile.controls.iter();
        let controls = controls.filter(|record| record.conversation == from);
        let entries: Vec<ControlEntry> = controls.map(entry_of).take(FLOOD).collect();
        (!entries.is_empty()).then(|| {
            SessionMessage::Control(Control {
                conversation: to,
                cards: Vec::new(),
                operations: entries,
            })
        })
    }
}

fn entry_of(record: &ControlRecord) -> ControlEntry {
    ControlEntry {
        device: record.author.device,
        admission: record.author.admission,
        operation: record.operation.clone(),
    }
}
