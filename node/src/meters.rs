//! Meters: what is counted while a node runs, for whoever asked to see it as metrics.
//!
//! Invariants
//! - Where nobody asked, nothing is counted and no clock is read.
//! - Nothing but numbers is kept: no name, text, id or address.
//! - Counting never waits: it is done by whoever does the work, in the network's task too.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::net::Path;

/// Up to how many microseconds the commits of each bucket took; what took longer is in one more.
const COMMIT_BUCKET_MICROS: [u64; 11] = [
    250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
];

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// What was counted so far.
    pub(crate) fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A number that grows and falls, and not below nothing.
#[derive(Debug, Default)]
pub(crate) struct Level(AtomicU64);

impl Level {
    fn rise(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn fall(&self) {
        // Nothing is returned where it stays as it is.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |level| {
                level.checked_sub(1)
            });
    }

    /// How high it is.
    pub(crate) fn height(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// How long something took, each time.
#[derive(Debug, Default)]
pub(crate) struct Durations {
    /// One for each of [`COMMIT_BUCKET_MICROS`].
    buckets: [AtomicU64; COMMIT_BUCKET_MICROS.len()],
    longer: AtomicU64,
    micros: AtomicU64,
}

impl Durations {
    fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut bounded = COMMIT_BUCKET_MICROS.iter().zip(&self.buckets);
        let bucket = bounded.find(|(bound, _)| micros <= **bound);
        let bucket = bucket.map_or(&self.longer, |(_, bucket)| bucket);
        bucket.fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many took up to each of these times and longer than the one before, and in which time all were done.
    pub(crate) fn taken(&self) -> (Vec<(Option<Duration>, u64)>, Duration) {
        let load = |bucket: &AtomicU64| bucket.load(Ordering::Relaxed);
        let bounded = COMMIT_BUCKET_MICROS.iter().zip(&self.buckets);
        let bounded =
            bounded.map(|(bound, bucket)| (Some(Duration::from_micros(*bound)), load(bucket)));
        let buckets = bounded.chain([(None, load(&self.longer))]).collect();
        (buckets, Duration::from_micros(load(&self.micros)))
    }
}

/// By how a connection gets to the other side.
#[derive(Debug, Default)]
pub(crate) struct ByPath {
    lan: Counter,
    direct: Counter,
    relayed: Counter,
}

impl ByPath {
    /// Those over one path.
    pub(crate) const fn of(&self, path: Path) -> &Counter {
        match path {
            Path::Lan => &self.lan,
            Path::Direct => &self.direct,
            Path::Relayed => &self.relayed,
        }
    }
}

/// What the table of who is where is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Query {
    /// To keep where this node is, for a contact.
    Provide,
    /// Where a lost contact is.
    Seek,
    /// Who is in it.
    Refresh,
}

/// By what the table is asked.
#[derive(Debug, Default)]
pub(crate) struct ByQuery {
    provide: Counter,
    seek: Counter,
    refresh: Counter,
}

impl ByQuery {
    /// Those of one kind.
    pub(crate) const fn of(&self, query: Query) -> &Counter {
        match query {
            Query::Provide => &self.provide,
            Query::Seek => &self.seek,
            Query::Refresh => &self.refresh,
        }
    }
}

/// What the router in between does when it is asked for a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Granting {
    /// It lets others in there.
    Granted,
    /// It says that it does not.
    Refused,
    /// It would, for too short a time.
    Short,
    /// It would, and is itself inside another network.
    Inside,
    /// It says nothing.
    Silent,
}

/// By what the router did.
#[derive(Debug, Default)]
pub(crate) struct ByGranting {
    granted: Counter,
    refused: Counter,
    short: Counter,
    inside: Counter,
    silent: Counter,
}

impl ByGranting {
    /// Those of one kind.
    pub(crate) const fn of(&self, granting: Granting) -> &Counter {
        match granting {
            Granting::Granted => &self.granted,
            Granting::Refused => &self.refused,
            Granting::Short => &self.short,
            Granting::Inside => &self.inside,
            Granting::Silent => &self.silent,
        }
    }
}

/// All that is counted.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Inputs that the engine handled, each a step of it.
    pub(crate) inputs: Counter,
    /// Frames and their bytes, over all links, as they are inside libp2p's encryption.
    pub(crate) frames_in: Counter,
    pub(crate) bytes_in: Counter,
    pub(crate) frames_out: Counter,
    pub(crate) bytes_out: Counter,
    pub(crate) dials: Counter,
    pub(crate) dials_failed: Counter,
    pub(crate) outbound: ByPath,
    pub(crate) inbound: ByPath,
    pub(crate) inbound_failed: Counter,
    /// Places that others have at this node while it is their relay.
    pub(crate) places: Level,
    /// Connections of others that go through this node.
    pub(crate) circuits: Level,
    /// Places and circuits that were not given.
    pub(crate) relay_refusals: Counter,
    /// What the table of who is where was asked, and what of it came to nothing.
    pub(crate) queries: ByQuery,
    pub(crate) queries_failed: ByQuery,
    /// How often the table said where somebody lost is.
    pub(crate) found: Counter,
    /// What others asked of this node's part of the table.
    pub(crate) requests_answered: Counter,
    pub(crate) requests_refused: Counter,
    pub(crate) beacons_sent: Counter,
    pub(crate) beacons_unsent: Counter,
    pub(crate) beacons_heard: Counter,
    /// Ports that the router in between was asked for.
    pub(crate) ports_asked: ByGranting,
    pub(crate) commits: Durations,
    pub(crate) commits_failed: Counter,
    pub(crate) changes: Counter,
}

/// What somebody who has a relay gets of it, or loses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lending {
    /// A place at which others find them.
    Place,
    /// That place no more.
    PlaceOver,
    /// A connection through it.
    Circuit,
    /// That connection no more.
    CircuitOver,
    /// Nothing.
    Refused,
}

/// A handle to what is counted; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meters(Option<Arc<Counts>>);

impl Meters {
    /// Meters that count.
    pub(crate) fn running() -> Self {
        Self(Some(Arc::default()))
    }

    /// What was counted, if anybody asked for it.
    pub(crate) fn counts(&self) -> Option<&Counts> {
        self.0.as_deref()
    }

    fn note(&self, note: impl FnOnce(&Counts)) {
        if let Some(counts) = self.counts() {
            note(counts);
        }
    }

    /// The engine handles an input.
    pub(crate) fn input(&self) {
        self.note(|counts| counts.inputs.add(1));
    }

    /// A frame of so many bytes came over a link.
    pub(crate) fn received(&self, bytes: usize) {
        self.note(|counts| {
            counts.frames_in.add(1);
            counts.bytes_in.add(size(bytes));
        });
    }

    /// A frame of so many bytes was handed to a link.
    pub(crate) fn sent(&self, bytes: usize) {
        self.note(|counts| {
            counts.frames_out.add(1);
            counts.bytes_out.add(size(bytes));
        });
    }

    /// A dial begins.
    pub(crate) fn dialled(&self) {
        self.note(|counts| counts.dials.add(1));
    }

    /// A dial led to nothing.
    pub(crate) fn dial_failed(&self) {
        self.note(|counts| counts.dials_failed.add(1));
    }

    /// A connection is there; `dialled` by us or not.
    pub(crate) fn connected(&self, path: Path, dialled: bool) {
        self.note(|counts| {
            let connections = if dialled {
                &counts.outbound
            } else {
                &counts.inbound
            };
            connections.of(path).add(1);
        });
    }

    /// Somebody came and did not become a connection.
    pub(crate) fn inbound_failed(&self) {
        self.note(|counts| counts.inbound_failed.add(1));
    }

    /// Something of this node as a relay was given, or given back.
    pub(crate) fn lent(&self, lending: Lending) {
        self.note(|counts| match lending {
            Lending::Place => counts.places.rise(),
            Lending::PlaceOver => counts.places.fall(),
            Lending::Circuit => counts.circuits.rise(),
            Lending::CircuitOver => counts.circuits.fall(),
            Lending::Refused => counts.relay_refusals.add(1),
        });
    }

    /// The table of who is where is asked.
    pub(crate) fn queried(&self, query: Query) {
        self.note(|counts| counts.queries.of(query).add(1));
    }

    /// What it was asked came to nothing.
    pub(crate) fn query_failed(&self, query: Query) {
        self.note(|counts| counts.queries_failed.of(query).add(1));
    }

    /// The table said where somebody lost is.
    pub(crate) fn found(&self) {
        self.note(|counts| counts.found.add(1));
    }

    /// Somebody asked something of this node's part of the table.
    pub(crate) fn requested(&self, is_answered: bool) {
        self.note(|counts| {
            if is_answered {
                counts.requests_answered.add(1);
            } else {
                counts.requests_refused.add(1);
            }
        });
    }

    /// A beacon was sent on one interface, or could not be.
    pub(crate) fn beacon_sent(&self, is_sent: bool) {
        self.note(|counts| {
            if is_sent {
                counts.beacons_sent.add(1);
            } else {
                counts.beacons_unsent.add(1);
            }
        });
    }

    /// A beacon of somebody else came.
    pub(crate) fn beacon_heard(&self) {
        self.note(|counts| counts.beacons_heard.add(1));
    }

    /// The router in between was asked for a port.
    pub(crate) fn port_asked(&self, granting: Granting) {
        self.note(|counts| counts.ports_asked.of(granting).add(1));
    }

    /// When something begins whose time is to be counted, if it is.
    pub(crate) fn begin(&self) -> Option<Instant> {
        self.0.is_some().then(Instant::now)
    }

    /// A commit of so many changes that began then is over.
    pub(crate) fn committed(&self, begun: Option<Instant>, changes: usize, is_done: bool) {
        self.note(|counts| {
            if is_done {
                counts.changes.add(size(changes));
                counts
                    .commits
                    .note(begun.map_or(Duration::ZERO, |begun| begun.elapsed()));
            } else {
                counts.commits_failed.add(1);
            }
        });
    }
}

fn size(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meters_that_nobody_asked_for_count_nothing_and_read_no_clock() {
        let meters = Meters::default();
        meters.input();
        meters.received(10);
        meters.committed(meters.begin(), 3, true);
        assert!(meters.counts().is_none());
        assert!(meters.begin().is_none());
        assert!(Meters::running().begin().is_some());
    }

    #[test]
    fn clones_count_together() {
        let meters = Meters::running();
        let other = meters.clone();
        meters.sent(10);
        other.sent(5);
        other.connected(Path::Relayed, true);
        meters.connected(Path::Relayed, false);
        let counts = meters.counts().unwrap();
        assert_eq!(
            (counts.frames_out.total(), counts.bytes_out.total()),
            (2, 15)
        );
        assert_eq!(counts.outbound.of(Path::Relayed).total(), 1);
        assert_eq!(counts.inbound.of(Path::Relayed).total(), 1);
        assert_eq!(counts.inbound.of(Path::Lan).total(), 0);
    }

    #[test]
    fn what_a_relay_lends_comes_back_and_never_more_of_it() {
        let meters = Meters::running();
        for lending in [Lending::Place, Lending::Place, Lending::PlaceOver] {
            meters.lent(lending);
        }
        let counts = meters.counts().unwrap();
        assert_eq!(counts.places.height(), 1);
        meters.lent(Lending::CircuitOver);
        assert_eq!(counts.circuits.height(), 0, "there was none");
        meters.lent(Lending::Circuit);
        assert_eq!(counts.circuits.height(), 1);
    }

    #[test]
    fn a_time_at_the_bound_of_a_bucket_is_in_it_and_a_longer_one_in_the_next() {
        let durations = Durations::default();
        let all = COMMIT_BUCKET_MICROS.iter();
        for micros in all.flat_map(|bound| [*bound, bound + 1]) {
            durations.note(Duration::from_micros(micros));
        }
        let (buckets, sum) = durations.taken();
        let counts: Vec<u64> = buckets.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1]);
        assert_eq!(buckets.last().unwrap().0, None);
        let bounds = COMMIT_BUCKET_MICROS.iter().sum::<u64>();
        assert_eq!(sum, Duration::from_micros(2 * bounds + 11));
    }

    #[test]
    fn a_commit_that_failed_is_no_commit_that_took_a_time() {
        let meters = Meters::running();
        meters.committed(meters.begin(), 3, false);
        meters.committed(meters.begin(), 2, true);
        let counts = meters.counts().unwrap();
        assert_eq!(
            (counts.commits_failed.total(), counts.changes.total()),
            (1, 2)
        );
        let (buckets, _) = counts.commits.taken();
        assert_eq!(buckets.iter().map(|(_, count)| count).sum::<u64>(), 1);
    }
}
