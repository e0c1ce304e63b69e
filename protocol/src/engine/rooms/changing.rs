//! What our person does to rooms.

use std::collections::BTreeSet;

use super::super::command::CommandError;
use super::super::replica::Replica;
use super::super::room::{Consent, Room};
use super::super::{Engine, RoomChange};
use crate::id::{AdmissionId, ConversationId, PersonId};
use crate::identity::check_chosen_name;
use crate::record::{Change, Outcome, RoomStanding};
use crate::room::{
    AddBody, Author, ControlBody, DeviceCut, LeaveBody, Refusal, RemoveBody, Role, RoleBody,
    SettingsBody, TitleBody,
};
use crate::time::Now;
use crate::wire::limits::{ROOM_MEMBERS_MAX, ROOMS_MAX};

impl Engine {
    /// Makes a room with these contacts in it.
    pub(in crate::engine) fn make_room(
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
        let additions = admitted.into_iter().map(|person| {
            ControlBody::Add(AddBody {
                person,
                role: Role::Member,
                since: None,
            })
        });
        let written = self.write_all(conversation, additions, now);
        self.mail_control(conversation, &BTreeSet::new(), now);
        self.room_changed(conversation, &BTreeSet::new(), now);
        written?;
        Ok(Outcome::RoomMade { conversation })
    }

    /// Changes a room, or our place in it.
    pub(in crate::engine) fn change_room(
        &mut self,
        conversation: ConversationId,
        change: &RoomChange,
        now: Now,
    ) -> Result<Outcome, CommandError> {
        let replica = self.replicas.by_id_mut(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        let before: BTreeSet<PersonId> = replica.others().into_iter().collect();
        let room = replica.room_mut().ok_or(CommandError::NotARoom)?;
        let own = self.own.person();
        let standing = room.standing(&own);
        let mut written = Ok(());
        if *change == RoomChange::Accept {
            if standing != Some(RoomStanding::Invited) {
                return Err(CommandError::NotInvited);
            }
            room.give_consent(&own, Some(Consent::Accepted));
        } else {
            if standing != Some(RoomStanding::Joined)
                && (standing, change) != (Some(RoomStanding::Invited), &RoomChange::Leave)
            {
                return Err(CommandError::NotAMember);
            }
            written = if *change == RoomChange::Leave {
                self.leave(conversation, now)
            } else {
                let bodies = self.bodies(conversation, change)?;
                self.write_all(conversation, bodies, now)
            };
        }
        // Also after an error: what came before it was written.
        self.mail_control(conversation, &before, now);
        self.room_changed(conversation, &before, now);
        written?;
        Ok(Outcome::Done)
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
            // See `leave`.
            RoomChange::Leave => Vec::new(),
        };
        let author = replica.writer().ok_or(Refusal::NotAMember)?;
        for body in &bodies {
            room.membership().may(author, body)?;
        }
        Ok(bodies)
    }

    /// Ends all admissions of ours: each is left under itself, the most senior first, and that may end the
    /// others too.
    fn leave(&mut self, conversation: ConversationId, now: Now) -> Result<(), CommandError> {
        let mut own = self.writer(&conversation).ok_or(Refusal::NotAMember)?;
        loop {
            let replica = self.replicas.by_id(&conversation);
            let replica = replica.ok_or(CommandError::NoConversation)?;
            let cuts = cuts(replica, own.person, own.admission);
            self.write_control(conversation, &ControlBody::Leave(LeaveBody { cuts }), now)?;
            match self.writer(&conversation) {
                Some(next) => own = next,
                None => return Ok(()),
            }
        }
    }

    /// As whom we write in a room.
    fn writer(&self, conversation: &ConversationId) -> Option<Author> {
        self.replicas.by_id(conversation)?.writer()
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
        let since = if whole_history {
            None
        } else {
            let beginning = replica.beginning();
            Some(beginning.ok_or(CommandError::TooManyWriters)?)
        };
        Ok(ControlBody::Add(AddBody {
            person,
            role: Role::Member,
            since,
        }))
    }

    /// Writes control operations up to the first that may not be; [`Self::room_changed`] has to follow.
    fn write_all(
        &mut self,
        conversation: ConversationId,
        bodies: impl IntoIterator<Item = ControlBody>,
        now: Now,
    ) -> Result<(), CommandError> {
        let mut bodies = bodies.into_iter();
        bodies.try_for_each(|body| self.write_control(conversation, &body, now))
    }

    /// Writes a control operation and has it stored; [`Self::room_changed`] has to follow.
    fn write_control(
        &mut self,
        conversation: ConversationId,
        body: &ControlBody,
        now: Now,
    ) -> Result<(), CommandError> {
        let mut parts = self.parts(now);
        let replica = parts.replicas.by_id_mut(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        if replica.is_forked() {
            return Err(CommandError::OwnFork);
        }
        let (author, highest) = (replica.writer(), replica.highest());
        let author = author.ok_or(Refusal::NotAMember)?;
        let room = replica.room_mut().ok_or(CommandError::NotARoom)?;
        let record = room.write(author, body, highest, &mut parts.context)?;
        let id = record.operation.id();
        let change = Change::PutControl(Box::new(record));
        parts.context.persist(change);
        self.mail.note_control(id);
        Ok(())
    }

    /// Seals what our person did to a room to those who are away.
    fn mail_control(
        &mut self,
        conversation: ConversationId,
        before: &BTreeSet<PersonId>,
        now: Now,
    ) {
        let (mail, mut parts) = self.mail(now);
        mail.post_control(conversation, before, &mut parts);
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
