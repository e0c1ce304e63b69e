//! What is asked of conversations, of rooms above all.

use tidings_node::PersonId;
use tidings_node::api::{
    AcceptRoom, CreateRoom, GetConversation, InviteMember, LeaveRoom, ListConversations,
    RemoveMember, RenameRoom, SetDraft, SetLifetime, SetPreferences, SetRole, SignalTyping,
};
use tidings_node::request_id;

use super::people::who;
use super::tell;
use crate::chat::backend::Backend;
use crate::chat::{Place, RoomChange, Told};
use crate::failure::Failure;

pub(super) async fn all(to: &impl Backend) -> Result<Told, Failure> {
    tell(to, ListConversations {}, Told::Conversations).await
}

pub(super) async fn draft(to: &impl Backend, place: Place, known: String) -> Result<Told, Failure> {
    let who = place.who();
    tell(to, GetConversation { who }, |conversation| Told::Draft {
        place,
        known,
        now: conversation.draft.unwrap_or_default(),
    })
    .await
}

pub(super) async fn set_draft(
    to: &impl Backend,
    place: Place,
    text: String,
) -> Result<Told, Failure> {
    let draft = SetDraft {
        request: request_id(),
        who: place.who(),
        text,
    };
    tell(to, draft, |now| Told::DraftKept(Box::new(now))).await
}

pub(super) async fn set_lifetime(
    to: &impl Backend,
    place: Place,
    seconds: Option<u32>,
) -> Result<Told, Failure> {
    let lifetime = SetLifetime {
        request: request_id(),
        who: place.who(),
        seconds,
    };
    tell(to, lifetime, |now| Told::Conversation(Box::new(now))).await
}

pub(super) async fn prefer(
    to: &impl Backend,
    place: Place,
    [muted, archived, read_receipts]: [Option<bool>; 3],
) -> Result<Told, Failure> {
    let preferences = SetPreferences {
        request: request_id(),
        who: place.who(),
        muted,
        archived,
        read_receipts,
    };
    tell(to, preferences, |now| Told::Conversation(Box::new(now))).await
}

/// Whoever may not be told, or is not there, is not.
pub(super) async fn signal_typing(to: &impl Backend, place: Place) -> Told {
    let _ = to.call(SignalTyping { who: place.who() }).await;
    Told::Done
}

pub(super) async fn create(
    to: &impl Backend,
    title: String,
    with: &[PersonId],
) -> Result<Told, Failure> {
    let create = CreateRoom {
        request: request_id(),
        title,
        with: with.iter().copied().map(who).collect(),
    };
    tell(to, create, |room| Told::Created(Box::new(room))).await
}

pub(super) async fn change(
    to: &impl Backend,
    room: Place,
    change: RoomChange,
) -> Result<Told, Failure> {
    let (request, room) = (request_id(), room.who());
    match change {
        RoomChange::Accept => {
            let accept = AcceptRoom { request, who: room };
            tell(to, accept, |room| Told::Accepted(Box::new(room))).await
        }
        RoomChange::Leave => {
            let leave = LeaveRoom { request, who: room };
            tell(to, leave, |room| Told::Left(Box::new(room))).await
        }
        RoomChange::Rename(title) => {
            let rename = RenameRoom {
                request,
                who: room,
                title,
            };
            tell(to, rename, |room| Told::Conversation(Box::new(room))).await
        }
        RoomChange::Invite { member, history } => {
            let invite = InviteMember {
                request,
                who: room,
                member: who(member),
                history,
            };
            tell(to, invite, |room| Told::Conversation(Box::new(room))).await
        }
        RoomChange::Remove(member) => {
            let remove = RemoveMember {
                request,
                who: room,
                member: who(member),
            };
            tell(to, remove, |room| Told::Conversation(Box::new(room))).await
        }
        RoomChange::SetRole { member, role } => {
            let role = SetRole {
                request,
                who: room,
                member: who(member),
                role,
            };
            tell(to, role, |room| Told::Conversation(Box::new(room))).await
        }
    }
}
