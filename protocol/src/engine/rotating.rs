//! Rotating the transport key of this device, and meeting others who rotated theirs.
//!
//! Invariants
//! - The network starts with the key that the engine has once it is open, and is never told of another.
//! - With it goes the key of what our person says nearby, by which whoever heard it would know this device again.
//! - A join of ours that waits names the key before, and is answered whoever brings it.

use super::{CommandError, Engine};
use crate::id::{PersonId, TransportId};
use crate::record::{Change, Outcome, SecretBytes};
use crate::time::Now;

impl Engine {
    /// Whether the transport key is used from this start on: what the network kept of where it was is of another.
    #[must_use]
    pub const fn is_rotated(&self) -> bool {
        self.is_rotated
    }

    /// Has the next start take another transport key.
    pub(super) fn rotate_transport(&mut self, now: Now) -> Result<Outcome, CommandError> {
        if !self.own.may_rotate_transport() {
            return Err(CommandError::TooManyRotations);
        }
        if self.own.prepare_transport(&mut self.rng) {
            self.store_identity(now);
        }
        Ok(Outcome::Done)
    }

    /// Takes the transport key that is to be used from this start on, if there is one.
    pub(super) fn take_transport(&mut self, now: Now) {
        if self.own.take_transport(now.wall, &mut self.rng) {
            self.is_rotated = true;
            self.store_identity(now);
            let mut parts = self.parts(now);
            parts.carry.renew_nearby_key(&mut parts.context);
        }
    }

    /// Notes that a peer may be a device whose transport key we do not know, and has a session show it.
    pub(super) fn presume(&mut self, peer: TransportId, instead_of: TransportId, now: Now) {
        if self.directory.presume(peer, &instead_of) {
            let (sessions, mut parts) = self.sessions(now);
            sessions.met(peer, &mut parts);
        }
    }

    /// Has whoever is connected turn out to be one of this person's devices, of which a letter brought another card.
    pub(super) fn recognise(&mut self, person: PersonId, now: Now) {
        let (sessions, mut parts) = self.sessions(now);
        let devices = parts.directory.devices_of(person);
        let peers: Vec<TransportId> = devices.map(|device| device.card.transport).collect();
        for peer in peers {
            sessions.met(peer, &mut parts);
        }
    }

    pub(super) fn store_identity(&mut self, now: Now) {
        let identity = SecretBytes::from(self.own.to_bytes());
        self.context(now).persist(Change::PutIdentity(identity));
    }
}
