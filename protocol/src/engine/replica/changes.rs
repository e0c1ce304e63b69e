//! Which chains changed since when, so that a session looks at those alone and not at all of a room's.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::id::ActorId;

/// The chains in the order of their latest changes, which are counted.
#[derive(Debug, Default)]
pub(super) struct Changes {
    count: u64,
    latest: BTreeMap<ActorId, u64>,
    order: BTreeMap<u64, ActorId>,
}

impl Changes {
    /// Notes that a chain is there, or held otherwise than before.
    pub(super) fn note(&mut self, actor: ActorId) {
        self.count = self.count.saturating_add(1);
        if let Some(before) = self.latest.insert(actor, self.count) {
            self.order.remove(&before);
        }
        self.order.insert(self.count, actor);
    }

    /// How many changes there were.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// The chains that changed after so many changes.
    pub(super) fn since(&self, count: u64) -> impl Iterator<Item = ActorId> + '_ {
        let later = (Bound::Excluded(count), Bound::Unbounded);
        self.order.range(later).map(|(_, actor)| *actor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chain_is_told_once_by_its_latest_change() {
        let actor = |n| ActorId::new([n; 32]);
        let mut changes = Changes::default();
        for n in [1, 2, 3, 2] {
            changes.note(actor(n));
        }
        let since = |count| changes.since(count).collect::<Vec<_>>();
        assert_eq!(since(0), [actor(1), actor(3), actor(2)]);
        assert_eq!(since(3), [actor(2)]);
        assert_eq!(since(changes.count()), []);
    }
}
