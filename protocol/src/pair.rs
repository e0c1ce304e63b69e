//! Pairs: what this device keeps of one other device, so that the two find, open and seal each
//! other's envelopes.
//!
//! ```text
//!   Ann's device                                          Ben's device
//!     seals to key 4, tag 17 of secret A  ------------->   finds 17 among the tags it awaits
//!       inside: "for you: key 9", "seen: 12 of A"           opens, erases what 4 replaces
//!                                         <-------------   seals to key 9, tag 13 of secret A
//! ```
//!
//! Invariants
//! - What is told the other device is durable before it leaves; what an envelope brought is taken in
//!   the batch that stores it. So a crash loses no key that the other might seal to.
//! - A tag is used for one envelope. Only the two ends can tell that two tags are of one pair.
//! - No clock decides what is valid: it decides when keys are renewed, and when old ones are erased.

mod ratchet;
mod secrets;
mod tags;

pub use ratchet::{
    RATCHET_KEYS_MAX, RATCHET_LIFETIME, RATCHET_OUTSTANDING_MAX, RatchetKey, ReservedKeys,
};
pub use secrets::{INTRODUCTIONS_MAX, MET_MAX, SECRET_LIFETIME, SECRETS_KEPT_MAX};
pub use tags::{TAG_WINDOW, TagKey};

use std::fmt;
use std::time::Duration;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::id::{DeviceId, SecretId, Tag};
use crate::identity::keys::{KEY_BYTES, check_agreement};
use crate::identity::{IdentityError, secret};
use crate::pairing::ContactSecret;
use crate::rng::Rng;
use crate::time::WallTime;
use crate::wire::{self, DecodeError};
use secrets::Secrets;

/// How long what was replaced still opens what is under way: the offline window.
pub const OFFLINE_WINDOW: Duration = Duration::from_secs(45 * 24 * 60 * 60);
/// Largest encoding of a pair.
pub const PAIR_BYTES_MAX: usize = 16 * 1024;

/// What each tells the other beside what an envelope is for. Absent fields say nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PairNews {
    /// A key reserved for whom this goes to.
    #[n(0)]
    pub ratchet: Option<RatchetKey>,
    /// A share for a new secret.
    #[n(1)]
    pub proposal: Option<Proposal>,
    /// The share that answers the other's proposal of that number.
    #[n(2)]
    pub answer: Option<Proposal>,
    /// How far one looks for the other's envelopes under a secret.
    #[n(3)]
    pub seen: Option<(SecretId, u64)>,
    /// The last counter of the teller's envelopes under a secret, however many of those came.
    #[n(4)]
    pub sent: Option<(SecretId, u64)>,
    /// Which version of the other's card the teller holds.
    #[n(5)]
    pub knows: Option<u64>,
}

/// One side's share in a new secret, and which of the proposals it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Proposal {
    #[n(0)]
    number: u64,
    #[n(1)]
    share: Share,
}

impl Proposal {
    const fn new(number: u64, share: Share) -> Self {
        Self { number, share }
    }
}

/// A random contribution to a secret; erased on drop, never printed.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Share(#[cbor(n(0), with = "secret")] Zeroizing<[u8; KEY_BYTES]>);

impl Share {
    fn generate(rng: &mut Rng) -> Self {
        Self(rng.secret())
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Share(..)")
    }
}

/// By what the next envelope to the other device is sealed and found.
pub struct Outgoing {
    /// Its tag.
    pub tag: Tag,
    /// The secret that goes into its psk.
    pub secret: Zeroizing<[u8; KEY_BYTES]>,
    /// The key to seal to, if the other device reserved one.
    pub ratchet: Option<RatchetKey>,
    /// What to say inside.
    pub news: PairNews,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing")
            .field("tag", &self.tag)
            .field("ratchet", &self.ratchet)
            .finish_non_exhaustive()
    }
}

/// What this device keeps of one other device.
#[derive(Debug, Encode, Decode)]
#[cbor(map)]
pub struct Pair {
    #[n(0)]
    own: DeviceId,
    #[n(1)]
    peer: DeviceId,
    #[n(2)]
    secrets: Secrets,
    #[n(3)]
    reserved: ReservedKeys,
    #[n(4)]
    theirs: Option<RatchetKey>,
    /// Which version of our card the other is known to have.
    #[n(5)]
    #[cbor(default)]
    shown: u64,
    /// When something was last heard of the other; absent: before that was noted.
    #[n(6)]
    heard_at: Option<WallTime>,
}

impl Pair {
    /// Of two devices that share nothing yet.
    #[must_use]
    pub fn new(own: DeviceId, peer: DeviceId) -> Self {
        Self {
            own,
            peer,
            secrets: Secrets::default(),
            reserved: ReservedKeys::default(),
            theirs: None,
            shown: 0,
            heard_at: None,
        }
    }

    /// When something was last heard of the other device, by our clock.
    #[must_use]
    pub const fn heard_at(&self) -> Option<WallTime> {
        self.heard_at
    }

    /// Notes that something was heard of the other device. A clock that was ahead is not believed for longer.
    pub const fn note_heard(&mut self, now: WallTime) {
        self.heard_at = Some(now);
    }

    /// Awaits that the other device uses a secret that it comes to have by our answer, as it used an invite of
    /// ours.
    pub fn meet(&mut self, secret: ContactSecret, now: WallTime) {
        self.secrets.meet(secret, now);
    }

    /// Takes over a secret that the other device is known to have.
    pub fn agree(&mut self, secret: ContactSecret, now: WallTime) {
        self.secrets.adopt(secret, now);
    }

    /// Awaits what comes under secrets that follow from what the members of the rooms know that both are in,
    /// until the two have agreed on one of their own. Returns whether anything changed.
    pub fn introduce(&mut self, secrets: Vec<ContactSecret>, now: WallTime) -> bool {
        self.secrets.introduce(secrets, now)
    }

    /// Whether another letter with the keys of a chain may go: of those under way that are not known to have
    /// come, half are left for what our person writes to the other alone.
    #[must_use]
    pub fn may_hand_over(&mut self, introduction: Option<SecretId>) -> bool {
        self.secrets.under_way(introduction) < TAG_WINDOW / 2
    }

    /// How many more envelopes can be sealed before one of those under way is known to have come; absent where
    /// there is no secret to seal under.
    #[must_use]
    pub fn places(&self) -> Option<u64> {
        self.secrets.places()
    }

    /// By what the next envelope is sealed: under the secret in use, or that introduction. Nothing
    /// without any, and while as many as can be found are under way and none is known to have come.
    ///
    /// This pair must be durable before the envelope leaves.
    pub fn send(
        &mut self,
        introduction: Option<SecretId>,
        now: WallTime,
        rng: &mut Rng,
    ) -> Option<Outgoing> {
        let (own, peer) = (self.own, self.peer);
        let held = self.secrets.sending(introduction)?;
        let counter = held.sent.next()?;
        let tag = TagKey::new(&held.key, own, peer).tag(counter);
        let secret = held.key.clone();
        Some(Outgoing {
            tag,
            secret,
            ratchet: self.theirs,
            news: self.tell(now, rng),
        })
    }

    /// What the other device should be told, in an envelope or a session.
    pub fn tell(&mut self, now: WallTime, rng: &mut Rng) -> PairNews {
        // One of the two proposes, so that they never agree on two at once.
        if self.own < self.peer {
            self.secrets.propose_if_due(now, rng);
        }
        PairNews {
            ratchet: Some(self.reserved.offer(now, rng)),
            proposal: self.secrets.proposal(),
            answer: self.secrets.answer(),
            seen: self.secrets.tell_seen(),
            sent: self.secrets.tell_sent(),
            knows: None,
        }
    }

    /// Whether so much came of the other device without its having been told that it may soon have to wait:
    /// a letter that says no more than [`PairNews`] is due.
    #[must_use]
    pub fn is_due_to_tell(&self) -> bool {
        self.secrets.is_due_to_tell()
    }

    /// Takes what the other device told, authenticated as its own. Returns whether it is to be told
    /// something in turn: that we look as far as it went, our answer to a proposal, or that its answer came.
    ///
    /// # Errors
    /// [`IdentityError::Key`] for a key that is unfit for use; nothing is changed then.
    pub fn hear(
        &mut self,
        news: &PairNews,
        now: WallTime,
        rng: &mut Rng,
    ) -> Result<bool, IdentityError> {
        if let Some(key) = &news.ratchet {
            check_agreement(&key.public)?;
            // A lower one never replaces a higher: envelopes come in any order.
            if self.theirs.map_or(0, |held| held.number) < key.number {
                self.theirs = Some(*key);
            }
        }
        let (own, peer) = (self.own, self.peer);
        let mut is_to_tell = false;
        if let Some(proposal) = &news.proposal
            && peer < own
        {
            is_to_tell |= self.secrets.answer_to(proposal, (peer, own), now, rng);
        }
        if let Some(answer) = &news.answer
            && own < peer
        {
            is_to_tell |= self.secrets.conclude(answer, (own, peer), now);
        }
        self.show(news.knows.unwrap_or_default());
        if let Some((secret, highest)) = news.seen {
            self.secrets.acknowledge(secret, highest);
        }
        if let Some((secret, last)) = news.sent {
            self.secrets.confirm(secret, now);
            is_to_tell |= self.secrets.advance(secret, last);
        }
        Ok(is_to_tell)
    }

    /// Looks, in a session, whether the two have come apart: then the next secret is agreed on at once. What
    /// comes late, in a letter, says nothing of that. Returns whether this device is to propose it.
    pub fn compare(&mut self, news: &PairNews) -> bool {
        let is_answer = |answer| self.secrets.is_awaited(answer);
        if news.answer.as_ref().is_some_and(is_answer) {
            return false;
        }
        let sent = news.sent.map(|(secret, _)| secret);
        let is_apart = sent.is_some_and(|secret| self.secrets.compare(secret));
        is_apart && self.own < self.peer
    }

    /// The secrets that a session may rest on, the newest first.
    #[must_use]
    pub fn agreed(&self) -> Vec<ContactSecret> {
        let agreed = self.secrets.agreed();
        agreed.map(secrets::PairSecret::secret).collect()
    }

    /// The secrets by which the two find each other: first that which the other is known to have, or is about to, if there
    /// is one, then those that it may use.
    #[must_use]
    pub fn found_by(&self) -> Vec<ContactSecret> {
        let mut agreed = self.agreed();
        let used = self.secrets.used();
        agreed.sort_by_key(|secret| Some(secret.id) != used);
        agreed
    }

    /// Whether the other device is known to share a secret with this one: no session is without one then.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        self.secrets.is_agreed()
    }

    /// Notes that a session with the other device rests on this secret, so that it has it.
    pub fn confirm(&mut self, secret: SecretId, now: WallTime) {
        self.secrets.settle(secret, now);
    }

    /// Notes that the other has this version of our card.
    pub fn show(&mut self, version: u64) {
        self.shown = self.shown.max(version);
    }

    /// Which version of our card the other is known to have; 0: none.
    #[must_use]
    pub fn shown(&self) -> u64 {
        self.shown
    }

    /// Notes that an envelope was opened: what it used is used.
    pub fn opened(&mut self, at: Awaited, ratchet: u64, now: WallTime) {
        self.secrets.opened(at, now);
        self.reserved.used(ratchet);
    }

    /// Every tag under which an envelope of the other device may come.
    pub fn awaited(&self) -> impl Iterator<Item = (Tag, Awaited)> {
        let (own, peer) = (self.own, self.peer);
        self.secrets.receiving().flat_map(move |held| {
            let mut tags = TagKey::new(&held.key, peer, own).tags();
            let secret = held.id;
            held.seen.awaited().map(move |counter| {
                let tag = tags.tag(counter);
                (tag, Awaited { secret, counter })
            })
        })
    }

    /// The secret that an awaited tag belongs to.
    #[must_use]
    pub fn secret(&self, at: Awaited) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
        self.secrets.key(at.secret)
    }

    /// The keys that this device reserved for the other.
    #[must_use]
    pub fn reserved(&self) -> &ReservedKeys {
        &self.reserved
    }

    /// The other device.
    #[must_use]
    pub fn peer(&self) -> DeviceId {
        self.peer
    }

    /// Erases what is past the offline window. Returns whether anything changed.
    pub fn erase_past(&mut self, now: WallTime) -> bool {
        let secrets = self.secrets.erase_past(now);
        self.reserved.erase_past(now) || secrets
    }

    /// Encodes everything, for the store alone.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret::encode_all(self, PAIR_BYTES_MAX)
    }

    /// Decodes what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`DecodeError`] when it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        wire::decode(bytes, PAIR_BYTES_MAX)
    }
}

/// Where an envelope that may come belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// The secret that its tag comes of.
    pub secret: SecretId,
    /// Which of the tags.
    pub counter: u64,
}

/// Whether what has `made_at` is older than `lifetime`, or was made by a clock that has gone back
/// since, so that it would stay for too long.
fn is_due(made_at: WallTime, lifetime: Duration, now: WallTime) -> bool {
    now >= made_at.after(lifetime) || made_at > now
}

/// Whether what was replaced then is past the offline window.
fn is_past(replaced_at: &mut Option<WallTime>, now: WallTime) -> bool {
    let Some(replaced) = replaced_at else {
        return false;
    };
    replaced.begin_anew_if_wrong(now);
    now >= replaced.after(OFFLINE_WINDOW)
}

#[cfg(test)]
mod tests;
