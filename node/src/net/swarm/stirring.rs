//! What the task does when this machine slept, or is in other networks than before.
//!
//! Invariants
//! - Nothing that works is ended for it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use super::Task;
use crate::clock::wall_time;
use crate::net::dial::Change;
use crate::net::wake::Cause;

impl Task {
    /// Takes note of the addresses that tell in which networks we are.
    pub(super) fn are_at(&mut self, homes: BTreeSet<IpAddr>) {
        if self.homes != homes {
            self.homes = homes;
            self.wake.moved();
        }
    }

    /// Has everybody be dialled, and looked for, who may be lost without our knowing.
    pub(super) fn see_to_connections(&mut self) {
        let now = self.now();
        let day = Duration::from_millis(wall_time().as_millis());
        self.wake.look(now, day);
        let Some(cause) = self.wake.due(now) else {
            return;
        };
        tracing::debug!(?cause, "looking for everybody again");
        self.policy.handle(Change::Woke, now);
        match cause {
            // Discovery looks at interfaces by itself.
            Cause::Moved => {}
            Cause::Slept => self.swarm.behaviour_mut().discovery.look_again(),
        }
    }
}
