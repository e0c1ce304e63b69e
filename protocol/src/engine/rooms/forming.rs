//! Rooms in the making: what a session shows of a room that is not ours, until it turns out whether we
//! were admitted.
//!
//! ```text
//!   they name a room ---> ask_to_show ---> Forming: control and cards, as they come
//!                                             |
//!                      nothing admits us, <---+---> admitted: ours, and served
//!                      or too much: dropped
//! ```
//!
//! Invariants
//! - A session presents at most [`FORMING_MAX`] such rooms. What is kept of all takes about
//!   [`FORMING_BYTES_MAX`] of memory, whoever presents them, beside the largest, which takes what a room
//!   of ours may take.
//! - Who presents the most makes room for others.

use std::collections::{BTreeMap, BTreeSet};

use super::Cards;
use crate::engine::exchange::Exchange;
use crate::engine::fill::{Fills, Queue};
use crate::engine::link::Links;
use crate::engine::replica::Replica;
use crate::engine::room::{Consent, Room};
use crate::engine::{Engine, LinkId, Parts};
use crate::id::{ConversationId, DeviceId, PersonId};
use crate::record::Change;
use crate::sync::{ControlEntry, ControlVector, SessionMessage, Vector};
use crate::time::{Monotonic, Now};
use crate::wire::limits::{CARD_BYTES_MAX, ROOMS_MAX};

/// Rooms that one session may present at a time.
pub(in crate::engine) const FORMING_MAX: usize = 4;
/// Bytes of memory that rooms take which all sessions together present, beside the largest: however much
/// a room holds, who is let in can be shown it.
pub(in crate::engine) const FORMING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// What a control operation takes of memory beside its bytes, about.
const OPERATION_OVERHEAD_BYTES: usize = 1024;
/// What each of them counts at least, so that they are few.
pub(in crate::engine) const FORMING_BYTES_MIN: usize = FORMING_BYTES_MAX / 8;
/// Operations that admit us to a room which is shown to us, after each of which we look whether we are in
/// it; of more we do so only once all is shown.
pub(super) const FORMING_INVITATIONS_MAX: usize = 16;

/// A room that the other side presents, until it turns out whether we are in it.
#[derive(Debug)]
pub(in crate::engine) struct Forming {
    pub(in crate::engine) room: Room,
    /// How many operations came that admit us.
    pub(in crate::engine) invitations: usize,
    /// The cards that came with it.
    pub(in crate::engine) cards: Cards,
    /// What they said they hold of it.
    pub(in crate::engine) vector: Option<Vector>,
    /// When they began to.
    pub(in crate::engine) since: Monotonic,
}

/// About what so many operations and cards take of memory: operations are there as they came and as
/// they were read.
const fn forming_bytes(operations: usize, bytes: usize, cards: usize) -> usize {
    2 * bytes + operations * OPERATION_OVERHEAD_BYTES + cards * CARD_BYTES_MAX
}

impl Forming {
    /// One of which nothing came yet.
    pub(in crate::engine) fn new(conversation: ConversationId, now: Monotonic) -> Self {
        Self {
            room: Room::new(conversation),
            invitations: 0,
            cards: Cards::default(),
            vector: None,
            since: now,
        }
    }

    /// What it counts of [`FORMING_BYTES_MAX`].
    pub(in crate::engine) fn bytes(&self) -> usize {
        let (operations, bytes) = self.room.size();
        forming_bytes(operations, bytes, self.cards.count()).max(FORMING_BYTES_MIN)
    }
}

impl Engine {
    /// Takes control of a room that is not ours yet, and makes it ours once it admits us.
    pub(super) fn form(
        &mut self,
        link: LinkId,
        conversation: ConversationId,
        cards: Cards,
        operations: Vec<ControlEntry>,
        now: Now,
    ) -> Result<(), String> {
        // Only what we asked for is taken.
        let session = self.links.session(link);
        let forming = session.and_then(|session| session.exchange.presented_as(&conversation));
        let Some(forming) = forming else {
            return Ok(());
        };
        let own = self.own.person();
        let mut is_due = false;
        let mut authors: BTreeSet<DeviceId> = BTreeSet::new();
        for entry in operations {
            let signer = |cards: &Cards| cards.signer(&entry.device, &self.directory, &self.own);
            if let Some((person, key)) = signer(&cards).or_else(|| signer(&forming.cards)) {
                // Their cards are kept with the room.
                let taken = forming.room.receive(entry, person, &key);
                for record in taken.map_err(|fault| fault.to_string())? {
                    authors.insert(record.author.device);
                    if forming.room.admits(record.operation.id(), own) {
                        forming.invitations = forming.invitations.saturating_add(1);
                        is_due |= forming.invitations <= FORMING_INVITATIONS_MAX;
                    }
                }
            }
        }
        forming.cards.extend(cards, &authors);
        let Forming { room, cards, .. } = forming;
        room.forget_strangers(|device| {
            let signer = cards.signer(device, &self.directory, &self.own);
            signer.is_some()
        });
        if is_due {
            room.resolve();
        }
        self.take_over(link, &conversation, now);
        evict_surplus(&mut self.links);
        Ok(())
    }

    /// Looks whether we are in a room of which the other side has shown all.
    pub(in crate::engine) fn shown_whole(
        &mut self,
        link: LinkId,
        conversation: &ConversationId,
        now: Now,
    ) {
        let session = self.links.session(link);
        let forming = session.and_then(|session| session.exchange.presented_as(conversation));
        if let Some(forming) = forming.filter(|forming| forming.invitations > 0) {
            forming.room.resolve();
            self.take_over(link, conversation, now);
        }
    }

    /// Makes a room that the other side shows ours, if we are in it.
    fn take_over(&mut self, link: LinkId, conversation: &ConversationId, now: Now) {
        let own = self.own.person();
        if let Some(session) = self.links.session(link)
            && let Some(forming) = session.exchange.presented_as(conversation)
            && forming.room.is_member(&own)
            && let Some(forming) = session.exchange.formed(conversation)
        {
            self.admitted(Some(link), forming, now);
        }
    }

    /// Makes a room ours that admits us.
    pub(super) fn admitted(&mut self, link: Option<LinkId>, forming: Forming, now: Now) {
        let Forming {
            mut room,
            cards,
            vector,
            invitations: _,
            since: _,
        } = forming;
        room.resolve();
        let consent = self.consent_to(&room);
        if consent == Consent::Refused {
            return;
        }
        room.give_consent(&self.own.person(), Some(consent));
        let conversation = room.conversation();
        let mut parts = self.parts(now);
        let (directory, context) = (&mut *parts.directory, &mut parts.context);
        for record in room.records() {
            context.persist(Change::PutControl(Box::new(record)));
        }
        let authors = room.entries().map(|(_, _, author)| author.device);
        let authors: BTreeSet<DeviceId> = authors.collect();
        cards.keep(&room, &authors, directory, context);
        room.forget_strangers(|device| directory.device(device).is_some());
        parts.replicas.insert(Replica::of_room(room, context.own));
        let shown = self.shown_by(link, vector, conversation);
        self.room_changed(conversation, &BTreeSet::new(), now);
        for (link, vector) in shown {
            self.serve_shown(link, vector, conversation, now);
        }
    }

    /// Who showed a room that has become ours, and what they said they hold of it: the one over
    /// `link`, and others, who are still sending it as well.
    fn shown_by(
        &mut self,
        link: Option<LinkId>,
        vector: Option<Vector>,
        conversation: ConversationId,
    ) -> Vec<(LinkId, Option<Vector>)> {
        let mut shown: Vec<_> = link.map(|link| (link, vector)).into_iter().collect();
        let open: Vec<LinkId> = self.links.sessions().map(|(link, _)| link).collect();
        for link in open {
            let session = self.links.session(link);
            let forming = session.and_then(|session| session.exchange.formed(&conversation));
            shown.extend(forming.map(|forming| (link, forming.vector)));
        }
        for (link, _) in &shown {
            if let Some(session) = self.links.session(*link) {
                session.exchange.await_rest(conversation);
            }
        }
        shown
    }

    /// Serves what whoever showed a room, which is ours by now, said that they hold of it.
    fn serve_shown(
        &mut self,
        link: LinkId,
        vector: Option<Vector>,
        conversation: ConversationId,
        now: Now,
    ) {
        if let (Some(vector), Some(replica), Some(session)) = (
            vector,
            self.replicas.by_id(&conversation),
            self.links.session(link),
        ) {
            session.exchange.serve(&vector, replica);
            let (sessions, mut parts) = self.sessions(now);
            sessions.learn(link, &vector, &mut parts);
            self.pump(link, now);
        }
    }
}

/// Has the other side show a room that we do not know, in case we are in it.
pub(in crate::engine) fn ask_to_show(
    link: LinkId,
    conversation: ConversationId,
    vector: Option<&Vector>,
    parts: &mut Parts<'_>,
) {
    let is_full = parts.replicas.rooms().count() >= ROOMS_MAX;
    let Some(session) = parts.links.session(link) else {
        return;
    };
    let is_asked = session.exchange.is_awaited(&conversation);
    let now = parts.context.now.monotonic;
    let forming = (!is_full).then(|| session.exchange.forming(conversation, now));
    let answer = if let Some(forming) = forming.flatten() {
        if let Some(vector) = vector {
            forming.vector = Some(vector.clone());
        }
        evict_surplus(parts.links);
        // They are sending it already, and would begin anew.
        if is_asked {
            return;
        }
        SessionMessage::Vector(Vector {
            control: Some(ControlVector::default()),
            ..Vector::of_positions(conversation, Vec::new())
        })
    } else {
        SessionMessage::CaughtUp(conversation)
    };
    parts.links.send(link, &answer, &mut parts.context);
}

/// A room that somebody presents.
struct Presented {
    since: Monotonic,
    link: LinkId,
    conversation: ConversationId,
    person: PersonId,
    bytes: usize,
}

/// Drops of what sessions present of rooms that are not ours as much as is too much: the oldest of
/// whoever presents the most.
pub(in crate::engine) fn evict_surplus(links: &mut Links) {
    loop {
        let presented = presented(links);
        let mut by_person: BTreeMap<PersonId, usize> = BTreeMap::new();
        for one in &presented {
            let bytes = by_person.entry(one.person).or_default();
            *bytes = bytes.saturating_add(one.bytes);
        }
        let total = by_person.values().copied().fold(0, usize::saturating_add);
        let largest = presented.iter().map(|one| one.bytes).max();
        if total.saturating_sub(largest.unwrap_or_default()) <= FORMING_BYTES_MAX {
            return;
        }
        let most = by_person.values().max();
        let of_most = presented
            .iter()
            .filter(|one| by_person.get(&one.person) == most);
        let oldest = of_most.min_by_key(|one| (one.since, one.link, one.conversation));
        let Some((link, conversation)) = oldest.map(|one| (one.link, one.conversation)) else {
            return;
        };
        if let Some(session) = links.session(link) {
            session.exchange.formed(&conversation);
        }
    }
}

fn presented(links: &Links) -> Vec<Presented> {
    let sessions = links.sessions();
    let presented = sessions.flat_map(|(link, exchange)| {
        let person = exchange.person();
        exchange.presented().map(move |forming| Presented {
            since: forming.since,
            link,
            conversation: forming.room.conversation(),
            person,
            bytes: forming.bytes(),
        })
    });
    presented.collect()
}

/// Says how much these present of rooms that are not ours.
pub(in crate::engine) fn fill<'a>(
    exchanges: impl Iterator<Item = &'a Exchange>,
    fills: &mut Fills,
) {
    let bytes = exchanges.flat_map(Exchange::presented).map(Forming::bytes);
    let bytes: Vec<usize> = bytes.collect();
    let largest = bytes.iter().max().copied().unwrap_or(0);
    let others = bytes.iter().sum::<usize>().saturating_sub(largest);
    fills.note(Queue::FormingBytes, others, FORMING_BYTES_MAX);
}
