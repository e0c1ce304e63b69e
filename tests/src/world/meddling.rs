//! Meddling: what a hostile relay between two devices does to single frames of a stream.
//!
//! ```text
//!   sent:     1 2 3 4 5 6
//!   arrives:  1 2 ~ 4 4 6 5      changed, repeated, swapped; or dropped
//! ```
//!
//! Invariants
//! - Whoever stops meddling goes, with every stream of theirs whose next frame would betray them: a
//!   stream that ends with a frame they dropped looks like one that nothing more is said in.

use super::network::{End, Party, WireId};
use super::{Fault, World};

impl World {
    /// What arrives at an end instead of a frame, in this order.
    pub(super) fn meddled(&mut self, wire: WireId, side: usize, frame: Vec<u8>) -> Vec<Vec<u8>> {
        let meddles = self.weather.meddle_one_in;
        let strikes = meddles.is_some_and(|times| self.chance.one_in(times));
        let Some(end) = self.end_between_devices(wire, side) else {
            return vec![frame];
        };
        if let Some(earlier) = end.held_back.take() {
            end.is_false = true;
            self.tally.count(Fault::FrameSwapped);
            return vec![frame, earlier];
        }
        end.is_false |= end.lacks_last;
        end.lacks_last = false;
        if strikes {
            return self.strike_frame(wire, side, frame);
        }
        vec![frame]
    }

    fn strike_frame(&mut self, wire: WireId, side: usize, mut frame: Vec<u8>) -> Vec<Vec<u8>> {
        self.disturb(wire);
        if self.is_carry(wire) {
            self.note_meddled(wire);
        }
        let kind = self.chance.within(0..=3);
        let bit = 1 << self.chance.within(0..=7);
        let index = self.chance.index(frame.len());
        let Some(end) = self.end_between_devices(wire, side) else {
            return vec![frame];
        };
        match kind {
            0 => {
                end.lacks_last = true;
                self.tally.count(Fault::FrameDropped);
                Vec::new()
            }
            // It counts once another has overtaken it.
            1 => {
                end.held_back = Some(frame);
                Vec::new()
            }
            2 => {
                end.is_false = true;
                self.tally.count(Fault::FrameRepeated);
                vec![frame.clone(), frame]
            }
            _ => {
                if let Some(byte) = frame.get_mut(index) {
                    *byte ^= bit;
                    end.is_false = true;
                    self.tally.count(Fault::FrameFlipped);
                }
                vec![frame]
            }
        }
    }

    /// Nobody meddles any more.
    pub(super) fn stop_meddling(&mut self) {
        self.weather.meddle_one_in = None;
        let wires = self.network.wires.iter();
        let betrayed = |end: &End| end.lacks_last || end.held_back.is_some();
        let wires = wires.filter(|(_, wire)| wire.ends.iter().any(betrayed));
        for wire in wires.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.tally.count(Fault::WireCut);
            self.cut_wire(wire);
        }
    }

    /// Notes between whom somebody meddled with what is carried: those streams have nothing of ours that would
    /// show it, and go on.
    fn note_meddled(&mut self, wire: WireId) {
        let ends = self.network.wires.get(&wire).map(|wire| &wire.ends);
        let Some(parties) = ends.map(|ends| [ends[0].party, ends[1].party]) else {
            return;
        };
        for (one, other) in [(parties[0], parties[1]), (parties[1], parties[0])] {
            if let Party::Device { index, .. } = one {
                let peer = self.transport_of(other);
                self.meddled.insert((index, peer));
            }
        }
    }

    /// Whether anybody meddled so far.
    pub(super) fn was_meddled_with(&self) -> bool {
        let faults = [
            Fault::FrameDropped,
            Fault::FrameSwapped,
            Fault::FrameRepeated,
            Fault::FrameFlipped,
        ];
        faults.iter().any(|fault| self.tally.of(*fault) > 0)
    }

    /// No stream goes on in which something else arrived than was sent.
    pub(super) fn check_streams(&self) {
        for (id, wire) in &self.network.wires {
            if self.is_carry(*id) {
                continue;
            }
            for end in &wire.ends {
                assert!(!end.is_false || end.closing, "{id:?} goes on: {end:?}");
            }
        }
    }

    /// One end of a stream between two devices: what is said by nobody's engine is meddled with by
    /// whoever says it.
    fn end_between_devices(&mut self, wire: WireId, side: usize) -> Option<&mut End> {
        let wire = self.network.wires.get_mut(&wire)?;
        let mut ends = wire.ends.iter();
        let of_devices = ends.all(|end| matches!(end.party, Party::Device { .. }));
        wire.ends.get_mut(side).filter(|_| of_devices)
    }
}
