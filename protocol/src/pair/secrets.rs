//! Secrets that two devices share, and how they come to use another.
//!
//! ```text
//!   lower device id                                 higher device id
//!     proposes a share, again and again ---------->  answers with its own, and awaits the new
//!     uses the new one                  <----------    secret's tags beside the old ones'
//!     seals under it                    ---------->  uses it, now that the other is seen to
//! ```
//!
//! Invariants
//! - Whoever seals under a secret knows that the other has it stored. So no crash on either side, at
//!   any moment, leaves one of them with tags that the other does not await.
//! - Proposals are numbered. The same one gets the same answer, and an earlier one that comes late none.

use std::fmt;
use std::time::Duration;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::tags::{Seen, Sent, TAG_WINDOW};
use super::{Awaited, Proposal, Share, is_due, is_past};
use crate::id::{DeviceId, SecretId};
use crate::identity::keys::KEY_BYTES;
use crate::identity::secret;
use crate::pairing::ContactSecret;
use crate::rng::Rng;
use crate::session::HELD_SECRETS_MAX;
use crate::time::WallTime;

/// How long a secret is used before another is proposed.
pub const SECRET_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Secrets that are kept beside the one in use.
pub const SECRETS_KEPT_MAX: usize = 4;
/// Invites that one other device has used without having been seen since: with what it may have been answered to
/// propose, as many secrets as a device names when it asks for a session. Each that is in use, or was, takes the
/// place of one.
pub const MET_MAX: usize = HELD_SECRETS_MAX - 1;
/// Rooms by which two devices may be introduced.
pub const INTRODUCTIONS_MAX: usize = 16;

#[derive(Encode, Decode)]
#[cbor(map)]
pub(super) struct PairSecret {
    #[n(0)]
    pub(super) id: SecretId,
    #[cbor(n(1), with = "secret")]
    pub(super) key: Zeroizing<[u8; KEY_BYTES]>,
    #[n(2)]
    made_at: WallTime,
    #[n(3)]
    replaced_at: Option<WallTime>,
    #[n(4)]
    pub(super) sent: Sent,
    #[n(5)]
    pub(super) seen: Seen,
    /// The highest seen that the other was told of.
    #[n(6)]
    told: u64,
}

impl PairSecret {
    fn new(secret: ContactSecret, made_at: WallTime) -> Self {
        Self {
            id: secret.id,
            key: secret.key,
            made_at,
            replaced_at: None,
            sent: Sent::default(),
            seen: Seen::default(),
            told: 0,
        }
    }

    fn is_used(&self) -> bool {
        self.sent.last() > 0 || self.seen.highest() > 0
    }

    /// What came of which the other was not told.
    fn untold(&self) -> u64 {
        self.seen.highest().saturating_sub(self.told)
    }

    /// By its name.
    pub(super) fn secret(&self) -> ContactSecret {
        ContactSecret {
            id: self.id,
            key: self.key.clone(),
        }
    }
}

impl fmt::Debug for PairSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PairSecret")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Encode, Decode)]
#[cbor(map)]
struct Answered {
    /// The number of the proposal.
    #[n(0)]
    number: u64,
    #[n(1)]
    answer: Share,
    /// What both come to; until it is in use.
    #[n(2)]
    secret: Option<PairSecret>,
}

/// The secrets of a pair.
#[derive(Debug, Default, Encode, Decode)]
#[cbor(map)]
pub(super) struct Secrets {
    /// The one that both have and nobody else.
    #[n(0)]
    current: Option<PairSecret>,
    /// Those before it, the latest first.
    #[n(1)]
    past: Vec<PairSecret>,
    /// Those that other members of a room know, too: for as long as there is no other, and while what was
    /// sealed under them may be under way.
    #[n(2)]
    introductions: Vec<PairSecret>,
    /// What we propose and was not answered yet.
    #[n(3)]
    proposal: Option<Proposal>,
    /// How often we have proposed.
    #[n(4)]
    proposed: u64,
    #[n(5)]
    answered: Option<Answered>,
    /// What came of invites of ours that the other used and was not seen to use yet: the answer may be on its
    /// way. The latest first.
    #[n(6)]
    #[cbor(default)]
    met: Vec<PairSecret>,
    /// Whether the other seals under another secret than this one: they are to agree on the next at once.
    #[cbor(skip)]
    is_apart: bool,
}

impl Secrets {
    /// The one to seal under: the current one, else that introduction, else any, else what the other is about
    /// to have.
    pub(super) fn sending(&mut self, introduction: Option<SecretId>) -> Option<&mut PairSecret> {
        if self.current.is_some() {
            return self.current.as_mut();
        }
        if self.introductions.is_empty() {
            return self.met.first_mut();
        }
        let introductions = self.introductions.iter_mut();
        match introduction {
            Some(id) => introductions.into_iter().find(|held| held.id == id),
            // One under which something came is one that the other looks under, too.
            None => introductions.max_by_key(|held| held.seen.highest()),
        }
    }

    /// How many more envelopes can go before one is known to have come: of [`Self::sending`] the most that any
    /// introduction leaves. Nothing where there is no secret to seal under.
    pub(super) fn places(&self) -> Option<u64> {
        let held = match (&self.current, self.introductions.is_empty()) {
            (Some(current), _) => std::slice::from_ref(current),
            (None, true) => self.met.get(..1).unwrap_or_default(),
            (None, false) => &self.introductions,
        };
        held.iter().map(|held| held.sent.left()).max()
    }

    /// Uses a secret that the other side is known to have.
    pub(super) fn adopt(&mut self, secret: ContactSecret, now: WallTime) {
        if self.key(secret.id).is_none() {
            self.set_exchange_aside();
            self.replace(PairSecret::new(secret, now));
        }
    }

    /// Awaits a secret that the other side comes to have by our answer to it.
    pub(super) fn meet(&mut self, secret: ContactSecret, now: WallTime) {
        if self.key(secret.id).is_none() {
            self.met.insert(0, PairSecret::new(secret, now));
            self.limit_met();
        }
    }

    /// Of too many the oldest goes. Where none is in use the other may have any one of them and no other, as what
    /// it asked for and gave up may come after what it is answered.
    fn limit_met(&mut self) {
        let settled = self.current.iter().len() + self.past.len();
        self.met.truncate(MET_MAX.saturating_sub(settled));
    }

    /// Awaits what comes under these introductions and no others, while the two have nothing better; of too
    /// many, those with the lowest ids, which are the same on both sides. Returns whether anything changed.
    pub(super) fn introduce(&mut self, mut secrets: Vec<ContactSecret>, now: WallTime) -> bool {
        if self.current.is_some() {
            return false;
        }
        secrets.sort_unstable_by_key(|secret| secret.id);
        secrets.dedup_by_key(|secret| secret.id);
        secrets.truncate(INTRODUCTIONS_MAX);
        let before = self.introductions.len();
        // Of one that was used no counter is used again, should it come back.
        self.introductions
            .retain(|held| held.is_used() || secrets.iter().any(|secret| secret.id == held.id));
        let is_known = |held: &[PairSecret], id| held.iter().any(|held: &PairSecret| held.id == id);
        let mut is_changed = self.introductions.len() != before;
        for secret in secrets {
            if !is_known(&self.introductions, secret.id) {
                self.introductions.push(PairSecret::new(secret, now));
                is_changed = true;
            }
        }
        let excess = self.introductions.len();
        let excess = excess.saturating_sub(2 * INTRODUCTIONS_MAX);
        self.introductions.drain(..excess);
        is_changed
    }

    fn replace(&mut self, next: PairSecret) {
        self.is_apart = false;
        let last = self.current.replace(next);
        self.put_by(last);
    }

    /// Keeps those that are in use no more, the latest last, for what is under way.
    fn put_by(&mut self, held: impl IntoIterator<Item = PairSecret>) {
        for held in held {
            self.past.insert(0, held);
        }
        self.past.truncate(SECRETS_KEPT_MAX);
        self.limit_met();
    }

    /// Ends an exchange of shares that a pairing overtook: what came of it is put by, so that neither side
    /// comes to use it afterwards while the other does not.
    fn set_exchange_aside(&mut self) {
        self.proposal = None;
        let answered = self.answered.as_mut();
        let answered = answered.and_then(|answered| answered.secret.take());
        self.put_by(answered);
    }

    /// Puts by what came of invites before the secret that is current now, which both came to since.
    fn retire_met(&mut self) {
        let Some(since) = self.current.as_ref().map(|held| held.made_at) else {
            return;
        };
        let met = std::mem::take(&mut self.met);
        let (before, later) = met.into_iter().partition(|held| held.made_at <= since);
        self.met = later;
        let before: Vec<PairSecret> = before;
        // The current one's predecessor stays the latest.
        let last = (!self.past.is_empty()).then(|| self.past.remove(0));
        self.put_by(before.into_iter().rev().chain(last));
    }

    /// Begins the time for which what came before the current secret is kept: the other is seen to use that.
    /// Until then it may seal under what came before, however long it says nothing.
    fn outdate(&mut self, now: WallTime) {
        for held in self.past.iter_mut().chain(&mut self.introductions) {
            held.replaced_at.get_or_insert(now);
        }
    }

    /// All under which the other may seal.
    pub(super) fn receiving(&self) -> impl Iterator<Item = &PairSecret> {
        self.agreed().chain(&self.introductions)
    }

    /// Those that a session may rest on, the newest first: those that the other may have come to use, the one in
    /// use, and those before it, as whichever step was lost, the other may have one of them alone.
    pub(super) fn agreed(&self) -> impl Iterator<Item = &PairSecret> {
        let answered = self.answered.as_ref();
        let answered = answered.and_then(|answered| answered.secret.as_ref());
        let settled = self.current.iter().chain(&self.past);
        self.met.iter().chain(answered).chain(settled)
    }

    /// Which of those that nobody else knows we would seal under, if there is one.
    pub(super) fn used(&self) -> Option<SecretId> {
        let used = self.current.as_ref().or(self.met.first());
        used.map(|held| held.id)
    }

    /// Whether the other is known to share one that nobody else does.
    pub(super) fn is_agreed(&self) -> bool {
        self.current.is_some()
    }

    fn receiving_mut(&mut self) -> impl Iterator<Item = &mut PairSecret> {
        let used = self.met.iter_mut().chain(&mut self.current);
        let past = self.past.iter_mut().chain(&mut self.introductions);
        used.chain(past)
    }

    pub(super) fn key(&self, id: SecretId) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
        let held = self.receiving().find(|held| held.id == id)?;
        Some(held.key.clone())
    }

    /// Begins to propose another secret once the one in use is old, or known to others as well.
    pub(super) fn propose_if_due(&mut self, now: WallTime, rng: &mut Rng) {
        let is_old = |held: &PairSecret| is_due(held.made_at, SECRET_LIFETIME, now);
        let due = self
            .current
            .as_ref()
            .or(self.met.first())
            .is_none_or(is_old);
        if (due || self.is_apart) && self.proposal.is_none() {
            self.proposed = self.proposed.saturating_add(1);
            self.proposal = Some(Proposal::new(self.proposed, Share::generate(rng)));
        }
    }

    /// How many envelopes are under way that are not known to have come.
    pub(super) fn under_way(&mut self, introduction: Option<SecretId>) -> u64 {
        self.sending(introduction)
            .map_or(0, |held| held.sent.under_way())
    }

    pub(super) fn proposal(&self) -> Option<Proposal> {
        self.proposal.clone()
    }

    pub(super) fn answer(&self) -> Option<Proposal> {
        let answered = self.answered.as_ref()?;
        Some(Proposal::new(answered.number, answered.answer.clone()))
    }

    /// Answers a proposal: from now on what comes under the new secret is found. Returns whether it is new.
    pub(super) fn answer_to(
        &mut self,
        proposal: &Proposal,
        (proposer, own): (DeviceId, DeviceId),
        now: WallTime,
        rng: &mut Rng,
    ) -> bool {
        let last = self.answered.as_ref().map_or(0, |last| last.number);
        if proposal.number <= last {
            return false;
        }
        // Nobody proposes anew who has not heard the last answer, so the other has that secret.
        self.take_into_use(now);
        let answer = Share::generate(rng);
        let secret = ContactSecret::agree((proposer, &proposal.share.0), (own, &answer.0));
        self.answered = Some(Answered {
            number: proposal.number,
            answer,
            secret: Some(PairSecret::new(secret, now)),
        });
        true
    }

    /// Takes the answer to our proposal: the other has the new secret, so that it may be used. Returns
    /// whether it was awaited.
    pub(super) fn conclude(
        &mut self,
        answer: &Proposal,
        (own, answerer): (DeviceId, DeviceId),
        now: WallTime,
    ) -> bool {
        let is_ours = |proposal: &mut Proposal| proposal.number == answer.number;
        let Some(ours) = self.proposal.take_if(is_ours) else {
            return false;
        };
        let secret = ContactSecret::agree((own, &ours.share.0), (answerer, &answer.share.0));
        self.replace(PairSecret::new(secret, now));
        self.retire_met();
        true
    }

    /// How far one looks under a secret that the other sealed under.
    ///
    /// It counts as told then.
    pub(super) fn tell_seen(&mut self) -> Option<(SecretId, u64)> {
        let id = self.seen()?.id;
        let held = self.receiving_mut().find(|held| held.id == id)?;
        held.told = held.seen.highest();
        Some((id, held.told))
    }

    /// How far the other may look, under the secret that we seal under.
    pub(super) fn tell_sent(&self) -> Option<(SecretId, u64)> {
        let introduced = self
            .introductions
            .iter()
            .max_by_key(|held| held.sent.last());
        let used = self.current.as_ref().or(self.met.first()).or(introduced)?;
        Some((used.id, used.sent.last()))
    }

    /// Looks as far as the other says that it went under a secret. Returns whether that was further.
    pub(super) fn advance(&mut self, id: SecretId, last: u64) -> bool {
        let held = self.receiving_mut().find(|held| held.id == id);
        held.is_some_and(|held| held.seen.advance(last))
    }

    /// Whether so much came that the other was not told of that it may soon have to wait.
    pub(super) fn is_due_to_tell(&self) -> bool {
        self.seen()
            .is_some_and(|held| held.untold() >= TAG_WINDOW / 2)
    }

    /// The one of which the other is to be told next how far we look: that of which most was not told yet.
    fn seen(&self) -> Option<&PairSecret> {
        let mut most: Option<&PairSecret> = None;
        // Of equals the first, which is the newest.
        for held in self.receiving().filter(|held| held.seen.highest() > 0) {
            if most.is_none_or(|most| held.untold() > most.untold()) {
                most = Some(held);
            }
        }
        most
    }

    pub(super) fn acknowledge(&mut self, id: SecretId, highest: u64) {
        if let Some(held) = self.receiving_mut().find(|held| held.id == id) {
            held.sent.acknowledge(highest);
        }
    }

    /// Notes that an envelope under a secret was opened.
    pub(super) fn opened(&mut self, at: Awaited, now: WallTime) {
        self.confirm(at.secret, now);
        if let Some(held) = self.receiving_mut().find(|held| held.id == at.secret) {
            held.seen.note(at.counter);
        }
    }

    /// Notes that the other is seen to use a secret: one that we answered with comes into use by that. Returns
    /// whether it is one.
    pub(super) fn confirm(&mut self, id: SecretId, now: WallTime) -> bool {
        if self.current.as_ref().is_some_and(|held| held.id == id) {
            self.outdate(now);
            return false;
        }
        if let Some(at) = self.met.iter().position(|held| held.id == id) {
            let before = self.met.split_off(at);
            let mut before = before.into_iter();
            if let Some(held) = before.next() {
                self.put_by(before.rev().collect::<Vec<_>>());
                self.set_exchange_aside();
                self.replace(held);
                self.outdate(now);
            }
            return true;
        }
        let answered = self.answered.as_ref();
        let unconfirmed = answered.and_then(|answered| answered.secret.as_ref());
        let is_it = unconfirmed.is_some_and(|held| held.id == id);
        if is_it {
            self.take_into_use(now);
        }
        is_it
    }

    /// Uses a secret that a session rests on, whichever it is: both have it, and it may be all that they have in
    /// common. One that was replaced before is due to be replaced again.
    pub(super) fn settle(&mut self, id: SecretId, now: WallTime) {
        if self.confirm(id, now) {
            return;
        }
        if let Some(at) = self.past.iter().position(|held| held.id == id) {
            let mut held = self.past.remove(at);
            held.replaced_at = None;
            self.replace(held);
            self.outdate(now);
        }
    }

    /// Uses the secret that we answered with, as both have it. The answer stays, should it be asked for again.
    fn take_into_use(&mut self, now: WallTime) {
        let answered = self.answered.as_mut();
        if let Some(secret) = answered.and_then(|answered| answered.secret.take()) {
            self.replace(secret);
            self.retire_met();
            self.outdate(now);
        }
    }

    /// Notes, in a session, under which secret the other seals: under none that is in use here, or may come to be,
    /// if the two have come apart by pairings that crossed. Returns whether that is so.
    pub(super) fn compare(&mut self, theirs: SecretId) -> bool {
        let answered = self.answered.as_ref();
        let answered = answered.and_then(|answered| answered.secret.as_ref());
        let ours = self.met.iter().chain(answered).chain(&self.current);
        let mut ours = ours.chain(&self.introductions);
        self.is_apart = self.current.is_some() && ours.all(|held| held.id != theirs);
        self.is_apart
    }

    /// Whether this answers what we propose.
    pub(super) fn is_awaited(&self, answer: &Proposal) -> bool {
        let ours = self.proposal.as_ref();
        ours.is_some_and(|ours| ours.number == answer.number)
    }

    /// Erases secrets that the other is seen to have replaced more than the offline window ago. Returns whether
    /// there were any.
    pub(super) fn erase_past(&mut self, now: WallTime) -> bool {
        let before = self.past.len() + self.introductions.len();
        for held in [&mut self.past, &mut self.introductions] {
            held.retain_mut(|held| !is_past(&mut held.replaced_at, now));
        }
        self.past.len() + self.introductions.len() != before
    }
}
