//! Bodies of control operations: what each says, and the bounds of what it may say.
//!
//! Invariants
//! - A body that was read is within every limit, its lists ascending and without repetition.
//! - Fields that this version does not know do not stop a reader; they stay in the kept bytes.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::ControlError;
use crate::id::{AdmissionId, DeviceId, OperationId, PersonId};
use crate::identity::check_name;
use crate::operation::Kind;
use crate::sync::Position;
use crate::wire::{self, limits};

/// What an admission may do in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// Writes content and may leave.
    #[n(0)]
    Member,
    /// Writes control operations too, against juniors alone.
    #[n(1)]
    Admin,
}

/// Makes a room; its id is the hash of creator, creating device and nonce.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CreateBody {
    /// Who makes it.
    #[n(0)]
    pub creator: PersonId,
    /// Random.
    #[n(1)]
    pub nonce: ByteArray<32>,
    /// Its first title: untrusted text.
    #[n(2)]
    pub title: String,
}

/// Admits a person; the operation's id is the admission.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AddBody {
    /// Who is admitted.
    #[n(0)]
    pub person: PersonId,
    /// What the admission may do at first.
    #[n(1)]
    pub role: Role,
    /// Content up to here is not for them: ascending by actor. Absent: all is.
    #[n(2)]
    pub since: Option<Vec<Position>>,
}

/// Ends an admission of somebody else.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RemoveBody {
    /// The admission that ends.
    #[n(0)]
    pub admission: AdmissionId,
    /// Whose it is.
    #[n(1)]
    pub person: PersonId,
    /// How far the person's devices are held: ascending by device. Nothing of one left out.
    #[n(2)]
    pub cuts: Vec<DeviceCut>,
}

/// Ends the author's own admission.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct LeaveBody {
    /// How far the author's devices are held: ascending by device. Nothing of one left out.
    #[n(0)]
    pub cuts: Vec<DeviceCut>,
}

/// Says what an admission may do from now on.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RoleBody {
    /// The admission.
    #[n(0)]
    pub admission: AdmissionId,
    /// What it may do.
    #[n(1)]
    pub role: Role,
}

/// Names the room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TitleBody {
    /// The title: untrusted text.
    #[n(0)]
    pub title: String,
}

/// Sets what holds for everybody in the room.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SettingsBody {
    /// Seconds after which a message's body disappears; absent: it does not.
    #[n(0)]
    pub disappears_after: Option<u32>,
}

/// Ends what one device may write.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceRevokedBody {
    /// The device.
    #[n(0)]
    pub device: DeviceId,
    /// How far it is held under each admission: ascending. Nothing under one left out.
    #[n(1)]
    pub cuts: Vec<AdmissionCut>,
}

/// How far one device's content counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceCut {
    /// Whose content.
    #[n(0)]
    pub device: DeviceId,
    /// The last sequence number that counts, from 1.
    #[n(1)]
    pub seq: u64,
    /// The operation there.
    #[n(2)]
    pub head: OperationId,
}

/// How far a device's content under one admission counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AdmissionCut {
    /// The admission.
    #[n(0)]
    pub admission: AdmissionId,
    /// The last sequence number that counts, from 1.
    #[n(1)]
    pub seq: u64,
    /// The operation there.
    #[n(2)]
    pub head: OperationId,
}

/// What a control operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ControlBody {
    /// Makes a room.
    Create(CreateBody),
    /// Admits a person.
    Add(AddBody),
    /// Ends an admission of somebody else.
    Remove(RemoveBody),
    /// Ends the author's own admission.
    Leave(LeaveBody),
    /// Says what an admission may do.
    Role(RoleBody),
    /// Names the room.
    Title(TitleBody),
    /// Sets what holds for everybody.
    Settings(SettingsBody),
    /// Ends what one device may write.
    DeviceRevoked(DeviceRevokedBody),
    /// Needs a newer version: it has its place among causes and no effect.
    Unknown(u16),
}

impl ControlBody {
    /// Reads the body bytes of a verified control operation. Those that are no body of its kind are
    /// taken for a newer version's.
    ///
    /// # Errors
    /// [`ControlError`] if `kind` is content, or its body is over a limit or out of order.
    pub fn read(kind: Kind, bytes: &[u8]) -> Result<Self, ControlError> {
        let has_long_list = matches!(kind, Kind::Add | Kind::DeviceRevoked);
        if bytes.len() > limits::CONTROL_BODY_BYTES_MAX && !has_long_list {
            return Err(ControlError::Body { bytes: bytes.len() });
        }
        let body = match kind {
            Kind::Create => decode(bytes).map(Self::Create),
            Kind::Add => decode(bytes).map(Self::Add),
            Kind::Remove => decode(bytes).map(Self::Remove),
            Kind::Leave => decode(bytes).map(Self::Leave),
            Kind::Role => decode(bytes).map(Self::Role),
            Kind::Title => decode(bytes).map(Self::Title),
            Kind::Settings => decode(bytes).map(Self::Settings),
            Kind::DeviceRevoked => decode(bytes).map(Self::DeviceRevoked),
            Kind::Unknown(_) if kind.is_control() => None,
            Kind::Message
            | Kind::Edit
            | Kind::Delete
            | Kind::Reaction
            | Kind::Pin
            | Kind::Lifetime
            | Kind::Unknown(_) => return Err(ControlError::Content),
        };
        let body = body.unwrap_or(Self::Unknown(kind.number()));
        body.check()?;
        Ok(body)
    }

    /// The kind of operation this is the body of.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Create(_) => Kind::Create,
            Self::Add(_) => Kind::Add,
            Self::Remove(_) => Kind::Remove,
            Self::Leave(_) => Kind::Leave,
            Self::Role(_) => Kind::Role,
            Self::Title(_) => Kind::Title,
            Self::Settings(_) => Kind::Settings,
            Self::DeviceRevoked(_) => Kind::DeviceRevoked,
            Self::Unknown(number) => Kind::Unknown(*number),
        }
    }

    /// The bytes to sign and store; none for a kind that this version does not know.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Create(body) => wire::encode(body),
            Self::Add(body) => wire::encode(body),
            Self::Remove(body) => wire::encode(body),
            Self::Leave(body) => wire::encode(body),
            Self::Role(body) => wire::encode(body),
            Self::Title(body) => wire::encode(body),
            Self::Settings(body) => wire::encode(body),
            Self::DeviceRevoked(body) => wire::encode(body),
            Self::Unknown(_) => Vec::new(),
        }
    }

    /// Whether this is within all limits; what was read is.
    ///
    /// # Errors
    /// [`ControlError`] by the first limit that is not kept.
    pub fn check(&self) -> Result<(), ControlError> {
        match self {
            Self::Create(CreateBody { title, .. }) | Self::Title(TitleBody { title }) => {
                check_name(title).map_err(|_| ControlError::Title)
            }
            Self::Add(AddBody { since, .. }) => {
                let positions = since.as_deref().unwrap_or_default();
                check_list(positions, limits::VECTOR_ACTORS_MAX, |one| {
                    (one.actor, one.seq)
                })
            }
            Self::Remove(RemoveBody { cuts, .. }) | Self::Leave(LeaveBody { cuts }) => {
                check_list(cuts, limits::DEVICES_MAX, |one| (one.device, one.seq))
            }
            Self::DeviceRevoked(DeviceRevokedBody { cuts, .. }) => {
                check_list(cuts, limits::VECTOR_ACTORS_MAX, |one| {
                    (one.admission, one.seq)
                })
            }
            Self::Role(_) | Self::Settings(_) | Self::Unknown(_) => Ok(()),
        }
    }
}

fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Option<T> {
    wire::decode(bytes, limits::OPERATION_BYTES_MAX).ok()
}

/// Whether a list is short enough, ascending without repetition, and each of its numbers one that an
/// operation may have: whoever holds nothing up to there goes on from the next.
fn check_list<T, K: Ord>(
    list: &[T],
    entries_max: usize,
    read: impl Fn(&T) -> (K, u64),
) -> Result<(), ControlError> {
    if list.len() > entries_max {
        return Err(ControlError::TooMany {
            entries: list.len(),
            entries_max,
        });
    }
    let ordered = list.is_sorted_by(|one, next| read(one).0 < read(next).0);
    let is_number = |one: &T| (1..=limits::SEQ_MAX).contains(&read(one).1);
    if !ordered || !list.iter().all(is_number) {
        return Err(ControlError::List);
    }
    Ok(())
}
