//! What the methods return: the JSON of the command line, field by field.
//!
//! Times are milliseconds since the Unix epoch.

mod bundle;
mod change;
mod check;
mod conversation;
mod deed;
mod delivery;
mod nearby;
mod path;
mod peer;
mod presence;
mod setting;
mod transfer;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{ConversationId, DeviceId, OperationId, PersonId, Tag};

use super::Sentence;

pub use bundle::{Bundle, DamagedFile};
pub use change::Changed;
pub use check::Check;
pub use conversation::{
    Conversation, ConversationKind, MENTIONS_BYTES_MAX, MENTIONS_MESSAGES_MAX, Member, Role,
    Standing,
};
pub use deed::{Deed, DeedKind, Whom};
pub use delivery::{Carrier, Delivery};
pub use nearby::{CheckedIn, Notice, NoticeKind};
pub use peer::{Between, Peer, PeerPath, Reach, Relay};
pub use presence::{Presence, Typist};
pub use setting::Setting;
pub use transfer::{Transfer, TransferKind, TransferUnit};

/// Nothing more to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {}

/// Who a profile is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The person.
    pub person: PersonId,
    /// This device.
    pub device: DeviceId,
    /// The person's name.
    pub name: String,
    /// Words that cover the person's root key and devices.
    pub safety_words: Vec<String>,
}

/// An invite code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// The code to hand over.
    pub code: String,
    /// When it stops being answered.
    pub expires_at: u64,
}

/// Whether a contact can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContactState {
    /// Yes.
    Active,
    /// The invite's maker has not answered yet.
    Pending,
    /// They had not answered, and the join was given up just now.
    Cancelled,
    /// Blocked by us.
    Blocked,
    /// Held off, for the reason in `alarm`, until their safety words are compared again.
    Suspended,
}

/// Why a contact is held off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContactAlarm {
    /// They were verified, and came with a device that the words did not cover.
    NewDevice,
    /// Two of their devices contradict each other: their recovery words may be in other hands.
    Contradiction,
}

/// A person we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Who. While pending: not known; the field is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// While pending: which join waits for their answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<Tag>,
    /// The name we gave, else the one they give themselves.
    pub name: String,
    /// Whether the safety words were compared.
    pub verified: bool,
    /// Whether they can be written to.
    pub state: ContactState,
    /// Why they are held off, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alarm: Option<ContactAlarm>,
    /// Whether a session with one of their devices is open at the moment.
    #[serde(default)]
    pub online: bool,
    /// In the list, while pending: when their code was used here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<u64>,
}

/// A contact's safety words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SafetyWords {
    /// Whose.
    pub person: PersonId,
    /// The contact's name.
    pub name: String,
    /// The words; the contact's own `tidings id` shows the same.
    pub safety_words: Vec<String>,
    /// Whether they were compared before.
    pub verified: bool,
}

/// A person, by name: who wrote a message, or let us into a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// Who.
    pub person: PersonId,
    /// By what name.
    pub name: String,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MessageState {
    /// Someone else's: it is here.
    Received,
    /// Own: no longer being delivered.
    Failed,
    /// Own: kept here until it can be delivered.
    Queued,
    /// Own: someone else's device promised to keep it.
    Carried,
    /// Own: everyone it is for has it.
    Delivered,
    /// Own: everyone it is for has marked it as read.
    Read,
}

/// Over how many people a message has come how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryCounts {
    /// People it is for.
    pub people: u64,
    /// For whom it is at least carried.
    pub carried: u64,
    /// Who at least have it.
    pub delivered: u64,
    /// Who have read it.
    pub read: u64,
}

/// What happened last to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// It arrived or was written.
    New,
    /// Its text was changed.
    Edited,
    /// It was deleted.
    Deleted,
    /// Someone reacted to it.
    Reaction,
    /// Its state changed.
    State,
    /// It is shown no longer, and its text is empty: its author was removed before they wrote it, or
    /// is somebody in the room whom our person blocked.
    Hidden,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Which.
    pub id: OperationId,
    /// Where.
    pub conversation: ConversationId,
    /// From whom.
    pub from: Author,
    /// From which device.
    pub device: DeviceId,
    /// Whether our own person wrote it.
    pub mine: bool,
    /// Whether somebody else wrote it and mentions our own person in it.
    #[serde(default)]
    pub mentions_me: bool,
    /// What its author's clock showed.
    pub sent_at: u64,
    /// When it was stored here.
    pub received_at: u64,
    /// When its body disappears.
    pub expires_at: Option<u64>,
    /// Its text, raw.
    pub body: String,
    /// What it replies to.
    pub reply_to: Option<OperationId>,
    /// How that begins, if it is here and in the same conversation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub quote: Option<Quote>,
    /// Whether it was edited.
    pub edited: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Whether it is pinned for everybody.
    pub pinned: bool,
    /// Whether it was written here to go before other messages wherever it is carried.
    pub urgent: bool,
    /// Whether it is outside of what the members agree on: its device forked its chain before it.
    pub disputed: bool,
    /// Who reacted how.
    pub reactions: BTreeMap<String, Vec<String>>,
    /// Which of those our own person put on it; others may have our name.
    #[serde(default)]
    pub reacted: Vec<String>,
    /// Its files.
    pub attachments: Vec<serde_json::Value>,
    /// How far it has come.
    pub state: MessageState,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// How far it has come with how many.
    pub delivery: DeliveryCounts,
    /// Whether it was marked as read here.
    pub read: bool,
    /// Whether it needs a newer version of this program to be shown.
    pub unsupported: bool,
    /// Its position in the profile's arrival log.
    pub cursor: String,
    /// What happened to it last.
    pub change: Change,
}

/// Most characters of a message that is answered which a [`Quote`] has.
pub const QUOTE_CHARACTERS_MAX: usize = 80;

/// What a message answers, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Who wrote it.
    pub from: Author,
    /// Whether our own person did.
    pub mine: bool,
    /// How its text begins, raw: at most [`QUOTE_CHARACTERS_MAX`].
    pub body: String,
    /// Whether it was deleted.
    pub deleted: bool,
}

/// A message that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deleted {
    /// Which.
    pub id: OperationId,
    /// Where; absent if it was gone already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversation: Option<ConversationId>,
    /// Whether on this device alone.
    pub for_me: bool,
}

/// Most messages on one page, with the deeds among them.
pub const PAGE_MESSAGES_MAX: u32 = 4_096;
/// Most bytes of texts and reactions on one page, with a share of 256 bytes a message or deed for the rest.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

// A control character takes six bytes in JSON, and nothing takes more.
const _: () = assert!(
    6 * PAGE_BYTES_MAX < crate::rpc::REPLY_BYTES_MAX
        && tidings_store::FOUND_BYTES_MAX <= PAGE_BYTES_MAX
);

/// Messages, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    /// The messages.
    pub messages: Vec<Message>,
    /// What was done to their conversation, in display order, where that was asked for: it stands among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deeds: Vec<Deed>,
    /// Pass it as `since` for what comes after. All pages of one reading in display order have the
    /// same: what arrived while they were read comes after it.
    pub cursor: String,
    /// Pass it as `after` for the next page in display order; absent on the last, and with `since`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
    /// Whose messages are missing, of the conversation that was asked for or of all, as it is now.
    /// Whoever follows compares them with those of the page before.
    #[serde(default)]
    pub gaps: Vec<Gap>,
}

/// Messages that are known to exist and are not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub from: Author,
    /// How many; what acts on messages counts too.
    pub missing: u64,
    /// Who says that they have more, of those with a live session.
    pub held_by: Vec<Author>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The messages, in the order in which their authors' clocks say they were written.
    pub messages: Vec<Message>,
    /// Whether there are more than were asked for, or than one reply holds: as much as a page.
    pub more: bool,
}

/// A message after a wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Awaited {
    /// The message as it is now.
    pub message: Message,
    /// Whether it came as far as was waited for.
    pub reached: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A message arrived or changed.
    Message(Box<Message>),
    /// We are invited to a room and asked whether to take part: the room as it is now.
    Invited(Box<Conversation>),
    /// A room's members, roles or title, or our place in it, are others: the room as it is now.
    RoomChanged(Box<Conversation>),
    /// What only a newer version knows.
    #[serde(other)]
    Unknown,
}

/// Events in order, and the position to acknowledge once they are dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// The position after the last of them.
    pub position: u64,
}

/// A contact whose version of Tidings this one cannot talk to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherVersion {
    /// Who.
    pub person: PersonId,
    /// The name we gave, else their own.
    pub name: String,
    /// Whether theirs is the newer one.
    pub newer: bool,
}

/// What a sync came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// Contacts reached.
    pub reached: u64,
    /// Contacts tried.
    pub tried: u64,
    /// Messages still queued.
    pub queued: u64,
    /// Messages that nobody has to be online for any more: contacts' devices promised to keep them.
    #[serde(default)]
    pub carried: u64,
    /// The names of those contacts, whoever keeps something for longest first.
    #[serde(default)]
    pub carried_by: Vec<String>,
    /// Messages of others that came meanwhile, whatever way.
    #[serde(default)]
    pub received: u64,
    /// Codes that were used here and are not answered yet, if all is synced.
    #[serde(default)]
    pub joining: u64,
    /// Of those tried and not reached, whoever runs a version that this one cannot talk to.
    #[serde(default)]
    pub other_versions: Vec<OtherVersion>,
}

/// Connections by how they come about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerCounts {
    /// Over the local network.
    pub lan: u64,
    /// Over the internet.
    pub direct: u64,
    /// Over a relay.
    pub relayed: u64,
}

/// What a node keeps for others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrying {
    /// How many envelopes.
    pub envelopes: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// What a node is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether a node was running before this command came.
    pub running: bool,
    /// Whose profile.
    pub person: PersonId,
    /// Network mode that holds.
    pub mode: String,
    /// The mode that is set for the profile: that of a node which is started without a word about it.
    #[serde(default)]
    pub mode_set: String,
    /// Why no network is used though the mode has one, or null.
    #[serde(default)]
    pub lack: Option<String>,
    /// What that says, for another language than English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lack_reasons: Vec<Sentence>,
    /// Where it listens: multiaddrs.
    pub listen: Vec<String>,
    /// Contacts' devices with a live session, by path.
    pub peers: PeerCounts,
    /// How others reach it from other networks.
    #[serde(default)]
    pub reach: Reach,
    /// Own messages not delivered to everyone.
    pub queued: u64,
    /// How many of them contacts' devices promised to keep until they are fetched.
    #[serde(default)]
    pub carried: u64,
    /// What it keeps for others.
    pub carrying: Carrying,
    /// Envelopes of our own that nobody is known to have opened.
    #[serde(default)]
    pub under_way: u64,
    /// How many of them a contact's device promised to keep.
    #[serde(default)]
    pub promised: u64,
    /// Devices with which it compares what is carried.
    #[serde(default)]
    pub neighbours: u64,
    /// Contacts met since it runs whose version this one cannot talk to.
    #[serde(default)]
    pub other_versions: Vec<OtherVersion>,
    /// Whether it keeps as much for others as a mailbox.
    #[serde(default)]
    pub mailbox: bool,
    /// The directory that it watches for sticks, or null.
    #[serde(default)]
    pub watching: Option<String>,
    /// Its libp2p peer id, by which other nodes know it; null without a network.
    #[serde(default)]
    pub peer: Option<String>,
    /// Programs that use the profile through it now, whoever asks by its socket among them.
    #[serde(default)]
    pub attached: u64,
    /// What is moved into files and out of them now, in the order in which it began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transfers: Vec<Transfer>,
}

/// The heads of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentHeads {
    /// Which segment of the conversation.
    pub segment: u64,
    /// Layout number; heads compare between equal layouts only.
    pub layout: u16,
    /// The heads, in hexadecimal.
    pub heads: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_only_a_newer_version_knows_does_not_spoil_its_page() {
        let page = r#"{"events":[{"type":"comet","tail":{"long":true}}],"position":3}"#;
        let page: EventPage = serde_json::from_str(page).unwrap();
        assert_eq!((page.events, page.position), (vec![Event::Unknown], 3));
    }
}
