//! Communities: people meet those of their own, and a few travellers go from one to another.
//!
//! Invariants
//! - Two meet only while both are in one community; who does not travel is always in their own.

use tidings_tests::chance::Chance;

use super::{Contacts, HOUR, MINUTE, SECOND, Trace};

/// Members of a community.
const MEMBERS: usize = 25;
/// How many of them travel.
const TRAVELLERS: usize = 2;
/// Where they are is looked at so often.
const SLOT: u64 = 10 * MINUTE;
/// Two in one community meet in one of so many slots: every 8 hours.
const SLOTS_A_MEETING: u64 = 48;
/// The shortest and the longest meeting.
const MEETING: (u64, u64) = (30 * SECOND, 9 * MINUTE);
/// The shortest and the longest stay of a traveller.
const STAY: (u64, u64) = (4 * HOUR, 12 * HOUR);
/// How long it is.
const LENGTH: u64 = 336 * HOUR;
const LIFETIME_HOURS: u16 = 168;

/// Somebody, and where they are until when.
struct Person {
    home: usize,
    is_traveller: bool,
    place: usize,
    until: u64,
}

impl Person {
    const fn new(number: usize) -> Self {
        let home = number / MEMBERS;
        Self {
            home,
            is_traveller: number % MEMBERS < TRAVELLERS,
            place: home,
            until: 0,
        }
    }

    /// Half of the stays are at home, a quarter in the next community, a quarter anywhere.
    fn travel(&mut self, now: u64, communities: usize, chance: &mut Chance) {
        if !self.is_traveller || now < self.until {
            return;
        }
        self.until = now + chance.within(STAY.0..=STAY.1);
        self.place = match chance.within(0..=3) {
            0 | 1 => self.home,
            2 => (self.home + 1) % communities,
            _ => chance.index(communities),
        };
    }
}

/// Makes a trace of so many nodes.
pub(crate) fn generate(nodes: usize, chance: &mut Chance) -> Trace {
    let communities = nodes.div_ceil(MEMBERS).max(1);
    let mut people: Vec<Person> = (0..nodes).map(Person::new).collect();
    let mut contacts = Contacts::default();
    for now in (0..LENGTH / SLOT).map(|slot| slot * SLOT) {
        let mut there: Vec<Vec<usize>> = vec![Vec::new(); communities];
        for (number, person) in people.iter_mut().enumerate() {
            person.travel(now, communities, chance);
            if let Some(place) = there.get_mut(person.place) {
                place.push(number);
            }
        }
        for place in &there {
            let mut left = place.as_slice();
            while let Some((one, rest)) = left.split_first() {
                left = rest;
                for other in rest {
                    if chance.one_in(SLOTS_A_MEETING) {
                        let from = now + chance.within(0..=SLOT - SECOND);
                        let until = from + chance.within(MEETING.0..=MEETING.1);
                        contacts.add(*one, *other, from, until);
                    }
                }
            }
        }
    }
    Trace {
        name: "communities".to_owned(),
        about: "14 days, communities of 25, of whom 2 travel and stay 4 to 12 h; two in one place meet every 8 h"
            .to_owned(),
        nodes,
        changes: contacts.into_changes(LENGTH),
        end: LENGTH,
        lifetime_hours: LIFETIME_HOURS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_meetings_are_within_a_community_and_none_between_those_who_do_not_travel() {
        let trace = generate(100, &mut Chance::new(5));
        let within = |change: &&super::super::Change| {
            let (one, other) = change.pair;
            one / MEMBERS == other / MEMBERS
        };
        let inside = trace.changes.iter().filter(within).count();
        let outside = trace.changes.len() - inside;
        assert!(outside > 100 && inside > 5 * outside, "{inside} {outside}");
        for change in trace.changes.iter().filter(|change| !within(change)) {
            let (one, other) = change.pair;
            assert!(one % MEMBERS < TRAVELLERS || other % MEMBERS < TRAVELLERS);
        }
    }
}
