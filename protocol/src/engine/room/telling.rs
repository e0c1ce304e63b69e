//! What people are told of what was done to a room.
//!
//! Invariants
//! - What the store tells is what follows from what it holds: whatever changes that is in one batch with what is told then.

use std::collections::BTreeMap;

use super::Room;
use crate::id::OperationId;
use crate::record::DeedsRecord;
use crate::room::Deed;

impl Room {
    /// What is told otherwise than before, by what is held, which has to be resolved.
    pub(in crate::engine) fn changed_deeds(&mut self) -> Option<DeedsRecord> {
        // Cards come again and again, and nothing that is held is ever gone.
        if self.told_of == self.intake.log().len() {
            return None;
        }
        let now = self.deeds();
        let told = now.values().filter(|deed| {
            let before = self.told.get(&deed.operation);
            before != Some(*deed)
        });
        let untold = self.told.keys().filter(|told| !now.contains_key(told));
        let record = DeedsRecord {
            conversation: self.conversation(),
            told: told.cloned().collect(),
            untold: untold.copied().collect(),
        };
        self.told = now;
        (record.deeds() > 0).then_some(record)
    }

    /// Puts back what is told of what is held and resolved.
    pub(super) fn restore_told(&mut self) {
        self.told = self.deeds();
    }

    fn deeds(&mut self) -> BTreeMap<OperationId, Deed> {
        self.told_of = self.intake.log().len();
        let deeds = self.intake.log().deeds(self.membership());
        let deeds = deeds.into_iter();
        deeds.map(|deed| (deed.operation, deed)).collect()
    }
}
