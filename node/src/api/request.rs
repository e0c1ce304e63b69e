//! The parameters of every method.

mod bundle;
mod change;
mod nearby;
mod presence;
mod room;
mod setting;
mod transfer;

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{OperationId, RequestId};

pub use bundle::{ExportBundle, ImportBundle, InspectBundle};
pub use change::AwaitChange;
pub use nearby::{ListCheckIns, ListNotices, PostCheckIn, PostNotice};
pub use presence::{AwaitPresence, SignalTyping};
pub use room::{
    AcceptRoom, CreateRoom, History, InviteMember, LeaveRoom, RemoveMember, RenameRoom, SetRole,
};
pub use setting::{ChangeSetting, GetSettings};
pub use transfer::{CancelTransfer, ListTransfers};

use super::MessageState;

/// A contact's name, a room's title, or the start (at least 6 characters) of a person's or
/// conversation's id.
///
/// Names match case-insensitively after Unicode normalisation (NFC).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Who(pub String);

impl<T: Into<String>> From<T> for Who {
    fn from(name: T) -> Self {
        Self(name.into())
    }
}

/// Asks who this profile is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetIdentity {}

/// Has other nodes know this one by another peer id from its next start on. Contacts learn by themselves that it is the same
/// device; nobody else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RotatePeerId {
    /// The client's name for this request.
    pub request: RequestId,
}

/// Asks for an invite code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MakeInvite {
    /// The client's name for this request.
    pub request: RequestId,
    /// Milliseconds until the code stops being answered.
    pub expires_in: u64,
    /// Whether more than one person may use it.
    #[serde(default)]
    pub reusable: bool,
}

/// Waits until somebody has used an invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwaitInvite {
    /// The code.
    pub code: String,
    /// Milliseconds to wait at most; absent: until it expires.
    pub timeout: Option<u64>,
}

/// Begins to use an invite code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The client's name for this request.
    pub request: RequestId,
    /// The code.
    pub code: String,
}

/// Waits until a join was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwaitJoin {
    /// The code.
    pub code: String,
    /// Milliseconds to wait at most.
    pub timeout: u64,
}

/// Gives up a join that waits for its answer: the code stays as it is, and an answer that comes later is for nobody here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelJoin {
    /// The client's name for this request.
    pub request: RequestId,
    /// The code, or the join's whole id as [`super::Contact`] has it.
    pub join: String,
}

/// Asks for all contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListContacts {}

/// Asks for a contact's safety words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetSafetyWords {
    /// Whose.
    pub who: Who,
}

/// Marks a contact as verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerifyContact {
    /// The client's name for this request.
    pub request: RequestId,
    /// Whom.
    pub who: Who,
    /// The words the contact reads out; they must be the contact's safety words.
    pub words: String,
}

/// Gives a contact a name of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameContact {
    /// The client's name for this request.
    pub request: RequestId,
    /// Whom.
    pub who: Who,
    /// The new name.
    pub name: String,
}

/// Blocks or unblocks a contact: nothing more is taken from them, and what they write in rooms, which
/// comes over others, is kept without being shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlockContact {
    /// The client's name for this request.
    pub request: RequestId,
    /// Whom.
    pub who: Who,
    /// Whether to block.
    pub blocked: bool,
}

/// Asks for all conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListConversations {}

/// Asks for one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetConversation {
    /// With whom.
    pub who: Who,
}

/// Stores a message and starts to deliver it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// The client's name for this request.
    pub request: RequestId,
    /// To whom.
    pub who: Who,
    /// What.
    pub text: String,
    /// The id, or its start, of the message this one replies to.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Whether carriers are to take it before other messages.
    #[serde(default)]
    pub priority: bool,
}

/// Gives an own message another text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditMessage {
    /// The client's name for this request.
    pub request: RequestId,
    /// The message's id, or its start.
    pub message: String,
    /// The text.
    pub text: String,
}

/// Deletes a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteMessage {
    /// The client's name for this request.
    pub request: RequestId,
    /// The message's id, or its start.
    pub message: String,
    /// On this device alone; otherwise for everybody, which its author alone can.
    #[serde(default)]
    pub for_me: bool,
}

/// Puts an emoji on a message, or takes it off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct React {
    /// The client's name for this request.
    pub request: RequestId,
    /// The message's id, or its start.
    pub message: String,
    /// The emoji: at most 64 bytes, without blanks.
    pub emoji: String,
    /// Whether to take it off.
    #[serde(default)]
    pub remove: bool,
}

/// Holds a message up for everybody in its conversation, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinMessage {
    /// The client's name for this request.
    pub request: RequestId,
    /// The message's id, or its start.
    pub message: String,
    /// Which of the two.
    pub pinned: bool,
}

/// Says how long the messages stay that are written from now on, for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetLifetime {
    /// The client's name for this request.
    pub request: RequestId,
    /// In the conversation with whom.
    pub who: Who,
    /// Seconds from a message's arrival on a device; absent: for ever.
    pub seconds: Option<u32>,
}

/// Says what our person wants of a conversation on this device; nobody else is told. What is absent
/// stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetPreferences {
    /// The client's name for this request.
    pub request: RequestId,
    /// Of the conversation with whom.
    pub who: Who,
    /// Whether nothing in it is worth an interruption.
    #[serde(default)]
    pub muted: Option<bool>,
    /// Whether it is put away until something new is in it.
    #[serde(default)]
    pub archived: Option<bool>,
    /// Whether others learn what was read in it.
    #[serde(default)]
    pub read_receipts: Option<bool>,
}

/// Keeps what our person has begun to write in a conversation; nobody else is told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetDraft {
    /// The client's name for this request.
    pub request: RequestId,
    /// In the conversation with whom.
    pub who: Who,
    /// The text so far, 32 KiB at most; empty: there is none any more.
    pub text: String,
}

impl std::fmt::Debug for SetDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SetDraft({} bytes)", self.text.len())
    }
}

/// Waits until a message has come so far, or further.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AwaitState {
    /// Which message.
    pub message: OperationId,
    /// How far.
    pub state: MessageState,
    /// Milliseconds to wait at most.
    pub timeout: u64,
}

/// Asks how far an own message has come with each person it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListDeliveries {
    /// The message's id, or its start.
    pub message: String,
}

/// Gives up delivering a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The client's name for this request.
    pub request: RequestId,
    /// The message's id, or its start.
    pub message: String,
}

/// Reads messages, a page at a time.
///
/// Without `since` they come in display order, the oldest first: in one conversation that of the conversation,
/// over all of them by the time at which they were written, or came here if that is earlier. A page ends at
/// [`PAGE_MESSAGES_MAX`](super::PAGE_MESSAGES_MAX) messages or at
/// [`PAGE_BYTES_MAX`](super::PAGE_BYTES_MAX), whichever is first, but has at least one message while
/// there is one. [`MessagePage::next`](super::MessagePage::next) says whether there is more of what
/// was asked for: pass it as `after` with the same request.
///
/// What stands around a message is what `from` begins with and what `before` ends with, which have nothing in
/// common and nothing between them. A `page` of one of what is `unread` is the oldest of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReadMessages {
    /// With whom; absent: all conversations.
    pub who: Option<Who>,
    /// Only those not marked as read.
    pub unread: bool,
    /// Only those that are pinned; not with `since`.
    pub pinned: bool,
    /// How many at most: without `since` the newest, with it the next.
    pub limit: Option<u32>,
    /// Only this message and those after it in display order, for paging forward; only with `who`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<OperationId>,
    /// Only those before this message in display order, for paging back by `limit`; only with `who`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<OperationId>,
    /// With what was done to the conversation, as [`MessagePage::deeds`](super::MessagePage::deeds): it counts and bounds
    /// like messages, and has places among them. Only with `who`, and not with `since`, `unread` or `pinned`.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deeds: bool,
    /// How many on one page at most, the oldest first; not with `since`, where `limit` says that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// Where the page before this one ended; `limit` counts over all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// A cursor; what arrived or changed after it, in that order.
    pub since: Option<String>,
    /// Milliseconds to wait for something when there is nothing after `since`.
    pub wait: u64,
}

/// Asks for what was done to a conversation, in display order, as [`ReadMessages`] has it between messages: the last
/// [`DEEDS_TOLD_MAX`](super::DEEDS_TOLD_MAX) of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListDeeds {
    /// With whom.
    pub who: Who,
}

/// Searches messages.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SearchMessages {
    /// Words that must all occur; `"a phrase"` in quotes; `word*` for how a word begins, as the
    /// last one does anyway. `from:` and `in:` take what [`Who`] takes, `from:` also `me`;
    /// `after:` and `before:` take milliseconds. At most 1,000 characters; nothing else in it has
    /// a meaning.
    pub query: String,
    /// With whom; absent: all conversations.
    pub who: Option<Who>,
    /// Only those written at this time or later, by their authors' clocks.
    pub after: Option<u64>,
    /// Only those written before this time, by their authors' clocks.
    pub before: Option<u64>,
    /// How many at most, those stored last; absent: 50. At most 1,000.
    pub limit: Option<u32>,
}

/// Asks which messages are there no longer: deleted on this device alone, or disappeared; and which deeds are told no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListGone {
    /// Those to look for; at most 1,000.
    pub messages: Vec<OperationId>,
}

/// Marks messages as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarkRead {
    /// The client's name for this request.
    pub request: RequestId,
    /// Which; at most 10,000.
    pub messages: Vec<OperationId>,
}

/// Asks for the conversations with unread messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListUnread {}

/// Asks for the events after what the named listener acknowledged.
///
/// A room is told as it is now, once for all that changed since the listener acknowledged it, and
/// once after each start of the node, for what may have changed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextEvents {
    /// The listener's name, at most 64 characters; its place is kept across restarts.
    pub listener: String,
    /// How many at most; a page ends as one of [`ReadMessages`] does.
    pub limit: u32,
    /// Milliseconds to wait when there is none.
    pub wait: u64,
}

/// Notes that the named listener has dealt with all events up to a position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcknowledgeEvents {
    /// The listener's name.
    pub listener: String,
    /// The position of [`super::EventPage`].
    pub position: u64,
}

/// Connects to contacts and exchanges what each lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sync {
    /// With whom; absent: everyone.
    pub who: Option<Who>,
    /// Milliseconds to try at most.
    pub timeout: u64,
}

/// Asks what the node is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetStatus {}

/// Asks which devices are connected, and how it stands with the contacts who are not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListPeers {}

/// Has everything be looked at that may keep messages from going; the whole database is read for it, but where it
/// is about one conversation alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunDoctor {
    /// Only what concerns this contact or room.
    pub who: Option<Who>,
}

/// Asks for the heads of a conversation's documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentHeads {
    /// With whom.
    pub who: Who,
}

/// Ends a node that was opened to be handed over, in favour of one that stays: whoever opened it
/// attaches to that. Any other node refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOver {}

/// Ends the node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stop {}
