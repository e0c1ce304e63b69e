//! Pairing by carriers: the same two envelopes, for two who are never there together.
//!
//! Invariants
//! - A join is deposited as it was sent; whichever way it comes first uses the invite up.
//! - Over carriers no refusal is sent: who asks in vain learns it when both are there, or when the join ends.

use super::{CARRIED_TIME, Join, Joined, Pairing};
use crate::engine::carry::Carry;
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::mail::Read;
use crate::engine::{Engine, Parts};
use crate::envelope::Envelope;
use crate::id::Tag;
use crate::pairing::JoinReply;
use crate::time::Now;

impl Pairing {
    /// Whether a join of an invite of ours, or the answer to a join of ours, comes under a tag.
    pub(in crate::engine) fn awaits(&self, tag: &Tag) -> bool {
        self.invites.contains_key(tag) || self.answers.contains_key(tag)
    }

    /// All such tags.
    pub(in crate::engine) fn awaited(&self) -> Vec<Tag> {
        self.invites
            .keys()
            .chain(self.answers.keys())
            .copied()
            .collect()
    }

    /// The tags that have come to be awaited since this was last asked.
    pub(in crate::engine) fn take_fresh(&mut self) -> Vec<Tag> {
        std::mem::take(&mut self.fresh)
    }

    /// Gives every pending join to carriers, unless they have it, or had it for all of its time.
    pub(in crate::engine) fn deposit(
        &self,
        carry: &mut Carry,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let now = context.now.wall;
        let is_young = |join: &&Join| now <= join.created_at.after(CARRIED_TIME);
        for join in self.joins.values().filter(is_young) {
            if let Ok(envelope) = Envelope::from_bytes(&join.envelope) {
                carry.give(&envelope, directory, context);
            }
        }
    }

    /// What has carriers drop a join envelope of ours.
    pub(super) fn purge(&self, tag: &Tag) -> Option<[u8; 32]> {
        self.joins.get(tag)?.pending.purge()
    }

    pub(super) fn await_answer(&mut self, join: Tag, answer: Tag) {
        self.answers.insert(answer, join);
        self.fresh.push(answer);
    }

    pub(super) fn forget_join(&mut self, tag: &Tag) {
        self.joins.remove(tag);
        self.answers.retain(|_, join| join != tag);
    }
}

impl Engine {
    /// Takes a join or an answer that was carried here.
    pub(in crate::engine) fn take_pairing(&mut self, envelope: &Envelope, now: Now) -> Read {
        let answer = self.pairing.answers.get(&envelope.tag()).copied();
        let joined = match answer {
            Some(join) => self.take_answer(join, envelope, now),
            None => self.take_join(envelope, now),
        };
        let Some(Joined { card, purge }) = joined else {
            return Read::NotOurs;
        };
        self.meet(&card, now);
        let (sessions, mut parts) = self.sessions(now);
        parts.links.shut_out(parts.directory, &mut parts.context);
        sessions.met(card.transport, &mut parts);
        Read::Ours(purge)
    }

    fn take_answer(&mut self, join: Tag, envelope: &Envelope, now: Now) -> Option<Joined> {
        let mut parts = self.parts(now);
        let (directory, pairs) = (&mut *parts.directory, &mut *parts.pairs);
        let context = &mut parts.context;
        let reply = JoinReply::Answer(envelope.to_bytes());
        let purge = parts.pairing.purge(&join);
        let finished = parts
            .pairing
            .finish(join, None, &reply, directory, pairs, context);
        let joined = finished.ok().flatten()?;
        if let Some(preimage) = purge {
            parts.carry.finish(super::PURGED_HOURS, preimage, context);
        }
        Some(joined)
    }

    fn take_join(&mut self, envelope: &Envelope, now: Now) -> Option<Joined> {
        let Parts {
            directory,
            pairing,
            pairs,
            carry,
            mut context,
            ..
        } = self.parts(now);
        let context = &mut context;
        let (reply, joined) = pairing.answer(envelope, directory, pairs, context)?;
        if let JoinReply::Answer(answer) = reply
            && let Ok(answer) = Envelope::from_bytes(&answer)
        {
            carry.give(&answer, directory, context);
        }
        joined
    }
}
