//! Pairs: what this device shares with each other one, for sessions with it and for its letters.
//!
//! ```text
//!   a pairing, or a session with a member --> secrets that both hold: one change over to the next
//!   a room that both are in               --> a secret by which letters are found until then
//!   a tag on an envelope                  --> of which device, under which secret
//! ```
//!
//! Invariants
//! - What changes is durable before anything leaves that rests on it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use crate::id::{DeviceId, SecretId, Tag};
use crate::pair::{Awaited, Pair, PairNews};
use crate::pairing::ContactSecret;
use crate::record::{Change, PairRecord, Profile, SecretBytes};
use crate::time::WallTime;
use crate::wire::DecodeError;

/// All pairs.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pairs: BTreeMap<DeviceId, Pair>,
    /// Where what comes under a tag belongs.
    places: BTreeMap<Tag, (DeviceId, Awaited)>,
    /// The tags of each device, for taking them out.
    tags: BTreeMap<DeviceId, Vec<Tag>>,
    /// The tags that are awaited since they were last asked for.
    fresh: Vec<Tag>,
    /// Those whose secrets a store keeps as it did before there were pairs.
    inherited: Vec<DeviceId>,
}

impl Pairs {
    /// Goes on from what a store holds.
    ///
    /// # Errors
    /// [`DecodeError`] when a pair is damaged: whoever forgot what it shares could neither find letters
    /// nor open a session.
    pub(super) fn restore(own: DeviceId, profile: &Profile) -> Result<Self, DecodeError> {
        let mut pairs = Self::default();
        for record in &profile.pairs {
            let pair = Pair::from_bytes(record.state.expose())?;
            pairs.pairs.insert(record.device, pair);
        }
        // The latest is the first, and the last to be taken over.
        for secret in profile.contact_secrets.iter().rev() {
            let device = secret.device;
            let has_own = profile.pairs.iter().any(|pair| pair.device == device);
            if let Ok(key) = <[u8; 32]>::try_from(secret.key.expose())
                && !has_own
            {
                let (id, key) = (secret.id, key.into());
                let pair = pairs.pairs.entry(device);
                let pair = pair.or_insert_with(|| Pair::new(own, device));
                pair.agree(ContactSecret { id, key }, secret.created_at);
            }
            if !pairs.inherited.contains(&device) {
                pairs.inherited.push(device);
            }
        }
        let held: Vec<DeviceId> = pairs.pairs.keys().copied().collect();
        held.into_iter().for_each(|device| pairs.index(device));
        Ok(pairs)
    }

    /// Makes what was kept otherwise durable as pairs.
    pub(super) fn inherit(&mut self, context: &mut Context<'_>) {
        for device in std::mem::take(&mut self.inherited) {
            self.keep(device, context);
            context.persist(Change::DeleteContactSecrets(device));
        }
    }

    /// The pair with a device.
    pub(super) fn get(&self, device: &DeviceId) -> Option<&Pair> {
        self.pairs.get(device)
    }

    /// The secrets that a session with a device may rest on, the newest first.
    pub(super) fn agreed(&self, device: &DeviceId) -> Vec<ContactSecret> {
        self.pairs.get(device).map(Pair::agreed).unwrap_or_default()
    }

    /// The secrets by which a device and this one find each other, the one that is in use first.
    pub(super) fn found_by(&self, device: &DeviceId) -> Vec<ContactSecret> {
        let pair = self.pairs.get(device);
        pair.map(Pair::found_by).unwrap_or_default()
    }

    /// Whether a device is to be shown our card as it is now.
    pub(super) fn lacks_card(&self, device: &DeviceId, context: &Context<'_>) -> bool {
        let shown = self.pairs.get(device).map_or(0, Pair::shown);
        shown < context.own.version()
    }

    /// Whether a device is not known to have a card with the transport key that this one has now, and may have one with
    /// another.
    pub(super) fn lacks_transport(&self, device: &DeviceId, context: &Context<'_>) -> bool {
        let shown = self.pairs.get(device).map_or(0, Pair::shown);
        shown < context.own.transport_version()
    }

    /// Whether a device is known to share a secret with this one.
    pub(super) fn is_agreed(&self, device: &DeviceId) -> bool {
        self.pairs.get(device).is_some_and(Pair::is_agreed)
    }

    /// Whether another letter with the keys of a chain may go to a device.
    pub(super) fn may_hand_over(
        &mut self,
        device: &DeviceId,
        introduction: Option<SecretId>,
    ) -> bool {
        let pair = self.pairs.get_mut(device);
        pair.is_some_and(|pair| pair.may_hand_over(introduction))
    }

    /// Where what comes under a tag belongs, if it is a letter's.
    pub(super) fn place(&self, tag: &Tag) -> Option<(DeviceId, Awaited)> {
        self.places.get(tag).copied()
    }

    /// Awaits a secret that a device comes to have by our answer to its use of an invite.
    pub(super) fn meet(
        &mut self,
        device: DeviceId,
        secret: ContactSecret,
        context: &mut Context<'_>,
    ) {
        let now = context.now.wall;
        let pair = self.known(device, context);
        pair.meet(secret, now);
        pair.note_heard(now);
        self.keep(device, context);
    }

    /// Takes over a secret that a device had before it answered our use of its invite; beside another that is in
    /// use, until the device is seen to use it: the answer may have come late.
    pub(super) fn agree(
        &mut self,
        device: DeviceId,
        secret: ContactSecret,
        context: &mut Context<'_>,
    ) {
        let now = context.now.wall;
        let pair = self.known(device, context);
        pair.note_heard(now);
        if pair.is_agreed() {
            pair.meet(secret, now);
        } else {
            pair.agree(secret, now);
        }
        self.keep(device, context);
    }

    /// Awaits letters of a device under secrets that follow from the rooms that both are in.
    pub(super) fn introduce(
        &mut self,
        device: DeviceId,
        secrets: Vec<ContactSecret>,
        context: &Context<'_>,
    ) {
        let now = context.now.wall;
        if self.known(device, context).introduce(secrets, now) {
            self.index(device);
        }
    }

    /// Changes a pair, if there is one; nothing is kept if nothing comes of it.
    pub(super) fn change<T>(
        &mut self,
        device: DeviceId,
        context: &mut Context<'_>,
        change: impl FnOnce(&mut Pair, &mut Context<'_>) -> Option<T>,
    ) -> Option<T> {
        let changed = change(self.pairs.get_mut(&device)?, context)?;
        self.keep(device, context);
        Some(changed)
    }

    /// What a device is to be told in a session that has begun, which rests on this secret, now that this version of its
    /// card is known. What it knows of ours it says itself: the session may end before our first message comes, with
    /// which it takes the card that it was shown.
    pub(super) fn greet(
        &mut self,
        device: DeviceId,
        secret: Option<SecretId>,
        known: u64,
        context: &mut Context<'_>,
    ) -> PairNews {
        let now = context.now.wall;
        let pair = self.known(device, context);
        if let Some(secret) = secret {
            pair.confirm(secret, now);
        }
        pair.note_heard(now);
        let news = pair.tell(now, context.rng);
        self.keep(device, context);
        let knows = Some(known);
        PairNews { knows, ..news }
    }

    /// What a device is to be told once it has shown another card of its own, of this version.
    pub(super) fn acknowledge(
        &mut self,
        device: DeviceId,
        version: u64,
        context: &mut Context<'_>,
    ) -> Option<PairNews> {
        self.change(device, context, |pair, context| {
            let news = pair.tell(context.now.wall, context.rng);
            let knows = Some(version);
            Some(PairNews { knows, ..news })
        })
    }

    /// Takes what a device tells in a session; returns what it is to be told then.
    pub(super) fn hear(
        &mut self,
        device: DeviceId,
        news: &PairNews,
        context: &mut Context<'_>,
    ) -> Option<PairNews> {
        self.change(device, context, |pair, context| {
            let now = context.now.wall;
            let before = pair.to_bytes();
            let is_to_propose = pair.compare(news);
            // An unfit key of theirs harms themselves alone.
            let is_to_tell = pair.hear(news, now, context.rng).unwrap_or(false);
            let told = (is_to_tell || is_to_propose).then(|| pair.tell(now, context.rng));
            // Nothing that was said before is written again.
            (pair.to_bytes() != before).then_some(told)
        })?
    }

    /// All tags that are awaited.
    pub(super) fn awaited(&self) -> impl Iterator<Item = Tag> {
        self.places.keys().copied()
    }

    /// The tags that have come to be awaited since this was last asked.
    pub(super) fn take_fresh(&mut self) -> Vec<Tag> {
        std::mem::take(&mut self.fresh)
    }

    /// Whether nothing was heard of a device for so long.
    pub(super) fn is_dormant(&self, device: &DeviceId, after: Duration, now: WallTime) -> bool {
        let heard = self.pairs.get(device).and_then(Pair::heard_at);
        heard.is_some_and(|heard| heard.after(after) < now)
    }

    /// Erases what is past the offline window.
    pub(super) fn tick(&mut self, context: &mut Context<'_>) {
        let now = context.now.wall;
        let pairs = self.pairs.iter_mut();
        let changed = pairs.filter_map(|(device, pair)| pair.erase_past(now).then_some(*device));
        for device in changed.collect::<Vec<_>>() {
            self.keep(device, context);
        }
    }

    fn known(&mut self, device: DeviceId, context: &Context<'_>) -> &mut Pair {
        let own = context.own.device();
        let pair = self.pairs.entry(device);
        pair.or_insert_with(|| Pair::new(own, device))
    }

    /// Makes a pair durable, and awaits its tags as they are now.
    fn keep(&mut self, device: DeviceId, context: &mut Context<'_>) {
        if let Some(pair) = self.pairs.get(&device) {
            let state = SecretBytes::from(pair.to_bytes());
            context.persist(Change::PutPair(PairRecord { device, state }));
        }
        self.index(device);
    }

    fn index(&mut self, device: DeviceId) {
        let before = self.tags.remove(&device).unwrap_or_default();
        for tag in &before {
            self.places.remove(tag);
        }
        let Some(pair) = self.pairs.get(&device) else {
            return;
        };
        let mut tags = Vec::new();
        for (tag, at) in pair.awaited() {
            self.places.insert(tag, (device, at));
            if !before.contains(&tag) {
                self.fresh.push(tag);
            }
            tags.push(tag);
        }
        self.tags.insert(device, tags);
    }
}
