//! How much of a chain counts, once the admission ended under which it was written.

use super::Chain;
use crate::id::OperationId;
use crate::operation::Header;
use crate::record::ActorRecord;
use crate::room::Bound;

impl Chain {
    /// Takes over how much of it counts, if its admission ended; returns whether that is news.
    pub(in crate::engine) fn put_ends(&mut self, bounds: Option<Vec<Bound>>) -> bool {
        if self.ends.put(bounds) {
            self.see_all();
        }
        self.count()
    }

    /// The bound whose reach has to be looked up, and the lowest number that is known to be beyond it.
    pub(in crate::engine::replica) fn sought_end(&self) -> Option<(Bound, u64)> {
        self.ends.sought(self.record.logical)
    }

    /// Notes how far a bound reaches; returns whether more or less counts by that.
    pub(in crate::engine::replica) fn found_end(
        &mut self,
        bound: &Bound,
        through: Option<u64>,
    ) -> bool {
        self.ends.found(bound, through);
        self.count()
    }

    /// Looks at an operation that is about to be taken; returns whether more or less counts by it.
    pub(in crate::engine::replica) fn foresee(&mut self, header: &Header, id: OperationId) -> bool {
        let is_next = self.record.seq.checked_add(1) == Some(header.seq);
        let before = is_next.then_some(self.record.logical);
        self.ends.see(header.seq, id, header.logical, before);
        self.ends.cut().is_some() && self.count()
    }

    /// Looks at all that is remembered of what is held.
    pub(super) fn see_all(&mut self) {
        let ActorRecord {
            base,
            seq,
            head,
            logical,
            ..
        } = self.record;
        if let Some(head) = head.filter(|_| seq > base) {
            self.ends.see(seq, head, logical, None);
        }
        for (seq, pending) in &self.pending {
            self.ends.see(*seq, pending.id, pending.logical, None);
        }
    }

    fn count(&mut self) -> bool {
        let cut = self.ends.cut();
        std::mem::replace(&mut self.record.cut, cut) != cut
    }
}
