//! Rooms: what our person does to them, and what others' control operations do.
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
//! - An invitation by a contact is accepted by itself; any other waits, and nothing of the room's
//!   content is exchanged until then. One by somebody whom we block is none.
//! - A card is kept only if its person was admitted to a room of ours.

use std::collections::{BTreeMap, BTreeSet};

use super::command::CommandError;
use super::context::Context;
use super::directory::Directory;
use super::exchange::Forming;
use super::replica::Replica;
use super::room::{Presented, Room, Taken};
use super::sessions::make_room;
use super::{Engine, Event, LinkId, RoomChange};
use crate::id::{AdmissionId, ConversationId, DeviceId, PersonId};
use crate::identity::{Card, OwnIdentity, SigningPublic, check_chosen_name};
use crate::record::{Change, ContactRecord, Outcome, RoomStanding};
use crate::room::{
    AddBody, ControlBody, DeviceCut, LeaveBody, Refusal, RemoveBody, Role, RoleBody, SettingsBody,
    TitleBody,
};
use crate::sync::{Control, ControlEntry, Introduction, Vector};
use crate::time::Now;
use crate::wire::limits::{INVITATIONS_MAX, ROOM_MEMBERS_MAX, ROOMS_MAX};

/// Rooms to which one contact may bring us without asking.
const ROOMS_PER_INVITER_MAX: usize = 128;
/// Invitations of one person that wait to be accepted; one more is passed over.
const INVITATIONS_PER_INVITER_MAX: usize = 4;
/// Cards that are kept with a room that is still forming.
pub(super) const FORMING_CARDS_MAX: usize = 1024;

/// Cards that came with a room's control, each verified, with where the device was reached.
#[derive(Debug, Default)]
pub(super) struct Cards(BTreeMap<DeviceId, Presented>);

impl Cards {
    /// Verifies what a peer presents. An honest peer presents no card that does not verify.
    fn read(introductions: Vec<Introduction>) -> Result<Self, String> {
        let mut cards = Self::default();
        for introduction in introductions {
            let card = Card::from_bytes(&introduction.card).map_err(|error| error.to_string())?;
            let verified = card.verify().map_err(|error| error.to_string())?;
            if !verified.may_be_passed_on {
                return Err("a card is passed on that its device's keys did not sign".to_owned());
            }
            cards
                .0
                .insert(verified.device, (card, verified, introduction.addresses));
        }
        Ok(cards)
    }

    /// Adds others, as many as there is room for.
    fn extend(&mut self, more: Self) {
        for (device, card) in more.0 {
            if self.0.len() < FORMING_CARDS_MAX || self.0.contains_key(&device) {
                self.0.insert(device, card);
            }
        }
    }

    /// Whose they are, each with the number of its bundle.
    fn numbers(&self) -> Vec<(DeviceId, u64)> {
        let cards = self.0.values();
        let numbers = cards.map(|(_, verified, _)| (verified.device, verified.bundle.number));
        numbers.collect()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// A device's card, unless the directory has one.
    fn unknown(&self, device: &DeviceId, directory: &Directory) -> Option<Presented> {
        let known = directory.device(device).is_some();
        self.0.get(device).filter(|_| !known).cloned()
    }

    /// Has those of a room's people kept, and of whoever wrote into its log; returns whether any is news.
    fn keep(
        self,
        room: &Room,
        authors: Vec<Presented>,
        directory: &mut Directory,
        context: &mut Context<'_>,
    ) -> bool {
        let mut news = false;
        let people = room.people();
        for (card, verified, addresses) in self.0.into_values() {
            news |= people.contains(&verified.person)
                && directory.acquaint(&card, verified, &addresses, context);
        }
        for (card, verified, _) in authors {
            directory.keep_author(&card, verified, context);
        }
        news
    }

    /// Whose a device is, and its key, if it is known from anywhere.
    fn signer(
        &self,
        device: &DeviceId,
        directory: &Directory,
        own: &OwnIdentity,
    ) -> Option<(PersonId, SigningPublic)> {
        if *device == own.device() {
            return Some((own.person(), own.signing()));
        }
        let known = directory.device(device).map(|known| &known.card);
        let card = known.or_else(|| self.0.get(device).map(|(_, verified, _)| verified))?;
        Some((card.person, card.signing))
    }
}

impl Engine {
    /// Makes a room with these contacts in it.
    pub(super) fn make_room(
        &mut self,
        title: &str,
        members: &[PersonId],
        now: Now,
    ) -> Result<Outcome, CommandError> {
        check_chosen_name(title).map_err(|_| CommandError::Title)?;
        if self.replicas.rooms().count() >= ROOMS_MAX {
            return Err(CommandError::TooManyRooms);
        }
        // Who is named first is the more senior.
        let mut admitted: Vec<PersonId> = Vec::new();
        for person in members {
            self.invitable(*person)?;
            if !admitted.contains(person) {
                admitted.push(*person);
            }
            if admitted.len() >= ROOM_MEMBERS_MAX {
                return Err(CommandError::RoomFull);
            }
        }
        let mut context = self.context(now);
        let (room, record) = Room::make(title.trim().to_owned(), &mut context)?;
        let conversation = room.conversation();
        context.persist(Change::PutControl(Box::new(record)));
        let replica = Replica::of_room(room, &self.own);
        self.replicas.insert(replica);
        for person in admitted {
            let body = ControlBody::Add(AddBody {
                person,
                role: Role::Member,
                since: None,
            });
            self.write_control(conversation, &body, now)?;
        }
        self.room_changed(conversation, &BTreeSet::new(), now);
        Ok(Outcome::RoomMade { conversation })
    }

    /// Changes a room, or our place in it.
    pub(super) fn change_room(
        &mut self,
        conversation: ConversationId,
        change: &RoomChange,
        now: Now,
    ) -> Result<Outcome, CommandError> {
        let replica = self.replicas.by_id_mut(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        let before: BTreeSet<PersonId> = replica.others().into_iter().collect();
        let room = replica.room_mut().ok_or(CommandError::NotARoom)?;
        let standing = room.standing(&self.own.person());
        if *change == RoomChange::Accept {
            if standing != Some(RoomStanding::Invited) {
                return Err(CommandError::NotInvited);
            }
            room.accept();
        } else {
            if standing != Some(RoomStanding::Joined)
                && (standing, change) != (Some(RoomStanding::Invited), &RoomChange::Leave)
            {
                return Err(CommandError::NotAMember);
            }
            for body in self.bodies(conversation, change)? {
                self.write_control(conversation, &body, now)?;
            }
        }
        self.room_changed(conversation, &before, now);
        Ok(Outcome::Done)
    }

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
        let Some(replica) = self.replicas.by_id_mut(&conversation) else {
            return self.form(link, conversation, cards, control.operations, now);
        };
        let before: BTreeSet<PersonId> = replica.others().into_iter().collect();
        let room = replica.room_mut();
        let room = room.ok_or("control of a direct conversation")?;
        let mut context = super::Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        };
        let (mut news, mut is_continued, mut result) = (false, false, Ok(()));
        let mut authors = Vec::new();
        for entry in control.operations {
            let signer = cards.signer(&entry.device, &self.directory, &self.own);
            let Some((person, key)) = signer else {
                continue;
            };
            let card = cards.unknown(&entry.device, &self.directory);
            match room.receive(entry, person, &key, card) {
                Ok(taken) => {
                    for Taken { record, card } in taken {
                        is_continued |= record.author.device == self.own.device();
                        context.persist(Change::PutControl(Box::new(record)));
                        authors.extend(card.map(|card| *card));
                        news = true;
                    }
                }
                Err(fault) => {
                    result = Err(fault.to_string());
                    break;
                }
            }
        }
        if news {
            room.settle();
        }
        let sent = cards.numbers();
        if cards.keep(room, authors, &mut self.directory, &mut context) {
            room.stir();
            news = true;
        }
        if let Some(session) = self.links.session(link) {
            let exchange = &mut session.exchange;
            exchange.took_cards(&conversation, &sent, &self.directory);
        }
        if is_continued {
            replica.prove_continued(&mut context);
        }
        if news {
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
        let Some(session) = self.links.session(link) else {
            return Ok(());
        };
        // Only what we asked for is taken.
        let Some(mut forming) = session.exchange.formed(&conversation) else {
            return Ok(());
        };
        forming.cards.extend(cards);
        for entry in operations {
            let cards = &forming.cards;
            let signer = cards.signer(&entry.device, &self.directory, &self.own);
            if let Some((person, key)) = signer {
                // Their cards are kept with the room.
                forming
                    .room
                    .receive(entry, person, &key, None)
                    .map_err(|fault| fault.to_string())?;
            }
        }
        forming.room.settle();
        if forming.room.is_member(&self.own.person()) {
            self.admitted(link, forming, now);
        } else if let Some(session) = self.links.session(link)
            && let Some(kept) = session.exchange.forming(conversation, now.monotonic)
        {
            *kept = forming;
            make_room(&mut self.links);
        }
        Ok(())
    }

    /// Makes a room ours that admits us.
    fn admitted(&mut self, link: LinkId, forming: Forming, now: Now) {
        let Forming {
            mut room,
            cards,
            vector,
            since: _,
        } = forming;
        let own = self.own.person();
        let inviter = room.invited_by(&own);
        let contact = inviter.and_then(|inviter| self.directory.contact(&inviter));
        if contact.is_some_and(|contact| contact.blocked) {
            return;
        }
        let by_inviter = |room: &&Room| room.invited_by(&own) == inviter;
        let waits = |room: &&Room| room.standing(&own) == Some(RoomStanding::Invited);
        let rooms = || self.replicas.rooms();
        let brought = rooms().filter(by_inviter).count();
        let waiting = rooms().filter(waits).count();
        let waiting_of_inviter = rooms().filter(waits).filter(by_inviter).count();
        if contact.is_some_and(ContactRecord::is_admitted) && brought < ROOMS_PER_INVITER_MAX {
            room.accept();
        } else if waiting >= INVITATIONS_MAX || waiting_of_inviter >= INVITATIONS_PER_INVITER_MAX {
            return;
        }
        let conversation = room.conversation();
        let mut context = super::Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        };
        for record in room.records() {
            context.persist(Change::PutControl(Box::new(record)));
        }
        let authors = room.entries();
        let authors = authors
            .filter_map(|(_, _, author)| cards.unknown(&author.device, &self.directory))
            .collect();
        cards.keep(&room, authors, &mut self.directory, &mut context);
        let replica = Replica::of_room(room, &self.own);
        self.replicas.insert(replica);
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
            let (_, replicas, links, sessions, mut context) = self.exchange(now);
            sessions.learn(link, &vector, replicas, links, &mut context);
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
        let mut context = super::Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        };
        let Some(replica) = self.replicas.by_id_mut(&conversation) else {
            return;
        };
        let changed = replica.follow(&self.directory);
        replica.store_following(changed, before, &mut context);
        if let Some(room) = replica.room_mut()
            && let Some(shown) = room.news(&self.own, &self.directory)
        {
            let is_invited = shown.standing == RoomStanding::Invited;
            context.persist(Change::PutRoom(Box::new(shown)));
            context.event(if is_invited {
                Event::Invited { conversation }
            } else {
                Event::RoomChanged { conversation }
            });
        }
        let shared = self.replicas.shared();
        let peers = self.directory.share_rooms_with(shared, &mut context);
        self.links.shut_out(&self.directory, &mut context);
        for peer in peers {
            self.sessions
                .met(peer, &self.directory, &self.links, &mut context);
        }
        self.sessions.regroup(
            &conversation,
            &mut self.replicas,
            &self.directory,
            &mut self.links,
            &mut context,
        );
    }

    /// What a change of a room is written as, if all of it may be.
    fn bodies(
        &self,
        conversation: ConversationId,
        change: &RoomChange,
    ) -> Result<Vec<ControlBody>, CommandError> {
        let replica = self.replicas.by_id(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        let room = replica.room().ok_or(CommandError::NotARoom)?;
        let bodies = match change {
            RoomChange::Accept => Vec::new(),
            RoomChange::Add {
                person,
                whole_history,
            } => vec![self.addition(replica, room, *person, *whole_history)?],
            RoomChange::Remove { person } if *person == self.own.person() => {
                return Err(CommandError::LeaveInstead);
            }
            RoomChange::Remove { person } => {
                let removal = |admission| {
                    ControlBody::Remove(RemoveBody {
                        admission,
                        person: *person,
                        cuts: cuts(replica, *person, admission),
                    })
                };
                admissions(room, *person)?.map(removal).collect()
            }
            RoomChange::Role { person, role } => {
                let stated = |admission| {
                    ControlBody::Role(RoleBody {
                        admission,
                        role: *role,
                    })
                };
                admissions(room, *person)?.map(stated).collect()
            }
            RoomChange::Title { title } => {
                check_chosen_name(title).map_err(|_| CommandError::Title)?;
                let title = title.trim().to_owned();
                vec![ControlBody::Title(TitleBody { title })]
            }
            RoomChange::Lifetime { seconds } => vec![ControlBody::Settings(SettingsBody {
                disappears_after: *seconds,
            })],
            // Each ends the admission under which it is written.
            RoomChange::Leave => admissions(room, self.own.person())?
                .map(|admission| {
                    ControlBody::Leave(LeaveBody {
                        cuts: cuts(replica, self.own.person(), admission),
                    })
                })
                .collect(),
        };
        let author = replica.writer().ok_or(Refusal::NotAMember)?;
        for body in &bodies {
            room.membership().may(author, body)?;
        }
        Ok(bodies)
    }

    /// What admits somebody.
    fn addition(
        &self,
        replica: &Replica,
        room: &Room,
        person: PersonId,
        whole_history: bool,
    ) -> Result<ControlBody, CommandError> {
        self.invitable(person)?;
        if room.is_member(&person) {
            return Err(CommandError::MemberAlready);
        }
        if room.membership().members().len() >= ROOM_MEMBERS_MAX {
            return Err(CommandError::RoomFull);
        }
        let held = || replica.vector(&self.directory, &self.own).positions;
        Ok(ControlBody::Add(AddBody {
            person,
            role: Role::Member,
            since: (!whole_history).then(held),
        }))
    }

    /// Writes a control operation and has it stored; [`Self::room_changed`] has to follow.
    fn write_control(
        &mut self,
        conversation: ConversationId,
        body: &ControlBody,
        now: Now,
    ) -> Result<(), CommandError> {
        let mut context = super::Context {
            own: &self.own,
            rng: &mut self.rng,
            now,
            outputs: &mut self.outputs,
            addresses: &self.addresses,
        };
        let replica = self.replicas.by_id_mut(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        if replica.is_forked() {
            return Err(CommandError::OwnFork);
        }
        let (author, highest) = (replica.writer(), replica.highest());
        let author = author.ok_or(Refusal::NotAMember)?;
        let room = replica.room_mut().ok_or(CommandError::NotARoom)?;
        let record = room.write(author, body, highest, &mut context)?;
        context.persist(Change::PutControl(Box::new(record)));
        Ok(())
    }

    /// Whether a person may be admitted to a room: a contact with whom we have to do.
    fn invitable(&self, person: PersonId) -> Result<(), CommandError> {
        let contact = self.directory.contact(&person);
        let contact = contact.ok_or(CommandError::NoContact)?;
        Self::check_admitted(contact)
    }
}

/// A person's admissions to a room that stand.
fn admissions(
    room: &Room,
    person: PersonId,
) -> Result<impl Iterator<Item = AdmissionId>, CommandError> {
    let member = room.membership().members().get(&person);
    let member = member.ok_or(CommandError::NoMember)?;
    Ok(member.admissions.iter().copied())
}

/// How far a person's devices are held under an admission.
fn cuts(replica: &Replica, person: PersonId, admission: AdmissionId) -> Vec<DeviceCut> {
    let held = replica.held_of(person, admission).into_iter();
    held.map(|(device, seq, head)| DeviceCut { device, seq, head })
        .collect()
}

#[cfg(test)]
mod tests;
