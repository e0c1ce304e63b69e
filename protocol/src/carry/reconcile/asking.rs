//! The side that asks: what it knows to differ, what it waits for, and what it has found.
//!
//! Invariants
//! - Each span is asked about once at a time, and none that lies in another that is: so nothing is found twice.
//! - What differs is looked into before anything else is asked about, so that little waits.

use super::held::{HeldPlaces, Span};
use super::message::{self, Asked, Ids, Numbers, Query, ROOM_BYTES, Verdict, Verdicts};
use super::{
    ASKED_MAX, DIFFERENCES_MAX, PARTS_BITS_MAX, PENDING_MAX, PLACES_MAX, Progress, ROUNDS_MAX,
    ReconcileError, SALT_BYTES,
};
use crate::id::EnvelopeId;
use crate::rng::Rng;
use crate::wire;

/// Into how many parts a span is divided that differs, as a power of two: most do because of one id.
const DIFFERING_PARTS_BITS: u32 = 4;
/// All of them.
const ALL_DIFFERING: u64 = (1 << (1 << DIFFERING_PARTS_BITS)) - 1;
/// So many in a part that its sum is worth its bytes.
const IN_PART: usize = 8;

/// The side that asks; it learns both differences.
#[derive(Debug)]
pub struct Asking {
    held: HeldPlaces,
    /// What is asked and not answered.
    pub(super) asked: Vec<Asked>,
    /// What is to be asked; the last is next.
    pub(super) pending: Vec<Span>,
    rounds: usize,
    found: usize,
    has_missed: bool,
}

impl Asking {
    /// Begins a reconciliation about `ids`; the message is the first for the other side.
    #[must_use]
    pub fn begin(ids: impl IntoIterator<Item = EnvelopeId>, rng: &mut Rng) -> (Self, Vec<u8>) {
        let salt = rng.bytes();
        let mut asking = Self {
            held: HeldPlaces::new(&salt, ids),
            asked: Vec::new(),
            pending: vec![Span::ALL],
            rounds: 0,
            found: 0,
            has_missed: false,
        };
        let first = asking.ask(Some(salt));
        (asking, first)
    }

    /// Takes the other side's answer to the last message.
    ///
    /// # Errors
    /// [`ReconcileError`] if it is no answer to that; the reconciliation is over then.
    pub fn take(&mut self, message: &[u8]) -> Result<Progress, ReconcileError> {
        if self.asked.is_empty() {
            return Err(ReconcileError::Over);
        }
        let mut asked = std::mem::take(&mut self.asked);
        let verdicts = Verdicts::read(message)?.all;
        if verdicts.len() > asked.len() {
            return Err(ReconcileError::Verdict);
        }
        let unanswered = asked.split_off(verdicts.len());
        let unanswered = unanswered.iter().rev().map(Asked::span);
        self.pending.extend(unanswered);
        let mut progress = Progress::default();
        for (asked, verdict) in asked.iter().zip(verdicts) {
            self.hear(asked, verdict, &mut progress)?;
        }
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds < ROUNDS_MAX && self.found < DIFFERENCES_MAX && !self.pending.is_empty() {
            progress.next = Some(self.ask(None));
        }
        if self.asked.is_empty() {
            progress.next = None;
            progress.is_complete = self.pending.is_empty() && !self.has_missed;
        }
        Ok(progress)
    }

    /// Takes what is said of one span.
    fn hear(
        &mut self,
        asked: &Asked,
        verdict: Verdict,
        progress: &mut Progress,
    ) -> Result<(), ReconcileError> {
        match (asked, verdict) {
            (Asked::Sums(span, Numbers(sums)), Verdict::Differ(differing)) => {
                self.divide(*span, message::parts_bits(sums), differing)
            }
            (Asked::Places(span, _), Verdict::Many) => {
                self.divide(*span, Some(DIFFERING_PARTS_BITS), ALL_DIFFERING)
            }
            (Asked::Places(span, places), Verdict::Listed(Ids(need), Numbers(lacking))) => {
                self.need(*span, places, need, progress)?;
                self.have(*span, places, &lacking, progress)
            }
            (Asked::Sums(..), Verdict::Listed(..) | Verdict::Many)
            | (Asked::Places(..), Verdict::Differ(_)) => Err(ReconcileError::Verdict),
        }
    }

    /// Has those parts of a span be asked for that differ.
    fn divide(
        &mut self,
        span: Span,
        bits: Option<u32>,
        differing: u64,
    ) -> Result<(), ReconcileError> {
        let Some(parts) = bits.and_then(|bits| span.parts(bits)) else {
            self.has_missed = true;
            return Ok(());
        };
        let mut left = differing;
        for part in parts {
            if left & 1 == 1 {
                self.pending.push(part);
            }
            left >>= 1;
        }
        if left != 0 {
            return Err(ReconcileError::Verdict);
        }
        if self.pending.len() > PENDING_MAX {
            return Err(ReconcileError::Pending);
        }
        Ok(())
    }

    /// Takes what the other side holds beside what is at the places that it was told.
    fn need(
        &mut self,
        span: Span,
        places: &Numbers,
        ids: Vec<EnvelopeId>,
        progress: &mut Progress,
    ) -> Result<(), ReconcileError> {
        let mut before = None;
        for id in ids {
            let place = self.held.place(&id);
            let is_told = places.0.binary_search(&place).is_ok();
            let is_next = before < Some((place, id));
            if is_told || !is_next || !span.contains(place) {
                return Err(ReconcileError::Verdict);
            }
            before = Some((place, id));
            self.find(id, &mut progress.need);
        }
        Ok(())
    }

    /// Takes where the other side holds nothing.
    fn have(
        &mut self,
        span: Span,
        places: &Numbers,
        lacking: &[u64],
        progress: &mut Progress,
    ) -> Result<(), ReconcileError> {
        let are_told = lacking
            .iter()
            .all(|place| places.0.binary_search(place).is_ok());
        if !are_told || !lacking.is_sorted_by(|a, b| a < b) {
            return Err(ReconcileError::Verdict);
        }
        let within = self.held.within(span).iter();
        let lacked = within.filter(|(place, _)| lacking.binary_search(place).is_ok());
        for id in lacked.map(|(_, id)| *id).collect::<Vec<_>>() {
            self.find(id, &mut progress.have);
        }
        Ok(())
    }

    fn find(&mut self, id: EnvelopeId, differences: &mut Vec<EnvelopeId>) {
        if self.found < DIFFERENCES_MAX {
            self.found = self.found.saturating_add(1);
            differences.push(id);
        } else {
            self.has_missed = true;
        }
    }

    /// Asks for as much of what is pending as fits.
    fn ask(&mut self, salt: Option<[u8; SALT_BYTES]>) -> Vec<u8> {
        let mut room = ROOM_BYTES;
        while let Some(span) = self.pending.last().copied() {
            let Some(asked) = self.question(span) else {
                self.has_missed = true;
                self.pending.pop();
                continue;
            };
            let Some(left) = room.checked_sub(asked.bytes_max()) else {
                break;
            };
            if self.asked.len() >= ASKED_MAX {
                break;
            }
            room = left;
            self.asked.push(asked);
            self.pending.pop();
        }
        let asked = std::mem::take(&mut self.asked);
        let salt = salt.map(Into::into);
        let query = Query { salt, asked };
        let message = wire::encode(&query);
        self.asked = query.asked;
        message
    }

    /// What to ask of a span; nothing if there is more in it than could be told apart.
    fn question(&self, span: Span) -> Option<Asked> {
        let within = self.held.within(span);
        if within.len() <= PLACES_MAX {
            let mut places: Vec<u64> = within.iter().map(|(place, _)| *place).collect();
            places.dedup();
            return Some(Asked::Places(span, Numbers(places)));
        }
        let bits_max = if span == Span::ALL {
            PARTS_BITS_MAX
        } else {
            DIFFERING_PARTS_BITS
        };
        let is_enough = |bits: &u32| within.len() >> bits <= IN_PART;
        let bits = (1..bits_max).find(is_enough).unwrap_or(bits_max);
        let sums = span.parts(bits)?.map(|part| self.held.sum(part));
        Some(Asked::Sums(span, Numbers(sums.collect())))
    }
}
