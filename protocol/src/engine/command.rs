//! Commands: what a person asks for, and why it may be refused.

use std::time::Duration;

use super::context::Context;
use super::replica::Replica;
use super::{Command, Engine, RoomChange, Setting};
use crate::carry::NOTICE_TEXT_BYTES_MAX;
use crate::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use crate::identity::check_chosen_name;
use crate::operation::Content;
use crate::pairing::PairingError;
use crate::record::{Alarm, Change, ContactRecord, DraftRecord, Outcome};
use crate::room::Refusal;
use crate::time::Now;
use crate::wire::limits;

/// Why a command was not carried out; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommandError {
    /// The person is no contact.
    #[error("there is no such contact")]
    NoContact,
    /// There is no such conversation.
    #[error("there is no such conversation")]
    NoConversation,
    /// The contact is blocked.
    #[error("this contact is blocked; unblock them first")]
    Blocked,
    /// The contact, once verified, came with another device.
    #[error(
        "this contact came with a device that their safety words did not cover; compare the words \
         again before you write"
    )]
    NewDevice,
    /// The contact's root key said two things.
    #[error(
        "two devices of this contact contradict each other: their recovery words may be in other \
         hands; meet, and compare the safety words before you write"
    )]
    Contradiction,
    /// The message is over the limit.
    #[error(
        "the message is too long: it may have 32 KiB with all that belongs to it; send it in parts"
    )]
    TooLong,
    /// The message has arrived.
    #[error("the message has already been delivered; it cannot be taken back")]
    AlreadyDelivered,
    /// This device's chain was continued by a copy of the profile.
    #[error(
        "this profile is an older copy of itself: its newer messages exist elsewhere, so nothing \
         can be written with it; use the newer copy, or make a new profile"
    )]
    OwnFork,
    /// The conversation's logical clock cannot advance.
    #[error("the conversation's clock is exhausted; nothing more can be written to it")]
    ClockExhausted,
    /// The name is empty, over the limit, or not one line.
    #[error("a name has 1 to 64 characters on one line, without control characters")]
    Name,
    /// The title is empty, over the limit, or not one line.
    #[error("a title has 1 to 64 characters on one line, without control characters")]
    Title,
    /// What only a room has was asked of a direct conversation.
    #[error("this is a conversation with one person, not a room")]
    NotARoom,
    /// A message to, or a change of, a room that our person takes no part in.
    #[error("you are not a member of this room")]
    NotAMember,
    /// Nothing waits to be accepted.
    #[error("there is no invitation to this room that waits to be accepted")]
    NotInvited,
    /// The person is not in the room.
    #[error("that person is not a member of this room")]
    NoMember,
    /// The person is in the room.
    #[error("that person is a member of this room already")]
    MemberAlready,
    /// Our own person was to be removed.
    #[error("nobody removes themselves from a room: leave it instead")]
    LeaveInstead,
    /// The room has as many members as it may.
    #[error("the room is full: it may have {} members", limits::ROOM_MEMBERS_MAX)]
    RoomFull,
    /// The profile has as many rooms as it may.
    #[error("you are in {} rooms and can be in no more", limits::ROOMS_MAX)]
    TooManyRooms,
    /// Somebody was to be let in without what was written before, in a room in which too many wrote.
    #[error(
        "more devices wrote in this room than can be kept from somebody; let them in with all of its \
         history"
    )]
    TooManyWriters,
    /// Our place in the room does not allow it.
    #[error(transparent)]
    Room(#[from] Refusal),
    /// The invite code was refused before anything was sent.
    #[error(transparent)]
    Invite(PairingError),
    /// Too many joins wait for an answer.
    #[error("too many joins wait for an answer; give some up, or wait until they are answered")]
    TooManyJoins,
    /// No such join waits for an answer.
    #[error("no such join waits for an answer any more")]
    NoJoin,
    /// Something was to be said nearby while that is turned off.
    #[error("what is said nearby is turned off; `tidings config set nearby on` turns it on")]
    NearbyOff,
    /// What was to be said nearby is empty, or over the limit.
    #[error("what is said nearby has a text of 1 to {NOTICE_TEXT_BYTES_MAX} bytes")]
    NoticeText,
    /// So much was said nearby that others would take no more.
    #[error(
        "you said so much nearby within this hour that others take no more; wait some minutes, and say \
         it in fewer words"
    )]
    TooManyNotices,
    /// The transport key was rotated so often that keys of letters under way would have to go.
    #[error(
        "the peer id was changed so often within six weeks that letters under way could not be opened any \
         more; wait a week"
    )]
    TooManyRotations,
}

impl Engine {
    /// Carries out a command.
    pub(super) fn execute(&mut self, command: Command, now: Now) -> Result<Outcome, CommandError> {
        match command {
            Command::MakeInvite {
                expires_in,
                reusable,
            } => {
                let mut parts = self.parts(now);
                let context = &mut parts.context;
                parts.pairing.invite(expires_in, reusable, context)
            }
            Command::Join { code } => self.join(&code, now),
            Command::CancelJoin { tag } => self.cancel_join(tag, now),
            Command::Write {
                conversation,
                target,
                content,
                urgent,
            } => self.write(conversation, target, (&content, urgent), now),
            Command::DropForMe { message } => {
                self.context(now).persist(Change::DropForMe(message));
                Ok(Outcome::Done)
            }
            Command::Draft { conversation, text } => self.draft(conversation, text, now),
            Command::Bring {
                envelopes, purges, ..
            } => Ok(self.bring(&envelopes, &purges, now)),
            Command::Post { kind, name, text } => {
                let mut parts = self.parts(now);
                parts.carry.post(kind, name, text, &mut parts.context)
            }
            Command::Typing { conversation } => self.type_in(conversation, now),
            Command::MakeRoom { title, members } => self.make_room(&title, &members, now),
            Command::ChangeRoom {
                conversation,
                change,
            } => self.change_room(conversation, &change, now),
            Command::Cancel {
                conversation,
                actor,
                seq,
                message,
            } => {
                let (replica, mut context) = self.replica(conversation, now)?;
                replica.cancel(actor, seq, message, &mut context)?;
                Ok(Outcome::Done)
            }
            Command::MarkRead { conversation, read } => self.mark_read(conversation, &read, now),
            Command::Prefer {
                conversation,
                preferences,
            } => {
                let (replica, mut context) = self.replica(conversation, now)?;
                replica.prefer(&preferences, &mut context);
                Ok(Outcome::Done)
            }
            Command::Set(setting) => Ok(self.set(setting, now)),
            Command::RotateTransport => self.rotate_transport(now),
            Command::VerifyContact { person, devices } => self.verify(person, &devices, now),
            Command::RenameContact { person, name } => {
                check_chosen_name(&name).map_err(|_| CommandError::Name)?;
                let name = name.trim().to_owned();
                self.amend(person, now, |contact| contact.petname = Some(name))
            }
            Command::BlockContact { person, blocked } => {
                let done = self.readmit(person, now, |contact| contact.blocked = blocked)?;
                self.show_rooms(now);
                Ok(done)
            }
        }
    }

    /// Begins to use a code; carriers take the join, too.
    fn join(&mut self, code: &str, now: Now) -> Result<Outcome, CommandError> {
        let mut parts = self.parts(now);
        let context = &mut parts.context;
        let outcome = parts.pairing.join(code, context)?;
        if parts.carry.is_on() {
            parts.pairing.deposit(parts.carry, parts.directory, context);
        }
        Ok(outcome)
    }

    fn mark_read(
        &mut self,
        conversation: ConversationId,
        read: &[(ActorId, Vec<(u64, u64)>)],
        now: Now,
    ) -> Result<Outcome, CommandError> {
        let (replica, mut context) = self.replica(conversation, now)?;
        for (actor, seqs) in read {
            replica.mark_read(*actor, seqs, &mut context);
        }
        Ok(Outcome::Done)
    }

    fn set(&mut self, setting: Setting, now: Now) -> Outcome {
        match setting {
            Setting::RoomsAccept(acceptance) => self.settings.rooms_accept = acceptance,
            Setting::Nearby(on) => {
                self.settings.nearby = on;
                let mut parts = self.parts(now);
                parts.carry.set_nearby(on, &mut parts.context);
            }
            Setting::Network(choice) => self.settings.network.choose(choice),
        }
        let settings = self.settings.clone();
        self.context(now).persist(Change::PutSettings(settings));
        Outcome::Done
    }

    fn draft(
        &mut self,
        conversation: ConversationId,
        text: String,
        now: Now,
    ) -> Result<Outcome, CommandError> {
        if text.len() > limits::DRAFT_BYTES_MAX {
            return Err(CommandError::TooLong);
        }
        let (_, mut context) = self.replica(conversation, now)?;
        context.persist(Change::PutDraft(DraftRecord { conversation, text }));
        Ok(Outcome::Done)
    }

    fn verify(
        &mut self,
        person: PersonId,
        devices: &[DeviceId],
        now: Now,
    ) -> Result<Outcome, CommandError> {
        // Words that were compared before a device came say nothing of it.
        if !self.directory.kept(person).eq(devices.iter().copied()) {
            return Err(CommandError::NewDevice);
        }
        self.readmit(person, now, |contact| {
            contact.verified = true;
            contact.alarm = None;
        })
    }

    fn replica(
        &mut self,
        conversation: ConversationId,
        now: Now,
    ) -> Result<(&mut Replica, Context<'_>), CommandError> {
        let parts = self.parts(now);
        let replica = parts.replicas.by_id_mut(&conversation);
        Ok((replica.ok_or(CommandError::NoConversation)?, parts.context))
    }

    fn write(
        &mut self,
        conversation: ConversationId,
        target: Option<OperationId>,
        (content, urgent): (&Content, bool),
        now: Now,
    ) -> Result<Outcome, CommandError> {
        let replica = self.replicas.by_id(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        if let Some(person) = replica.peer() {
            let contact = self.directory.contact(&person);
            Self::check_admitted(contact.ok_or(CommandError::NoContact)?)?;
        } else if let Content::Lifetime { seconds } = content {
            let change = RoomChange::Lifetime { seconds: *seconds };
            return self.change_room(conversation, &change, now);
        }
        let (sessions, mail, mut parts) = self.all(now);
        let replica = parts.replicas.by_id_mut(&conversation);
        let replica = replica.ok_or(CommandError::NoConversation)?;
        let operation = replica.write(content, target, &mut parts.context)?;
        let message = operation.id();
        sessions.push(&operation, &mut parts);
        mail.post(&operation, urgent, &mut parts);
        Ok(Outcome::Sent { message })
    }

    /// Whether anything is written to a contact.
    pub(super) const fn check_admitted(contact: &ContactRecord) -> Result<(), CommandError> {
        if contact.blocked {
            return Err(CommandError::Blocked);
        }
        match contact.alarm {
            Some(Alarm::NewDevice) => Err(CommandError::NewDevice),
            Some(Alarm::Contradiction) => Err(CommandError::Contradiction),
            None => Ok(()),
        }
    }

    fn amend(
        &mut self,
        person: PersonId,
        now: Now,
        change: impl FnOnce(&mut ContactRecord),
    ) -> Result<Outcome, CommandError> {
        let mut parts = self.parts(now);
        let amended = parts.directory.amend(&person, &mut parts.context, change);
        amended.ok_or(CommandError::NoContact)?;
        Ok(Outcome::Done)
    }

    /// Changes a contact in a way that decides whether we have to do with them.
    fn readmit(
        &mut self,
        person: PersonId,
        now: Now,
        change: impl FnOnce(&mut ContactRecord),
    ) -> Result<Outcome, CommandError> {
        let was_admitted = self
            .directory
            .contact(&person)
            .map(ContactRecord::is_admitted);
        self.amend(person, now, change)?;
        let contact = self.directory.contact(&person);
        if contact.map(ContactRecord::is_admitted) == was_admitted {
            return Ok(Outcome::Done);
        }
        let (sessions, mail, mut parts) = self.all(now);
        let (directory, context) = (&*parts.directory, &mut parts.context);
        parts.links.shut_out(directory, context);
        context.effects(directory.keep_or_forget(person));
        let devices = directory.devices_of(person);
        let peers: Vec<_> = devices.map(|device| device.card.transport).collect();
        for peer in peers {
            sessions.met(peer, &mut parts);
        }
        if parts.carry.is_on() {
            mail.owe_person(person, Duration::ZERO, &mut parts);
        }
        Ok(Outcome::Done)
    }
}
