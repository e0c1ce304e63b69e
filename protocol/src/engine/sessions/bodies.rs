//! What is held without its body: saying so, and sending once more what others hold so.
//!
//! Invariants
//! - Nothing is read for who has no credit, or is not known to hold our own chain as we wrote it.
//! - Devices that lack something of one room take turns.

use std::collections::BTreeMap;

use super::{Sessions, exchanging, latest, of_device};
use crate::engine::Parts;
use crate::engine::exchange::batches;
use crate::engine::replica::Whole;
use crate::id::{ConversationId, DeviceId, PersonId};

impl Sessions {
    /// Has those hear with whom a room is exchanged in which something more came without its body.
    pub(super) fn tell_bodiless(parts: &mut Parts<'_>) {
        let came = parts
            .replicas
            .all_mut()
            .filter_map(|replica| replica.take_bodiless().then(|| replica.conversation()));
        let came: Vec<ConversationId> = came.collect();
        for link in exchanging(parts.links, &came) {
            let Some(session) = parts.links.session(link) else {
                continue;
            };
            let person = session.exchange.person();
            for conversation in &came {
                let replica = parts.replicas.by_id_mut(conversation);
                if let Some(replica) = replica.filter(|replica| replica.includes(person)) {
                    replica.owe_news(person);
                }
            }
        }
    }

    /// Has read what the devices with a session lack, a part at a time.
    pub(super) fn look_up_bodies(parts: &mut Parts<'_>) {
        let mut ready: BTreeMap<ConversationId, BTreeMap<DeviceId, PersonId>> = BTreeMap::new();
        for link in latest(parts.links, |_| true) {
            let Some(session) = parts.links.session(link) else {
                continue;
            };
            let exchange = &session.exchange;
            if !exchange.has_credit() {
                continue;
            }
            for conversation in exchange.agreed() {
                let devices = ready.entry(conversation).or_default();
                devices.insert(exchange.device(), exchange.person());
            }
        }
        for (conversation, devices) in ready {
            if let Some(replica) = parts.replicas.by_id_mut(&conversation) {
                replica.look_up_bodies(&devices, &mut parts.context);
            }
        }
    }

    /// Sends what was read to the device that lacks it.
    pub(in crate::engine) fn send_once_more(&self, whole: Whole, parts: &mut Parts<'_>) {
        // Whoever is gone meanwhile says again what they lack.
        let Some(link) = of_device(parts.links, whole.device).last() else {
            return;
        };
        for message in batches(whole.operations) {
            parts.links.send(link, &message, &mut parts.context);
        }
    }
}
