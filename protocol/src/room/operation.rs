//! One control operation as the log takes it: verified, its body read, its author known.
//!
//! Invariants
//! - Its actor is the one that author's device, room and admission hash to.
//! - A Create is of the room whose id its creator, device and nonce hash to.

use super::ControlError;
use super::body::ControlBody;
use crate::id::{ActorId, AdmissionId, ConversationId, DeviceId, OperationId, PersonId};
use crate::operation::Operation;
use crate::time::{LogicalTime, WallTime};

/// Who writes: a person's device, and the admission under which it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Author {
    /// Whose device it is, by its certificate.
    pub person: PersonId,
    /// The device whose key the signature was verified with.
    pub device: DeviceId,
    /// The admission.
    pub admission: AdmissionId,
}

/// A control operation whose own contents hold; whether it has an effect is for the log to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlOperation {
    pub(super) id: OperationId,
    pub(super) conversation: ConversationId,
    pub(super) actor: ActorId,
    pub(super) author: Author,
    pub(super) seq: u64,
    pub(super) prev: Option<OperationId>,
    pub(super) parents: Vec<OperationId>,
    pub(super) logical: LogicalTime,
    pub(super) wall: WallTime,
    pub(super) body: ControlBody,
    /// Size of the whole operation as it travels.
    pub(super) bytes: usize,
}

impl ControlOperation {
    /// Reads a verified operation whose signature is that of `author`'s device.
    ///
    /// # Errors
    /// [`ControlError`] if it is no control operation, or not one of this author.
    pub fn read(operation: &Operation, author: Author) -> Result<Self, ControlError> {
        let header = operation.header();
        let body = operation.body().ok_or(ControlError::Content)?;
        let control = Self {
            id: operation.id(),
            conversation: header.conversation,
            actor: header.actor,
            author,
            seq: header.seq,
            prev: header.prev,
            parents: header.parents.clone().unwrap_or_default(),
            logical: header.logical,
            wall: header.wall,
            body: ControlBody::read(header.kind, &body.bytes)?,
            bytes: operation.signed().bytes(),
        };
        let actor = ActorId::of(author.device, header.conversation, author.admission);
        if actor != header.actor {
            return Err(ControlError::Author);
        }
        control.check_create()?;
        Ok(control)
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> OperationId {
        self.id
    }

    /// Who wrote it.
    #[must_use]
    pub const fn author(&self) -> Author {
        self.author
    }

    /// What it does.
    #[must_use]
    pub const fn body(&self) -> &ControlBody {
        &self.body
    }

    /// The room's logical time at which it was written.
    #[must_use]
    pub const fn logical(&self) -> LogicalTime {
        self.logical
    }

    /// Whether only somebody with authority may write it.
    pub(super) const fn needs_authority(&self) -> bool {
        match self.body {
            ControlBody::Create(_) | ControlBody::Leave(_) | ControlBody::DeviceRevoked(_) => false,
            ControlBody::Add(_)
            | ControlBody::Remove(_)
            | ControlBody::Role(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::Unknown(_) => true,
        }
    }

    /// Those it names as coming before it.
    pub(super) fn causes(&self) -> impl Iterator<Item = OperationId> + '_ {
        self.parents.iter().copied().chain(self.prev)
    }

    fn check_create(&self) -> Result<(), ControlError> {
        let ControlBody::Create(body) = &self.body else {
            return Ok(());
        };
        let room = ConversationId::room(body.creator, self.author.device, &body.nonce);
        let first = self.seq == 1 && self.parents.is_empty();
        let own = self.author.person == body.creator
            && self.author.admission == AdmissionId::from(self.conversation);
        if room == self.conversation && first && own {
            Ok(())
        } else {
            Err(ControlError::Create)
        }
    }
}
