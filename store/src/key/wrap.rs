//! A key wrapped by a passphrase: Argon2id (RFC 9106) and ChaCha20-Poly1305 (RFC 8439).
//!
//! Invariants
//! - Salt and nonce are fresh for each wrapping.
//! - The parameters are authenticated together with the key.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use tidings_protocol::record::SecretBytes;
use tidings_protocol::rng::Rng;
use tidings_protocol::wire;
use zeroize::Zeroizing;

use super::{KEY_BYTES, KeyError};

const SALT_BYTES: usize = 16;
const NONCE_BYTES: usize = 12;
const WRAPPED_BYTES: usize = KEY_BYTES + 16;
/// Separates what is authenticated here from every other use of the cipher.
const CONTEXT: &str = "tidings v1 database key";

/// What trying one passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Cost {
    #[n(0)]
    memory_kib: u32,
    #[n(1)]
    passes: u32,
    #[n(2)]
    lanes: u32,
}

impl Cost {
    /// Least memory in KiB.
    pub const MEMORY_KIB_MIN: u32 = 64 * 1024;
    /// Most memory in KiB.
    pub const MEMORY_KIB_MAX: u32 = 1024 * 1024;
    /// Most passes over the memory.
    pub const PASSES_MAX: u32 = 16;
    /// Most lanes.
    pub const LANES_MAX: u32 = 16;
    /// 256 MiB, three passes, one lane.
    pub const DEFAULT: Self = Self {
        memory_kib: 256 * 1024,
        passes: 3,
        lanes: 1,
    };
    /// The least that is accepted.
    pub const LEAST: Self = Self {
        memory_kib: Self::MEMORY_KIB_MIN,
        passes: 1,
        lanes: 1,
    };

    /// A cost within the bounds.
    ///
    /// # Errors
    /// [`KeyError::Cost`] outside of them.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KeyError> {
        let cost = Self {
            memory_kib,
            passes,
            lanes,
        };
        if cost.is_bounded() {
            Ok(cost)
        } else {
            Err(KeyError::Cost)
        }
    }

    /// Memory in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    fn is_bounded(self) -> bool {
        (Self::MEMORY_KIB_MIN..=Self::MEMORY_KIB_MAX).contains(&self.memory_kib)
            && (1..=Self::PASSES_MAX).contains(&self.passes)
            && (1..=Self::LANES_MAX).contains(&self.lanes)
    }

    fn stretch(
        self,
        passphrase: &SecretBytes,
        salt: &[u8; SALT_BYTES],
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyError> {
        let parameters = Params::new(self.memory_kib, self.passes, self.lanes, Some(KEY_BYTES))
            .map_err(|_| KeyError::Cost)?;
        let mut memory = Zeroizing::new(vec![Block::default(); parameters.block_count()]);
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
            .hash_password_into_with_memory(
                passphrase.expose(),
                salt,
                key.as_mut(),
                memory.as_mut_slice(),
            )
            .map_err(|_| KeyError::Cost)?;
        Ok(key)
    }
}

/// A wrapped key with all that is needed, beside the passphrase, to unwrap it.
#[derive(Debug, Encode, Decode)]
#[cbor(map)]
pub(super) struct Wrapped {
    #[n(0)]
    cost: Cost,
    #[n(1)]
    salt: ByteArray<SALT_BYTES>,
    #[n(2)]
    nonce: ByteArray<NONCE_BYTES>,
    #[n(3)]
    key: ByteArray<WRAPPED_BYTES>,
}

impl Wrapped {
    pub(super) fn wrap(
        key: &[u8; KEY_BYTES],
        passphrase: &SecretBytes,
        cost: Cost,
        rng: &mut Rng,
    ) -> Result<Self, KeyError> {
        let (salt, nonce) = (rng.bytes(), rng.bytes::<NONCE_BYTES>());
        let payload = Payload {
            msg: key,
            aad: &associated(cost),
        };
        let wrapped = cipher(cost, passphrase, &salt)?
            .encrypt(&nonce.into(), payload)
            .map_err(|_| KeyError::Damaged("its key cannot be wrapped"))?;
        let wrapped = <[u8; WRAPPED_BYTES]>::try_from(wrapped)
            .map_err(|_| KeyError::Damaged("its key cannot be wrapped"))?;
        Ok(Self {
            cost,
            salt: salt.into(),
            nonce: nonce.into(),
            key: wrapped.into(),
        })
    }

    pub(super) fn unwrap(
        &self,
        passphrase: &SecretBytes,
    ) -> Result<Zeroizing<[u8; KEY_BYTES]>, KeyError> {
        if !self.cost.is_bounded() {
            return Err(KeyError::Damaged("its cost is out of bounds"));
        }
        let payload = Payload {
            msg: self.key.as_ref(),
            aad: &associated(self.cost),
        };
        let key = cipher(self.cost, passphrase, &self.salt)?
            .decrypt(&(*self.nonce).into(), payload)
            .map(Zeroizing::new)
            .map_err(|_| KeyError::WrongPassphrase)?;
        let mut unwrapped = Zeroizing::new([0; KEY_BYTES]);
        if key.len() != KEY_BYTES {
            return Err(KeyError::Damaged("its key has the wrong length"));
        }
        unwrapped.copy_from_slice(&key);
        Ok(unwrapped)
    }
}

fn cipher(
    cost: Cost,
    passphrase: &SecretBytes,
    salt: &[u8; SALT_BYTES],
) -> Result<ChaCha20Poly1305, KeyError> {
    let key = cost.stretch(passphrase, salt)?;
    ChaCha20Poly1305::new_from_slice(key.as_ref()).map_err(|_| KeyError::Cost)
}

fn associated(cost: Cost) -> Vec<u8> {
    wire::encode(&(CONTEXT, cost))
}

#[cfg(test)]
impl Cost {
    /// A cost as a tampered file may name it.
    pub(super) fn tampered(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        Self {
            memory_kib,
            passes,
            lanes,
        }
    }
}

#[cfg(test)]
impl Wrapped {
    pub(super) fn with_cost(self, cost: Cost) -> Self {
        Self { cost, ..self }
    }
}
