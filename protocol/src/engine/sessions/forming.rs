//! Rooms in the making: how much all sessions together may present of rooms that are not ours.
//!
//! Invariants
//! - What is kept of such rooms takes about [`FORMING_BYTES_MAX`] of memory, whoever presents them, beside
//!   the largest, which takes what a room of ours may take.
//! - Who presents the most makes room for others.

use std::collections::BTreeMap;

use crate::engine::LinkId;
use crate::engine::exchange::FORMING_BYTES_MAX;
use crate::engine::link::Links;
use crate::id::{ConversationId, PersonId};
use crate::time::Monotonic;

/// A room that somebody presents.
struct Presented {
    since: Monotonic,
    link: LinkId,
    conversation: ConversationId,
    person: PersonId,
    bytes: usize,
}

/// Drops of what sessions present of rooms that are not ours as much as is too much: the oldest of
/// whoever presents the most.
pub(in crate::engine) fn evict_surplus(links: &mut Links) {
    loop {
        let presented = all(links);
        let mut by_person: BTreeMap<PersonId, usize> = BTreeMap::new();
        for one in &presented {
            let bytes = by_person.entry(one.person).or_default();
            *bytes = bytes.saturating_add(one.bytes);
        }
        let total = by_person.values().copied().fold(0, usize::saturating_add);
        let largest = presented.iter().map(|one| one.bytes).max();
        if total.saturating_sub(largest.unwrap_or_default()) <= FORMING_BYTES_MAX {
            return;
        }
        let most = by_person.values().max();
        let of_most = presented
            .iter()
            .filter(|one| by_person.get(&one.person) == most);
        let oldest = of_most.min_by_key(|one| (one.since, one.link, one.conversation));
        let Some((link, conversation)) = oldest.map(|one| (one.link, one.conversation)) else {
            return;
        };
        if let Some(session) = links.session(link) {
            session.exchange.formed(&conversation);
        }
    }
}

fn all(links: &Links) -> Vec<Presented> {
    let sessions = links.sessions();
    let presented = sessions.flat_map(|(link, exchange)| {
        let person = exchange.person();
        exchange.presented().map(move |forming| Presented {
            since: forming.since,
            link,
            conversation: forming.room.conversation(),
            person,
            bytes: forming.bytes(),
        })
    });
    presented.collect()
}
