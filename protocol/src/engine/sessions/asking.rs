//! Asking: what others say that they hold of a room, and asking them for what we lack.

use std::collections::BTreeMap;

use super::Sessions;
use crate::engine::{LinkId, Parts};
use crate::id::{ConversationId, DeviceId};
use crate::sync::{SessionMessage, Vector};
use crate::wire::limits::STRETCHES_MAX;

impl Sessions {
    /// Takes how far the device at the end of `link` says that it holds chains of a room, and asks for
    /// what we lack.
    pub(in crate::engine) fn learn(&mut self, link: LinkId, told: &Vector, parts: &mut Parts<'_>) {
        let Some(session) = parts.links.session(link) else {
            return;
        };
        let person = session.exchange.person();
        let replica = parts.replicas.by_id(&told.conversation);
        let replica = replica.filter(|replica| replica.room().is_some());
        if let Some(replica) = replica
            && replica.includes(person)
        {
            let lacking = session.exchange.compare_waiting(told, replica);
            for part in lacking.chunks(STRETCHES_MAX) {
                let ask = SessionMessage::Ask(told.conversation, part.to_vec());
                parts.links.send(link, &ask, &mut parts.context);
            }
            // News never speaks of where the room begins for somebody.
            let claims = match told.control {
                Some(_) => replica.claims_of(person, &told.positions),
                None => told.positions.clone(),
            };
            self.fetching.claim(link, &claims, replica);
            self.fetch(Some(&[told.conversation]), parts);
        }
    }

    /// Asks for what we lack of these rooms, or of all, and others hold.
    pub(in crate::engine) fn fetch(
        &mut self,
        rooms: Option<&[ConversationId]>,
        parts: &mut Parts<'_>,
    ) {
        let mut lacking = self.fetching.rooms();
        lacking.retain(|room| rooms.is_none_or(|rooms| rooms.contains(room)));
        for room in lacking {
            let Some(replica) = parts.replicas.by_id(&room) else {
                continue;
            };
            let serving = parts.links.sessions().filter(|(_, exchange)| {
                replica.includes(exchange.person()) && exchange.is_served(&room)
            });
            // Of several sessions with one device, each side may take another for the latest: what is claimed over one is
            // asked for over it.
            let open: BTreeMap<LinkId, DeviceId> = serving
                .map(|(link, exchange)| (link, exchange.device()))
                .collect();
            let asks = self.fetching.next(replica, &open, &mut parts.context);
            for (link, asked) in asks.by_link() {
                for part in asked.chunks(STRETCHES_MAX) {
                    parts.links.send(
                        link,
                        &SessionMessage::Ask(room, part.to_vec()),
                        &mut parts.context,
                    );
                }
            }
        }
    }
}
