//! Cards: what this device shows of itself in sessions, and what others show in them.
//!
//! Invariants
//! - Whoever is in a session with us is shown our card as it is now: as the session begins, and when it changes.

use std::time::Duration;

use super::directory::Directory;
use super::{Engine, LinkId, Parts};
use crate::id::DeviceId;
use crate::identity::Card;
use crate::sync::SessionMessage;
use crate::time::Now;

/// How often it is checked whether the weekly bundle is due.
const BUNDLE_CHECK_TIME: Duration = Duration::from_hours(1);

/// Says what the two devices tell each other as a session begins.
pub(super) fn greet(link: LinkId, parts: &mut Parts<'_>) {
    let Some(session) = parts.links.session(link) else {
        return;
    };
    let (device, secret) = (session.exchange.device(), session.secret);
    let shown = session.shown;
    let context = &mut parts.context;
    let known = parts.directory.device(&device);
    let known = known.map_or(0, |known| known.card.version());
    let news = SessionMessage::Pair(parts.pairs.greet(device, secret, known, context));
    parts.links.send(link, &news, context);
    // It may have changed while the session was being set up.
    if shown < context.own.version() {
        let card = context.own.card(Vec::new()).to_bytes();
        let card = SessionMessage::Card(card.into());
        parts.links.send(link, &card, context);
    }
}

impl Engine {
    /// Takes over what the device at the end of a session shows of itself.
    pub(super) fn refresh(&mut self, link: LinkId, card: &Card, now: Now) {
        let Some(peer) = self.links.peer(link) else {
            return;
        };
        let Some(session) = self.links.session(link) else {
            return;
        };
        let device = session.exchange.device();
        let (sessions, parts) = self.sessions(now);
        let (directory, mut context) = (parts.directory, parts.context);
        let refreshed = directory.refresh(&device, peer, card, &mut context);
        let address = sessions.dialed_address(&peer);
        directory.reached(&device, address.as_slice(), &mut context);
        // What it showed may put off this device, or others of its person.
        parts.links.shut_out(directory, &mut context);
        if let Some(person) = refreshed {
            self.card_changed(person, now);
        }
    }

    /// Takes the card that a device shows in a session, and says that it came.
    pub(super) fn card_shown(&mut self, link: LinkId, device: DeviceId, card: &[u8], now: Now) {
        let known = |directory: &Directory| {
            let known = directory.device(&device);
            known.map_or(0, |known| known.card.version())
        };
        let before = known(&self.directory);
        let Ok(card) = Card::from_bytes(card) else {
            return;
        };
        // Another of the same version changes nothing.
        if !card.verify().is_ok_and(|shown| shown.version() > before) {
            return;
        }
        self.refresh(link, &card, now);
        let version = known(&self.directory);
        let mut parts = self.parts(now);
        let context = &mut parts.context;
        if let Some(news) = parts.pairs.acknowledge(device, version, context) {
            let news = SessionMessage::Pair(news);
            parts.links.send(link, &news, context);
        }
    }

    /// Makes the weekly bundle when it is due, and shows it to all in a session; deletes private halves whose
    /// time is over.
    pub(super) fn rotate_bundle(&mut self, now: Now) {
        self.context(now).wake(now.monotonic + BUNDLE_CHECK_TIME);
        let before = self.own.version();
        if !self.own.rotate_bundle_if_due(now.wall, &mut self.rng) {
            return;
        }
        self.store_identity(now);
        if self.own.version() != before {
            let card = self.own.card(Vec::new()).to_bytes();
            let message = SessionMessage::Card(card.into());
            let open: Vec<LinkId> = self.links.sessions().map(|(link, _)| link).collect();
            let mut parts = self.parts(now);
            for link in open {
                parts.links.send(link, &message, &mut parts.context);
            }
        }
    }
}
