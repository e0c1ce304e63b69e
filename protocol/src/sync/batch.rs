//! Operations as a batch carries them: a header in short, where what it says follows from what was before
//! it.
//!
//! Of an author's next message in the same conversation four fields are known without being said: the
//! conversation and the actor are those of the operation before it, `prev` is the id of that, and `body`
//! is the commitment to the body beside. They are 128 bytes of about 300. A header in short has an empty
//! byte string in their place; the author's signature is over the header as it was written, so a wrong
//! one is no operation of theirs.
//!
//! Invariants
//! - What is read is what was written, whatever its bytes are.
//! - A header that is restored is no longer than one may be.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::decode::Error as Unreadable;
use minicbor::encode::{Error as Unwritable, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::operation::{Body, SignedOperation};
use crate::wire::limits::HEADER_BYTES_MAX;

/// What stands for a field that follows: an empty byte string.
const FOLLOWS: &[u8] = &[0x40];
/// The beginning of a byte string of 32 bytes.
const HASH_HEAD: [u8; 2] = [0x58, 32];

/// One operation on its way.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Packed {
    /// The header as its author wrote it, unless it is in short.
    #[n(0)]
    whole: Option<ByteVec>,
    #[n(1)]
    signature: ByteArray<64>,
    #[n(2)]
    body: Option<Body>,
    /// The header in short.
    #[n(3)]
    short: Option<ByteVec>,
}

/// The fields of a header that follow, as far as they do.
#[derive(Default)]
struct Following {
    conversation: Option<[u8; 32]>,
    actor: Option<[u8; 32]>,
    prev: Option<[u8; 32]>,
    body: Option<[u8; 32]>,
}

impl Following {
    /// What follows for one with this body, after `before`.
    fn new(before: Option<&SignedOperation>, body: Option<&Body>) -> Self {
        let mut following = Self {
            body: body.map(Body::commitment),
            ..Self::default()
        };
        if let Some((before, header)) = before.and_then(|it| Some((it, it.claimed().ok()?))) {
            following.conversation = Some(*header.conversation.as_bytes());
            following.actor = Some(*header.actor.as_bytes());
            following.prev = Some(*before.id().as_bytes());
        }
        following
    }

    /// A field's CBOR, if it follows. Fields are numbered as in [`crate::operation::Header`].
    fn field(&self, number: u64) -> Option<Vec<u8>> {
        let value = match number {
            2 => self.conversation,
            3 => self.actor,
            5 => self.prev,
            10 => self.body,
            _ => None,
        };
        value.map(|value| [HASH_HEAD.as_slice(), &value].concat())
    }

    /// A header in short; `None` if that would not give the header back.
    fn shorten(&self, header: &[u8]) -> Option<Vec<u8>> {
        let short = rewrite(header, |number, value| {
            let follows = self.field(number).is_some_and(|field| field == value);
            follows.then(|| FOLLOWS.to_vec())
        })?;
        (self.restore(&short).as_deref() == Some(header)).then_some(short)
    }

    /// The header that is meant; `None` if it is none.
    fn restore(&self, short: &[u8]) -> Option<Vec<u8>> {
        rewrite(short, |number, value| {
            (value == FOLLOWS).then(|| self.field(number)).flatten()
        })
    }
}

/// A CBOR map with some values replaced; `None` if it is no map with ascending numbers as keys, or the
/// outcome is longer than a header may be.
fn rewrite(map: &[u8], replace: impl Fn(u64, &[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut decoder = Decoder::new(map);
    let entries = decoder.map().ok()??;
    let mut written = map.get(..decoder.position())?.to_vec();
    let mut last = None;
    for _ in 0..entries {
        let start = decoder.position();
        let number = decoder.u64().ok()?;
        if last.replace(number) >= Some(number) {
            return None;
        }
        let middle = decoder.position();
        decoder.skip().ok()?;
        let value = map.get(middle..decoder.position())?;
        written.extend_from_slice(map.get(start..middle)?);
        match replace(number, value) {
            Some(other) => written.extend_from_slice(&other),
            None => written.extend_from_slice(value),
        }
        if written.len() > HEADER_BYTES_MAX {
            return None;
        }
    }
    (decoder.position() == map.len()).then_some(written)
}

/// Writes operations, each as short as it may be after the one before it.
pub(super) fn encode<C, W: Write>(
    operations: &[SignedOperation],
    encoder: &mut Encoder<W>,
    context: &mut C,
) -> Result<(), Unwritable<W::Error>> {
    encoder.array(u64::try_from(operations.len()).unwrap_or(u64::MAX))?;
    let mut before = None;
    for operation in operations {
        let following = Following::new(before, operation.body.as_ref());
        let short = following.shorten(&operation.header).map(ByteVec::from);
        let packed = Packed {
            whole: short
                .is_none()
                .then(|| ByteVec::from(operation.header.clone())),
            signature: operation.signature,
            body: operation.body.clone(),
            short,
        };
        packed.encode(encoder, context)?;
        before = Some(operation);
    }
    Ok(())
}

/// Reads operations, each with what it had when it was written.
pub(super) fn decode<C>(
    decoder: &mut Decoder<'_>,
    context: &mut C,
) -> Result<Vec<SignedOperation>, Unreadable> {
    let count = decoder.array()?;
    let count = count.ok_or_else(|| Unreadable::message("a batch of unsaid length"))?;
    let mut operations: Vec<SignedOperation> = Vec::new();
    for _ in 0..count {
        let packed = Packed::decode(decoder, context)?;
        let header = match (packed.whole, packed.short) {
            (Some(whole), None) => Some(Vec::from(whole)),
            (None, Some(short)) => {
                Following::new(operations.last(), packed.body.as_ref()).restore(&short)
            }
            _ => None,
        };
        operations.push(SignedOperation {
            header: header.ok_or_else(|| Unreadable::message("an operation without a header"))?,
            signature: packed.signature,
            body: packed.body,
        });
    }
    Ok(operations)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::id::{ActorId, ConversationId};
    use crate::identity::{OwnIdentity, SigningPublic};
    use crate::operation::{Content, Header, Kind, OPERATION_VERSION, OperationError};
    use crate::rng::Rng;
    use crate::sync::SessionMessage;
    use crate::time::{LogicalTime, WallTime};
    use crate::wire::{self, DecodeError};

    /// A chain of so many messages of 40 bytes, its author's key, and how many bytes of header there are.
    fn chain(length: u64) -> (Vec<SignedOperation>, SigningPublic, usize) {
        let mut rng = Rng::from_seed(&[1; 32]);
        let now = WallTime::from_millis(1_700_000_000_000);
        let (own, _) = OwnIdentity::create("Ann", "laptop", now, &mut rng).unwrap();
        let mut prev = None;
        let mut write = |seq: u64| {
            let header = Header {
                version: OPERATION_VERSION,
                kind: Kind::Message,
                conversation: ConversationId::new([1; 32]),
                actor: ActorId::new([2; 32]),
                seq,
                prev,
                logical: LogicalTime::new(1000 + seq),
                wall: now,
                disappears_after: None,
                target: None,
                body: [0; 32].into(),
                body_bytes: 0,
                parents: None,
            };
            let text = "m".repeat(40);
            let body = Content::Message { text }.to_bytes();
            let operation = crate::operation::Operation::author(header, body, &own, &mut rng);
            let operation = operation.unwrap();
            prev = Some(operation.id());
            operation.signed().clone()
        };
        let operations: Vec<SignedOperation> = (1..=length).map(&mut write).collect();
        let key = SigningPublic::parse(&own.certificate().signing).unwrap();
        let headers = operations.iter().map(|it| it.header.len()).sum();
        (operations, key, headers)
    }

    fn reread(operations: &[SignedOperation]) -> Vec<SignedOperation> {
        let message = SessionMessage::Operations(operations.to_vec());
        let Ok(SessionMessage::Operations(read)) = SessionMessage::from_bytes(&message.to_bytes())
        else {
            panic!("it is well-formed");
        };
        read
    }

    fn packed(whole: Option<&[u8]>, short: Option<&[u8]>) -> Result<SessionMessage, DecodeError> {
        let packed = Packed {
            whole: whole.map(|bytes| bytes.to_vec().into()),
            signature: [0; 64].into(),
            body: None,
            short: short.map(|bytes| bytes.to_vec().into()),
        };
        let bytes = [&[0x82, 1, 0x81, 0x81], wire::encode(&packed).as_slice()].concat();
        SessionMessage::from_bytes(&bytes)
    }

    #[test]
    fn of_a_chain_all_is_left_out_that_follows_and_what_is_read_verifies() {
        let (chain, key, headers) = chain(100);
        assert_eq!(reread(&chain), chain);
        for operation in reread(&chain) {
            operation.verify(&key).unwrap();
        }
        let message = SessionMessage::Operations(chain.clone()).to_bytes();
        let others: usize = chain.iter().map(SignedOperation::bytes).sum();
        // Of each but the first four hashes are left out, of the first its body's commitment.
        let left_out = 99 * 4 * 33 + 33;
        let overhead = 100 * 20;
        assert!(message.len() < others - left_out + overhead);
        assert!(left_out < headers);
    }

    #[test]
    fn gaps_other_authors_and_missing_bodies_are_read_as_they_were_written() {
        let (mut chain, ..) = chain(6);
        chain[1].body = None;
        chain.remove(3);
        chain.swap(0, 2);
        chain.push(SignedOperation {
            header: vec![0xa1, 2, 0x40],
            ..chain[0].clone()
        });
        assert_eq!(reread(&chain), chain);
    }

    #[test]
    fn whoever_shortens_what_does_not_follow_gives_nobody_an_operation_of_the_authors() {
        let (mut chain, key, _) = chain(3);
        let message = SessionMessage::Operations(chain.clone()).to_bytes();
        // Another text of the same length in the second: its commitment follows from that.
        let at = message
            .windows(40)
            .enumerate()
            .filter(|(_, window)| window.iter().all(|byte| *byte == b'm'))
            .map(|(at, _)| at)
            .nth(1)
            .unwrap();
        let mut forged = message;
        forged[at] = b'n';
        let Ok(SessionMessage::Operations(read)) = SessionMessage::from_bytes(&forged) else {
            panic!("it is well-formed");
        };
        assert_ne!(read[1].header, chain[1].header);
        let refused = read[1].clone().verify(&key);
        assert_eq!(refused, Err(OperationError::Signature));
        chain.truncate(1);
        assert_eq!(read[..1], chain);
    }

    #[test]
    fn an_operation_has_one_header_and_what_follows_from_nothing_is_none() {
        let header = [0xa1, 4, 1];
        assert!(packed(Some(&header), None).is_ok());
        assert!(packed(None, Some(&header)).is_ok());
        assert!(packed(Some(&header), Some(&header)).is_err());
        assert!(packed(None, None).is_err());
        for no_map in [&[][..], &[0x80], &[0xbf, 0xff], &[0xa1, 4], &[0xa0, 0]] {
            assert!(packed(None, Some(no_map)).is_err(), "{no_map:?}");
        }
        for not_ascending in [&[0xa2, 4, 1, 4, 1][..], &[0xa2, 5, 1, 4, 1]] {
            assert!(packed(None, Some(not_ascending)).is_err());
        }
    }

    #[test]
    fn a_header_is_restored_to_the_longest_there_may_be_and_no_further() {
        let header = wire::padded(&[0xa1, 10, 0x40], HEADER_BYTES_MAX - 33);
        let body = Body {
            salt: [1; 32].into(),
            bytes: vec![2; 5],
        };
        let following = Following::new(None, Some(&body));
        let restored = following.restore(&header).unwrap();
        assert_eq!(restored.len(), HEADER_BYTES_MAX);
        assert_eq!(following.shorten(&restored), Some(header));
        let longer = wire::padded(&[0xa1, 10, 0x40], HEADER_BYTES_MAX - 32);
        assert_eq!(following.restore(&longer), None);
    }

    proptest! {
        #[test]
        fn whatever_a_header_is_it_is_read_as_it_was_written(
            bytes in prop::collection::vec(any::<u8>(), 0..80),
            field in prop::sample::select(vec![2_u8, 3, 5, 10]),
            cut: prop::sample::Index,
        ) {
            let (chain, ..) = chain(2);
            let mut operations = vec![chain[0].clone()];
            let framed = [&[0xa2, 1, 1, field], bytes.as_slice()].concat();
            let cut = cut.index(chain[1].header.len());
            for header in [bytes, framed, chain[1].header[..cut].to_vec()] {
                let operation = SignedOperation { header, ..chain[1].clone() };
                operations.push(operation);
            }
            prop_assert_eq!(reread(&operations), operations);
        }
    }
}
