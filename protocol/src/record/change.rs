//! Changes: what the engine has the store do.

use super::{
    ActorRecord, CarriedRecord, ChainReaderRecord, ContactRecord, ControlRecord, CustodyRecord,
    DeedsRecord, DeliveryChange, DepositRecord, DeviceRecord, DraftRecord, InviteRecord,
    MailedControlRecord, NearbyKeyRecord, NoticeRecord, OperationRecord, Outcome,
    OwedControlRecord, OwnReceiptRecord, PairRecord, PassedRecord, PendingJoinRecord,
    PreferencesRecord, ReceiptRecord, ReceiverChainRecord, RoomRecord, SecretBytes,
    SenderChainRecord, SettingsRecord, TombstoneRecord,
};
use crate::carry::{Depositor, NoticeKind, Tier};
use crate::id::{
    ActorId, ConversationId, DeviceId, EnvelopeId, NearbyKey, NoticeId, OperationId, PersonId,
    RequestId, SenderChainId, Tag,
};
use crate::operation::{Fork, Operation};
use crate::sync::Coverage;
use crate::time::{CarryTime, WallTime};

/// One durable change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Writes this device's own identity.
    PutIdentity(SecretBytes),
    /// Writes an invite, by tag.
    PutInvite(InviteRecord),
    /// Forgets an invite.
    DeleteInvite(Tag),
    /// Writes a pending join, by tag.
    PutPendingJoin(PendingJoinRecord),
    /// Forgets a pending join.
    DeletePendingJoin(Tag),
    /// Writes a contact, by person.
    PutContact(ContactRecord),
    /// Writes a device, by id.
    PutDevice(DeviceRecord),
    /// Forgets what was kept of a device's contact secrets before there were pairs.
    DeleteContactSecrets(DeviceId),
    /// Writes what is kept of another device for envelopes, in place of what was there.
    PutPair(PairRecord),
    /// Writes our chain in a conversation, in place of what was there.
    PutSenderChain(SenderChainRecord),
    /// Forgets our chain in a conversation.
    DeleteSenderChain(ConversationId),
    /// Notes a device that the chain was handed to.
    PutChainReader(ChainReaderRecord),
    /// Forgets that a device has the chain.
    DeleteChainReader(ChainReaderRecord),
    /// Adds what a letter brought of a room that is not ours yet.
    PutMailedControl(Box<MailedControlRecord>),
    /// Forgets what letters of a device brought of such a room.
    DropMailedControl(ConversationId, DeviceId),
    /// Notes a device that may lack what was done to a room, by conversation and device.
    PutOwedControl(OwedControlRecord),
    /// Notes that a device has all of that.
    DropOwedControl(ConversationId, DeviceId),
    /// Writes another device's chain, by id, in place of what was there.
    PutReceiverChain(ReceiverChainRecord),
    /// Forgets another device's chain.
    DeleteReceiverChain(SenderChainId),
    /// Writes an author's place, by conversation and actor.
    PutActor(ActorRecord),
    /// Writes the proof of an author's fork, in place of one further up the chain.
    PutFork(Box<Fork>),
    /// Adds an operation with its projection into messages and the arrival log.
    InsertOperation(Box<OperationRecord>),
    /// Adds the body of an operation of another device's that came without it, and what screens show by it,
    /// unless it has been erased here.
    PutBody {
        /// The operation with its body.
        operation: Box<Operation>,
        /// When the body came.
        at: WallTime,
    },
    /// Moves deliveries along the transition table, and logs the messages that changed.
    ChangeDelivery(DeliveryChange),
    /// Notes that carriers are to take an own message before others.
    MarkUrgent(OperationId),
    /// Withholds the body of an own operation from those who do not have it yet.
    Withhold(OperationId),
    /// Shows a message no longer on this device. Its body goes once nobody is owed it.
    DropForMe(OperationId),
    /// Erases what was to stay no longer than until now.
    EraseExpired(WallTime),
    /// Marks messages of one author as read.
    MarkRead(ConversationId, ActorId, Coverage),
    /// Writes a receipt, unless one with a higher number is there.
    PutReceipt(ReceiptRecord),
    /// Writes our latest receipt to somebody, by conversation and person.
    PutOwnReceipt(OwnReceiptRecord),
    /// Writes what our person wants of a conversation.
    PutPreferences(PreferencesRecord),
    /// Writes what our person has chosen for the whole profile.
    PutSettings(SettingsRecord),
    /// Writes what our person has begun to write in a conversation, in place of what was there.
    PutDraft(DraftRecord),
    /// Adds a control operation, unless it is there.
    PutControl(Box<ControlRecord>),
    /// Writes what a room is.
    PutRoom(Box<RoomRecord>),
    /// Tells otherwise than before what was done to a room.
    TellDeeds(Box<DeedsRecord>),
    /// Has what we wrote in a conversation wait for a person no longer if this is true, or else wait for them again.
    Release(ConversationId, PersonId, bool),
    /// Has what an actor of ours wrote, up to a number, wait for a person no longer: it is not for
    /// them.
    Exclude(ActorId, u64, PersonId),
    /// Keeps an envelope, or keeps it as this says from now on.
    PutCarried {
        /// What is known of it.
        record: Box<CarriedRecord>,
        /// The envelope as it travels.
        envelope: Vec<u8>,
    },
    /// Notes how many copies of an envelope are left to pass on.
    SpendCopies {
        /// Of which.
        envelope: EnvelopeId,
        /// How many.
        copies: u8,
    },
    /// Has an envelope be kept as of another tier and depositor.
    AdoptCarried(EnvelopeId, Tier, Depositor),
    /// Keeps an envelope no longer.
    DropCarried(EnvelopeId),
    /// Notes what was purged, by its purge hash.
    PutTombstone(TombstoneRecord),
    /// Forgets what was purged, by its purge hash.
    DropTombstone([u8; 32]),
    /// Notes how long this device has run, all runs together.
    PutCarryTime(CarryTime),
    /// Notes an envelope that this device sealed.
    PutDeposit(Box<DepositRecord>),
    /// Forgets an envelope that this device sealed, and who promised to keep it.
    DropDeposit(EnvelopeId),
    /// Notes that another device promised to keep an envelope of ours, in place of what it promised before.
    PutCustody(CustodyRecord),
    /// Forgets that a device promised to keep an envelope of ours.
    DropCustody {
        /// Which envelope.
        envelope: EnvelopeId,
        /// Whose promise.
        holder: DeviceId,
    },
    /// Keeps a notice.
    PutNotice(Box<NoticeRecord>),
    /// Keeps a notice no longer.
    DropNotice(NoticeId),
    /// Remembers up to where a key's notices are over, in place of what was there.
    PutPassed(PassedRecord),
    /// Forgets that.
    DropPassed {
        /// Whose.
        key: NearbyKey,
        /// Of which kind.
        kind: NoticeKind,
    },
    /// Writes by which key this device says something nearby, and the number of its latest notice.
    PutNearbyKey(NearbyKeyRecord),
    /// Forgets all that was heard nearby, and the key.
    ForgetNearby,
    /// Writes what a request came to.
    PutRequest {
        /// The client's name for it.
        request: RequestId,
        /// What it came to.
        outcome: Outcome,
        /// When.
        at: WallTime,
    },
}

/// Changes that are applied together or not at all.
pub type Batch = Vec<Change>;
