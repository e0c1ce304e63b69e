//! Requests about conversations as a whole: what there are, and who is in a room.

use std::sync::Arc;

use tidings_protocol::engine::{Command, RoomChange};
use tidings_protocol::id::{ConversationId, PersonId, RequestId};
use tidings_protocol::record::{Outcome, RoomRecord, RoomStanding};
use tidings_protocol::room;
use tidings_protocol::time::WallTime;
use tidings_store::{ConversationRow, PageLimit, Reader, StoreError};

use super::present::role_of;
use super::{Service, reused};
use crate::api::{
    AcceptRoom, ApiError, Author, Conversation, ConversationKind, CreateRoom, ErrorKind, History,
    InviteMember, LeaveRoom, MENTIONS_BYTES_MAX, MENTIONS_MESSAGES_MAX, Member, RemoveMember,
    RenameRoom, Role, SetRole, Standing, Who,
};
use crate::mention::{self, Mentionable};
use crate::people::{People, Person, Place};
use crate::reason;

/// Among how much of what is unread in a conversation mentions are counted.
const MENTIONS: PageLimit = PageLimit {
    messages: MENTIONS_MESSAGES_MAX,
    bytes: MENTIONS_BYTES_MAX,
};

/// What the store says of one conversation.
struct Stored {
    row: ConversationRow,
    /// How many of the unread messages mention our own person.
    mentions: u64,
}

impl Service {
    pub(super) async fn create_room(&self, request: CreateRoom) -> Result<Conversation, ApiError> {
        let people = self.people().await?;
        let mut members = Vec::new();
        for who in &request.with {
            let person = people.contact(who)?.record.person;
            if !members.contains(&person) {
                members.push(person);
            }
        }
        let title = request.title;
        let command = Command::MakeRoom { title, members };
        match self.command(request.request, command).await? {
            Outcome::RoomMade { conversation } => self.conversation(conversation).await,
            Outcome::Invited { .. }
            | Outcome::Joining { .. }
            | Outcome::Sent { .. }
            | Outcome::Done
            | Outcome::Brought { .. }
            | Outcome::Posted { .. } => Err(reused()),
        }
    }

    pub(super) async fn accept_room(&self, request: AcceptRoom) -> Result<Conversation, ApiError> {
        let people = self.people().await?;
        let room = people.room(&request.who)?;
        // A contact's invitation was accepted before anybody could.
        if room.standing == RoomStanding::Joined {
            return self.conversation(room.conversation).await;
        }
        let change = |_: &People, _: &RoomRecord| Ok(RoomChange::Accept);
        self.change_room(request.request, &request.who, change)
            .await
    }

    pub(super) async fn invite_member(
        &self,
        request: InviteMember,
    ) -> Result<Conversation, ApiError> {
        let change = |people: &People, _: &RoomRecord| {
            Ok(RoomChange::Add {
                person: people.contact(&request.member)?.record.person,
                whole_history: request.history == History::All,
            })
        };
        self.change_room(request.request, &request.who, change)
            .await
    }

    pub(super) async fn remove_member(
        &self,
        request: RemoveMember,
    ) -> Result<Conversation, ApiError> {
        let change = |people: &People, room: &RoomRecord| {
            let person = people.member(room, &request.member, &self.shared.identity)?;
            Ok(RoomChange::Remove { person })
        };
        self.change_room(request.request, &request.who, change)
            .await
    }

    pub(super) async fn set_role(&self, request: SetRole) -> Result<Conversation, ApiError> {
        let role = match request.role {
            Role::Admin => room::Role::Admin,
            Role::Member => room::Role::Member,
        };
        let change = |people: &People, room: &RoomRecord| {
            let person = people.member(room, &request.member, &self.shared.identity)?;
            if person == self.shared.identity.person {
                return Err(ApiError::new(ErrorKind::Conflict, reason::own_role()));
            }
            Ok(RoomChange::Role { person, role })
        };
        self.change_room(request.request, &request.who, change)
            .await
    }

    pub(super) async fn rename_room(&self, request: RenameRoom) -> Result<Conversation, ApiError> {
        let title = request.title;
        // A retry finds the room by the title that its first try gave it.
        let who = if self.is_done(request.request).await?
            && self.people().await?.room(&request.who).is_err()
        {
            Who(title.trim().to_owned())
        } else {
            request.who
        };
        let change = |_: &People, _: &RoomRecord| Ok(RoomChange::Title { title });
        self.change_room(request.request, &who, change).await
    }

    pub(super) async fn leave_room(&self, request: LeaveRoom) -> Result<Conversation, ApiError> {
        let change = |_: &People, _: &RoomRecord| Ok(RoomChange::Leave);
        self.change_room(request.request, &request.who, change)
            .await
    }

    async fn change_room(
        &self,
        request: RequestId,
        who: &Who,
        change: impl FnOnce(&People, &RoomRecord) -> Result<RoomChange, ApiError>,
    ) -> Result<Conversation, ApiError> {
        let people = self.people().await?;
        let room = people.room(who)?;
        let conversation = room.conversation;
        // A retry may name somebody whom its first try removed.
        if !self.is_done(request).await? {
            let change = change(&people, room)?;
            let command = Command::ChangeRoom {
                conversation,
                change,
            };
            self.command(request, command).await?;
        }
        self.conversation(conversation).await
    }

    /// Whether a request has had its effect before.
    async fn is_done(&self, request: RequestId) -> Result<bool, ApiError> {
        let read = move |reader: &Reader| reader.request(request);
        Ok(self.shared.storage.read(read).await?.is_some())
    }

    /// All conversations, or those with unread messages.
    pub(super) async fn conversations(
        &self,
        unread_only: bool,
    ) -> Result<Vec<Conversation>, ApiError> {
        let mut all = self.conversations_if(|_| true).await?;
        all.retain(|conversation| !unread_only || conversation.unread > 0);
        Ok(all)
    }

    /// The conversation that `who` means, as it is now.
    pub(super) async fn conversation_with(&self, who: &Who) -> Result<Conversation, ApiError> {
        let conversation = self.people().await?.place(who)?.conversation();
        self.conversation(conversation).await
    }

    /// A conversation as it is now.
    pub(super) async fn conversation(&self, id: ConversationId) -> Result<Conversation, ApiError> {
        let mut found = self.conversations_if(|one| one == id).await?;
        found
            .pop()
            .ok_or_else(|| ApiError::not_found(reason::no_conversation()))
    }

    /// The conversations that are `wanted`, as they are now; of others nothing is read.
    pub(super) async fn conversations_if(
        &self,
        wanted: impl Fn(ConversationId) -> bool,
    ) -> Result<Vec<Conversation>, ApiError> {
        let people = self.people().await?;
        let places = people.places();
        let places: Vec<Place<'_>> = places.filter(|one| wanted(one.conversation())).collect();
        let ids: Vec<ConversationId> = places.iter().map(Place::conversation).collect();
        let (known, own) = (Arc::clone(&people), self.shared.identity.clone());
        let read = move |reader: &Reader| {
            let stored = ids.iter().map(|id| {
                let row = reader.conversation(*id)?;
                let mentions = if row.unread == 0 {
                    0
                } else {
                    let names = Mentionable::of(*id, &known, &own);
                    let count = |text: &str| names.mentions_own(text);
                    // What arrived since the unread were counted is in the next count of both.
                    reader.count_unread(*id, MENTIONS, count)?.min(row.unread)
                };
                Ok(Stored { row, mentions })
            });
            stored.collect::<Result<Vec<Stored>, StoreError>>()
        };
        let stored = self.shared.storage.read(read).await?;
        let shown = places
            .iter()
            .zip(stored)
            .map(|(place, stored)| match place {
                Place::Direct(person) => self.direct(person, stored),
                Place::Room(room) => self.room(room, &people, stored),
            });
        Ok(shown.collect())
    }

    fn direct(&self, person: &Person, stored: Stored) -> Conversation {
        let own = &self.shared.identity;
        let record = &person.record;
        let members = [
            (own.person, own.name.as_str(), own.name.as_str()),
            (record.person, person.name(), record.name.as_str()),
        ];
        Conversation {
            kind: ConversationKind::Direct,
            title: person.name().to_owned(),
            members: members
                .into_iter()
                .map(|(person, name, called)| Member {
                    person,
                    name: name.to_owned(),
                    role: Role::Member,
                    mentioned_as: mention::typed([called]),
                })
                .collect(),
            disappears_after: stored.row.lifetime,
            ..stored.conversation(person.conversation)
        }
    }

    fn room(&self, room: &RoomRecord, people: &People, stored: Stored) -> Conversation {
        let name = |person: PersonId| self.name_of(person, people);
        let members = room.members.iter().map(|member| Member {
            person: member.person,
            name: name(member.person),
            role: role_of(member.role),
            mentioned_as: self.mentioned_as(member, people),
        });
        Conversation {
            kind: ConversationKind::Room,
            title: room.title.clone(),
            members: members.collect(),
            disappears_after: room.disappears_after,
            standing: match room.standing {
                RoomStanding::Invited => Standing::Invited,
                RoomStanding::Joined => Standing::Joined,
                RoomStanding::Left => Standing::Left,
                RoomStanding::Removed => Standing::Removed,
            },
            invited_by: room.invited_by.map(|person| Author {
                person,
                name: name(person),
            }),
            hidden: stored.row.hidden,
            needs_newer_version: room.needs_newer_version,
            ..stored.conversation(room.conversation)
        }
    }
}

impl Stored {
    /// The conversation, whoever is in it.
    fn conversation(self, id: ConversationId) -> Conversation {
        let preferences = self.row.preferences;
        Conversation {
            id,
            kind: ConversationKind::Direct,
            title: String::new(),
            members: Vec::new(),
            unread: self.row.unread,
            mentions: self.mentions,
            disappears_after: None,
            latest_at: self.row.latest.map(WallTime::as_millis),
            muted: preferences.muted,
            archived: preferences.archived,
            read_receipts: preferences.read_receipts,
            draft: self.row.draft,
            standing: Standing::Joined,
            invited_by: None,
            hidden: 0,
            needs_newer_version: false,
        }
    }
}

#[cfg(test)]
mod tests;
