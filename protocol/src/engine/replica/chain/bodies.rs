//! Bodies of a chain: what is held without one, what was read, and what a receipt says of both.

use super::{Chain, Fault};
use crate::engine::replica::listing::listing;
use crate::engine::replica::ranges::Ranges;
use crate::id::OperationId;
use crate::operation::{Header, Operation};
use crate::sync::{Acknowledgement, Coverage, Erased};
use crate::wire::limits::PENDING_BYTES_MAX;

impl Chain {
    /// Whether an operation of this number and id, of so many bytes in all, is held without the body
    /// that it came without. Below the head the number alone is remembered: see [`Self::is_linked`].
    pub(in crate::engine) fn lacks_body(
        &self,
        header: &Header,
        id: OperationId,
        bytes: usize,
    ) -> Result<bool, Fault> {
        let Some(waiting) = self.pending.get(&header.seq) else {
            let is_linked = header.seq < self.record.seq
                || (header.seq == self.record.seq && self.record.head == Some(id));
            return Ok(is_linked && self.record.erased.contains(header.seq));
        };
        let others = self.pending_bytes.saturating_sub(waiting.bytes);
        if waiting.id != id || !waiting.erased {
            return Ok(false);
        }
        if others.saturating_add(bytes) > PENDING_BYTES_MAX {
            return Err(Fault::TooManyPending);
        }
        Ok(true)
    }

    /// What of these sorted ranges is held, beyond a gap or not.
    pub(in crate::engine::replica) fn held_of(
        &self,
        ranges: impl Iterator<Item = (u64, u64)>,
    ) -> Ranges {
        let begin = self.record.base.saturating_add(1);
        let mut held = Ranges::default();
        for (first, last) in ranges {
            let linked = (first.max(begin), last.min(self.record.seq));
            let linked = Some(linked).filter(|(first, last)| first <= last);
            let waiting = first.max(self.record.seq.saturating_add(1));
            let waiting = (waiting <= last).then(|| self.pending.range(waiting..=last));
            let waiting = waiting.into_iter().flatten().map(|(seq, _)| (*seq, *seq));
            held.add(&linked.into_iter().chain(waiting).collect::<Vec<_>>());
        }
        held
    }

    /// Takes the body of an operation that is held without it. It is yet to be read, whatever was
    /// said while there was nothing of it to read.
    pub(in crate::engine) fn take_body(&mut self, operation: &Operation) {
        let seq = operation.header().seq;
        if let Some(waiting) = self.pending.get_mut(&seq) {
            let others = self.pending_bytes.saturating_sub(waiting.bytes);
            waiting.bytes = operation.signed().bytes();
            waiting.erased = false;
            self.pending_bytes = others.saturating_add(waiting.bytes);
        } else {
            self.record.erased.remove(seq);
        }
        self.record.read.remove(seq);
    }

    /// Notes that these were read; returns whether that is news.
    ///
    /// What is held without a body counts as read with them: there is nothing of it to read, and
    /// as gaps they would soon use up the ranges of a receipt.
    pub(in crate::engine) fn mark_read(&mut self, ranges: &[(u64, u64)]) -> bool {
        let before = self.record.read.clone();
        let held = self.highest();
        let read = ranges
            .iter()
            .map(|(first, last)| (*first, *last.min(&held)));
        let bodiless = self.pending.iter().filter(|(_, pending)| pending.erased);
        let bodiless = bodiless.map(|(seq, _)| (*seq, *seq));
        self.record
            .read
            .extend(read.chain(bodiless).chain(self.record.erased.listed()));
        self.record.read != before
    }

    /// What a receipt says of this author, with what was read or without; `None` while nothing is
    /// held.
    pub(in crate::engine) fn acknowledgement(
        &self,
        tells_read: bool,
        proves: bool,
    ) -> Option<Acknowledgement> {
        // What comes before the base is not for us, and most of it never came.
        let linked = (self.record.base.saturating_add(1), self.record.seq);
        let waiting = self.pending.keys().map(|seq| (*seq, *seq));
        let mut held = Coverage::default();
        held.extend(std::iter::once(linked).chain(waiting));
        let read = if tells_read {
            self.record.read.clone()
        } else {
            Coverage::default()
        };
        let held = held.told();
        (!held.is_empty()).then(|| Acknowledgement {
            actor: self.record.actor,
            ends: proves.then(|| self.ends_of(&held)),
            held,
            erased: self.erased().told(),
            read: read.told(),
        })
    }

    /// The operation at the end of each stretch of what is held.
    fn ends_of(&self, held: &Coverage) -> Vec<OperationId> {
        let ends = held.spans().map(|(_, last)| {
            let end = if last == self.record.seq {
                self.record.head
            } else {
                self.pending.get(&last).map(|pending| pending.id)
            };
            // Of none it says nothing that anybody could take for theirs.
            end.unwrap_or(OperationId::new([0; 32]))
        });
        ends.collect()
    }

    /// What a receipt lists of this author for those who did not write it: what is held without a
    /// body, and nothing else; `None` if all is whole.
    pub(in crate::engine) fn bodiless(&self) -> Option<Acknowledgement> {
        let erased = self.erased().told();
        let is_lacking = erased.listed().next().is_some();
        is_lacking.then(|| listing(self.record.actor, erased))
    }

    /// All that is held without a body.
    fn erased(&self) -> Erased {
        let bodiless = self.pending.iter().filter(|(_, pending)| pending.erased);
        let mut erased = self.record.erased.clone();
        erased.extend(bodiless.map(|(seq, _)| (*seq, *seq)));
        erased
    }
}
