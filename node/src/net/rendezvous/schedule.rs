//! The schedule: when to say in the table where we are, whom to look for there, and when to look who is in it.
//!
//! ```text
//!   meetings, from the engine --> Provide: each key anew every few hours, and when we are elsewhere
//!   who is lost, from the dial policy --> Seek: one key after the other, then again after a growing wait
//!   the table --> Refresh: who is in it
//! ```
//!
//! Sans-IO: [`due`](Schedule::due) says what to ask now, [`next_at`](Schedule::next_at) when to ask again.
//!
//! Invariants
//! - At most [`QUERIES_MAX`] queries are under way, and [`QUERIES_PER_HOUR_MAX`] are begun within an hour.
//! - Nobody is looked for who is not lost. Nothing is asked of an empty table, and nothing said while there is nowhere to
//!   say.
//! - Whatever a router makes of where we are, it is said again ever less often while it does not stay the same.
//! - What is overdue longest is asked first, so that within the limits each has its turn.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tidings_protocol::engine::Meeting;
use tidings_protocol::id::{RendezvousKey, TransportId};

use crate::net::jitter::Jitter;

/// Queries of ours that are under way at once; each dials a few nodes.
pub(in crate::net) const QUERIES_MAX: usize = 4;
/// Queries of ours within an hour.
pub(in crate::net) const QUERIES_PER_HOUR_MAX: usize = 360;
const HOUR: Duration = Duration::from_hours(1);
/// How long a record is trusted to be where it was put: nodes come and go. Well below their lifetime.
const PROVIDE_INTERVAL: Duration = Duration::from_hours(3);
/// Shortest and longest wait after a record reached nobody.
const PROVIDE_RETRY: (Duration, Duration) = (Duration::from_secs(30), Duration::from_mins(30));
/// Between what is said to one contact and to the next.
const STAGGER: Duration = Duration::from_millis(500);
/// How long a change of where we are is left to settle.
const SETTLED_AFTER: Duration = Duration::from_secs(2);
/// The same at the longest, if one change comes after the other. So long without one, the next is the first again.
const UNSETTLED: Duration = Duration::from_mins(10);
/// A new period's keys, which all the world's devices come to at once, are spread over so long.
const PERIOD_SPREAD: Duration = Duration::from_mins(10);
/// Shortest and longest wait after somebody was not found, or was and still is lost.
const SEEK_RETRY: (Duration, Duration) = (Duration::from_secs(15), Duration::from_mins(30));
/// Shortest and longest wait before the table is looked through again.
const REFRESH: (Duration, Duration) = (Duration::from_secs(10), Duration::from_mins(20));

/// What to ask the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) enum Ask {
    /// Say under this key where we are, for this contact.
    Provide {
        /// For whom.
        peer: TransportId,
        /// Under which.
        key: RendezvousKey,
    },
    /// Look under this key for this contact.
    Seek {
        /// For whom.
        peer: TransportId,
        /// Under which.
        key: RendezvousKey,
    },
    /// Look who is in the table.
    Refresh,
}

/// One device of a contact.
#[derive(Debug)]
struct Place {
    meeting: Meeting,
    provide_at: Duration,
    failures: u32,
    is_providing: bool,
    /// Whether nobody was left to say it to when that failed last.
    was_alone: bool,
    /// While it is lost.
    seeking: Option<Seeking>,
}

#[derive(Debug, Clone, Copy)]
struct Seeking {
    at: Duration,
    /// Which of its keys is the next.
    next: usize,
    rounds: u32,
    is_asked: bool,
    /// Whether nobody was left to ask when it was looked for last.
    was_alone: bool,
}

/// See the module.
#[derive(Debug)]
pub(in crate::net) struct Schedule {
    places: BTreeMap<TransportId, Place>,
    under_way: usize,
    /// When queries were begun, the latest last.
    begun: VecDeque<Duration>,
    refresh_at: Duration,
    refreshes: u32,
    is_refreshing: bool,
    /// Whether there is anybody in the table.
    has_nodes: bool,
    /// Whether any of them is connected.
    has_company: bool,
    /// Whether there is anything to say of where we are.
    has_places: bool,
    /// When it is said anew, or was last.
    anew_at: Duration,
    /// How often that was, one soon after the other.
    moves: u32,
    jitter: Jitter,
}

impl Schedule {
    /// `seed` spreads what different devices do.
    pub(in crate::net) fn new(seed: u64) -> Self {
        Self {
            places: BTreeMap::new(),
            under_way: 0,
            begun: VecDeque::new(),
            refresh_at: Duration::ZERO,
            refreshes: 0,
            is_refreshing: false,
            has_nodes: false,
            has_company: false,
            has_places: false,
            anew_at: Duration::ZERO,
            moves: 0,
            jitter: Jitter::new(seed),
        }
    }

    /// These are all whom we may meet, and how.
    pub(in crate::net) fn meet(&mut self, meetings: Vec<Meeting>, now: Duration) {
        let mut before = std::mem::take(&mut self.places);
        let mut soon = now;
        for meeting in meetings {
            let place = match before.remove(&meeting.peer) {
                Some(mut place) => {
                    if place.meeting.provide != meeting.provide {
                        let spread = now + self.jitter.within(PERIOD_SPREAD);
                        place.provide_at = place.provide_at.min(spread);
                    }
                    if place.meeting.seek != meeting.seek
                        && let Some(seeking) = &mut place.seeking
                    {
                        seeking.next = 0;
                    }
                    place.meeting = meeting;
                    place
                }
                None => {
                    soon += STAGGER;
                    Place {
                        meeting,
                        provide_at: soon,
                        failures: 0,
                        is_providing: false,
                        was_alone: false,
                        seeking: None,
                    }
                }
            };
            self.places.insert(place.meeting.peer, place);
        }
    }

    /// Whom we may meet.
    pub(in crate::net) fn peers(&self) -> impl Iterator<Item = TransportId> {
        self.places.keys().copied()
    }

    /// Whether there is anybody in the table. If there was not, all is said and asked as if for the first time.
    pub(in crate::net) fn nodes(&mut self, has_nodes: bool, now: Duration) {
        if has_nodes && !self.has_nodes {
            self.refresh_at = now + self.jitter.backoff(REFRESH, 0);
            self.refreshes = 0;
            self.say_anew(now);
            self.hasten(None, now);
        }
        self.has_nodes = has_nodes;
    }

    /// Whether anybody who is in the table is connected. If nobody was, what failed may do now.
    pub(in crate::net) fn company(&mut self, has_company: bool, now: Duration) {
        if has_company && !self.has_company {
            let mut soon = now;
            // Who was asked in company and did not know it, or take it, is no better for it: a query brings company by
            // itself.
            let alone = self.places.values_mut().filter(|one| one.was_alone);
            for place in alone.filter(|one| one.failures > 0) {
                soon += STAGGER;
                place.provide_at = place.provide_at.min(soon);
                place.failures = 0;
            }
            let seeking = self
                .places
                .values_mut()
                .filter_map(|one| one.seeking.as_mut());
            for seeking in seeking.filter(|seeking| seeking.was_alone) {
                seeking.at = seeking.at.min(now);
                seeking.was_alone = false;
            }
        }
        self.has_company = has_company;
    }

    /// We are elsewhere than was said, or nowhere that could be said.
    pub(in crate::net) fn moved(&mut self, has_places: bool, now: Duration) {
        self.has_places = has_places;
        if now >= self.anew_at {
            if now >= self.anew_at + UNSETTLED {
                self.moves = 0;
            }
            let doubled = 2_u32.saturating_pow(self.moves);
            self.anew_at = now + SETTLED_AFTER.saturating_mul(doubled).min(UNSETTLED);
            self.moves = self.moves.saturating_add(1);
        }
        self.say_anew(self.anew_at);
    }

    /// This device is in another network, in which others may answer.
    pub(in crate::net) fn network_changed(&mut self, now: Duration) {
        self.refreshes = 0;
        self.refresh_at = self.refresh_at.min(now + SETTLED_AFTER);
        self.hasten(None, now + SETTLED_AFTER);
    }

    fn say_anew(&mut self, now: Duration) {
        let mut soon = now;
        for place in self.places.values_mut() {
            soon += STAGGER;
            place.provide_at = place.provide_at.min(soon);
            place.failures = 0;
        }
    }

    /// Whether this one is lost, and so to be looked for.
    pub(in crate::net) fn lost(&mut self, peer: TransportId, is_lost: bool, now: Duration) {
        let Some(place) = self.places.get_mut(&peer) else {
            return;
        };
        if !is_lost {
            place.seeking = None;
        } else if place.seeking.is_none() {
            place.seeking = Some(Seeking {
                at: now + self.jitter.within(STAGGER),
                next: 0,
                rounds: 0,
                is_asked: false,
                was_alone: false,
            });
        }
    }

    /// Somebody is impatient: about one who is lost, or all.
    pub(in crate::net) fn hasten(&mut self, peer: Option<TransportId>, now: Duration) {
        for (_, place) in self
            .places
            .iter_mut()
            .filter(|(id, _)| peer.is_none_or(|peer| peer == **id))
        {
            if let Some(seeking) = &mut place.seeking {
                seeking.at = seeking.at.min(now);
                seeking.rounds = 0;
            }
        }
    }

    /// What to ask at `now`, longest overdue first; each must be answered with [`over`](Self::over).
    pub(in crate::net) fn due(&mut self, now: Duration) -> Vec<Ask> {
        while self.begun.front().is_some_and(|at| *at + HOUR <= now) {
            self.begun.pop_front();
        }
        let left = QUERIES_PER_HOUR_MAX.saturating_sub(self.begun.len());
        let room = QUERIES_MAX.saturating_sub(self.under_way).min(left);
        let mut due: Vec<_> = self.waiting().filter(|(at, _)| *at <= now).collect();
        due.sort_by_key(|(at, _)| *at);
        due.truncate(room);
        for (_, ask) in &due {
            self.begin(*ask);
            self.under_way += 1;
            self.begun.push_back(now);
        }
        due.into_iter().map(|(_, ask)| ask).collect()
    }

    /// When [`due`](Self::due) has something new to say, if nothing else happens before.
    pub(in crate::net) fn next_at(&self) -> Option<Duration> {
        if self.under_way >= QUERIES_MAX {
            return None;
        }
        let soonest = self.waiting().map(|(at, _)| at).min()?;
        if self.begun.len() < QUERIES_PER_HOUR_MAX {
            return Some(soonest);
        }
        let first = self.begun.front().copied().unwrap_or_default();
        Some(soonest.max(first + HOUR))
    }

    /// What is to be asked, and when.
    fn waiting(&self) -> impl Iterator<Item = (Duration, Ask)> {
        let (has_nodes, has_places) = (self.has_nodes, self.has_places);
        let refresh = (!self.is_refreshing).then_some((self.refresh_at, Ask::Refresh));
        let places = self.places.iter().flat_map(move |(peer, place)| {
            let peer = *peer;
            let says = has_places && !place.is_providing;
            let key = place.meeting.provide;
            let provide = says.then_some((place.provide_at, Ask::Provide { peer, key }));
            let seeking = place.seeking.filter(|seeking| !seeking.is_asked);
            let seek = seeking.and_then(|seeking| {
                let key = *place.meeting.seek.get(seeking.next)?;
                Some((seeking.at, Ask::Seek { peer, key }))
            });
            provide.into_iter().chain(seek)
        });
        let all = refresh.into_iter().chain(places);
        all.filter(move |_| has_nodes)
    }

    fn begin(&mut self, ask: Ask) {
        match ask {
            Ask::Refresh => self.is_refreshing = true,
            Ask::Provide { peer, .. } => {
                if let Some(place) = self.places.get_mut(&peer) {
                    place.is_providing = true;
                }
            }
            Ask::Seek { peer, .. } => {
                let place = self.places.get_mut(&peer);
                if let Some(seeking) = place.and_then(|place| place.seeking.as_mut()) {
                    seeking.is_asked = true;
                }
            }
        }
    }

    /// What was asked is over; whether it came to something.
    pub(in crate::net) fn over(&mut self, ask: Ask, is_well: bool, now: Duration) {
        self.under_way = self.under_way.saturating_sub(1);
        match ask {
            Ask::Refresh => {
                self.is_refreshing = false;
                self.refresh_at = now + self.jitter.backoff(REFRESH, self.refreshes);
                self.refreshes = self.refreshes.saturating_add(1);
            }
            Ask::Provide { peer, key } => {
                let Some(place) = self.places.get_mut(&peer) else {
                    return;
                };
                place.is_providing = false;
                if place.meeting.provide != key {
                    // Another took its place meanwhile.
                    return;
                }
                if is_well {
                    let early = self.jitter.within(PROVIDE_INTERVAL / 4);
                    place.provide_at = now + PROVIDE_INTERVAL.saturating_sub(early);
                    place.failures = 0;
                } else {
                    place.was_alone = !self.has_company;
                    place.provide_at = now + self.jitter.backoff(PROVIDE_RETRY, place.failures);
                    place.failures = place.failures.saturating_add(1);
                }
            }
            Ask::Seek { peer, key } => {
                let place = self.places.get_mut(&peer);
                let Some((place, seeking)) = place.and_then(|place| {
                    let seeking = place.seeking.as_mut()?;
                    Some((&place.meeting, seeking))
                }) else {
                    return;
                };
                seeking.is_asked = false;
                seeking.was_alone = !self.has_company;
                if place.seek.get(seeking.next) == Some(&key) {
                    seeking.next += 1;
                }
                if is_well || seeking.next >= place.seek.len() {
                    seeking.next = 0;
                    seeking.at = now + self.jitter.backoff(SEEK_RETRY, seeking.rounds);
                    seeking.rounds = seeking.rounds.saturating_add(1);
                } else {
                    seeking.at = now;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
