//! What the other side has acknowledged of our operations.
//!
//! Invariants
//! - An acknowledgement is never taken back: a later receipt that covers less changes nothing.
//! - What was acted on once is not acted on again, however often it is acknowledged.

use std::collections::BTreeMap;

use super::ranges::{Ranges, subtract};
use crate::delivery::DeliveryState;
use crate::id::{ActorId, DeviceId};
use crate::sync::{Acknowledgement, Coverage, Erased, Receipt, SignedReceipt};

/// A range of our operations that came further.
pub(super) type Progress = (u64, u64, DeliveryState);

/// What one device has acknowledged of one of our actors.
#[derive(Debug, Default)]
struct Known {
    /// With or without their bodies.
    held: Ranges,
    delivered: Ranges,
    read: Ranges,
}

/// What one device has acknowledged.
#[derive(Debug, Default)]
struct Device {
    number: u64,
    actors: BTreeMap<ActorId, Known>,
}

/// What every device of others has acknowledged.
#[derive(Debug, Default)]
pub(in crate::engine) struct Acknowledged {
    devices: BTreeMap<DeviceId, Device>,
    /// The newest receipt of each device that was not acted on yet.
    heard: BTreeMap<DeviceId, (SignedReceipt, Receipt)>,
}

impl Acknowledged {
    /// Keeps a verified receipt until it is acted on; only the newest of a device counts.
    pub(super) fn hear(&mut self, signed: SignedReceipt, receipt: Receipt) {
        let number = receipt.number;
        let known = self
            .devices
            .get(&receipt.device)
            .map_or(0, |device| device.number);
        let waiting = self
            .heard
            .get(&receipt.device)
            .map_or(0, |(_, heard)| heard.number);
        if number > known.max(waiting) {
            self.heard.insert(receipt.device, (signed, receipt));
        }
    }

    /// Takes out the receipt of `device` that waits.
    pub(super) fn take(&mut self, device: &DeviceId) -> Option<(SignedReceipt, Receipt)> {
        self.heard.remove(device)
    }

    /// Acts on a receipt: what came further of what our actors have `written`. Nothing if the
    /// receipt is no newer than what is known.
    pub(super) fn apply(
        &mut self,
        receipt: &Receipt,
        written: &BTreeMap<ActorId, u64>,
    ) -> Vec<(ActorId, Progress)> {
        let device = self.devices.entry(receipt.device).or_default();
        if receipt.number <= device.number {
            return Vec::new();
        }
        device.number = receipt.number;
        let mut progress = Vec::new();
        for part in &receipt.actors {
            let Some(written) = written.get(&part.actor) else {
                continue;
            };
            let Known {
                held,
                delivered,
                read,
            } = device.actors.entry(part.actor).or_default();
            let all = part
                .held
                .spans()
                .map(|(first, last)| (first, last.min(*written)));
            held.add(
                &all.filter(|(first, last)| first <= last)
                    .collect::<Vec<_>>(),
            );
            let mut note = |claimed: &Coverage, known: &mut Ranges, state| {
                let newly_held = newly_held(claimed, known, &part.erased, *written);
                known.add(&newly_held);
                let newly_held = newly_held.into_iter();
                progress.extend(newly_held.map(|(first, last)| (part.actor, (first, last, state))));
            };
            note(&part.held, delivered, DeliveryState::Delivered);
            note(&part.read, read, DeliveryState::Read);
        }
        progress
    }

    /// What of an actor of ours a device holds, with or without bodies.
    pub(super) fn held(&self, device: &DeviceId, own: &ActorId) -> Option<&Ranges> {
        let known = self.devices.get(device)?.actors.get(own)?;
        Some(&known.held)
    }

    /// Whether any device has `seq` of an actor of ours whole, acted on or not.
    pub(super) fn delivered(&self, seq: u64, own: ActorId) -> bool {
        let heard = self.heard.values().flat_map(|(_, receipt)| &receipt.actors);
        let mut heard = heard.filter(|part| part.actor == own);
        let mut known = self
            .devices
            .values()
            .filter_map(|device| device.actors.get(&own));
        known.any(|known| known.delivered.contains(seq))
            || heard.any(|part: &Acknowledgement| part.delivered(seq))
    }
}

/// The ranges of `1..=written` that are claimed, not known, and that came with a body.
fn newly_held(
    claimed: &Coverage,
    known: &Ranges,
    erased: &Erased,
    written: u64,
) -> Vec<(u64, u64)> {
    let claimed = claimed
        .spans()
        .map(|(first, last)| (first, last.min(written)))
        .filter(|(first, last)| first <= last)
        .collect();
    subtract(subtract(claimed, known.spans()), erased.spans())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn coverage(seqs: &[u64]) -> Coverage {
        let mut coverage = Coverage::default();
        for seq in seqs {
            coverage.insert(*seq);
        }
        coverage
    }

    fn ranges(seqs: &[u64]) -> Ranges {
        let seqs: std::collections::BTreeSet<u64> = seqs.iter().copied().collect();
        let mut ranges = Ranges::default();
        for seq in seqs {
            ranges.add(&[(seq, seq)]);
        }
        ranges
    }

    proptest! {
        #[test]
        fn newly_held_is_what_is_claimed_and_neither_known_nor_bodiless(
            claimed in prop::collection::vec(1_u64..40, 0..40),
            known in prop::collection::vec(1_u64..40, 0..40),
            gone in prop::collection::vec(1_u64..40, 0..20),
            written in 0_u64..45,
        ) {
            let mut erased = Erased::default();
            gone.iter().for_each(|seq| erased.insert(*seq));
            let ranges = newly_held(&coverage(&claimed), &ranges(&known), &erased, written);
            for seq in 1..50 {
                let found = ranges.iter().any(|(first, last)| (*first..=*last).contains(&seq));
                let expected = claimed.contains(&seq)
                    && !known.contains(&seq)
                    && !gone.contains(&seq)
                    && seq <= written;
                prop_assert_eq!(found, expected, "{}", seq);
            }
        }
    }

    #[test]
    fn a_claim_of_everything_covers_what_was_written_and_no_more() {
        let everything = Coverage::through(u64::MAX);
        let none = Ranges::default();
        assert_eq!(
            newly_held(&everything, &none, &Erased::default(), 7),
            [(1, 7)]
        );
        let all = ranges(&[1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(newly_held(&everything, &all, &Erased::default(), 7), []);
    }
}
