//! Large rooms, as an attacker makes them: what it takes to resolve them.

use std::collections::BTreeMap;

use super::dag::{Act, Dag, ROOM, device, person};
use super::held::id;
use crate::id::{ActorId, OperationId};
use crate::room::body::RemoveBody;
use crate::room::{
    Author, ControlBody, ControlLog, ControlOperation, Deed, DeedKind, Membership, Role, RoleBody,
    TitleBody, effort,
};
use crate::time::LogicalTime;
use crate::wire::limits::{CONTROL_HEADS_MAX, DEEDS_TOLD_MAX};

const OPERATIONS: usize = 1024;
/// Steps that each operation takes for every word of a set of places, at most.
const STEPS_PER_WORD_MAX: usize = 12;

/// A log of any number of operations.
struct Large {
    dag: Dag,
    log: ControlLog,
    actors: BTreeMap<Author, (u64, OperationId)>,
    created: OperationId,
}

impl Large {
    /// A room with its creator.
    fn new() -> Self {
        let mut large = Self {
            dag: Dag::created(),
            log: ControlLog::new(ROOM),
            actors: BTreeMap::new(),
            created: id(0),
        };
        let body = large.dag.body(Act::Create);
        large.write(large.creator(0), &[], body);
        large
    }

    fn creator(&self, number: usize) -> Author {
        self.author(0, number, self.created)
    }

    fn author(&self, who: usize, number: usize, added: OperationId) -> Author {
        let admission = if added == self.created {
            ROOM.into()
        } else {
            added.into()
        };
        Author {
            person: person(who),
            device: device(who, number),
            admission,
        }
    }

    /// Writes upon these, and what the device wrote before.
    fn write(&mut self, author: Author, upon: &[OperationId], body: ControlBody) -> OperationId {
        let number = self.log.len();
        let last = self.actors.get(&author).copied();
        let seq = last.map_or(1, |(seq, _)| seq + 1);
        self.hold(author, (seq, last.map(|(_, prev)| prev)), upon, body);
        self.actors.insert(author, (seq, id(number)));
        id(number)
    }

    /// Writes upon these alone, as one of many twins.
    fn twin(&mut self, author: Author, upon: &[OperationId], body: ControlBody) -> OperationId {
        let number = self.log.len();
        self.hold(author, (1, None), upon, body);
        id(number)
    }

    fn hold(
        &mut self,
        author: Author,
        (seq, prev): (u64, Option<OperationId>),
        upon: &[OperationId],
        body: ControlBody,
    ) {
        let number = self.log.len();
        let mut parents = upon.to_vec();
        parents.sort_unstable();
        let operation = ControlOperation {
            id: id(number),
            conversation: ROOM,
            actor: ActorId::of(author.device, ROOM, author.admission),
            author,
            seq,
            prev,
            parents,
            logical: LogicalTime::new(u64::try_from(number).unwrap() + 1),
            wall: crate::time::WallTime::from_millis(0),
            body,
            bytes: 500,
        };
        assert_eq!(self.log.insert(operation), Ok(true));
    }

    fn add(&mut self, who: usize, role: Role, upon: &[OperationId]) -> OperationId {
        let body = self.dag.body(Act::Add { person: who, role });
        self.write(self.creator(0), upon, body)
    }

    fn role(&self, added: OperationId, role: Role) -> ControlBody {
        ControlBody::Role(RoleBody {
            admission: self.author(1, 0, added).admission,
            role,
        })
    }

    fn removal(&self, who: usize, added: OperationId) -> ControlBody {
        ControlBody::Remove(RemoveBody {
            admission: self.author(who, 0, added).admission,
            person: person(who),
            cuts: Vec::new(),
        })
    }

    fn title(&self) -> ControlBody {
        self.dag.body(Act::Title)
    }

    /// What it comes to, in no more steps than may be.
    fn resolve(&mut self) -> Membership {
        let (membership, resolutions, steps) = effort::of(|| self.log.resolve());
        assert_eq!(resolutions, 1);
        let count = self.log.len();
        let most = STEPS_PER_WORD_MAX * count * count.div_ceil(64);
        assert!(steps <= most, "{steps} steps, more than {most}");
        let (_, resolutions, steps) = effort::of(|| self.log.deeds(&membership));
        assert_eq!(resolutions, 0);
        assert!(steps <= most, "{steps} steps to tell it, more than {most}");
        let without = || self.log.title_without(&membership, |_| false).is_some();
        let (_, resolutions, steps) = effort::of(without);
        assert_eq!(resolutions, 0);
        assert!(
            steps <= most,
            "{steps} steps to its title, more than {most}"
        );
        membership
    }

    /// What is told of it.
    fn deeds(&mut self) -> Vec<Deed> {
        let membership = self.resolve();
        self.log.deeds(&membership)
    }
}

#[test]
fn many_titles_are_resolved_in_few_steps() {
    let mut room = Large::new();
    let created = room.created;
    let title = room.title();
    let twins: Vec<OperationId> = (0..OPERATIONS)
        .map(|_| room.twin(room.creator(1), &[created], title.clone()))
        .collect();
    // All of them are replaced, each late.
    for upon in twins.chunks(CONTROL_HEADS_MAX) {
        room.write(room.creator(0), upon, title.clone());
    }
    assert_eq!(room.resolve().title(), Some("Pier"));
}

#[test]
fn many_roles_of_one_member_are_resolved_in_few_steps() {
    let mut room = Large::new();
    let ann = room.add(1, Role::Member, &[]);
    let mut last = ann;
    for number in 0..OPERATIONS / 2 {
        let role = [Role::Member, Role::Admin][number % 2];
        let body = room.role(ann, role);
        last = room.write(room.creator(0), &[], body);
    }
    for _ in 0..OPERATIONS / 2 {
        let title = room.title();
        last = room.write(room.author(1, 0, ann), &[last], title);
    }
    assert!(room.resolve().is_valid(last));
}

#[test]
fn a_long_line_of_titles_is_told_in_few_steps() {
    let mut room = Large::new();
    let mut last = room.created;
    for number in 0..2 * OPERATIONS {
        let title = format!("Pier {number}");
        let body = ControlBody::Title(TitleBody { title });
        last = room.write(room.creator(number % 4), &[last], body);
    }
    assert_eq!(room.resolve().title(), Some("Pier 2047"));
}

#[test]
fn of_what_was_done_the_latest_is_told_and_no_more_than_may_be() {
    let mut room = Large::new();
    let ann = room.add(1, Role::Member, &[]);
    let mut last = ann;
    let mut change = |room: &mut Large, number: usize| {
        let body = room.role(ann, [Role::Admin, Role::Member][number % 2]);
        last = room.write(room.creator(number % 2), &[last], body);
    };
    (2..DEEDS_TOLD_MAX).for_each(|number| change(&mut room, number));
    let all = room.deeds();
    assert_eq!(all.len(), DEEDS_TOLD_MAX);
    assert!(matches!(all[0].what, DeedKind::Made { .. }));
    change(&mut room, DEEDS_TOLD_MAX);
    let latest = room.deeds();
    assert_eq!(latest.len(), DEEDS_TOLD_MAX);
    assert_eq!(latest[..DEEDS_TOLD_MAX - 1], all[1..]);
}

#[test]
fn many_roles_beside_each_other_are_resolved_in_few_steps() {
    let mut room = Large::new();
    let ann = room.add(1, Role::Member, &[]);
    let mut last = ann;
    for _ in 0..OPERATIONS / 2 {
        let body = room.role(ann, Role::Admin);
        let promoted = room.twin(room.creator(1), &[ann], body);
        let title = room.title();
        last = room.write(room.author(1, 0, ann), &[promoted], title);
    }
    for _ in 0..OPERATIONS / 2 {
        let title = room.title();
        last = room.write(room.author(1, 0, ann), &[], title);
    }
    assert!(room.resolve().is_valid(last));
}

#[test]
fn many_ends_of_one_admission_are_resolved_in_few_steps() {
    for leaves in [false, true] {
        let mut room = Large::new();
        let ann = room.add(1, Role::Admin, &[]);
        let mut titles = Vec::new();
        for number in 0..OPERATIONS / 2 {
            let title = room.title();
            titles.push(room.twin(room.author(1, 0, ann), &[ann], title));
            if leaves {
                let left = room.dag.body(Act::Leave);
                room.twin(room.author(1, 1, ann), &[ann], left);
            } else {
                let removal = room.removal(1, ann);
                let upon = titles[number];
                room.twin(room.creator(1), &[upon], removal);
            }
        }
        let membership = room.resolve();
        assert!(membership.members().len() == 1);
        // Each of what was removed is beside some removal.
        assert_eq!(membership.is_valid(titles[0]), leaves);
    }
}

#[test]
fn many_admissions_of_one_person_are_resolved_in_few_steps() {
    let mut room = Large::new();
    let mut added = room.add(1, Role::Member, &[]);
    for _ in 0..OPERATIONS / 2 {
        let removal = room.removal(1, added);
        let removed = room.write(room.creator(1), &[added], removal);
        added = room.add(1, Role::Member, &[removed]);
    }
    let membership = room.resolve();
    assert_eq!(membership.members()[&person(1)].admissions, [added.into()]);
}

#[test]
fn many_revocations_of_one_device_are_resolved_in_few_steps() {
    for by_creator in [false, true] {
        let mut room = Large::new();
        let ann = room.add(1, Role::Admin, &[]);
        let revoke = room.dag.body(Act::Revoke {
            person: 1,
            device: 0,
        });
        let title = room.title();
        let titles: Vec<OperationId> = (0..OPERATIONS / 2)
            .map(|_| room.write(room.author(1, 0, ann), &[ann], title.clone()))
            .collect();
        for _ in 0..OPERATIONS / 2 {
            let author = if by_creator {
                room.creator(1)
            } else {
                room.author(1, 1, ann)
            };
            room.twin(author, &titles[titles.len() - 1..], revoke.clone());
        }
        let membership = room.resolve();
        assert!(titles.iter().all(|title| membership.is_valid(*title)));
        assert!(membership.is_revoked(ann.into(), device(1, 0)));
    }
}

#[test]
fn once_the_creator_left_each_operation_asks_at_most_once_who_acts_by_seniority() {
    for role in [Role::Member, Role::Admin] {
        let mut room = Large::new();
        let ann = room.add(1, role, &[]);
        if role == Role::Admin {
            // By what it builds on, that is for its past to say.
            let body = room.role(ann, Role::Member);
            room.write(room.creator(0), &[], body);
        }
        let left = room.dag.body(Act::Leave);
        let left = room.write(room.creator(0), &[], left);
        let before = room.log.len();
        let mut heads = vec![left];
        let ((), resolutions, _) = effort::of(|| {
            while room.log.len() < OPERATIONS / 4 {
                heads = [0, 1]
                    .map(|device| {
                        let title = room.title();
                        room.write(room.author(1, device, ann), &heads, title)
                    })
                    .to_vec();
            }
        });
        assert!(resolutions <= room.log.len() - before, "{resolutions}");
        let membership = room.resolve();
        assert!(heads.iter().all(|head| membership.is_valid(*head)));
    }
}

#[test]
fn what_an_heir_writes_one_upon_the_other_asks_once_who_acts_by_seniority() {
    let mut room = Large::new();
    let ann = room.add(1, Role::Member, &[]);
    let left = room.dag.body(Act::Leave);
    let mut last = room.write(room.creator(0), &[], left);
    let ((), resolutions, _) = effort::of(|| {
        for _ in 0..OPERATIONS / 2 {
            let title = room.title();
            last = room.write(room.author(1, 0, ann), &[last], title);
        }
    });
    assert_eq!(resolutions, 1);
    assert!(room.resolve().is_valid(last));
}
