//! Rooms: what our person does to them (`changing.rs`), and what others' control operations do.
//!
//! ```text
//!   command ----> write ----+
//!                           +--> room changed --> authors, what is shown, whom we connect to,
//!   a peer's ---> receive --+                     who is greeted
//!   control         |
//!                   +--> forming.rs, until it turns out that we were admitted
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
pub(super) mod forming;
mod mailed;

use std::collections::BTreeSet;
use std::time::Duration;

pub(super) use self::cards::Cards;
pub(super) use self::forming::{FORMING_MAX, Forming, ask_to_show};
pub(super) use self::mailed::MailedRooms;
use super::context::Context;
use super::directory::Directory;
use super::mail::Target;
use super::replica::Replica;
use super::room::{Consent, Room};
use super::{Engine, Event, LinkId};
use crate::id::{ConversationId, DeviceId, OperationId, PersonId};
use crate::record::{Change, RoomStanding};
use crate::sync::Control;
use crate::time::Now;
use crate::wire::limits::INVITATIONS_MAX;

/// Rooms to which one contact may bring us without asking.
const ROOMS_PER_INVITER_MAX: usize = 128;
/// Invitations of one person that wait to be accepted; one more is passed over.
const INVITATIONS_PER_INVITER_MAX: usize = 4;

impl Engine {
    /// Takes a room's control operations, and the cards that came with them.
    pub(super) fn receive_control(
        &mut self,
        link: Option<LinkId>,
        control: Control,
        now: Now,
    ) -> Result<(), String> {
        let conversation = control.conversation;
        let cards = Cards::read(control.cards)?;
        let mut parts = self.parts(now);
        let Some(replica) = parts.replicas.by_id_mut(&conversation) else {
            return match link {
                Some(link) => self.form(link, conversation, cards, control.operations, now),
                None => Ok(()),
            };
        };
        let (directory, context) = (&mut *parts.directory, &mut parts.context);
        let before: BTreeSet<PersonId> = replica.others().into_iter().collect();
        let room = replica.room_mut();
        let room = room.ok_or("control of a direct conversation")?;
        let told = control.operations.iter().map(|entry| entry.operation.id());
        let told: Vec<OperationId> = told.collect();
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
        if let Some(session) = link.and_then(|link| parts.links.session(link)) {
            let exchange = &mut session.exchange;
            // Of what we do not hold we never say that they hold it: they may make up any number.
            let held = told.into_iter().filter(|id| room.holds(*id));
            exchange.took_control(&conversation, held);
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

    /// Has people see all rooms as they are now, where that follows from more than a room's control: from whom our person
    /// blocked.
    pub(super) fn show_rooms(&mut self, now: Now) {
        let mut parts = self.parts(now);
        let (directory, context) = (&*parts.directory, &mut parts.context);
        let replicas = parts.replicas.all_mut();
        for room in replicas.filter_map(Replica::room_mut) {
            show(room, directory, context);
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

    /// Has all follow what a room has come to.
    fn room_changed(
        &mut self,
        conversation: ConversationId,
        before: &BTreeSet<PersonId>,
        now: Now,
    ) {
        self.give_consent(&conversation);
        let (sessions, mail, mut parts) = self.all(now);
        let (directory, context) = (&mut *parts.directory, &mut parts.context);
        let Some(replica) = parts.replicas.by_id_mut(&conversation) else {
            return;
        };
        let changed = replica.follow(directory);
        replica.store_following(changed, before, context);
        if let Some(room) = replica.room_mut() {
            if let Some(deeds) = room.changed_deeds() {
                context.persist(Change::TellDeeds(Box::new(deeds)));
            }
            show(room, directory, context);
        }
        let peers = directory.share_rooms_with(parts.replicas.shared(), context);
        parts.links.shut_out(directory, context);
        for peer in peers {
            sessions.met(peer, &mut parts);
        }
        sessions.regroup(&conversation, &mut parts);
        let replica = parts.replicas.by_id(&conversation);
        let people = replica.map(Replica::others).unwrap_or_default();
        if parts.carry.is_on() && people.iter().any(|person| !before.contains(person)) {
            // Their removal may have been void.
            let target = Target::Room(conversation);
            mail.owe(target, Duration::ZERO, &mut parts.context);
        }
        mail.acquaint(people, &mut parts);
        mail.refresh(&conversation);
    }
}

/// Has people see a room as it is now, if that is not as it was shown.
fn show(room: &mut Room, directory: &Directory, context: &mut Context<'_>) {
    let conversation = room.conversation();
    let Some(shown) = room.changed_record(context.own, directory) else {
        return;
    };
    let is_invited = shown.standing == RoomStanding::Invited;
    context.persist(Change::PutRoom(Box::new(shown)));
    context.event(if is_invited {
        Event::Invited { conversation }
    } else {
        Event::RoomChanged { conversation }
    });
}

#[cfg(test)]
mod tests;
