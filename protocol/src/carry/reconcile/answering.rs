//! The side that answers: what it held when the reconciliation began, and how often it was asked.
//!
//! Invariants
//! - What is asked of it changes nothing but the count of that.
//! - It looks at no more ids than what was asked and what is answered have room for.

use super::held::{HeldPlaces, Span};
use super::message::{self, Asked, Ids, Numbers, Query, ROOM_BYTES, Verdict, Verdicts};
use super::{IDS_MAX, ROUNDS_MAX, ReconcileError};
use crate::id::EnvelopeId;
use crate::wire;

/// The side that answers: by what it held when the reconciliation began.
#[derive(Debug)]
pub struct Answering {
    held: HeldPlaces,
    rounds: usize,
}

impl Answering {
    /// Begins a reconciliation about `ids` with the first message of the side that asks, and answers it. The ids are
    /// not looked at before that is known to be one.
    ///
    /// # Errors
    /// [`ReconcileError`] if it is none.
    pub fn begin(
        ids: impl IntoIterator<Item = EnvelopeId>,
        message: &[u8],
    ) -> Result<(Self, Vec<u8>), ReconcileError> {
        let query = Query::read(message)?;
        let salt = query.salt.ok_or(ReconcileError::Salt)?;
        let held = HeldPlaces::new(&salt, ids);
        let answering = Self { held, rounds: 1 };
        let answer = answering.verdicts(&query.asked);
        Ok((answering, answer))
    }

    /// Answers a later message.
    ///
    /// # Errors
    /// [`ReconcileError`] if it is no query, or one too many.
    pub fn answer(&mut self, message: &[u8]) -> Result<Vec<u8>, ReconcileError> {
        if self.rounds >= ROUNDS_MAX {
            return Err(ReconcileError::Over);
        }
        let query = Query::read(message)?;
        if query.salt.is_some() {
            return Err(ReconcileError::Salt);
        }
        self.rounds = self.rounds.saturating_add(1);
        Ok(self.verdicts(&query.asked))
    }

    fn verdicts(&self, asked: &[Asked]) -> Vec<u8> {
        let mut room = ROOM_BYTES;
        let mut verdicts = Vec::new();
        for asked in asked {
            let verdict = self.verdict(asked);
            let Some(left) = room.checked_sub(verdict.bytes_max()) else {
                break;
            };
            room = left;
            verdicts.push(verdict);
        }
        wire::encode(&Verdicts { all: verdicts })
    }

    fn verdict(&self, asked: &Asked) -> Verdict {
        match asked {
            Asked::Sums(span, Numbers(sums)) => {
                let parts = message::parts_bits(sums).and_then(|bits| span.parts(bits));
                let differs = parts
                    .into_iter()
                    .flatten()
                    .zip(sums)
                    .map(|(part, sum)| self.held.sum(part) != *sum);
                // The last part comes first, and so is the highest bit.
                let differs = differs.collect::<Vec<_>>().into_iter().rev();
                Verdict::Differ(differs.fold(0, |bits, differs| bits << 1 | u64::from(differs)))
            }
            Asked::Places(span, Numbers(places)) => self.list(*span, places),
        }
    }

    fn list(&self, span: Span, places: &[u64]) -> Verdict {
        let within = self.held.within(span);
        if within.len() > IDS_MAX {
            return Verdict::Many;
        }
        let beside = within
            .iter()
            .filter(|(place, _)| places.binary_search(place).is_err());
        let ids = beside.map(|(_, id)| *id).collect();
        let is_lacking = |place: &&u64| within.binary_search_by_key(*place, |(at, _)| *at).is_err();
        let lacking = places.iter().filter(is_lacking).copied().collect();
        Verdict::Listed(Ids(ids), Numbers(lacking))
    }
}
