//! Reading: the envelopes that are being read from the store, for a neighbour or for us.
//!
//! Invariants
//! - What is read is sent, or looked at, once; what nobody waits for any more is dropped.

use super::Carry;
use crate::carry::WANTED_MAX;
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::{Effect, LinkId, LoadId};
use crate::envelope::Envelope;
use crate::id::{EnvelopeId, Tag};

/// Bytes of envelopes that are read at once for us; more under one tag is planted there.
const LOOK_UP_BYTES: usize = 4 * 1024 * 1024;

/// For whom envelopes are being read from the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// For a neighbour.
    Neighbour(LinkId),
    /// For us: their tags are awaited now, and were not when they came.
    Us,
}

impl Carry {
    /// Takes envelopes that were read from the store: sends them to the neighbour they were read for, or returns
    /// those that are for us.
    pub(in crate::engine) fn loaded(
        &mut self,
        load: LoadId,
        envelopes: Vec<(EnvelopeId, Vec<u8>)>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Vec<Envelope> {
        match self.reading.remove(&load) {
            Some(Reading::Neighbour(link)) => {
                for (id, bytes) in envelopes {
                    self.hand_out(link, &id, &bytes, directory, context);
                }
                if let Some(neighbour) = self.neighbours.get_mut(&link) {
                    neighbour.is_reading = false;
                }
                self.pump(link, directory, context);
                Vec::new()
            }
            Some(Reading::Us) => {
                let read = envelopes.iter();
                read.filter_map(|(_, bytes)| Envelope::from_bytes(bytes).ok())
                    .collect()
            }
            None => Vec::new(),
        }
    }

    /// Whether something that is kept is being read for us.
    pub(in crate::engine) fn is_reading(&self) -> bool {
        self.reading.values().any(|reading| *reading == Reading::Us)
    }

    /// Has what is kept under these tags be read for us: they are awaited now.
    pub(in crate::engine) fn look_up(&mut self, tags: &[Tag], context: &mut Context<'_>) {
        let kept = tags.iter().flat_map(|tag| self.shelf.with_tag(*tag));
        let kept = kept.filter(|id| self.deposits.get(id).is_none());
        let envelopes: Vec<EnvelopeId> = kept.collect();
        for envelopes in envelopes.chunks(WANTED_MAX) {
            self.read(Reading::Us, envelopes.to_vec(), LOOK_UP_BYTES, context);
        }
    }

    pub(super) fn read(
        &mut self,
        reading: Reading,
        envelopes: Vec<EnvelopeId>,
        bytes: usize,
        context: &mut Context<'_>,
    ) {
        let load = context.next_load();
        self.reading.insert(load, reading);
        context.effect(Effect::LoadEnvelopes {
            load,
            envelopes,
            bytes,
        });
    }
}
