//! The body of an operation: what can be erased.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::wire::{self, DecodeError, limits};

/// Body bytes with the salt of their commitment; both go when it is erased.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Body {
    /// Random; without it the commitment says nothing of the bytes.
    #[n(0)]
    pub salt: ByteArray<32>,
    /// CBOR whose layout the operation's kind decides.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.bytes.len())
    }
}

/// Body of a message.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct MessageBody {
    /// What was written, as it was written.
    #[n(0)]
    pub text: String,
}

impl MessageBody {
    /// The bytes to sign and store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Reads body bytes of a verified operation.
    ///
    /// # Errors
    /// [`DecodeError`] if they are no message body.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        wire::decode(bytes, limits::OPERATION_BYTES_MAX)
    }
}

impl std::fmt::Debug for MessageBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MessageBody({} bytes)", self.text.len())
    }
}
