//! Invites: what the inviting device keeps of a code it handed out.
//!
//! Invariants
//! - Key and secret are made for one invite and shared with no other.
//! - It is erased on drop and never printed.

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::{Domain, prefix};
use crate::id::Tag;
use crate::identity::keys::KEY_BYTES;
use crate::identity::{AgreementSecret, OwnIdentity, secret};
use crate::pairing::PairingError;
use crate::pairing::code::InviteCode;
use crate::rng::Rng;
use crate::wire;

/// Number of bytes of an invite's secret.
pub(super) const SECRET_BYTES: usize = 16;
pub(super) const STORED_BYTES_MAX: usize = 128;

/// The secrets of one invite.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct InviteSecret {
    #[cbor(n(0), with = "secret")]
    key: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(1), with = "secret")]
    secret: Zeroizing<[u8; SECRET_BYTES]>,
}

impl InviteSecret {
    /// A new invite.
    #[must_use]
    pub fn generate(rng: &mut Rng) -> Self {
        Self {
            key: rng.secret(),
            secret: rng.secret(),
        }
    }

    /// The code to hand over, with where this device may now be reached, best first.
    #[must_use]
    pub fn code(&self, own: &OwnIdentity, addresses: &[String]) -> InviteCode {
        InviteCode::new(self, own, addresses)
    }

    /// Tag of the join envelope that the code leads to.
    #[must_use]
    pub fn tag(&self) -> Tag {
        join_tag(&self.secret)
    }

    /// Encodes this invite, for the store alone.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret::encode_all(self, STORED_BYTES_MAX)
    }

    /// Decodes what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`PairingError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PairingError> {
        Ok(wire::decode(bytes, STORED_BYTES_MAX)?)
    }

    pub(super) fn agreement(&self) -> AgreementSecret {
        AgreementSecret::from_bytes(&self.key)
    }

    pub(super) fn public(&self) -> [u8; KEY_BYTES] {
        self.agreement().public()
    }

    pub(super) fn secret(&self) -> &Zeroizing<[u8; SECRET_BYTES]> {
        &self.secret
    }
}

impl fmt::Debug for InviteSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InviteSecret")
            .field("tag", &self.tag())
            .finish_non_exhaustive()
    }
}

/// The tag that an invite's secret leads to.
pub(super) fn join_tag(secret: &[u8; SECRET_BYTES]) -> Tag {
    Tag::new(prefix(Domain::InviteTag.hash(&[secret])))
}
