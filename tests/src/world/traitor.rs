//! Traitors: members whose devices run hostile code beside their engine.
//!
//! ```text
//!   engine of the device --- session ---+
//!                                       +--- an honest device: the same key at both ends
//!   hostile code ----------- session ---+
//! ```
//!
//! Invariants
//! - What a traitor says is said in a real session, and what it signs it signs with its own keys.
//! - Its engine goes on in good faith beside it; the audit asks nothing of it.

use std::collections::BTreeMap;

use tidings_protocol::engine::LinkPurpose;
use tidings_protocol::id::{ActorId, ConversationId};
use tidings_protocol::operation::{Header, Operation};
use tidings_protocol::pair::Pair;
use tidings_protocol::record::Profile;
use tidings_protocol::sync::SessionMessage;

use super::{Held, Stranger, World};

/// The hostile part of a device.
#[derive(Debug)]
pub struct Traitor {
    /// Which device.
    pub device: usize,
    /// What it says in its device's name.
    pub stranger: Stranger,
    /// Its sessions, each with one run of a device.
    sessions: BTreeMap<usize, (u64, Held)>,
    /// What it wrote last of content, without its engine.
    tips: BTreeMap<ActorId, Operation>,
}

impl Traitor {
    /// Has a device betray the others from now on.
    pub fn of(world: &mut World, device: usize) -> Self {
        let rng = world.chance.rng();
        let own = world.devices[device].identity();
        world.distrust(device);
        Self {
            device,
            stranger: Stranger::of(own, rng),
            sessions: BTreeMap::new(),
            tips: BTreeMap::new(),
        }
    }

    /// Says something to a device; returns whether there is a session to say it in.
    pub fn say(&mut self, world: &mut World, to: usize, messages: &[SessionMessage]) -> bool {
        if !self.is_heard(world, to) && !self.open(world, to) {
            return false;
        }
        let Some((_, held)) = self.sessions.get_mut(&to) else {
            return false;
        };
        // Nothing of what it is told matters to it.
        let _ = world.received(held.wire);
        held.put(world, messages);
        true
    }

    /// Ends all its sessions.
    pub fn fall_silent(&mut self, world: &mut World) {
        for (_, held) in std::mem::take(&mut self.sessions).into_values() {
            world.close_as(held.wire);
        }
    }

    /// What its device holds.
    pub fn profile(&self, world: &mut World) -> Profile {
        world.devices[self.device].disk.profile()
    }

    /// The last operation of content that it wrote as an actor without its engine.
    #[must_use]
    pub fn tip(&self, actor: ActorId) -> Option<&Operation> {
        self.tips.get(&actor)
    }

    /// Signs the next operation of content, for others to build on.
    pub fn write(&mut self, header: Header, body: Vec<u8>) -> Operation {
        let operation = self.stranger.sign(header, body);
        let actor = operation.header().actor;
        self.tips.insert(actor, operation.clone());
        operation
    }

    /// The conversation with another device's person.
    #[must_use]
    pub fn conversation(&self, world: &World, with: usize) -> ConversationId {
        world.conversation(self.device, with)
    }

    fn is_heard(&self, world: &World, to: usize) -> bool {
        let session = self.sessions.get(&to);
        session.is_some_and(|(incarnation, held)| {
            world.runs(to, *incarnation) && !world.is_closed(held.wire)
        })
    }

    /// Opens a session with a device as its own device would; returns whether there is one.
    fn open(&mut self, world: &mut World, to: usize) -> bool {
        if !world.devices[to].is_up() || !world.network.reaches(self.device, to) {
            return false;
        }
        self.stranger.own = world.devices[self.device].identity();
        let device = world.devices[to].id;
        let pairs = self.profile(world).pairs;
        let pair = pairs.iter().find(|pair| pair.device == device);
        let pair = pair.map(|pair| Pair::from_bytes(pair.state.expose()).expect("a pair"));
        self.stranger.secret = pair.and_then(|pair| pair.agreed().pop());
        let (initiator, first) = self.stranger.hail(world, to);
        let peer = self.stranger.own.transport();
        let wire = world.open_as(to, peer, LinkPurpose::IncomingSession);
        let incarnation = world.devices[to].incarnation;
        world.send_as(wire, first);
        let there_and_back = world.weather.latency.end().saturating_mul(2);
        world.run_for(there_and_back.saturating_add(1));
        let Some(answer) = world.received(wire).pop() else {
            return false;
        };
        let held = self.stranger.finish(initiator, wire, &answer);
        self.sessions.insert(to, (incarnation, held));
        true
    }
}
