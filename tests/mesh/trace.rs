//! Contact traces: who is in reach of whom, from when until when.
//!
//! Invariants
//! - Changes ascend by time.
//! - Of a pair, beginnings and ends take turns, and all that begins ends.
//! - The same seed gives the same trace on every machine: there are only whole numbers.

pub(crate) mod communities;
pub(crate) mod one;
pub(crate) mod waypoint;
pub(crate) mod working_day;

use std::collections::BTreeMap;

/// Milliseconds of a second, a minute and an hour.
pub(crate) const SECOND: u64 = 1_000;
pub(crate) const MINUTE: u64 = 60 * SECOND;
pub(crate) const HOUR: u64 = 60 * MINUTE;
pub(crate) const DAY: u64 = 24 * HOUR;

/// Two nodes, the lower first.
pub(crate) type Pair = (usize, usize);

/// That two come into reach of each other, or leave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Change {
    /// When, in milliseconds.
    pub(crate) at: u64,
    /// Whether they come.
    pub(crate) is_up: bool,
    /// Who.
    pub(crate) pair: Pair,
}

/// A trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Trace {
    /// What it is called.
    pub(crate) name: String,
    /// How it came about, for whoever reads the table.
    pub(crate) about: String,
    /// How many nodes there are.
    pub(crate) nodes: usize,
    /// What happens.
    pub(crate) changes: Vec<Change>,
    /// When it is over.
    pub(crate) end: u64,
    /// How long mail is carried in it.
    pub(crate) lifetime_hours: u16,
}

/// Times in which pairs are in reach, in any order, overlapping or not.
#[derive(Debug, Default)]
pub(crate) struct Contacts(BTreeMap<Pair, Vec<(u64, u64)>>);

impl Contacts {
    /// Adds one. Nobody meets themselves, or for no time at all.
    pub(crate) fn add(&mut self, one: usize, other: usize, from: u64, until: u64) {
        if one != other && from < until {
            let pair = (one.min(other), one.max(other));
            self.0.entry(pair).or_default().push((from, until));
        }
    }

    /// The changes until `end`; times that touch are one.
    pub(crate) fn into_changes(self, end: u64) -> Vec<Change> {
        let mut changes = Vec::new();
        for (pair, mut times) in self.0 {
            times.sort_unstable();
            let mut together: Option<(u64, u64)> = None;
            for (from, until) in times {
                let until = until.min(end);
                if from >= until {
                    continue;
                }
                together = match together {
                    Some((since, before)) if from <= before => Some((since, before.max(until))),
                    ended => {
                        changes.extend(ended.map(|time| both(pair, time)).into_iter().flatten());
                        Some((from, until))
                    }
                };
            }
            changes.extend(together.map(|time| both(pair, time)).into_iter().flatten());
        }
        changes.sort_unstable();
        changes
    }
}

impl Trace {
    /// How many contacts there are.
    pub(crate) fn contacts(&self) -> usize {
        self.changes.iter().filter(|change| change.is_up).count()
    }
}

fn both(pair: Pair, (from, until): (u64, u64)) -> [Change; 2] {
    [(from, true), (until, false)].map(|(at, is_up)| Change { at, is_up, pair })
}

/// What does not hold of a trace, for tests.
#[cfg(test)]
pub(crate) fn fault(trace: &Trace) -> Option<String> {
    let mut up = std::collections::BTreeSet::new();
    let mut before = 0;
    for change in &trace.changes {
        let (low, high) = change.pair;
        let turned = if change.is_up {
            up.insert(change.pair)
        } else {
            up.remove(&change.pair)
        };
        if low >= high || high >= trace.nodes || !turned {
            return Some(format!("{change:?} after {before}"));
        }
        if change.at < before || change.at > trace.end {
            return Some(format!("{change:?} at a wrong time"));
        }
        before = change.at;
    }
    (!up.is_empty()).then(|| format!("{} pairs never part", up.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_tests::chance::Chance;

    #[test]
    fn times_that_overlap_or_touch_are_one_contact_and_what_is_late_is_cut_off() {
        let mut contacts = Contacts::default();
        for (from, until) in [
            (30, 40),
            (10, 20),
            (20, 25),
            (12, 15),
            (90, 120),
            (130, 140),
            (50, 50),
        ] {
            contacts.add(2, 1, from, until);
        }
        contacts.add(1, 1, 0, 100);
        let changes = contacts.into_changes(100);
        let times: Vec<_> = changes
            .iter()
            .map(|change| (change.at, change.is_up))
            .collect();
        let expected = [
            (10, true),
            (25, false),
            (30, true),
            (40, false),
            (90, true),
            (100, false),
        ];
        assert_eq!(times, expected);
        assert!(changes.iter().all(|change| change.pair == (1, 2)));
    }

    #[test]
    fn every_generator_keeps_to_its_nodes_and_its_time_and_one_seed_gives_one_trace() {
        let generators: [fn(usize, &mut Chance) -> Trace; 3] = [
            waypoint::generate,
            working_day::generate,
            communities::generate,
        ];
        for generate in generators {
            let trace = generate(40, &mut Chance::new(1));
            assert_eq!(fault(&trace), None, "{}", trace.name);
            assert!(
                trace.contacts() > 100,
                "{}: {}",
                trace.name,
                trace.contacts()
            );
            assert!(
                u64::from(trace.lifetime_hours) * HOUR < trace.end,
                "{}",
                trace.name
            );
            assert_eq!(trace, generate(40, &mut Chance::new(1)));
            assert_ne!(trace.changes, generate(40, &mut Chance::new(2)).changes);
            assert_eq!(fault(&generate(3, &mut Chance::new(3))), None);
        }
    }
}
