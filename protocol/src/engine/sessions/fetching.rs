//! Fetching: whom we ask for what others wrote in a room, where several hold it.
//!
//! ```text
//!   their vector, their news --> claims: who holds how much of a chain
//!                                   |
//!         whoever wrote it, while connected: sends it unasked --+
//!         or of the others the one with least to send: asked ---+--> awaited, until it is held
//!                                   ^                                         |
//!                                   +------ nothing came for so long ---------+
//! ```
//!
//! Invariants
//! - A chain is awaited from one of them at a time, and from each at most [`LONG_AWAITED_MAX`] of
//!   which much is lacking; but the end of each is asked for at once, for the first screen to be there.
//! - A claim is kept until the chain is held that far. Whoever claims what they do not send delays it
//!   by [`SILENCE_TIME_MAX`] each time it is their turn.
//! - Of each device, at most [`VECTOR_ACTORS_MAX`] claims of a room are kept that are about actors whom
//!   we do not know yet: what admits them may still be on its way.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::engine::LinkId;
use crate::engine::context::Context;
use crate::engine::fill::{Fills, Queue};
use crate::engine::replica::{HeldChain, Replica};
use crate::id::{ActorId, ConversationId, DeviceId};
use crate::sync::{Position, Stretch};
use crate::time::Monotonic;
use crate::wire::limits::VECTOR_ACTORS_MAX;

/// How long nothing may come from a device before another is asked for what is awaited from it.
const SILENCE_TIME_MAX: Duration = Duration::from_secs(5);
/// How long nothing may come of one chain, while others come from the same device.
const CHAIN_SILENCE_TIME_MAX: Duration = Duration::from_mins(1);
/// Longest wait before all are asked anew who sent nothing of it.
const REST_MAX: Duration = Duration::from_mins(10);
/// Chains of a room of which more than an end is lacking that are awaited from one device at a time:
/// the rest is left to others, who may come.
const LONG_AWAITED_MAX: usize = 4;
/// Operations of the end of a chain that are asked for before what comes ahead of them.
const END: u64 = 16;
/// Operations beyond a gap above which no more of them are asked for.
const WAITING_MAX: usize = 512;

/// The chains of every room of which others hold more.
#[derive(Debug, Default)]
pub(in crate::engine) struct Fetching {
    rooms: BTreeMap<ConversationId, BTreeMap<ActorId, Lack>>,
    /// Claims of chains of whom we do not know.
    early: BTreeMap<ConversationId, BTreeMap<LinkId, Vec<Position>>>,
    /// When something that was awaited over a link came last.
    came: BTreeMap<LinkId, Monotonic>,
}

/// A chain of which others hold more.
#[derive(Debug)]
struct Lack {
    claims: BTreeMap<LinkId, u64>,
    awaited: Option<Awaited>,
    /// From whom it was awaited in vain.
    tried: BTreeSet<LinkId>,
    /// When those are asked anew.
    rests_until: Option<Monotonic>,
    /// How long that takes the next time.
    rest: Duration,
    /// Of whom its end was asked, and how far.
    end: Option<(LinkId, u64)>,
}

/// From whom more of a chain is to come.
#[derive(Debug)]
struct Awaited {
    link: LinkId,
    through: u64,
    /// What was held when something came last.
    held: u64,
    /// When that was.
    since: Monotonic,
}

/// What is asked of whom.
#[derive(Debug, Default)]
pub(super) struct Asks {
    ends: BTreeMap<LinkId, Vec<Stretch>>,
    rest: BTreeMap<LinkId, Vec<Stretch>>,
    /// From whom how many chains are awaited of which much is lacking.
    long: BTreeMap<LinkId, usize>,
}

impl Fetching {
    /// Notes how far the device at the end of `link` holds chains of a room.
    pub(in crate::engine) fn claim(
        &mut self,
        link: LinkId,
        positions: &[Position],
        replica: &Replica,
    ) {
        let lacks = self.rooms.entry(replica.conversation()).or_default();
        for position in positions {
            if replica.end_of(&position.actor).is_none() {
                let early = self.early.entry(replica.conversation()).or_default();
                let early = early.entry(link).or_default();
                early.retain(|claimed| claimed.actor != position.actor);
                if early.len() < VECTOR_ACTORS_MAX {
                    early.push(*position);
                }
            } else if let Some(held) = replica.held(&position.actor)
                && position.seq.min(held.most) > held.seq
            {
                let lack = lacks.entry(position.actor).or_default();
                lack.claims.insert(link, position.seq);
            }
        }
    }

    /// Takes up the claims of chains that have become known.
    fn reconsider(&mut self, replica: &Replica) {
        let early = self.early.remove(&replica.conversation());
        for (link, positions) in early.into_iter().flatten() {
            self.claim(link, &positions, replica);
        }
    }

    /// Forgets what was claimed over a link.
    pub(in crate::engine) fn closed(&mut self, link: LinkId) {
        for lack in self.rooms.values_mut().flat_map(BTreeMap::values_mut) {
            lack.claims.remove(&link);
            lack.tried.remove(&link);
            lack.awaited.take_if(|awaited| awaited.link == link);
            lack.forget_end(link);
        }
        for early in self.early.values_mut() {
            early.remove(&link);
        }
        self.came.remove(&link);
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        for claims in self.early.values().flat_map(BTreeMap::values) {
            fills.note(Queue::EarlyClaims, claims.len(), VECTOR_ACTORS_MAX);
        }
    }

    /// How many claims there are of chains of whom we do not know.
    #[cfg(test)]
    pub(in crate::engine) fn early(&self) -> usize {
        let early = self.early.values().flat_map(BTreeMap::values);
        early.map(Vec::len).sum()
    }

    /// The rooms of which something is to come.
    pub(super) fn rooms(&self) -> BTreeSet<ConversationId> {
        self.rooms
            .keys()
            .chain(self.early.keys())
            .copied()
            .collect()
    }

    /// Whether something of a room is to come over a link.
    pub(super) fn is_awaited(&self, link: LinkId, conversation: &ConversationId) -> bool {
        let lacks = self.rooms.get(conversation);
        let mut awaited = lacks.into_iter().flat_map(BTreeMap::values);
        awaited.any(|lack| lack.is_awaited_from(link))
    }

    /// Whether something of a room is to come over any link.
    pub(super) fn is_busy(&self, conversation: &ConversationId) -> bool {
        let lacks = self.rooms.get(conversation);
        let mut lacks = lacks.into_iter().flat_map(BTreeMap::values);
        lacks.any(|lack| lack.awaited.is_some())
    }

    /// What is to be asked for next of those with whom a room is exchanged: the device at the end of
    /// each of their links.
    pub(super) fn next(
        &mut self,
        replica: &Replica,
        open: &BTreeMap<LinkId, DeviceId>,
        context: &mut Context<'_>,
    ) -> Asks {
        let mut asks = Asks::default();
        self.reconsider(replica);
        let Some(lacks) = self.rooms.get_mut(&replica.conversation()) else {
            return asks;
        };
        lacks.retain(|actor, lack| {
            let held = replica.held(actor);
            held.is_some_and(|held| lack.claimed(&held) > held.seq)
        });
        let mut lacking = Vec::new();
        for (actor, lack) in &mut *lacks {
            if let Some(held) = replica.held(actor) {
                if let Some(link) = lack.look(&held, context) {
                    self.came.insert(link, context.now.monotonic);
                }
                lacking.push((*actor, held, lack));
            }
        }
        for (_, held, lack) in &mut lacking {
            lack.go_on(held, open, &self.came, &mut asks, context);
        }
        for (actor, held, lack) in lacking {
            lack.ask(actor, &held, open, &mut asks, context);
        }
        if lacks.is_empty() {
            self.rooms.remove(&replica.conversation());
        }
        asks
    }
}

impl Default for Lack {
    fn default() -> Self {
        Self {
            claims: BTreeMap::new(),
            awaited: None,
            tried: BTreeSet::new(),
            rests_until: None,
            rest: SILENCE_TIME_MAX,
            end: None,
        }
    }
}

impl Lack {
    /// How much of it others hold that we take.
    fn claimed(&self, held: &HeldChain) -> u64 {
        let most = self.claims.values().max().copied();
        most.unwrap_or(0).min(held.most)
    }

    fn is_awaited_from(&self, link: LinkId) -> bool {
        let awaited = self.awaited.as_ref();
        awaited.is_some_and(|awaited| awaited.link == link)
    }

    /// Sees whether something of it came; returns over which link.
    fn look(&mut self, held: &HeldChain, context: &Context<'_>) -> Option<LinkId> {
        let awaited = self.awaited.as_mut()?;
        if held.seq <= awaited.held {
            return None;
        }
        awaited.held = held.seq;
        awaited.since = context.now.monotonic;
        self.rest = SILENCE_TIME_MAX;
        Some(awaited.link)
    }

    /// Sees whether it is still to be awaited from whom it is. Something came over each link last when
    /// `came` says.
    fn go_on(
        &mut self,
        held: &HeldChain,
        open: &BTreeMap<LinkId, DeviceId>,
        came: &BTreeMap<LinkId, Monotonic>,
        asks: &mut Asks,
        context: &mut Context<'_>,
    ) {
        let Some(awaited) = &self.awaited else {
            return;
        };
        let (link, since) = (awaited.link, awaited.since);
        let last = came.get(&link).map_or(since, |came| since.max(*came));
        let until = (last + SILENCE_TIME_MAX).min(since + CHAIN_SILENCE_TIME_MAX);
        if held.seq < awaited.through && open.contains_key(&link) {
            if until > context.now.monotonic {
                context.wake(until);
                asks.note(awaited);
                return;
            }
            self.tried.insert(link);
            self.forget_end(link);
        }
        self.awaited = None;
    }

    /// Has its end be asked for again, if that was asked for over a link over which it never came.
    fn forget_end(&mut self, link: LinkId) {
        self.end.take_if(|(asked, _)| *asked == link);
    }

    /// Asks for what comes next of it, unless that is awaited already.
    fn ask(
        &mut self,
        actor: ActorId,
        held: &HeldChain,
        open: &BTreeMap<LinkId, DeviceId>,
        asks: &mut Asks,
        context: &mut Context<'_>,
    ) {
        let now = context.now.monotonic;
        if self.awaited.is_some() {
            return;
        }
        if self.rests_until.is_some_and(|until| until <= now) {
            self.rests_until = None;
            self.tried.clear();
        }
        let mut writer = open
            .iter()
            .rev()
            .filter(|(_, device)| **device == held.device);
        if let Some((link, _)) = writer.find(|(link, _)| !self.tried.contains(link)) {
            self.expect(*link, self.claimed(held), held, asks, context);
            return;
        }
        if let Some((link, through)) = self.end
            && (held.seq..=held.seq.saturating_add(END)).contains(&through)
            && open.contains_key(&link)
            && !self.tried.contains(&link)
        {
            self.expect(link, through, held, asks, context);
            return;
        }
        let able = self.claims.iter().filter(|(link, seq)| {
            open.contains_key(link) && **seq > held.seq && !self.tried.contains(link)
        });
        // Of equals, the latest.
        let Some((link, seq)) = able.rev().min_by_key(|(link, _)| asks.long_from(**link)) else {
            self.rest(context);
            return;
        };
        let (link, last) = (*link, (*seq).min(held.most));
        if let Some(end) = self.end_of(actor, link, held, last) {
            asks.ends.entry(link).or_default().push(end);
        }
        let is_long = last.saturating_sub(held.seq) > END;
        if is_long && asks.long_from(link) >= LONG_AWAITED_MAX {
            return;
        }
        let before_end = self.end.map(|(_, end)| end.saturating_sub(END));
        let before_end = before_end.filter(|before| *before > held.seq);
        let gap = held.waiting.map(|(first, _)| first.saturating_sub(1));
        let through = gap.or(before_end).unwrap_or(last).min(last);
        let stretch = Stretch {
            actor,
            after: held.seq,
            through,
        };
        asks.rest.entry(link).or_default().push(stretch);
        self.expect(link, through, held, asks, context);
    }

    /// The end of a long chain, unless it was asked for or is held.
    fn end_of(
        &mut self,
        actor: ActorId,
        link: LinkId,
        held: &HeldChain,
        last: u64,
    ) -> Option<Stretch> {
        let highest = held.waiting.map_or(held.seq, |(_, highest)| highest);
        let asked = self.end.map_or(0, |(_, end)| end);
        let after = last.saturating_sub(END).max(highest).max(asked);
        let is_long = last.saturating_sub(held.seq) > END;
        if !is_long || after >= last || held.waiting_count > WAITING_MAX {
            return None;
        }
        self.end = Some((link, last));
        Some(Stretch {
            actor,
            after,
            through: last,
        })
    }

    /// Sees to it that those who sent nothing are asked anew later.
    fn rest(&mut self, context: &mut Context<'_>) {
        if self.tried.is_empty() {
            return;
        }
        let until = self.rests_until.unwrap_or_else(|| {
            let until = context.now.monotonic + self.rest;
            self.rest = (self.rest * 2).min(REST_MAX);
            until
        });
        self.rests_until = Some(until);
        context.wake(until);
    }

    fn expect(
        &mut self,
        link: LinkId,
        through: u64,
        held: &HeldChain,
        asks: &mut Asks,
        context: &mut Context<'_>,
    ) {
        let since = context.now.monotonic;
        context.wake(since + SILENCE_TIME_MAX);
        let awaited = Awaited {
            link,
            through,
            held: held.seq,
            since,
        };
        asks.note(&awaited);
        self.awaited = Some(awaited);
    }
}

impl Asks {
    fn note(&mut self, awaited: &Awaited) {
        if awaited.through.saturating_sub(awaited.held) > END {
            let long = self.long.entry(awaited.link).or_default();
            *long = long.saturating_add(1);
        }
    }

    fn long_from(&self, link: LinkId) -> usize {
        self.long.get(&link).copied().unwrap_or(0)
    }

    /// What is asked over each link, the ends of long chains first.
    pub(super) fn by_link(mut self) -> BTreeMap<LinkId, Vec<Stretch>> {
        let mut all = std::mem::take(&mut self.ends);
        for (link, rest) in self.rest {
            all.entry(link).or_default().extend(rest);
        }
        all
    }
}

#[cfg(test)]
mod tests;
