//! What our receipts list of the operations of others that we hold without their bodies.
//!
//! ```text
//!   a session begins --> all, a part with each receipt until it was said
//!   more comes so ----> what came since the last settling, the same for all; whoever did not hear
//!                       that before the next is told all again
//! ```
//!
//! Invariants
//! - However much is held so, a receipt lists [`LISTED_BYTES_MAX`] of it and as many again of what is new.
//! - What is new costs what it is itself, whatever was listed before.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::ranges::Ranges;
use super::telling::bytes_of;
use super::{Chain, Replica};
use crate::id::{ActorId, PersonId};
use crate::operation::Operation;
use crate::sync::{Acknowledgement, Coverage, Erased};
use crate::wire::limits::{ERASED_RANGES_MAX, RANGES_KEPT_MAX};

/// Bytes of what one receipt lists of others' operations, so that it leaves room for what it
/// acknowledges.
pub(super) const LISTED_BYTES_MAX: usize = 16 * 1024;
/// Actors of which it does, likewise.
pub(super) const LISTED_ACTORS_MAX: usize = 64;

/// What is to be listed for whom.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// What came without its body and was not told yet.
    came: BTreeMap<ActorId, Ranges>,
    /// How many operations that are, at most.
    count: usize,
    /// Whether it was more than is kept.
    is_over: bool,
    /// Whether it was, the last time that anything was new.
    was_over: bool,
    /// What was new the last time that anything was.
    news: Vec<Acknowledgement>,
    /// Who is to hear that with the next receipt.
    fresh: BTreeSet<PersonId>,
    /// Who is to hear all with the next receipts: from the first actor on, or after one.
    owed: BTreeMap<PersonId, Option<ActorId>>,
}

/// What says of an actor that this is held without a body.
pub(super) fn listing(actor: ActorId, erased: Erased) -> Acknowledgement {
    Acknowledgement {
        ends: None,
        actor,
        held: Coverage::default(),
        erased,
        read: Coverage::default(),
    }
}

impl Listing {
    /// Notes what came without its body. Of more than is kept all are told all.
    fn note(&mut self, actor: ActorId, seq: u64) {
        if self.count == RANGES_KEPT_MAX {
            self.is_over = true;
            return;
        }
        self.count = self.count.saturating_add(1);
        self.came.entry(actor).or_default().add(&[(seq, seq)]);
    }

    /// Takes out of what came as much as is told at once.
    fn take_news(&mut self) -> Vec<Acknowledgement> {
        let mut news = Vec::new();
        let mut left = LISTED_BYTES_MAX;
        for (actor, came) in &mut self.came {
            let told: Vec<_> = came.spans().take(ERASED_RANGES_MAX).collect();
            let mut erased = Erased::default();
            erased.extend(told.iter().copied());
            let part = listing(*actor, erased);
            let Some(after) = left.checked_sub(bytes_of(&part)) else {
                break;
            };
            if news.len() == LISTED_ACTORS_MAX {
                break;
            }
            left = after;
            news.push(part);
            came.subtract(told.into_iter());
        }
        self.came.retain(|_, came| came.lowest().is_some());
        self.count = self.came.values().map(|came| came.spans().count()).sum();
        news
    }
}

impl Replica {
    /// Notes that an operation came, whole or not.
    pub(super) fn note_arrival(&mut self, operation: &Operation) {
        if self.room().is_some() && operation.body().is_none() {
            let header = operation.header();
            self.listing.note(header.actor, header.seq);
        }
    }

    /// Whether something more came without its body: [`Self::owe_news`] has to come next.
    pub(in crate::engine) fn take_bodiless(&mut self) -> bool {
        let listing = &mut self.listing;
        if listing.came.is_empty() {
            return false;
        }
        // Whoever did not hear what was new before hears all.
        for person in std::mem::take(&mut listing.fresh) {
            listing.owed.entry(person).or_insert(None);
        }
        listing.was_over = std::mem::take(&mut listing.is_over);
        listing.news = listing.take_news();
        true
    }

    /// Has somebody hear with the next receipt what is new.
    pub(in crate::engine) fn owe_news(&mut self, person: PersonId) {
        if self.listing.was_over {
            self.listing.owed.entry(person).or_insert(None);
        }
        self.listing.fresh.insert(person);
        self.owe_receipt(person);
    }

    /// Has somebody hear with the next receipts what we lack of all others' operations.
    pub(in crate::engine) fn owe_list(&mut self, person: PersonId) {
        self.listing.owed.insert(person, None);
        self.owe_receipt(person);
    }

    /// What a receipt to a person lists of the operations of others; if that is not all, another
    /// receipt is owed.
    pub(super) fn list(&mut self, person: PersonId) -> Vec<Acknowledgement> {
        let mut parts = BTreeMap::new();
        if self.listing.fresh.remove(&person) {
            let is_others = |part: &&Acknowledgement| {
                let chain = self.chains.get(&part.actor);
                chain.is_some_and(|chain| chain.record().person != person)
            };
            let news = self.listing.news.iter().filter(is_others);
            parts.extend(news.map(|part| (part.actor, part.clone())));
        }
        let Some(after) = self.listing.owed.remove(&person) else {
            return parts.into_values().collect();
        };
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let others = self.chains.range((from, Bound::Unbounded));
        let others = others.filter(|(_, chain)| chain.record().person != person);
        let (mut left, mut count, mut last) = (LISTED_BYTES_MAX, 0, None);
        for part in others.filter_map(|(_, chain)| Chain::bodiless(chain)) {
            let fits = left.checked_sub(bytes_of(&part));
            let Some(fits) = fits.filter(|_| count < LISTED_ACTORS_MAX) else {
                self.listing.owed.insert(person, last);
                self.owe_receipt(person);
                break;
            };
            (left, count, last) = (fits, count + 1, Some(part.actor));
            parts.insert(part.actor, part);
        }
        parts.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_came_as_many_actors_are_told_at_once_as_may_be_and_one_more_the_next_time() {
        for (actors, then) in [(LISTED_ACTORS_MAX, 0), (LISTED_ACTORS_MAX + 1, 1)] {
            let mut listing = Listing::default();
            for n in 1..=u8::try_from(actors).unwrap() {
                listing.note(ActorId::new([n; 32]), 1);
            }
            assert_eq!(listing.take_news().len(), LISTED_ACTORS_MAX);
            assert_eq!((listing.take_news().len(), listing.count), (then, 0));
        }
    }

    #[test]
    fn of_what_came_as_much_is_kept_as_may_be_and_for_one_more_all_are_told_all() {
        let mut listing = Listing::default();
        let seqs = (1..).take(RANGES_KEPT_MAX);
        seqs.for_each(|seq| listing.note(ActorId::new([1; 32]), 2 * seq));
        assert!(!listing.is_over);
        listing.note(ActorId::new([1; 32]), 1);
        assert!(listing.is_over);
        let kept = listing.came.values().map(|came| came.spans().count());
        assert_eq!(kept.sum::<usize>(), RANGES_KEPT_MAX);
    }
}
