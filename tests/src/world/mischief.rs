//! Mischief: what hostile carriers do, in the driver around an engine that knows nothing of it.
//!
//! ```text
//!   engine --- frame ---> twisted: dropped, kept for later, changed --> the stream
//!                         and at any time: made up, replayed, false ---^
//! ```
//!
//! Invariants
//! - Every frame is one that a neighbour may send: what is no frame at all is for the fuzzer.
//! - The audit asks nothing of whoever does this.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use tidings_protocol::carry::{COPIES_MAX, CarriedEnvelope, CarryFrame, HOPS_MAX};
use tidings_protocol::engine::LinkPurpose;
use tidings_protocol::envelope::{ENVELOPE_VERSION, Envelope, SIZE_CLASSES_BYTES};
use tidings_protocol::id::{EnvelopeId, Tag, TransportId};

use super::network::WireId;
use super::{Chance, World};

/// Envelopes that a hostile carrier remembers.
const SEEN_MAX: usize = 200;
/// Envelopes that it makes up at once.
const FLOOD: usize = 12;
/// A length of a ciphertext that takes three bytes to say, as all do.
const ANY_LENGTH: usize = 1_000;

listed! {
/// What a hostile carrier does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mischief {
    /// It takes everything and passes nothing on.
    Drops,
    /// It brings again what it ever saw, purged or not.
    Replays,
    /// It swaps frames with those that follow.
    Reorders,
    /// It goes back to an older state of itself.
    RollsBack,
    /// It changes envelopes, and what is said beside them.
    Changes,
    /// It promises to keep whatever it has heard of, and passes none of it on.
    ClaimsCustody,
    /// It shows what purges nothing as if it did.
    ClaimsPurges,
    /// It brings envelopes that it made up.
    Floods,
}
}

/// A hostile carrier.
#[derive(Debug)]
pub(super) struct Villain {
    pub(super) mischief: Mischief,
    seen: Vec<CarriedEnvelope>,
    held_back: Option<(WireId, Vec<u8>)>,
}

/// An envelope's parts.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Parts {
    #[n(0)]
    version: u8,
    #[n(1)]
    tag: Tag,
    #[n(2)]
    lifetime_hours: u16,
    #[n(3)]
    priority: u8,
    #[cbor(n(4), with = "minicbor::bytes")]
    purge: [u8; 32],
    #[cbor(n(5), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

impl World {
    /// Has a device do mischief to what it carries from now on.
    pub fn corrupt(&mut self, device: usize, mischief: Mischief) {
        self.distrust(device);
        self.devices[device].rolls_back = mischief == Mischief::RollsBack;
        let villain = Villain {
            mischief,
            seen: Vec::new(),
            held_back: None,
        };
        self.mischief.insert(device, villain);
    }

    /// Lets a hostile carrier do what it does of its own accord, to all that are there; returns whether anybody was.
    pub fn do_mischief(&mut self, device: usize) -> bool {
        let Some(villain) = self.mischief.get(&device) else {
            return false;
        };
        let mischief = villain.mischief;
        if mischief == Mischief::RollsBack {
            self.crash(device);
            self.start(device);
            return true;
        }
        let wires = self.carry_wires(device);
        for (wire, side) in &wires {
            for frame in self.made_up(device) {
                self.send(*wire, *side, frame.to_bytes());
            }
        }
        !wires.is_empty()
    }

    /// Has so many peers that nobody knows connect to a device and bring it what they made up, one after the
    /// other; their connections stay.
    pub fn besiege(&mut self, device: usize, peers: usize) {
        for _ in 0..peers {
            if !self.devices[device].is_up() {
                return;
            }
            let peer = TransportId::new(self.chance.bytes());
            self.connect_as(device, peer, false);
            if !self.devices[device].is_up() {
                return;
            }
            let wire = self.open_as(device, peer, LinkPurpose::IncomingCarry);
            for _ in 0..FLOOD {
                let carried = CarryFrame::Carry(invented(&mut self.chance));
                self.send_as(wire, carried.to_bytes());
            }
            self.besiegers.push(wire);
        }
    }

    /// Ends the streams of those who besieged.
    pub fn relieve(&mut self) {
        for wire in std::mem::take(&mut self.besiegers) {
            self.close_as(wire);
        }
    }

    /// The envelopes that a hostile carrier saw.
    #[must_use]
    pub fn seen_by(&self, device: usize) -> BTreeSet<EnvelopeId> {
        let villain = self.mischief.get(&device).into_iter();
        let seen = villain.flat_map(|villain| &villain.seen);
        let envelopes = seen.filter_map(|seen| Envelope::from_bytes(&seen.envelope).ok());
        envelopes.map(|envelope| envelope.id()).collect()
    }

    /// What goes out for a frame that a device's engine sends.
    pub(super) fn twisted(&mut self, device: usize, wire: WireId, frame: Vec<u8>) -> Vec<Vec<u8>> {
        let is_carry = self.mischief.contains_key(&device) && self.is_carry(wire);
        let Some(villain) = self.mischief.get_mut(&device).filter(|_| is_carry) else {
            return vec![frame];
        };
        let chance = &mut self.chance;
        let read = CarryFrame::from_bytes(&frame).expect("engines send frames");
        let CarryFrame::Carry(carried) = read else {
            return villain.swapped(wire, frame, chance);
        };
        villain.see(carried.clone());
        match villain.mischief {
            Mischief::Drops | Mischief::ClaimsCustody => Vec::new(),
            Mischief::Changes if !chance.one_in(4) => {
                vec![CarryFrame::Carry(changed(&carried, chance)).to_bytes()]
            }
            Mischief::Replays => vec![frame.clone(), frame],
            Mischief::Reorders
            | Mischief::RollsBack
            | Mischief::Changes
            | Mischief::ClaimsPurges
            | Mischief::Floods => villain.swapped(wire, frame, chance),
        }
    }

    /// Has a hostile carrier see what comes to it.
    pub(super) fn overheard(&mut self, device: usize, frame: &[u8]) {
        if let Some(villain) = self.mischief.get_mut(&device)
            && let Ok(CarryFrame::Carry(carried)) = CarryFrame::from_bytes(frame)
        {
            villain.see(carried);
        }
    }

    /// What a hostile carrier says of its own accord.
    fn made_up(&mut self, device: usize) -> Vec<CarryFrame> {
        let Some(villain) = self.mischief.get(&device) else {
            return Vec::new();
        };
        let chance = &mut self.chance;
        let seen = villain.seen.iter();
        match villain.mischief {
            Mischief::Replays => seen.cloned().map(CarryFrame::Carry).collect(),
            Mischief::Changes => {
                let changed = seen.map(|carried| changed(carried, chance));
                changed.map(CarryFrame::Carry).collect()
            }
            Mischief::Floods => (0..FLOOD)
                .map(|_| CarryFrame::Carry(invented(chance)))
                .collect(),
            Mischief::ClaimsPurges => {
                let mut preimages = vec![[0; 32], [u8::MAX; 32], chance.bytes()];
                let envelopes = seen.filter_map(|seen| Envelope::from_bytes(&seen.envelope).ok());
                preimages.extend(envelopes.flat_map(|envelope| {
                    let tag = envelope.tag();
                    let tag = [tag.as_bytes().as_slice(), tag.as_bytes()].concat();
                    let tag = tag.try_into().expect("twice 16 bytes");
                    [envelope.header().purge, *envelope.id().as_bytes(), tag]
                }));
                preimages.truncate(1_000);
                vec![CarryFrame::Purge(preimages)]
            }
            Mischief::Drops
            | Mischief::Reorders
            | Mischief::RollsBack
            | Mischief::ClaimsCustody => Vec::new(),
        }
    }
}

impl Villain {
    fn see(&mut self, carried: CarriedEnvelope) {
        if self.seen.len() < SEEN_MAX {
            self.seen.push(carried);
        }
    }

    /// The frame, or the one before it after it.
    fn swapped(&mut self, wire: WireId, frame: Vec<u8>, chance: &mut Chance) -> Vec<Vec<u8>> {
        if self.mischief != Mischief::Reorders {
            return vec![frame];
        }
        match self.held_back.take() {
            Some((earlier_wire, earlier)) if earlier_wire == wire => vec![frame, earlier],
            _ if chance.one_in(2) => {
                self.held_back = Some((wire, frame));
                Vec::new()
            }
            _ => vec![frame],
        }
    }
}

/// An envelope that somebody made up, which no carrier can tell from others.
pub(super) fn invented(chance: &mut Chance) -> CarriedEnvelope {
    let size = SIZE_CLASSES_BYTES[chance.index(2)];
    let parts = Parts {
        version: ENVELOPE_VERSION,
        tag: Tag::new(chance.bytes()),
        lifetime_hours: 720,
        priority: 0,
        purge: chance.bytes(),
        ciphertext: vec![0; ANY_LENGTH],
    };
    CarriedEnvelope {
        age_millis: 0,
        hops: u8::try_from(chance.within(0..=9)).expect("it is small"),
        copies: u8::MAX,
        is_given: true,
        envelope: parts.sized(size).into(),
    }
}

/// An envelope with something changed in it or beside it.
fn changed(carried: &CarriedEnvelope, chance: &mut Chance) -> CarriedEnvelope {
    let mut carried = carried.clone();
    let size = carried.envelope.len();
    let Ok(mut parts) = minicbor::decode::<Parts>(&carried.envelope) else {
        return carried;
    };
    match chance.within(0..=8) {
        0 => carried.age_millis = [0, 6 * 24 * 3_600_000, u64::MAX][chance.index(3)],
        1 => carried.hops = [0, HOPS_MAX, HOPS_MAX + 1, u8::MAX][chance.index(4)],
        2 => carried.copies = [0, 1, COPIES_MAX, u8::MAX][chance.index(4)],
        3 => carried.is_given = !carried.is_given,
        4 => parts.tag = Tag::new(chance.bytes()),
        5 => parts.lifetime_hours = [0, 1, 720][chance.index(3)],
        6 => parts.priority = [0, u8::MAX][chance.index(2)],
        7 => parts.purge = chance.bytes(),
        _ => {
            let at = chance.index(parts.ciphertext.len());
            parts.ciphertext[at] ^= 1;
        }
    }
    carried.envelope = parts.sized(size).into();
    carried
}

impl Parts {
    /// The envelope in a size that envelopes have.
    fn sized(mut self, size: usize) -> Vec<u8> {
        let bytes = minicbor::to_vec(&self).expect("it is written");
        let around = bytes.len() - self.ciphertext.len();
        self.ciphertext.resize(size - around, 0);
        minicbor::to_vec(&self).expect("it is written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_made_up_or_changed_is_an_envelope() {
        let mut chance = Chance::new(1);
        for _ in 0..200 {
            let carried = invented(&mut chance);
            let envelope = Envelope::from_bytes(&carried.envelope).unwrap();
            let changed = changed(&carried, &mut chance);
            let other = Envelope::from_bytes(&changed.envelope).unwrap();
            let is_same = envelope.id() == other.id();
            assert!(!is_same || changed != carried || envelope == other);
        }
    }
}
