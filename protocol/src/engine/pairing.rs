//! Pairing: the invites we made and the joins we began.
//!
//! ```text
//!   joiner                                   inviter
//!     join(code): PendingJoin durable
//!     ---- join envelope ------------------>  contact + invite used, durable
//!     <--- answer (or why not) -------------
//!     contact durable, PendingJoin gone
//!   or
//!     refused, given up, or unanswered for too long: PendingJoin gone, and carriers drop the envelope
//! ```
//!
//! Invariants
//! - An invite is used up in the transaction that stores the contact; the same envelope again gets
//!   the same answer, any other gets `used`.
//! - A code that is refused changes nothing on either side.
//! - Of a join that ended nothing is kept: an answer that comes later is for nobody here.

mod carried;

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::directory::Directory;
use super::fill::{Fills, Queue};
use super::pairs::Pairs;
use super::{CommandError, Effect, Engine, Event, LinkId};
use crate::envelope::{Envelope, LIFETIME_HOURS};
use crate::id::{Tag, TransportId};
use crate::identity::{IdentityError, VerifiedCard};
use crate::pairing::{
    self, InviteCode, InviteSecret, JoinReply, PairingError, PendingJoin, Refusal,
};
use crate::record::{Change, InviteRecord, Outcome, PendingJoinRecord, SecretBytes};
use crate::time::{Monotonic, Now, WallTime};

/// Invites that are kept at once; making one more drops the one that expired first.
pub(super) const INVITES_MAX: usize = 256;
/// People that one reusable invite admits.
pub(super) const INVITE_USES_MAX: usize = 256;
/// Joins that may be pending at once.
pub(super) const PENDING_JOINS_MAX: usize = 64;
/// How long the key of an invite is kept after its expiry: a clock that jumps ahead and comes back
/// costs nobody their invites.
pub(super) const KEY_KEPT_TIME: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long carriers keep a join at most, or the answer to it: the lifetime of their envelopes.
pub(super) const CARRIED_TIME: Duration = Duration::from_hours(7 * 24);
/// How long a join waits: it may be carried for all of its time, and its answer for all of another.
pub(super) const JOIN_TIME: Duration = CARRIED_TIME.saturating_mul(2);
/// First wait before an inviter is tried again.
pub(super) const RETRY_FIRST: Duration = Duration::from_secs(2);
/// For how many hours the envelopes of a pairing that is over are remembered as purged.
const PURGED_HOURS: u16 = LIFETIME_HOURS;
/// Longest wait before an inviter is tried again.
pub(super) const RETRY_MAX: Duration = Duration::from_secs(300);

/// How a join of ours ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JoinEnd {
    /// The invite's maker refused.
    #[error(transparent)]
    Refused(Refusal),
    /// Nothing came for as long as an answer could be on its way.
    #[error("nobody answered this invite for two weeks: ask for a new one")]
    Unanswered,
    /// Our person gave it up.
    #[error(
        "this join was given up here; `tidings join` with the same code tries it once more; if that \
         is refused, ask for a new one"
    )]
    GivenUp,
}

/// A join that waits for its answer.
#[derive(Debug)]
struct Join {
    pending: PendingJoin,
    code: InviteCode,
    envelope: Vec<u8>,
    created_at: WallTime,
    retry: Duration,
    retry_at: Option<Monotonic>,
}

/// Somebody with whom a pairing came about.
#[derive(Debug)]
pub(super) struct Joined {
    /// The latest card of the device that is known.
    pub(super) card: VerifiedCard,
    /// With this, whoever carries the envelope by which it did may drop it.
    pub(super) purge: [u8; 32],
}

/// Invites and joins.
#[derive(Debug, Default)]
pub(super) struct Pairing {
    invites: BTreeMap<Tag, InviteRecord>,
    joins: BTreeMap<Tag, Join>,
    /// The tags under which answers to our joins are carried, and to which.
    answers: BTreeMap<Tag, Tag>,
    /// The tags that are awaited since they were last asked for.
    fresh: Vec<Tag>,
}

impl Pairing {
    /// Puts back an invite as it was stored.
    pub(super) fn restore_invite(&mut self, invite: InviteRecord) {
        self.fresh.push(invite.tag);
        self.invites.insert(invite.tag, invite);
    }

    /// Puts back a join as it was stored; it is tried again by [`Self::resume`].
    pub(super) fn restore_join(&mut self, record: &PendingJoinRecord) -> Result<(), PairingError> {
        let code = std::str::from_utf8(record.code.expose()).unwrap_or_default();
        let join = Join {
            pending: PendingJoin::from_bytes(record.secret.expose())?,
            code: code.parse()?,
            envelope: record.envelope.clone(),
            created_at: record.created_at,
            retry: RETRY_FIRST,
            retry_at: None,
        };
        self.await_answer(record.tag, join.pending.answer_tag());
        self.joins.insert(record.tag, join);
        Ok(())
    }

    /// Tries every pending join; gives up those that are too old.
    pub(super) fn resume(&mut self, context: &mut Context<'_>) {
        let tags: Vec<Tag> = self.joins.keys().copied().collect();
        for tag in tags {
            self.resume_one(tag, context);
        }
    }

    /// Tries one pending join, unless it is too old.
    fn resume_one(&mut self, tag: Tag, context: &mut Context<'_>) {
        let Some(join) = self.joins.get_mut(&tag) else {
            return;
        };
        if join.created_at.after(JOIN_TIME) < context.now.wall {
            self.end(tag, JoinEnd::Unanswered, context);
        } else {
            join.retry_at = None;
            context.effect(join.reach(tag));
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        fills.note(Queue::Invites, self.invites.len(), INVITES_MAX);
        fills.note(Queue::Joins, self.joins.len(), PENDING_JOINS_MAX);
    }

    /// Makes an invite.
    pub(super) fn invite(
        &mut self,
        expires_in: Duration,
        reusable: bool,
        context: &mut Context<'_>,
    ) -> Result<Outcome, CommandError> {
        self.drop_oldest(context);
        let secret = InviteSecret::generate(context.rng);
        let code = secret.code(context.own, context.addresses);
        let record = InviteRecord {
            tag: secret.tag(),
            secret: SecretBytes::from(secret.to_bytes()),
            created_at: context.now.wall,
            expires_at: context.now.wall.after(expires_in),
            reusable,
            answered: Vec::new(),
        };
        let outcome = Outcome::Invited {
            code: code.to_string(),
            expires_at: record.expires_at,
            tag: record.tag,
        };
        context.persist(Change::PutInvite(record.clone()));
        self.fresh.push(record.tag);
        self.invites.insert(record.tag, record);
        Ok(outcome)
    }

    /// Begins to use a code.
    pub(super) fn join(
        &mut self,
        code: &str,
        context: &mut Context<'_>,
    ) -> Result<Outcome, CommandError> {
        let code: InviteCode = code.parse().map_err(CommandError::Invite)?;
        let tag = code.tag();
        if self.invites.contains_key(&tag) {
            return Err(CommandError::Invite(PairingError::OwnInvite));
        }
        if self.joins.contains_key(&tag) {
            self.resume_one(tag, context);
            return Ok(Outcome::Joining { tag });
        }
        if self.joins.len() >= PENDING_JOINS_MAX {
            return Err(CommandError::TooManyJoins);
        }
        let card = context.own.card(context.addresses.to_vec());
        let (pending, envelope) =
            pairing::join(context.own, &card, &code, context.rng).map_err(CommandError::Invite)?;
        let join = Join {
            pending,
            code,
            envelope: envelope.to_bytes(),
            created_at: context.now.wall,
            retry: RETRY_FIRST,
            retry_at: None,
        };
        context.persist(Change::PutPendingJoin(PendingJoinRecord {
            tag,
            secret: SecretBytes::from(join.pending.to_bytes()),
            envelope: join.envelope.clone(),
            code: SecretBytes::new(join.code.to_string().into_bytes()),
            created_at: context.now.wall,
        }));
        context.effect(join.reach(tag));
        self.await_answer(tag, join.pending.answer_tag());
        self.joins.insert(tag, join);
        Ok(Outcome::Joining { tag })
    }

    /// Ends a pending join that is not answered.
    fn end(&mut self, tag: Tag, end: JoinEnd, context: &mut Context<'_>) {
        context.event(Event::JoinEnded { tag, end });
        context.persist(Change::DeletePendingJoin(tag));
        self.forget_join(&tag);
    }

    /// The frame that asks an inviter, for a join that is still pending.
    pub(super) fn request(&self, tag: &Tag) -> Option<Vec<u8>> {
        self.joins.get(tag).map(|join| join.envelope.clone())
    }

    /// Answers whoever uses an invite, whoever brings it. `None` if what it sent is no join at all.
    pub(super) fn answer(
        &mut self,
        envelope: &Envelope,
        directory: &mut Directory,
        pairs: &mut Pairs,
        context: &mut Context<'_>,
    ) -> Option<(JoinReply, Option<Joined>)> {
        let id = envelope.id();
        let refused = |refusal| Some((JoinReply::Refused(refusal), None));
        let Some(invite) = self.invites.get_mut(&envelope.tag()) else {
            return refused(Refusal::Unknown);
        };
        if let Some((_, answer)) = invite.answered.iter().find(|(answered, _)| *answered == id) {
            return Some((JoinReply::Answer(answer.clone()), None));
        }
        if context.now.wall > invite.expires_at {
            return refused(Refusal::Expired);
        }
        let uses_max = if invite.reusable { INVITE_USES_MAX } else { 1 };
        if invite.answered.len() >= uses_max {
            return refused(Refusal::Used);
        }
        let Ok(secret) = InviteSecret::from_bytes(invite.secret.expose()) else {
            // Its key was erased while the clock showed a later time.
            return refused(Refusal::Expired);
        };
        let joiner = pairing::accept(context.own, &secret, envelope).ok()?;
        let contact = directory.contact(&joiner.verified.person);
        let blocked = contact.is_some_and(|contact| contact.blocked);
        if blocked || !directory.believes(&joiner.verified, context) {
            return None;
        }
        let card = context.own.card(context.addresses.to_vec());
        let (answer, contact_secret) =
            pairing::answer(context.own, &card, &joiner, id, context.rng).ok()?;
        let answer = answer.to_bytes();
        invite.answered.push((id, answer.clone()));
        if !invite.reusable {
            // Used up: nobody needs its private key again.
            invite.secret = SecretBytes::new(Vec::new());
        }
        context.persist(Change::PutInvite(invite.clone()));
        let (tag, person) = (invite.tag, joiner.verified.person);
        let purge = joiner.purge();
        let card = directory.meet(&joiner.card, joiner.verified, tag, context);
        pairs.meet(card.device, contact_secret, context);
        context.event(Event::ContactAdded { person, tag });
        let joined = Joined { card, purge };
        Some((JoinReply::Answer(answer), Some(joined)))
    }

    /// Takes an inviter's reply to a pending join; returns the new contact's card.
    pub(super) fn finish(
        &mut self,
        tag: Tag,
        peer: Option<TransportId>,
        reply: &JoinReply,
        directory: &mut Directory,
        pairs: &mut Pairs,
        context: &mut Context<'_>,
    ) -> Result<Option<Joined>, PairingError> {
        let Some(join) = self.joins.get(&tag) else {
            return Ok(None);
        };
        match reply {
            JoinReply::Refused(refusal) => {
                self.end(tag, JoinEnd::Refused(*refusal), context);
                Ok(None)
            }
            JoinReply::Answer(bytes) => {
                let envelope = Envelope::from_bytes(bytes)?;
                let (inviter, secret) = join.pending.finish(context.own, &envelope)?;
                if peer.is_some_and(|peer| inviter.verified.transport != peer) {
                    return Err(PairingError::WrongInviter);
                }
                if !directory.believes(&inviter.verified, context) {
                    return Err(IdentityError::Revoked.into());
                }
                let purge = inviter.purge();
                let card = directory.meet(&inviter.card, inviter.verified, tag, context);
                pairs.agree(card.device, secret, context);
                context.persist(Change::DeletePendingJoin(tag));
                let person = card.person;
                context.event(Event::ContactAdded { person, tag });
                self.forget_join(&tag);
                Ok(Some(Joined { card, purge }))
            }
        }
    }

    /// Notes that an inviter could not be reached, or did not answer; it is tried again later.
    pub(super) fn unreachable(&mut self, tag: Tag, context: &mut Context<'_>) {
        if let Some(join) = self.joins.get_mut(&tag) {
            let at = context.now.monotonic + join.retry;
            join.retry = (join.retry * 2).min(RETRY_MAX);
            join.retry_at = Some(at);
            context.wake(at);
        }
    }

    /// Tries the joins whose time has come; erases the keys of invites whose time is over.
    pub(super) fn tick(&mut self, context: &mut Context<'_>) {
        let mut due = Vec::new();
        for (tag, join) in &self.joins {
            match join.retry_at {
                Some(at) if at <= context.now.monotonic => due.push(*tag),
                Some(at) => context.wake(at),
                None => {}
            }
        }
        for tag in due {
            self.resume_one(tag, context);
        }
        for invite in self.invites.values_mut() {
            let over = invite.expires_at.after(KEY_KEPT_TIME) < context.now.wall;
            if over && !invite.secret.expose().is_empty() {
                invite.secret = SecretBytes::new(Vec::new());
                context.persist(Change::PutInvite(invite.clone()));
            }
        }
    }

    /// Forgets the invite that expired first when there are too many.
    fn drop_oldest(&mut self, context: &mut Context<'_>) {
        if self.invites.len() >= INVITES_MAX
            && let Some(tag) = self
                .invites
                .values()
                .min_by_key(|invite| invite.expires_at)
                .map(|invite| invite.tag)
        {
            self.invites.remove(&tag);
            context.persist(Change::DeleteInvite(tag));
        }
    }
}

impl Engine {
    /// Gives up a join of ours, and has carriers drop it.
    pub(super) fn cancel_join(&mut self, tag: Tag, now: Now) -> Result<Outcome, CommandError> {
        let mut parts = self.parts(now);
        let (pairing, context) = (parts.pairing, &mut parts.context);
        if !pairing.joins.contains_key(&tag) {
            return Err(CommandError::NoJoin);
        }
        let purge = pairing.purge(&tag);
        pairing.end(tag, JoinEnd::GivenUp, context);
        parts.links.give_up(tag, context);
        if let Some(preimage) = purge {
            parts.carry.finish(PURGED_HOURS, preimage, context);
        }
        Ok(Outcome::Done)
    }

    /// Answers a peer that uses an invite.
    pub(super) fn answer_join(&mut self, link: LinkId, frame: &[u8], now: Now) {
        let Some(peer) = self.links.peer(link) else {
            return;
        };
        let mut parts = self.parts(now);
        let context = &mut parts.context;
        let envelope = Envelope::from_bytes(frame).ok();
        let answer = envelope.and_then(|envelope| {
            let (directory, pairs) = (&mut *parts.directory, &mut *parts.pairs);
            parts.pairing.answer(&envelope, directory, pairs, context)
        });
        if let Some((reply, joiner)) = answer {
            context.effect(Effect::Send {
                link,
                frame: reply.to_bytes(),
            });
            if let Some(joined) = joiner {
                // Somebody else may have brought it, who keeps the answer to themselves.
                if joined.card.transport != peer
                    && let JoinReply::Answer(answer) = reply
                    && let Ok(answer) = Envelope::from_bytes(&answer)
                {
                    parts.carry.give(&answer, parts.directory, context);
                }
                parts.carry.finish(PURGED_HOURS, joined.purge, context);
                self.meet(&joined.card, now);
            }
        }
        self.end_join(link, now);
    }

    /// Takes what came back on the link of a join of ours.
    pub(super) fn finish_join(&mut self, link: LinkId, tag: Tag, frame: &[u8], now: Now) {
        let Some(peer) = self.links.peer(link) else {
            return;
        };
        let mut parts = self.parts(now);
        let (pairing, context) = (parts.pairing, &mut parts.context);
        let purge = pairing.purge(&tag);
        let finished = JoinReply::from_bytes(frame).and_then(|reply| {
            pairing.finish(
                tag,
                Some(peer),
                &reply,
                parts.directory,
                parts.pairs,
                context,
            )
        });
        match finished {
            Ok(joined) => {
                let answer = joined.as_ref().map(|joined| joined.purge);
                for preimage in purge.into_iter().chain(answer) {
                    parts.carry.finish(PURGED_HOURS, preimage, context);
                }
                if let Some(Joined { card, .. }) = joined {
                    self.meet(&card, now);
                    let (sessions, mut parts) = self.sessions(now);
                    sessions.met(card.transport, &mut parts);
                }
            }
            Err(error) => {
                pairing.unreachable(tag, context);
                let how = error.to_string();
                context.event(Event::Misbehaved { peer, how });
            }
        }
        self.end_join(link, now);
    }

    /// Has a new contact's device write to us, and be known in our rooms.
    fn meet(&mut self, card: &VerifiedCard, now: Now) {
        self.replicas.admit(&self.own, card.person, card.device);
        self.card_changed(card.person, now);
    }

    /// Closes the link of a join, and those of devices that a card in it put off.
    fn end_join(&mut self, link: LinkId, now: Now) {
        let mut parts = self.parts(now);
        parts.links.shut(link, &mut parts.context);
        parts.links.shut_out(parts.directory, &mut parts.context);
    }
}

impl Join {
    fn reach(&self, tag: Tag) -> Effect {
        Effect::ReachInviter {
            tag,
            hint: self.code.transport_hint(),
            addresses: self.code.addresses(),
            relays: self.code.relays(),
        }
    }
}
