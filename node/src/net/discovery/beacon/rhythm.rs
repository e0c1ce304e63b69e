//! The rhythm: when to tell on which interface that we are there.
//!
//! Sans-IO: what happened goes in with its time, [`due`](Rhythm::due) says where to tell now,
//! [`next_at`](Rhythm::next_at) when to ask again.
//!
//! Invariants
//! - On an interface at most one beacon is sent in [`ANSWER_INTERVAL`], whoever asks however often.
//! - Without being asked one is sent when an interface comes, and then every [`INTERVAL_MIN`] to [`INTERVAL_MAX`].
//! - What could not be sent is tried again, ever less often.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::net::jitter::Jitter;

/// Shortest time between two beacons that nobody asked for.
const INTERVAL_MIN: Duration = Duration::from_secs(25);
/// Longest; three fit into the time for which one is true.
const INTERVAL_MAX: Duration = Duration::from_secs(30);
/// Shortest time between any two on one interface.
const ANSWER_INTERVAL: Duration = Duration::from_secs(1);
/// Those who are asked at once answer one after the other: the more there are, the more time they take, each so much.
const ANSWER_DELAY_EACH: Duration = Duration::from_millis(5);
/// And no more in all.
const ANSWER_DELAY_MAX: Duration = Duration::from_millis(100);
/// Interfaces on which we tell; a machine with more has made them for other purposes.
const LINKS_MAX: usize = 32;

#[derive(Debug)]
struct Link {
    next: Instant,
    /// Whether the next beacon asks others to tell of themselves.
    asks: bool,
    /// When the last one was sent.
    told: Option<Instant>,
    /// Beacons of others since the last one of ours, and between that and the one before.
    heard: [u32; 2],
    failures: u32,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Rhythm {
    links: BTreeMap<u32, Link>,
    /// Spreads what many would do at once.
    jitter: Jitter,
}

impl Rhythm {
    /// No interface yet; `seed` sets devices apart.
    pub(super) const fn new(seed: u64) -> Self {
        Self {
            links: BTreeMap::new(),
            jitter: Jitter::new(seed),
        }
    }

    /// These are the interfaces on which to tell.
    pub(super) fn links(&mut self, present: &BTreeSet<u32>, now: Instant) {
        self.links.retain(|index, _| present.contains(index));
        for index in present {
            if self.links.len() < LINKS_MAX {
                self.links.entry(*index).or_insert(Link {
                    next: now,
                    asks: true,
                    told: None,
                    heard: [0; 2],
                    failures: 0,
                });
            }
        }
    }

    /// Somebody at this interface tells that they are there, and may ask who else is.
    pub(super) fn heard(&mut self, index: u32, asks: bool, now: Instant) {
        let Some(link) = self.links.get_mut(&index) else {
            return;
        };
        let [since, before] = &mut link.heard;
        *since = since.saturating_add(1);
        if asks {
            let others = since.saturating_add(*before);
            let delay = ANSWER_DELAY_EACH.saturating_mul(others);
            link.hurry(now + self.jitter.within(delay.min(ANSWER_DELAY_MAX)));
        }
    }

    /// Tells, and asks, everywhere soon.
    pub(super) fn again(&mut self, now: Instant) {
        for link in self.links.values_mut() {
            link.asks = true;
            link.hurry(now);
        }
    }

    /// Where to tell now, and whether to ask.
    pub(super) fn due(&mut self, now: Instant) -> Vec<(u32, bool)> {
        let span = INTERVAL_MIN
            + self
                .jitter
                .within(INTERVAL_MAX.saturating_sub(INTERVAL_MIN));
        let due = self.links.iter_mut().filter(|(_, link)| link.next <= now);
        let due = due.map(|(index, link)| {
            link.told = Some(now);
            link.heard = [0, link.heard[0]];
            link.next = now + span;
            (*index, std::mem::take(&mut link.asks))
        });
        due.collect()
    }

    /// What was due at this interface was sent, or could not be.
    pub(super) fn sent(&mut self, index: u32, asked: bool, is_sent: bool, now: Instant) {
        let Some(link) = self.links.get_mut(&index) else {
            return;
        };
        if is_sent {
            link.failures = 0;
            return;
        }
        let doubled = 2u32.checked_pow(link.failures).unwrap_or(u32::MAX);
        let wait = ANSWER_INTERVAL.saturating_mul(doubled);
        link.next = link.next.min(now + wait);
        link.asks |= asked;
        link.failures = link.failures.saturating_add(1);
    }

    /// When [`due`](Self::due) has something new to say, if nothing else happens before.
    pub(super) fn next_at(&self) -> Option<Instant> {
        self.links.values().map(|link| link.next).min()
    }
}

impl Link {
    /// Has the next beacon be sent at `at`, if that is not too soon after the last.
    fn hurry(&mut self, at: Instant) {
        let earliest = self.told.map_or(at, |told| at.max(told + ANSWER_INTERVAL));
        self.next = self.next.min(earliest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn present(indices: impl IntoIterator<Item = u32>) -> BTreeSet<u32> {
        indices.into_iter().collect()
    }

    fn on(indices: impl IntoIterator<Item = u32>) -> (Rhythm, Instant) {
        let now = Instant::now();
        let mut rhythm = Rhythm::new(1);
        rhythm.links(&present(indices), now);
        (rhythm, now)
    }

    const MOMENT: Duration = Duration::from_millis(1);

    #[test]
    fn an_interface_that_comes_is_told_and_asked_at_once_and_one_that_goes_no_more() {
        let (mut rhythm, now) = on([3]);
        assert_eq!(rhythm.next_at(), Some(now));
        assert_eq!(rhythm.due(now), [(3, true)]);
        assert_eq!(rhythm.due(now), []);
        rhythm.links(&present([3, 5]), now + MOMENT);
        assert_eq!(rhythm.due(now + MOMENT), [(5, true)]);
        rhythm.links(&present([]), now + MOMENT);
        assert_eq!(rhythm.next_at(), None);
        assert_eq!(rhythm.due(now + INTERVAL_MAX), []);
    }

    #[test]
    fn who_is_not_asked_tells_every_half_minute_and_asks_nobody() {
        let (mut rhythm, start) = on([3]);
        rhythm.due(start);
        let mut last = start;
        for _ in 0..20 {
            let next = rhythm.next_at().unwrap();
            let waited = next - last;
            assert!(
                (INTERVAL_MIN..=INTERVAL_MAX).contains(&waited),
                "{waited:?}"
            );
            assert_eq!(rhythm.due(next - MOMENT), []);
            assert_eq!(rhythm.due(next), [(3, false)]);
            rhythm.sent(3, false, true, next);
            last = next;
        }
        assert!(INTERVAL_MAX * 3 <= super::super::super::TIME_TO_LIVE);
    }

    #[test]
    fn who_asks_is_answered_soon_and_whoever_asks_all_the_time_once_in_a_second() {
        let (mut rhythm, start) = on([3, 4]);
        rhythm.due(start);
        let long_after = start + INTERVAL_MIN / 2;
        rhythm.heard(3, true, long_after);
        let answer = rhythm.next_at().unwrap();
        assert!(answer <= long_after + ANSWER_DELAY_EACH);
        assert_eq!(rhythm.due(answer), [(3, false)]);
        let mut told = 0;
        for millisecond in 1..=10_000 {
            let now = answer + MOMENT * millisecond;
            rhythm.heard(3, true, now);
            told += rhythm.due(now).len();
        }
        assert_eq!(told, 10);
        rhythm.heard(9, true, answer);
        assert!(rhythm.links.len() == 2, "of an interface that is not there");
    }

    #[test]
    fn the_more_there_are_the_longer_they_take_to_answer_and_no_longer_than_may_be() {
        // How long after it was asked the last of many rhythms answers that heard so many others before.
        let longest = |others: u32| {
            let waits = (0..200).map(|seed| {
                let now = Instant::now();
                let mut rhythm = Rhythm::new(seed);
                rhythm.links(&present([3]), now);
                rhythm.due(now);
                let asked_at = now + ANSWER_INTERVAL;
                (0..others).for_each(|_| rhythm.heard(3, false, asked_at));
                rhythm.heard(3, true, asked_at);
                rhythm.next_at().unwrap() - asked_at
            });
            waits.max().unwrap()
        };
        assert!(longest(0) < ANSWER_DELAY_EACH);
        let of_ten = longest(9);
        assert!(of_ten > ANSWER_DELAY_EACH * 5 && of_ten < ANSWER_DELAY_EACH * 10);
        let of_many = longest(1_000);
        assert!(of_many > ANSWER_DELAY_MAX / 2 && of_many < ANSWER_DELAY_MAX);
    }

    #[test]
    fn a_look_around_tells_and_asks_everywhere_and_not_too_soon_after_the_last() {
        let (mut rhythm, start) = on([3, 4]);
        rhythm.due(start);
        rhythm.again(start + MOMENT);
        assert_eq!(rhythm.due(start + ANSWER_INTERVAL - MOMENT), []);
        let due = rhythm.due(start + ANSWER_INTERVAL);
        assert_eq!(due, [(3, true), (4, true)]);
    }

    #[test]
    fn what_cannot_be_sent_is_tried_again_ever_less_often_and_still_asks() {
        let (mut rhythm, mut now) = on([3]);
        let mut waits = Vec::new();
        for _ in 0..8 {
            assert_eq!(rhythm.due(now), [(3, true)]);
            rhythm.sent(3, true, false, now);
            let next = rhythm.next_at().unwrap();
            waits.push(next - now);
            now = next;
        }
        assert_eq!(waits[..3], [1, 2, 4].map(Duration::from_secs));
        assert!(waits.iter().all(|wait| *wait <= INTERVAL_MAX), "{waits:?}");
        rhythm.due(now);
        rhythm.sent(3, true, true, now);
        let next = rhythm.next_at().unwrap();
        assert!(next >= now + INTERVAL_MIN);
        assert_eq!(rhythm.due(next), [(3, false)]);
    }

    #[test]
    fn on_as_many_interfaces_as_may_be_it_is_told_and_on_not_one_more() {
        let most = u32::try_from(LINKS_MAX).unwrap();
        for count in [most, most + 1] {
            let (mut rhythm, now) = on(1..=count);
            assert_eq!(rhythm.due(now).len(), LINKS_MAX);
        }
    }
}
