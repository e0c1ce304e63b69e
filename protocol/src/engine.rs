//! The engine: everything a node decides, without doing any of it.
//!
//! The caller writes this loop. It hands over facts and commands with [`Engine::handle`], drains
//! [`Engine::poll`] into a [`Gate`], commits what the gate says, and does what the gate releases:
//!
//! ```text
//!            handle(input, now)            commit
//!   world ------------------> Engine --poll--> Gate <------> store
//!     ^                                         |
//!     +----------- effects, once durable -------+
//! ```
//!
//! Before each commit the caller hands over [`Input::Settle`], so that what is worth saying once
//! for many inputs (a receipt) is said once.
//!
//! Invariants
//! - `handle` never blocks, never fails and never panics, whatever a peer sent.
//! - The same profile, seed and inputs give the same outputs.
//! - A failed commit ends the engine: it is dropped and opened again from the store.
//!
//! What is not here: conversations that park while state is loaded. All of them, rooms too, keep their
//! positions resident. What waits for a load is a peer being served, a dispute that compares what is
//! stored, and a body that is looked up to be sent once more; everything else goes on meanwhile.

mod announcing;
mod arriving;
mod carry;
mod command;
mod context;
mod directory;
mod exchange;
mod fill;
mod gate;
mod input;
mod link;
mod mail;
mod output;
mod pairing;
mod pairs;
mod parts;
mod rendezvous;
mod replica;
mod replicas;
mod room;
mod rooms;
mod rotating;
mod sessions;

use std::collections::BTreeSet;

pub use carry::{Addressee, CarryReport, Promise, UnderWay};
pub use command::CommandError;
pub use fill::{Fill, Queue};
pub use gate::{Commit, Gate};
pub use input::{Command, Input, LinkPurpose, Preference, RoomChange, Setting};
pub use mail::DORMANT_AFTER;
pub use output::{Effect, Event, Job, LinkId, Live, LoadId, Output, Step, Typist};
pub use pairing::JoinEnd;
pub use rendezvous::{MEETINGS_MAX, Meeting, SECRETS_SOUGHT_MAX};

use announcing::greet;
use carry::Carry;
use context::Outputs;
use directory::Directory;
use link::{Links, Received};
use mail::Mail;
use pairing::Pairing;
use pairs::Pairs;
use parts::Parts;
use replicas::Replicas;
use rooms::MailedRooms;
use sessions::Sessions;

use crate::id::{ActorId, ConversationId, PersonId, RequestId, TransportId};
use crate::identity::{IdentityError, OwnIdentity};
use crate::operation::SignedOperation;
use crate::pairing::PairingError;
use crate::record::{Outcome, Profile, SettingsRecord};
use crate::rng::Rng;
use crate::session::Hello;
use crate::sync::SessionMessage;
use crate::time::Now;
use crate::wire::DecodeError;
use crate::wire::limits::{ADDRESS_BYTES_MAX, ADDRESSES_MAX};

/// Why a profile cannot be worked with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// There is no identity in it.
    #[error("the profile has no identity")]
    NoIdentity,
    /// Its identity cannot be read.
    #[error("the profile's identity is damaged: {0}")]
    Identity(#[from] IdentityError),
    /// A pending join cannot be read.
    #[error("a pending join in the profile is damaged: {0}")]
    Join(#[from] PairingError),
    /// What is shared with another device cannot be read.
    #[error("a secret in the profile is damaged: {0}")]
    Pair(#[from] DecodeError),
}

/// The state of a node.
#[derive(Debug)]
pub struct Engine {
    own: OwnIdentity,
    rng: Rng,
    outputs: Outputs,
    addresses: Vec<String>,
    /// Those of use in other networks.
    far: Vec<String>,
    directory: Directory,
    pairing: Pairing,
    pairs: Pairs,
    links: Links,
    carry: Carry,
    sessions: Sessions,
    replicas: Replicas,
    mail: Mail,
    mailed_rooms: MailedRooms,
    /// What was brought last, and is answered once all that was found in it is read.
    settling: Vec<(RequestId, Outcome)>,
    settings: SettingsRecord,
    /// Whether the transport key is used from this start on.
    is_rotated: bool,
}

impl Engine {
    /// Goes on from what a store holds.
    ///
    /// `seed` is secret, from the operating system, and never used again.
    ///
    /// # Errors
    /// [`EngineError`] if the profile has no identity or holds what cannot be read.
    pub fn open(profile: Profile, seed: &[u8; 32], now: Now) -> Result<Self, EngineError> {
        let identity = profile.identity.as_ref().ok_or(EngineError::NoIdentity)?;
        let own = OwnIdentity::from_bytes(identity.expose())?;
        let mut directory = Directory::restore(&profile);
        let replicas = Replicas::restore(&own, &directory, &profile);
        directory.restore_shared(replicas.shared());
        let pairs = Pairs::restore(own.device(), &profile)?;
        let mail = Mail::restore(&profile);
        let carry = Carry::restore(&profile);
        let mailed_rooms = MailedRooms::restore(&profile);
        let mut pairing = Pairing::default();
        for join in &profile.pending_joins {
            pairing.restore_join(join)?;
        }
        for invite in profile.invites {
            pairing.restore_invite(invite);
        }
        let mut engine = Self {
            own,
            rng: Rng::from_seed(seed),
            outputs: Outputs::expiring(profile.expiries),
            addresses: Vec::new(),
            far: Vec::new(),
            directory,
            pairing,
            pairs,
            links: Links::default(),
            carry,
            sessions: Sessions::default(),
            replicas,
            mail,
            mailed_rooms,
            settling: Vec::new(),
            settings: profile.settings,
            is_rotated: false,
        };
        engine.start(now);
        Ok(engine)
    }

    /// Handles one input.
    pub fn handle(&mut self, input: Input, now: Now) {
        self.outputs.begin();
        match input {
            Input::Command { request, command } => self.command(request, command, now),
            Input::PeerConnected {
                peer,
                address,
                dialed,
            } => {
                let (sessions, mut parts) = self.sessions(now);
                let context = &mut parts.context;
                parts.carry.connected(peer, &address, dialed, context);
                sessions.connected(peer, address, dialed, &mut parts);
            }
            Input::PeerDisconnected { peer } => {
                self.carry.disconnected(&peer);
                self.sessions.disconnected(&peer);
                self.directory.presume_no_more(&peer);
            }
            Input::Presumed { peer, instead_of } => self.presume(peer, instead_of, now),
            Input::LinkOpened {
                link,
                peer,
                purpose,
            } => self.open_link(link, peer, purpose, now),
            Input::Frame { link, bytes } => self.frame(link, bytes, now),
            Input::LinkClosed { link } => self.link_closed(link, now),
            Input::Drained { link, bytes } => {
                let mut parts = self.parts(now);
                let (directory, context) = (&*parts.directory, &mut parts.context);
                parts.carry.drained(link, bytes, directory, context);
                if let Some(session) = self.links.session(link) {
                    session.exchange.drained(bytes);
                }
                self.pump(link, now);
            }
            Input::Unreachable { tag } => {
                let mut parts = self.parts(now);
                parts.pairing.unreachable(tag, &mut parts.context);
            }
            Input::Unopened { peer } => {
                let (sessions, mut parts) = self.sessions(now);
                sessions.missed(peer, &mut parts);
            }
            Input::Loaded { load, operations } => self.loaded(load, operations, now),
            Input::EnvelopesLoaded { load, envelopes } => {
                self.envelopes_loaded(load, envelopes, now);
            }
            Input::CarryUnopened { peer } => {
                let mut parts = self.parts(now);
                parts.carry.unopened(peer, &mut parts.context);
            }
            Input::Carry(quotas) => self.put_quotas(quotas, now),
            Input::Listening { addresses, far } => self.listening(addresses, far, now),
            Input::Tick => self.tick(now),
            Input::Settle => {
                let (sessions, mut parts) = self.sessions(now);
                sessions.settle(&mut parts);
                let context = &mut parts.context;
                parts.replicas.review_typing(parts.directory, context);
                self.settle_carrying(now);
            }
        }
    }

    /// The oldest output that was not yet taken, with the step that made it.
    pub fn poll(&mut self) -> Option<(Step, Output)> {
        self.outputs.pop()
    }

    /// Says other versions than [`Hello::OURS`] in sessions from now on; for tests.
    pub const fn speak(&mut self, hello: Hello) {
        self.links.speak(hello);
    }

    /// Who this engine is.
    #[must_use]
    pub const fn own(&self) -> &OwnIdentity {
        &self.own
    }

    /// Contacts' devices with a live session.
    pub fn live(&self) -> impl Iterator<Item = Live> {
        self.links.sessions().filter_map(|(link, exchange)| {
            Some(Live {
                device: exchange.device(),
                person: exchange.person(),
                peer: self.links.peer(link)?,
                caught_up: exchange.is_caught_up(),
            })
        })
    }

    /// The people in a session who say that they hold more of a chain than up to `seq`.
    #[must_use]
    pub fn holders(
        &self,
        conversation: &ConversationId,
        actor: &ActorId,
        seq: u64,
    ) -> BTreeSet<PersonId> {
        let sessions = self.links.sessions();
        let holding =
            sessions.filter(|(_, exchange)| exchange.holds_more(conversation, actor, seq));
        holding.map(|(_, exchange)| exchange.person()).collect()
    }

    /// First outputs after opening: keep contacts connected, go on with joins.
    fn start(&mut self, now: Now) {
        self.outputs.begin();
        let keep: Vec<Effect> = self
            .directory
            .everyone()
            .into_iter()
            .flat_map(|person| self.directory.keep_or_forget(person))
            .collect();
        let mut parts = self.parts(now);
        parts.context.effects(keep);
        parts.pairing.resume(&mut parts.context);
        parts.pairs.inherit(&mut parts.context);
        parts.carry.wake(&mut parts.context);
        self.context(now).expire();
        self.take_transport(now);
        self.rotate_bundle(now);
        // Another version may have shown something else of what was stored.
        self.show_rooms(now);
    }

    fn command(&mut self, request: RequestId, command: Command, now: Now) {
        let is_kept = command.is_kept();
        let settles = matches!(command, Command::Bring { is_last: true, .. });
        let result = self.execute(command, now);
        if settles {
            self.settling
                .extend(result.ok().map(|outcome| (request, outcome)));
            return;
        }
        let mut context = self.context(now);
        if is_kept {
            context.reply(request, result);
        } else {
            context.effect(Effect::Reply { request, result });
        }
    }

    fn open_link(&mut self, link: LinkId, peer: TransportId, purpose: LinkPurpose, now: Now) {
        if matches!(purpose, LinkPurpose::Carry | LinkPurpose::IncomingCarry) {
            return self.carry_link(link, peer, purpose == LinkPurpose::Carry, now);
        }
        let Parts {
            directory,
            pairing,
            pairs,
            links,
            mut context,
            ..
        } = self.parts(now);
        let context = &mut context;
        match purpose {
            LinkPurpose::Carry | LinkPurpose::IncomingCarry => {}
            LinkPurpose::IncomingSession => links.admit_session(link, peer, context),
            LinkPurpose::IncomingJoin => links.admit_join(link, peer, context),
            LinkPurpose::Session => links.initiate(link, peer, directory, pairs, context),
            LinkPurpose::Join(tag) => {
                links.join(link, peer, tag, pairing.request(&tag), context);
            }
        }
    }

    fn link_closed(&mut self, link: LinkId, now: Now) {
        let (sessions, mail, mut parts) = self.all(now);
        if parts.carry.closed(link, &mut parts.context) {
            return;
        }
        let Some(closed) = parts.links.close(link) else {
            return;
        };
        if let Some(tag) = closed.join {
            parts.pairing.unreachable(tag, &mut parts.context);
        }
        if let Some(session) = closed.session {
            sessions.closed(link, &session.exchange, &mut parts);
            mail.parted(session.exchange.person(), &mut parts);
        }
        sessions.missed(closed.peer, &mut parts);
    }

    fn frame(&mut self, link: LinkId, bytes: Vec<u8>, now: Now) {
        if self.carry.has(link) {
            return self.carry_frame(link, &bytes, now);
        }
        let Parts {
            directory,
            pairs,
            links,
            mut context,
            ..
        } = self.parts(now);
        match links.receive(link, bytes, directory, pairs, &mut context) {
            Received::Opened(card, first) => {
                self.refresh(link, &card, now);
                let (sessions, mut parts) = self.sessions(now);
                sessions.opened(link, &mut parts);
                greet(link, &mut parts);
                self.promise_again(link, now);
                if let Some(message) = first {
                    self.session_message(link, message, now);
                }
            }
            Received::Message(message) => self.session_message(link, message, now),
            Received::Join(frame) => self.answer_join(link, &frame, now),
            Received::Reply(tag, frame) => self.finish_join(link, tag, &frame, now),
            Received::Nothing | Received::Refused => {}
        }
    }

    /// Takes what was read from the store, for whoever asked for it.
    fn loaded(&mut self, load: LoadId, operations: Vec<SignedOperation>, now: Now) {
        let (sessions, mail, mut parts) = self.all(now);
        if mail.loaded(load, &operations, &mut parts) {
            return;
        }
        let (replicas, context) = (&mut *parts.replicas, &mut parts.context);
        if replicas.take_compared(load, &operations, context)
            || replicas.take_sought(load, &operations, context)
        {
            return;
        }
        if let Some(room) = replicas.take_regained(load, &operations, context) {
            sessions.regroup(&room, &mut parts);
        } else if let Some(whole) = replicas.take_looked_up(load, &operations) {
            sessions.send_once_more(whole, &mut parts);
        } else {
            sessions.loaded(load, operations, &mut parts);
        }
    }

    fn session_message(&mut self, link: LinkId, message: SessionMessage, now: Now) {
        let Some(session) = self.links.session(link) else {
            return;
        };
        let device = session.exchange.device();
        if let SessionMessage::Addresses(addresses) = &message {
            let mut parts = self.parts(now);
            let context = &mut parts.context;
            parts.directory.reached(&device, addresses, context);
            return;
        }
        if let SessionMessage::Pair(news) = &message {
            let mut parts = self.parts(now);
            if let Some(told) = parts.pairs.hear(device, news, &mut parts.context) {
                let told = SessionMessage::Pair(told);
                parts.links.send(link, &told, &mut parts.context);
            }
            return;
        }
        if let SessionMessage::Custody(custodies) = &message {
            let mut parts = self.parts(now);
            let context = &mut parts.context;
            let is_contact = parts
                .directory
                .device(&device)
                .is_some_and(|known| parts.directory.contact(&known.card.person).is_some());
            if is_contact {
                parts
                    .carry
                    .entrust(device, custodies, parts.replicas, context);
            }
            return;
        }
        if let SessionMessage::Card(card) = &message {
            self.card_shown(link, device, card, now);
            return;
        }
        let (mail, mut parts) = self.mail(now);
        mail.compare_control(device, &message, &mut parts);
        if let Some(conversation) = message.room_shown() {
            self.shown_whole(link, &conversation, now);
        }
        let result = if let SessionMessage::Control(control) = message {
            self.receive_control(Some(link), control, now)
        } else {
            let (sessions, mut parts) = self.sessions(now);
            sessions.message(link, message, &mut parts)
        };
        if let Err(how) = result {
            let mut parts = self.parts(now);
            parts.links.misbehaved(link, how, &mut parts.context);
        }
    }

    /// Notes where we listen, as much of it as a peer takes.
    fn listening(&mut self, mut addresses: Vec<String>, mut far: Vec<String>, now: Now) {
        for all in [&mut addresses, &mut far] {
            all.retain(|address| address.len() <= ADDRESS_BYTES_MAX);
            all.truncate(ADDRESSES_MAX);
        }
        self.addresses = addresses;
        if far != self.far {
            self.far = far;
            let (mail, mut parts) = self.mail(now);
            mail.moved(&mut parts);
        }
        let message = SessionMessage::Addresses(self.addresses.clone());
        let sessions = self.links.sessions();
        let close = sessions.filter(|(_, exchange)| self.directory.is_close(&exchange.person()));
        let open: Vec<LinkId> = close.map(|(link, _)| link).collect();
        let mut parts = self.parts(now);
        for link in open {
            parts.links.send(link, &message, &mut parts.context);
        }
    }

    fn tick(&mut self, now: Now) {
        self.outputs.woken();
        let (sessions, mut parts) = self.sessions(now);
        parts.pairing.tick(&mut parts.context);
        parts.links.tick(&mut parts.context);
        sessions.tick(&mut parts);
        sessions.fetch(None, &mut parts);
        sessions.tell_news(&mut parts);
        let context = &mut parts.context;
        parts.replicas.review_typing(parts.directory, context);
        context.expire();
        let (mail, mut parts) = self.mail(now);
        mail.tick(&mut parts);
        self.tick_carrying(now);
        self.rotate_bundle(now);
    }

    fn pump(&mut self, link: LinkId, now: Now) {
        let (sessions, mut parts) = self.sessions(now);
        sessions.pump(link, &mut parts);
    }
}

#[cfg(test)]
mod tests;
