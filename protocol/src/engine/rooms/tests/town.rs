//! A town: people with a device each, their stores in memory, and links between them.

mod neighbours;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::carry::{CarriedEnvelope, Quotas, Tier};
use crate::delivery::DeliveryState;
use crate::engine::replica::Replica;
use crate::engine::room::Room;
use crate::engine::tests::{at, identity, profile};
use crate::engine::{
    Command, CommandError, Effect, Engine, Event, Input, LinkId, LinkPurpose, Output, RoomChange,
    Typist,
};
use crate::id::{
    ActorId, ConversationId, EnvelopeId, OperationId, PersonId, RequestId, TransportId,
};
use crate::identity::{Card, OwnIdentity};
use crate::operation::{Content, Operation, SignedFork, SignedOperation};
use crate::pairing::ContactSecret;
use crate::record::{
    Change, ContactSecretRecord, DeliveryChange, OutboxRecord, Outcome, PendingRecord, Profile,
    RoomRecord, SecretBytes, TombstoneRecord,
};
use crate::room::Deed;
use crate::sync::{
    Acknowledgement, Control, ControlEntry, Coverage, Erased, ForkClaim, Introduction, Receipt,
    SessionMessage, Vector,
};
use crate::time::{Monotonic, Now};

use neighbours::Neighbours;
pub(super) use neighbours::Stranger;

/// One person's device and what it stored.
struct House {
    own: OwnIdentity,
    engine: Engine,
    stored: Profile,
    operations: Vec<Operation>,
    /// The envelopes that it keeps, as they travel.
    envelopes: BTreeMap<EnvelopeId, Vec<u8>>,
    deliveries: Vec<DeliveryChange>,
    /// What is told of what was done to rooms.
    deeds: BTreeMap<(ConversationId, OperationId), Deed>,
    /// Whether it cuts off the bodies of what others wrote when it serves that.
    cuts_bodies: bool,
    /// Of which conversations it had operations read.
    loads: Vec<ConversationId>,
    /// How many operations were read.
    read: usize,
    /// When it asked to be woken, last.
    timer: Option<Monotonic>,
    /// Milliseconds that its clocks are ahead of the town's.
    ahead: u64,
    /// When its program was started, last, by its own clock.
    started: u64,
}

pub(super) struct Town {
    houses: Vec<House>,
    /// Whom each link leads from and to.
    links: BTreeMap<LinkId, (usize, usize)>,
    next_link: u64,
    inputs: VecDeque<(usize, Input)>,
    replies: Vec<Result<Outcome, CommandError>>,
    /// Milliseconds since the town was founded.
    millis: u64,
    /// Who was told in turn that somebody types, or no longer does.
    pub(super) signals: Vec<(usize, PersonId, bool)>,
    /// Bytes that went over all links.
    pub(super) carried: usize,
    /// Bytes that each sent to each, and how many frames.
    sent: BTreeMap<(usize, usize), (usize, usize)>,
    /// From whom to whom no frame larger than this comes through, and none after it.
    choked: BTreeMap<(usize, usize), usize>,
    /// Claims that were made up.
    claims: u64,
    /// How often anybody's program was started again.
    restarts: u8,
    /// What is written down, for whoever looks at it.
    pub(super) tap: Option<Tap>,
    /// Envelopes that were given to whoever carries them, and by whom, in order.
    pub(super) deposits: Vec<(usize, Vec<u8>)>,
    neighbours: Neighbours,
}

/// What whoever listens everywhere writes down.
#[derive(Debug, Default)]
pub(super) struct Tap {
    /// What went over links.
    pub(super) frames: Vec<Vec<u8>>,
    /// Every event, reply and fault, as they are printed.
    pub(super) said: Vec<String>,
    /// Every input and every change, as they are printed.
    pub(super) done: Vec<String>,
    /// The preimages of purge hashes.
    pub(super) purges: Vec<SecretBytes>,
    /// What peers were found to do wrong, if anything of that is due.
    pub(super) faults: Option<Vec<String>>,
}

impl Tap {
    fn hear(&mut self, effect: &Effect) {
        if let Effect::Send { frame, .. } = effect {
            self.frames.push(frame.clone());
        } else if let Effect::Event(_) | Effect::Reply { .. } = effect {
            self.said.push(format!("{effect:?}"));
        } else {
            self.done.push(format!("{effect:?}"));
        }
        if let Effect::Reply { result, .. } = effect {
            self.said
                .extend(result.as_ref().err().map(ToString::to_string));
        }
        if let Effect::Event(Event::Misbehaved { how, .. }) = effect {
            self.said.push(how.clone());
            self.faults
                .iter_mut()
                .for_each(|faults| faults.push(how.clone()));
        }
    }
}

impl Town {
    /// People who all know each other.
    pub(super) fn of(people: usize) -> Self {
        let pairs: Vec<(usize, usize)> = (0..people)
            .flat_map(|one| (0..one).map(move |other| (one, other)))
            .collect();
        Self::knowing(people, &pairs)
    }

    /// People of whom these know each other.
    pub(super) fn knowing(people: usize, pairs: &[(usize, usize)]) -> Self {
        let both = pairs
            .iter()
            .flat_map(|(one, other)| [(*one, *other), (*other, *one)]);
        Self::where_one_knows(people, &both.collect::<Vec<_>>())
    }

    /// People of whom each first one knows the second.
    pub(super) fn where_one_knows(people: usize, pairs: &[(usize, usize)]) -> Self {
        let names: Vec<String> = (0..people).map(|n| n.to_string()).collect();
        Self::of_names(&names, pairs)
    }

    /// People of these names, of whom each first one knows the second.
    pub(super) fn of_names(names: &[String], pairs: &[(usize, usize)]) -> Self {
        let people = names.len();
        let of = |n: usize| identity(&names[n], seed(n));
        let houses = (0..people).map(|n| {
            let own = of(n);
            let known: Vec<OwnIdentity> = (0..people)
                .filter(|other| pairs.contains(&(n, *other)))
                .map(of)
                .collect();
            let stored = profile(&own, &known.iter().collect::<Vec<_>>());
            House {
                engine: Engine::open(stored.clone(), &[!seed(n); 32], at(0)).unwrap(),
                own,
                stored,
                operations: Vec::new(),
                envelopes: BTreeMap::new(),
                deliveries: Vec::new(),
                deeds: BTreeMap::new(),
                cuts_bodies: false,
                loads: Vec::new(),
                read: 0,
                timer: None,
                ahead: 0,
                started: 0,
            }
        });
        Self {
            houses: houses.collect(),
            links: BTreeMap::new(),
            next_link: 0,
            inputs: VecDeque::new(),
            replies: Vec::new(),
            millis: 0,
            signals: Vec::new(),
            carried: 0,
            sent: BTreeMap::new(),
            choked: BTreeMap::new(),
            claims: 0,
            restarts: 0,
            tap: None,
            deposits: Vec::new(),
            neighbours: Neighbours::default(),
        }
    }

    /// All that somebody's device has stored: what whoever takes it gets.
    pub(super) fn snapshot(&self, who: usize) -> Profile {
        self.houses[who].stored.clone()
    }

    pub(super) fn people(&self) -> usize {
        self.houses.len()
    }

    pub(super) fn person(&self, who: usize) -> PersonId {
        self.houses[who].own.person()
    }

    /// Another device of somebody's, of which nobody knows.
    pub(super) fn another_device(&self, who: usize, seed: u8) -> OwnIdentity {
        self.houses[who].own.another_device(seed)
    }

    /// The transport id of somebody's device.
    pub(super) fn transport(&self, who: usize) -> TransportId {
        self.houses[who].own.transport()
    }

    /// The static key of somebody's device.
    pub(super) fn agreement(&self, who: usize) -> [u8; 32] {
        self.houses[who].own.agreement().public()
    }

    /// Has a member of a room present a card to another; an error ends the session.
    pub(super) fn try_present(
        &mut self,
        to: usize,
        conversation: ConversationId,
        card: &Card,
    ) -> Result<(), String> {
        let introduction = Introduction {
            card: card.to_bytes().into(),
            addresses: Vec::new(),
        };
        let control = Control {
            conversation,
            cards: vec![introduction],
            operations: Vec::new(),
        };
        let engine = &mut self.houses[to].engine;
        let result = engine.receive_control(Some(LinkId::default()), control, at(0));
        self.inputs.push_back((to, Input::Tick));
        self.run();
        result
    }

    pub(super) fn present(&mut self, to: usize, room: ConversationId, card: &Card) {
        self.try_present(to, room, card).unwrap();
    }

    /// Has somebody show a newer card of their own to another over the link to them.
    pub(super) fn renew(&mut self, from: usize, to: usize, card: &Card) {
        let (link, now) = (self.link_between(from, to), self.now(to));
        self.houses[to].engine.refresh(link, card, now);
        self.inputs.push_back((to, Input::Tick));
        self.run();
    }

    /// What somebody's clocks show.
    pub(super) fn now(&self, who: usize) -> Now {
        self.houses[who].now(self.millis)
    }

    pub(super) fn engine(&mut self, who: usize) -> &mut Engine {
        &mut self.houses[who].engine
    }

    /// Whom somebody has sessions with.
    pub(super) fn live(&self, who: usize) -> BTreeSet<PersonId> {
        let live = self.houses[who].engine.live();
        live.map(|live| live.person).collect()
    }

    /// Sets up a second device with all that somebody's has, its keys too; returns its number.
    pub(super) fn copy(&mut self, who: usize) -> usize {
        let house = &self.houses[who];
        let copy = House {
            own: OwnIdentity::from_bytes(&house.own.to_bytes()).unwrap(),
            engine: Engine::open(house.stored.clone(), &[77; 32], at(0)).unwrap(),
            stored: house.stored.clone(),
            envelopes: house.envelopes.clone(),
            operations: house.operations.clone(),
            deliveries: Vec::new(),
            deeds: BTreeMap::new(),
            cuts_bodies: false,
            loads: Vec::new(),
            read: 0,
            timer: None,
            ahead: 0,
            started: 0,
        };
        self.houses.push(copy);
        self.houses.len() - 1
    }

    /// All operations that a house stored.
    pub(super) fn operations(&self, who: usize) -> &[Operation] {
        &self.houses[who].operations
    }

    /// The operations of somebody's device in a room that a house stored.
    pub(super) fn stored(&self, who: usize, room: ConversationId, of: usize) -> Vec<Operation> {
        let device = self.houses[of].own.device();
        let actors = self.houses[who].stored.actors.iter();
        let theirs: Vec<_> = actors
            .filter(|place| (place.conversation, place.device) == (room, device))
            .map(|place| place.actor)
            .collect();
        let stored = self.houses[who].operations.iter();
        let mut stored: Vec<Operation> = stored
            .filter(|operation| theirs.contains(&operation.header().actor))
            .cloned()
            .collect();
        stored.sort_by_key(|operation| operation.header().seq);
        stored
    }

    /// Hands an operation to a house that stores what comes of it and crashes.
    pub(super) fn hand_and_crash(
        &mut self,
        to: usize,
        room: ConversationId,
        operation: &Operation,
    ) {
        let house = &mut self.houses[to];
        let mut parts = house.engine.parts(at(0));
        let replica = parts.replicas.by_id_mut(&room).unwrap();
        let operations = vec![operation.signed().clone()];
        replica
            .receive(operations, parts.directory, &mut parts.context)
            .unwrap();
        while let Some((_, output)) = house.engine.poll() {
            if let Output::Persist(change) = output {
                house.store(change);
            }
        }
        self.restart(to);
    }

    /// Hands somebody bytes over their latest link with another, as if those had sent them.
    pub(super) fn hand_frame(&mut self, to: usize, from: usize, bytes: Vec<u8>) {
        let link = self.link_between(from, to);
        self.inputs.push_back((to, Input::Frame { link, bytes }));
        self.run();
    }

    /// Hands operations to a house as a member would.
    pub(super) fn hand(&mut self, to: usize, room: ConversationId, operations: &[&Operation]) {
        self.slip(to, room, operations);
        self.run();
    }

    /// Does so before anybody does anything else.
    pub(super) fn slip(&mut self, to: usize, room: ConversationId, operations: &[&Operation]) {
        let operations = operations
            .iter()
            .map(|operation| operation.signed().clone());
        let engine = &mut self.houses[to].engine;
        let mut parts = engine.parts(at(0));
        let replica = parts.replicas.by_id_mut(&room).unwrap();
        replica
            .receive(operations.collect(), parts.directory, &mut parts.context)
            .unwrap();
        self.inputs.push_back((to, Input::Tick));
    }

    /// What somebody signs with, for what no honest program signs.
    pub(super) fn own(&self, who: usize) -> OwnIdentity {
        OwnIdentity::from_bytes(&self.houses[who].own.to_bytes()).unwrap()
    }

    /// A room's control as a house has it.
    pub(super) fn room(&self, who: usize, room: ConversationId) -> &Room {
        let replica = self.houses[who].engine.replicas.by_id(&room).unwrap();
        replica.room().unwrap()
    }

    /// Hands control operations to a house as a member would, with these devices' cards; returns
    /// whether the member misbehaves by that.
    pub(super) fn hand_control(
        &mut self,
        to: usize,
        room: ConversationId,
        devices: &[&OwnIdentity],
        operations: &[ControlEntry],
    ) -> bool {
        let introduce = |device: &&OwnIdentity| Introduction {
            card: device.card(Vec::new()).to_bytes().into(),
            addresses: Vec::new(),
        };
        let control = Control {
            conversation: room,
            cards: devices.iter().map(introduce).collect(),
            operations: operations.to_vec(),
        };
        let engine = &mut self.houses[to].engine;
        let taken = engine.receive_control(Some(LinkId::new(0)), control, at(0));
        self.inputs.push_back((to, Input::Tick));
        self.run();
        taken.is_err()
    }

    /// Shows a house a fork as a member would; returns whether the member misbehaves by that.
    pub(super) fn show_fork(&mut self, to: usize, room: ConversationId, fork: SignedFork) -> bool {
        let engine = &mut self.houses[to].engine;
        let mut parts = engine.parts(at(0));
        let replica = parts.replicas.by_id_mut(&room).unwrap();
        let claim = ForkClaim {
            conversation: room,
            fork,
            head: None,
        };
        let result = replica.hear_fork(claim, parts.directory, &mut parts.context);
        self.inputs.push_back((to, Input::Tick));
        self.run();
        result.is_err()
    }

    /// The control operations of a room that a house stored, in order.
    pub(super) fn controls(&self, who: usize, room: ConversationId) -> Vec<SignedOperation> {
        let controls = self.houses[who].stored.controls.iter();
        let controls = controls.filter(|control| control.conversation == room);
        controls.map(|control| control.operation.clone()).collect()
    }

    /// How far a house holds the chain of somebody's device, and from where on it is known to be
    /// forked.
    pub(super) fn place(
        &self,
        who: usize,
        room: ConversationId,
        of: usize,
    ) -> (u64, Option<OperationId>, Option<u64>) {
        let device = self.houses[of].own.device();
        let mut actors = self.houses[who].stored.actors.iter();
        let place = actors.find(|place| (place.conversation, place.device) == (room, device));
        place.map_or((0, None, None), |place| (place.seq, place.head, place.fork))
    }

    /// Connects two, without waiting for what comes of it.
    pub(super) fn link(&mut self, one: usize, other: usize) {
        let purposes = [LinkPurpose::Session, LinkPurpose::IncomingSession];
        self.link_for(one, other, purposes);
    }

    /// Has one use an invite of the other's, over a link that is there for it; returns the code.
    pub(super) fn join(&mut self, one: usize, other: usize, reusable: bool) -> String {
        let invite = Command::MakeInvite {
            expires_in: std::time::Duration::from_secs(3600),
            reusable,
        };
        let Ok(Outcome::Invited { code, .. }) = self.command(other, invite) else {
            panic!("no invite");
        };
        let join = Command::Join { code: code.clone() };
        let Ok(Outcome::Joining { tag }) = self.command(one, join) else {
            panic!("no join");
        };
        let purposes = [LinkPurpose::Join(tag), LinkPurpose::IncomingJoin];
        self.link_for(one, other, purposes);
        code
    }

    /// Connects two for what each of them has in mind, without waiting for what comes of it.
    fn link_for(&mut self, one: usize, other: usize, purposes: [LinkPurpose; 2]) -> LinkId {
        self.next_link += 1;
        let link = LinkId::new(self.next_link);
        self.links.insert(link, (one, other));
        let peers = [one, other].map(|who| self.houses[who].own.transport());
        for (who, peer, purpose) in [(one, peers[1], purposes[0]), (other, peers[0], purposes[1])] {
            let opened = Input::LinkOpened {
                link,
                peer,
                purpose,
            };
            self.inputs.push_back((who, opened));
        }
        link
    }

    pub(super) fn connect(&mut self, one: usize, other: usize) {
        self.link(one, other);
        self.run();
    }

    /// How many sessions one takes to have with another.
    pub(super) fn sessions_with(&self, who: usize, other: usize) -> usize {
        let device = self.own(other).device();
        let sessions = self.houses[who].engine.links.sessions();
        sessions.filter(|(_, open)| open.device() == device).count()
    }

    /// Whether a link between two is open.
    pub(super) fn is_open(&self, one: usize, other: usize) -> bool {
        let mut links = self.links.values();
        links.any(|ends| [(one, other), (other, one)].contains(ends))
    }

    /// Lets no frame larger than this come through from one to the other, and none after it.
    pub(super) fn choke(&mut self, from: usize, to: usize, bytes: usize) {
        self.choked.insert((from, to), bytes);
    }

    /// Has one hear that all it said to another in their session is written.
    pub(super) fn drain(&mut self, from: usize, to: usize) {
        let link = self.link_between(from, to);
        let drained = Input::Drained {
            link,
            bytes: usize::MAX,
        };
        self.hand_input(from, drained);
    }

    fn link_between(&self, one: usize, other: usize) -> LinkId {
        let between = |ends: &(usize, usize)| *ends == (one, other) || *ends == (other, one);
        let links = self.links.iter().filter(|(_, ends)| between(ends));
        let mut links = links.filter(|(link, _)| !self.neighbours.has(**link));
        *links.next_back().unwrap().0
    }

    /// How many frames somebody sent.
    pub(super) fn frames(&self, who: usize) -> usize {
        let by = self.sent.iter().filter(|((from, _), _)| *from == who);
        by.map(|(_, (_, frames))| *frames).sum()
    }

    /// Bytes that one sent to another.
    pub(super) fn bytes(&self, from: usize, to: usize) -> usize {
        self.sent.get(&(from, to)).map_or(0, |(bytes, _)| *bytes)
    }

    /// What somebody stored of a room: by whom, and under which number, in the order in which it came.
    pub(super) fn order(&self, who: usize, room: ConversationId) -> Vec<(ActorId, u64)> {
        let operations = self.houses[who].operations.iter().map(Operation::header);
        let of_room = operations.filter(|header| header.conversation == room);
        of_room.map(|header| (header.actor, header.seq)).collect()
    }

    /// Bytes of all that somebody stored of a room.
    pub(super) fn content_bytes(&self, who: usize, room: ConversationId) -> usize {
        let operations = self.houses[who].operations.iter();
        let of_room = operations.filter(|operation| operation.header().conversation == room);
        of_room.map(|operation| operation.signed().bytes()).sum()
    }

    pub(super) fn replica(&self, who: usize, room: ConversationId) -> &Replica {
        self.houses[who].engine.replicas.by_id(&room).unwrap()
    }

    pub(super) fn connect_all(&mut self) {
        for one in 0..self.houses.len() {
            for other in 0..one {
                self.connect(one, other);
            }
        }
    }

    pub(super) fn disconnect_all(&mut self) {
        for (link, (one, other)) in std::mem::take(&mut self.links) {
            for who in [one, other] {
                self.inputs.push_back((who, Input::LinkClosed { link }));
            }
        }
        self.run();
    }

    pub(super) fn restart_all(&mut self) {
        self.disconnect_all();
        for who in 0..self.houses.len() {
            self.restart(who);
        }
    }

    pub(super) fn restart(&mut self, who: usize) {
        let house = &mut self.houses[who];
        house.stored.pending = house.pending();
        self.restarts += 1;
        let seed = [99_u8.wrapping_add(self.restarts); 32];
        house.started = self.millis + house.ahead;
        house.timer = None;
        let now = house.now(self.millis);
        house.engine = Engine::open(house.stored.clone(), &seed, now).unwrap();
    }

    /// Has somebody's program end with all that it was about to do, and start again.
    pub(super) fn crash(&mut self, who: usize) {
        self.inputs.retain(|(of, _)| *of != who);
        self.disconnect_all();
        self.restart(who);
    }

    /// Lets time pass, and everybody notice.
    pub(super) fn wait(&mut self, millis: u64) {
        self.millis += millis;
        let all = (0..self.houses.len()).map(|who| (who, Input::Tick));
        self.inputs.extend(all);
        self.run();
    }

    /// Lets time pass for one alone.
    pub(super) fn wait_alone(&mut self, who: usize, millis: u64) {
        self.houses[who].ahead += millis;
        self.inputs.push_back((who, Input::Tick));
        self.run();
    }

    /// When somebody asked to be woken, last.
    pub(super) fn timer(&self, who: usize) -> Option<Monotonic> {
        self.houses[who].timer
    }

    /// Has everybody who knows somebody share a secret with them, as after meeting.
    pub(super) fn share_secrets(&mut self) {
        let houses = self.houses.len();
        for (one, other) in (0..houses).flat_map(|one| (0..one).map(move |other| (one, other))) {
            let devices = [one, other].map(|who| self.houses[who].own.device());
            let secret = ContactSecret::agree((devices[0], &[7; 32]), (devices[1], &[8; 32]));
            for (who, device) in [(one, devices[1]), (other, devices[0])] {
                let knows = self.houses[who].engine.directory.device(&device).is_some();
                if knows {
                    self.houses[who]
                        .stored
                        .contact_secrets
                        .push(ContactSecretRecord {
                            device,
                            id: secret.id,
                            key: SecretBytes::new(secret.key.to_vec()),
                            created_at: at(0).wall,
                        });
                }
            }
        }
        self.restart_all();
    }

    /// Tells somebody's program something.
    pub(super) fn hand_input(&mut self, who: usize, input: Input) {
        self.inputs.push_back((who, input));
        self.run();
    }

    /// Tells somebody's program that there is somebody to carry envelopes.
    pub(super) fn carry(&mut self, who: usize) {
        self.hand_input(who, Input::Carry(Some(Quotas::FRIENDLY)));
    }

    /// Brings somebody an envelope.
    pub(super) fn bring(&mut self, to: usize, envelope: &[u8]) {
        self.hand_input(to, carried(envelope));
    }

    /// The conversation of two.
    pub(super) fn direct(&self, one: usize, other: usize) -> ConversationId {
        ConversationId::direct(self.person(one), self.person(other))
    }

    /// Those who type in a conversation, as somebody sees it.
    pub(super) fn typing(&self, who: usize, conversation: ConversationId) -> Vec<usize> {
        let typing = self.houses[who].engine.typing();
        let typing = typing.filter(|typist| typist.conversation == conversation);
        let house = |typist: Typist| {
            let mut houses = self.houses.iter();
            houses.position(|house| house.own.device() == typist.device)
        };
        typing.map(|typist| house(typist).unwrap()).collect()
    }

    /// Sends somebody a message as a changed program might.
    pub(super) fn say(&mut self, from: usize, to: usize, message: &SessionMessage) {
        let device = self.houses[to].own.device();
        let now = self.now(from);
        let engine = &mut self.houses[from].engine;
        let mut parts = engine.parts(now);
        let mut sessions = parts.links.sessions();
        let leading = sessions.find(|(_, exchange)| exchange.device() == device);
        let link = leading.unwrap().0;
        drop(sessions);
        parts.links.send(link, message, &mut parts.context);
        self.inputs.push_back((from, Input::Settle));
        self.run();
    }

    pub(super) fn command(
        &mut self,
        who: usize,
        command: Command,
    ) -> Result<Outcome, CommandError> {
        let request = RequestId::new([1; 16]);
        self.inputs
            .push_back((who, Input::Command { request, command }));
        self.run();
        self.replies.pop().unwrap()
    }

    pub(super) fn make_room(
        &mut self,
        who: usize,
        title: &str,
        members: &[usize],
    ) -> ConversationId {
        let make = Command::MakeRoom {
            title: title.to_owned(),
            members: members.iter().map(|who| self.person(*who)).collect(),
        };
        match self.command(who, make) {
            Ok(Outcome::RoomMade { conversation }) => conversation,
            other => panic!("a room, not {other:?}"),
        }
    }

    pub(super) fn block(&mut self, who: usize, whom: usize, blocked: bool) {
        let person = self.person(whom);
        let block = Command::BlockContact { person, blocked };
        assert_eq!(self.command(who, block), Ok(Outcome::Done));
    }

    pub(super) fn try_change(
        &mut self,
        who: usize,
        conversation: ConversationId,
        change: RoomChange,
    ) -> Result<Outcome, CommandError> {
        let change = Command::ChangeRoom {
            conversation,
            change,
        };
        self.command(who, change)
    }

    /// Runs until somebody is about to be handed what was read, and has them change the room before.
    pub(super) fn change_before_loaded(
        &mut self,
        who: usize,
        conversation: ConversationId,
        change: RoomChange,
    ) {
        self.run_until(|town| matches!(town.inputs.front(), Some((_, Input::Loaded { .. }))));
        let command = Command::ChangeRoom {
            conversation,
            change,
        };
        let request = RequestId::new([2; 16]);
        self.inputs
            .push_front((who, Input::Command { request, command }));
        self.run();
        assert_eq!(self.replies.pop(), Some(Ok(Outcome::Done)));
    }

    pub(super) fn change(&mut self, who: usize, room: ConversationId, change: RoomChange) {
        assert_eq!(self.try_change(who, room, change), Ok(Outcome::Done));
    }

    pub(super) fn try_write(
        &mut self,
        who: usize,
        conversation: ConversationId,
        text: &str,
    ) -> Result<Outcome, CommandError> {
        let write = Command::Write {
            urgent: false,
            conversation,
            target: None,
            content: super::message(text),
        };
        self.command(who, write)
    }

    pub(super) fn write(&mut self, who: usize, room: ConversationId, text: &str) {
        self.try_write(who, room, text).unwrap();
    }

    /// Has somebody say something about the first message that they wrote.
    pub(super) fn add(&mut self, who: usize, room: ConversationId, content: Content) {
        let target = self.stored(who, room, who).first().map(Operation::id);
        let write = Command::Write {
            urgent: false,
            conversation: room,
            target,
            content,
        };
        self.command(who, write).unwrap();
    }

    /// Has somebody give up what they wrote under a number.
    pub(super) fn cancel(&mut self, who: usize, room: ConversationId, seq: u64) {
        let written = self.stored(who, room, who).into_iter();
        let mut written = written.filter(|operation| operation.header().seq == seq);
        let operation = written.next().unwrap();
        let cancel = Command::Cancel {
            conversation: room,
            actor: operation.header().actor,
            seq,
            message: operation.id(),
        };
        self.command(who, cancel).unwrap();
    }

    pub(super) fn shown(&self, who: usize, room: ConversationId) -> Option<RoomRecord> {
        let rooms = self.houses[who].stored.rooms.iter();
        let mut shown = rooms.filter(|shown| shown.conversation == room);
        shown.next().cloned()
    }

    /// Has somebody have stored that a room is called so.
    pub(super) fn call(&mut self, who: usize, room: ConversationId, title: &str) {
        let rooms = self.houses[who].stored.rooms.iter_mut();
        for shown in rooms.filter(|shown| shown.conversation == room) {
            title.clone_into(&mut shown.title);
        }
    }

    /// What somebody is told of what was done to a room, in order.
    pub(super) fn deeds(&self, who: usize, room: ConversationId) -> Vec<Deed> {
        let all = self.houses[who].deeds.iter();
        let of_room = all.filter(|((of, _), _)| *of == room);
        let mut deeds: Vec<Deed> = of_room.map(|(_, deed)| deed.clone()).collect();
        deeds.sort_by_key(|deed| (deed.logical, deed.wall, deed.operation));
        deeds
    }

    pub(super) fn forget_deeds(&mut self, who: usize) {
        self.houses[who].deeds.clear();
    }

    /// What all are shown, in order.
    pub(super) fn texts(&self, who: usize, room: ConversationId) -> Vec<String> {
        let house = &self.houses[who];
        let counts = |operation: &&Operation| {
            let header = operation.header();
            let author = house
                .stored
                .actors
                .iter()
                .find(|place| place.actor == header.actor);
            author.is_none_or(|place| place.counts().is_none_or(|counts| header.seq <= counts))
        };
        let operations = house.operations.iter();
        let mut shown: Vec<&Operation> = operations
            .filter(|operation| operation.header().conversation == room)
            .filter(counts)
            .collect();
        shown.sort_by_key(|shown| (shown.header().logical, shown.header().wall, shown.id()));
        let text = |operation: &Operation| {
            let body = operation.body()?;
            match Content::from_bytes(operation.header().kind, &body.bytes) {
                Ok(Some(Content::Message { text })) => Some(text),
                other => panic!("{other:?}"),
            }
        };
        shown.into_iter().filter_map(text).collect()
    }

    /// How much of somebody's chain counts, as another has it.
    pub(super) fn cut(&self, who: usize, room: ConversationId, of: usize) -> Option<u64> {
        let device = self.houses[of].own.device();
        let actors = self.houses[who].stored.actors.iter();
        let mut places =
            actors.filter(|place| (place.conversation, place.device) == (room, device));
        places.next().unwrap().cut
    }

    /// Whether somebody has been told that another has what they wrote under a number.
    pub(super) fn is_delivered(&self, who: usize, to: usize, seq: u64) -> bool {
        let person = self.person(to);
        let mut told = self.houses[who].deliveries.iter();
        told.any(|change| {
            change.person == person
                && change.state == DeliveryState::Delivered
                && (change.first..=change.last).contains(&seq)
        })
    }

    /// Has somebody cut off the bodies of what others wrote when they serve it.
    pub(super) fn cut_bodies(&mut self, who: usize) {
        self.houses[who].cuts_bodies = true;
    }

    /// How often somebody had operations read since the last look.
    pub(super) fn loads(&mut self, who: usize) -> usize {
        self.loaded(who).len()
    }

    /// How many operations somebody had read since the last look.
    pub(super) fn read(&mut self, who: usize) -> usize {
        std::mem::take(&mut self.houses[who].read)
    }

    /// Of which conversations.
    pub(super) fn loaded(&mut self, who: usize) -> Vec<ConversationId> {
        std::mem::take(&mut self.houses[who].loads)
    }

    /// Has somebody tell another that they hold all that anybody wrote up to a number without its
    /// bodies.
    pub(super) fn claim_bodiless(
        &mut self,
        who: usize,
        to: usize,
        room: ConversationId,
        through: u64,
    ) {
        let replica = self.houses[to].engine.replicas.by_id(&room).unwrap();
        let mut erased = Erased::default();
        (1..=through).for_each(|seq| erased.insert(seq));
        let parts = replica.ends().map(|(actor, ..)| Acknowledgement {
            ends: None,
            actor,
            held: Coverage::through(through),
            erased: erased.clone(),
            read: Coverage::default(),
        });
        self.claims += 1;
        let own = &self.houses[who].own;
        let receipt = Receipt {
            conversation: room,
            device: own.device(),
            number: 1_000_000 + self.claims,
            actors: parts.collect(),
        };
        let signed = receipt.sign(own);
        let replica = self.houses[to].engine.replicas.by_id_mut(&room);
        replica.unwrap().hear(signed, receipt);
        self.inputs.push_back((to, Input::Tick));
        self.run();
    }

    /// Bytes of all that somebody has to be shown of a room: its control, and its people's cards.
    pub(super) fn control_bytes(&self, who: usize, room: ConversationId) -> usize {
        let stored = &self.houses[who].stored;
        let controls = stored.controls.iter();
        let controls = controls.filter(|control| control.conversation == room);
        let operations: usize = controls.map(|control| control.operation.bytes()).sum();
        let cards: usize = stored.devices.iter().map(|device| device.card.len()).sum();
        operations + cards
    }

    pub(super) fn vector(&self, who: usize, room: ConversationId) -> Vector {
        let engine = &self.houses[who].engine;
        let replica = engine.replicas.by_id(&room).unwrap();
        let mut vector = replica.vector(&engine.directory, &engine.own);
        if let Some(control) = &mut vector.control {
            control.locator.sort();
        }
        vector
    }

    pub(super) fn run(&mut self) {
        self.run_until(|_| false);
    }

    /// Goes on until nothing is left to be done, or something is so.
    pub(super) fn run_until(&mut self, is_so: impl Fn(&Self) -> bool) {
        let mut steps = 0;
        while !is_so(self)
            && let Some((who, input)) = self.inputs.pop_front()
        {
            steps += 1;
            assert!(steps < 100_000, "the town never comes to rest");
            let now = self.now(who);
            if let Some(tap) = &mut self.tap {
                tap.done.push(format!("{input:?}"));
            }
            self.houses[who].engine.handle(input, now);
            self.houses[who].engine.handle(Input::Settle, now);
            while let Some((_, output)) = self.houses[who].engine.poll() {
                if let (Some(tap), Output::Persist(_)) = (&mut self.tap, &output) {
                    tap.done.push(format!("{output:?}"));
                }
                match output {
                    Output::Persist(change) => {
                        self.note_mail(who, &change);
                        self.houses[who].store(change);
                    }
                    Output::Effect(effect) => self.perform(who, effect),
                }
            }
        }
    }

    /// Notes what was sealed.
    fn note_mail(&mut self, who: usize, change: &Change) {
        if let Change::PutCarried { record, envelope } = change
            && record.tier == Tier::Own
        {
            self.deposits.push((who, envelope.clone()));
        }
        if let Change::PutDeposit(deposit) = change {
            let purges = self.tap.iter_mut().map(|tap| &mut tap.purges);
            purges.for_each(|purges| purges.push(deposit.purge.clone()));
        }
    }

    fn perform(&mut self, who: usize, effect: Effect) {
        let other = |links: &BTreeMap<LinkId, (usize, usize)>, link: &LinkId| {
            links
                .get(link)
                .map(|(one, other)| if *one == who { *other } else { *one })
        };
        if let Some(tap) = &mut self.tap {
            tap.hear(&effect);
        }
        match effect {
            Effect::Send { link, frame } => {
                let bytes = frame.len();
                self.carried += bytes;
                if self.neighbours.hear(link, &frame) {
                    self.inputs.push_back((who, Input::Drained { link, bytes }));
                }
                let other = other(&self.links, &link).filter(|other| {
                    let (all, frames) = self.sent.entry((who, *other)).or_default();
                    (*all, *frames) = (*all + bytes, *frames + 1);
                    let choked = self.choked.get_mut(&(who, *other));
                    choked.is_none_or(|most| {
                        if bytes > *most {
                            *most = 0;
                        }
                        bytes <= *most
                    })
                });
                if let Some(other) = other {
                    self.inputs
                        .push_back((other, Input::Frame { link, bytes: frame }));
                }
            }
            Effect::Close { link } => {
                if let Some((one, other)) = self.links.remove(&link) {
                    for who in [one, other] {
                        self.inputs.push_back((who, Input::LinkClosed { link }));
                    }
                }
                if self.neighbours.leave(link) {
                    self.inputs.push_back((who, Input::LinkClosed { link }));
                }
            }
            Effect::Load {
                load,
                conversation,
                actor,
                from,
                through,
                ..
            } => {
                self.houses[who].loads.push(conversation);
                let is_cut = self.houses[who].cuts(conversation, actor);
                let stored = self.houses[who].operations.iter();
                let mut wanted: Vec<&Operation> = stored
                    .filter(|operation| {
                        let header = operation.header();
                        (header.conversation, header.actor) == (conversation, actor)
                            && (from..=through).contains(&header.seq)
                    })
                    .collect();
                wanted.sort_by_key(|operation| operation.header().seq);
                let operations: Vec<SignedOperation> = wanted
                    .into_iter()
                    .zip(from..)
                    .take_while(|(operation, seq)| operation.header().seq == *seq)
                    .map(|(operation, _)| operation.signed().clone())
                    .map(|signed| {
                        if is_cut {
                            without_body(&signed)
                        } else {
                            signed
                        }
                    })
                    .collect();
                self.houses[who].read += operations.len();
                self.inputs
                    .push_back((who, Input::Loaded { load, operations }));
            }
            Effect::Reply { result, .. } => self.replies.push(result),
            Effect::Event(Event::Misbehaved { how, .. }) => {
                let is_due = self.tap.as_ref().is_some_and(|tap| tap.faults.is_some());
                assert!(is_due, "{who}: {how}");
            }
            Effect::Event(Event::Typing { person, typing, .. }) => {
                self.signals.push((who, person, typing));
            }
            Effect::Timer(at) => self.houses[who].timer = Some(at),
            Effect::LoadEnvelopes {
                load,
                envelopes,
                bytes,
            } => {
                let envelopes = self.houses[who].load(&envelopes, bytes);
                self.inputs
                    .push_back((who, Input::EnvelopesLoaded { load, envelopes }));
            }
            Effect::OpenCarry { peer } => self.open_carry(who, peer),
            Effect::OpenSession { .. }
            | Effect::ReachInviter { .. }
            | Effect::Keep { .. }
            | Effect::Forget { .. }
            | Effect::Compute(_)
            | Effect::Event(_) => {}
        }
    }
}

/// From which the identity of that person comes, and nothing else does.
pub(super) fn seed(of: usize) -> u8 {
    u8::try_from(of).unwrap() + 1
}

/// An envelope as it comes in a bundle.
pub(super) fn carried(envelope: &[u8]) -> Input {
    let envelope = CarriedEnvelope {
        age_millis: 0,
        hops: 1,
        copies: 0,
        is_given: true,
        envelope: envelope.to_vec().into(),
    };
    let command = Command::Bring {
        envelopes: vec![envelope],
        purges: Vec::new(),
        is_last: false,
    };
    Input::Command {
        request: RequestId::new([3; 16]),
        command,
    }
}

/// The operation as somebody passes it on who keeps its body to themselves.
fn without_body(signed: &SignedOperation) -> SignedOperation {
    SignedOperation {
        body: None,
        ..signed.clone()
    }
}

impl House {
    /// What its clocks show at a time of the town.
    fn now(&self, millis: u64) -> Now {
        let millis = millis + self.ahead;
        Now {
            monotonic: Monotonic::from_millis(millis - self.started),
            ..at(millis)
        }
    }

    /// The operations that wait beyond a gap.
    fn pending(&self) -> Vec<PendingRecord> {
        let waits = |operation: &&Operation| {
            let header = operation.header();
            let mut places = self.stored.actors.iter();
            places.any(|place| place.actor == header.actor && place.seq < header.seq)
        };
        let waiting = self.operations.iter().filter(waits);
        let records = waiting.map(|operation| PendingRecord {
            conversation: operation.header().conversation,
            operation: operation.signed().clone(),
        });
        records.collect()
    }

    /// Whether it serves this chain without its bodies.
    fn cuts(&self, conversation: ConversationId, actor: ActorId) -> bool {
        let replica = self.engine.replicas.by_id(&conversation).unwrap();
        self.cuts_bodies && !replica.own_actors().contains(&actor)
    }

    /// Has an operation be what `change` makes of it.
    fn amend(&mut self, id: OperationId, change: impl Fn(&SignedOperation) -> SignedOperation) {
        let mut operations = self.operations.iter_mut();
        let operation = operations.find(|operation| operation.id() == id).unwrap();
        *operation = Operation::stored(change(operation.signed())).unwrap();
    }

    fn store(&mut self, change: Change) {
        let stored = &mut self.stored;
        match change {
            Change::PutIdentity(identity) => stored.identity = Some(identity),
            Change::PutControl(control) => stored.controls.push(*control),
            Change::PutRoom(room) => put(&mut stored.rooms, *room, |room| room.conversation),
            Change::TellDeeds(record) => {
                let room = record.conversation;
                for operation in record.untold {
                    assert!(self.deeds.remove(&(room, operation)).is_some());
                }
                let told = record.told.into_iter();
                let told = told.map(|deed| ((room, deed.operation), deed));
                self.deeds.extend(told);
            }
            Change::PutActor(place) => put(&mut stored.actors, place, |place| {
                (place.conversation, place.actor)
            }),
            Change::PutContact(contact) => put(&mut stored.contacts, contact, |one| one.person),
            Change::PutDevice(device) => put(&mut stored.devices, device, |one| one.device),
            Change::PutPair(pair) => put(&mut stored.pairs, pair, |pair| pair.device),
            Change::PutSenderChain(chain) => {
                put(&mut stored.sender_chains, chain, |one| one.conversation);
            }
            Change::DeleteSenderChain(conversation) => {
                let chains = &mut stored.sender_chains;
                chains.retain(|chain| chain.conversation != conversation);
                let readers = &mut stored.chain_readers;
                readers.retain(|reader| reader.conversation != conversation);
            }
            Change::PutChainReader(reader) => stored.chain_readers.push(reader),
            Change::DeleteChainReader(reader) => {
                stored.chain_readers.retain(|other| *other != reader);
            }
            Change::PutMailedControl(record) => stored.mailed_control.push(*record),
            Change::DropMailedControl(conversation, device) => {
                let mailed = &mut stored.mailed_control;
                mailed.retain(|one| (one.conversation, one.device) != (conversation, device));
            }
            Change::PutOwedControl(owed) => {
                put(&mut stored.owed_control, owed, |one| {
                    (one.conversation, one.device)
                });
            }
            Change::DropOwedControl(conversation, device) => {
                let owed = &mut stored.owed_control;
                owed.retain(|one| (one.conversation, one.device) != (conversation, device));
            }
            Change::PutReceiverChain(chain) => {
                put(&mut stored.receiver_chains, chain, |one| one.id);
            }
            Change::DeleteReceiverChain(id) => {
                stored.receiver_chains.retain(|chain| chain.id != id);
            }
            Change::PutOwnReceipt(receipt) => put(&mut stored.own_receipts, receipt, |receipt| {
                (receipt.conversation, receipt.person)
            }),
            Change::PutReceipt(receipt) => put(&mut stored.receipts, receipt, |receipt| {
                (receipt.conversation, receipt.device)
            }),
            Change::PutSettings(settings) => stored.settings = settings,
            Change::ChangeDelivery(change) => {
                let open = [DeliveryState::Queued, DeliveryState::Carried];
                if !open.contains(&change.state) {
                    stored.outbox.retain(|one| {
                        let is_it = (one.actor, one.person) == (change.actor, change.person);
                        !(is_it && (change.first..=change.last).contains(&one.seq))
                    });
                }
                self.deliveries.push(change);
            }
            Change::InsertOperation(record) => {
                let header = record.operation.header();
                stored
                    .outbox
                    .extend(record.recipients.iter().map(|person| OutboxRecord {
                        actor: header.actor,
                        seq: header.seq,
                        operation: record.operation.id(),
                        person: *person,
                        state: DeliveryState::Queued,
                        urgent: false,
                    }));
                let id = record.operation.id();
                // What is there stays as it is.
                if self.operations.iter().all(|other| other.id() != id) {
                    self.operations.push(record.operation);
                }
            }
            Change::PutBody { operation, .. } => {
                self.amend(operation.id(), |_| operation.signed().clone());
            }
            Change::MarkUrgent(id) => {
                let outbox = stored.outbox.iter_mut();
                outbox.for_each(|one| one.urgent |= one.operation == id);
            }
            Change::Withhold(id) => self.amend(id, without_body),
            Change::PutFork(fork) => put(&mut stored.forks, *fork, |fork| {
                (fork.conversation(), fork.actor())
            }),
            Change::PutInvite(invite) => put(&mut stored.invites, invite, |one| one.tag),
            Change::DeleteInvite(tag) => stored.invites.retain(|invite| invite.tag != tag),
            Change::PutPendingJoin(join) => put(&mut stored.pending_joins, join, |one| one.tag),
            Change::DeletePendingJoin(tag) => stored.pending_joins.retain(|join| join.tag != tag),
            Change::PutCarried { record, envelope } => {
                self.envelopes.insert(record.id, envelope);
                put(&mut stored.carried, *record, |one| one.id);
            }
            Change::AdoptCarried(envelope, tier, depositor) => {
                let carried = stored.carried.iter_mut();
                for record in carried.filter(|record| record.id == envelope) {
                    (record.tier, record.depositor) = (tier, depositor);
                }
            }
            Change::SpendCopies { envelope, copies } => {
                let mut carried = stored.carried.iter_mut();
                if let Some(record) = carried.find(|record| record.id == envelope) {
                    record.copies = copies;
                }
            }
            Change::DropCarried(envelope) => {
                self.envelopes.remove(&envelope);
                stored.carried.retain(|one| one.id != envelope);
            }
            Change::PutTombstone(tombstone) => {
                put(&mut stored.tombstones, tombstone, TombstoneRecord::purge);
            }
            Change::DropTombstone(purge) => stored.tombstones.retain(|one| one.purge() != purge),
            Change::PutCarryTime(time) => stored.carry_time = time,
            Change::PutDeposit(deposit) => put(&mut stored.deposits, *deposit, |one| one.envelope),
            Change::DropDeposit(envelope) => {
                stored.deposits.retain(|one| one.envelope != envelope);
                stored.custodies.retain(|one| one.envelope != envelope);
            }
            Change::PutCustody(custody) => put(&mut stored.custodies, custody, |custody| {
                (custody.envelope, custody.holder)
            }),
            Change::DropCustody { envelope, holder } => {
                let custodies = &mut stored.custodies;
                custodies.retain(|one| (one.envelope, one.holder) != (envelope, holder));
            }
            Change::PutNotice(record) => put(&mut stored.notices, *record, |one| one.notice.id()),
            Change::DropNotice(id) => stored.notices.retain(|one| one.notice.id() != id),
            Change::PutPassed(passed) => put(&mut stored.passed, passed, |one| (one.key, one.kind)),
            Change::DropPassed { key, kind } => {
                stored
                    .passed
                    .retain(|one| (one.key, one.kind) != (key, kind));
            }
            Change::PutNearbyKey(key) => stored.nearby_key = Some(key),
            Change::ForgetNearby => {
                stored.notices.clear();
                stored.passed.clear();
                stored.nearby_key = None;
            }
            Change::DeleteContactSecrets(_)
            | Change::DropForMe(_)
            | Change::EraseExpired(_)
            | Change::MarkRead(..)
            | Change::PutPreferences(_)
            | Change::PutDraft(_)
            | Change::Release(..)
            | Change::Exclude(..)
            | Change::PutRequest { .. } => {}
        }
    }
}

/// Writes a record in place of that with the same key; they are kept ascending by it.
fn put<T, K: Ord>(kept: &mut Vec<T>, record: T, key: impl Fn(&T) -> K) {
    kept.retain(|other| key(other) != key(&record));
    kept.push(record);
    kept.sort_by_key(key);
}
