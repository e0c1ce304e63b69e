//! Identifiers: a newtype for every 32-byte (or 16-byte) name, so that one never passes for another.
//!
//! Invariants
//! - An id is derived from what it names (see [`Domain`]) or random; nothing else makes one.
//! - Text form is lower-case base32 without padding (RFC 4648); `Display` writes all of it, and
//!   serde's form is the same text.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, Encoding};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::domain::Domain;

/// Text that is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: expected {expected} characters of base32")]
pub struct ParseIdError {
    /// Number of characters that the whole id has.
    pub expected: usize,
}

fn encoding() -> Encoding {
    BASE32_NOPAD
}

/// Reads an id from its text form.
struct IdText<T>(PhantomData<T>, ParseIdError);

impl<T: FromStr<Err = ParseIdError>> de::Visitor<'_> for IdText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id: {} characters of base32", self.1.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal, $characters:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(n(0), with = "minicbor::bytes")] [u8; $bytes]);

        impl $name {
            /// Number of bytes.
            pub const BYTES: usize = $bytes;

            /// Wraps bytes that are already known to be such an id.
            #[must_use]
            pub const fn new(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = ParseIdError;

            fn try_from(bytes: &[u8]) -> Result<Self, ParseIdError> {
                bytes.try_into().map(Self).map_err(|_| ParseIdError { expected: $characters })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&encoding().encode(&self.0).to_ascii_lowercase())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let text = self.to_string();
                write!(f, "{}({}..)", stringify!($name), text.get(..8).unwrap_or(&text))
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let wrong = ParseIdError { expected: $characters };
                let bytes = encoding()
                    .decode(text.to_ascii_uppercase().as_bytes())
                    .map_err(|_| wrong)?;
                Self::try_from(bytes.as_slice())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let expected = ParseIdError { expected: $characters };
                deserializer.deserialize_str(IdText(PhantomData, expected))
            }
        }
    };
}

id!(
    /// A person: the hash of the root public key.
    PersonId, 32, 52
);
id!(
    /// A device: the hash of its person and its signing key. A key that two people certify is two
    /// devices, so nobody can be told differently whose one is.
    DeviceId, 32, 52
);
id!(
    /// A conversation, direct or room.
    ConversationId, 32, 52
);
id!(
    /// What admitted a person into a conversation: the operation that added them, or the
    /// conversation's own id for those it began with.
    AdmissionId, 32, 52
);
id!(
    /// One device's authorship in one conversation, under one admission of its person.
    ActorId, 32, 52
);
id!(
    /// An operation: the hash of its header bytes.
    OperationId, 32, 52
);
id!(
    /// An envelope: the hash of all its bytes.
    EnvelopeId, 32, 52
);
id!(
    /// A libp2p transport key (Ed25519 public key); says nothing of who uses it.
    TransportId, 32, 52
);
id!(
    /// A notice: the hash of what is signed of it.
    NoticeId, 32, 52
);
id!(
    /// A key that signs notices (Ed25519 public key); says nothing of who uses it.
    NearbyKey, 32, 52
);
id!(
    /// What one device is found under by another in a table that strangers keep, for a while.
    RendezvousKey, 32, 52
);
id!(
    /// One contact secret of a device pair; random.
    SecretId, 16, 26
);
id!(
    /// One-use tag of an envelope; only the two ends can link it.
    Tag, 16, 26
);
id!(
    /// A sender chain: random.
    SenderChainId, 16, 26
);
id!(
    /// A mutating request, named by its client so that a retry has its effect once; random.
    RequestId, 16, 26
);

impl ConversationId {
    /// The direct conversation of two people: both make the same one without asking.
    #[must_use]
    pub fn direct(one: PersonId, other: PersonId) -> Self {
        let (low, high) = if one <= other {
            (one, other)
        } else {
            (other, one)
        };
        Self(Domain::DirectConversation.hash(&[low.as_bytes(), high.as_bytes()]))
    }

    /// The room that `creator` makes on `device`: nobody else can make one of this id.
    #[must_use]
    pub fn room(creator: PersonId, device: DeviceId, nonce: &[u8; 32]) -> Self {
        Self(Domain::Room.hash(&[creator.as_bytes(), device.as_bytes(), nonce]))
    }
}

impl DeviceId {
    /// The device of `person` that signs with this key.
    #[must_use]
    pub fn of(person: PersonId, signing: &[u8; 32]) -> Self {
        Self(Domain::Device.hash(&[person.as_bytes(), signing]))
    }
}

impl From<ConversationId> for AdmissionId {
    fn from(conversation: ConversationId) -> Self {
        Self(conversation.0)
    }
}

impl From<OperationId> for AdmissionId {
    fn from(add: OperationId) -> Self {
        Self(add.0)
    }
}

impl ActorId {
    /// The actor of `device` in `conversation`, its person admitted by `admission`.
    #[must_use]
    pub fn of(device: DeviceId, conversation: ConversationId, admission: AdmissionId) -> Self {
        Self(Domain::Actor.hash(&[
            device.as_bytes(),
            conversation.as_bytes(),
            admission.as_bytes(),
        ]))
    }

    /// The actor of `device` in a direct conversation.
    #[must_use]
    pub fn direct(device: DeviceId, conversation: ConversationId) -> Self {
        Self::of(device, conversation, conversation.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_round_trips(bytes: [u8; 32]) {
            let id = OperationId::new(bytes);
            prop_assert_eq!(id.to_string().parse::<OperationId>(), Ok(id));
            prop_assert_eq!(id.to_string().to_uppercase().parse::<OperationId>(), Ok(id));
        }

        #[test]
        fn cbor_form_round_trips(bytes: [u8; 16]) {
            let tag = Tag::new(bytes);
            let encoded = minicbor::to_vec(tag).unwrap();
            prop_assert_eq!(encoded.len(), 17);
            prop_assert_eq!(minicbor::decode::<Tag>(&encoded).unwrap(), tag);
        }

        #[test]
        fn json_form_is_the_text_form(bytes: [u8; 16]) {
            let tag = Tag::new(bytes);
            let json = serde_json::to_string(&tag).unwrap();
            prop_assert_eq!(&json, &format!("\"{tag}\""));
            prop_assert_eq!(serde_json::from_str::<Tag>(&json).unwrap(), tag);
            prop_assert_eq!(serde_json::from_value::<Tag>(tag.to_string().into()).unwrap(), tag);
        }

        #[test]
        fn both_people_make_the_same_direct_conversation(a: [u8; 32], b: [u8; 32]) {
            let (a, b) = (PersonId::new(a), PersonId::new(b));
            prop_assert_eq!(ConversationId::direct(a, b), ConversationId::direct(b, a));
        }

        #[test]
        fn any_text_parses_or_errs(text: String) {
            let _ = text.parse::<PersonId>();
        }
    }

    #[test]
    fn json_that_is_no_id_errs() {
        for json in [
            "\"aaaa\"",
            "1",
            "null",
            "[0]",
            "\"!aaaaaaaaaaaaaaaaaaaaaaaaa\"",
        ] {
            assert!(serde_json::from_str::<Tag>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn debug_form_is_short() {
        assert_eq!(
            format!("{:?}", PersonId::new([0; 32])),
            "PersonId(aaaaaaaa..)"
        );
    }
}
