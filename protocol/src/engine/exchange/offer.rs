//! An offer: what one session still has to send of one conversation.
//!
//! ```text
//!   their vector --> cursors: actor -> next seq to send, and through which
//!        |               |
//!        |               +--> load from the store +--> operations, while credit lasts --> caught up
//!        |               |
//!        |   wanted.rs --+  what they asked for, in turn with it
//!        +--> what they hold of the control --> control.rs, before everything else
//!   a new operation of ours that is next goes out at once, without a load
//!   in a room, of what others wrote only the news is told: they ask one of us for it
//! ```
//!
//! Invariants
//! - What is sent unasked leaves in order and once per session, but that the end of a long backlog
//!   comes first.
//! - In a room we send unasked what we wrote, and what shows them a fork or that they are an older
//!   copy of themselves: of all who hold the rest, each newcomer chooses whom to ask.
//! - Whoever is no member of a room is served of its control what ended that, and no content; a member,
//!   what lies above the baseline that holds for them now, whatever it was when their vector came.

mod floor;
mod telling;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) use floor::Floor;

use super::Awaited;
use super::batch::batches;
use super::control::ControlOffer;
use super::cursor::Cursor;
use super::forks::ToldForks;
use super::greeting::Greeting;
use super::news::News;
use super::own::OwnChains;
use super::wanted::Wanted;
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::fill::{Fills, Queue};
use crate::engine::replica::Replica;
use crate::engine::room::Room;
use crate::engine::{Effect, LoadId};
use crate::id::{ActorId, DeviceId, OperationId, PersonId};
use crate::operation::{Operation, SignedOperation};
use crate::sync::{Position, SessionMessage, Stretch, Vector};
use crate::wire::limits::{NOISE_PLAINTEXT_BYTES_MAX, STRETCHES_MAX};

/// Bytes that one load asks for.
pub(super) const LOAD_BYTES: usize = 512 * 1024;

/// What comes of operations that were loaded.
#[derive(Debug)]
pub(in crate::engine) enum Loaded {
    /// They are to be sent.
    Send(Vec<SessionMessage>),
    /// They show that the other side holds another chain in our name.
    Forked,
    /// The store did not give what the replica says it has.
    Failed,
}

/// What is being read from the store.
#[derive(Debug)]
struct Loading {
    load: LoadId,
    part: Stretch,
    /// Whether they asked for it.
    is_asked: bool,
}

/// What a session still has to send of one conversation.
#[derive(Debug)]
pub(super) struct Offer {
    device: DeviceId,
    person: PersonId,
    /// Absent until their vector came.
    cursors: Option<BTreeMap<ActorId, Cursor>>,
    /// How many changes of chains were looked at.
    seen: u64,
    /// The chains of which there may be more to send.
    behind: BTreeSet<ActorId>,
    news: News,
    /// Chains that they do not get: their own, and those of ours that they hold otherwise.
    withheld: BTreeSet<ActorId>,
    /// What of which chains is not for them.
    floors: BTreeMap<ActorId, Floor>,
    /// Which state of the room says so.
    floored: Option<u64>,
    chains: OwnChains,
    control: Option<ControlOffer>,
    forks: ToldForks,
    wanted: Wanted,
    loading: Option<Loading>,
    /// Whether what was read last was asked for.
    was_asked: bool,
    pub(super) greeting: Greeting,
    /// What we hold beyond gaps, as they were told last.
    waiting: Vec<Position>,
}

impl Offer {
    /// Nothing yet, for a device of a person.
    pub(super) fn new(device: DeviceId, person: PersonId) -> Self {
        Self {
            device,
            person,
            cursors: None,
            seen: 0,
            behind: BTreeSet::new(),
            news: News::default(),
            withheld: BTreeSet::new(),
            floors: BTreeMap::new(),
            floored: None,
            chains: OwnChains::default(),
            control: None,
            forks: ToldForks::default(),
            wanted: Wanted::default(),
            loading: None,
            was_asked: false,
            greeting: Greeting::default(),
            waiting: Vec::new(),
        }
    }

    /// Notes what our vector tells them of.
    pub(super) fn tell(&mut self, vector: &Vector) {
        self.waiting.clone_from(&vector.waiting);
        for position in &vector.positions {
            if let Some(cursor) = self.cursor(&position.actor) {
                cursor.told = cursor.told.max(position.seq);
            }
        }
    }

    /// Whether they have been told all that is for them of the room.
    pub(super) fn has_told(&self, room: &Room) -> bool {
        let control = self.control.as_ref();
        control.is_some_and(|control| control.is_told(room))
    }

    /// Whether operations are being read from the store.
    pub(super) const fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Whether the other side is known to hold our own chains as we wrote them, so that its receipts
    /// speak of our operations.
    pub(super) fn is_chain_agreed(&self) -> bool {
        self.cursors.is_some() && self.chains.are_agreed()
    }

    /// Whether the other side holds operations in our name that we do not have.
    #[cfg(test)]
    pub(super) fn is_forked(&self) -> bool {
        self.chains.are_forked()
    }

    /// Starts to serve what their vector lacks.
    pub(super) fn serve(&mut self, vector: &Vector, replica: &Replica) {
        self.greeting.took_vector();
        if let Some(open) = self.loading.take_if(|open| open.is_asked) {
            self.wanted.put_back(open.part);
        }
        self.loading = None;
        self.cursors = Some(BTreeMap::new());
        (self.seen, self.behind, self.news) = (0, BTreeSet::new(), News::default());
        self.control = replica
            .room()
            .map(|room| ControlOffer::new(vector.control.as_ref(), room));
        if !replica.includes(self.person) {
            return;
        }
        self.floored = None;
        self.raise_floors(replica);
        // Where a chain begins for them, they say they hold what comes before.
        let begins = |position: &&Position| {
            let floor = self.floors.get(&position.actor);
            floor.is_some_and(|floor| floor.names(position))
        };
        let positions = vector.positions.iter();
        let held: BTreeMap<ActorId, Position> = positions
            .filter(|position| !begins(position))
            .map(|position| (position.actor, *position))
            .collect();
        self.forks = ToldForks::of_both(vector, replica);
        self.chains = OwnChains::compare(&held, &self.floors, replica);
        let contradicted = |actor: &ActorId| {
            let theirs = held.get(actor);
            theirs.is_some_and(|theirs| contradicts(theirs, replica))
        };
        // A device writes its own chain itself. One that lacks operations of its own is an older
        // copy of itself, and to be sent them proves that to it.
        let theirs = replica.actors_of(self.device);
        self.withheld = replica
            .ends()
            .filter(|(actor, _, end)| {
                let is_forked = self.chains.is_forked(actor);
                let held = held.get(actor).map_or(0, |held| held.seq);
                is_forked || (theirs.contains(actor) && held >= *end && !contradicted(actor))
            })
            .map(|(actor, _, _)| actor)
            .collect();
        // Who holds another operation at the same place is shown ours: the two prove a fork.
        self.follow(replica, |actor| {
            let held = held.get(actor).map_or(0, |held| held.seq);
            held.saturating_sub(u64::from(contradicted(actor)))
        });
        for (actor, _, end) in replica.ends() {
            if (theirs.contains(&actor) || contradicted(&actor))
                && let Some(cursor) = self.cursor(&actor)
            {
                cursor.through = cursor.through.max(end);
            }
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        // What is left of a part goes back to where it was taken from.
        fills.note(Queue::Wanted, self.wanted.count(), STRETCHES_MAX + 1);
        if let Some(control) = &self.control {
            control.fill(fills);
        }
    }

    /// Serves what they ask for.
    pub(super) fn ask(&mut self, asked: &[Stretch]) {
        if self.cursors.is_some() {
            self.wanted.extend(asked);
        }
    }

    /// Notes that they hold an operation.
    pub(super) fn took(&mut self, actor: &ActorId, seq: u64) {
        let is_compared = self.chains.is_compared(actor);
        if let Some(cursor) = self.cursor(actor)
            && is_compared
            && cursor.next == seq
        {
            cursor.next = seq.saturating_add(1);
        }
    }

    /// Notes that they say to hold a chain so far.
    pub(super) fn claimed(&mut self, position: &Position) {
        let is_compared = self.chains.is_compared(&position.actor);
        let cursors = self.cursors.as_mut().filter(|_| is_compared);
        if let Some(cursor) = cursors.and_then(|all| all.get_mut(&position.actor)) {
            cursor.next = cursor.next.max(position.seq.saturating_add(1));
        }
    }

    /// Whether they hold, or say so, more of a chain than up to `seq`.
    pub(super) fn holds_more(&self, actor: &ActorId, seq: u64) -> bool {
        let cursor = self.cursors.as_ref().and_then(|all| all.get(actor));
        cursor.is_some_and(|cursor| cursor.next.saturating_sub(1) > seq)
    }

    /// Notes that they hold a control operation.
    pub(super) fn took_control(&mut self, id: OperationId) {
        if let Some(control) = &mut self.control {
            control.took(id);
        }
    }

    /// Notes that they hold a device's card in this version.
    pub(super) fn took_card(&mut self, device: DeviceId, number: u64) {
        if let Some(control) = &mut self.control {
            control.took_card(device, number);
        }
    }

    /// Whether a new operation of ours can go out at once; if so, it counts as sent.
    pub(super) fn push(&mut self, operation: &Operation, replica: &Replica) -> bool {
        if self.cursors.is_none() || self.loading.is_some() || !self.is_control_told(replica) {
            return false;
        }
        self.raise_floors(replica);
        self.follow(replica, |_| 0);
        let header = operation.header();
        let cursor = self.cursor(&header.actor);
        let at_once = cursor.filter(|cursor| cursor.next == header.seq);
        at_once.is_some_and(|cursor| {
            cursor.next = cursor.next.saturating_add(1);
            true
        })
    }

    /// Asks for what is to be sent next, or says that it is all sent, and that we lack nothing that we
    /// await from them.
    pub(super) fn pump(
        &mut self,
        awaited: Awaited,
        delay: Duration,
        replica: &Replica,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Vec<SessionMessage> {
        if self.cursors.is_none() || self.loading.is_some() {
            return Vec::new();
        }
        let mut said = Vec::new();
        if let (Some(control), Some(room)) = (&mut self.control, replica.room()) {
            said = control.pump(
                self.person,
                room,
                NOISE_PLAINTEXT_BYTES_MAX,
                directory,
                context.own,
            );
            if !control.is_told(room) {
                return said;
            }
        }
        if replica.includes(self.person) {
            self.raise_floors(replica);
            said.extend(self.forks.tell(replica));
            self.follow(replica, |_| 0);
            said.extend(self.tell_news(replica, delay, context));
            if self.load(replica, context) {
                return said;
            }
        } else {
            // Who is in it no more is sent nothing that they asked for before.
            self.wanted = Wanted::default();
        }
        if !awaited.from_anybody && replica.includes(self.person) {
            said.extend(self.tell_waiting(replica));
        }
        if !awaited.from_them && self.greeting.tell_caught_up() {
            said.push(SessionMessage::CaughtUp(replica.conversation()));
        }
        said
    }

    /// Takes what was loaded; `None` if this offer did not ask for it. What is not for them any more
    /// stays here.
    pub(super) fn loaded(
        &mut self,
        load: LoadId,
        operations: &mut Vec<SignedOperation>,
        replica: &Replica,
    ) -> Option<Loaded> {
        let Loading { part, is_asked, .. } = self.loading.take_if(|open| open.load == load)?;
        self.raise_floors(replica);
        let floor = self.floor(&part.actor);
        let end = replica.extent(&part.actor).map_or(0, |(_, end)| end);
        let waits = replica.stretch_to(&part.actor, part.through);
        let end = waits.map_or(end, |waits| waits.through);
        if !replica.includes(self.person) || part.after < floor || end < part.through {
            return Some(Loaded::Send(Vec::new()));
        }
        let Some(first) = operations.first() else {
            return Some(Loaded::Failed);
        };
        let base = self.floors.get_mut(&part.actor);
        if let Some(base) = base.filter(|base| part.after > 0 && base.seq() == part.after)
            && !base.is_followed_by(first)
        {
            self.begin_anew(part.actor, replica);
            return Some(Loaded::Send(Vec::new()));
        }
        if !self.chains.go_on(&part.actor, first) {
            if replica.room().is_none() {
                self.withheld.insert(part.actor);
                return Some(Loaded::Forked);
            }
            // In a room, ours in the place of theirs prove a fork.
            if let Some(cursor) = self.cursor(&part.actor) {
                cursor.next = part.after.max(floor.saturating_add(1));
            }
            return Some(Loaded::Send(Vec::new()));
        }
        let count = u64::try_from(operations.len()).unwrap_or(u64::MAX);
        let last = part.after.saturating_add(count);
        if let Some(cursor) = self.cursor(&part.actor) {
            cursor.sent(part.after.saturating_add(1), last);
        }
        if is_asked && last < part.through {
            self.wanted.put_back(Stretch {
                after: last,
                ..part
            });
        }
        if let Some(base) = self.floors.get(&part.actor) {
            base.leave_out(operations);
        }
        Some(Loaded::Send(batches(std::mem::take(operations))))
    }

    fn cursor(&mut self, actor: &ActorId) -> Option<&mut Cursor> {
        if self.withheld.contains(actor) {
            return None;
        }
        self.cursors.as_mut()?.get_mut(actor)
    }

    fn readable(&self, actor: &ActorId) -> Option<&Cursor> {
        let cursors = self.cursors.as_ref()?;
        cursors
            .get(actor)
            .filter(|_| !self.withheld.contains(actor))
    }

    fn is_control_told(&self, replica: &Replica) -> bool {
        match (&self.control, replica.room()) {
            (Some(control), Some(room)) => control.is_told(room),
            (None, None) => true,
            (None, Some(_)) | (Some(_), None) => false,
        }
    }

    /// Looks at the chains that changed: makes a cursor for those that have none yet, of which they hold
    /// so much.
    fn follow(&mut self, replica: &Replica, held: impl Fn(&ActorId) -> u64) {
        let is_room = replica.room().is_some();
        for actor in replica.changed_since(self.seen) {
            let Some((base, end)) = replica.extent(&actor) else {
                continue;
            };
            self.look_at_floor(&actor, replica);
            let floor = self.floors.get(&actor);
            let is_misled = floor.is_some_and(Floor::is_false);
            let floor = floor.map_or(0, Floor::seq);
            let Some(cursors) = &mut self.cursors else {
                return;
            };
            let cursor = cursors.entry(actor).or_insert_with(|| {
                let said = held(&actor);
                let held = said.max(floor).max(base);
                Cursor {
                    next: held.saturating_add(1),
                    // In a room, what others write comes from many sides.
                    through: match is_room && !replica.is_ours(&actor) {
                        true if is_misled => held.max(end),
                        true => held,
                        false => u64::MAX,
                    },
                    end: None,
                    in_order: is_misled,
                    held: said,
                    told: held,
                }
            });
            cursor.next = cursor.next.max(base.saturating_add(1));
            self.behind.insert(actor);
            self.news.note(actor);
        }
        self.seen = replica.changes();
    }

    /// Asks the store for the next operations to send, those that they asked for and those that they
    /// did not in turn; says whether there are any.
    fn load(&mut self, replica: &Replica, context: &mut Context<'_>) -> bool {
        let next = if self.was_asked {
            let pushed = self.next_pushed(replica);
            pushed.or_else(|| self.next_wanted(replica))
        } else {
            let wanted = self.next_wanted(replica);
            wanted.or_else(|| self.next_pushed(replica))
        };
        let Some((part, is_asked)) = next else {
            return false;
        };
        let load = context.next_load();
        self.was_asked = is_asked;
        self.loading = Some(Loading {
            load,
            part,
            is_asked,
        });
        context.effect(Effect::Load {
            load,
            conversation: replica.conversation(),
            actor: part.actor,
            from: part.after.saturating_add(1),
            through: part.through,
            bytes: LOAD_BYTES,
        });
        true
    }

    /// What is to be sent next unasked.
    fn next_pushed(&mut self, replica: &Replica) -> Option<(Stretch, bool)> {
        while let Some(actor) = self.behind.first().copied() {
            let end = replica.extent(&actor).map_or(0, |(_, end)| end);
            let is_compared = self.chains.is_compared(&actor);
            let cursor = self.cursor(&actor);
            if let Some((first, through)) = cursor.and_then(|cursor| cursor.push(end, is_compared))
            {
                let part = Stretch {
                    actor,
                    after: first.saturating_sub(1),
                    through,
                };
                return Some((part, false));
            }
            self.behind.remove(&actor);
        }
        None
    }

    /// What they asked for that is to be sent next, as much of it as we hold and is for them.
    fn next_wanted(&mut self, replica: &Replica) -> Option<(Stretch, bool)> {
        let mut wanted = std::mem::take(&mut self.wanted);
        let next = wanted.take(|asked| {
            let (base, end) = replica.extent(&asked.actor)?;
            let floor = self.floor(&asked.actor);
            let is_served =
                self.chains.is_compared(&asked.actor) && !self.withheld.contains(&asked.actor);
            let after = asked.after.max(floor).max(base);
            // Beyond a gap, as much as there is without another.
            let waiting = replica.stretch_to(&asked.actor, asked.through);
            let part = match waiting.filter(|_| asked.through > end) {
                Some(waiting) => Stretch {
                    after: after.max(waiting.after),
                    ..waiting
                },
                None => Stretch {
                    after,
                    through: asked.through.min(end),
                    ..asked
                },
            };
            (is_served && part.after < part.through).then_some(part)
        });
        self.wanted = wanted;
        next.map(|part| (part, true))
    }
}

/// Whether they hold another operation than we in the last place of a chain in a room.
fn contradicts(theirs: &Position, replica: &Replica) -> bool {
    let ours = replica.end_of(&theirs.actor);
    replica.room().is_some()
        && ours.is_some_and(|(end, head)| {
            theirs.seq == end && head.is_some_and(|head| head != theirs.head)
        })
}
