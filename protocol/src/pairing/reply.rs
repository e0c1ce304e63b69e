//! Replies to a join: the answer, or why there is none. Refusals are sent live only, and nobody
//! signs them: they end an attempt and prove nothing.

use minicbor::{Decode, Encode};

use crate::pairing::PairingError;
use crate::wire;
use crate::wire::limits::ENVELOPE_BYTES_MAX;

/// Largest reply.
const REPLY_BYTES_MAX: usize = ENVELOPE_BYTES_MAX + 16;

/// Why an invite is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[cbor(index_only)]
#[non_exhaustive]
pub enum Refusal {
    /// Somebody has used it.
    #[n(0)]
    #[error("this invite has been used already: ask for a new one")]
    Used,
    /// Its time is over.
    #[n(1)]
    #[error("this invite has expired: ask for a new one")]
    Expired,
    /// The device asked knows no such invite.
    #[n(2)]
    #[error("the other device does not know this invite: ask for a new one")]
    Unknown,
    /// The inviter was asked by themselves.
    #[n(3)]
    #[error("this is your own invite: give it to the person whom you want to invite")]
    SelfJoin,
}

/// What the inviting device sends back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum JoinReply {
    /// The answer envelope's bytes.
    #[n(0)]
    Answer(#[cbor(n(0), with = "minicbor::bytes")] Vec<u8>),
    /// No answer.
    #[n(1)]
    Refused(#[n(0)] Refusal),
}

impl JoinReply {
    /// Encodes this reply.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Decodes a reply.
    ///
    /// # Errors
    /// [`PairingError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PairingError> {
        Ok(wire::decode(bytes, REPLY_BYTES_MAX)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const REFUSALS: [Refusal; 4] = [
        Refusal::Used,
        Refusal::Expired,
        Refusal::Unknown,
        Refusal::SelfJoin,
    ];

    #[test]
    fn refusals_round_trip() {
        for refusal in REFUSALS {
            let reply = JoinReply::Refused(refusal);
            assert_eq!(JoinReply::from_bytes(&reply.to_bytes()), Ok(reply));
        }
    }

    #[test]
    fn the_largest_answer_is_read_and_a_larger_reply_is_not() {
        let largest = JoinReply::Answer(vec![7; ENVELOPE_BYTES_MAX]);
        assert_eq!(JoinReply::from_bytes(&largest.to_bytes()), Ok(largest));
        let around = JoinReply::Answer(vec![7; ENVELOPE_BYTES_MAX])
            .to_bytes()
            .len()
            - ENVELOPE_BYTES_MAX;
        let of_bytes = |bytes: usize| {
            let reply = JoinReply::Answer(vec![7; bytes - around]).to_bytes();
            assert_eq!(reply.len(), bytes);
            JoinReply::from_bytes(&reply).map(drop)
        };
        assert_eq!(of_bytes(REPLY_BYTES_MAX), Ok(()));
        let refused = wire::DecodeError::TooLong {
            bytes: REPLY_BYTES_MAX + 1,
            limit: REPLY_BYTES_MAX,
        };
        assert_eq!(
            of_bytes(REPLY_BYTES_MAX + 1),
            Err(PairingError::Malformed(refused))
        );
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_err(bytes: Vec<u8>) {
            let _ = JoinReply::from_bytes(&bytes);
        }

        #[test]
        fn answers_round_trip(bytes: Vec<u8>) {
            let reply = JoinReply::Answer(bytes);
            prop_assert_eq!(JoinReply::from_bytes(&reply.to_bytes()), Ok(reply));
        }
    }
}
