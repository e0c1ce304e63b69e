//! The operation: the signed unit of every conversation, a header and a detachable body.
//!
//! ```text
//!  header (CBOR, kept as received) --BLAKE3--> id --Ed25519--> signature
//!    | body = BLAKE3-keyed(salt, body bytes), body length
//!    v
//!  body: { salt, bytes } or erased
//! ```
//!
//! Invariants
//! - The id covers the header bytes exactly as the author wrote them, unknown fields included.
//! - An erased body leaves id, signature and chain intact. A control operation has its body always.
//! - [`Operation`] exists only with a verified signature; what a peer sends is a
//!   [`SignedOperation`].

mod body;
mod fork;
mod header;

pub use body::{Body, Content};
pub use fork::{Fork, SignedFork};
pub use header::{Header, Kind, OPERATION_VERSION};

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::domain::Domain;
use crate::id::OperationId;
use crate::identity::{OwnIdentity, SigningPublic};
use crate::rng::Rng;
use crate::wire::{self, DecodeError, limits};

/// Why an operation is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// Header or body is not what it should be.
    #[error("operation: {0}")]
    Decode(#[from] DecodeError),
    /// The whole is over the limit.
    #[error(
        "operation of {bytes} bytes is over the limit of {}",
        limits::OPERATION_BYTES_MAX
    )]
    TooLarge {
        /// Size of header, signature, salt and body.
        bytes: usize,
    },
    /// Made under rules this version does not know.
    #[error("operation of version {0}, which this program does not know")]
    Version(u16),
    /// The author's signature does not fit.
    #[error("operation with a signature that is not its author's")]
    Signature,
    /// The body is not the one the header commits to.
    #[error("operation with a body that its header does not commit to")]
    Commitment,
    /// Parents in content, none in control, too many of them, or out of order.
    #[error("operation whose parents are not as its kind has them")]
    Parents,
    /// A control operation came without its body, which is never erased.
    #[error("control operation without its body")]
    BodyMissing,
    /// Sequence number, previous operation or logical time are impossible.
    #[error("operation with an impossible place in its chain")]
    Chain,
    /// Two operations are shown as a fork that may well be in one chain, or not as proofs are.
    #[error("two operations that prove no fork")]
    NoFork,
}

/// An operation as it travels: nothing of it is verified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedOperation {
    /// Header bytes as the author wrote them.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub header: Vec<u8>,
    /// The author device's signature over the id.
    #[n(1)]
    pub signature: ByteArray<64>,
    /// The body, unless erased.
    #[n(2)]
    pub body: Option<Body>,
}

/// An operation whose author's signature, size and body commitment are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    id: OperationId,
    header: Header,
    signed: SignedOperation,
}

impl SignedOperation {
    /// The id that these header bytes have, whoever wrote them.
    #[must_use]
    pub fn id(&self) -> OperationId {
        OperationId::new(Domain::Operation.hash(&[&self.header]))
    }

    /// What the header claims; needed to find the key to verify with.
    ///
    /// # Errors
    /// If the header is over its limit, malformed, or of an unknown version.
    pub fn claimed(&self) -> Result<Header, OperationError> {
        let header: Header = wire::decode(&self.header, limits::HEADER_BYTES_MAX)?;
        if header.version != OPERATION_VERSION {
            return Err(OperationError::Version(header.version));
        }
        if !header.is_placed() {
            return Err(OperationError::Chain);
        }
        if !header.has_fitting_parents() {
            return Err(OperationError::Parents);
        }
        Ok(header)
    }

    /// Size of header, signature, salt and body.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.header.len() + 64 + self.body.as_ref().map_or(0, |body| body.bytes.len() + 32)
    }

    /// Checks everything about this operation that needs only its author's key.
    ///
    /// # Errors
    /// The first check of [`OperationError`] that fails.
    pub fn verify(self, author: &SigningPublic) -> Result<Operation, OperationError> {
        if self.bytes() > limits::OPERATION_BYTES_MAX {
            return Err(OperationError::TooLarge {
                bytes: self.bytes(),
            });
        }
        let header = self.claimed()?;
        let id = self.id();
        author
            .verify(
                Domain::OperationSignature,
                &[id.as_bytes()],
                &self.signature,
            )
            .map_err(|_| OperationError::Signature)?;
        if self
            .body
            .as_ref()
            .is_some_and(|body| !header.commits_to(body))
        {
            return Err(OperationError::Commitment);
        }
        if self.body.is_none() && header.kind.is_control() {
            return Err(OperationError::BodyMissing);
        }
        Ok(Operation {
            id,
            header,
            signed: self,
        })
    }
}

impl Operation {
    /// Reads back an operation that was verified before it was stored; `None` if it is damaged.
    #[must_use]
    pub fn stored(signed: SignedOperation) -> Option<Self> {
        let header = signed.claimed().ok()?;
        let id = signed.id();
        Some(Self { id, header, signed })
    }

    /// Writes and signs an operation of our own.
    ///
    /// # Errors
    /// [`OperationError::TooLarge`] if header, signature, salt and body exceed the limit.
    pub fn author(
        header: Header,
        body: Vec<u8>,
        own: &OwnIdentity,
        rng: &mut Rng,
    ) -> Result<Self, OperationError> {
        let body = Body {
            salt: rng.bytes::<32>().into(),
            bytes: body,
        };
        let header = header.committed_to(&body);
        let header_bytes = wire::encode(&header);
        let id = OperationId::new(Domain::Operation.hash(&[&header_bytes]));
        let signature = own
            .sign(Domain::OperationSignature, &[id.as_bytes()])
            .into();
        let signed = SignedOperation {
            header: header_bytes,
            signature,
            body: Some(body),
        };
        if signed.bytes() > limits::OPERATION_BYTES_MAX {
            return Err(OperationError::TooLarge {
                bytes: signed.bytes(),
            });
        }
        Ok(Self { id, header, signed })
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> OperationId {
        self.id
    }

    /// The header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The body, unless erased.
    #[must_use]
    pub const fn body(&self) -> Option<&Body> {
        self.signed.body.as_ref()
    }

    /// The form that travels and is stored.
    #[must_use]
    pub const fn signed(&self) -> &SignedOperation {
        &self.signed
    }
}

#[cfg(test)]
mod tests;
