//! Which actors of a room are its authors, where there may be more than there is room for.
//!
//! Invariants
//! - That follows from who is in the room and which of their devices have a
//!   place, from nothing that anybody
//!   wrote into it nor from the order in which anything came: so it is the same for all who hold the
//!   same, and after a restart.
//! - However many admissions and devices somebody has, everybody else comes before their second.

use std::collections::BTreeMap;

use crate::engine::directory::Directory;
use crate::engine::room::Room;
use crate::id::{AdmissionId, DeviceId, PersonId};
use crate::room::Bound;
use crate::time::LogicalTime;
use crate::wire::limits::ROOM_ACTORS_MAX;

/// A device under an admission.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) admission: AdmissionId,
    pub(super) person: PersonId,
    pub(super) device: DeviceId,
    /// When the admission was made.
    pub(super) admitted: LogicalTime,
    /// Within which bounds what it writes counts; `None`: without end.
    pub(super) bounds: Option<Vec<Bound>>,
}

/// What an actor is to a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// A member's device writes as it.
    Writes,
    /// What it wrote counts, or some of it.
    Counts,
    /// Nothing of it counts.
    Nothing,
}

/// The authors of a room, as many as may be: those that count go first, then one of each person before
/// the second of anybody, then those whom the most senior let in.
pub(super) fn authors(
    room: &Room,
    directory: &Directory,
    (own_person, own_device): (PersonId, DeviceId),
) -> Vec<Candidate> {
    let mut devices: BTreeMap<PersonId, Vec<DeviceId>> = BTreeMap::new();
    for person in room.people() {
        let placed = directory.placed(person).map(|device| device.card.device);
        let others = placed.filter(|device| *device != own_device);
        devices.insert(person, others.collect());
    }
    devices.entry(own_person).or_default().push(own_device);
    let mut writes: BTreeMap<(PersonId, DeviceId), AdmissionId> = BTreeMap::new();
    for (person, devices) in &mut devices {
        devices.sort_unstable();
        for device in devices {
            if let Some(writer) = room.author(*person, *device) {
                writes.insert((*person, *device), writer.admission);
            }
        }
    }
    let mut admissions = room.admissions();
    admissions.sort_by_key(|(admission, ..)| room.seniority(*admission));
    let mut turns: BTreeMap<(PersonId, Part), usize> = BTreeMap::new();
    let mut all = Vec::new();
    for (admission, person, admitted) in admissions {
        for device in devices.get(&person).into_iter().flatten().copied() {
            let cut = room.membership().cut(admission, device);
            let part = if writes.get(&(person, device)) == Some(&admission) {
                Part::Writes
            } else if cut.is_some_and(|cut| cut.seq == 0) {
                Part::Nothing
            } else {
                Part::Counts
            };
            let turn = turns.entry((person, part)).or_default();
            *turn = turn.saturating_add(1);
            let candidate = Candidate {
                admission,
                person,
                device,
                admitted,
                bounds: room.membership().bounds(admission, device),
            };
            all.push((part == Part::Nothing, *turn, part, candidate));
        }
    }
    all.sort_by_key(|(is_nothing, turn, part, _)| (*is_nothing, *turn, *part));
    let candidates = all.into_iter().map(|(.., candidate)| candidate);
    candidates.take(ROOM_ACTORS_MAX).collect()
}
