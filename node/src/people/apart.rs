//! How people of one name are told apart.
//!
//! Invariants
//! - Of all who have one name it is left to whoever has the best claim to it: our own person, then
//!   whom we gave it, then a contact who goes by it. All others, and those whose claims are equal, are
//!   shown with the start of their id.
//! - No name that somebody chose is shown beside another's that looks the same with the start of an id.

use std::collections::BTreeMap;
use std::fmt::Display;

use tidings_protocol::id::PersonId;

use super::{Person, folded};

/// How much of an id is shown.
const ID_CHARACTERS_SHOWN: usize = 8;

/// By what right somebody has a name, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    /// It has the start of their id in it.
    Apart,
    /// It is ours.
    Own,
    /// We gave it to them.
    Given,
    /// They are a contact, and call themselves so.
    Contact,
    /// They are no contact, and call themselves so.
    Other,
}

/// The names of those who have to be told apart from somebody of the same name.
pub(super) fn told_apart(
    own: PersonId,
    people: &[Person],
    others: &BTreeMap<PersonId, String>,
) -> BTreeMap<PersonId, String> {
    let contacts = people.iter().map(|person| {
        let is_given = person.record.petname.is_some();
        let claim = if is_given {
            Claim::Given
        } else {
            Claim::Contact
        };
        (person.record.person, claim, person.called())
    });
    let others = others.iter().map(|(person, name)| {
        let is_own = *person == own;
        let claim = if is_own { Claim::Own } else { Claim::Other };
        (*person, claim, name.as_str())
    });
    let all: Vec<(PersonId, Claim, &str)> = contacts.chain(others).collect();
    let mut shown: Vec<(Claim, String)> = all
        .iter()
        .map(|(_, claim, name)| (*claim, folded(name)))
        .collect();
    let mut apart = BTreeMap::new();
    // Each round tells some more apart, whose names may then be what another calls themselves.
    loop {
        let mut best = BTreeMap::<&str, (Claim, usize)>::new();
        for (claim, name) in &shown {
            let (first, count) = best.entry(name).or_insert((*claim, 0));
            if claim < first {
                (*first, *count) = (*claim, 0);
            }
            *count += usize::from(claim == first);
        }
        let unclear = shown.iter().zip(&all).enumerate();
        let unclear = unclear.filter(|(_, ((claim, name), _))| {
            let is_clear = best.get(name.as_str()) == Some(&(*claim, 1));
            !(is_clear || name.is_empty() || matches!(claim, Claim::Apart | Claim::Own))
        });
        let told: Vec<(usize, PersonId, String)> = unclear
            .map(|(index, (_, (person, _, name)))| (index, *person, with_id(name, person)))
            .collect();
        if told.is_empty() {
            return apart;
        }
        for (index, person, name) in told {
            if let Some(shown) = shown.get_mut(index) {
                *shown = (Claim::Apart, folded(&name));
            }
            apart.insert(person, name);
        }
    }
}

fn with_id(name: &str, person: &PersonId) -> String {
    format!("{} ({})", name.trim(), start_of_id(person))
}

/// As much of an id as is shown.
pub(super) fn start_of_id(id: &impl Display) -> String {
    id.to_string().chars().take(ID_CHARACTERS_SHOWN).collect()
}
