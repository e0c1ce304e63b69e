//! Meetings: which devices were connected when, and what could have come from one to another over them.
//!
//! ```text
//!   a ---- b            a told b, then b told c: what a had comes to c.
//!          b ---- c     Had c met b first, it would not.
//! ```
//!
//! Invariants
//! - A stretch in which anything between two devices broke or was meddled with is two.
//! - It knows nothing of envelopes: what is carried over a meeting is for the audit to say.

use std::collections::BTreeMap;

use super::network::ConnectionId;

/// How long two who have just found each other take to pass on what they carry, at most.
const FRESH_MILLIS: u64 = 180_000;
/// How long they take after something between them broke: the longest wait for a link, after the longest for
/// comparing anew, and some more.
const DISTURBED_MILLIS: u64 = 1_380_000;

/// A stretch of time in which two devices were connected and nothing between them broke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meeting {
    pub(super) pair: (usize, usize),
    pub(super) from: u64,
    pub(super) until: u64,
    /// How long passing something on takes in it, at most.
    pub(super) takes: u64,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Meetings {
    past: Vec<Meeting>,
    open: BTreeMap<ConnectionId, Meeting>,
}

impl Meetings {
    /// Two devices are connected.
    pub(super) fn begin(&mut self, connection: ConnectionId, one: usize, other: usize, at: u64) {
        let meeting = Meeting {
            pair: (one.min(other), one.max(other)),
            from: at,
            until: u64::MAX,
            takes: FRESH_MILLIS,
        };
        self.open.insert(connection, meeting);
    }

    /// A connection is gone.
    pub(super) fn end(&mut self, connection: ConnectionId, at: u64) {
        if let Some(mut meeting) = self.open.remove(&connection) {
            meeting.until = at;
            self.keep(meeting);
        }
    }

    /// Something between two devices broke.
    pub(super) fn disturb(&mut self, one: usize, other: usize, at: u64) {
        let pair = (one.min(other), one.max(other));
        let of_pair = self.open.values_mut().filter(|open| open.pair == pair);
        let mut over = Vec::new();
        for open in of_pair {
            over.push(Meeting { until: at, ..*open });
            open.from = at.max(open.from);
            open.takes = DISTURBED_MILLIS;
        }
        over.into_iter().for_each(|meeting| self.keep(meeting));
    }

    /// When something that one device had at a time was at each other one, at the latest: over meetings of devices
    /// that `passes` says to pass it on, from whom to whom and in which stretch of time.
    pub(super) fn spread(
        &self,
        from: usize,
        at: u64,
        now: u64,
        passes: impl Fn(usize, usize, u64, u64) -> bool,
    ) -> BTreeMap<usize, u64> {
        let mut there = BTreeMap::from([(from, at)]);
        let mut is_more = true;
        while is_more {
            is_more = false;
            for meeting in self.past.iter().chain(self.open.values()) {
                let (one, other) = meeting.pair;
                for (giver, taker) in [(one, other), (other, one)] {
                    let Some(since) = there.get(&giver) else {
                        continue;
                    };
                    let begun = meeting.from.max(*since);
                    let done = begun.saturating_add(meeting.takes);
                    let is_sooner = there.get(&taker).is_none_or(|there| done < *there);
                    let is_done = done <= meeting.until.min(now);
                    if is_done && is_sooner && passes(giver, taker, begun, done) {
                        there.insert(taker, done);
                        is_more = true;
                    }
                }
            }
        }
        there
    }

    /// Whether two devices met for any time that counts, in a stretch of time.
    pub(super) fn met(&self, one: usize, other: usize, from: u64, until: u64) -> bool {
        let pair = (one.min(other), one.max(other));
        let mut all = self.past.iter().chain(self.open.values());
        all.any(|meeting| meeting.pair == pair && meeting.from <= until && meeting.until >= from)
    }

    fn keep(&mut self, meeting: Meeting) {
        if meeting.from.saturating_add(meeting.takes) <= meeting.until {
            self.past.push(meeting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn always(_: usize, _: usize, _: u64, _: u64) -> bool {
        true
    }

    #[test]
    fn what_one_has_comes_to_others_in_the_order_of_the_meetings() {
        let mut meetings = Meetings::default();
        let hour = 3_600_000;
        let met = [(0, 1, 0), (1, 2, 2), (2, 3, 1)];
        for (number, (one, other, at)) in met.into_iter().enumerate() {
            let id = ConnectionId(u64::try_from(number).unwrap());
            meetings.begin(id, one, other, at * hour);
            meetings.end(id, (at + 1) * hour);
        }
        let there = meetings.spread(0, 0, 9 * hour, always);
        let expected = [(0, 0), (1, FRESH_MILLIS), (2, 2 * hour + FRESH_MILLIS)];
        assert_eq!(there, expected.into());
        let late = meetings.spread(0, hour, 9 * hour, always);
        assert_eq!(late, [(0, hour)].into());
        let refused = meetings.spread(0, 0, 9 * hour, |_, taker, _, _| taker != 1);
        assert_eq!(refused, [(0, 0)].into());
    }

    #[test]
    fn a_meeting_that_breaks_is_two_and_what_is_too_short_is_none() {
        let mut meetings = Meetings::default();
        meetings.begin(ConnectionId(1), 0, 1, 0);
        meetings.disturb(1, 0, FRESH_MILLIS - 1);
        let until = FRESH_MILLIS + DISTURBED_MILLIS;
        let alone = [(0, 0)].into();
        assert_eq!(meetings.spread(0, 0, until - 2, always), alone);
        let there = meetings.spread(0, 0, until - 1, always);
        assert_eq!(there.get(&1), Some(&(until - 1)));
        meetings.end(ConnectionId(1), until - 2);
        assert_eq!(meetings.spread(0, 0, until, always), alone);
    }
}
