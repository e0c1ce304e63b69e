//! Sessions: what is said as they open and end, and what goes out in them meanwhile.
//!
//! Invariants
//! - Of several sessions with one device, the latest link is sent on; all are listened to.

mod asking;
mod bodies;
mod fetching;
mod hearing;
mod opening;
mod typing;

use std::collections::BTreeMap;

pub(super) use fetching::Fetching;
use opening::Connected;

use super::context::Context;
use super::directory::Directory;
use super::exchange::{self, Awaited, Exchange, Loaded};
use super::fill::Fills;
use super::link::Links;
use super::replica::Replica;
use super::{Event, LinkId, LoadId, Parts};
use crate::id::{ConversationId, DeviceId, PersonId, TransportId};
use crate::operation::{Operation, SignedOperation};
use crate::sync::SessionMessage;
use crate::time::Monotonic;
use crate::wire::limits::SESSIONS_PER_DEVICE_MAX;

/// The peers we are connected to, and the rules of their sessions.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    connected: BTreeMap<TransportId, Connected>,
    fetching: Fetching,
}

impl Sessions {
    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        self.fetching.fill(fills);
    }

    /// Greets a device whose session is up: what we hold, where we are.
    pub(super) fn opened(&self, link: LinkId, parts: &mut Parts<'_>) {
        let Some(session) = parts.links.session(link) else {
            return;
        };
        let (device, person) = (session.exchange.device(), session.exchange.person());
        let others: Vec<LinkId> = of_device(parts.links, device)
            .filter(|other| *other != link)
            .collect();
        let surplus = (others.len() + 1).saturating_sub(SESSIONS_PER_DEVICE_MAX);
        for oldest in others.into_iter().take(surplus) {
            parts.links.shut(oldest, &mut parts.context);
        }
        for replica in parts.replicas.all_mut() {
            if replica.includes(person) {
                greet(
                    link,
                    replica,
                    parts.directory,
                    parts.links,
                    &mut parts.context,
                );
            } else if replica.hands_over(person) {
                hand_over(
                    link,
                    replica,
                    parts.directory,
                    parts.links,
                    &mut parts.context,
                );
            }
        }
        if parts.directory.is_close(&person) {
            let addresses = SessionMessage::Addresses(parts.context.addresses.to_vec());
            parts.links.send(link, &addresses, &mut parts.context);
        }
        if let Some(peer) = parts.links.peer(link) {
            parts.context.event(Event::SessionOpened {
                person,
                device,
                peer,
            });
        }
    }

    /// Greets those with a session with whom we have come to share a conversation, or all anew once what
    /// we hold of chains that went back is there again.
    pub(super) fn regroup(&self, conversation: &ConversationId, parts: &mut Parts<'_>) {
        let Some(replica) = parts.replicas.by_id_mut(conversation) else {
            return;
        };
        if replica.is_regaining() {
            return;
        }
        let is_anew = replica.take_regained_all();
        for link in latest(parts.links, |_| true) {
            let Some(session) = parts.links.session(link) else {
                continue;
            };
            if is_anew {
                session.exchange.estrange(conversation);
            }
            let is_greeted = session.exchange.is_greeted(conversation)
                || session.exchange.is_awaited(conversation);
            if !replica.includes(session.exchange.person()) {
                session.exchange.estrange(conversation);
            } else if !is_greeted {
                greet(
                    link,
                    replica,
                    parts.directory,
                    parts.links,
                    &mut parts.context,
                );
            }
        }
    }

    /// Notes that a session is gone; another with the same device takes over what it may have
    /// lost on its way: operations and the receipt.
    pub(super) fn closed(&mut self, link: LinkId, gone: &Exchange, parts: &mut Parts<'_>) {
        let device = gone.device();
        self.fetching.closed(link);
        self.fetch(None, parts);
        let latest = of_device(parts.links, device).last();
        if let Some(link) = latest {
            for conversation in gone.conversations() {
                if let Some(replica) = parts.replicas.by_id_mut(&conversation) {
                    replica.owe_receipt(gone.person());
                    replica.owe_list(gone.person());
                    replica.forget_sent(&device);
                }
            }
            self.pump(link, parts);
        } else {
            parts.context.event(Event::SessionClosed {
                person: gone.person(),
                device,
            });
        }
    }

    /// Sends a new operation of ours to every connected device of the people it is for.
    pub(super) fn push(&self, operation: &Operation, parts: &mut Parts<'_>) {
        let conversation = &operation.header().conversation;
        let Some(replica) = parts.replicas.by_id(conversation) else {
            return;
        };
        let message = SessionMessage::Operations(vec![operation.signed().clone()]).to_bytes();
        for link in latest(parts.links, |person| replica.includes(person)) {
            let session = parts.links.session(link);
            let session = session.zip(parts.replicas.by_id(conversation));
            let is_pushed =
                session.is_some_and(|(session, replica)| session.exchange.push(operation, replica));
            if is_pushed {
                parts.links.send_bytes(link, &message, &mut parts.context);
            } else {
                self.pump(link, parts);
            }
        }
    }

    /// Goes on sending what the device at the end of `link` lacks.
    pub(super) fn pump(&self, link: LinkId, parts: &mut Parts<'_>) {
        let delay = exchange::delay(parts.links.sessions().count());
        let Some(session) = parts.links.session(link) else {
            return;
        };
        let awaited = |conversation: &_| Awaited {
            from_them: self.fetching.is_awaited(link, conversation),
            from_anybody: self.fetching.is_busy(conversation),
        };
        let exchange = &mut session.exchange;
        let said = exchange.pump(
            awaited,
            delay,
            parts.replicas,
            parts.directory,
            &mut parts.context,
        );
        if said.is_empty() {
            return;
        }
        tell_caught_up(&session.exchange, &mut parts.context);
        for message in said {
            parts.links.send(link, &message, &mut parts.context);
        }
    }

    /// Tells what has waited long enough, and has us woken when the rest will have.
    pub(super) fn tell_news(&self, parts: &mut Parts<'_>) {
        let now = parts.context.now.monotonic;
        let sessions = parts.links.sessions();
        let waiting = sessions.filter_map(|(link, exchange)| Some((link, exchange.next_news()?)));
        let waiting: Vec<(LinkId, Monotonic)> = waiting.collect();
        for (link, at) in waiting {
            if at > now {
                parts.context.wake(at);
                continue;
            }
            self.pump(link, parts);
        }
    }

    /// Sends what was loaded, and goes on with what comes after it.
    pub(super) fn loaded(
        &self,
        load: LoadId,
        mut operations: Vec<SignedOperation>,
        parts: &mut Parts<'_>,
    ) {
        let open: Vec<LinkId> = parts.links.sessions().map(|(link, _)| link).collect();
        let found = open.into_iter().find_map(|link| {
            let session = parts.links.session(link)?;
            let loaded = session
                .exchange
                .loaded(load, &mut operations, parts.replicas)?;
            Some((link, loaded))
        });
        let Some((link, loaded)) = found else {
            return;
        };
        match loaded {
            Loaded::Send(messages) => {
                for message in messages {
                    parts.links.send(link, &message, &mut parts.context);
                }
            }
            // A claim, as long as they prove nothing: what we wrote stays queued.
            Loaded::Forked => {
                if let Some(peer) = parts.links.peer(link) {
                    let how = "holds operations in our name that we did not write".to_owned();
                    parts.context.event(Event::Misbehaved { peer, how });
                }
            }
            Loaded::Failed => parts.links.shut(link, &mut parts.context),
        }
        self.pump(link, parts);
    }

    /// Acts on the receipts that came, and sends those that are owed: once for all that came since
    /// the last commit.
    pub(super) fn settle(&mut self, parts: &mut Parts<'_>) {
        for (person, device, conversation) in agreed(parts.links) {
            if let Some(replica) = parts.replicas.by_id_mut(&conversation) {
                replica.act_on_receipt(person, &device, &mut parts.context);
            }
        }
        Self::tell_bodiless(parts);
        Self::look_up_bodies(parts);
        let stirred = parts
            .replicas
            .all_mut()
            .filter_map(|replica| replica.take_stirred().then(|| replica.conversation()));
        let stirred: Vec<ConversationId> = stirred.collect();
        self.fetch(Some(&stirred), parts);
        for link in exchanging(parts.links, &stirred) {
            self.pump(link, parts);
        }
        for replica in parts.replicas.owing_mut() {
            let owed = replica.owed().into_iter();
            // Who takes part no longer hears no more; they may come back.
            let owed = owed.filter(|person| replica.includes(*person));
            for person in owed.collect::<Vec<_>>() {
                let mut open = latest_of_person(parts.links, person);
                // Over its credit, a peer reads too slowly for receipts; a later one says it all.
                open.retain(|link| {
                    parts
                        .links
                        .session(*link)
                        .is_some_and(|open| open.exchange.has_credit())
                });
                // Whoever connects later is greeted with a receipt.
                if open.is_empty() {
                    continue;
                }
                let receipt = replica.receipt(person, false, &mut parts.context);
                let receipt = SessionMessage::Receipt(receipt).to_bytes();
                for link in open {
                    parts.links.send_bytes(link, &receipt, &mut parts.context);
                }
            }
        }
    }
}

/// Says what we hold of a conversation, and what we have of theirs.
fn greet(
    link: LinkId,
    replica: &mut Replica,
    directory: &Directory,
    links: &mut Links,
    context: &mut Context<'_>,
) {
    let Some(session) = links.session(link) else {
        return;
    };
    let person = session.exchange.person();
    replica.forget_sent(&session.exchange.device());
    replica.owe_list(person);
    replica.look_into_gaps(context);
    let held = session.exchange.begin(replica, directory, context);
    links.send(link, &held, context);
    let receipt = replica.receipt(person, false, context);
    links.send(link, &SessionMessage::Receipt(receipt), context);
}

/// Says where our log of a room stands that we take part in no longer, so that whom we let in learns
/// of it.
fn hand_over(
    link: LinkId,
    replica: &Replica,
    directory: &Directory,
    links: &mut Links,
    context: &mut Context<'_>,
) {
    let session = links.session(link);
    let said = session.and_then(|session| session.exchange.say(replica, directory, context));
    if let Some(said) = said {
        links.send(link, &said, context);
    }
}

/// Says so, when both sides have sent all that the other lacked.
fn tell_caught_up(exchange: &Exchange, context: &mut Context<'_>) {
    if exchange.is_caught_up() {
        context.event(Event::CaughtUp {
            person: exchange.person(),
        });
    }
}

/// The devices whose receipts speak of the operations that we wrote, and in which conversations.
fn agreed(links: &Links) -> Vec<(PersonId, DeviceId, ConversationId)> {
    let sessions = links.sessions();
    let agreed = sessions.flat_map(|(_, exchange)| {
        let (person, device) = (exchange.person(), exchange.device());
        exchange
            .agreed()
            .map(move |conversation| (person, device, conversation))
    });
    agreed.collect()
}

/// The latest link to each device with which any of these conversations is exchanged.
fn exchanging(links: &Links, conversations: &[ConversationId]) -> Vec<LinkId> {
    let mut latest = BTreeMap::new();
    for (link, exchange) in links.sessions() {
        let mut exchanged = exchange.conversations();
        if exchanged.any(|conversation| conversations.contains(&conversation)) {
            latest.insert(exchange.device(), link);
        }
    }
    latest.into_values().collect()
}

/// The links with a session to `device`, in the order of their opening.
fn of_device(links: &Links, device: DeviceId) -> impl Iterator<Item = LinkId> + '_ {
    let of_it = links
        .sessions()
        .filter(move |(_, exchange)| exchange.device() == device);
    of_it.map(|(link, _)| link)
}

/// The latest link to each device of a person.
fn latest_of_person(links: &Links, wanted: PersonId) -> Vec<LinkId> {
    latest(links, |person| person == wanted)
}

fn latest(links: &Links, wanted: impl Fn(PersonId) -> bool) -> Vec<LinkId> {
    let mut latest = BTreeMap::new();
    for (link, exchange) in links.sessions() {
        if wanted(exchange.person()) {
            latest.insert(exchange.device(), link);
        }
    }
    latest.into_values().collect()
}
