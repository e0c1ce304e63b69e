//! Adopting: what a contact hands over of their own that others had brought before is theirs from then on, and promised.
//!
//! ```text
//!   ours, which a stranger took along --> a contact holds it as the stranger's, and promised nothing
//!   we offer it all the same -----------> they hold it as ours, if there is room, and promise it
//! ```
//!
//! Invariants
//! - Nothing is kept twice, nor beyond the share of whoever it comes to count for.
//! - What counts for one contact is promised to another who shows it, too: it is kept as long for both.

use std::time::Duration;

use super::meeting::{COMPARE_INTERVAL, is_contact, tier};
use super::{Carry, LinkId};
use crate::carry::Tier;
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::id::{DeviceId, EnvelopeId};
use crate::record::{CarriedRecord, Change};

/// How long two who meet compare, and give each other what one lacks, before what is ours is offered all the same.
pub(super) const SHOWN_AFTER: Duration = Duration::from_secs(1);

impl Carry {
    /// Keeps what a neighbour hands over, and is kept already, as theirs, if that is nearer than whose it was.
    pub(super) fn adopt(
        &mut self,
        link: LinkId,
        id: &EnvelopeId,
        hops: u8,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let Some(neighbour) = self.neighbours.get(&link) else {
            return;
        };
        let peer = neighbour.peer;
        let tier = tier(is_contact(&peer, directory), hops);
        let depositor = Self::depositor(&peer, context);
        let adopted = self.shelf.adopt(id, tier, depositor);
        if adopted.is_some() {
            context.persist(Change::AdoptCarried(*id, tier, depositor));
        }
        let kept = adopted.or_else(|| self.shelf.get(id).copied());
        let kept = kept.filter(|record| tier == Tier::Contact && record.tier == tier);
        let device = self.contact_at(link, directory);
        self.adopted.extend(device.zip(kept));
    }

    /// What contacts showed that is kept for them since this was last asked.
    pub(in crate::engine) fn take_adopted(&mut self) -> Vec<(DeviceId, CarriedRecord)> {
        std::mem::take(&mut self.adopted)
    }

    /// Offers contacts what is ours and they did not promise to keep, whatever they hold.
    pub(super) fn show_own(&mut self, directory: &Directory, context: &mut Context<'_>) {
        let now = context.now.monotonic;
        let time = self.time(context);
        let mut shown = Vec::new();
        for (link, neighbour) in &mut self.neighbours {
            let device = directory.sought(&neighbour.peer);
            let device = device.filter(|_| is_contact(&neighbour.peer, directory));
            let Some(device) = device.map(|device| device.card.device) else {
                continue;
            };
            if neighbour.show_at <= now {
                neighbour.show_at = now + COMPARE_INTERVAL;
                shown.push((*link, device));
            }
            context.wake(neighbour.show_at);
        }
        for (link, device) in shown {
            let own = self.deposits.iter().map(|deposit| deposit.envelope);
            let unpromised = own.filter(|id| {
                let mut holders = self.deposits.holders(id);
                !holders.any(|(holder, _)| holder == device)
            });
            let unpromised: Vec<EnvelopeId> = unpromised.collect();
            if let Some(neighbour) = self.neighbours.get_mut(&link) {
                unpromised.into_iter().for_each(|id| neighbour.show(id));
                neighbour.pump_small(link, &self.shelf, true, time, context);
            }
        }
    }
}
