//! What an interface is told: what came of what it asked, and what happens by itself.

use tidings_node::OperationId;
use tidings_node::api::{
    Bundle, Changed, Check, Contact, Conversation, Deleted, Delivery, Found, Gap, Identity, Invite,
    Message, Presence, SafetyWords, Status, Transfer,
};

use super::{Anchor, Ask, Item, Place, Ticket, Way};
use crate::failure::Failure;

/// Something that is told. Each but the last four says what came of one [`Ask`]; lists of contacts and conversations
/// come by themselves, too.
#[derive(Debug)]
pub(crate) enum Told {
    /// What stands in a conversation, in display order, and what is known to be missing among it.
    Page {
        ticket: Ticket,
        place: Place,
        anchor: Anchor,
        items: Vec<Item>,
        gaps: Vec<Gap>,
    },
    /// What fits a query.
    Found { ticket: Ticket, found: Found },
    /// A message was stored.
    Sent(Place, Box<Message>),
    /// A message has another text, reaction or pin.
    Changed(Box<Message>),
    /// A message was deleted.
    Deleted(Deleted),
    /// A message was given up, unless it had come further.
    Cancelled(Box<Message>),
    /// These messages are there no longer.
    Gone(Vec<OperationId>),
    /// How far an own message has come with each person.
    Deliveries(OperationId, Vec<Delivery>),
    /// The messages that are pinned there, the newest last.
    Pinned(Place, Vec<Message>),
    /// A conversation is so now.
    Conversation(Box<Conversation>),
    /// What was begun somewhere is kept, as that conversation is now.
    DraftKept(Box<Conversation>),
    /// A room was made.
    Created(Box<Conversation>),
    /// An invitation to this room was accepted.
    Accepted(Box<Conversation>),
    /// A room was left, or its invitation turned down.
    Left(Box<Conversation>),
    /// Of these messages it was asked whether they were marked as read, and they were.
    Read(Vec<OperationId>),
    /// These messages are all that was unread somewhere, and are marked as read now.
    AllRead(Vec<OperationId>),
    /// What was begun there was known as this, and is so now.
    Draft {
        place: Place,
        known: String,
        now: String,
    },
    /// All conversations as they are now.
    Conversations(Vec<Conversation>),
    /// All contacts as they are now.
    Contacts(Vec<Contact>),
    /// A contact is so now.
    Contact(Contact),
    /// Somebody's safety words.
    SafetyWords(SafetyWords),
    /// Somebody was verified.
    Verified(Contact),
    /// A code was made.
    Invited(Invite),
    /// Who used a code of ours; nobody, if it is good no longer.
    Used(Option<Contact>),
    /// Whom a code makes our contact; pending, if they could not be reached in time.
    Joined(Contact),
    /// Whoever made a code is waited for no longer.
    JoinCancelled,
    /// Who we are.
    Identity(Identity),
    /// How the node does.
    Status(Box<Status>),
    /// Whether all is well.
    Checked(Vec<Check>),
    /// What was written to files, or taken from them.
    Bundle(Way, Bundle),
    /// All that is being written and taken now.
    Transfers(Vec<Transfer>),
    /// It was done, and there is nothing to be said of it.
    Done,
    /// It was not done.
    Failed(Ask, Failure),
    /// It was not done, because it was asked for anew.
    Superseded(Ask),
    /// Messages arrived or changed, in that order.
    News(Vec<Message>),
    /// Who is there and who types is so now.
    Presence(Presence),
    /// Of these kinds something may be otherwise than it was told last.
    Stale(Changed),
    /// Nothing is heard of the node any more.
    Ended(Failure),
}
