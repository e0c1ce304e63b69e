//! Working days: people sleep at home, take a bus or not, work in offices, eat in canteens, and meet
//! in the evening.
//!
//! Simplified: whoever is in one room, bus or bar at one time is in reach of all others there; on foot and in
//! cars nobody meets anybody; nobody is ill, late by more than chance has it, or away.
//!
//! Invariants
//! - A person is in one place at a time, and in none on their way.

use std::collections::BTreeMap;

use tidings_tests::chance::Chance;

use super::{Contacts, DAY, HOUR, MINUTE, Trace};

/// People of an office, and offices of a house that shares a canteen.
const OFFICE: usize = 10;
const OFFICES: usize = 10;
/// Parts of the town, each with a bus line, to every so many people.
const PART: usize = 100;
/// A bar to every so many people.
const BAR: usize = 20;
/// The most people of a home.
const HOME: u64 = 5;
/// How often a bus goes, and how long it takes.
const BUS: u64 = 20 * MINUTE;
const RIDE: u64 = 30 * MINUTE;
/// The first days of a week are of work.
const WORKING_DAYS: u64 = 5;
/// It begins in the night before Thursday.
const FIRST_DAY: u64 = 3;
const DAYS: u64 = 14;
const LENGTH: u64 = DAYS * DAY;
const LIFETIME_HOURS: u16 = 168;

/// Where people are in reach of each other. A bus is one ride of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Home(usize),
    Office(usize),
    Canteen(usize),
    Bus {
        line: usize,
        is_back: bool,
        leaves: u64,
    },
    Bar(usize),
}

/// Somebody.
struct Person {
    number: usize,
    home: usize,
    office: usize,
    takes_bus: bool,
    bars: [usize; 2],
}

impl Person {
    const fn canteen(&self) -> usize {
        self.office / OFFICES
    }

    const fn line(&self) -> usize {
        self.number / PART
    }
}

/// Who is where, from when until when.
#[derive(Default)]
struct Stays(BTreeMap<Place, Vec<(u64, u64, usize)>>);

impl Stays {
    fn add(&mut self, person: &Person, place: Place, from: u64, until: u64) {
        self.0
            .entry(place)
            .or_default()
            .push((from, until, person.number));
    }

    fn into_contacts(self) -> Contacts {
        let mut contacts = Contacts::default();
        for (_, mut stays) in self.0 {
            stays.sort_unstable();
            let mut left = stays.as_slice();
            while let Some(((_, until, one), rest)) = left.split_first() {
                left = rest;
                for (from, other_until, other) in rest.iter().take_while(|stay| stay.0 < *until) {
                    contacts.add(*one, *other, *from, *until.min(other_until));
                }
            }
        }
        contacts
    }
}

/// Makes a trace of so many nodes.
pub(crate) fn generate(nodes: usize, chance: &mut Chance) -> Trace {
    let people = settle(nodes, chance);
    let mut stays = Stays::default();
    for person in &people {
        let mut home_since = 0;
        for day in 0..DAYS {
            let midnight = day * DAY;
            let is_working_day = (day + FIRST_DAY) % 7 < WORKING_DAYS;
            home_since = if is_working_day {
                working_day(person, midnight, home_since, &mut stays, chance)
            } else {
                free_day(person, midnight, home_since, &mut stays, chance)
            };
        }
        stays.add(person, Place::Home(person.home), home_since, LENGTH);
    }
    Trace {
        name: "working day".to_owned(),
        about: "14 days from Thursday on, homes of 1 to 5, offices of 10, canteens of 100, buses, 50 bars"
            .to_owned(),
        nodes,
        changes: stays.into_contacts().into_changes(LENGTH),
        end: LENGTH,
        lifetime_hours: LIFETIME_HOURS,
    }
}

/// Gives everybody a home, an office and bars that they like. Neighbours work anywhere.
fn settle(nodes: usize, chance: &mut Chance) -> Vec<Person> {
    let mut desks: Vec<usize> = (0..nodes).collect();
    for left in (1..nodes).rev() {
        desks.swap(left, chance.index(left + 1));
    }
    let bars = nodes.div_ceil(BAR).max(1);
    let (mut home, mut room) = (0, 0);
    let mut people = Vec::new();
    for (number, desk) in desks.into_iter().enumerate() {
        if room == 0 {
            (home, room) = (home + 1, chance.within(1..=HOME));
        }
        room -= 1;
        people.push(Person {
            number,
            home,
            office: desk / OFFICE,
            takes_bus: chance.one_in(2),
            bars: [chance.index(bars), chance.index(bars)],
        });
    }
    people
}

/// From leaving home in the morning until being back: returns since when.
fn working_day(
    person: &Person,
    midnight: u64,
    home_since: u64,
    stays: &mut Stays,
    chance: &mut Chance,
) -> u64 {
    let home = Place::Home(person.home);
    let leaves = midnight + 7 * HOUR + chance.within(0..=90 * MINUTE);
    stays.add(person, home, home_since, leaves);
    let begins = commute(person, leaves, false, stays);
    let eats = midnight + 12 * HOUR + 30 * MINUTE * chance.within(0..=1);
    let ends = begins + 8 * HOUR + chance.within(0..=HOUR);
    stays.add(person, Place::Office(person.office), begins, eats);
    stays.add(
        person,
        Place::Canteen(person.canteen()),
        eats,
        eats + 30 * MINUTE,
    );
    stays.add(
        person,
        Place::Office(person.office),
        eats + 30 * MINUTE,
        ends,
    );
    let back = commute(person, ends, true, stays);
    if chance.one_in(2) {
        let goes = (back + HOUR).max(midnight + 18 * HOUR + 30 * MINUTE) + chance.within(0..=HOUR);
        stays.add(person, home, back, goes);
        return evening(person, goes, stays, chance);
    }
    back
}

/// From leaving home for a bar, if so, until being back: returns since when.
fn free_day(
    person: &Person,
    midnight: u64,
    home_since: u64,
    stays: &mut Stays,
    chance: &mut Chance,
) -> u64 {
    if chance.one_in(3) {
        return home_since;
    }
    let goes = midnight + chance.within(10 * HOUR..=18 * HOUR);
    stays.add(person, Place::Home(person.home), home_since, goes);
    evening(person, goes, stays, chance)
}

fn evening(person: &Person, goes: u64, stays: &mut Stays, chance: &mut Chance) -> u64 {
    let (from, length) = (goes + 15 * MINUTE, chance.within(HOUR..=3 * HOUR));
    let index = chance.index(person.bars.len());
    let bar = person.bars.get(index).copied().unwrap_or_default();
    stays.add(person, Place::Bar(bar), from, from + length);
    from + length + 15 * MINUTE
}

fn commute(person: &Person, leaves: u64, is_back: bool, stays: &mut Stays) -> u64 {
    if !person.takes_bus {
        return leaves + 25 * MINUTE;
    }
    let line = person.line();
    let leaves = (leaves + 1).next_multiple_of(BUS);
    let bus = Place::Bus {
        line,
        is_back,
        leaves,
    };
    stays.add(person, bus, leaves, leaves + RIDE);
    leaves + RIDE + 5 * MINUTE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_in_two_places_at_once() {
        let mut chance = Chance::new(6);
        let people = settle(40, &mut chance);
        let mut stays = Stays::default();
        for person in &people {
            let mut since = 0;
            for day in 0..5 {
                since = working_day(person, day * DAY, since, &mut stays, &mut chance);
            }
            for day in 5..7 {
                since = free_day(person, day * DAY, since, &mut stays, &mut chance);
            }
            assert!(since < 7 * DAY + 3 * HOUR, "{since}");
        }
        let mut of: BTreeMap<usize, Vec<(u64, u64)>> = BTreeMap::new();
        for (from, until, person) in stays.0.values().flatten() {
            assert!(from < until);
            of.entry(*person).or_default().push((*from, *until));
        }
        for times in of.values_mut() {
            times.sort_unstable();
            assert!(
                times.windows(2).all(|two| two[0].1 <= two[1].0),
                "{times:?}"
            );
        }
    }

    #[test]
    fn those_of_an_office_meet_on_days_of_work_and_not_at_the_weeks_end() {
        let trace = generate(60, &mut Chance::new(7));
        let people = settle(60, &mut Chance::new(7));
        let office = |person: usize| people[person].office;
        let days: std::collections::BTreeSet<u64> = trace
            .changes
            .iter()
            .filter(|change| change.is_up && change.at % DAY / HOUR == 8)
            .filter(|change| office(change.pair.0) == office(change.pair.1))
            .map(|change| change.at / DAY)
            .collect();
        assert_eq!(
            days.into_iter().collect::<Vec<_>>(),
            [0, 1, 4, 5, 6, 7, 8, 11, 12, 13]
        );
    }
}
