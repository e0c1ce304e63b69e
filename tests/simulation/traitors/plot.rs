//! A plot: what a traitor knows of a room as it goes to work, and how it signs what it says of it.

use tidings_protocol::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use tidings_protocol::operation::{
    Content, Header, Kind, OPERATION_VERSION, Operation, SignedOperation,
};
use tidings_protocol::record::{ActorRecord, ControlRecord, Profile};
use tidings_protocol::room::{Author, ControlBody, ControlLog, ControlOperation, Membership};
use tidings_protocol::sync::{Control, ControlEntry, SessionMessage};
use tidings_protocol::time::{LogicalTime, WallTime};
use tidings_tests::world::{Traitor, World};

/// What a traitor goes by.
pub(super) struct Plot<'a> {
    pub(super) world: &'a mut World,
    pub(super) traitor: &'a mut Traitor,
    /// The room that it betrays.
    pub(super) room: ConversationId,
    /// Another room, of some of the same people.
    pub(super) shed: ConversationId,
    /// All that its device holds.
    pub(super) profile: Profile,
    pub(super) log: ControlLog,
    pub(super) membership: Membership,
    /// Makes every text another.
    pub(super) number: usize,
}

impl<'a> Plot<'a> {
    pub(super) fn new(
        world: &'a mut World,
        traitor: &'a mut Traitor,
        [room, shed]: [ConversationId; 2],
        number: usize,
    ) -> Self {
        let profile = traitor.profile(world);
        let mut log = ControlLog::new(room);
        for record in of_room(&profile, room) {
            let operation = Operation::stored(record.operation.clone()).expect("it is stored");
            let read = ControlOperation::read(&operation, record.author).expect("it was read");
            let _ = log.insert(read);
        }
        Self {
            membership: log.resolve(),
            log,
            world,
            traitor,
            room,
            shed,
            profile,
            number,
        }
    }

    /// Says something to some honest device; returns whether it could.
    pub(super) fn tell(&mut self, messages: &[SessionMessage]) -> bool {
        let victims = self.victims();
        let victim = victims[self.world.chance.index(victims.len())];
        self.tell_to(victim, messages)
    }

    /// Says something to a device; returns whether it could.
    pub(super) fn tell_to(&mut self, victim: usize, messages: &[SessionMessage]) -> bool {
        !messages.is_empty() && self.traitor.say(self.world, victim, messages)
    }

    /// The honest devices that know of the room; all of them, if none does.
    pub(super) fn victims(&mut self) -> Vec<usize> {
        let honest = self.world.honest();
        let mut victims = honest.clone();
        victims.retain(|who| {
            let reader = self.world.devices[*who].reader();
            reader.room(self.room).expect("a room is read").is_some()
        });
        if victims.is_empty() { honest } else { victims }
    }

    pub(super) fn person(&self) -> PersonId {
        self.traitor.stranger.own.person()
    }

    pub(super) fn device(&self) -> DeviceId {
        self.traitor.stranger.own.device()
    }

    /// The control operations of the room.
    pub(super) fn records(&self) -> Vec<ControlRecord> {
        of_room(&self.profile, self.room).cloned().collect()
    }

    /// Everybody's places in a conversation, of whom anything is held.
    pub(super) fn places(&self, conversation: ConversationId) -> Vec<ActorRecord> {
        let places = self.profile.actors.iter();
        let places = places.filter(|place| place.conversation == conversation && place.seq > 0);
        places.cloned().collect()
    }

    /// Places in the room that are others'.
    pub(super) fn places_of_others(&self) -> Vec<ActorRecord> {
        let mut places = self.places(self.room);
        places.retain(|place| place.person != self.person());
        places
    }

    /// What is held of a chain.
    pub(super) fn chain(&mut self, place: &ActorRecord) -> Vec<SignedOperation> {
        let reader = self.world.devices[self.traitor.device].reader();
        let first = place.base.saturating_add(1);
        let chain = reader.operations(place.conversation, place.actor, first, u64::MAX, usize::MAX);
        chain.expect("operations are read")
    }

    /// As whom it writes: under an admission that stands, or else under one that does not.
    pub(super) fn author(&self) -> Option<Author> {
        let person = self.person();
        let standing = self.membership.members().get(&person);
        let standing = standing.and_then(|member| member.admissions.first().copied());
        let mut admissions = self.membership.admissions().iter();
        let any = admissions.find(|(_, state)| state.person == person);
        let admission = standing.or_else(|| any.map(|(id, _)| *id))?;
        Some(Author {
            person,
            device: self.device(),
            admission,
        })
    }

    /// The header of the next control operation of an author, to be bent.
    pub(super) fn control_header(&self, author: Author, kind: Kind) -> Header {
        let actor = ActorId::of(author.device, self.room, author.admission);
        let last = self.log.last_of(actor);
        let parents = self.log.heads();
        let prev = last.map(|(_, id)| id);
        Header {
            version: OPERATION_VERSION,
            kind,
            conversation: self.room,
            actor,
            seq: last.map_or(0, |(seq, _)| seq) + 1,
            prev,
            logical: self.after(parents.iter().copied().chain(prev)),
            wall: WallTime::from_millis(0),
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: Some(parents),
        }
    }

    /// The first logical time after some control operations.
    pub(super) fn after(&self, causes: impl Iterator<Item = OperationId>) -> LogicalTime {
        let causes: Vec<OperationId> = causes.collect();
        let named = of_room(&self.profile, self.room);
        let named = named.filter(|record| causes.contains(&record.operation.id()));
        let times = named.filter_map(|record| Some(record.operation.claimed().ok()?.logical));
        LogicalTime::new(times.max().map_or(0, LogicalTime::as_u64).saturating_add(1))
    }

    /// A control operation in an author's name, signed by the traitor whoever that is.
    pub(super) fn entry(
        &mut self,
        author: Author,
        header: Header,
        body: &ControlBody,
    ) -> ControlEntry {
        let operation = self.traitor.stranger.sign(header, body.to_bytes());
        ControlEntry {
            device: author.device,
            admission: author.admission,
            operation: operation.signed().clone(),
        }
    }

    /// What brings control operations of the room.
    pub(super) fn control(&self, operations: Vec<ControlEntry>) -> SessionMessage {
        SessionMessage::Control(Control {
            conversation: self.room,
            cards: Vec::new(),
            operations,
        })
    }

    /// The header of the traitor's next message in the room, to be bent.
    pub(super) fn content_header(&self) -> Option<Header> {
        let author = self.author()?;
        let actor = ActorId::of(author.device, self.room, author.admission);
        let held = self
            .profile
            .actors
            .iter()
            .find(|place| place.actor == actor);
        let held = held.map_or((0, None, self.admitted_at(author)), |place| {
            (place.seq, place.head, place.logical)
        });
        let said = self.traitor.tip(actor).map(|tip| {
            let header = tip.header();
            (header.seq, Some(tip.id()), header.logical)
        });
        let (seq, prev, logical) = said.filter(|said| said.0 >= held.0).unwrap_or(held);
        Some(Header {
            version: OPERATION_VERSION,
            kind: Kind::Message,
            conversation: self.room,
            actor,
            seq: seq + 1,
            prev,
            logical: LogicalTime::new(logical.as_u64().saturating_add(1)),
            wall: WallTime::from_millis(0),
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: None,
        })
    }

    /// The body of a message that nobody else wrote.
    pub(super) fn text(&mut self) -> Vec<u8> {
        let chance = self.world.chance.within(0..=u64::MAX);
        let text = format!("{} of the traitor {chance:x}", self.number);
        Content::Message { text }.to_bytes()
    }

    fn admitted_at(&self, author: Author) -> LogicalTime {
        let add = OperationId::new(*author.admission.as_bytes());
        let mut named = of_room(&self.profile, self.room);
        let add = named.find(|record| record.operation.id() == add);
        let header = add.and_then(|record| record.operation.claimed().ok());
        header.map_or(LogicalTime::ZERO, |header| header.logical)
    }
}

fn of_room(profile: &Profile, room: ConversationId) -> impl Iterator<Item = &ControlRecord> {
    let controls = profile.controls.iter();
    controls.filter(move |record| record.conversation == room)
}
