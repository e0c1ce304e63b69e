//! Chains that go back, because more of them is for us than was before; and those that begin after all
//! where they were said to.
//!
//! Invariants
//! - What was held stays so: it waits beyond the gap that has come to be, and joins the chain again.
//! - A gap that ends at where the chain was said to begin closes once its author shows that the place is
//!   there: nobody else serves what lies in it.

use super::Chain;
use crate::id::OperationId;
use crate::operation::{Header, SignedOperation};
use crate::room::Bound;
use crate::sync::Erased;
use crate::time::LogicalTime;

impl Chain {
    /// Has the chain begin earlier, if less of it is said not to be for us than was before; the
    /// author was admitted at `admitted`. Returns the number at which it began.
    pub(in crate::engine::replica) fn go_back(
        &mut self,
        after: Option<&Bound>,
        admitted: LogicalTime,
    ) -> Option<u64> {
        let was = std::mem::replace(&mut self.baseline, after.copied());
        let base = self.record.base;
        let to = after.map_or(0, |after| after.seq);
        // Where nobody had written so far, it is the time that tells what is for us.
        let is_earlier = after
            .zip(was)
            .is_some_and(|(after, was)| base < to && after.until < was.until);
        if base == 0 || (to >= base && !is_earlier) {
            return None;
        }
        let head = after.filter(|_| !self.is_beyond_fork(to));
        self.record.base = to;
        self.record.seq = to;
        self.record.head = head.map(|after| after.head);
        self.record.logical = admitted;
        self.record.erased.truncate(to);
        self.drop_pending_through(to);
        Some(base)
    }

    /// Takes an operation of it that is stored; [`Self::link`] has to follow the last.
    pub(in crate::engine::replica) fn regain(
        &mut self,
        operation: &SignedOperation,
        header: &Header,
    ) {
        if self.begins_with(header) {
            let before = header.seq.saturating_sub(1);
            self.record.base = before;
            self.record.seq = before;
            self.record.head = None;
        }
        if header.seq > self.record.seq && !self.pending.contains_key(&header.seq) {
            self.restore_pending(operation, header);
        }
    }

    /// Has what waits join the chain, as far as it follows.
    pub(in crate::engine::replica) fn link(&mut self) {
        self.link_pending();
        self.begin_after_all();
    }

    /// Whether an operation with this number and previous one goes on from where the chain was said to begin
    /// for us, of which something from before is held: whoever showed us that kept the rest to themselves.
    pub(super) fn shows_beginning(&self, seq: u64, prev: Option<OperationId>) -> bool {
        let place = self.baseline.filter(|place| self.record.seq < place.seq);
        place.is_some_and(|place| prev == Some(place.head) && place.seq.checked_add(1) == Some(seq))
    }

    /// Has the chain begin where it was said to, if what waits shows that the place is there; returns
    /// whether it does.
    pub(super) fn begin_after_all(&mut self) -> bool {
        let Some(place) = self.baseline else {
            return false;
        };
        let next = place.seq.saturating_add(1);
        let waiting = self.pending.get(&next);
        if !waiting.is_some_and(|waiting| self.shows_beginning(next, waiting.prev)) {
            return false;
        }
        self.record.base = place.seq;
        self.record.seq = place.seq;
        self.record.head = Some(place.head);
        self.record.erased = Erased::default();
        self.drop_pending_through(place.seq);
        self.link_pending();
        true
    }
}
