//! Who takes part in a conversation, and what of theirs counts.
//!
//! Invariants
//! - In a room, everyone who was ever admitted is an author with each of their devices, so that what
//!   they wrote is kept, as far as there is room (`worth.rs`); how much of it counts is for the room's
//!   control to say.
//! - Whoever is no longer a member is not waited for, nor is a member for what is not for them.

use std::collections::{BTreeMap, BTreeSet};

use super::worth::{self, Candidate};
use super::{Chain, Replica};
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::room::Room;
use crate::engine::{Effect, Job};
use crate::id::{ActorId, AdmissionId, DeviceId, OperationId, PersonId};
use crate::record::{ActorRecord, Change, RoomStanding};
use crate::room::{Author, Bound};
use crate::sync::Position;
use crate::time::LogicalTime;

/// The people of a conversation.
#[derive(Debug)]
pub(super) enum People {
    /// One person besides us.
    Direct(PersonId),
    /// Those whom a room's control admits.
    Room(Box<Room>),
}

impl Replica {
    /// The other person of a direct conversation.
    pub(in crate::engine) const fn peer(&self) -> Option<PersonId> {
        match &self.people {
            People::Direct(peer) => Some(*peer),
            People::Room(_) => None,
        }
    }

    pub(in crate::engine) const fn room(&self) -> Option<&Room> {
        match &self.people {
            People::Direct(_) => None,
            People::Room(room) => Some(room),
        }
    }

    pub(in crate::engine) const fn room_mut(&mut self) -> Option<&mut Room> {
        match &mut self.people {
            People::Direct(_) => None,
            People::Room(room) => Some(room),
        }
    }

    /// Whether we take part, and a person does besides us.
    pub(in crate::engine) fn includes(&self, person: PersonId) -> bool {
        match &self.people {
            People::Direct(peer) => *peer == person,
            People::Room(room) => self.takes_part() && room.is_member(&person),
        }
    }

    /// Whether we take part.
    pub(in crate::engine) fn takes_part(&self) -> bool {
        match &self.people {
            People::Direct(_) => true,
            People::Room(room) => room.is_accepted() && room.is_member(&self.own_person),
        }
    }

    /// Whether we took part, and do no longer.
    pub(in crate::engine) fn took_part(&self) -> bool {
        let standing = self.room().and_then(|room| room.standing(&self.own_person));
        matches!(standing, Some(RoomStanding::Left | RoomStanding::Removed))
    }

    /// Whether a person, whom we let in, may have to learn so from us although we take part no longer.
    pub(in crate::engine) fn hands_over(&self, person: PersonId) -> bool {
        let room = self.room().filter(|_| !self.takes_part());
        room.is_some_and(|room| room.was_let_in_by(&person, &self.own_person))
    }

    /// The people besides us, for whom what is written now is.
    pub(in crate::engine) fn others(&self) -> Vec<PersonId> {
        match &self.people {
            People::Direct(peer) => vec![*peer],
            People::Room(room) => {
                let members = room.membership().members().keys().copied();
                members
                    .filter(|person| *person != self.own_person)
                    .collect()
            }
        }
    }

    /// The actors as which a device writes here.
    pub(in crate::engine) fn actors_of(&self, device: DeviceId) -> BTreeSet<ActorId> {
        let chains = self.chains.values().map(Chain::record);
        let of_device = chains.filter(|record| record.device == device);
        of_device.map(|record| record.actor).collect()
    }

    /// The actors as which we wrote or write here.
    pub(in crate::engine) fn own_actors(&self) -> BTreeSet<ActorId> {
        self.actors_of(self.own_device)
    }

    /// As whom we write under a room's control.
    pub(in crate::engine) fn writer(&self) -> Option<Author> {
        self.room()?.author(self.own_person, self.own_device)
    }

    /// Takes over what a room's control has come to: new authors, and how much of each counts.
    /// Returns the authors' places that changed.
    pub(in crate::engine) fn follow(&mut self, directory: &Directory) -> Vec<ActorRecord> {
        let People::Room(room) = &self.people else {
            return Vec::new();
        };
        let mut changed = Vec::new();
        // For whoever is out, nothing begins.
        let is_member = room.is_member(&self.own_person);
        let baseline = is_member.then(|| room.baseline(&self.own_person).unwrap_or_default());
        let own = (self.own_person, self.own_device);
        self.worth.clear();
        for (worth, candidate) in worth::authors(room, directory, own).into_iter().enumerate() {
            let Candidate {
                admission,
                person,
                device,
                admitted,
                bounds,
            } = candidate;
            let actor = ActorId::of(device, self.conversation, admission);
            self.worth.insert(actor, worth);
            let is_new = !self.chains.contains_key(&actor);
            let chain = self.chains.entry(actor).or_insert_with(|| {
                Chain::new(ActorRecord::new(
                    self.conversation,
                    actor,
                    person,
                    device,
                    admitted,
                ))
            });
            let recounted = chain.put_ends(bounds);
            // What we wrote ourselves is all ours, whatever is said of it.
            let baseline = baseline.as_ref().filter(|_| device != self.own_device);
            let mut rebased = false;
            if let Some(after) = baseline.map(|baseline| baseline.get(&actor)) {
                if let Some(base) = chain.go_back(after, admitted) {
                    self.regaining.add(actor, chain.record().base, base);
                    rebased = true;
                }
                rebased |= after.is_some_and(|after| chain.begin(after));
            }
            if is_new || recounted || rebased {
                self.changes.note(actor);
            }
            if recounted || rebased {
                changed.push(chain.record().clone());
            }
        }
        // Of others, which had room before, nothing counts for anybody.
        for (actor, chain) in &mut self.chains {
            if !self.worth.contains_key(actor) && chain.put_ends(Some(Vec::new())) {
                self.changes.note(*actor);
                changed.push(chain.record().clone());
            }
        }
        let writer = room.author(self.own_person, self.own_device);
        self.own = writer
            .filter(|_| room.is_accepted())
            .map(|writer| ActorId::of(self.own_device, self.conversation, writer.admission));
        self.forget_strangers();
        changed
    }

    /// Keeps no place for a room's actors for whom there is no room any more and of whom nothing is
    /// held.
    pub(in crate::engine) fn forget_strangers(&mut self) {
        if self.room().is_some() {
            let worth = &self.worth;
            self.chains
                .retain(|actor, chain| worth.contains_key(actor) || !chain.is_empty());
        }
    }

    /// Has what our room's control has come to stored: places that changed, and who is no longer
    /// waited for, `before` having been the members.
    pub(in crate::engine) fn store_following(
        &mut self,
        changed: Vec<ActorRecord>,
        before: &BTreeSet<PersonId>,
        context: &mut Context<'_>,
    ) {
        let rebuilds = changed.iter().any(|record| record.head.is_some());
        // Before anything of theirs is held too: what somebody who does not count writes later must
        // never be shown, not even for a moment, and nothing be hidden of who counts again.
        for record in changed {
            context.persist(Change::PutActor(record));
        }
        if rebuilds {
            context.effect(Effect::Compute(Job::Rebuild(self.conversation)));
        }
        self.store_whom_it_is_for(before, context);
        self.seek_ends(context);
        self.regain(context);
        self.stirred = true;
    }

    /// Puts back of what we wrote what is not for whom.
    pub(in crate::engine) fn restore_excluded(&mut self) {
        self.excluded = self.baselines();
    }

    /// Has stored who is no longer waited for, who is again, and for what not.
    fn store_whom_it_is_for(&mut self, before: &BTreeSet<PersonId>, context: &mut Context<'_>) {
        let conversation = self.conversation;
        let now: BTreeSet<PersonId> = self.others().into_iter().collect();
        let baselines = self.baselines();
        let known = std::mem::replace(&mut self.excluded, baselines);
        for person in before.union(&now).filter(|who| **who != self.own_person) {
            let (was, is) = (known.get(person), self.excluded.get(person));
            let stays = before.contains(person) && now.contains(person);
            let reaches_back = was.into_iter().flatten().any(|(actor, base)| {
                let now = is.and_then(|is| is.get(actor));
                now.is_none_or(|now| now.seq < base.seq)
            });
            if !stays || reaches_back {
                let released = !now.contains(person);
                if released {
                    self.undelivered.release(person);
                    self.progressed = true;
                } else {
                    self.undelivered.retake(person);
                }
                context.persist(Change::Release(conversation, *person, released));
            }
            if stays && was == is {
                continue;
            }
            for (actor, base) in is.into_iter().flatten() {
                self.undelivered.arrived(*actor, 1, base.seq, person);
                self.progressed = true;
                context.persist(Change::Exclude(*actor, base.seq, *person));
            }
        }
    }

    /// What a member claims to hold, without where the room is said to begin for them: what comes before
    /// that, they may hold nothing of.
    pub(in crate::engine) fn claims_of(
        &self,
        person: PersonId,
        positions: &[Position],
    ) -> Vec<Position> {
        let baseline = self.room().and_then(|room| room.baseline(&person));
        let baseline = baseline.unwrap_or_default();
        let begins = |position: &&Position| {
            let bound = baseline.get(&position.actor);
            bound.is_some_and(|bound| bound.names(position.seq, position.head))
        };
        let claims = positions.iter().filter(|position| !begins(position));
        claims.copied().collect()
    }

    /// The people besides us for whom what we write next is, at a logical time.
    pub(in crate::engine) fn recipients(
        &self,
        own: &ActorId,
        seq: u64,
        logical: LogicalTime,
    ) -> Vec<PersonId> {
        let mut recipients = self.others();
        recipients.retain(|person| {
            let base = self
                .excluded
                .get(person)
                .and_then(|of_ours| of_ours.get(own));
            base.is_none_or(|base| !base.covers(seq, logical))
        });
        recipients
    }

    /// Within which bounds what we wrote is not for each of the others of whom there are such.
    fn baselines(&self) -> BTreeMap<PersonId, BTreeMap<ActorId, Bound>> {
        let own = self.own_actors();
        let others = self.others().into_iter().filter_map(|person| {
            let baseline = self.room()?.baseline(&person)?.into_iter();
            let of_ours = baseline.filter(|(actor, _)| own.contains(actor));
            Some((person, of_ours.collect::<BTreeMap<_, _>>()))
        });
        others.filter(|(_, of_ours)| !of_ours.is_empty()).collect()
    }

    /// How far each device of a person is held under one of their admissions, for what ends it.
    pub(in crate::engine) fn held_of(
        &self,
        person: PersonId,
        admission: AdmissionId,
    ) -> Vec<(DeviceId, u64, OperationId)> {
        let chains = self.chains.values().map(Chain::record);
        let of_person = chains.filter(|record| record.person == person);
        let mut held: Vec<_> = of_person
            .filter(|record| {
                ActorId::of(record.device, self.conversation, admission) == record.actor
            })
            .filter_map(|record| Some((record.device, record.seq, record.head?)))
            .collect();
        held.sort_unstable();
        held
    }

    /// The highest logical time that was accepted, which what we write comes after.
    pub(in crate::engine) fn highest(&self) -> LogicalTime {
        let accepted = self.chains.values().map(Chain::record);
        let accepted = accepted.filter(|record| record.cut.is_none());
        let content = accepted.map(|record| record.logical).max();
        let control = self.room().map(Room::highest);
        content.max(control).unwrap_or_default()
    }
}
