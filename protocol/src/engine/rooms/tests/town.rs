//! A town: people with a device each, their stores in memory, and links between them.

use std::collections::{BTreeMap, VecDeque};

use crate::delivery::DeliveryState;
use crate::engine::room::Room;
use crate::engine::tests::{at, identity, profile};
use crate::engine::{
    Command, CommandError, Effect, Engine, Input, LinkId, LinkPurpose, Output, RoomChange,
};
use crate::id::{ConversationId, OperationId, PersonId, RequestId};
use crate::identity::OwnIdentity;
use crate::operation::{Content, Operation, SignedFork, SignedOperation};
use crate::record::{Change, DeliveryChange, Outcome, Profile, RoomRecord};
use crate::sync::{Control, ControlEntry, ForkClaim, Introduction, Vector};

/// One person's device and what it stored.
struct House {
    own: OwnIdentity,
    engine: Engine,
    stored: Profile,
    operations: Vec<Operation>,
    deliveries: Vec<DeliveryChange>,
}

pub(super) struct Town {
    houses: Vec<House>,
    /// Whom each link leads from and to.
    links: BTreeMap<LinkId, (usize, usize)>,
    next_link: u64,
    inputs: VecDeque<(usize, Input)>,
    replies: Vec<Result<Outcome, CommandError>>,
    /// Bytes that went over all links.
    pub(super) carried: usize,
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
        let of = |n: usize| identity(&n.to_string(), u8::try_from(n).unwrap() + 1);
        let houses = (0..people).map(|n| {
            let own = of(n);
            let known: Vec<OwnIdentity> = (0..people)
                .filter(|other| pairs.contains(&(n, *other)))
                .map(of)
                .collect();
            let stored = profile(&own, &known.iter().collect::<Vec<_>>());
            House {
                engine: Engine::open(stored.clone(), &[u8::try_from(n).unwrap(); 32], at(0))
                    .unwrap(),
                own,
                stored,
                operations: Vec::new(),
                deliveries: Vec::new(),
            }
        });
        Self {
            houses: houses.collect(),
            links: BTreeMap::new(),
            next_link: 0,
            inputs: VecDeque::new(),
            replies: Vec::new(),
            carried: 0,
        }
    }

    pub(super) fn person(&self, who: usize) -> PersonId {
        self.houses[who].own.person()
    }

    /// Sets up a second device with all that somebody's has, its keys too; returns its number.
    pub(super) fn copy(&mut self, who: usize) -> usize {
        let house = &self.houses[who];
        let copy = House {
            own: OwnIdentity::from_bytes(&house.own.to_bytes()).unwrap(),
            engine: Engine::open(house.stored.clone(), &[77; 32], at(0)).unwrap(),
            stored: house.stored.clone(),
            operations: house.operations.clone(),
            deliveries: Vec::new(),
        };
        self.houses.push(copy);
        self.houses.len() - 1
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
        let (directory, replicas, _, _, mut context) = house.engine.exchange(at(0));
        let replica = replicas.by_id_mut(&room).unwrap();
        let operations = vec![operation.signed().clone()];
        replica
            .receive(operations, directory, &mut context)
            .unwrap();
        while let Some((_, output)) = house.engine.poll() {
            if let Output::Persist(change) = output {
                house.store(change);
            }
        }
        self.restart(to);
    }

    /// Hands operations to a house as a member would.
    pub(super) fn hand(&mut self, to: usize, room: ConversationId, operations: &[&Operation]) {
        let operations = operations
            .iter()
            .map(|operation| operation.signed().clone());
        let engine = &mut self.houses[to].engine;
        let (directory, replicas, _, _, mut context) = engine.exchange(at(0));
        let replica = replicas.by_id_mut(&room).unwrap();
        replica
            .receive(operations.collect(), directory, &mut context)
            .unwrap();
        self.inputs.push_back((to, Input::Tick));
        self.run();
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
        let taken = engine.receive_control(LinkId::new(0), control, at(0));
        self.inputs.push_back((to, Input::Tick));
        self.run();
        taken.is_err()
    }

    /// Shows a house a fork as a member would; returns whether the member misbehaves by that.
    pub(super) fn show_fork(&mut self, to: usize, room: ConversationId, fork: SignedFork) -> bool {
        let engine = &mut self.houses[to].engine;
        let (directory, replicas, _, _, mut context) = engine.exchange(at(0));
        let replica = replicas.by_id_mut(&room).unwrap();
        let claim = ForkClaim {
            conversation: room,
            fork,
            head: None,
        };
        let result = replica.hear_fork(claim, directory, &mut context);
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

    pub(super) fn connect(&mut self, one: usize, other: usize) {
        self.next_link += 1;
        let link = LinkId::new(self.next_link);
        self.links.insert(link, (one, other));
        let peers = [one, other].map(|who| self.houses[who].own.transport());
        for (who, peer, purpose) in [
            (one, peers[1], LinkPurpose::Session),
            (other, peers[0], LinkPurpose::IncomingSession),
        ] {
            let opened = Input::LinkOpened {
                link,
                peer,
                purpose,
            };
            self.inputs.push_back((who, opened));
        }
        self.run();
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
        house.engine = Engine::open(house.stored.clone(), &[99; 32], at(0)).unwrap();
    }

    fn command(&mut self, who: usize, command: Command) -> Result<Outcome, CommandError> {
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
            conversation,
            target: None,
            content: super::message(text),
        };
        self.command(who, write)
    }

    pub(super) fn write(&mut self, who: usize, room: ConversationId, text: &str) {
        self.try_write(who, room, text).unwrap();
    }

    pub(super) fn shown(&self, who: usize, room: ConversationId) -> Option<RoomRecord> {
        let rooms = self.houses[who].stored.rooms.iter();
        let mut shown = rooms.filter(|shown| shown.conversation == room);
        shown.next().cloned()
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
            author.is_none_or(|place| place.agreed().is_none_or(|agreed| header.seq <= agreed))
        };
        let operations = house.operations.iter();
        let mut shown: Vec<&Operation> = operations
            .filter(|operation| operation.header().conversation == room)
            .filter(counts)
            .collect();
        shown.sort_by_key(|shown| (shown.header().logical, shown.header().wall, shown.id()));
        let text = |operation: &Operation| {
            let body = operation.body().unwrap();
            match Content::from_bytes(operation.header().kind, &body.bytes) {
                Ok(Some(Content::Message { text })) => text,
                other => panic!("{other:?}"),
            }
        };
        shown.into_iter().map(text).collect()
    }

    /// How much of somebody's chain counts, as another has it.
    pub(super) fn counts(&self, who: usize, room: ConversationId, of: usize) -> Option<u64> {
        let device = self.houses[of].own.device();
        let actors = self.houses[who].stored.actors.iter();
        let mut places =
            actors.filter(|place| (place.conversation, place.device) == (room, device));
        places.next().unwrap().counts
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

    fn run(&mut self) {
        let mut steps = 0;
        while let Some((who, input)) = self.inputs.pop_front() {
            steps += 1;
            assert!(steps < 100_000, "the town never comes to rest");
            self.houses[who].engine.handle(input, at(0));
            self.houses[who].engine.handle(Input::Settle, at(0));
            while let Some((_, output)) = self.houses[who].engine.poll() {
                match output {
                    Output::Persist(change) => self.houses[who].store(change),
                    Output::Effect(effect) => self.perform(who, effect),
                }
            }
        }
    }

    fn perform(&mut self, who: usize, effect: Effect) {
        let other = |links: &BTreeMap<LinkId, (usize, usize)>, link: &LinkId| {
            links
                .get(link)
                .map(|(one, other)| if *one == who { *other } else { *one })
        };
        match effect {
            Effect::Send { link, frame } => {
                let bytes = frame.len();
                self.carried += bytes;
                self.inputs.push_back((who, Input::Drained { link, bytes }));
                if let Some(other) = other(&self.links, &link) {
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
            }
            Effect::Load {
                load,
                conversation,
                actor,
                from,
                ..
            } => {
                let stored = self.houses[who].operations.iter();
                let mut wanted: Vec<&Operation> = stored
                    .filter(|operation| {
                        let header = operation.header();
                        (header.conversation, header.actor) == (conversation, actor)
                            && header.seq >= from
                    })
                    .collect();
                wanted.sort_by_key(|operation| operation.header().seq);
                let operations = wanted
                    .into_iter()
                    .zip(from..)
                    .take_while(|(operation, seq)| operation.header().seq == *seq)
                    .map(|(operation, _)| operation.signed().clone())
                    .collect();
                self.inputs
                    .push_back((who, Input::Loaded { load, operations }));
            }
            Effect::Reply { result, .. } => self.replies.push(result),
            Effect::Event(crate::engine::Event::Misbehaved { how, .. }) => panic!("{who}: {how}"),
            Effect::OpenSession { .. }
            | Effect::ReachInviter { .. }
            | Effect::Keep { .. }
            | Effect::Forget { .. }
            | Effect::Timer(_)
            | Effect::Compute(_)
            | Effect::Event(_) => {}
        }
    }
}

impl House {
    fn store(&mut self, change: Change) {
        let stored = &mut self.stored;
        match change {
            Change::PutControl(control) => stored.controls.push(*control),
            Change::PutRoom(room) => {
                stored
                    .rooms
                    .retain(|shown| shown.conversation != room.conversation);
                stored.rooms.push(*room);
            }
            Change::PutActor(place) => {
                stored.actors.retain(|other| other.actor != place.actor);
                stored.actors.push(place);
            }
            Change::PutDevice(device) => {
                stored.devices.retain(|other| other.device != device.device);
                stored.devices.push(device);
            }
            Change::PutReceipt(receipt) => {
                let key =
                    |receipt: &crate::record::ReceiptRecord| (receipt.conversation, receipt.device);
                stored.receipts.retain(|other| key(other) != key(&receipt));
                stored.receipts.push(receipt);
            }
            Change::ChangeDelivery(change) => self.deliveries.push(change),
            Change::InsertOperation(record) => self.operations.push(record.operation),
            Change::PutFork(fork) => {
                stored.forks.retain(|other| other.actor() != fork.actor());
                stored.forks.push(*fork);
            }
            Change::PutIdentity(_)
            | Change::PutInvite(_)
            | Change::DeleteInvite(_)
            | Change::PutPendingJoin(_)
            | Change::DeletePendingJoin(_)
            | Change::PutContact(_)
            | Change::PutContactSecret(_)
            | Change::Withhold(_)
            | Change::Hide(_)
            | Change::EraseExpired(_)
            | Change::MarkRead { .. }
            | Change::PutPreferences(_)
            | Change::PutDraft(_)
            | Change::Release { .. }
            | Change::Exclude { .. }
            | Change::PutRequest { .. } => {}
        }
    }
}
