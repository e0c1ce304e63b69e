//! Links: the streams to peers, from their first frame to the session they carry.
//!
//! ```text
//!   incoming session:  Hello expected ---frame---> Unproven ---message---> Session
//!   own session:       Answer expected --frame---> Session
//!   incoming join:     Join expected ----frame---> reply, closed
//!   own join:          Reply expected ---frame---> closed
//! ```
//!
//! Invariants
//! - Before a session is authenticated nothing but its handshake frame is looked at.
//! - A link that is not a session is closed [`HANDSHAKE_TIME`] after it was opened, and no peer's
//!   such links use up the room of another's.
//! - A first frame can be replayed by whoever saw it: an incoming session changes nothing until
//!   its first message opens, which proves that the initiator is there.
//! - An unknown or blocked initiator gets what garbage gets: silence and a closed link, after as many
//!   agreements and signature checks.
//! - Of several devices that claim one static key, a session is with the one whose card is shown.
//! - The card that is shown is of the transport key at the other end: nobody in between passes a session on.

mod handshake;

use std::collections::BTreeMap;
use std::time::Duration;

use super::context::Context;
use super::directory::Directory;
use super::exchange::Exchange;
use super::fill::{Fills, Queue};
use super::pairs::Pairs;
use super::rooms::forming;
use super::{Effect, Event, LinkId};
use crate::id::{DeviceId, SecretId, Tag, TransportId};
use crate::identity::Card;
use crate::session::{Hello, SessionError, Transport};
use crate::sync::SessionMessage;
use crate::time::Monotonic;
use crate::wire::limits::{
    LINKS_UNAUTHENTICATED_MAX, LINKS_UNAUTHENTICATED_PER_PEER_MAX, SESSIONS_PER_DEVICE_MAX,
};
use handshake::Asked;

/// How long a handshake may take.
pub(super) const HANDSHAKE_TIME: Duration = Duration::from_secs(5);

/// A live session on a link.
#[derive(Debug)]
pub(super) struct Session {
    transport: Transport,
    /// What it rests on, if the two shared a secret.
    pub(super) secret: Option<SecretId>,
    /// Which version of our card was shown as it began.
    pub(super) shown: u64,
    pub(super) exchange: Exchange,
}

#[derive(Debug)]
enum State {
    HelloExpected,
    AnswerExpected(Box<Asked>),
    JoinExpected,
    ReplyExpected(Tag),
    Unproven(Box<Session>, Box<Card>),
    Session(Box<Session>),
    /// Being closed; with the session it carried.
    Closed(Option<Box<Session>>),
}

#[derive(Debug)]
struct Link {
    peer: TransportId,
    state: State,
    deadline: Monotonic,
}

/// A link that is gone.
#[derive(Debug)]
pub(super) struct Closed {
    pub(super) peer: TransportId,
    /// The session it carried.
    pub(super) session: Option<Session>,
    /// The join that it was for and that was not answered on it.
    pub(super) join: Option<Tag>,
}

/// What a frame turned out to be.
#[derive(Debug)]
pub(super) enum Received {
    /// The session of this link is up, with this card of the other device; the other side's first
    /// message came with it if that side opened the session.
    Opened(Box<Card>, Option<SessionMessage>),
    /// A message inside a session.
    Message(SessionMessage),
    /// A peer's use of an invite.
    Join(Vec<u8>),
    /// The reply to a join of ours.
    Reply(Tag, Vec<u8>),
    /// Nothing to act on.
    Nothing,
    /// Of somebody to whom nothing is said, and who is not to blame.
    Refused,
}

/// All open links.
#[derive(Debug)]
pub(super) struct Links {
    links: BTreeMap<LinkId, Link>,
    /// The versions that we say we speak.
    hello: Hello,
}

impl Default for Links {
    fn default() -> Self {
        Self {
            links: BTreeMap::new(),
            hello: Hello::OURS,
        }
    }
}

impl Links {
    /// Has every session from now on begin with this hello.
    pub(super) const fn speak(&mut self, hello: Hello) {
        self.hello = hello;
    }

    /// Takes a link on which a peer is to open a session.
    pub(super) fn admit_session(
        &mut self,
        link: LinkId,
        peer: TransportId,
        context: &mut Context<'_>,
    ) {
        let is_admitted = self.admits(peer, context);
        self.open(
            link,
            peer,
            is_admitted.then_some(State::HelloExpected),
            context,
        );
    }

    /// Takes a link on which a peer is to use an invite.
    pub(super) fn admit_join(
        &mut self,
        link: LinkId,
        peer: TransportId,
        context: &mut Context<'_>,
    ) {
        let is_admitted = self.admits(peer, context);
        self.open(
            link,
            peer,
            is_admitted.then_some(State::JoinExpected),
            context,
        );
    }

    /// Starts a session over a link that was opened for one.
    pub(super) fn initiate(
        &mut self,
        link: LinkId,
        peer: TransportId,
        directory: &Directory,
        pairs: &Pairs,
        context: &mut Context<'_>,
    ) {
        let state = handshake::initiate(link, peer, self.hello, directory, pairs, context);
        self.open(link, peer, state, context);
    }

    /// Asks an inviter over a link that was opened for that, if there is still something to ask.
    pub(super) fn join(
        &mut self,
        link: LinkId,
        peer: TransportId,
        tag: Tag,
        request: Option<Vec<u8>>,
        context: &mut Context<'_>,
    ) {
        let state = request.map(|frame| {
            context.effect(Effect::Send { link, frame });
            State::ReplyExpected(tag)
        });
        self.open(link, peer, state, context);
    }

    /// Notes a link; without a state there is no use for it, and it is closed.
    fn open(
        &mut self,
        link: LinkId,
        peer: TransportId,
        state: Option<State>,
        context: &mut Context<'_>,
    ) {
        if state.is_none() {
            context.effect(Effect::Close { link });
        }
        let deadline = context.now.monotonic + HANDSHAKE_TIME;
        context.wake(deadline);
        let state = state.unwrap_or(State::Closed(None));
        self.links.insert(
            link,
            Link {
                peer,
                state,
                deadline,
            },
        );
    }

    /// Whether a peer may have one more link without an authenticated session. Over the limit of
    /// all peers, the oldest such link makes room.
    fn admits(&mut self, peer: TransportId, context: &mut Context<'_>) -> bool {
        let incoming: Vec<(LinkId, TransportId)> = self
            .links
            .iter()
            .filter(|(_, link)| link.is_stranger())
            .map(|(id, link)| (*id, link.peer))
            .collect();
        let of_peer = incoming.iter().filter(|(_, other)| *other == peer).count();
        if of_peer >= LINKS_UNAUTHENTICATED_PER_PEER_MAX {
            return false;
        }
        if let Some((oldest, _)) = incoming.first()
            && incoming.len() >= LINKS_UNAUTHENTICATED_MAX
        {
            self.shut(*oldest, context);
        }
        true
    }

    /// Forgets a link; returns what it was.
    pub(super) fn close(&mut self, link: LinkId) -> Option<Closed> {
        let Link { peer, state, .. } = self.links.remove(&link)?;
        let (session, join) = match state {
            State::Session(session) | State::Closed(Some(session)) => (Some(*session), None),
            State::ReplyExpected(tag) => (None, Some(tag)),
            State::HelloExpected
            | State::AnswerExpected(..)
            | State::JoinExpected
            | State::Unproven(..)
            | State::Closed(None) => (None, None),
        };
        Some(Closed {
            peer,
            session,
            join,
        })
    }

    /// Takes a frame. An error closes the link.
    pub(super) fn receive(
        &mut self,
        link: LinkId,
        frame: Vec<u8>,
        directory: &Directory,
        pairs: &Pairs,
        context: &mut Context<'_>,
    ) -> Received {
        let Some(entry) = self.links.get_mut(&link) else {
            return Received::Nothing;
        };
        let received = match std::mem::replace(&mut entry.state, State::Closed(None)) {
            State::HelloExpected => {
                entry.respond(link, &frame, self.hello, directory, pairs, context)
            }
            State::AnswerExpected(asked) => entry.establish(*asked, &frame, directory, context),
            State::Unproven(session, card) => entry.prove(session, card, &frame),
            State::Session(session) => entry.open(session, &frame).map(Received::Message),
            State::JoinExpected => Ok(Received::Join(frame)),
            State::ReplyExpected(tag) => Ok(Received::Reply(tag, frame)),
            State::Closed(session) => {
                entry.state = State::Closed(session);
                Ok(Received::Nothing)
            }
        };
        match received {
            Ok(Received::Refused) => {
                self.shut(link, context);
                Received::Nothing
            }
            Ok(received) => received,
            Err(how) => {
                self.misbehaved(link, how, context);
                Received::Nothing
            }
        }
    }

    /// Closes a link whose peer broke the protocol.
    pub(super) fn misbehaved(&mut self, link: LinkId, how: String, context: &mut Context<'_>) {
        if let Some(entry) = self.links.get(&link) {
            context.event(Event::Misbehaved {
                peer: entry.peer,
                how,
            });
            self.shut(link, context);
        }
    }

    /// Closes a link; nothing that still comes on it is looked at.
    pub(super) fn shut(&mut self, link: LinkId, context: &mut Context<'_>) {
        let Some(entry) = self.links.get_mut(&link) else {
            return;
        };
        context.effect(Effect::Close { link });
        entry.state = match std::mem::replace(&mut entry.state, State::Closed(None)) {
            State::Session(session) => State::Closed(Some(session)),
            // What a join was for is told when the link is gone.
            State::ReplyExpected(tag) => State::ReplyExpected(tag),
            State::HelloExpected
            | State::AnswerExpected(..)
            | State::JoinExpected
            | State::Unproven(..) => State::Closed(None),
            State::Closed(session) => State::Closed(session),
        };
    }

    /// Closes the links of a join that is given up: an answer that is under way on them is for nobody, and not one
    /// to the next join by the same code.
    pub(super) fn give_up(&mut self, join: Tag, context: &mut Context<'_>) {
        for (id, link) in &mut self.links {
            if matches!(link.state, State::ReplyExpected(tag) if tag == join) {
                link.state = State::Closed(None);
                context.effect(Effect::Close { link: *id });
            }
        }
    }

    /// Closes every link to a device that we have nothing to do with any more, also those whose
    /// session is not up yet.
    pub(super) fn shut_out(&mut self, directory: &Directory, context: &mut Context<'_>) {
        let leads_out = |link: &Link| match &link.state {
            State::Session(session) | State::Unproven(session, _) => {
                !directory.is_admitted(&session.exchange.device())
            }
            State::AnswerExpected(asked) => !directory.is_admitted(&asked.device),
            State::HelloExpected
            | State::JoinExpected
            | State::ReplyExpected(_)
            | State::Closed(_) => false,
        };
        let links = self.links.iter().filter(|(_, link)| leads_out(link));
        let open: Vec<LinkId> = links.map(|(id, _)| *id).collect();
        for link in open {
            self.shut(link, context);
        }
    }

    /// Seals a message and hands it to its link.
    pub(super) fn send(
        &mut self,
        link: LinkId,
        message: &SessionMessage,
        context: &mut Context<'_>,
    ) {
        self.send_bytes(link, &message.to_bytes(), context);
    }

    /// Sends the bytes of a message, which may go to many.
    pub(super) fn send_bytes(&mut self, link: LinkId, message: &[u8], context: &mut Context<'_>) {
        let Some(session) = self.session(link) else {
            return;
        };
        match session.transport.seal(message) {
            Ok(frame) => {
                session.exchange.sent(frame.len());
                context.effect(Effect::Send { link, frame });
            }
            // What we made is ours to answer for, and no reason to speak no more.
            Err(SessionError::TooLarge { .. }) => {}
            Err(error) => self.misbehaved(link, error.to_string(), context),
        }
    }

    /// The session on a link.
    pub(super) fn session(&mut self, link: LinkId) -> Option<&mut Session> {
        match self.links.get_mut(&link).map(|link| &mut link.state) {
            Some(State::Session(session)) => Some(session),
            Some(
                State::HelloExpected
                | State::AnswerExpected(..)
                | State::JoinExpected
                | State::ReplyExpected(_)
                | State::Unproven(..)
                | State::Closed(_),
            )
            | None => None,
        }
    }

    /// The transport id at the other end of a link.
    pub(super) fn peer(&self, link: LinkId) -> Option<TransportId> {
        self.links.get(&link).map(|link| link.peer)
    }

    /// Every session with its link, in the order of the links' opening.
    pub(super) fn sessions(&self) -> impl Iterator<Item = (LinkId, &Exchange)> {
        self.links
            .iter()
            .filter_map(|(id, link)| match &link.state {
                State::Session(session) => Some((*id, &session.exchange)),
                State::HelloExpected
                | State::AnswerExpected(..)
                | State::JoinExpected
                | State::ReplyExpected(_)
                | State::Unproven(..)
                | State::Closed(_) => None,
            })
    }

    /// Whether a session with this device is being set up by us or is up.
    pub(super) fn is_engaged(&self, device: &DeviceId) -> bool {
        self.links.values().any(|link| match &link.state {
            State::Session(session) => session.exchange.device() == *device,
            State::AnswerExpected(asked) => asked.device == *device,
            State::HelloExpected
            | State::JoinExpected
            | State::ReplyExpected(_)
            | State::Unproven(..)
            | State::Closed(_) => false,
        })
    }

    /// Says how full it is, and what its sessions have to send.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let mut strangers: BTreeMap<TransportId, usize> = BTreeMap::new();
        for link in self.links.values().filter(|link| link.is_stranger()) {
            *strangers.entry(link.peer).or_default() += 1;
        }
        let all = strangers.values().sum();
        fills.note(Queue::Strangers, all, LINKS_UNAUTHENTICATED_MAX);
        for of_peer in strangers.into_values() {
            let most = LINKS_UNAUTHENTICATED_PER_PEER_MAX;
            fills.note(Queue::StrangersOfPeer, of_peer, most);
        }
        let mut sessions: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for (_, exchange) in self.sessions() {
            *sessions.entry(exchange.device()).or_default() += 1;
            exchange.fill(fills);
        }
        for of_device in sessions.into_values() {
            fills.note(Queue::Sessions, of_device, SESSIONS_PER_DEVICE_MAX);
        }
        forming::fill(self.sessions().map(|(_, exchange)| exchange), fills);
    }

    /// Closes the links whose handshake took too long.
    pub(super) fn tick(&mut self, context: &mut Context<'_>) {
        let mut late = Vec::new();
        for (id, link) in self.links.iter().filter(|(_, link)| link.is_pending()) {
            if link.deadline <= context.now.monotonic {
                late.push(*id);
            } else {
                context.wake(link.deadline);
            }
        }
        for link in late {
            self.shut(link, context);
        }
    }
}

impl Link {
    /// Whether a peer that is not authenticated yet opened it.
    const fn is_stranger(&self) -> bool {
        match self.state {
            State::HelloExpected | State::JoinExpected | State::Unproven(..) => true,
            State::AnswerExpected(..)
            | State::ReplyExpected(_)
            | State::Session(_)
            | State::Closed(_) => false,
        }
    }

    /// Whether its handshake is not over.
    const fn is_pending(&self) -> bool {
        !matches!(self.state, State::Session(_) | State::Closed(_))
    }
}
