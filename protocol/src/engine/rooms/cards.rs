//! Cards that came with a room's control.

use std::collections::{BTreeMap, BTreeSet};

use super::super::context::Context;
use super::super::directory::Directory;
use super::super::room::{Presented, Room};
use crate::id::{DeviceId, PersonId};
use crate::identity::{Card, OwnIdentity, SigningPublic};
use crate::sync::Introduction;

/// Cards that are kept with a room that is still forming, beside those of who wrote into its log.
pub(in crate::engine) const FORMING_CARDS_MAX: usize = 1024;

/// Cards that came with a room's control, each verified, with where the device was reached.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Cards(pub(super) BTreeMap<DeviceId, Presented>);

impl Cards {
    /// Verifies what a peer presents. An honest peer presents no card that does not verify.
    pub(in crate::engine) fn read(introductions: Vec<Introduction>) -> Result<Self, String> {
        let mut cards = Self::default();
        for introduction in introductions {
            let card = Card::from_bytes(&introduction.card).map_err(|error| error.to_string())?;
            let verified = card.verify().map_err(|error| error.to_string())?;
            cards
                .0
                .insert(verified.device, (card, verified, introduction.addresses));
        }
        Ok(cards)
    }

    /// Adds others: all of these authors, without whose cards nobody can take what they wrote, and of
    /// the rest as many as there is room for.
    pub(in crate::engine) fn extend(&mut self, more: Self, authors: &BTreeSet<DeviceId>) {
        for (device, card) in more.0 {
            if self.0.len() < FORMING_CARDS_MAX
                || authors.contains(&device)
                || self.0.contains_key(&device)
            {
                self.0.insert(device, card);
            }
        }
    }

    /// Whose they are, each with its version.
    pub(in crate::engine) fn numbers(&self) -> Vec<(DeviceId, u64)> {
        let cards = self.0.values();
        let numbers = cards.map(|(_, verified, _)| (verified.device, verified.version()));
        numbers.collect()
    }

    /// How many there are.
    pub(in crate::engine) fn count(&self) -> usize {
        self.0.len()
    }

    /// Has those of a room's people kept, and of these who wrote into its log; returns whether any is
    /// news.
    pub(in crate::engine) fn keep(
        self,
        room: &Room,
        authors: &BTreeSet<DeviceId>,
        directory: &mut Directory,
        context: &mut Context<'_>,
    ) -> bool {
        let mut is_new = false;
        let people = room.people();
        for (device, (card, verified, addresses)) in self.0 {
            is_new |= people.contains(&verified.person)
                && directory.acquaint(&card, verified.clone(), &addresses, context);
            if authors.contains(&device) {
                directory.keep_author(&card, verified, context);
            }
        }
        is_new
    }

    /// Whose a device is, and its key, if it is known from anywhere.
    pub(in crate::engine) fn signer(
        &self,
        device: &DeviceId,
        directory: &Directory,
        own: &OwnIdentity,
    ) -> Option<(PersonId, SigningPublic)> {
        if *device == own.device() {
            return Some((own.person(), own.signing()));
        }
        let known = directory.device(device).map(|known| &known.card);
        let card = known.or_else(|| self.0.get(device).map(|(_, verified, _)| verified))?;
        Some((card.person, card.signing))
    }
}
