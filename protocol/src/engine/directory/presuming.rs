//! Presuming: where a device was, somebody answers whom we do not know. It may be that device under another transport key,
//! which its card says that we lack.
//!
//! A session shows whether it is: its handshake is for the static key of the device alone, and brings the card. Whoever
//! else answers there sees that a session is sought, and not with whom.
//!
//! Invariants
//! - Only a device with which we seek sessions is presumed, and never where another is known to be.
//! - At most [`PRESUMED_MAX`] are; the earliest give way.

use std::collections::VecDeque;

use super::{Device, Directory};
use crate::id::{DeviceId, TransportId};

/// Peers who are presumed to be somebody.
pub(in crate::engine) const PRESUMED_MAX: usize = 64;

/// Who is presumed to be which device, the latest last.
#[derive(Debug, Default)]
pub(super) struct Presumed(VecDeque<(TransportId, DeviceId)>);

impl Directory {
    /// Presumes that a peer is the device that has another transport key as far as we know. Returns whether that may be.
    pub(in crate::engine) fn presume(
        &mut self,
        peer: TransportId,
        instead_of: &TransportId,
    ) -> bool {
        self.presume_no_more(&peer);
        let device = self.sought(instead_of).map(|device| device.card.device);
        let Some(device) = device.filter(|_| self.by_transport(&peer).is_none()) else {
            return false;
        };
        if self.presumed.0.len() >= PRESUMED_MAX {
            self.presumed.0.pop_front();
        }
        self.presumed.0.push_back((peer, device));
        true
    }

    /// The device that a peer is presumed to be, if we still seek sessions with it.
    pub(in crate::engine) fn presumed(&self, peer: &TransportId) -> Option<&Device> {
        let mut presumed = self.presumed.0.iter();
        let (_, device) = presumed.find(|(presumed, _)| presumed == peer)?;
        let device = self.allowed(device)?;
        self.is_close(&device.card.person).then_some(device)
    }

    /// Presumes nothing of a peer any more.
    pub(in crate::engine) fn presume_no_more(&mut self, peer: &TransportId) {
        self.presumed.0.retain(|(presumed, _)| presumed != peer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::{Side, identity};

    const fn peer(number: u8) -> TransportId {
        TransportId::new([number; 32])
    }

    #[test]
    fn as_many_are_presumed_as_may_be_and_one_more_takes_the_place_of_the_first() {
        let ben = identity("Ben", 2);
        let mut ann = Side::new(identity("Ann", 1), &[&ben]);
        let most = u8::try_from(PRESUMED_MAX).unwrap();
        for number in 0..most {
            assert!(ann.directory.presume(peer(number), &ben.transport()));
        }
        assert!((0..most).all(|number| ann.directory.presumed(&peer(number)).is_some()));
        assert!(ann.directory.presume(peer(most), &ben.transport()));
        assert!(ann.directory.presumed(&peer(0)).is_none());
        assert!((1..=most).all(|number| ann.directory.presumed(&peer(number)).is_some()));
        ann.directory.presume_no_more(&peer(most));
        assert!(ann.directory.presumed(&peer(most)).is_none());
    }

    #[test]
    fn nobody_is_presumed_where_somebody_is_known_to_be_nor_in_place_of_a_stranger() {
        let (ben, cat) = (identity("Ben", 2), identity("Cat", 3));
        let mut ann = Side::new(identity("Ann", 1), &[&ben, &cat]);
        assert!(!ann.directory.presume(cat.transport(), &ben.transport()));
        assert!(!ann.directory.presume(peer(1), &peer(2)));
        assert!(ann.directory.presumed(&cat.transport()).is_none());
        assert!(ann.directory.presumed(&peer(1)).is_none());
    }
}
