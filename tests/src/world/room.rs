//! The audit of a room: what must hold between its members, whatever happened to them.
//!
//! Invariants
//! - It looks at what is durable alone, never into an engine.
//! - Of a message whose circumstances are not known for sure, it asks less, never more.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::engine::Command;
use tidings_protocol::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use tidings_protocol::record::{ActorRecord, OutboxRecord, RoomRecord, RoomStanding};
use tidings_protocol::room::Role;
use tidings_store::{MessageOrder, MessageQuery, MessageRow};

use super::control::Control;
use super::{Said, World, heads};

/// What somebody's store says of a room.
#[derive(Debug)]
pub struct View {
    /// What is shown of it.
    pub room: Option<RoomRecord>,
    pub(super) places: BTreeMap<ActorId, ActorRecord>,
    pub(super) rows: Vec<MessageRow>,
    outbox: Vec<OutboxRecord>,
    pub(super) control: Control,
    /// Chains of which something is missing.
    gaps: BTreeSet<ActorId>,
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

    /// The chains that are known to be forked, and where they end.
    fn forks(&self) -> Vec<(ActorId, u64, Option<OperationId>, Option<u64>)> {
        let forked = self.places.values().filter(|place| place.fork.is_some());
        let ends = forked.map(|place| (place.actor, place.seq, place.head, place.fork));
        ends.collect()
    }

    /// How far the content of every actor is not for its person.
    fn bases(&self) -> BTreeMap<ActorId, u64> {
        let places = self.places.values().filter(|place| place.base > 0);
        places.map(|place| (place.actor, place.base)).collect()
    }

    /// Whether a message belongs on its screen. What lies beyond a gap may have come to nobody else.
    fn shows(&self, row: &MessageRow) -> bool {
        let Some(place) = self.places.get(&row.actor) else {
            return false;
        };
        let agreed = place.counts().is_none_or(|counts| row.seq <= counts);
        let is_beyond = self.gaps.contains(&row.actor) && row.seq > place.seq;
        agreed && row.seq > place.base && !is_beyond
    }

    /// The people of whose words another was given more, or less: beyond a gap.
    fn differing(&self, other: &Self) -> BTreeSet<PersonId> {
        let gaps = self.gaps.union(&other.gaps);
        let places = gaps.flat_map(|gap| [self, other].map(|view| view.places.get(gap)));
        places.flatten().map(|place| place.person).collect()
    }

    /// What another with the same baseline shows too, in its order.
    fn shown(&self) -> Vec<&MessageRow> {
        self.rows.iter().filter(|row| self.shows(row)).collect()
    }
}

impl World {
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
        let gaps = reader.gaps(Some(room)).expect("gaps are read");
        View {
            gaps: gaps.iter().map(|gap| gap.actor).collect(),
            room: reader.room(room).expect("a room is read"),
            rows: reader.messages(&query).expect("messages are read"),
            outbox,
            control: Control::of(room, &profile.controls),
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

    /// What anybody holds of what a device did to a room, that device holds itself: it tells others only what is
    /// durable. A device that lost it would go on under the same numbers, so this is looked at before anything is
    /// asked of it.
    pub fn check_told(&mut self, room: ConversationId) {
        let mut held: BTreeSet<(DeviceId, Vec<u8>)> = BTreeSet::new();
        let mut told: BTreeSet<(DeviceId, Vec<u8>)> = BTreeSet::new();
        for device in self.honest() {
            let id = self.devices[device].id;
            let controls = self.devices[device].disk.profile().controls.into_iter();
            for control in controls.filter(|control| control.conversation == room) {
                let place = (control.author.device, control.operation.header);
                if place.0 == id {
                    held.insert(place);
                } else {
                    told.insert(place);
                }
            }
        }
        let honest: BTreeSet<DeviceId> = self
            .honest()
            .into_iter()
            .map(|device| self.devices[device].id)
            .collect();
        let lost = told.difference(&held);
        let lost = lost.filter(|(author, _)| honest.contains(author)).count();
        assert_eq!(lost, 0, "told, and not kept by who did it");
    }

    /// What must hold at any time: nobody calls delivered what somebody whom it waits for does not
    /// hold, nothing waits for whoever is no member, who is one follows from the control operations
    /// that are held, and the stores are sound.
    pub fn check_room_truth(&mut self, room: ConversationId, said: &[Said]) {
        let views = self.views(room);
        for device in self.honest() {
            let view = &views[device];
            let name = self.devices[device].name.clone();
            let now = view.members();
            for entry in &view.outbox {
                assert!(now.contains(&entry.person), "{name} waits for no member");
            }
            if let Some(shown) = &view.room {
                view.control.check_shown(shown, &name);
            }
            let person = self.devices[device].person;
            let places = view.places.values();
            view.control.check_places(places, person, &name);
            // Who has what a sibling wrote, only that one knows.
            let id = self.devices[device].id;
            for row in view.rows.iter().filter(|row| row.device == id) {
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
            // A traitor may say that it holds what it does not.
            if self.traitors.contains(&device) || self.holds(device, row.id) {
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
            let theirs = self.devices_of(*person).into_iter();
            let mut places = theirs.filter_map(|device| views[device].places.get(&row.actor));
            let excluded = places.any(|place| row.seq <= place.base);
            let is_there = excluded || holders.contains(person);
            assert!(is_there, "{text:?} is {:?}, not at {person:?}", row.state);
        }
    }

    /// What must hold once everyone is up, connected and at rest. Where `all_meet`, everyone who
    /// was ever in the room has a session with everyone.
    pub fn check_room(&mut self, room: ConversationId, said: &[Said], all_meet: bool) {
        self.check_room_truth(room, said);
        let views = self.views(room);
        for device in self.honest() {
            let view = &views[device];
            if !view.is_joined() {
                continue;
            }
            let person = self.devices[device].person;
            for other in self.others(device, &views) {
                let known = &views[other];
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
            self.check_chains_of_all(device, &views);
        }
        self.check_said(room, &views);
        self.check_strangers(&views, said);
    }

    /// How many chains of a room somebody knows to be forked.
    pub fn forked(&mut self, device: usize, room: ConversationId) -> usize {
        self.view(device, room).forks().len()
    }

    /// No chain has forked, and of none is anything missing, but of a traitor's.
    fn check_chains_of_all(&self, device: usize, views: &[View]) {
        let view = &views[device];
        let person = self.devices[device].person;
        let is_reached = self.devices_of(person).len() == 1 || self.has_bearer(person, views);
        let is_traitors = |actor: &ActorId| {
            let author = view.places[actor].device;
            let mut traitors = self.traitors.iter();
            traitors.any(|traitor| self.devices[*traitor].id == author)
        };
        for (actor, ..) in view.forks() {
            assert!(is_traitors(&actor), "{device} has it that {actor:?} forked");
        }
        // What nobody has who is still in the room, since its author left with it, nobody can close.
        let is_there = |actor: &ActorId| {
            let held = view.places[actor].seq;
            let mut others = views.iter().filter(|other| other.is_joined());
            others.any(|other| {
                let theirs = other.places.get(actor);
                theirs.is_some_and(|theirs| theirs.base <= held && theirs.seq > held)
            })
        };
        for actor in &view.gaps {
            assert!(
                !is_reached || is_traitors(actor) || !is_there(actor),
                "{device} misses some of {actor:?}"
            );
        }
    }

    fn check_members(&mut self, room: ConversationId, who: [usize; 2], views: [&View; 2]) {
        let [one, other] = views;
        assert_eq!(one.common(), other.common(), "the room of {who:?}");
        let held = views.map(|view| view.control.held());
        assert_eq!(held[0], held[1], "the control of {who:?}");
        self.check_waiting(who, views);
        if one.bases() != other.bases() {
            return;
        }
        assert_eq!(one.forks(), other.forks(), "the forks of {who:?}");
        let [mut shown, mut theirs] = [one.shown(), other.shown()];
        for rows in [&mut shown, &mut theirs] {
            rows.retain(|row| !self.is_betrayed(row.author));
        }
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
        let partial = if self.traitors.is_empty() {
            BTreeSet::new()
        } else {
            one.differing(other)
        };
        for (row, copy) in shown.into_iter().zip(theirs) {
            // A deletion that counted for a while has erased the text for good, and with it went what
            // was said of it.
            let is_final = one.places[&row.actor].counts().is_none();
            if !is_final && (row.deleted || copy.deleted) {
                continue;
            }
            let all = |row: &MessageRow| (row.text.clone(), row.edited, row.deleted);
            if !partial.contains(&row.author) {
                assert_eq!(all(row), all(copy), "{who:?}");
            }
            if one.bases().is_empty() && partial.is_empty() {
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

    /// No message waits for somebody who is connected and has it, or for whom it is not.
    fn check_waiting(&mut self, who: [usize; 2], views: [&View; 2]) {
        let [device, other] = who;
        let person = self.devices[other].person;
        if person == self.devices[device].person {
            return;
        }
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
            if excluded && !self.traitors.is_empty() {
                // Whoever let them in said that it is not for them before it was written.
                continue;
            }
            let is_there = excluded || self.holds(other, entry.operation);
            assert!(!is_there, "{who:?}: {entry:?} waits in vain");
        }
    }

    pub(super) fn views(&mut self, room: ConversationId) -> Vec<View> {
        let devices = 0..self.devices.len();
        devices.map(|device| self.view(device, room)).collect()
    }

    /// The other honest devices of the members to which what a device writes can come.
    pub(super) fn others(&self, device: usize, views: &[View]) -> Vec<usize> {
        let person = self.devices[device].person;
        let has_bearer = self.has_bearer(person, views);
        let members = views[device].members().into_iter();
        let others = members.flat_map(|member| self.devices_of(member));
        let others = others.filter(|other| *other != device && !self.traitors.contains(other));
        others
            .filter(|other| has_bearer || self.devices[*other].person != person)
            .collect()
    }

    /// Whether all that a person's devices write comes from one to the other: they have no session
    /// with each other, so some member has to have all of it.
    fn has_bearer(&self, person: PersonId, views: &[View]) -> bool {
        let theirs = self.devices_of(person);
        self.honest().into_iter().any(|bearer| {
            let (who, view) = (self.devices[bearer].person, &views[bearer]);
            let knows = view.is_joined() && view.members().contains(&person);
            let mut known = theirs.iter().map(|device| views[*device].members());
            who != person && knows && view.bases().is_empty() && known.all(|all| all.contains(&who))
        })
    }

    /// Whether one of a person's devices is a traitor, which may change and delete what the others wrote.
    pub(super) fn is_betrayed(&self, person: PersonId) -> bool {
        let theirs = self.devices_of(person);
        theirs.len() > 1 && theirs.iter().any(|device| self.traitors.contains(device))
    }

    /// Those of whom the audit asks something.
    #[must_use]
    pub fn honest(&self) -> Vec<usize> {
        let devices = 0..self.devices.len();
        let honest = devices.filter(|device| !self.traitors.contains(device));
        honest.collect()
    }

    fn holds(&mut self, device: usize, operation: OperationId) -> bool {
        let held = self.devices[device]
            .reader()
            .operations_by_prefix(&operation.to_string());
        held.expect("operations are read").contains(&operation)
    }
}
