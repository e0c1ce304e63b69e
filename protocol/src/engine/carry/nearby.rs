//! Nearby: what is said to whoever is there, without contacts, and how it goes from one neighbour to the next.
//!
//! ```text
//!   our person --post--> board --> every neighbour who said what they have heard (Heard)
//!   a neighbour --hear----^           the check-ins first, then the newest
//! ```
//!
//! Invariants
//! - What others say is kept once its signature was checked, and as far as its key and who brings it may say so much.
//! - Turned off, nothing is kept, passed on or asked for; and what was heard is forgotten, with our key.
//! - Our key is for this alone: it is drawn anew, and says nothing of who we are.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::allowance::{Allowance, Rate};
use super::meeting::{COMPARE_INTERVAL, is_contact};
use super::peers::{ALLOWANCES_MAX, make_room};
use super::{Carry, OWN_HOPS_MAX};
use crate::carry::{
    Board, CarriedNotice, CarryFrame, Depositor, HEARD_MAX, HOPS_MAX, NOTICES_MAX, Notice,
    NoticeError, NoticeHint, NoticeKind, NoticeText, OF_KIND_MAX, PASSED_MAX, Posted, SignedNotice,
};
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::fill::{Fills, Queue};
use crate::engine::{CommandError, LinkId};
use crate::id::{NearbyKey, NoticeId, TransportId};
use crate::identity::{SigningSecret, check_chosen_name};
use crate::record::{Change, NearbyKeyRecord, NoticeRecord, Outcome, Profile, SecretBytes};
use crate::time::{CarryTime, Monotonic};

/// What one notice takes of an allowance: what comes in so many seconds is counted in whole ones.
const EACH: u64 = 3600;
/// Notices that are taken of one key at once.
pub(in crate::engine) const OF_KEY_AT_ONCE_MAX: u64 = 40;
/// Notices that are taken of one key in each hour after that.
pub(in crate::engine) const OF_KEY_HOURLY_MAX: u64 = 30;
/// Notices that are taken of one neighbour at once, whoever wrote them.
pub(in crate::engine) const OF_NEIGHBOUR_AT_ONCE_MAX: u64 = 512;
/// Notices that are taken of one neighbour in each hour after that.
pub(in crate::engine) const OF_NEIGHBOUR_HOURLY_MAX: u64 = 360;
/// What one key may say.
const KEY: Rate = Rate {
    most: OF_KEY_AT_ONCE_MAX * EACH,
    each_second: OF_KEY_HOURLY_MAX,
};
/// What one neighbour may bring.
const NEIGHBOUR: Rate = Rate {
    most: OF_NEIGHBOUR_AT_ONCE_MAX * EACH,
    each_second: OF_NEIGHBOUR_HOURLY_MAX,
};
/// Within what time our person may say so much and no more.
const OWN_TIME: Duration = Duration::from_hours(1);
/// Messages that our person says within that: fewer than others take of one key.
pub(in crate::engine) const OWN_MESSAGES_MAX: usize = 20;
/// For fewer milliseconds than this, a notice of our own claims to have been carried.
const OWN_AGE_MILLIS: u32 = 10 * 60 * 1000;
/// Notices that wait to go to one neighbour.
const QUEUED_MAX: usize = HEARD_MAX;

/// How often a neighbour may say what they have heard, so that they get the rest: so often at once.
pub(in crate::engine) const WELCOMES_AT_ONCE_MAX: u64 = 4;
/// Once more in so many seconds after that.
pub(in crate::engine) const WELCOME_SECONDS: u64 = 120;
/// What that comes to.
const WELCOMES: Rate = Rate {
    most: WELCOMES_AT_ONCE_MAX * WELCOME_SECONDS,
    each_second: 1,
};

/// What goes to a neighbour next, the first first.
type Place = (NoticeKind, Reverse<CarryTime>, NoticeId);

/// What of what is said nearby goes to one neighbour.
#[derive(Debug)]
pub(super) struct Notices {
    queue: BTreeSet<Place>,
    /// How often they may say anew what they have heard.
    welcomes: Allowance,
}

/// What was heard, and what is needed to take part.
#[derive(Debug)]
pub(super) struct Nearby {
    is_on: bool,
    board: Board,
    own: Option<NearbyKeyRecord>,
    of_key: BTreeMap<NearbyKey, Allowance>,
    of_peer: BTreeMap<TransportId, Allowance>,
    /// When we say anew what we have heard.
    say_at: Monotonic,
}

impl Nearby {
    /// Goes on from what a store holds.
    pub(super) fn restore(profile: &Profile) -> Self {
        let (notices, passed) = (&profile.notices, &profile.passed);
        Self {
            is_on: profile.settings.nearby,
            board: Board::restore(notices.iter().cloned(), passed.iter().copied()),
            own: profile.nearby_key.clone(),
            of_key: BTreeMap::new(),
            of_peer: BTreeMap::new(),
            say_at: Monotonic::default(),
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let mut of_kind: BTreeMap<NoticeKind, usize> = BTreeMap::new();
        for (kind, of_key) in self.board.of_keys() {
            fills.note(Queue::NoticesOfKey, of_key, kind.of_key_max());
            *of_kind.entry(kind).or_default() += of_key;
        }
        for notices in of_kind.into_values() {
            fills.note(Queue::Notices, notices, OF_KIND_MAX);
        }
        fills.note(Queue::PassedKeys, self.board.passed(), PASSED_MAX);
        for kept in [self.of_key.len(), self.of_peer.len()] {
            fills.note(Queue::Allowances, kept, ALLOWANCES_MAX);
        }
    }

    /// Whether our person may say one more of a kind: how much there was within the last hour is told by our own
    /// clock, which nobody else has to trust.
    fn may_say(&self, kind: NoticeKind, context: &Context<'_>) -> bool {
        let most = match kind {
            NoticeKind::Message => OWN_MESSAGES_MAX,
            NoticeKind::CheckIn => kind.of_key_max(),
        };
        let now = context.now.wall;
        let ours = self.board.iter().filter(|one| one.is_ours());
        let latest = ours.filter(|one| {
            one.notice.said().kind == kind
                && one.received_at <= now
                && now < one.received_at.after(OWN_TIME)
        });
        latest.count() < most
    }

    /// Whether a neighbour may bring one notice more.
    fn allows_peer(&mut self, peer: TransportId, now: Monotonic) -> bool {
        make_room(&mut self.of_peer, &peer, now);
        let allowance = self.of_peer.entry(peer);
        let allowance = allowance.or_insert_with(|| Allowance::new(NEIGHBOUR, now));
        allowance.take(EACH, now)
    }

    /// Whether a key may say one thing more.
    fn allows_key(&mut self, key: NearbyKey, now: Monotonic) -> bool {
        make_room(&mut self.of_key, &key, now);
        let allowance = self.of_key.entry(key);
        let allowance = allowance.or_insert_with(|| Allowance::new(KEY, now));
        allowance.take(EACH, now)
    }

    /// The number of our next notice, and the key to sign it by.
    fn next(&self, context: &mut Context<'_>) -> (NearbyKeyRecord, SigningSecret) {
        let kept = self.own.as_ref();
        let kept = kept.and_then(|own| Some((own.number, own.secret.expose().try_into().ok()?)));
        let (number, key) = match kept {
            Some((number, secret)) => (number, SigningSecret::from_bytes(&secret)),
            None => (0, SigningSecret::generate(context.rng)),
        };
        let record = NearbyKeyRecord {
            secret: SecretBytes::new(key.as_bytes().to_vec()),
            number: number.saturating_add(1),
        };
        (record, key)
    }
}

impl Carry {
    /// Says something to whoever is near.
    pub(in crate::engine) fn post(
        &mut self,
        kind: NoticeKind,
        name: Option<String>,
        text: String,
        context: &mut Context<'_>,
    ) -> Result<Outcome, CommandError> {
        if !self.nearby.is_on {
            return Err(CommandError::NearbyOff);
        }
        let name = name.unwrap_or_else(|| context.own.name().to_owned());
        check_chosen_name(&name).map_err(|_| CommandError::Name)?;
        if !self.nearby.may_say(kind, context) {
            return Err(CommandError::TooManyNotices);
        }
        let (own, key) = self.nearby.next(context);
        let said = NoticeText {
            kind,
            name: name.trim().to_owned(),
            number: own.number,
            written_at: context.now.wall,
            lifetime_hours: kind.lifetime_hours(),
            text,
        };
        let notice = Notice::sign(said, &key).map_err(|_| CommandError::NoticeText)?;
        context.persist(Change::PutNearbyKey(own.clone()));
        self.nearby.own = Some(own);
        let id = notice.id();
        // Whoever gets it first is not to see that nobody had it before.
        let [hops, age @ ..] = context.rng.bytes::<5>();
        let age = Duration::from_millis(u64::from(u32::from_le_bytes(age) % OWN_AGE_MILLIS));
        let brought = (age, hops % (OWN_HOPS_MAX + 1), Depositor::OWN);
        self.put_up(notice, brought, None, context);
        Ok(Outcome::Posted { notice: id })
    }

    /// Turns it on or off.
    pub(in crate::engine) fn set_nearby(&mut self, is_on: bool, context: &mut Context<'_>) {
        if self.nearby.is_on == is_on {
            return;
        }
        self.nearby.is_on = is_on;
        if !is_on {
            self.nearby.board = Board::default();
            self.nearby.own = None;
            for neighbour in self.neighbours.values_mut() {
                if let Some(notices) = &mut neighbour.notices {
                    notices.queue.clear();
                }
            }
            context.persist(Change::ForgetNearby);
            return;
        }
        let links: Vec<LinkId> = self.neighbours.keys().copied().collect();
        for link in links {
            self.say_heard(link, context);
        }
    }

    /// Has what our person says from now on be signed by another key.
    pub(in crate::engine) fn renew_nearby_key(&mut self, context: &mut Context<'_>) {
        if self.nearby.own.is_none() {
            return;
        }
        let key = SigningSecret::generate(context.rng);
        let own = NearbyKeyRecord {
            secret: SecretBytes::new(key.as_bytes().to_vec()),
            number: 0,
        };
        context.persist(Change::PutNearbyKey(own.clone()));
        self.nearby.own = Some(own);
    }

    /// Tells a neighbour what was heard here, so that they bring what was not.
    pub(super) fn say_heard(&mut self, link: LinkId, context: &mut Context<'_>) {
        if !self.nearby.is_on {
            return;
        }
        let at = context.now.monotonic + COMPARE_INTERVAL;
        if self.nearby.say_at <= context.now.monotonic {
            self.nearby.say_at = at;
        }
        context.wake(self.nearby.say_at);
        if let Some(neighbour) = self.neighbours.get_mut(&link) {
            let heard = CarryFrame::Heard(self.nearby.board.hints());
            neighbour.send(link, &heard, context);
        }
    }

    /// Has a neighbour who says what they have heard get the rest.
    pub(super) fn welcome(&mut self, link: LinkId, hints: &[NoticeHint], context: &Context<'_>) {
        let now = context.now.monotonic;
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return;
        };
        let notices = neighbour.notices.get_or_insert_with(|| Notices::new(now));
        if !self.nearby.is_on || !notices.welcomes.take(WELCOME_SECONDS, now) {
            return;
        }
        let hints: BTreeSet<&NoticeHint> = hints.iter().collect();
        let lacked = self.nearby.board.iter();
        let lacked = lacked.filter(|record| !hints.contains(&record.notice.hint()));
        lacked.for_each(|record| notices.queue(record));
    }

    /// Takes what a neighbour brings of what others say.
    ///
    /// An error says how it broke the protocol.
    pub(super) fn hear(
        &mut self,
        link: LinkId,
        notices: &[CarriedNotice],
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let Some(neighbour) = self.neighbours.get(&link) else {
            return Ok(());
        };
        let (peer, now) = (neighbour.peer, context.now.monotonic);
        let bytes = notices.iter().map(|one| one.notice.len()).sum();
        let is_contact = is_contact(&peer, directory);
        if !self.nearby.is_on || !self.peers.allows(peer, is_contact, bytes, now) {
            return Ok(());
        }
        let depositor = Self::depositor(&peer, context);
        for carried in notices {
            let signed = match SignedNotice::from_bytes(&carried.notice) {
                Ok(signed) => signed,
                Err(NoticeError::Newer) => continue,
                Err(error) => return Err(error.to_string()),
            };
            let age = Duration::from_millis(carried.age_millis);
            let checked = self.nearby.board.check(signed.claimed(), age, carried.hops);
            if checked.is_err() || !self.nearby.allows_peer(peer, now) {
                continue;
            }
            let notice = signed.verify().map_err(|error| error.to_string())?;
            if self.nearby.allows_key(notice.key(), now) {
                let brought = (age, carried.hops, depositor);
                self.put_up(notice, brought, Some(link), context);
            }
        }
        Ok(())
    }

    /// Sends a neighbour what waits for them, as far as there is credit.
    pub(super) fn pump_notices(&mut self, link: LinkId, context: &mut Context<'_>) {
        let now = self.time(context);
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return;
        };
        while neighbour.has_credit() {
            let Some(notices) = &mut neighbour.notices else {
                return;
            };
            let mut next = Vec::new();
            while next.len() < NOTICES_MAX
                && let Some((_, _, id)) = notices.queue.pop_first()
            {
                next.extend(
                    self.nearby
                        .board
                        .get(&id)
                        .and_then(|one| carried_notice(one, now)),
                );
            }
            if next.is_empty() {
                return;
            }
            neighbour.send(link, &CarryFrame::Notices(next), context);
        }
    }

    /// Drops what is over, and says anew what was heard.
    pub(super) fn tick_nearby(&mut self, context: &mut Context<'_>) {
        let now = self.time(context);
        let posted = self.nearby.board.expire(now);
        note(posted, context);
        if let Some(next) = self.nearby.board.next_at() {
            context.wake(context.now.monotonic + next.since(now));
        }
        if self.nearby.is_on && self.nearby.say_at <= context.now.monotonic {
            let links: Vec<LinkId> = self.neighbours.keys().copied().collect();
            for link in links {
                self.say_heard(link, context);
            }
        }
    }

    /// Keeps a notice, and passes it on to all neighbours but the one that brought it.
    fn put_up(
        &mut self,
        notice: Notice,
        (age, hops, depositor): (Duration, u8, Depositor),
        from: Option<LinkId>,
        context: &mut Context<'_>,
    ) {
        let now = self.time(context);
        let lifetime = notice.said().lifetime();
        let record = NoticeRecord {
            notice,
            kept_at: now,
            expires_at: now + lifetime.saturating_sub(age),
            hops,
            depositor,
            received_at: context.now.wall,
        };
        context.persist(Change::PutNotice(Box::new(record.clone())));
        let posted = self.nearby.board.put(record.clone(), now);
        let is_kept = !posted.dropped.contains(&record.notice.id());
        note(posted, context);
        self.note_time(context);
        context.wake(context.now.monotonic + record.expires_at.since(now));
        let links = self.neighbours.keys().copied();
        let others: Vec<LinkId> = links
            .filter(|link| is_kept && Some(*link) != from)
            .collect();
        for link in others {
            let neighbour = self.neighbours.get_mut(&link);
            if let Some(notices) = neighbour.and_then(|one| one.notices.as_mut()) {
                notices.queue(&record);
                self.pump_notices(link, context);
            }
        }
    }
}

impl Notices {
    const fn new(now: Monotonic) -> Self {
        Self {
            queue: BTreeSet::new(),
            welcomes: Allowance::new(WELCOMES, now),
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        fills.note(Queue::ToHear, self.queue.len(), QUEUED_MAX);
    }

    /// Has a notice go to them; the last in turn makes room for it.
    fn queue(&mut self, record: &NoticeRecord) {
        let kind = record.notice.said().kind;
        let place = (kind, Reverse(record.kept_at), record.notice.id());
        self.queue.insert(place);
        if self.queue.len() > QUEUED_MAX {
            self.queue.pop_last();
        }
    }
}

/// A notice as it goes to a neighbour, unless it is over or came far enough.
fn carried_notice(record: &NoticeRecord, now: CarryTime) -> Option<CarriedNotice> {
    let left = record.expires_at.since(now);
    if left.is_zero() || record.hops >= HOPS_MAX {
        return None;
    }
    let lifetime = record.notice.said().lifetime();
    let age = lifetime.saturating_sub(left).as_millis();
    Some(CarriedNotice {
        age_millis: u64::try_from(age).unwrap_or(u64::MAX),
        hops: record.hops.saturating_add(1),
        notice: record.notice.as_bytes().to_vec().into(),
    })
}

/// Makes durable what is kept no longer.
fn note(posted: Posted, context: &mut Context<'_>) {
    for id in posted.dropped {
        context.persist(Change::DropNotice(id));
    }
    for passed in posted.passed {
        context.persist(Change::PutPassed(passed));
    }
    for (key, kind) in posted.forgotten {
        context.persist(Change::DropPassed { key, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u64, kind: NoticeKind) -> NoticeRecord {
        let said = NoticeText {
            kind,
            name: "Ann".to_owned(),
            number,
            written_at: crate::time::WallTime::from_millis(0),
            lifetime_hours: 1,
            text: "x".to_owned(),
        };
        NoticeRecord {
            notice: Notice::sign(said, &SigningSecret::from_bytes(&[7; 32])).unwrap(),
            kept_at: CarryTime::from_millis(number),
            expires_at: CarryTime::from_millis(u64::MAX),
            hops: 0,
            depositor: Depositor::OWN,
            received_at: crate::time::WallTime::from_millis(0),
        }
    }

    #[test]
    fn no_more_waits_for_a_neighbour_than_may_be_and_the_least_urgent_gives_way() {
        let mut notices = Notices::new(Monotonic::default());
        let most = u64::try_from(QUEUED_MAX).unwrap();
        (1..=most).for_each(|number| notices.queue(&record(number, NoticeKind::Message)));
        assert_eq!(notices.queue.len(), QUEUED_MAX);
        let oldest = record(1, NoticeKind::Message).notice.id();
        assert_eq!(notices.queue.last().unwrap().2, oldest);
        let check_in = record(1, NoticeKind::CheckIn);
        notices.queue(&check_in);
        assert_eq!(notices.queue.len(), QUEUED_MAX);
        assert_eq!(notices.queue.first().unwrap().2, check_in.notice.id());
        assert_ne!(notices.queue.last().unwrap().2, oldest);
    }

    #[test]
    fn our_person_is_held_to_less_than_others_take_of_one_key() {
        let own = OWN_MESSAGES_MAX + NoticeKind::CheckIn.of_key_max();
        assert!(u64::try_from(own).unwrap() <= OF_KEY_HOURLY_MAX);
        const { assert!(OF_KEY_HOURLY_MAX <= OF_KEY_AT_ONCE_MAX) };
        assert!(OWN_MESSAGES_MAX <= NoticeKind::Message.of_key_max());
    }
}
