//! What the driver notes of dials that led to nothing, and of sessions that did not come about.

use tidings_protocol::engine::LinkId;
use tidings_protocol::id::TransportId;

use super::Driver;
use crate::failures::{SessionFault, Trouble};
use crate::net::DialFault;

impl Driver {
    /// A dial of `peer` led to nothing.
    pub(super) fn note_unreached(&self, peer: TransportId, fault: DialFault, reason: String) {
        tracing::debug!(?peer, reason, "a contact could not be dialled");
        self.note(peer, Trouble::Dial { fault, reason });
    }

    /// A link has ended. Those that we closed are no failures, nor are those of a session.
    pub(super) fn note_hung_up(&mut self, link: LinkId) {
        let Some(peer) = self.opening.remove(&link) else {
            return;
        };
        // Of two that were opened at once, one ends.
        if !self.engine.live().any(|live| live.peer == peer) {
            self.note(peer, Trouble::Session(SessionFault::HungUp));
        }
    }

    /// `peer` broke the protocol.
    pub(super) fn note_misbehaved(&self, peer: TransportId) {
        self.note(peer, Trouble::Session(SessionFault::Misbehaved));
    }

    fn note(&self, peer: TransportId, trouble: Trouble) {
        let now = self.clock.now().wall;
        self.signals.failed(peer, now, trouble);
    }
}
