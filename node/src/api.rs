//! The one table of requests and replies: the Rust API, JSON-RPC and the command line's JSON all
//! come from here.
//!
//! Invariants
//! - A method is one row of the table below; nothing else names it.
//! - Every request that changes what is stored carries a [`RequestId`] made by its client; sent
//!   again, it has its effect once and the same reply.
//! - Replies hold texts raw; whoever shows them to a person makes them safe for that sink.

mod error;
mod reply;
mod request;
mod said;
mod shape;

pub use error::{ApiError, ErrorKind};
pub use reply::{
    Author, Awaited, Between, Bundle, Carrier, Carrying, Change, Changed, Check, CheckedIn,
    Contact, ContactAlarm, ContactState, Conversation, ConversationKind, DamagedFile, Deed,
    DeedKind, Deleted, Delivery, DeliveryCounts, Done, Event, EventPage, Found, Gap, Identity,
    Invite, MENTIONS_BYTES_MAX, MENTIONS_MESSAGES_MAX, Member, Message, MessagePage, MessageState,
    Notice, NoticeKind, OtherVersion, PAGE_BYTES_MAX, PAGE_MESSAGES_MAX, Peer, PeerCounts,
    PeerPath, Presence, QUOTE_CHARACTERS_MAX, Quote, Reach, Relay, Role, SafetyWords, SegmentHeads,
    Setting, Standing, Status, Synced, Transfer, TransferKind, TransferUnit, Typist, Whom,
};
pub use request::{
    AcceptRoom, AcknowledgeEvents, AwaitChange, AwaitInvite, AwaitJoin, AwaitPresence, AwaitState,
    BlockContact, Cancel, CancelJoin, CancelTransfer, ChangeSetting, CreateRoom, DeleteMessage,
    DocumentHeads, EditMessage, ExportBundle, GetConversation, GetIdentity, GetSafetyWords,
    GetSettings, GetStatus, HandOver, History, ImportBundle, InspectBundle, InviteMember, Join,
    LeaveRoom, ListCheckIns, ListContacts, ListConversations, ListDeeds, ListDeliveries, ListGone,
    ListNotices, ListPeers, ListTransfers, ListUnread, MakeInvite, MarkRead, NextEvents,
    PinMessage, PostCheckIn, PostNotice, React, ReadMessages, RemoveMember, RenameContact,
    RenameRoom, RotatePeerId, RunDoctor, SearchMessages, SendMessage, SetDraft, SetLifetime,
    SetPreferences, SetRole, SignalTyping, Stop, Sync, VerifyContact, Who,
};

pub use said::{Argument, Listed, Outline, Said, Sentence};
pub(crate) use said::{Size, Span};
pub use shape::MethodShape;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_protocol::delivery::FailureReason;
use tidings_protocol::id::OperationId;
pub use tidings_protocol::id::RequestId;
pub use tidings_protocol::wire::limits::DEEDS_TOLD_MAX;

use crate::reason;

/// The names that a [`Check`] can have.
pub const CHECKS: &[&str] = crate::service::SUBJECTS;

/// The words that a [`Message`] or [`Delivery`] can have for why it failed.
pub const FAILURES: [&str; 5] = [
    FailureReason::Cancelled.as_str(),
    FailureReason::Removed.as_str(),
    FailureReason::Blocked.as_str(),
    FailureReason::TooLarge.as_str(),
    FailureReason::Expired.as_str(),
];

/// Every sentence that a node can say: whoever says them in another language holds their own to these.
pub fn sentences() -> impl Iterator<Item = Outline> {
    let all = [crate::service::FINDINGS, reason::SENTENCES];
    all.into_iter().flatten().copied()
}

/// A request and the reply it gets.
pub trait Method: Serialize + DeserializeOwned + Into<Request> + Send {
    /// Its name in JSON-RPC.
    const NAME: &'static str;
    /// What a successful call returns.
    type Reply: Serialize + DeserializeOwned + Send;
    /// Takes this method's reply out of any reply; `None` if it is another method's.
    fn reply(reply: Reply) -> Option<Self::Reply>;
}

macro_rules! methods {
    ($($(#[doc = $doc:literal])* $name:literal $request:ident -> $reply:ty;)*) => {
        /// Any request.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Request {
            $($(#[doc = $doc])* $request($request),)*
        }

        /// Any reply, by the request it answers.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Reply {
            $(#[doc = concat!("Reply to [`Request::", stringify!($request), "`].")]
            $request($reply),)*
        }

        /// The names of all methods, in the order of the table.
        pub const METHODS: &[&str] = &[$($name,)*];

        /// What all methods take and give, in the order of the table.
        #[must_use]
        pub fn shapes() -> Vec<MethodShape> {
            vec![$(MethodShape {
                name: $name,
                about: concat!($($doc),*).trim_ascii(),
                parameters: shape::fields::<$request>(),
                result: stringify!($reply),
            },)*]
        }

        $(impl From<$request> for Request {
            fn from(request: $request) -> Self {
                Self::$request(request)
            }
        }

        impl Method for $request {
            const NAME: &'static str = $name;
            type Reply = $reply;

            fn reply(reply: Reply) -> Option<$reply> {
                if let Reply::$request(reply) = reply { Some(reply) } else { None }
            }
        })*

        impl Request {
            /// The method's name.
            #[must_use]
            pub const fn method(&self) -> &'static str {
                match self {
                    $(Self::$request(_) => $name,)*
                }
            }

            /// Reads a request from JSON-RPC's `method` and `params`.
            ///
            /// # Errors
            /// [`ApiError`] of kind [`ErrorKind::Invalid`] if there is no such method or the
            /// parameters do not fit it.
            pub fn from_json(
                method: &str,
                params: serde_json::Value,
            ) -> Result<Self, ApiError> {
                match method {
                    $($name => serde_json::from_value::<$request>(params)
                        .map(Self::$request)
                        .map_err(|error| ApiError::invalid(reason::bad_parameters(method, &error.to_string()))),)*
                    unknown => Err(ApiError::invalid(reason::unknown_method(unknown))),
                }
            }
        }

        impl Request {
            /// The parameters as JSON-RPC's `params`.
            ///
            /// # Errors
            /// Whatever serde_json says; no request of ours has a reason to fail.
            pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self {
                    $(Self::$request(request) => serde_json::to_value(request),)*
                }
            }
        }

        impl Reply {
            /// Reads the reply to `request` from JSON-RPC's `result`.
            ///
            /// # Errors
            /// Whatever serde_json says of a result that is no such reply.
            pub fn from_json(
                request: &Request,
                result: serde_json::Value,
            ) -> Result<Self, serde_json::Error> {
                match request {
                    $(Request::$request(_) => {
                        serde_json::from_value::<$reply>(result).map(Self::$request)
                    })*
                }
            }

            /// The reply as JSON-RPC's `result`.
            ///
            /// # Errors
            /// Whatever serde_json says; no reply of ours has a reason to fail.
            pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self {
                    $(Self::$request(reply) => serde_json::to_value(reply),)*
                }
            }
        }
    };
}

methods! {
    /// Who this profile is.
    "identity" GetIdentity -> Identity;
    /// Has other nodes know this one by another peer id from its next start on.
    "peer_id_rotate" RotatePeerId -> Done;
    /// Makes an invite code.
    "invite" MakeInvite -> Invite;
    /// Waits until somebody has used an invite.
    "invite_wait" AwaitInvite -> Option<Contact>;
    /// Begins to use an invite code; goes on by itself.
    "join" Join -> Contact;
    /// Waits until a join was answered.
    "join_wait" AwaitJoin -> Contact;
    /// Gives up a join that waits for its answer.
    "join_cancel" CancelJoin -> Contact;
    /// All contacts.
    "contacts" ListContacts -> Vec<Contact>;
    /// A contact's safety words.
    "safety_words" GetSafetyWords -> SafetyWords;
    /// Marks a contact as verified.
    "contact_verify" VerifyContact -> Contact;
    /// Gives a contact a name of ours.
    "contact_rename" RenameContact -> Contact;
    /// Blocks or unblocks a contact.
    "contact_block" BlockContact -> Contact;
    /// All conversations.
    "conversations" ListConversations -> Vec<Conversation>;
    /// One conversation.
    "conversation" GetConversation -> Conversation;
    /// Makes a room.
    "room_create" CreateRoom -> Conversation;
    /// Takes part in a room.
    "room_accept" AcceptRoom -> Conversation;
    /// Makes a contact a member of a room.
    "room_invite" InviteMember -> Conversation;
    /// Takes somebody out of a room.
    "room_remove" RemoveMember -> Conversation;
    /// Says what a member of a room may do.
    "room_role" SetRole -> Conversation;
    /// Gives a room another title.
    "room_rename" RenameRoom -> Conversation;
    /// Takes part in a room no longer.
    "room_leave" LeaveRoom -> Conversation;
    /// Stores a message and starts to deliver it.
    "send" SendMessage -> Message;
    /// Gives an own message another text.
    "edit" EditMessage -> Message;
    /// Deletes a message, for everybody or on this device alone.
    "delete" DeleteMessage -> Deleted;
    /// Puts an emoji on a message, or takes it off.
    "react" React -> Message;
    /// Holds a message up for everybody, or no longer.
    "pin" PinMessage -> Message;
    /// Says how long the messages of a conversation stay.
    "lifetime" SetLifetime -> Conversation;
    /// Says what our person wants of a conversation.
    "preferences" SetPreferences -> Conversation;
    /// Keeps what our person has begun to write.
    "draft" SetDraft -> Conversation;
    /// Says to those who are there that our person types.
    "typing" SignalTyping -> Done;
    /// Who is there and who types.
    "presence" AwaitPresence -> Presence;
    /// Of what kinds the things are that changed beside messages.
    "changes" AwaitChange -> Changed;
    /// Waits until a message has come so far.
    "wait" AwaitState -> Awaited;
    /// How far an own message has come with each person.
    "delivery" ListDeliveries -> Vec<Delivery>;
    /// Gives up delivering a message.
    "cancel" Cancel -> Message;
    /// Reads messages.
    "read" ReadMessages -> MessagePage;
    /// What was done to a conversation, the last of it.
    "deeds" ListDeeds -> Vec<Deed>;
    /// Searches messages.
    "search" SearchMessages -> Found;
    /// Which of some messages are there no longer, and which deeds are told no longer.
    "gone" ListGone -> Vec<OperationId>;
    /// Marks messages as read.
    "mark_read" MarkRead -> Done;
    /// Conversations with unread messages.
    "unread" ListUnread -> Vec<Conversation>;
    /// The next events for a named listener.
    "events" NextEvents -> EventPage;
    /// Notes how far a named listener has come.
    "events_ack" AcknowledgeEvents -> Done;
    /// Writes what is carried into a bundle.
    "bundle_export" ExportBundle -> Bundle;
    /// Takes what is in a bundle.
    "bundle_import" ImportBundle -> Bundle;
    /// What is in a bundle.
    "bundle_inspect" InspectBundle -> Bundle;
    /// What is moved into files and out of them now.
    "transfers" ListTransfers -> Vec<Transfer>;
    /// Ends a transfer before it is done.
    "transfer_cancel" CancelTransfer -> Done;
    /// Says something to whoever is near.
    "nearby_post" PostNotice -> Notice;
    /// What was heard nearby.
    "nearby_list" ListNotices -> Vec<Notice>;
    /// Says how our person is, to whoever is near and to contacts.
    "checkin_post" PostCheckIn -> CheckedIn;
    /// The latest check-in of each key that was heard nearby.
    "checkin_list" ListCheckIns -> Vec<Notice>;
    /// Connects and exchanges with contacts.
    "sync" Sync -> Synced;
    /// What the node is doing.
    "status" GetStatus -> Status;
    /// The devices that are connected, and the contacts who are not.
    "peers" ListPeers -> Vec<Peer>;
    /// Looks whether all is well, and says what would help.
    "doctor" RunDoctor -> Vec<Check>;
    /// The heads of a conversation's documents.
    "document_heads" DocumentHeads -> Vec<SegmentHeads>;
    /// What our person has chosen for the whole profile.
    "config" GetSettings -> Vec<Setting>;
    /// Chooses something for the whole profile.
    "config_set" ChangeSetting -> Setting;
    /// Ends the node; whoever had it open is done.
    "stop" Stop -> Done;
    /// Ends a node that a command opened for itself, in favour of one that stays.
    "hand_over" HandOver -> Done;
}

#[cfg(test)]
mod tests;
