//! Random waypoint: everybody walks to a random place at a random pace, rests there, and goes on.
//!
//! Invariants
//! - Nobody leaves the area. Who is in reach of whom is looked at every [`STEP`].

use std::collections::{BTreeMap, BTreeSet};

use tidings_tests::chance::Chance;

use super::{Contacts, HOUR, MINUTE, Pair, SECOND, Trace};

/// The area is a square of so many millimetres a side.
const SIDE: u64 = 5_000_000;
/// In reach are those no further from each other than so many millimetres.
const REACH: u64 = 60_000;
/// The slowest and the fastest pace, in millimetres a second.
const PACES: (u64, u64) = (500, 1_500);
/// The longest rest.
const REST: u64 = 2 * MINUTE;
/// How often places are looked at.
const STEP: u64 = 5 * SECOND;
/// They have walked for so long when the trace begins: at first all are where chance put them.
const BEFORE: u64 = 2 * HOUR;
/// How long it is.
const LENGTH: u64 = 24 * HOUR;
const LIFETIME_HOURS: u16 = 12;

type Place = (u64, u64);

/// A way from one place to another, and the rest there.
struct Leg {
    from: Place,
    to: Place,
    leaves: u64,
    arrives: u64,
    rests_until: u64,
}

impl Leg {
    fn next(from: Place, now: u64, chance: &mut Chance) -> Self {
        let to = somewhere(chance);
        let (x, y) = (from.0.abs_diff(to.0), from.1.abs_diff(to.1));
        let way = (x * x + y * y).isqrt();
        let pace = chance.within(PACES.0..=PACES.1);
        let arrives = now + (way * SECOND).div_ceil(pace);
        Self {
            from,
            to,
            leaves: now,
            arrives,
            rests_until: arrives + chance.within(1..=REST),
        }
    }

    fn place(&self, now: u64) -> Place {
        let gone = now.saturating_sub(self.leaves);
        let whole = self.arrives.saturating_sub(self.leaves);
        if gone >= whole {
            return self.to;
        }
        let between = |from: u64, to: u64| {
            let way = from.abs_diff(to) * gone / whole;
            if from < to { from + way } else { from - way }
        };
        (
            between(self.from.0, self.to.0),
            between(self.from.1, self.to.1),
        )
    }
}

/// Makes a trace of so many nodes.
pub(crate) fn generate(nodes: usize, chance: &mut Chance) -> Trace {
    let leg = |chance: &mut Chance| {
        let from = somewhere(chance);
        Leg::next(from, 0, chance)
    };
    let mut legs: Vec<Leg> = (0..nodes).map(|_| leg(chance)).collect();
    let mut contacts = Contacts::default();
    let mut near: BTreeMap<Pair, u64> = BTreeMap::new();
    let mut now = 0;
    while now < BEFORE + LENGTH {
        for leg in &mut legs {
            while leg.rests_until <= now {
                *leg = Leg::next(leg.to, leg.rests_until, chance);
            }
        }
        if let Some(at) = now.checked_sub(BEFORE) {
            let places: Vec<Place> = legs.iter().map(|leg| leg.place(now)).collect();
            let pairs = in_reach(&places);
            near.retain(|pair, since| {
                let stays = pairs.contains(pair);
                if !stays {
                    contacts.add(pair.0, pair.1, *since, at);
                }
                stays
            });
            for pair in pairs {
                near.entry(pair).or_insert(at);
            }
        }
        now += STEP;
    }
    for (pair, since) in near {
        contacts.add(pair.0, pair.1, since, LENGTH);
    }
    Trace {
        name: "random waypoint".to_owned(),
        about: "24 h on 5 km x 5 km, 0.5 to 1.5 m/s, rests up to 2 min, reach 60 m".to_owned(),
        nodes,
        changes: contacts.into_changes(LENGTH),
        end: LENGTH,
        lifetime_hours: LIFETIME_HOURS,
    }
}

fn somewhere(chance: &mut Chance) -> Place {
    (chance.within(0..=SIDE), chance.within(0..=SIDE))
}

/// The pairs in reach: those that are by one coordinate are compared by both.
fn in_reach(places: &[Place]) -> BTreeSet<Pair> {
    let mut sorted: Vec<(Place, usize)> = places.iter().copied().zip(0..).collect();
    sorted.sort_unstable();
    let mut pairs = BTreeSet::new();
    let mut left = sorted.as_slice();
    while let Some(((place, one), rest)) = left.split_first() {
        left = rest;
        for (to, other) in rest.iter().take_while(|(to, _)| to.0 - place.0 <= REACH) {
            let (x, y) = (to.0 - place.0, place.1.abs_diff(to.1));
            if x * x + y * y <= REACH * REACH {
                pairs.insert((*one.min(other), *one.max(other)));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_as_far_as_the_reach_are_in_it_and_a_millimetre_further_they_are_not() {
        let places = [(0, 0), (REACH, 0), (0, REACH + 1), (36_000, 48_000)];
        let pairs: Vec<_> = in_reach(&places).into_iter().collect();
        assert_eq!(pairs, [(0, 1), (0, 3), (1, 3), (2, 3)]);
    }

    #[test]
    fn nobody_leaves_the_area_or_walks_faster_than_the_fastest_pace() {
        let mut chance = Chance::new(4);
        let mut leg = Leg::next((0, SIDE), 0, &mut chance);
        let mut before = leg.place(0);
        for second in 1..20_000 {
            let now = second * SECOND;
            while leg.rests_until <= now {
                leg = Leg::next(leg.to, leg.rests_until, &mut chance);
            }
            let place = leg.place(now);
            assert!(place.0 <= SIDE && place.1 <= SIDE);
            let (x, y) = (place.0.abs_diff(before.0), place.1.abs_diff(before.1));
            let way = (x * x + y * y).isqrt();
            assert!(way <= PACES.1 + 2, "{before:?} {place:?}");
            before = place;
        }
    }
}
