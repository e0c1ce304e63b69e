//! What a relay lends to strangers: a part of what there is, so that what contacts need is there for them.
//!
//! Strangers have so much to begin with, all of them together, and a little more every now and then.
//!
//! Invariants
//! - Within the time for which something is lent, they begin less of it than there is.
//! - What kept peers are lent is not counted here.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use libp2p::{Multiaddr, PeerId, relay};
use tokio::sync::watch;

/// Whom somebody keeps, as it changes.
pub(in crate::net) type Kept = watch::Receiver<HashSet<PeerId>>;

/// See the module.
#[derive(Debug)]
pub(super) struct Strangers {
    kept: Kept,
    most: u32,
    /// How long it takes until there is one more.
    each: Duration,
    left: u32,
    since: Option<Instant>,
}

impl Strangers {
    /// Lends `most` at once, and one more after `each`.
    pub(super) const fn new(kept: Kept, most: u32, each: Duration) -> Self {
        Self {
            kept,
            most,
            each,
            left: most,
            since: None,
        }
    }

    /// How many come back in a time.
    fn back_in(&self, time: Duration) -> u32 {
        let back = time.as_nanos().checked_div(self.each.as_nanos());
        back.map_or(u32::MAX, |back| u32::try_from(back).unwrap_or(u32::MAX))
    }
}

impl relay::RateLimiter for Strangers {
    fn try_next(&mut self, peer: PeerId, _: &Multiaddr, now: Instant) -> bool {
        if self.kept.borrow().contains(&peer) {
            return true;
        }
        let since = *self.since.get_or_insert(now);
        let back = self.back_in(now.saturating_duration_since(since));
        self.left = self.left.saturating_add(back).min(self.most);
        self.since = if self.left == self.most {
            Some(now)
        } else {
            since.checked_add(self.each.saturating_mul(back))
        };
        let is_lent = self.left > 0;
        self.left = self.left.saturating_sub(1);
        is_lent
    }
}

#[cfg(test)]
mod tests {
    use libp2p::relay::RateLimiter as _;

    use super::*;

    const MOST: u32 = 3;
    const EACH: Duration = Duration::from_secs(60);

    fn lent(strangers: &mut Strangers, peer: PeerId, now: Instant) -> bool {
        strangers.try_next(peer, &"/memory/1".parse().unwrap(), now)
    }

    #[test]
    fn strangers_are_lent_so_much_together_and_one_more_after_a_while() {
        let (_kept, is_kept) = watch::channel(HashSet::new());
        let mut strangers = Strangers::new(is_kept, MOST, EACH);
        let start = Instant::now();
        for _ in 0..MOST {
            assert!(lent(&mut strangers, PeerId::random(), start));
        }
        assert!(!lent(&mut strangers, PeerId::random(), start));
        let early = start + EACH - Duration::from_millis(1);
        assert!(!lent(&mut strangers, PeerId::random(), early));
        assert!(lent(&mut strangers, PeerId::random(), start + EACH));
        assert!(!lent(&mut strangers, PeerId::random(), start + EACH));
        // Half of a time counts for the next.
        assert!(lent(&mut strangers, PeerId::random(), start + EACH * 5 / 2));
        assert!(!lent(
            &mut strangers,
            PeerId::random(),
            start + EACH * 5 / 2
        ));
        assert!(lent(&mut strangers, PeerId::random(), start + EACH * 3));
        // There is never more than at the beginning.
        let late = start + EACH * 100;
        for _ in 0..MOST {
            assert!(lent(&mut strangers, PeerId::random(), late));
        }
        assert!(!lent(&mut strangers, PeerId::random(), late));
    }

    #[test]
    fn whoever_is_kept_is_lent_something_whatever_strangers_were() {
        let (kept, is_kept) = watch::channel(HashSet::new());
        let mut strangers = Strangers::new(is_kept, 0, EACH);
        let (contact, now) = (PeerId::random(), Instant::now());
        assert!(!lent(&mut strangers, contact, now));
        kept.send_replace(HashSet::from([contact]));
        assert!(lent(&mut strangers, contact, now));
        assert!(!lent(&mut strangers, PeerId::random(), now));
    }
}
