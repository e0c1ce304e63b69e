//! The parts of the engine that work together while an input is handled.

use super::Engine;
use super::carry::Carry;
use super::context::Context;
use super::directory::Directory;
use super::link::Links;
use super::mail::Mail;
use super::pairing::Pairing;
use super::pairs::Pairs;
use super::replicas::Replicas;
use super::sessions::Sessions;
use crate::time::Now;

/// All parts beside the sessions and the mail, which work with them.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    pub(super) directory: &'a mut Directory,
    pub(super) pairing: &'a mut Pairing,
    pub(super) pairs: &'a mut Pairs,
    pub(super) replicas: &'a mut Replicas,
    pub(super) links: &'a mut Links,
    pub(super) carry: &'a mut Carry,
    pub(super) context: Context<'a>,
}

impl Engine {
    /// The sessions, and what they work with.
    pub(super) fn sessions(&mut self, now: Now) -> (&mut Sessions, Parts<'_>) {
        let (sessions, _, parts) = self.all(now);
        (sessions, parts)
    }

    /// The mail, and what it works with.
    pub(super) fn mail(&mut self, now: Now) -> (&mut Mail, Parts<'_>) {
        let (_, mail, parts) = self.all(now);
        (mail, parts)
    }

    /// Sessions and mail, and what they work with.
    pub(super) fn all(&mut self, now: Now) -> (&mut Sessions, &mut Mail, Parts<'_>) {
        let parts = Parts {
            directory: &mut self.directory,
            pairing: &mut self.pairing,
            pairs: &mut self.pairs,
            replicas: &mut self.replicas,
            links: &mut self.links,
            carry: &mut self.carry,
            context: Context {
                own: &self.own,
                rng: &mut self.rng,
                now,
                outputs: &mut self.outputs,
                addresses: &self.addresses,
                far: &self.far,
            },
        };
        (&mut self.sessions, &mut self.mail, parts)
    }

    pub(super) fn parts(&mut self, now: Now) -> Parts<'_> {
        let (_, parts) = self.sessions(now);
        parts
    }

    pub(super) fn context(&mut self, now: Now) -> Context<'_> {
        self.parts(now).context
    }
}
