//! One author's chain as this device holds it.
//!
//! Invariants
//! - `record` covers exactly the operations 1..=seq, each linked to the one before.
//! - At most [`PENDING_OPERATIONS_MAX`] operations of [`PENDING_BYTES_MAX`] wait beyond a gap. They do
//!   so until it closes: they are acknowledged, so time takes none of them away.

mod bodies;
mod counting;
mod returning;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::ends::Ends;
use crate::engine::fill::{Fills, Queue};
use crate::id::{DeviceId, OperationId};
use crate::operation::{Header, Operation, OperationError, SignedOperation};
use crate::record::ActorRecord;
use crate::room::Bound;
use crate::time::LogicalTime;
use crate::wire::limits::{PENDING_BYTES_MAX, PENDING_OPERATIONS_MAX, UNCOUNTED_OPERATIONS_MAX};

/// Why a peer's operation is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::engine) enum Fault {
    #[error(transparent)]
    Operation(#[from] OperationError),
    #[error("operation of another conversation")]
    ForeignConversation,
    #[error("control operation in a direct conversation, which has no control")]
    Control,
    #[error("operation of an author who is not in the conversation")]
    UnknownAuthor,
    #[error("operation that does not follow its author's previous one")]
    Broken,
    #[error("more operations beyond a gap than are kept")]
    TooManyPending,
}

/// Where a new operation belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Place {
    /// Next in the chain.
    Next,
    /// The first that is held, before where the chain was said to begin for us: whoever said so named
    /// what nobody had written.
    First,
    /// Beyond a gap.
    Beyond,
}

/// What is held of one author's chain, and how much of it may be.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct HeldChain {
    /// Whose chain it is.
    pub(in crate::engine) device: DeviceId,
    /// The last sequence number held without a gap.
    pub(in crate::engine) seq: u64,
    /// The first and the last that wait beyond one.
    pub(in crate::engine) waiting: Option<(u64, u64)>,
    /// How many wait.
    pub(in crate::engine) waiting_count: usize,
    /// The last that is taken.
    pub(in crate::engine) most: u64,
}

/// What is remembered of an operation beyond a gap, to link it later.
#[derive(Debug, Clone, Copy)]
struct Pending {
    id: OperationId,
    prev: Option<OperationId>,
    logical: LogicalTime,
    erased: bool,
    bytes: usize,
}

/// One author's chain.
#[derive(Debug)]
pub(in crate::engine) struct Chain {
    record: ActorRecord,
    /// What of it is said not to be for us.
    baseline: Option<Bound>,
    ends: Ends,
    pending: BTreeMap<u64, Pending>,
    pending_bytes: usize,
}

impl Chain {
    pub(in crate::engine) fn new(record: ActorRecord) -> Self {
        Self {
            record,
            baseline: None,
            ends: Ends::default(),
            pending: BTreeMap::new(),
            pending_bytes: 0,
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let bytes = self.pending.values().map(|pending| pending.bytes);
        fills.note(Queue::Pending, self.pending.len(), PENDING_OPERATIONS_MAX);
        fills.note(Queue::PendingBytes, bytes.sum(), PENDING_BYTES_MAX);
    }

    /// Whether nothing is held of it.
    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.record.seq == 0 && self.record.fork.is_none() && self.pending.is_empty()
    }

    /// The chain as it was stored, in place of this one.
    pub(super) fn restored(&self, record: ActorRecord) -> Self {
        let mut ends = self.ends.clone();
        ends.counted(record.cut);
        let mut restored = Self {
            baseline: self.baseline,
            ends,
            ..Self::new(record)
        };
        restored.see_all();
        restored
    }

    pub(in crate::engine) const fn record(&self) -> &ActorRecord {
        &self.record
    }

    /// Where an operation with this header, of so many bytes in all, belongs; `None` if its place is
    /// taken already.
    pub(in crate::engine) fn place(
        &self,
        header: &Header,
        bytes: usize,
    ) -> Result<Option<Place>, Fault> {
        if self.begins_with(header) {
            return Ok(Some(Place::First));
        }
        if header.seq <= self.record.seq || header.seq > self.most() {
            return Ok(None);
        }
        if header.seq == self.record.seq.saturating_add(1) {
            // What waits here did not follow: its author signed two operations for one place.
            let follows = self.is_followed_by(header.prev, header.logical)
                && !self.pending.contains_key(&header.seq);
            return if follows {
                Ok(Some(Place::Next))
            } else {
                Err(Fault::Broken)
            };
        }
        if self.pending.contains_key(&header.seq) {
            return Ok(None);
        }
        let is_too_much = self.pending.len() >= PENDING_OPERATIONS_MAX
            || self.pending_bytes.saturating_add(bytes) > PENDING_BYTES_MAX;
        // What shows that a gap is not for us closes it.
        if is_too_much && !self.shows_beginning(header.seq, header.prev) {
            return Err(Fault::TooManyPending);
        }
        Ok(Some(Place::Beyond))
    }

    /// What is held of it.
    pub(in crate::engine) fn held(&self) -> HeldChain {
        let first = self.pending.first_key_value();
        let last = self.pending.last_key_value();
        HeldChain {
            device: self.record.device,
            seq: self.record.seq,
            waiting: first.zip(last).map(|(first, last)| (*first.0, *last.0)),
            waiting_count: self.pending.len(),
            most: self.most(),
        }
    }

    /// The last sequence number that is taken: some more than counts, and nothing beyond a fork.
    fn most(&self) -> u64 {
        let kept = self.ends.most().or(self.record.cut);
        let kept = kept.unwrap_or(u64::MAX);
        let kept = kept.saturating_add(UNCOUNTED_OPERATIONS_MAX);
        kept.min(self.record.fork.unwrap_or(u64::MAX))
    }

    /// Has the chain begin after a position, what comes before not being for us; returns whether
    /// that is news. [`Self::go_back`] has to come before.
    pub(in crate::engine) fn begin(&mut self, after: &Bound) -> bool {
        // What is held and too late to come before shows that nobody had written so far.
        let is_false = self.record.seq > self.record.base && self.record.logical > after.until;
        if after.seq <= self.record.seq || is_false {
            return false;
        }
        self.record.base = after.seq;
        self.record.seq = after.seq;
        self.record.head = (!self.is_beyond_fork(after.seq)).then_some(after.head);
        self.drop_pending_through(after.seq);
        self.link_pending();
        true
    }

    fn drop_pending_through(&mut self, seq: u64) {
        let later = seq.checked_add(1);
        let kept = later.map(|later| self.pending.split_off(&later));
        self.pending = kept.unwrap_or_default();
        self.pending_bytes = self.pending.values().map(|pending| pending.bytes).sum();
    }

    /// Whether an operation with this header and id shows that the chain may have forked: what it
    /// would follow, or what is held in its place, is another.
    pub(in crate::engine) fn is_contradicted_by(&self, header: &Header, id: OperationId) -> bool {
        let ActorRecord {
            base,
            seq: end,
            fork,
            ..
        } = self.record;
        let waiting = self.pending.get(&header.seq);
        if header.seq <= base || self.is_beyond_fork(header.seq) {
            return false;
        }
        match header.seq.cmp(&end) {
            // Only of a chain that forked it matters where.
            Ordering::Less => fork.is_some(),
            Ordering::Equal => fork.is_some() || self.record.head != Some(id),
            Ordering::Greater => {
                let is_next = end.checked_add(1) == Some(header.seq);
                let follows = !is_next || self.is_followed_by(header.prev, header.logical);
                let before = self.pending.get(&header.seq.saturating_sub(1));
                let after = self.pending.get(&header.seq.saturating_add(1));
                // What waits after the next one shows by itself whether it follows.
                let fits = is_next
                    || (before.is_none_or(|before| header.prev == Some(before.id))
                        && after.is_none_or(|after| after.prev == Some(id)));
                !follows || !fits || waiting.is_some_and(|waiting| waiting.id != id)
            }
        }
    }

    /// The first operation that waits beyond a gap in this place or next to it.
    pub(in crate::engine) fn waits_beside(&self, seq: u64) -> Option<u64> {
        let beside = seq.saturating_sub(1)..=seq.saturating_add(1);
        let mut waiting = self.pending.range(beside);
        waiting.next().map(|(seq, _)| *seq)
    }

    /// What waits beyond a gap, ascending.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (u64, OperationId)> + '_ {
        let waiting = self.pending.iter();
        waiting.map(|(seq, pending)| (*seq, pending.id))
    }

    /// The operation that waits beyond a gap in a place.
    pub(super) fn waiting_at(&self, seq: u64) -> Option<OperationId> {
        self.pending.get(&seq).map(|pending| pending.id)
    }

    /// Whether an operation of this number is taken, or was and waits.
    pub(super) fn takes(&self, seq: u64) -> bool {
        (self.record.seq < seq && seq <= self.most()) && self.pending.len() < PENDING_OPERATIONS_MAX
    }

    /// Whether what waits beyond a gap did not follow as the gap closed.
    pub(in crate::engine) fn has_unlinked(&self) -> bool {
        let first = self.pending.first_key_value();
        first.is_some_and(|(seq, _)| self.record.seq.checked_add(1) == Some(*seq))
    }

    /// Whether its chain ended before this number, because of a fork.
    fn is_beyond_fork(&self, seq: u64) -> bool {
        self.record.fork.is_some_and(|through| seq > through)
    }

    /// Ends the chain after `through`, where `last` is held; returns false, and changes nothing, if
    /// what is held there would have to be known and is not.
    pub(in crate::engine) fn end_at(
        &mut self,
        through: u64,
        last: Option<(OperationId, LogicalTime)>,
    ) -> bool {
        if self.record.seq > through {
            let is_ours = through > self.record.base;
            if is_ours && last.is_none() {
                return false;
            }
            let last = last.filter(|_| is_ours);
            self.record.seq = through.max(self.record.base);
            self.record.head = last.map(|(head, _)| head);
            self.record.logical = last.map_or(LogicalTime::ZERO, |(_, logical)| logical);
        }
        self.record.fork = Some(through);
        self.pending.retain(|seq, _| *seq <= through);
        self.pending_bytes = self.pending.values().map(|pending| pending.bytes).sum();
        true
    }

    /// Takes an operation whose place was found and whose signature was verified; returns whether
    /// operations beyond the gap it closed joined the chain.
    pub(in crate::engine) fn take(&mut self, place: Place, operation: &Operation) -> bool {
        match place {
            Place::Next | Place::First => {
                if place == Place::First {
                    self.record.base = operation.header().seq.saturating_sub(1);
                }
                self.append(operation);
                let waiting = self.pending.len();
                self.link_pending();
                self.pending.len() < waiting
            }
            Place::Beyond => {
                self.restore_pending(operation.signed(), operation.header());
                self.begin_after_all()
            }
        }
    }

    /// Takes the next operation of the chain.
    pub(in crate::engine) fn append(&mut self, operation: &Operation) {
        let header = operation.header();
        self.advance(
            header.seq,
            operation.id(),
            header.logical,
            operation.body().is_none(),
        );
    }

    /// Remembers an operation beyond a gap.
    pub(in crate::engine) fn restore_pending(
        &mut self,
        operation: &SignedOperation,
        header: &Header,
    ) {
        if self.is_beyond_fork(header.seq) {
            return;
        }
        let pending = Pending {
            id: operation.id(),
            prev: header.prev,
            logical: header.logical,
            erased: operation.body.is_none(),
            bytes: operation.bytes(),
        };
        self.pending_bytes = self.pending_bytes.saturating_add(pending.bytes);
        self.ends.see(header.seq, pending.id, pending.logical, None);
        self.pending.insert(header.seq, pending);
    }

    /// Whether an operation of this number is held, and its id is not remembered.
    pub(in crate::engine) const fn is_linked(&self, seq: u64) -> bool {
        seq < self.record.seq
    }

    /// Whether the chain begins with an operation that comes before where it was said to begin, and is
    /// too late for that.
    fn begins_with(&self, header: &Header) -> bool {
        let ActorRecord { base, seq, .. } = self.record;
        let claimed = self.baseline.filter(|baseline| baseline.seq == base);
        let is_late = claimed.is_some_and(|baseline| header.logical > baseline.until);
        let may_follow = || {
            header
                .logical
                .may_follow_within(self.record.logical, header.seq)
        };
        seq == base && header.seq <= base && is_late && may_follow()
    }

    /// Whether an operation with this previous one and time may come next. Of what comes first after
    /// what is not for us, only its author knows what it follows; but so many have come no further.
    fn is_followed_by(&self, prev: Option<OperationId>, logical: LogicalTime) -> bool {
        let ActorRecord { base, seq, .. } = self.record;
        if base > 0 && seq == base {
            // The time held is that of the author's admission, or of something not for us.
            let steps = base.saturating_add(1);
            return logical.may_follow_within(self.record.logical, steps);
        }
        prev == self.record.head && logical.may_follow(self.record.logical)
    }

    fn highest(&self) -> u64 {
        self.pending
            .last_key_value()
            .map_or(self.record.seq, |(seq, _)| *seq)
    }

    fn advance(&mut self, seq: u64, id: OperationId, logical: LogicalTime, erased: bool) {
        self.record.seq = seq;
        self.record.head = Some(id);
        self.record.logical = logical;
        if erased {
            self.record.erased.insert(seq);
        }
    }

    /// Moves what now follows without a gap from beyond it into the chain.
    fn link_pending(&mut self) {
        while let Some((seq, pending)) = self.pending.first_key_value() {
            let (seq, pending) = (*seq, *pending);
            let follows = seq == self.record.seq.saturating_add(1)
                && self.is_followed_by(pending.prev, pending.logical);
            if !follows {
                break;
            }
            self.pending.remove(&seq);
            self.pending_bytes = self.pending_bytes.saturating_sub(pending.bytes);
            self.advance(seq, pending.id, pending.logical, pending.erased);
        }
    }
}
