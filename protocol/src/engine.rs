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

mod command;
mod context;
mod directory;
mod exchange;
mod gate;
mod input;
mod link;
mod output;
mod pairing;
mod replica;
mod replicas;
mod room;
mod rooms;
mod sessions;

use std::collections::BTreeSet;
use std::time::Duration;

pub use command::CommandError;
pub use gate::{Commit, Gate};
pub use input::{Command, Input, LinkPurpose, Preference, RoomChange, Setting};
pub use output::{Effect, Event, Job, Output};

use context::{Context, Outputs};
use directory::Directory;
use link::{Links, Received};
use pairing::Pairing;
use replicas::Replicas;
use sessions::Sessions;

use crate::id::{ActorId, ConversationId, DeviceId, PersonId, RequestId, Tag, TransportId};
use crate::identity::{Card, IdentityError, OwnIdentity};
use crate::pairing::{JoinReply, PairingError};
use crate::record::{Change, Profile, SecretBytes, SettingsRecord};
use crate::rng::Rng;
use crate::session::Hello;
use crate::sync::SessionMessage;
use crate::time::Now;
use crate::wire::limits::{ADDRESS_BYTES_MAX, ADDRESSES_MAX};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn as_u64(self) -> u64 {
                self.0
            }

            /// The next one.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.wrapping_add(1))
            }
        }
    };
}

number!(
    /// One call of [`Engine::handle`].
    Step
);
number!(
    /// A stream to a peer; the driver numbers them upwards and never again.
    LinkId
);
number!(
    /// A read that the engine asked for.
    LoadId
);

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
}

/// How often it is checked whether the weekly bundle is due.
const BUNDLE_CHECK_TIME: Duration = Duration::from_secs(3600);

/// A contact's device with a live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Which device.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// Over which peer.
    pub peer: TransportId,
    /// Whether both sides have sent all that the other lacked.
    pub caught_up: bool,
}

/// Somebody who types in a conversation at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typist {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
}

/// The state of a node.
#[derive(Debug)]
pub struct Engine {
    own: OwnIdentity,
    rng: Rng,
    outputs: Outputs,
    addresses: Vec<String>,
    directory: Directory,
    pairing: Pairing,
    links: Links,
    sessions: Sessions,
    replicas: Replicas,
    settings: SettingsRecord,
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
            directory,
            pairing,
            links: Links::default(),
            sessions: Sessions::default(),
            replicas,
            settings: profile.settings,
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
                let (directory, links, sessions, mut context) = self.network(now);
                sessions.connected(peer, address, dialed, directory, links, &mut context);
            }
            Input::PeerDisconnected { peer } => self.sessions.disconnected(&peer),
            Input::LinkOpened {
                link,
                peer,
                purpose,
            } => self.open_link(link, peer, purpose, now),
            Input::Frame { link, bytes } => self.frame(link, bytes, now),
            Input::LinkClosed { link } => self.link_closed(link, now),
            Input::Drained { link, bytes } => {
                if let Some(session) = self.links.session(link) {
                    session.exchange.drained(bytes);
                }
                self.pump(link, now);
            }
            Input::Unreachable { tag } => {
                let (_, pairing, mut context) = self.pairing(now);
                pairing.unreachable(tag, &mut context);
            }
            Input::Unopened { peer } => {
                let (directory, links, sessions, mut context) = self.network(now);
                sessions.missed(peer, directory, links, &mut context);
            }
            Input::Loaded { load, operations } => {
                let (directory, replicas, links, sessions, mut context) = self.exchange(now);
                if replicas.take_compared(load, &operations, &mut context)
                    || replicas.take_sought(load, &operations, &mut context)
                {
                    return;
                }
                if let Some(room) = replicas.take_regained(load, &operations, &mut context) {
                    sessions.regroup(&room, replicas, directory, links, &mut context);
                    return;
                }
                if let Some(whole) = replicas.take_looked_up(load, &operations) {
                    sessions.send_once_more(whole, links, &mut context);
                    return;
                }
                sessions.loaded(load, operations, replicas, directory, links, &mut context);
            }
            Input::Listening { addresses } => self.listening(addresses, now),
            Input::Tick => self.tick(now),
            Input::Settle => {
                let (directory, replicas, links, sessions, mut context) = self.exchange(now);
                sessions.settle(replicas, directory, links, &mut context);
                replicas.review_typing(directory, &mut context);
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
        let (_, pairing, mut context) = self.pairing(now);
        for effect in keep {
            context.effect(effect);
        }
        pairing.resume(&mut context);
        self.context(now).expire();
        self.rotate_bundle(now);
    }

    fn command(&mut self, request: RequestId, command: Command, now: Now) {
        let is_kept = command.is_kept();
        let result = self.execute(command, now);
        let mut context = self.context(now);
        if is_kept {
            context.reply(request, result);
        } else {
            context.effect(Effect::Reply { request, result });
        }
    }

    fn open_link(&mut self, link: LinkId, peer: TransportId, purpose: LinkPurpose, now: Now) {
        let first = match purpose {
            LinkPurpose::Join(tag) => self.pairing.request(&tag),
            LinkPurpose::IncomingSession | LinkPurpose::IncomingJoin | LinkPurpose::Session => None,
        };
        let (directory, links, _, mut context) = self.network(now);
        links.open(link, peer, purpose, first, directory, &mut context);
    }

    fn link_closed(&mut self, link: LinkId, now: Now) {
        let Some(closed) = self.links.close(link) else {
            return;
        };
        if let Some(tag) = closed.join {
            let (_, pairing, mut context) = self.pairing(now);
            pairing.unreachable(tag, &mut context);
        }
        if let Some(session) = closed.session {
            let (directory, replicas, links, sessions, mut context) = self.exchange(now);
            sessions.closed(
                link,
                &session.exchange,
                replicas,
                directory,
                links,
                &mut context,
            );
        }
        let (directory, links, sessions, mut context) = self.network(now);
        sessions.missed(closed.peer, directory, links, &mut context);
    }

    fn frame(&mut self, link: LinkId, bytes: Vec<u8>, now: Now) {
        let (directory, links, _, mut context) = self.network(now);
        match links.receive(link, bytes, directory, &mut context) {
            Received::Opened(card, first) => {
                self.refresh(link, &card, now);
                let (directory, replicas, links, sessions, mut context) = self.exchange(now);
                sessions.opened(link, replicas, directory, links, &mut context);
                if let Some(message) = first {
                    self.session_message(link, message, now);
                }
            }
            Received::Message(message) => self.session_message(link, message, now),
            Received::Join(frame) => self.answer_join(link, &frame, now),
            Received::Reply(tag, frame) => self.finish_join(link, tag, &frame, now),
            Received::Nothing => {}
        }
    }

    /// Takes over what the device at the end of a session shows of itself.
    fn refresh(&mut self, link: LinkId, card: &Card, now: Now) {
        let Some(peer) = self.links.peer(link) else {
            return;
        };
        let Some(session) = self.links.session(link) else {
            return;
        };
        let device = session.exchange.device();
        let (directory, _, sessions, mut context) = self.network(now);
        let refreshed = directory.refresh(&device, peer, card, &mut context);
        let address = sessions.dialed_address(&peer);
        directory.reached(&device, address.as_slice(), &mut context);
        // What it showed may put off this device, or others of its person.
        let (directory, links, _, mut context) = self.network(now);
        links.shut_out(directory, &mut context);
        if let Some(person) = refreshed {
            self.card_changed(person, now);
        }
    }

    fn session_message(&mut self, link: LinkId, message: SessionMessage, now: Now) {
        let Some(session) = self.links.session(link) else {
            return;
        };
        let device = session.exchange.device();
        if let SessionMessage::Addresses(addresses) = &message {
            let (directory, _, _, mut context) = self.network(now);
            directory.reached(&device, addresses, &mut context);
            return;
        }
        if let Some(conversation) = message.room_shown() {
            self.shown_whole(link, &conversation, now);
        }
        let result = if let SessionMessage::Control(control) = message {
            self.receive_control(link, control, now)
        } else {
            let (directory, replicas, links, sessions, mut context) = self.exchange(now);
            sessions.message(link, message, replicas, directory, links, &mut context)
        };
        if let Err(how) = result {
            let (_, links, _, mut context) = self.network(now);
            links.misbehaved(link, how, &mut context);
        }
    }

    fn answer_join(&mut self, link: LinkId, frame: &[u8], now: Now) {
        let addresses = self.addresses.clone();
        let Some(peer) = self.links.peer(link) else {
            return;
        };
        let (directory, pairing, mut context) = self.pairing(now);
        let answer = pairing.answer(peer, frame, &addresses, directory, &mut context);
        if let Some((reply, joiner)) = answer {
            context.effect(Effect::Send {
                link,
                frame: reply.to_bytes(),
            });
            if let Some(card) = joiner {
                self.replicas.admit(&self.own, card.person, card.device);
                self.card_changed(card.person, now);
            }
        }
        let (directory, links, _, mut context) = self.network(now);
        links.shut(link, &mut context);
        links.shut_out(directory, &mut context);
    }

    fn finish_join(&mut self, link: LinkId, tag: Tag, frame: &[u8], now: Now) {
        let Some(peer) = self.links.peer(link) else {
            return;
        };
        let (directory, pairing, mut context) = self.pairing(now);
        let finished = JoinReply::from_bytes(frame)
            .and_then(|reply| pairing.finish(tag, peer, &reply, directory, &mut context));
        match finished {
            Ok(Some(card)) => {
                self.replicas.admit(&self.own, card.person, card.device);
                self.card_changed(card.person, now);
                let (directory, links, sessions, mut context) = self.network(now);
                sessions.met(card.transport, directory, links, &mut context);
            }
            Ok(None) => {}
            Err(error) => {
                pairing.unreachable(tag, &mut context);
                let how = error.to_string();
                context.event(Event::Misbehaved { peer, how });
            }
        }
        let (directory, links, _, mut context) = self.network(now);
        links.shut(link, &mut context);
        links.shut_out(directory, &mut context);
    }

    /// Notes where we listen, as much of it as a peer takes.
    fn listening(&mut self, addresses: Vec<String>, now: Now) {
        self.addresses = addresses;
        self.addresses
            .retain(|address| address.len() <= ADDRESS_BYTES_MAX);
        self.addresses.truncate(ADDRESSES_MAX);
        let message = SessionMessage::Addresses(self.addresses.clone());
        let sessions = self.links.sessions();
        let close = sessions.filter(|(_, exchange)| self.directory.is_close(&exchange.person()));
        let open: Vec<LinkId> = close.map(|(link, _)| link).collect();
        let (_, links, _, mut context) = self.network(now);
        for link in open {
            links.send(link, &message, &mut context);
        }
    }

    fn tick(&mut self, now: Now) {
        let (_, pairing, mut context) = self.pairing(now);
        pairing.tick(&mut context);
        let (directory, links, sessions, mut context) = self.network(now);
        links.tick(&mut context);
        sessions.tick(directory, links, &mut context);
        let (directory, replicas, links, sessions, mut context) = self.exchange(now);
        sessions.fetch(None, replicas, links, &mut context);
        sessions.tell_news(replicas, directory, links, &mut context);
        replicas.review_typing(directory, &mut context);
        self.context(now).expire();
        self.rotate_bundle(now);
    }

    fn pump(&mut self, link: LinkId, now: Now) {
        let (directory, replicas, links, sessions, mut context) = self.exchange(now);
        sessions.pump(link, replicas, directory, links, &mut context);
    }

    /// Makes the weekly bundle when it is due; deletes private halves whose time is over.
    fn rotate_bundle(&mut self, now: Now) {
        self.context(now).wake(now.monotonic + BUNDLE_CHECK_TIME);
        if self.own.rotate_bundle_if_due(now.wall, &mut self.rng) {
            let identity = SecretBytes::from(self.own.to_bytes());
            self.context(now).persist(Change::PutIdentity(identity));
        }
    }

    fn context(&mut self, now: Now) -> Context<'_> {
        Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        }
    }

    fn pairing(&mut self, now: Now) -> (&mut Directory, &mut Pairing, Context<'_>) {
        let context = Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        };
        (&mut self.directory, &mut self.pairing, context)
    }

    fn network(&mut self, now: Now) -> (&mut Directory, &mut Links, &mut Sessions, Context<'_>) {
        let context = Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        };
        (
            &mut self.directory,
            &mut self.links,
            &mut self.sessions,
            context,
        )
    }

    fn exchange(
        &mut self,
        now: Now,
    ) -> (
        &Directory,
        &mut Replicas,
        &mut Links,
        &mut Sessions,
        Context<'_>,
    ) {
        let context = Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        };
        (
            &self.directory,
            &mut self.replicas,
            &mut self.links,
            &mut self.sessions,
            context,
        )
    }
}

#[cfg(test)]
mod tests;
