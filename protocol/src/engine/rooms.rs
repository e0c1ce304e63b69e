//! Rooms: what our person does to them (`changing.rs`), and what others' control operations do.
//!
//! ```text
//!   command ----> write ----+
//!                           +--> room changed --> authors, what is shown, whom we connect to,
//!   a peer's ---> receive --+                     who is greeted
//!   control         |
//!                   +--> forming, until it turns out that we were admitted
//! ```
//!
//! Invariants
//! - A room of which nothing admits us leaves no trace.
//! - An invitation by a contact is accepted by itself, unless a setting says otherwise or our person once
//!   left that room; any other waits, and nothing of the room's content is exchanged until then. One by somebody whom we block is none.
//!   Whoever is let in again after they were out is invited anew.
//! - A card is kept only if its person was admitted to a room of ours.

mod cards;
mod changing;

use std::collections::BTreeSet;

pub(super) use self::cards::Cards;
#[cfg(test)]
pub(super) use self::cards::FORMING_CARDS_MAX;
use super::exchange::Forming;
use super::replica::Replica;
use super::room::{Consent, Room};
use super::sessions::evict_surplus;
use super::{Engine, Event, LinkId};
use crate::id::{ConversationId, DeviceId, PersonId};
use crate::record::{Change, RoomStanding};
use crate::sync::{Control, ControlEntry, Vector};
use crate::time::Now;
use crate::wire::limits::INVITATIONS_MAX;

/// Rooms to which one contact may bring us without asking.
const ROOMS_PER_INVITER_MAX: usize = 128;
/// Invitations of one person that wait to be accepted; one more is passed over.
const INVITATIONS_PER_INVITER_MAX: usize = 4;
/// Operations that admit us to a room which is shown to us, after each of which we look whether we are in
/// it; of more we do so only once all is shown.
const FORMING_INVITATIONS_MAX: usize = 16;

impl Engine {
    /// Takes a room's control operations, and the cards that came with them.
    pub(super) fn receive_control(
        &mut self,
        link: LinkId,
        control: Control,
        now: Now,
    ) -> Result<(), String> {
        let conversation = control.conversation;
        if let Some(session) = self.links.session(link) {
            session.exchange.took_control(&control);
        }
        let cards = Cards::read(control.cards)?;
        let mut parts = self.parts(now);
        let Some(replica) = parts.replicas.by_id_mut(&conversation) else {
            return self.form(link, conversation, cards, control.operations, now);
        };
        let (directory, context) = (&mut *parts.directory, &mut parts.context);
        let before: BTreeSet<PersonId> = replica.others().into_iter().collect();
        let room = replica.room_mut();
        let room = room.ok_or("control of a direct conversation")?;
        let (mut is_changed, mut is_continued, mut result) = (false, false, Ok(()));
        let mut authors: BTreeSet<DeviceId> = BTreeSet::new();
        for entry in control.operations {
            let signer = cards.signer(&entry.device, directory, context.own);
            let Some((person, key)) = signer else {
                continue;
            };
            match room.receive(entry, person, &key) {
                Ok(taken) => {
                    for record in taken {
                        is_continued |= record.author.device == context.own.device();
                        authors.insert(record.author.device);
                        context.persist(Change::PutControl(Box::new(record)));
                        is_changed = true;
                    }
                }
                Err(fault) => {
                    result = Err(fault.to_string());
                    break;
                }
            }
        }
        if is_changed {
            room.resolve();
        }
        let sent = cards.numbers();
        if cards.keep(room, &authors, directory, context) {
            room.stir();
            is_changed = true;
        }
        let own = context.own.device();
        room.forget_strangers(|device| *device == own || directory.device(device).is_some());
        if let Some(session) = parts.links.session(link) {
            let exchange = &mut session.exchange;
            exchange.took_cards(&conversation, &sent, directory);
        }
        if is_continued {
            replica.prove_continued(context);
        }
        if is_changed {
            self.room_changed(conversation, &before, now);
        }
        result
    }

    /// Notes that a card of somebody is new: in their rooms, it may be needed or shown.
    pub(super) fn card_changed(&mut self, person: PersonId, now: Now) {
        let rooms = self.replicas.rooms();
        let theirs = rooms.filter(|room| room.people().contains(&person));
        let theirs: Vec<ConversationId> = theirs.map(Room::conversation).collect();
        for conversation in theirs {
            let Some(replica) = self.replicas.by_id_mut(&conversation) else {
                continue;
            };
            let before: BTreeSet<PersonId> = replica.others().into_iter().collect();
            if let Some(room) = replica.room_mut() {
                room.stir();
            }
            self.room_changed(conversation, &before, now);
        }
    }

    /// Takes control of a room that is not ours yet, and makes it ours once it admits us.
    fn form(
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
    pub(super) fn shown_whole(&mut self, link: LinkId, conversation: &ConversationId, now: Now) {
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
            self.admitted(link, forming, now);
        }
    }

    /// Makes a room ours that admits us.
    fn admitted(&mut self, link: LinkId, forming: Forming, now: Now) {
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

    /// What our person says to being admitted to a room, by who let them in.
    fn consent_to(&self, room: &Room) -> Consent {
        let own = self.own.person();
        let inviter = room.invited_by(&own);
        let contact = inviter.and_then(|inviter| self.directory.contact(&inviter));
        if contact.is_some_and(|contact| contact.blocked) {
            return Consent::Refused;
        }
        let others = self.replicas.rooms();
        let others = others.filter(|other| other.conversation() != room.conversation());
        let (mut brought, mut waiting, mut waiting_of_inviter) = (0_usize, 0_usize, 0_usize);
        for other in others {
            let is_theirs = usize::from(other.invited_by(&own) == inviter);
            let waits = usize::from(other.standing(&own) == Some(RoomStanding::Invited));
            brought = brought.saturating_add(is_theirs);
            waiting = waiting.saturating_add(waits);
            waiting_of_inviter = waiting_of_inviter.saturating_add(is_theirs & waits);
        }
        let is_welcome = self.settings.accepts(contact) && !room.has_left(&own);
        if is_welcome && brought < ROOMS_PER_INVITER_MAX {
            Consent::Accepted
        } else if waiting < INVITATIONS_MAX && waiting_of_inviter < INVITATIONS_PER_INVITER_MAX {
            Consent::Awaited
        } else {
            Consent::Refused
        }
    }

    /// Has our person say whether they take part in a room of ours, if what admits them is new.
    fn give_consent(&mut self, conversation: &ConversationId) {
        let own = self.own.person();
        let room = self.replicas.by_id(conversation).and_then(Replica::room);
        let due = room.filter(|room| room.is_consent_due(&own));
        let consent = due.map(|room| self.consent_to(room));
        let replica = self.replicas.by_id_mut(conversation);
        if let Some(room) = replica.and_then(Replica::room_mut) {
            room.give_consent(&own, consent);
        }
    }

    /// Who showed a room that has become ours, and what they said they hold of it: the one over
    /// `link`, and others, who are still sending it as well.
    fn shown_by(
        &mut self,
        link: LinkId,
        vector: Option<Vector>,
        conversation: ConversationId,
    ) -> Vec<(LinkId, Option<Vector>)> {
        let mut shown = vec![(link, vector)];
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

    /// Has all follow what a room has come to.
    fn room_changed(
        &mut self,
        conversation: ConversationId,
        before: &BTreeSet<PersonId>,
        now: Now,
    ) {
        self.give_consent(&conversation);
        let (sessions, mut parts) = self.sessions(now);
        let (directory, context) = (&mut *parts.directory, &mut parts.context);
        let Some(replica) = parts.replicas.by_id_mut(&conversation) else {
            return;
        };
        let changed = replica.follow(directory);
        replica.store_following(changed, before, context);
        if let Some(room) = replica.room_mut()
            && let Some(shown) = room.changed_record(context.own, directory)
        {
            let is_invited = shown.standing == RoomStanding::Invited;
            context.persist(Change::PutRoom(Box::new(shown)));
            context.event(if is_invited {
                Event::Invited { conversation }
            } else {
                Event::RoomChanged { conversation }
            });
        }
        let peers = directory.share_rooms_with(parts.replicas.shared(), context);
        parts.links.shut_out(directory, context);
        for peer in peers {
            sessions.met(peer, &mut parts);
        }
        sessions.regroup(&conversation, &mut parts);
    }
}

#[cfg(test)]
mod tests;
