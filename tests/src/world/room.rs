//! The audit of a room: what must hold between its members, whatever happened to them.
//!
//! Invariants
//! - It looks at what is durable alone, never into an engine.
//! - Of a message whose circumstances are not known for sure, it asks less, never more.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::engine::Command;
use tidings_protocol::id::{ActorId, ConversationId, OperationId, PersonId, RequestId};
use tidings_protocol::operation::{Content, Operation};
use tidings_protocol::record::{ActorRecord, OutboxRecord, Outcome, RoomRecord, RoomStanding};
use tidings_protocol::room::{ControlBody, ControlOperation, Role};
use tidings_store::{MessageOrder, MessageQuery, MessageRow};

use super::{World, heads};

/// A message that somebody was asked to write in a room, and what they knew as they did.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who.
    pub device: usize,
    /// The request.
    pub request: RequestId,
    /// In which run of the device.
    incarnation: u64,
    /// The members as its writer knew them.
    members: BTreeSet<PersonId>,
    /// The control operations that its writer held.
    controls: BTreeSet<OperationId>,
    /// Which message it became in that run, as far as that is certain.
    message: Option<OperationId>,
}

/// What somebody's store says of a room.
#[derive(Debug)]
pub struct View {
    /// What is shown of it.
    pub room: Option<RoomRecord>,
    places: BTreeMap<ActorId, ActorRecord>,
    rows: Vec<MessageRow>,
    outbox: Vec<OutboxRecord>,
    controls: BTreeSet<OperationId>,
    /// Whom each held Add admits.
    adds: BTreeMap<OperationId, PersonId>,
}

impl Said {
    /// Whether somebody was let in, by what this person knows now, since this was said: it may not
    /// be for them any more.
    fn is_before_admission(&self, view: &View, person: PersonId) -> bool {
        let mut adds = view.adds.iter();
        adds.any(|(id, whom)| *whom == person && !self.controls.contains(id))
    }
}

/// What is shown of a room that must not depend on who looks.
#[derive(Debug, PartialEq, Eq)]
struct Common {
    title: String,
    disappears_after: Option<u32>,
    members: Vec<(PersonId, Role)>,
}

impl View {
    /// Whether its person is a member who takes part.
    #[must_use]
    pub fn is_joined(&self) -> bool {
        let room = self.room.as_ref();
        room.is_some_and(|room| room.standing == RoomStanding::Joined)
    }

    /// Who is in it, as it is shown.
    #[must_use]
    pub fn members(&self) -> BTreeSet<PersonId> {
        let members = self.room.iter().flat_map(|room| &room.members);
        members.map(|member| member.person).collect()
    }

    /// What is shown of the room that must not depend on who looks.
    fn common(&self) -> Option<Common> {
        let room = self.room.as_ref()?;
        let members = room.members.iter();
        Some(Common {
            title: room.title.clone(),
            disappears_after: room.disappears_after,
            members: members.map(|member| (member.person, member.role)).collect(),
        })
    }

    /// How far the content of every actor is not for its person.
    fn bases(&self) -> BTreeMap<ActorId, u64> {
        let places = self.places.values().filter(|place| place.base > 0);
        places.map(|place| (place.actor, place.base)).collect()
    }

    /// Whether a message belongs on its screen.
    fn shows(&self, row: &MessageRow) -> bool {
        let Some(place) = self.places.get(&row.actor) else {
            return false;
        };
        let agreed = place.agreed().is_none_or(|agreed| row.seq <= agreed);
        agreed && row.seq > place.base
    }

    /// What another with the same baseline shows too, in its order.
    fn shown(&self) -> Vec<&MessageRow> {
        self.rows.iter().filter(|row| self.shows(row)).collect()
    }
}

impl World {
    /// Asks somebody to write a message in a room.
    pub fn say_in(&mut self, device: usize, room: ConversationId, text: &str) -> Said {
        let view = self.devices[device]
            .is_settled()
            .then(|| self.view(device, room));
        let command = Command::Write {
            conversation: room,
            target: None,
            content: Content::Message {
                text: text.to_owned(),
            },
        };
        let incarnation = self.devices[device].incarnation;
        let request = self.ask_only(device, command);
        Said {
            device,
            request,
            incarnation: if view.is_some() { incarnation } else { 0 },
            members: view.as_ref().map(View::members).unwrap_or_default(),
            controls: view.map(|view| view.controls).unwrap_or_default(),
            message: None,
        }
    }

    /// Notes which messages became of what was said, where it is certain that they were written as
    /// they were asked for; to be called before anybody who crashed is started again.
    pub fn note_said(&self, said: &mut [Said]) {
        for one in said.iter_mut().filter(|one| one.message.is_none()) {
            let device = &self.devices[one.device];
            if device.incarnation == one.incarnation
                && let Some(Ok(Outcome::Sent { message })) = device.replies.get(&one.request)
            {
                one.message = Some(*message);
            }
        }
    }

    /// What somebody's store says of a room.
    pub fn view(&mut self, device: usize, room: ConversationId) -> View {
        let profile = self.devices[device].disk.profile();
        let reader = self.devices[device].reader();
        let query = MessageQuery {
            conversation: Some(room),
            unread_only: false,
            order: MessageOrder::Newest { limit: None },
        };
        let places = profile.actors.into_iter();
        let places: BTreeMap<_, _> = places
            .filter(|place| place.conversation == room)
            .map(|place| (place.actor, place))
            .collect();
        let mut outbox = profile.outbox;
        outbox.retain(|entry| places.contains_key(&entry.actor));
        let controls = profile.controls.into_iter();
        let controls: Vec<_> = controls
            .filter(|control| control.conversation == room)
            .collect();
        let adds = controls.iter().filter_map(|control| {
            let operation = Operation::stored(control.operation.clone())?;
            let read = ControlOperation::read(&operation, control.author).ok()?;
            match read.body() {
                ControlBody::Add(add) => Some((operation.id(), add.person)),
                ControlBody::Create(_)
                | ControlBody::Remove(_)
                | ControlBody::Leave(_)
                | ControlBody::Role(_)
                | ControlBody::Title(_)
                | ControlBody::Settings(_)
                | ControlBody::DeviceRevoked(_)
                | ControlBody::Unknown(_) => None,
            }
        });
        View {
            room: reader.room(room).expect("a room is read"),
            rows: reader.messages(&query).expect("messages are read"),
            outbox,
            adds: adds.collect(),
            controls: controls.iter().map(|one| one.operation.id()).collect(),
            places,
        }
    }

    /// The command that marks all of a room's messages as read that are there.
    pub fn read_room(&mut self, device: usize, room: ConversationId) -> Command {
        let mut read: BTreeMap<ActorId, Vec<(u64, u64)>> = BTreeMap::new();
        for row in self.view(device, room).rows {
            read.entry(row.actor).or_default().push((row.seq, row.seq));
        }
        Command::MarkRead {
            conversation: room,
            read: read.into_iter().collect(),
        }
    }

    /// What must hold at any time: nobody calls delivered what somebody whom it waits for does not
    /// hold, nothing waits for whoever is no member, and the stores are sound.
    pub fn check_room_truth(&mut self, room: ConversationId, said: &[Said]) {
        let views = self.views(room);
        for (device, view) in views.iter().enumerate() {
            let name = self.devices[device].name.clone();
            let now = view.members();
            for entry in &view.outbox {
                assert!(now.contains(&entry.person), "{name} waits for no member");
            }
            for row in view.rows.iter().filter(|row| row.mine) {
                self.check_states(row, &views, &now, said);
            }
            // A reader of its own: the search index takes what another wrote meanwhile for damage.
            let reader = self.devices[device].disk.reader();
            assert_eq!(reader.check().expect("a store is read"), [""; 0], "{name}");
        }
    }

    /// As many have a message as it says, and so does everyone whom it waited for, if it says so.
    fn check_states(
        &mut self,
        row: &MessageRow,
        views: &[View],
        now: &BTreeSet<PersonId>,
        said: &[Said],
    ) {
        let mut holders = BTreeSet::new();
        for device in 0..self.devices.len() {
            if self.holds(device, row.id) {
                holders.insert(self.devices[device].person);
            }
        }
        let others = u64::try_from(holders.len()).expect("they are few") - 1;
        let (text, counts) = (&row.text, row.deliveries);
        assert!(
            counts.delivered <= others,
            "{text:?} is at {others}, and says {counts:?}"
        );
        let then = said.iter().find(|one| one.message == Some(row.id));
        let then = then.filter(|_| row.state >= Some(DeliveryState::Delivered));
        let waited = then.iter().flat_map(|then| {
            let own = &views[then.device];
            let both = then.members.intersection(now);
            both.filter(|person| !then.is_before_admission(own, **person))
        });
        for person in waited {
            let place = views[self.who(*person)].places.get(&row.actor);
            let excluded = place.is_some_and(|place| row.seq <= place.base);
            let is_there = excluded || holders.contains(person);
            assert!(is_there, "{text:?} is {:?}, not at {person:?}", row.state);
        }
    }

    /// What must hold once everyone is up, connected and at rest. Where `all_meet`, everyone who
    /// was ever in the room has a session with everyone.
    pub fn check_room(&mut self, room: ConversationId, said: &[Said], all_meet: bool) {
        self.check_room_truth(room, said);
        let views = self.views(room);
        for (device, view) in views
            .iter()
            .enumerate()
            .filter(|(_, view)| view.is_joined())
        {
            let person = self.devices[device].person;
            for member in view.members() {
                let other = self.who(member);
                let known = &views[other];
                if other == device {
                    continue;
                }
                let mutual = known.is_joined() && known.members().contains(&person);
                assert!(
                    mutual || !all_meet,
                    "{device} has {other} as a member, who is {:?}",
                    known.common()
                );
                if mutual {
                    self.check_members(room, [device, other], [view, known]);
                }
            }
        }
        self.check_said(room, &views);
        self.check_strangers(&views, said);
    }

    fn check_members(&mut self, room: ConversationId, who: [usize; 2], views: [&View; 2]) {
        let [one, other] = views;
        assert_eq!(one.common(), other.common(), "the room of {who:?}");
        self.check_waiting(who, views);
        if one.bases() != other.bases() {
            return;
        }
        let [shown, theirs] = [one.shown(), other.shown()];
        let ids = |rows: &[&MessageRow]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
        let texts =
            |rows: &[&MessageRow]| rows.iter().map(|row| row.text.clone()).collect::<Vec<_>>();
        assert_eq!(
            ids(&shown),
            ids(&theirs),
            "{who:?} show {:?} {:?}",
            texts(&shown),
            texts(&theirs)
        );
        for (row, copy) in shown.into_iter().zip(theirs) {
            // A deletion that counted for a while has erased the text for good, and with it went what
            // was said of it.
            let is_final = one.places[&row.actor].counts.is_none();
            if !is_final && (row.deleted || copy.deleted) {
                continue;
            }
            let all = |row: &MessageRow| (row.text.clone(), row.edited, row.deleted);
            assert_eq!(all(row), all(copy), "{who:?}");
            if one.bases().is_empty() {
                assert_eq!(
                    (&row.reactions, row.pinned),
                    (&copy.reactions, copy.pinned),
                    "{who:?}"
                );
            }
        }
        if one.bases().is_empty() {
            let [one, other] = who.map(|who| heads(&self.devices[who].reader(), room));
            assert_eq!(one, other, "the documents of {who:?}");
        }
    }

    /// Whatever one of the devices did, the others agree, also on where its chains end; returns how
    /// many of these it forked.
    pub fn check_despite(&mut self, room: ConversationId, culprit: usize) -> usize {
        let views = self.views(room);
        let others: Vec<usize> = (0..views.len()).filter(|who| *who != culprit).collect();
        let mut forked = 0;
        for (at, one) in others.iter().enumerate() {
            for other in others.iter().skip(at + 1) {
                let both = [*one, *other].map(|who| &views[who]);
                assert!(
                    both.iter().all(|view| view.is_joined()),
                    "{one} and {other}"
                );
                self.check_members(room, [*one, *other], both);
                let ends = both.map(|view| {
                    let theirs = view.places.values();
                    let theirs = theirs.filter(|place| place.fork.is_some());
                    theirs
                        .map(|place| (place.actor, place.seq, place.head, place.fork))
                        .collect::<Vec<_>>()
                });
                assert_eq!(ends[0], ends[1], "{one} and {other}");
                let person = self.devices[culprit].person;
                let mut forkers = both[0].places.values().filter(|place| place.fork.is_some());
                assert!(
                    forkers.all(|place| place.person == person),
                    "an honest device forked"
                );
                forked = ends[0].len();
            }
        }
        forked
    }

    /// No message waits for somebody who is connected and has it, or for whom it is not.
    fn check_waiting(&mut self, who: [usize; 2], views: [&View; 2]) {
        let [device, other] = who;
        let person = self.devices[other].person;
        let live = self.devices[device].live();
        assert!(
            live.iter().any(|live| live.person == person),
            "{who:?} have no session"
        );
        for entry in &views[0].outbox {
            // An edit of a message that was deleted has gone with it.
            let is_message = views[0].rows.iter().any(|row| row.id == entry.operation);
            let is_given_up = matches!(entry.state, DeliveryState::Failed(_));
            if entry.person != person || !is_message || is_given_up {
                continue;
            }
            let place = views[1].places.get(&entry.actor);
            let excluded = place.is_some_and(|place| entry.seq <= place.base);
            let is_there = excluded || self.holds(other, entry.operation);
            assert!(!is_there, "{who:?}: {entry:?} waits in vain");
        }
    }

    /// Each message that was acknowledged is once at everyone whom it is for, of those who are in
    /// each other's view.
    fn check_said(&mut self, room: ConversationId, views: &[View]) {
        for asked in self.asked.clone() {
            let Command::Write {
                conversation,
                content: Content::Message { .. },
                ..
            } = &asked.command
            else {
                assert!(
                    self.devices[asked.device]
                        .replies
                        .contains_key(&asked.request),
                    "no reply to {asked:?}"
                );
                continue;
            };
            let author = &self.devices[asked.device];
            let reply = author.replies.get(&asked.request);
            let reply = reply.unwrap_or_else(|| panic!("no reply to {asked:?}"));
            let Ok(Outcome::Sent { message }) = reply else {
                continue;
            };
            if *conversation != room {
                continue;
            }
            let (name, person) = (&author.name, author.person);
            let own = views[asked.device]
                .rows
                .iter()
                .find(|row| row.id == *message);
            let own = own.unwrap_or_else(|| panic!("{name} lost {asked:?}"));
            for (device, view) in views.iter().enumerate() {
                let copies = view.rows.iter().filter(|row| row.id == *message).count();
                assert!(copies <= 1, "{device} shows {:?} {copies} times", own.text);
                let mutual = view.is_joined()
                    && views[asked.device].is_joined()
                    && view.members().contains(&person)
                    && views[asked.device]
                        .members()
                        .contains(&self.devices[device].person);
                if device == asked.device || !mutual {
                    continue;
                }
                let place = view.places.get(&own.actor);
                let excluded = place.is_some_and(|place| own.seq <= place.base);
                let counts =
                    place.is_none_or(|place| place.counts.is_none_or(|counts| own.seq <= counts));
                if !excluded {
                    assert_eq!(
                        copies == 1,
                        counts,
                        "{device} has {copies} of {name}'s {:?}",
                        own.text
                    );
                }
            }
        }
    }

    /// Nobody who was no member when something was written, and was not let in since, shows it.
    fn check_strangers(&mut self, views: &[View], said: &[Said]) {
        for (device, view) in views.iter().enumerate() {
            let person = self.devices[device].person;
            if view.is_joined() {
                continue;
            }
            for one in said.iter().filter(|one| !one.members.is_empty()) {
                let Some(message) = one.message.filter(|_| !one.members.contains(&person)) else {
                    continue;
                };
                if !views
                    .iter()
                    .any(|view| one.is_before_admission(view, person))
                {
                    let shown = view.rows.iter().find(|row| row.id == message);
                    assert!(
                        shown.is_none(),
                        "{device} shows {shown:?}, which was not for them"
                    );
                }
            }
        }
    }

    fn views(&mut self, room: ConversationId) -> Vec<View> {
        let devices = 0..self.devices.len();
        devices.map(|device| self.view(device, room)).collect()
    }

    fn who(&self, person: PersonId) -> usize {
        let mut devices = self.devices.iter();
        devices
            .position(|device| device.person == person)
            .expect("everybody has a device")
    }

    fn holds(&mut self, device: usize, operation: OperationId) -> bool {
        let held = self.devices[device]
            .reader()
            .operations_by_prefix(&operation.to_string());
        held.expect("operations are read").contains(&operation)
    }
}
