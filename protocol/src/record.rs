//! What a profile durably holds, as the engine writes it and gets it back: the contract between
//! engine and store.
//!
//! Invariants
//! - A batch of [`Change`]s is applied whole or not at all.
//! - [`Profile`], read back after any crash, is the state after some prefix of the batches that
//!   were handed over, and that prefix holds every batch whose commit was reported.
//! - Records hold what was verified; the store never has to judge a signature.

mod carry;
mod change;
mod mail;
mod notice;
mod room;
mod settings;

pub use carry::{CarriedRecord, CustodyRecord, DepositRecord, Enclosed, TombstoneRecord};
pub use change::{Batch, Change};
pub use mail::{
    ChainReaderRecord, MailedControlRecord, OwedControlRecord, PairRecord, ReceiverChainRecord,
    SenderChainRecord,
};
pub use notice::{NearbyKeyRecord, NoticeRecord, PassedRecord};
pub use room::{ControlRecord, DeedsRecord, MemberRecord, RoomRecord, RoomStanding};
pub use settings::{
    Acceptance, Discovery, NetworkChoice, NetworkMode, NetworkRecord, SettingsRecord,
};

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::delivery::DeliveryState;
use crate::id::{
    ActorId, ConversationId, DeviceId, EnvelopeId, NoticeId, OperationId, PersonId, SecretId, Tag,
};
use crate::operation::{Fork, Operation};
use crate::sync::{Coverage, Erased, SignedReceipt};
use crate::time::{CarryTime, LogicalTime, WallTime};

/// Bytes that are secret: erased when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes ownership of secret bytes.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl From<Zeroizing<Vec<u8>>> for SecretBytes {
    fn from(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

/// An invite of ours, open or used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteRecord {
    /// Tag by which its join envelope is known.
    pub tag: Tag,
    /// The invite's secrets, as `pairing` encodes them.
    pub secret: SecretBytes,
    /// When it was made.
    pub created_at: WallTime,
    /// When it stops being answered.
    pub expires_at: WallTime,
    /// Whether more than one person may use it.
    pub reusable: bool,
    /// The join envelopes answered, with the answer to repeat should it get lost.
    pub answered: Vec<(EnvelopeId, Vec<u8>)>,
}

/// A join of ours that the inviter has not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingJoinRecord {
    /// Tag of the join envelope.
    pub tag: Tag,
    /// State needed to open the answer, as `pairing` encodes it.
    pub secret: SecretBytes,
    /// The join envelope; sent again unchanged until answered.
    pub envelope: Vec<u8>,
    /// The code, for its hint and addresses.
    pub code: SecretBytes,
    /// When it was begun.
    pub created_at: WallTime,
}

/// Why nothing is exchanged with a contact until their safety words are compared again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alarm {
    /// They were verified, and came with a device that the words did not cover.
    NewDevice,
    /// Their root key said two things for one epoch: their recovery words may be in other hands.
    Contradiction,
}

/// A person we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRecord {
    /// Who.
    pub person: PersonId,
    /// The name that person showed as they were met.
    pub name: String,
    /// The name we gave, if any.
    pub petname: Option<String>,
    /// Whether the safety words were compared.
    pub verified: bool,
    /// Why they are held off, if they are.
    pub alarm: Option<Alarm>,
    /// Whether we refuse everything of theirs.
    pub blocked: bool,
    /// When the contact was made.
    pub added_at: WallTime,
    /// The invite or join by which they were last met.
    pub met_by: Tag,
}

impl ContactRecord {
    /// Whether we exchange anything with this person.
    #[must_use]
    pub const fn is_admitted(&self) -> bool {
        !self.blocked && self.alarm.is_none()
    }
}

/// A device of a person we know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceRecord {
    /// Which.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// Its card as received; verified before it was stored, and again when read back.
    pub card: Vec<u8>,
    /// Where it was last reached: multiaddrs, the latest first.
    pub addresses: Vec<String>,
}

/// A secret shared with one device, as it was kept before there were pairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactSecretRecord {
    /// With which device.
    pub device: DeviceId,
    /// Its name.
    pub id: SecretId,
    /// The secret, 32 bytes.
    pub key: SecretBytes,
    /// When it was agreed.
    pub created_at: WallTime,
}

/// One author's place in one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActorRecord {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub actor: ActorId,
    /// Whose device that is.
    pub device: DeviceId,
    /// Whose person that is.
    pub person: PersonId,
    /// The last sequence number that is not for us: what is held begins after it.
    pub base: u64,
    /// What is held without a gap.
    pub seq: u64,
    /// The operation there; absent when `seq` is 0.
    pub head: Option<OperationId>,
    /// The logical time there.
    pub logical: LogicalTime,
    /// Held without a body, for whatever reason.
    pub erased: Erased,
    /// What our person marked as read.
    pub read: Coverage,
    /// How far it counts by the room's control; what is beyond is kept and not shown. Absent: all of
    /// it.
    pub cut: Option<u64>,
    /// Up to where its chain is one: beyond, its author forked it. What is stored of that is shown
    /// as disputed. Absent: no fork is known.
    pub fork: Option<u64>,
}

impl ActorRecord {
    /// The place of an author, admitted at a logical time, of whom nothing is held yet.
    #[must_use]
    pub fn new(
        conversation: ConversationId,
        actor: ActorId,
        person: PersonId,
        device: DeviceId,
        admitted: LogicalTime,
    ) -> Self {
        Self {
            conversation,
            actor,
            device,
            person,
            base: 0,
            seq: 0,
            head: None,
            logical: admitted,
            erased: Erased::default(),
            read: Coverage::default(),
            cut: None,
            fork: None,
        }
    }

    /// How far it counts, all in all.
    #[must_use]
    pub fn counts(&self) -> Option<u64> {
        self.cut.into_iter().chain(self.fork).min()
    }
}

/// The latest word on how long messages of a conversation stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifetimeRecord {
    /// Where.
    pub conversation: ConversationId,
    /// Logical time of the operation that says so.
    pub logical: LogicalTime,
    /// Its wall time.
    pub wall: WallTime,
    /// The operation.
    pub operation: OperationId,
    /// Seconds from a message's arrival on a device; absent: for ever.
    pub seconds: Option<u32>,
}

impl LifetimeRecord {
    /// By which the latest word is found.
    #[must_use]
    pub const fn order(&self) -> (LogicalTime, WallTime, OperationId) {
        (self.logical, self.wall, self.operation)
    }
}

/// What our person wants of one conversation on this device; nobody else is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreferencesRecord {
    /// Which.
    pub conversation: ConversationId,
    /// Whether nothing in it is worth an interruption.
    pub muted: bool,
    /// Whether it is put away until something new is in it.
    pub archived: bool,
    /// Whether others learn what was read in it.
    pub read_receipts: bool,
}

impl PreferencesRecord {
    /// Those of a conversation of which nothing was said.
    #[must_use]
    pub const fn new(conversation: ConversationId) -> Self {
        Self {
            conversation,
            muted: false,
            archived: false,
            read_receipts: true,
        }
    }
}

/// What our person has begun to write in a conversation; nobody else is told.
///
/// Prints without its text.
#[derive(Clone, PartialEq, Eq)]
pub struct DraftRecord {
    /// Where.
    pub conversation: ConversationId,
    /// The text so far; empty: there is none any more.
    pub text: String,
}

impl fmt::Debug for DraftRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DraftRecord({} bytes)", self.text.len())
    }
}

/// An operation to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationRecord {
    /// The operation with body.
    pub operation: Operation,
    /// Whose it is.
    pub person: PersonId,
    /// Which device's.
    pub device: DeviceId,
    /// Whether our own person wrote it.
    pub mine: bool,
    /// When it was stored here.
    pub received_at: WallTime,
    /// The people it is for; empty unless it is ours.
    pub recipients: Vec<PersonId>,
}

/// The range of one actor's operations whose delivery to one person changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeliveryChange {
    /// Our actor.
    pub actor: ActorId,
    /// First sequence number.
    pub first: u64,
    /// Last sequence number.
    pub last: u64,
    /// To whom.
    pub person: PersonId,
    /// What it may become, where the transition table allows it.
    pub state: DeliveryState,
}

/// Our latest receipt to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnReceiptRecord {
    /// Where.
    pub conversation: ConversationId,
    /// To whom.
    pub person: PersonId,
    /// Its number, of all that go to anybody there.
    pub number: u64,
    /// As signed.
    pub signed: SignedReceipt,
}

/// A receipt of another device, or one of ours of the time when nothing was kept of whom they were for; the highest
/// number per device and conversation stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiptRecord {
    /// Where.
    pub conversation: ConversationId,
    /// Whose.
    pub device: DeviceId,
    /// Its number.
    pub number: u64,
    /// As signed.
    pub signed: SignedReceipt,
}

/// What a mutating request came to; kept so that a retry has its effect once.
///
/// Prints without an invite's code.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// An invite was made: its code and expiry.
    #[n(0)]
    Invited {
        /// The code to hand over.
        #[n(0)]
        code: String,
        /// When it stops being answered.
        #[n(1)]
        expires_at: WallTime,
        /// By which its use is recognised.
        #[n(2)]
        tag: Tag,
    },
    /// A join was begun; it goes on by itself.
    #[n(1)]
    Joining {
        /// By which its answer is recognised.
        #[n(0)]
        tag: Tag,
    },
    /// A message was stored.
    #[n(2)]
    Sent {
        /// Its id.
        #[n(0)]
        message: OperationId,
    },
    /// Done; there is nothing more to say.
    #[n(3)]
    Done,
    /// A room was made.
    #[n(4)]
    RoomMade {
        /// Its id.
        #[n(0)]
        conversation: ConversationId,
    },
    /// What somebody brought was taken; this is not kept.
    #[n(5)]
    Brought {
        /// Envelopes that were not here before.
        #[n(0)]
        new: u64,
        /// Those of them that were for us.
        #[n(1)]
        for_us: u64,
    },
    /// A notice was written.
    #[n(6)]
    Posted {
        /// Its id.
        #[n(0)]
        notice: NoticeId,
    },
}

impl fmt::Debug for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invited { .. } => f.write_str("Invited"),
            Self::Joining { .. } => f.write_str("Joining"),
            Self::Sent { message } => write!(f, "Sent({message:?})"),
            Self::Done => f.write_str("Done"),
            Self::Brought { new, for_us } => write!(f, "Brought({new}, {for_us})"),
            Self::RoomMade { conversation } => write!(f, "RoomMade({conversation:?})"),
            Self::Posted { notice } => write!(f, "Posted({notice:?})"),
        }
    }
}

/// An own operation that someone has yet to acknowledge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxRecord {
    /// Our actor that wrote it.
    pub actor: ActorId,
    /// Its sequence number.
    pub seq: u64,
    /// Which.
    pub operation: OperationId,
    /// Who has yet to acknowledge it.
    pub person: PersonId,
    /// How far it has come: below delivered.
    pub state: DeliveryState,
    /// Whether carriers are to take it before others.
    pub urgent: bool,
}

/// An operation stored beyond a gap in its author's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRecord {
    /// Where.
    pub conversation: ConversationId,
    /// The operation.
    pub operation: crate::operation::SignedOperation,
}

/// Everything that the engine needs to go on after a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// This device's own identity; absent in a new profile.
    pub identity: Option<SecretBytes>,
    /// Invites of ours.
    pub invites: Vec<InviteRecord>,
    /// Joins of ours.
    pub pending_joins: Vec<PendingJoinRecord>,
    /// People.
    pub contacts: Vec<ContactRecord>,
    /// Their devices.
    pub devices: Vec<DeviceRecord>,
    /// Secrets shared with those, the latest first per device.
    pub contact_secrets: Vec<ContactSecretRecord>,
    /// What is kept of other devices for envelopes, ascending by device.
    pub pairs: Vec<PairRecord>,
    /// Our chains, ascending by conversation.
    pub sender_chains: Vec<SenderChainRecord>,
    /// The devices that these were handed to.
    pub chain_readers: Vec<ChainReaderRecord>,
    /// What letters brought of rooms that are not ours yet, in order.
    pub mailed_control: Vec<MailedControlRecord>,
    /// Who may lack what was done to rooms here, ascending by conversation and device.
    pub owed_control: Vec<OwedControlRecord>,
    /// Other devices' chains, ascending by id.
    pub receiver_chains: Vec<ReceiverChainRecord>,
    /// Every author's place in every conversation.
    pub actors: Vec<ActorRecord>,
    /// Own operations not acknowledged by everyone.
    pub outbox: Vec<OutboxRecord>,
    /// Operations beyond gaps.
    pub pending: Vec<PendingRecord>,
    /// Proofs of forks, the lowest of each actor.
    pub forks: Vec<Fork>,
    /// Latest receipts of others.
    pub receipts: Vec<ReceiptRecord>,
    /// Our latest receipts to each person, ascending by conversation and person.
    pub own_receipts: Vec<OwnReceiptRecord>,
    /// How long messages stay, where anybody said so.
    pub lifetimes: Vec<LifetimeRecord>,
    /// What our person wants of conversations, where they said so.
    pub preferences: Vec<PreferencesRecord>,
    /// What our person has chosen for the whole profile.
    pub settings: SettingsRecord,
    /// Control operations of rooms, in the order in which they were held.
    pub controls: Vec<ControlRecord>,
    /// What the rooms are.
    pub rooms: Vec<RoomRecord>,
    /// When messages disappear, each time once.
    pub expiries: Vec<WallTime>,
    /// The envelopes that are kept, without their bytes, ascending by id.
    pub carried: Vec<CarriedRecord>,
    /// What was purged, ascending by purge hash.
    pub tombstones: Vec<TombstoneRecord>,
    /// How long this device has run, as far as it was noted.
    pub carry_time: CarryTime,
    /// The envelopes that this device sealed, ascending by id.
    pub deposits: Vec<DepositRecord>,
    /// Who promised to keep them, ascending by envelope and device.
    pub custodies: Vec<CustodyRecord>,
    /// The notices that are kept, ascending by id.
    pub notices: Vec<NoticeRecord>,
    /// Up to where notices are over, ascending by key and kind.
    pub passed: Vec<PassedRecord>,
    /// By which key this device says something nearby, if it did.
    pub nearby_key: Option<NearbyKeyRecord>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{decode, encode};

    const OUTCOME_BYTES_MAX: usize = 4096;

    fn any_outcome() -> impl Strategy<Value = Outcome> {
        let tag = any::<[u8; 16]>().prop_map(Tag::new);
        prop_oneof![
            (any::<String>(), any::<u64>(), tag.clone()).prop_map(|(code, at, tag)| {
                Outcome::Invited {
                    code,
                    expires_at: WallTime::from_millis(at),
                    tag,
                }
            }),
            tag.prop_map(|tag| Outcome::Joining { tag }),
            any::<[u8; 32]>().prop_map(|id| Outcome::Sent {
                message: OperationId::new(id)
            }),
            Just(Outcome::Done),
            any::<[u8; 32]>().prop_map(|id| Outcome::RoomMade {
                conversation: ConversationId::new(id)
            }),
            any::<[u8; 32]>().prop_map(|id| Outcome::Posted {
                notice: NoticeId::new(id)
            }),
        ]
    }

    proptest! {
        #[test]
        fn an_outcome_round_trips(outcome in any_outcome()) {
            prop_assert_eq!(decode(&encode(&outcome), OUTCOME_BYTES_MAX), Ok(outcome));
        }

        #[test]
        fn any_stored_bytes_are_an_outcome_or_an_error(bytes: Vec<u8>) {
            let _ = decode::<Outcome>(&bytes, OUTCOME_BYTES_MAX);
        }
    }

    #[test]
    fn secrets_are_never_printed() {
        let invited = Outcome::Invited {
            code: "hush".to_owned(),
            expires_at: WallTime::from_millis(1),
            tag: Tag::new([1; 16]),
        };
        assert_eq!(format!("{invited:?}"), "Invited");
        let conversation = ConversationId::new([1; 32]);
        let made = format!("{:?}", Outcome::RoomMade { conversation });
        assert!(!made.contains(&conversation.to_string()), "{made}");
        let secret = SecretBytes::new(b"hush".to_vec());
        assert_eq!(format!("{secret:?}"), "SecretBytes(..)");
        assert_eq!(secret.expose(), b"hush");
    }
}
