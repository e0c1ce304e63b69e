//! What the world does for devices that carry: it has them meet, and reads envelopes for them.
//!
//! Invariants
//! - Who carries nothing does as if nobody ever had.

use tidings_protocol::carry::{CarryFrame, Quotas};
use tidings_protocol::engine::{LinkPurpose, LoadId};
use tidings_protocol::id::EnvelopeId;

use super::network::WireId;
use super::{Bug, Happening, World};

/// How long nothing that counts has to happen before carriers are at rest: longer than they wait for anything.
const QUIET_MILLIS: u64 = 1_500_000;
/// How often that is waited for.
const QUIET_TIMES_MAX: u32 = 24;

impl World {
    /// Has a device carry for others from now on.
    pub fn carry(&mut self, index: usize, quotas: Quotas) {
        self.devices[index].quotas = Some(quotas);
        self.devices[index].offer_room(self.now);
        self.turn(index);
    }

    /// Has two devices find each other from now on, whether or not they know each other.
    pub fn meet(&mut self, one: usize, other: usize) {
        let pair = (one.min(other), one.max(other));
        self.near.insert(pair);
        self.network.apart.remove(&pair);
        // Which of them dials decides who opens links.
        if self.chance.one_in(2) {
            self.dial_soon(one, other);
        } else {
            self.dial_soon(other, one);
        }
    }

    /// Has two devices leave each other.
    pub fn leave(&mut self, one: usize, other: usize) {
        self.near.remove(&(one.min(other), one.max(other)));
        self.part(one, other);
    }

    /// Has everybody be alone.
    pub fn scatter(&mut self) {
        for one in 0..self.devices.len() {
            for other in one + 1..self.devices.len() {
                self.leave(one, other);
            }
        }
    }

    /// The streams over which a device compares with others, and its side of each.
    pub(super) fn carry_wires(&self, index: usize) -> Vec<(WireId, usize)> {
        let party = self.party(index);
        let wires = self.network.wires.iter();
        let wires = wires.flat_map(|(id, wire)| (0..2).map(move |side| (*id, side, wire)));
        let theirs = wires.filter(|(id, side, wire)| {
            let end = &wire.ends[*side];
            end.party == party && !end.closing && self.is_carry(*id)
        });
        theirs.map(|(id, side, _)| (id, side)).collect()
    }

    /// Whether a stream is one over which two compare.
    pub(super) fn is_carry(&self, wire: WireId) -> bool {
        let wire = self.network.wires.get(&wire);
        let mut ends = wire.iter().flat_map(|wire| &wire.ends);
        ends.any(|end| matches!(end.purpose, LinkPurpose::Carry | LinkPurpose::IncomingCarry))
    }

    pub(super) fn load_envelopes(
        &mut self,
        index: usize,
        load: LoadId,
        envelopes: &[EnvelopeId],
        bytes: usize,
    ) {
        let reader = self.devices[index].reader();
        let read = reader.envelopes(envelopes, bytes);
        let mut read = read.expect("envelopes are read");
        if self.strikes(Bug::KeepsToItself, 1) {
            read.clear();
        }
        if self.strikes(Bug::ShowsPurgesOfOthers, 1) {
            self.show_purges_of_others(index);
        }
        let took = self.latency();
        let incarnation = self.devices[index].incarnation;
        let loaded = Happening::EnvelopesLoaded(index, incarnation, load, read);
        self.at(self.now + took, loaded);
    }

    /// Lets everything happen until nothing new is made durable for longer than anybody waits: carriers
    /// compare for ever.
    pub(super) fn rest_of_carriers(&mut self) {
        for _ in 0..QUIET_TIMES_MAX {
            let before = self.changes();
            self.run_for(QUIET_MILLIS);
            if self.devices.iter().any(|device| !device.is_up()) {
                self.start_all();
            } else if self.changes() == before {
                return;
            }
        }
        panic!("the carriers find no rest");
    }

    /// What a member could show of the envelopes of others if it followed from what they share.
    fn show_purges_of_others(&mut self, index: usize) {
        let mut preimages: Vec<[u8; 32]> = Vec::new();
        for other in (0..self.devices.len()).filter(|other| *other != index) {
            let deposits = self.devices[other].reader().deposits();
            let purges = deposits.expect("they are read").into_iter();
            let purges = purges.map(|deposit| deposit.purge);
            let purges = purges.map(|purge| purge.expose().try_into().expect("32 bytes"));
            preimages.extend::<Vec<[u8; 32]>>(purges.collect());
        }
        let frame = CarryFrame::Purge(preimages).to_bytes();
        for (wire, side) in self.carry_wires(index) {
            self.send(wire, side, frame.clone());
        }
    }

    fn changes(&self) -> u64 {
        let devices = self.devices.iter();
        devices.map(|device| device.disk.ledger.changes).sum()
    }
}
