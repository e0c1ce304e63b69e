//! A room's control, resolved anew from the operations that a store holds: what else the store says
//! of the room has to follow from them.
//!
//! Invariants
//! - Nothing of it comes from an engine, nor from what an engine concluded.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use tidings_protocol::operation::Operation;
use tidings_protocol::record::{ActorRecord, ControlRecord, RoomRecord};
use tidings_protocol::room::{
    AddBody, ControlBody, ControlLog, ControlOperation, Membership, Role,
};

/// The highest count that a store tells from a higher one.
const COUNT_MAX: u64 = u64::MAX >> 1;

/// The control of one room in one store.
#[derive(Debug)]
pub(super) struct Control {
    room: ConversationId,
    membership: Membership,
    held: BTreeSet<OperationId>,
    adds: BTreeMap<OperationId, AddBody>,
}

impl Control {
    /// What these records, of one store, come to in a room.
    pub(super) fn of(room: ConversationId, records: &[ControlRecord]) -> Self {
        let mut log = ControlLog::new(room);
        let mut adds = BTreeMap::new();
        for record in records.iter().filter(|record| record.conversation == room) {
            let operation = Operation::stored(record.operation.clone());
            let operation = operation.expect("what is stored can be read");
            let read = ControlOperation::read(&operation, record.author);
            let read = read.expect("what is stored was checked");
            if let ControlBody::Add(add) = read.body() {
                adds.insert(operation.id(), add.clone());
            }
            let inserted = log.insert(read);
            assert_eq!(inserted, Ok(true), "what is stored stands in its order");
        }
        let membership = log.resolve();
        for record in records.iter().filter(|record| record.conversation == room) {
            let author = record.author;
            // One that a newer version made says nothing here.
            let admission = membership.admission(author.admission);
            let is_theirs = admission.is_none_or(|admission| admission.person == author.person);
            assert!(is_theirs, "{author:?} wrote as another");
        }
        Self {
            room,
            membership,
            held: log.operations().map(ControlOperation::id).collect(),
            adds,
        }
    }

    /// The operations that are held.
    pub(super) const fn held(&self) -> &BTreeSet<OperationId> {
        &self.held
    }

    /// Whether a person was let in by an operation that is not among `known`.
    pub(super) fn admits_beyond(&self, known: &BTreeSet<OperationId>, person: PersonId) -> bool {
        let mut adds = self.adds.iter();
        adds.any(|(id, add)| add.person == person && !known.contains(id))
    }

    /// What is shown of the room is what it has come to.
    pub(super) fn check_shown(&self, shown: &RoomRecord, name: &str) {
        let members = self.membership.members().iter();
        let heir = self.membership.heir();
        let members = members.map(|(person, member)| {
            let inherits = heir.is_some_and(|heir| member.admissions.contains(&heir));
            (*person, if inherits { Role::Admin } else { member.role })
        });
        let shown_members = shown.members.iter();
        assert_eq!(
            shown_members
                .map(|member| (member.person, member.role))
                .collect::<Vec<_>>(),
            members.collect::<Vec<_>>(),
            "who is in the room to {name}"
        );
        assert_eq!(
            (shown.title.as_str(), shown.disappears_after),
            (
                self.membership.title().unwrap_or_default(),
                self.membership.disappears_after()
            ),
            "what the room is to {name}"
        );
    }

    /// Of every author as much counts as its end in the room leaves, and what is not for `own` is
    /// what whoever let them in said.
    pub(super) fn check_places<'a>(
        &self,
        places: impl Iterator<Item = &'a ActorRecord>,
        own: PersonId,
        name: &str,
    ) {
        for place in places {
            let cut = self.cut(place.actor, place.device);
            // Of a cut at a place that is not there, as much counts as was there in time.
            let is_ahead = cut.is_some_and(|cut| cut > place.seq);
            let is_less = is_ahead && place.cut.is_some() && place.cut < cut;
            assert!(
                place.cut == cut || is_less,
                "what counts of {place:?} to {name}: {cut:?}"
            );
            let mut said = self.adds.values().filter(|add| add.person == own);
            let is_said = said.any(|add| {
                let mut since = add.since.iter().flatten();
                // Of a place that nobody wrote it begins with what is too late to come before it.
                since.any(|since| {
                    since.actor == place.actor && place.base <= since.seq.min(COUNT_MAX)
                })
            });
            assert!(
                place.base == 0 || is_said,
                "{place:?} begins for {name} where nobody said so"
            );
        }
    }

    /// How far an actor counts.
    fn cut(&self, actor: ActorId, device: DeviceId) -> Option<u64> {
        let mut admissions = self.membership.admissions().keys();
        let admission =
            admissions.find(|admission| ActorId::of(device, self.room, **admission) == actor);
        let admission = admission.expect("whoever writes was admitted");
        let cut = self.membership.cut(*admission, device);
        cut.map(|cut| cut.seq.min(COUNT_MAX))
    }
}
