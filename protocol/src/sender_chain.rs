//! Sender chains: how one device writes to all of a room at once, each message under a key of its own.
//!
//! ```text
//!   key 0 --> key 1 --> key 2 --> ...       one way: whoever has key 1 cannot find key 0
//!     |         |         |
//!   seed 0    seed 1    seed 2              with the salt in the envelope: the message's key
//!
//!   handed over to a device, sealed to it alone: the chain's id, where it stands, the key there
//! ```
//!
//! Invariants
//! - A key is erased as soon as the next is made, on the sender's side before the envelope leaves, on
//!   a reader's in the batch that stores what it opened.
//! - Every reader has the chain's keys, so they prove nothing: the owner's signature over chain, index
//!   and content does. What another puts under an index of the owner's uses up nothing.
//! - Nobody who has been removed reads what is written once that is known: a fresh chain begins then.

mod receiving;
mod sending;

pub use receiving::{ReceiverChain, TRIES_MAX};
pub use sending::{CHAIN_LIFETIME, CHAIN_MESSAGES_MAX, Postage, SenderChain};

use std::fmt;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::Domain;
use crate::envelope::seal::{SUITE_CHAIN, SUITE_CLASSIC, SUITE_HYBRID};
use crate::envelope::{ENVELOPE_VERSION, Envelope, EnvelopeError, Header};
use crate::id::{ConversationId, DeviceId, OperationId, SenderChainId};
use crate::identity::keys::KEY_BYTES;
use crate::identity::secret;
use crate::wire;
use crate::wire::limits::{CONTROL_HEADS_MAX, ENVELOPE_BYTES_MAX};

const SALT_BYTES: usize = 16;
/// Each key encrypts one message.
const NONCE: [u8; 12] = [0; 12];
const AEAD_OVERHEAD_BYTES: usize = 16;

/// What a chain's owner hands to each device that may read on from here.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Handover {
    /// Where it is written.
    #[n(0)]
    pub conversation: ConversationId,
    /// Which chain.
    #[n(1)]
    pub chain: SenderChainId,
    /// The index that comes next.
    #[n(2)]
    index: u32,
    #[cbor(n(3), with = "secret")]
    key: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(4), with = "secret")]
    tag_key: Zeroizing<[u8; KEY_BYTES]>,
    /// The heads of the room's control by which the owner chose the readers.
    #[n(5)]
    pub control: Vec<OperationId>,
}

impl Handover {
    /// Whether a chain may stand there, and no more heads are named than may be.
    pub(crate) fn is_sound(&self) -> bool {
        self.index <= CHAIN_MESSAGES_MAX && self.control.len() <= CONTROL_HEADS_MAX
    }
}

impl fmt::Debug for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handover")
            .field("conversation", &self.conversation)
            .field("chain", &self.chain)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}

/// What an envelope's ciphertext holds.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Sealed {
    #[n(0)]
    suite: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    salt: [u8; SALT_BYTES],
    #[cbor(n(3), with = "minicbor::bytes")]
    message: Vec<u8>,
}

impl Sealed {
    fn new(salt: [u8; SALT_BYTES], message: Vec<u8>) -> Self {
        Self {
            suite: SUITE_CHAIN,
            salt,
            message,
        }
    }

    fn parse(envelope: &Envelope) -> Result<Self, EnvelopeError> {
        match envelope.suite()? {
            SUITE_CHAIN => Ok(wire::decode_canonical(
                envelope.ciphertext(),
                ENVELOPE_BYTES_MAX,
            )?),
            SUITE_HYBRID | SUITE_CLASSIC => Err(EnvelopeError::Undecryptable),
            unknown => Err(EnvelopeError::Suite(unknown)),
        }
    }
}

/// One place in one chain.
#[derive(Debug, Clone, Copy)]
struct Place {
    conversation: ConversationId,
    owner: DeviceId,
    chain: SenderChainId,
    index: u32,
}

impl Place {
    /// What a message there is bound to: all of the envelope that is in the clear, and the place itself.
    fn context(&self, header: &Header, salt: &[u8; SALT_BYTES]) -> [u8; 32] {
        Domain::ChainContext.hash(&[
            &[ENVELOPE_VERSION],
            &[SUITE_CHAIN],
            header.tag.as_bytes(),
            &header.lifetime_hours.to_be_bytes(),
            &[header.priority.byte()],
            &header.purge,
            self.conversation.as_bytes(),
            self.owner.as_bytes(),
            self.chain.as_bytes(),
            &self.index.to_be_bytes(),
            salt,
        ])
    }
}

/// The key of a chain at one index.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
struct ChainKey(#[cbor(n(0), with = "secret")] Zeroizing<[u8; KEY_BYTES]>);

impl ChainKey {
    /// The seed of this index's message.
    fn seed(&self) -> Seed {
        Seed(Domain::ChainMessageSeed.derive(&[self.0.as_ref()]))
    }

    /// Goes on to the next index; this one's key is erased.
    fn step(&mut self) {
        self.0 = Domain::ChainNext.derive(&[self.0.as_ref()]);
    }
}

/// From which, with the salt, the key of one message comes.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
struct Seed(#[cbor(n(0), with = "secret")] Zeroizing<[u8; KEY_BYTES]>);

impl Seed {
    fn cipher(&self, salt: &[u8; SALT_BYTES]) -> ChaCha20Poly1305 {
        let key = Domain::ChainMessageKey.derive(&[self.0.as_ref(), salt]);
        ChaCha20Poly1305::new((&*key).into())
    }

    fn encrypt(
        &self,
        salt: &[u8; SALT_BYTES],
        context: &[u8; 32],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, EnvelopeError> {
        encrypt(&self.cipher(salt), NONCE, context, plaintext)
    }

    fn decrypt(
        &self,
        salt: &[u8; SALT_BYTES],
        context: &[u8; 32],
        message: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        decrypt(&self.cipher(salt), NONCE, context, message)
    }
}

fn encrypt(
    cipher: &ChaCha20Poly1305,
    nonce: [u8; 12],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    let payload = Payload {
        msg: plaintext,
        aad,
    };
    let encrypted = cipher.encrypt(&nonce.into(), payload);
    encrypted.map_err(|_| EnvelopeError::Undecryptable)
}

fn decrypt(
    cipher: &ChaCha20Poly1305,
    nonce: [u8; 12],
    aad: &[u8],
    message: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let payload = Payload { msg: message, aad };
    let decrypted = cipher.decrypt(&nonce.into(), payload);
    decrypted
        .map(Zeroizing::new)
        .map_err(|_| EnvelopeError::Undecryptable)
}

#[cfg(test)]
mod published;
#[cfg(test)]
mod tests;
