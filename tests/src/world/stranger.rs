//! Strangers: peers driven frame by frame, that say what no engine would.

use tidings_protocol::engine::{Input, LinkPurpose};
use tidings_protocol::envelope::Envelope;
use tidings_protocol::id::{ActorId, ConversationId, TransportId};
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::operation::{Header, Kind, OPERATION_VERSION, Operation, SignedOperation};
use tidings_protocol::pairing::{self, ContactSecret, JoinReply};
use tidings_protocol::record::ContactRecord;
use tidings_protocol::rng::Rng;
use tidings_protocol::session::{HeldSecrets, Hello, Initiator, Transport};
use tidings_protocol::sync::{SessionMessage, Vector};
use tidings_protocol::time::{LogicalTime, WallTime};

use super::network::{End, Party};
use super::{Happening, WireId, World};

/// Someone whose every byte the test decides.
#[derive(Debug)]
pub struct Stranger {
    /// Their identity, which is sound.
    pub own: OwnIdentity,
    /// Their randomness.
    pub rng: Rng,
    pub(super) secret: Option<ContactSecret>,
}

/// A session that a stranger holds with a device.
#[derive(Debug)]
pub struct Held {
    /// The wire it is on.
    pub wire: WireId,
    /// Its first frame, as it went over the wire.
    pub first: Vec<u8>,
    transport: Transport,
}

impl Stranger {
    /// Someone whom nobody knows.
    #[must_use]
    pub fn new(world: &mut World, name: &str) -> Self {
        let mut rng = world.chance.rng();
        let wall = WallTime::from_millis(1_800_000_000_000);
        let (own, _) = OwnIdentity::create(name, "device 1", wall, &mut rng).expect("a fine name");
        Self::of(own, rng)
    }

    /// Someone with an identity that is there.
    pub(super) const fn of(own: OwnIdentity, rng: Rng) -> Self {
        Self {
            own,
            rng,
            secret: None,
        }
    }

    /// Becomes a contact of a device by an invite.
    pub fn befriend(&mut self, world: &mut World, device: usize) {
        let code = world.invite(device, false).parse().expect("a code");
        let card = self.own.card(Vec::new());
        let (pending, join) =
            pairing::join(&self.own, &card, &code, &mut self.rng).expect("a join");
        let wire = world.open_as(device, self.own.transport(), LinkPurpose::IncomingJoin);
        world.send_as(wire, join.to_bytes());
        world.run_for(1_000);
        let reply = world.received(wire).pop().expect("a reply");
        let Ok(JoinReply::Answer(answer)) = JoinReply::from_bytes(&reply) else {
            panic!("refused");
        };
        let answer = Envelope::from_bytes(&answer).expect("an envelope");
        let (_, secret) = pending.finish(&self.own, &answer).expect("an answer");
        self.secret = Some(secret);
    }

    /// The first frame of a session with a device, and what opens its answer.
    pub fn hail(&mut self, world: &World, device: usize) -> (Initiator, Vec<u8>) {
        let held = HeldSecrets {
            secrets: self.secret.iter().map(|secret| secret.id).collect(),
            is_confirmed: self.secret.is_some(),
        };
        let peer = &world.devices[device].agreement;
        let card = self.own.card(Vec::new()).to_bytes();
        let own = self.own.agreement();
        Initiator::start(own, peer, Hello::OURS, held, card, &mut self.rng).expect("a hello")
    }

    /// Opens a session with a device that is a contact, and says that nothing is held here.
    pub fn session(&mut self, world: &mut World, device: usize) -> Held {
        let mut held = self.silent_session(world, device);
        held.say(world, &self.vector(world, device));
        held
    }

    /// Opens a session with a device that is a contact, and says nothing in it.
    pub fn silent_session(&mut self, world: &mut World, device: usize) -> Held {
        let (initiator, first) = self.hail(world, device);
        let wire = world.open_as(device, self.own.transport(), LinkPurpose::IncomingSession);
        world.send_as(wire, first.clone());
        world.run_for(100);
        let answer = world.received(wire).pop().expect("an answer");
        Held {
            first,
            ..self.finish(initiator, wire, &answer)
        }
    }

    /// The session that an answer to [`Self::hail`] makes; nothing was said in it.
    #[must_use]
    pub fn finish(&self, initiator: Initiator, wire: WireId, answer: &[u8]) -> Held {
        let key = self.secret.as_ref().map(|secret| secret.key.clone());
        let finished = initiator.finish(answer, |_| key).expect("a session");
        Held {
            wire,
            first: Vec::new(),
            transport: finished.transport,
        }
    }

    /// The vector of one who holds nothing.
    #[must_use]
    pub fn vector(&self, world: &World, device: usize) -> SessionMessage {
        let conversation = self.conversation(world, device);
        SessionMessage::Vector(Vector::of_positions(conversation, Vec::new()))
    }

    /// The conversation with a device's person.
    #[must_use]
    pub fn conversation(&self, world: &World, device: usize) -> ConversationId {
        world.devices[device].conversation(self.own.person())
    }

    /// A header for a message of ours to a device's person, to be bent as the test likes.
    #[must_use]
    pub fn header(&self, world: &World, device: usize, previous: Option<&Operation>) -> Header {
        let conversation = self.conversation(world, device);
        let place = previous.map(Operation::header);
        Header {
            version: OPERATION_VERSION,
            kind: Kind::Message,
            conversation,
            actor: ActorId::direct(self.own.device(), conversation),
            seq: place.map_or(0, |place| place.seq) + 1,
            prev: previous.map(Operation::id),
            logical: LogicalTime::new(place.map_or(0, |place| place.logical.as_u64()) + 1),
            wall: WallTime::from_millis(0),
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: None,
        }
    }

    /// Signs an operation with whatever header and body.
    pub fn sign(&mut self, header: Header, body: Vec<u8>) -> Operation {
        Operation::author(header, body, &self.own, &mut self.rng).expect("it fits")
    }

    /// What the device keeps of this stranger as a contact.
    #[must_use]
    pub fn contact(&self, world: &mut World, device: usize) -> Option<ContactRecord> {
        let contacts = world.devices[device].reader().contacts().expect("contacts");
        let person = self.own.person();
        contacts
            .into_iter()
            .find(|contact| contact.person == person)
    }
}

impl Held {
    /// Says something in the session.
    pub fn say(&mut self, world: &mut World, message: &SessionMessage) {
        self.say_bytes(world, &message.to_bytes());
    }

    /// Says operations in the session.
    pub fn tell(&mut self, world: &mut World, operations: Vec<SignedOperation>) {
        self.say(world, &SessionMessage::Operations(operations));
    }

    /// Says several things before the device can react to the first.
    pub fn say_together(&mut self, world: &mut World, messages: &[SessionMessage]) {
        self.put(world, messages);
        world.run_for(100);
    }

    /// Says several things and waits for nothing.
    pub(super) fn put(&mut self, world: &mut World, messages: &[SessionMessage]) {
        for message in messages {
            let frame = self.transport.seal(&message.to_bytes()).expect("it fits");
            world.send_as(self.wire, frame);
        }
    }

    /// Says anything in the session.
    pub fn say_bytes(&mut self, world: &mut World, plaintext: &[u8]) {
        let frame = self.transport.seal(plaintext).expect("it fits");
        world.send_as(self.wire, frame);
        world.run_for(100);
    }

    /// What the device said since the last call.
    pub fn hear(&mut self, world: &mut World) -> Vec<SessionMessage> {
        let frames = world.received(self.wire).into_iter();
        frames
            .map(|frame| {
                let plaintext = self.transport.open(&frame).expect("it opens");
                SessionMessage::from_bytes(&plaintext).expect("it is a message")
            })
            .collect()
    }
}

impl World {
    /// Opens a wire to a device in the name of a peer that the test speaks for.
    pub fn open_as(&mut self, device: usize, peer: TransportId, purpose: LinkPurpose) -> WireId {
        let opener = End::new(Party::Stranger(peer), LinkPurpose::Session);
        let other = End::new(self.party(device), purpose);
        let wire = self.network.add_wire(None, opener, other);
        self.happen(Happening::Opened(wire, 1));
        wire
    }

    /// Connects a peer that the test speaks for.
    pub fn connect_as(&mut self, device: usize, peer: TransportId, dialed: bool) {
        let address = "/memory/0".to_owned();
        self.input(
            device,
            Input::PeerConnected {
                peer,
                address,
                dialed,
            },
        );
    }

    /// Sends a frame over such a wire.
    pub fn send_as(&mut self, wire: WireId, frame: Vec<u8>) {
        self.send(wire, 0, frame);
    }

    /// Closes such a wire.
    pub fn close_as(&mut self, wire: WireId) {
        self.close(wire, 0);
    }

    /// What came over such a wire since the last call.
    pub fn received(&mut self, wire: WireId) -> Vec<Vec<u8>> {
        let wire = self.network.wires.get_mut(&wire);
        wire.map_or_else(Vec::new, |wire| std::mem::take(&mut wire.ends[0].received))
    }

    /// Whether the device has closed such a wire.
    #[must_use]
    pub fn is_closed(&self, wire: WireId) -> bool {
        let wire = self.network.wires.get(&wire);
        wire.is_none_or(|wire| wire.ends[1].closing)
    }
}
