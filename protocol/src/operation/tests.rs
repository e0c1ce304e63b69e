use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::id::{ActorId, ConversationId};
use crate::rng::Rng;
use crate::time::{LogicalTime, WallTime};
use crate::wire::limits::{
    CONTROL_HEADS_MAX, EMOJI_BYTES_MAX, HEADER_BYTES_MAX, OPERATION_BYTES_MAX, SEQ_MAX,
};

/// Signature and salt: what counts of an operation besides header and body.
const OUTSIDE_BYTES: usize = 64 + 32;

static ANN: LazyLock<OwnIdentity> = LazyLock::new(|| identity(1));
static BEN: LazyLock<OwnIdentity> = LazyLock::new(|| identity(2));

fn identity(seed: u8) -> OwnIdentity {
    let mut rng = Rng::from_seed(&[seed; 32]);
    let now = WallTime::from_millis(1_700_000_000_000);
    OwnIdentity::create("Ann", "laptop", now, &mut rng)
        .unwrap()
        .0
}

fn key(own: &OwnIdentity) -> SigningPublic {
    SigningPublic::parse(&own.certificate().signing).unwrap()
}

fn header() -> Header {
    Header {
        version: OPERATION_VERSION,
        kind: Kind::Message,
        conversation: ConversationId::new([1; 32]),
        actor: ActorId::new([2; 32]),
        seq: 1,
        prev: None,
        logical: LogicalTime::new(1),
        wall: WallTime::from_millis(5),
        disappears_after: None,
        target: None,
        body: [0; 32].into(),
        body_bytes: 0,
        parents: None,
    }
}

fn operation(text: &[u8]) -> Operation {
    let mut rng = Rng::from_seed(&[7; 32]);
    Operation::author(header(), text.to_vec(), &ANN, &mut rng).unwrap()
}

/// What an author who writes these header bytes would send.
fn signed(header: Vec<u8>, body: Option<Body>, author: &OwnIdentity) -> SignedOperation {
    let id = OperationId::new(Domain::Operation.hash(&[&header]));
    let signature = author.sign(Domain::OperationSignature, &[id.as_bytes()]);
    SignedOperation {
        header,
        signature: signature.into(),
        body,
    }
}

fn refusal(header: Header) -> OperationError {
    signed(wire::encode(&header), None, &ANN)
        .verify(&key(&ANN))
        .unwrap_err()
}

/// These header bytes with fields that no version has yet behind the known ones.
fn with_unknown_fields(header: &Header, fields: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = wire::encode(header);
    let count = u8::try_from(fields.len()).unwrap();
    assert!(bytes[0] & 0x1f <= 23 - count, "a map with a one-byte head");
    bytes[0] += count;
    for (number, value) in fields {
        bytes.extend(minicbor::to_vec(number).unwrap());
        bytes.extend(minicbor::to_vec(minicbor::bytes::ByteVec::from(value.clone())).unwrap());
    }
    bytes
}

prop_compose! {
    fn any_header()(
        kind: u16,
        ids: ([u8; 32], [u8; 32]),
        seq in 1..=SEQ_MAX,
        prev: [u8; 32],
        times: (u64, u64),
        disappears_after: Option<u32>,
        target: Option<[u8; 32]>,
        body: [u8; 32],
        body_bytes: u32,
        parents in prop::collection::btree_set(any::<[u8; 32]>(), 0..=CONTROL_HEADS_MAX),
    ) -> Header {
        Header {
            version: OPERATION_VERSION,
            kind: kind.into(),
            conversation: ConversationId::new(ids.0),
            actor: ActorId::new(ids.1),
            seq,
            prev: (seq > 1).then(|| OperationId::new(prev)),
            logical: LogicalTime::new(times.0),
            wall: WallTime::from_millis(times.1),
            disappears_after,
            target: target.map(OperationId::new),
            body: body.into(),
            body_bytes,
            parents: Kind::from(kind)
                .is_control()
                .then(|| parents.into_iter().map(OperationId::new).collect()),
        }
    }
}

fn any_content() -> impl Strategy<Value = Content> {
    let emoji = prop::collection::vec(any::<char>(), 0..16).prop_map(String::from_iter);
    prop_oneof![
        any::<String>().prop_map(|text| Content::Message { text }),
        any::<String>().prop_map(|text| Content::Edit { text }),
        Just(Content::Delete),
        (emoji, any::<bool>()).prop_map(|(emoji, set)| Content::Reaction { emoji, set }),
        any::<bool>().prop_map(|set| Content::Pin { set }),
        any::<Option<u32>>().prop_map(|seconds| Content::Lifetime { seconds }),
    ]
}

#[test]
fn an_emoji_of_the_maximum_is_read_and_one_more_byte_is_not() {
    let of_bytes = |bytes: usize| {
        let emoji = "e".repeat(bytes);
        let content = Content::Reaction { emoji, set: true };
        Content::from_bytes(Kind::Reaction, &content.to_bytes())
    };
    assert!(matches!(of_bytes(EMOJI_BYTES_MAX), Ok(Some(_))));
    let refused = DecodeError::TooLong {
        bytes: EMOJI_BYTES_MAX + 1,
        limit: EMOJI_BYTES_MAX,
    };
    assert_eq!(of_bytes(EMOJI_BYTES_MAX + 1), Err(refused));
}

prop_compose! {
    fn any_content_header()(kind in 0..256_u16, header in any_header()) -> Header {
        Header { kind: kind.into(), parents: None, ..header }
    }
}

proptest! {
    #[test]
    fn a_header_round_trips_and_fits_its_limit(header in any_header()) {
        let bytes = wire::encode(&header);
        prop_assert!(bytes.len() <= HEADER_BYTES_MAX);
        prop_assert_eq!(&wire::decode::<Header>(&bytes, HEADER_BYTES_MAX).unwrap(), &header);
        prop_assert_eq!(&signed(bytes, None, &ANN).claimed().unwrap(), &header);
    }

    #[test]
    fn an_operation_round_trips_with_its_id(text: Vec<u8>, erased: bool) {
        let mut sent = operation(&text).signed().clone();
        if erased {
            sent.body = None;
        }
        let bytes = wire::encode(&sent);
        let received: SignedOperation = wire::decode(&bytes, OPERATION_BYTES_MAX).unwrap();
        prop_assert_eq!(&received, &sent);
        prop_assert_eq!(received.id(), operation(&text).id());
        let verified = received.verify(&key(&ANN)).unwrap();
        prop_assert_eq!(verified.body().is_none(), erased);
        prop_assert_eq!(verified.signed(), &sent);
    }

    #[test]
    fn unknown_header_fields_are_kept_and_covered_by_the_id(
        header in any_content_header(),
        fields in prop::collection::vec((13..=u32::MAX, prop::collection::vec(any::<u8>(), 0..40)), 1..8),
    ) {
        let bytes = with_unknown_fields(&header, &fields);
        let sent = signed(bytes.clone(), None, &ANN);
        let travelled: SignedOperation =
            wire::decode(&wire::encode(&sent), OPERATION_BYTES_MAX).unwrap();
        let read = travelled.verify(&key(&ANN)).unwrap();
        prop_assert_eq!(read.header(), &header);
        prop_assert_eq!(&read.signed().header, &bytes);
        prop_assert_eq!(read.id(), sent.id());
        prop_assert_ne!(read.id(), signed(wire::encode(&header), None, &ANN).id());
    }

    #[test]
    fn any_changed_bit_is_refused(text in prop::collection::vec(any::<u8>(), 1..40), at: prop::sample::Index, bit in 0_u8..8) {
        let mut changed = operation(&text).signed().clone();
        let (header, body) = (changed.header.len(), changed.body.as_mut().unwrap());
        let parts = header + 64 + 32 + body.bytes.len();
        let mask = 1 << bit;
        match at.index(parts) {
            n if n < header => changed.header[n] ^= mask,
            n if n < header + 64 => changed.signature[n - header] ^= mask,
            n if n < header + 96 => body.salt[n - header - 64] ^= mask,
            n => body.bytes[n - header - 96] ^= mask,
        }
        prop_assert!(changed.verify(&key(&ANN)).is_err());
    }

    #[test]
    fn garbage_never_panics_and_never_verifies(
        bytes: Vec<u8>,
        header: Vec<u8>,
        signature: [u8; 32],
        body: Option<(Vec<u8>, [u8; 32])>,
    ) {
        if let Ok(operation) = wire::decode::<SignedOperation>(&bytes, OPERATION_BYTES_MAX) {
            prop_assert!(operation.verify(&key(&ANN)).is_err());
        }
        let operation = SignedOperation {
            header,
            signature: [signature, signature].concat().try_into().map(<[u8; 64]>::into).unwrap(),
            body: body.map(|(bytes, salt)| Body { salt: salt.into(), bytes }),
        };
        let _ = operation.claimed();
        prop_assert!(operation.verify(&key(&ANN)).is_err());
        for kind in 0..8 {
            let _ = Content::from_bytes(Kind::from(kind), &bytes);
        }
    }

    #[test]
    fn cbor_maps_of_any_content_never_panic(fields in prop::collection::vec((0_u8..15, any::<[u8; 9]>()), 0..20)) {
        let mut bytes = vec![0xa0 | u8::try_from(fields.len()).unwrap()];
        for (number, value) in &fields {
            bytes.push(*number);
            bytes.extend(value);
        }
        let _ = wire::decode::<Header>(&bytes, HEADER_BYTES_MAX);
        let _ = wire::decode::<SignedOperation>(&bytes, OPERATION_BYTES_MAX);
    }

    #[test]
    fn content_is_of_a_kind_that_is_read_back_from_its_number(content in any_content()) {
        prop_assert!(Kind::known_content().any(|kind| kind == content.kind()));
    }

    #[test]
    fn content_round_trips(content in any_content()) {
        let read = Content::from_bytes(content.kind(), &content.to_bytes());
        prop_assert_eq!(read, Ok(Some(content)));
    }

    #[test]
    fn every_kind_keeps_its_number(number: u16) {
        prop_assert_eq!(Kind::from(number).number(), number);
    }
}

#[test]
fn an_erased_body_leaves_id_and_signature_intact() {
    let whole = operation(b"secret");
    let erased = SignedOperation {
        body: None,
        ..whole.signed().clone()
    };
    let read = erased.verify(&key(&ANN)).unwrap();
    assert_eq!((read.id(), read.header()), (whole.id(), whole.header()));
    assert_eq!(read.body(), None);
}

#[test]
fn equal_texts_have_unequal_commitments() {
    let mut rng = Rng::from_seed(&[7; 32]);
    let mut author = || Operation::author(header(), b"yes".to_vec(), &ANN, &mut rng).unwrap();
    assert_ne!(author().header().body, author().header().body);
}

#[test]
fn an_operation_of_the_maximum_is_taken_and_one_more_byte_is_not() {
    let outside = operation(b"").signed().header.len() + OUTSIDE_BYTES;
    let mut rng = Rng::from_seed(&[7; 32]);
    // The length of the body is in the header: three bytes of it where it was one.
    let fitting = OPERATION_BYTES_MAX - outside - 2;
    let largest = Operation::author(header(), vec![7; fitting], &ANN, &mut rng).unwrap();
    assert_eq!(largest.signed().bytes(), OPERATION_BYTES_MAX);
    assert!(largest.signed().clone().verify(&key(&ANN)).is_ok());
    let too_large = OperationError::TooLarge {
        bytes: OPERATION_BYTES_MAX + 1,
    };
    assert_eq!(
        Operation::author(header(), vec![7; fitting + 1], &ANN, &mut rng),
        Err(too_large.clone())
    );
    let mut padded = largest.signed().clone();
    padded.body.as_mut().unwrap().bytes.push(7);
    assert_eq!(padded.verify(&key(&ANN)), Err(too_large));
}

#[test]
fn a_header_of_the_maximum_is_read_and_one_more_byte_is_not() {
    let empty = with_unknown_fields(&header(), &[(99, vec![7; 256])]).len() - 256;
    let of_bytes = |bytes: usize| {
        let header = with_unknown_fields(&header(), &[(99, vec![7; bytes - empty])]);
        assert_eq!(header.len(), bytes);
        signed(header, None, &ANN).verify(&key(&ANN))
    };
    assert!(of_bytes(HEADER_BYTES_MAX).is_ok());
    assert_eq!(
        of_bytes(HEADER_BYTES_MAX + 1),
        Err(OperationError::Decode(DecodeError::TooLong {
            bytes: HEADER_BYTES_MAX + 1,
            limit: HEADER_BYTES_MAX
        }))
    );
}

#[test]
fn a_header_that_is_none_is_refused() {
    for bytes in [&b""[..], b"\xa0", b"\x80", b"hello"] {
        let refused = signed(bytes.to_vec(), None, &ANN).verify(&key(&ANN));
        assert!(matches!(
            refused,
            Err(OperationError::Decode(DecodeError::Malformed(_)))
        ));
    }
    let mut trailing = wire::encode(&header());
    trailing.push(0);
    assert_eq!(
        signed(trailing, None, &ANN).verify(&key(&ANN)),
        Err(OperationError::Decode(DecodeError::Trailing(1)))
    );
}

#[test]
fn rules_of_another_version_are_refused() {
    for version in [0, OPERATION_VERSION + 1, u16::MAX] {
        let foreign = Header {
            version,
            ..header()
        };
        assert_eq!(refusal(foreign), OperationError::Version(version));
    }
}

#[test]
fn an_impossible_place_in_a_chain_is_refused() {
    let prev = Some(OperationId::new([3; 32]));
    for (seq, prev) in [(0, None), (0, prev), (1, prev), (2, None), (u64::MAX, prev)] {
        let misplaced = Header {
            seq,
            prev,
            ..header()
        };
        assert_eq!(refusal(misplaced), OperationError::Chain);
    }
}

#[test]
fn the_highest_number_in_a_chain_is_taken_and_the_next_is_not() {
    let numbered = |seq| Header {
        seq,
        prev: Some(OperationId::new([3; 32])),
        ..header()
    };
    let highest = signed(wire::encode(&numbered(SEQ_MAX)), None, &ANN);
    assert!(highest.verify(&key(&ANN)).is_ok());
    assert_eq!(refusal(numbered(SEQ_MAX + 1)), OperationError::Chain);
}

#[test]
fn another_authors_signature_is_refused() {
    let hello = operation(b"hello").signed().clone();
    assert_eq!(
        hello.clone().verify(&key(&BEN)),
        Err(OperationError::Signature)
    );
    // The signature of another operation of the same author.
    let moved = SignedOperation {
        signature: operation(b"goodbye").signed().signature,
        ..hello
    };
    assert_eq!(moved.verify(&key(&ANN)), Err(OperationError::Signature));
}

#[test]
fn a_signature_made_for_another_purpose_is_refused() {
    let header = wire::encode(&header());
    let id = OperationId::new(Domain::Operation.hash(&[&header]));
    let operation = SignedOperation {
        header,
        signature: ANN.sign(Domain::ReceiptSignature, &[id.as_bytes()]).into(),
        body: None,
    };
    assert_eq!(operation.verify(&key(&ANN)), Err(OperationError::Signature));
}

#[test]
fn a_body_that_was_not_committed_to_is_refused() {
    let whole = operation(b"hello").signed().clone();
    let body = whole.body.clone().unwrap();
    let foreign = [
        Body {
            bytes: b"jello".to_vec(),
            ..body.clone()
        },
        Body {
            bytes: b"hello!".to_vec(),
            ..body.clone()
        },
        Body {
            salt: [0; 32].into(),
            ..body
        },
    ];
    for body in foreign {
        let swapped = SignedOperation {
            body: Some(body),
            ..whole.clone()
        };
        assert_eq!(swapped.verify(&key(&ANN)), Err(OperationError::Commitment));
    }
    // A commitment that holds, under a length that does not.
    let lying = Header {
        body_bytes: 6,
        ..operation(b"hello").header().clone()
    };
    let lying = signed(wire::encode(&lying), whole.body, &ANN);
    assert_eq!(lying.verify(&key(&ANN)), Err(OperationError::Commitment));
}

#[test]
fn a_kind_of_a_newer_version_is_taken_as_it_is() {
    let newer = Header {
        kind: Kind::Unknown(200),
        ..header()
    };
    let read = signed(wire::encode(&newer), None, &ANN).verify(&key(&ANN));
    assert_eq!(read.unwrap().header().kind, Kind::Unknown(200));
    let newer = control(Kind::Unknown(300), Some(Vec::new()));
    let read = newer.signed().clone().verify(&key(&ANN));
    assert_eq!(read.unwrap().header().kind, Kind::Unknown(300));
}

fn control(kind: Kind, parents: Option<Vec<OperationId>>) -> Operation {
    let header = Header {
        kind,
        parents,
        ..header()
    };
    let mut rng = Rng::from_seed(&[7; 32]);
    Operation::author(header, vec![0xa0], &ANN, &mut rng).unwrap()
}

fn ids(count: usize) -> Vec<OperationId> {
    (0..u8::try_from(count).unwrap())
        .map(|n| OperationId::new([n; 32]))
        .collect()
}

#[test]
fn the_most_parents_fit_a_header_and_one_more_is_refused() {
    let verify = |count: usize| {
        let operation = control(Kind::Title, Some(ids(count)));
        assert!(operation.signed().header.len() < HEADER_BYTES_MAX);
        operation.signed().clone().verify(&key(&ANN)).map(drop)
    };
    assert_eq!(verify(0), Ok(()));
    assert_eq!(verify(CONTROL_HEADS_MAX), Ok(()));
    assert_eq!(verify(CONTROL_HEADS_MAX + 1), Err(OperationError::Parents));
}

#[test]
fn parents_are_of_control_alone_and_each_named_once_in_order() {
    let verify = |kind: Kind, parents: Option<Vec<OperationId>>| {
        let operation = control(kind, parents);
        operation.signed().clone().verify(&key(&ANN)).map(drop)
    };
    let [one, other] = [1, 2].map(|n| OperationId::new([n; 32]));
    assert_eq!(verify(Kind::Add, Some(vec![one, other])), Ok(()));
    for (kind, parents) in [
        (Kind::Add, None),
        (Kind::Unknown(300), None),
        (Kind::Add, Some(vec![other, one])),
        (Kind::Add, Some(vec![one, one])),
        (Kind::Message, Some(vec![])),
        (Kind::Message, Some(vec![one])),
    ] {
        assert_eq!(verify(kind, parents), Err(OperationError::Parents));
    }
}

#[test]
fn a_control_operation_without_its_body_is_refused() {
    let erased = SignedOperation {
        body: None,
        ..control(Kind::Title, Some(Vec::new())).signed().clone()
    };
    assert_eq!(erased.verify(&key(&ANN)), Err(OperationError::BodyMissing));
}

#[test]
fn the_numbers_of_the_control_kinds_are_frozen() {
    let control = [
        Kind::Create,
        Kind::Add,
        Kind::Remove,
        Kind::Leave,
        Kind::Role,
        Kind::Title,
        Kind::Settings,
        Kind::DeviceRevoked,
    ];
    for (kind, number) in control.into_iter().zip(256..) {
        assert_eq!((kind.number(), Kind::from(number)), (number, kind));
        assert!(kind.is_control());
    }
    assert!(!Kind::Message.is_control());
    assert!(!Kind::Unknown(255).is_control());
    assert!(Kind::Unknown(264).is_control());
}

#[test]
fn what_was_written_is_never_printed() {
    let content = Content::Message {
        text: "hush".into(),
    };
    let operation = operation(&content.to_bytes());
    assert_eq!(format!("{content:?}"), "Content(Message)");
    assert!(!format!("{operation:?}").contains("hush"));
}
