//! The domain strings: one for every signature, hash and key derivation, so that bytes made for
//! one purpose can never stand in for another.
//!
//! Invariants
//! - Hashing is BLAKE3 in its key-derivation mode with the domain as context, over fields that are
//!   each preceded by their length (`u32`, little endian). No two field lists collide.
//! - A domain, once released, is never reused for another purpose or another layout.

use zeroize::Zeroizing;

/// What a hash, derived key or signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Person id from a root public key.
    Person,
    /// Device id from a device signing key.
    Device,
    /// Direct conversation id from both person ids.
    DirectConversation,
    /// Room id from its creator, the creating device and a nonce.
    Room,
    /// Actor id from device, conversation and admitting operation.
    Actor,
    /// Operation id from header bytes.
    Operation,
    /// Commitment to an operation's body, keyed by its salt.
    Body,
    /// Envelope id from its bytes.
    Envelope,
    /// Root signing key from the recovery words' entropy.
    RootKey,
    /// Safety words of a person.
    SafetyWords,
    /// Signature over an operation id.
    OperationSignature,
    /// Signature over an epoch statement.
    EpochSignature,
    /// Management key's signature over a device certificate.
    CertificateSignature,
    /// Device's counter-signature over its own certificate.
    CertificateCounterSignature,
    /// Device's signature over its prekey bundle.
    BundleSignature,
    /// What a session says it holds of a conversation.
    VectorDigest,
    /// A card, signed by its device so that others may pass it on.
    CardSignature,
    /// The same card, signed by the transport key that it names.
    CardTransportSignature,
    /// Device's signature over a receipt.
    ReceiptSignature,
    /// Device's signature that binds a sealed payload to its recipient.
    SealSignature,
    /// Prologue of a sealed envelope.
    SealPrologue,
    /// psk0 of a sealed envelope.
    SealPsk,
    /// Mask over the key id of a sealed envelope.
    SealKeyId,
    /// Proof that nobody else changed the key id of a sealed envelope.
    SealKeyCheck,
    /// Key of the tags of envelopes from one device to another, from a secret that the two share.
    TagKey,
    /// One tag, from a tag key and a counter.
    Tag,
    /// Key under which one device is found by another, from a secret that the two share and the time.
    RendezvousKey,
    /// Introduction secret of two members of a room, from what members alone know.
    IntroductionSecret,
    /// What one message of a sender chain is encrypted by, before its salt.
    ChainMessageSeed,
    /// The next key of a sender chain.
    ChainNext,
    /// Key of one message of a sender chain.
    ChainMessageKey,
    /// What a message of a sender chain is bound to.
    ChainContext,
    /// Device's signature over what it put at one index of its sender chain.
    ChainSignature,
    /// Name under which another's sender chain is kept, from its owner and its id.
    ChainName,
    /// psk0 of a join envelope, from the invite's secret.
    InvitePsk,
    /// Tag of a join envelope, from the invite's secret.
    InviteTag,
    /// Recipient of a join envelope, from the invite's key and its maker's person id.
    InviteRecipient,
    /// Id of one part of a request that is done in parts.
    RequestPart,
    /// Tag of the answer to a join envelope, from the joiner's share.
    AnswerTag,
    /// Checksum of an invite code.
    InviteChecksum,
    /// Short hint of a transport id inside an invite code.
    TransportHint,
    /// Contact secret from both sides' random shares.
    ContactSecret,
    /// Prologue of a live session.
    SessionPrologue,
    /// Purge preimage of a unicast envelope.
    Purge,
    /// Key of the order in which two carriers compare what they hold, from their exchange's salt.
    Reconciliation,
    /// Automerge actor of a document's genesis change.
    DocumentGenesis,
    /// Automerge actor of a member in a document.
    DocumentActor,
    /// Digest of a conversation's document heads.
    DocumentHeads,
    /// Seed of a generator forked from another.
    RngFork,
    /// What tells apart who brought envelopes, from our transport key and theirs.
    Depositor,
    /// Notice id from what is signed of it.
    Notice,
    /// Signature over a notice id, by a key that is for notices alone.
    NoticeSignature,
    /// Digest of all that a device carries.
    CarriedDigest,
    /// Name of the bundle that a device writes to every stick.
    BundleName,
    /// Name of a profile's socket directory, from the profile's path.
    SocketName,
}

impl Domain {
    /// The context string that goes into the hash.
    #[must_use]
    pub const fn context(self) -> &'static str {
        match self {
            Self::Person => "tidings v1 person id",
            Self::Device => "tidings v1 device id",
            Self::DirectConversation => "tidings v1 direct conversation id",
            Self::Room => "tidings v1 room id",
            Self::Actor => "tidings v1 actor id",
            Self::Operation => "tidings v1 operation id",
            Self::Body => "tidings v1 operation body",
            Self::Envelope => "tidings v1 envelope id",
            Self::RootKey => "tidings v1 root key",
            Self::SafetyWords => "tidings v1 safety words",
            Self::OperationSignature => "tidings v1 operation signature",
            Self::EpochSignature => "tidings v1 epoch signature",
            Self::CertificateSignature => "tidings v1 certificate signature",
            Self::CertificateCounterSignature => "tidings v1 certificate counter-signature",
            Self::BundleSignature => "tidings v1 bundle signature",
            Self::VectorDigest => "tidings v1 vector digest",
            Self::CardSignature => "tidings v1 card signature",
            Self::CardTransportSignature => "tidings v1 card transport signature",
            Self::ReceiptSignature => "tidings v1 receipt signature",
            Self::SealSignature => "tidings v1 seal signature",
            Self::SealPrologue => "tidings v1 seal prologue",
            Self::SealPsk => "tidings v1 seal psk",
            Self::SealKeyId => "tidings v1 seal key id",
            Self::SealKeyCheck => "tidings v1 seal key check",
            Self::TagKey => "tidings v1 tag key",
            Self::Tag => "tidings v1 tag",
            Self::RendezvousKey => "tidings v1 rendezvous key",
            Self::IntroductionSecret => "tidings v1 introduction secret",
            Self::ChainMessageSeed => "tidings v1 chain message seed",
            Self::ChainNext => "tidings v1 chain next",
            Self::ChainMessageKey => "tidings v1 chain message key",
            Self::ChainContext => "tidings v1 chain context",
            Self::ChainSignature => "tidings v1 chain signature",
            Self::ChainName => "tidings v1 chain name",
            Self::InvitePsk => "tidings v1 invite psk",
            Self::InviteTag => "tidings v1 invite tag",
            Self::InviteRecipient => "tidings v1 invite recipient",
            Self::RequestPart => "tidings v1 request part",
            Self::AnswerTag => "tidings v1 answer tag",
            Self::InviteChecksum => "tidings v1 invite checksum",
            Self::TransportHint => "tidings v1 transport hint",
            Self::ContactSecret => "tidings v1 contact secret",
            Self::SessionPrologue => "tidings v1 session prologue",
            Self::Purge => "tidings v1 purge",
            Self::Reconciliation => "tidings v1 reconciliation",
            Self::DocumentGenesis => "tidings v1 document genesis",
            Self::DocumentActor => "tidings v1 document actor",
            Self::DocumentHeads => "tidings v1 document heads",
            Self::RngFork => "tidings v1 rng fork",
            Self::Depositor => "tidings v1 depositor",
            Self::Notice => "tidings v1 notice id",
            Self::NoticeSignature => "tidings v1 notice signature",
            Self::CarriedDigest => "tidings v1 carried digest",
            Self::BundleName => "tidings v1 bundle name",
            Self::SocketName => "tidings v1 socket name",
        }
    }

    /// Hashes `fields` under this domain to 32 bytes.
    #[must_use]
    pub fn hash(self, fields: &[&[u8]]) -> [u8; 32] {
        *self.hasher(fields).finalize().as_bytes()
    }

    /// Derives a secret from `fields` under this domain; the result is erased when dropped.
    #[must_use]
    pub fn derive(self, fields: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        let mut output = self.output(fields);
        output.fill(key.as_mut());
        zeroize::Zeroize::zeroize(&mut output);
        key
    }

    /// All that can be derived from `fields` under this domain, of which [`Self::derive`] is the beginning. It is
    /// the caller's to erase.
    pub(crate) fn output(self, fields: &[&[u8]]) -> blake3::OutputReader {
        let mut hasher = self.hasher(fields);
        let output = hasher.finalize_xof();
        zeroize::Zeroize::zeroize(&mut hasher);
        output
    }

    /// The bytes a signature under this domain is made over: the hash of `fields`.
    #[must_use]
    pub fn signing_input(self, fields: &[&[u8]]) -> [u8; 32] {
        self.hash(fields)
    }

    fn hasher(self, fields: &[&[u8]]) -> blake3::Hasher {
        let mut hasher = blake3::Hasher::new_derive_key(self.context());
        for field in fields {
            let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
            hasher.update(&length.to_le_bytes());
            hasher.update(field);
        }
        hasher
    }
}

/// The first `N` of 32 bytes.
pub(crate) fn prefix<const N: usize>(bytes: [u8; 32]) -> [u8; N] {
    const { assert!(N <= 32, "a prefix is no longer than the whole") };
    let mut prefix = [0; N];
    for (to, from) in prefix.iter_mut().zip(bytes) {
        *to = from;
    }
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_a_boundary_between_fields_changes_the_hash() {
        assert_ne!(
            Domain::Actor.hash(&[b"ab", b"c"]),
            Domain::Actor.hash(&[b"a", b"bc"])
        );
        assert_ne!(
            Domain::Actor.hash(&[b"abc"]),
            Domain::Actor.hash(&[b"abc", b""])
        );
    }

    #[test]
    fn domains_separate_equal_fields() {
        assert_ne!(Domain::Person.hash(&[b"x"]), Domain::Device.hash(&[b"x"]));
    }

    #[test]
    fn derive_agrees_with_hash() {
        assert_eq!(
            *Domain::SealPsk.derive(&[b"x"]),
            Domain::SealPsk.hash(&[b"x"])
        );
    }
}
