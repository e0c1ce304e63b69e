use std::collections::{BTreeMap, BTreeSet};

use automerge::{ROOT, ReadDoc};
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::identity::OwnIdentity;
use crate::operation::{Header, OPERATION_VERSION};
use crate::rng::Rng;

const CONVERSATION: ConversationId = ConversationId::new([7; 32]);
const SEGMENT_TIMES: u64 = SegmentDocument::CHANGES_MAX;

fn actor(number: u8) -> ActorId {
    ActorId::new([number; 32])
}

fn message(author: u8, seq: u64, logical: u64) -> Accepted {
    let place = [u64::from(author).to_le_bytes(), seq.to_le_bytes()].concat();
    Accepted {
        id: OperationId::new(*blake3::hash(&place).as_bytes()),
        actor: actor(author),
        seq,
        kind: Kind::Message,
        logical: LogicalTime::new(logical),
        wall: WallTime::from_millis(1_700_000_000_000 + seq),
        target: seq
            .is_multiple_of(3)
            .then(|| OperationId::new([author; 32])),
        body: [author; 32],
    }
}

fn empty(segment: u64) -> SegmentDocument {
    SegmentDocument::new(CONVERSATION, segment).unwrap()
}

fn built(operations: &[Accepted]) -> SegmentDocument {
    let mut document = empty(
        operations
            .first()
            .map_or(0, |first| first.logical.segment()),
    );
    for operation in operations {
        document.accept(operation).unwrap();
    }
    document
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn hex_heads(document: &SegmentDocument) -> Vec<String> {
    document.heads().iter().map(|head| hex(head)).collect()
}

/// Four actors' chains in segment 0, each in its own order, some of a kind without a place.
fn chains() -> impl Strategy<Value = Vec<Vec<Accepted>>> {
    let operation = (
        1_u64..40,
        any::<u64>(),
        prop::option::of(any::<[u8; 32]>()),
        0_u16..4,
    );
    let chain = prop::collection::vec(operation, 0..12);
    prop::collection::vec(chain, 4).prop_map(|chains| {
        let mut all = Vec::new();
        for (author, chain) in (0_u8..).zip(chains) {
            let mut logical = 0;
            let mut operations = Vec::new();
            for (seq, (step, wall, target, kind)) in (1..).zip(chain) {
                logical += step;
                operations.push(Accepted {
                    kind: Kind::from(kind.max(1)),
                    wall: WallTime::from_millis(wall),
                    target: target.map(OperationId::new),
                    ..message(author, seq, logical)
                });
            }
            all.push(operations);
        }
        all
    })
}

fn interleaved(chains: &[Vec<Accepted>], picks: &[Index]) -> Vec<Accepted> {
    let mut rest: Vec<&[Accepted]> = chains.iter().map(Vec::as_slice).collect();
    let mut picks = picks.iter().cycle();
    let mut order = Vec::new();
    loop {
        rest.retain(|chain| !chain.is_empty());
        if rest.is_empty() {
            return order;
        }
        let chain = picks.next().unwrap().index(rest.len());
        order.push(rest[chain][0]);
        rest[chain] = &rest[chain][1..];
    }
}

fn picks() -> impl Strategy<Value = Vec<Index>> {
    prop::collection::vec(any::<Index>(), 64)
}

/// Anything that a peer could have signed, close enough to sense to get past some checks.
fn hostile() -> impl Strategy<Value = Accepted> {
    let seq = prop_oneof![0_u64..6, any::<u64>(), Just(u64::MAX)];
    let logical = prop_oneof![0_u64..SEGMENT_TIMES, any::<u64>(), Just(u64::MAX)];
    let id = prop_oneof![(0_u8..4).prop_map(|byte| [byte; 32]), any::<[u8; 32]>()];
    let kind = prop_oneof![Just(Kind::Message), any::<u16>().prop_map(Kind::from)];
    let wall = prop_oneof![any::<u64>(), Just(u64::MAX)];
    let target = prop::option::of(any::<[u8; 32]>());
    (
        id,
        0_u8..3,
        seq,
        kind,
        logical,
        wall,
        target,
        any::<[u8; 32]>(),
    )
        .prop_map(
            |(id, author, seq, kind, logical, wall, target, body)| Accepted {
                id: OperationId::new(id),
                actor: actor(author),
                seq,
                kind,
                logical: LogicalTime::new(logical),
                wall: WallTime::from_millis(wall),
                target: target.map(OperationId::new),
                body,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_interleaving_of_the_actors_gives_equal_heads(
        chains in chains(),
        one in picks(),
        other in picks(),
    ) {
        let (one, other) = (interleaved(&chains, &one), interleaved(&chains, &other));
        let (one, other) = (built(&one), built(&other));
        prop_assert_eq!(one.heads(), other.heads());
        prop_assert_eq!(one.recorded(), other.recorded());
    }

    #[test]
    fn a_batch_gives_the_heads_that_single_operations_give(
        chains in chains(),
        picks in picks(),
        cut: Index,
    ) {
        let order = interleaved(&chains, &picks);
        let (first, second) = order.split_at(cut.index(order.len() + 1));
        let mut document = empty(0);
        document.accept_all(first).unwrap();
        document.accept_all(second).unwrap();
        prop_assert_eq!(document.heads(), built(&order).heads());
    }

    #[test]
    fn a_document_holds_exactly_the_operations_it_knows_in_order(chains in chains(), picks in picks()) {
        let order = interleaved(&chains, &picks);
        let mut expected: Vec<_> = order
            .iter()
            .filter(|operation| !matches!(operation.kind, Kind::Unknown(_)))
            .map(|operation| Recorded {
                id: operation.id,
                kind: operation.kind,
                logical: operation.logical,
                wall: operation.wall,
                target: operation.target,
                body: operation.body,
            })
            .collect();
        expected.sort_by_key(|message| (message.logical, message.wall, message.id));
        prop_assert_eq!(built(&order).recorded(), expected);
    }

    #[test]
    fn the_heads_are_each_writers_last_change(chains in chains(), picks in picks()) {
        let document = built(&interleaved(&chains, &picks));
        let writers = chains
            .iter()
            .filter(|chain| chain.iter().any(|operation| !matches!(operation.kind, Kind::Unknown(_))))
            .count();
        prop_assert_eq!(document.heads().len(), writers.max(1));
        prop_assert!(document.heads().is_sorted());
    }

    #[test]
    fn a_snapshot_keeps_heads_and_goes_on_as_the_original_does(
        chains in chains(),
        picks in picks(),
        cut: Index,
    ) {
        let order = interleaved(&chains, &picks);
        let (saved, rest) = order.split_at(cut.index(order.len() + 1));
        let original = built(saved);
        let mut loaded = SegmentDocument::load_own(CONVERSATION, 0, &original.save()).unwrap();
        prop_assert_eq!(loaded.heads(), original.heads());
        prop_assert_eq!(loaded.recorded(), original.recorded());
        prop_assert!(loaded.vector().eq(original.vector()));
        for operation in rest {
            loaded.accept(operation).unwrap();
        }
        prop_assert_eq!(loaded.heads(), built(&order).heads());
    }

    #[test]
    fn whatever_a_peer_signed_is_recorded_or_refused_without_a_trace(
        operations in prop::collection::vec(hostile(), 0..40),
    ) {
        let mut document = empty(0);
        for operation in &operations {
            let before = (document.heads(), document.vector().collect::<Vec<_>>());
            if document.accept(operation).is_err() {
                prop_assert_eq!(before, (document.heads(), document.vector().collect()));
            }
        }
        let _ = document.recorded();
        let loaded = SegmentDocument::load_own(CONVERSATION, 0, &document.save()).unwrap();
        prop_assert_eq!(loaded.heads(), document.heads());
        prop_assert_eq!(loaded.recorded(), document.recorded());
    }

    #[test]
    fn any_bit_flipped_in_a_snapshot_is_found(at: Index, bit in 0_u8..8) {
        let mut bytes = built(&[message(1, 1, 1), message(2, 1, 2)]).save();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert_eq!(
            SegmentDocument::load_own(CONVERSATION, 0, &bytes).unwrap_err(),
            DocumentError::SnapshotDamaged
        );
    }
}

/// Freezes layout 2: a change of these literals is a new layout.
#[test]
fn the_heads_of_layout_2_are_frozen() {
    assert_eq!(LAYOUT, 2);
    assert_eq!(
        hex_heads(&empty(0)),
        ["0ec40d5254617f17e66970c09450b86a8cf3229d1c944dcf925915f852f7a9c1"]
    );
    let order = [
        message(1, 1, 1),
        message(2, 1, 2),
        message(1, 2, 3),
        message(1, 3, 4095),
    ];
    let document = built(&order);
    assert_eq!(
        hex_heads(&document),
        [
            "29bb3aaa2ac6b31879b0e045eead1720375d451ad1d01ebc13c30d172589dd97",
            "9f58e36c054b4516d9702078afc2e3b2b052526654ef895af9f4b1496f459c6c"
        ]
    );
    let extreme = Accepted {
        id: OperationId::new([0xff; 32]),
        seq: u64::MAX,
        wall: WallTime::from_millis(u64::MAX),
        body: [0xff; 32],
        target: Some(OperationId::new([0xff; 32])),
        ..message(9, 1, u64::MAX)
    };
    assert_eq!(
        hex_heads(&built(&[extreme])),
        ["383849250edb6d0ceef83ffcf06ba206d1bc5ddc9ae1688d25f3dc4747577ed5"]
    );
    let heads = BTreeMap::from([(0, document.heads())]);
    assert_eq!(
        hex(&heads_digest(CONVERSATION, &heads)),
        "e78dea60298c0cfb48f1ba9d4f2a349790d08cb0fad0c31cc01016d12927103b"
    );
}

#[test]
fn the_maps_of_layout_2_lie_where_the_module_says() {
    let operation = Accepted {
        id: OperationId::new([0xff; 32]),
        ..message(1, 3, 5)
    };
    let document = built(&[operation]).document;
    assert_eq!(document.keys(ROOT).collect::<Vec<_>>(), ["o"]);
    let (_, messages) = document.get(ROOT, "o").unwrap().unwrap();
    assert_eq!(document.keys(&messages).count(), 64);
    let (_, bucket) = document.get(&messages, "3f").unwrap().unwrap();
    let (record, _) = document
        .get(&bucket, operation.id.to_string())
        .unwrap()
        .unwrap();
    let mut expected = vec![0x85, 0x01, 0x05, 0x1b];
    expected.extend(operation.wall.as_millis().to_be_bytes());
    expected.extend([&[0x58, 0x20], &[1; 32][..], &[0x58, 0x20], &[1; 32]].concat());
    assert_eq!(hex(record.as_bytes().unwrap()), hex(&expected));
    let without_reply = Accepted {
        target: None,
        ..operation
    };
    assert_ne!(built(&[without_reply]).heads(), built(&[operation]).heads());
}

#[test]
fn ids_spread_over_all_buckets() {
    let used: BTreeSet<String> = (0..=u8::MAX)
        .map(|first| {
            let operation = Accepted {
                id: OperationId::new([first; 32]),
                ..message(1, 1, 1)
            };
            let document = built(&[operation]).document;
            let (_, messages) = document.get(ROOT, "o").unwrap().unwrap();
            let mut buckets = document.keys(&messages);
            buckets
                .find(|key| {
                    let (_, bucket) = document.get(&messages, key.as_str()).unwrap().unwrap();
                    document.length(&bucket) == 1
                })
                .unwrap()
        })
        .collect();
    assert_eq!(used.len(), 64);
}

#[test]
fn a_signed_operation_enters_with_its_headers_fields() {
    let mut rng = Rng::from_seed(&[1; 32]);
    let (own, _) =
        OwnIdentity::create("Ann", "laptop", WallTime::from_millis(0), &mut rng).unwrap();
    let header = Header {
        version: OPERATION_VERSION,
        kind: Kind::Message,
        conversation: CONVERSATION,
        actor: actor(1),
        seq: 2,
        prev: Some(OperationId::new([3; 32])),
        logical: LogicalTime::new(4),
        wall: WallTime::from_millis(5),
        disappears_after: None,
        target: Some(OperationId::new([6; 32])),
        body: [0; 32].into(),
        body_bytes: 0,
        parents: None,
    };
    let operation = Operation::author(header, b"hello".to_vec(), &own, &mut rng).unwrap();
    let expected = Accepted {
        id: operation.id(),
        actor: actor(1),
        seq: 2,
        kind: Kind::Message,
        logical: LogicalTime::new(4),
        wall: WallTime::from_millis(5),
        target: Some(OperationId::new([6; 32])),
        body: operation.header().body.into(),
    };
    assert_eq!(Accepted::from(&operation), expected);
    assert_ne!(expected.body, [0; 32]);
}

#[test]
fn segments_conversations_and_authors_have_heads_of_their_own() {
    let elsewhere = SegmentDocument::new(ConversationId::new([8; 32]), 0).unwrap();
    assert_ne!(empty(0).heads(), empty(1).heads());
    assert_ne!(empty(0).heads(), elsewhere.heads());
    let one = message(1, 1, 1);
    let other = Accepted {
        actor: actor(2),
        ..one
    };
    assert_ne!(built(&[one]).heads(), built(&[other]).heads());
}

#[test]
fn a_segment_takes_its_first_and_last_time_and_neither_neighbour() {
    let mut document = empty(1);
    let first = SEGMENT_TIMES;
    for (logical, found) in [(first - 1, 0), (2 * first, 2)] {
        assert_eq!(
            document.accept(&message(1, 1, logical)),
            Err(DocumentError::ForeignSegment { segment: 1, found })
        );
    }
    assert!(document.is_empty());
    document.accept(&message(1, 1, first)).unwrap();
    document.accept(&message(1, 2, 2 * first - 1)).unwrap();
    assert_eq!(document.recorded().len(), 2);
}

#[test]
fn a_repeated_lower_or_not_later_operation_is_refused_and_changes_nothing() {
    let mut document = built(&[message(1, 5, 10)]);
    let heads = document.heads();
    let who = actor(1);
    for seq in [5, 4, 0] {
        let refused = document.accept(&message(1, seq, 11));
        assert_eq!(
            refused,
            Err(DocumentError::Repeated {
                actor: who,
                seq,
                last: 5
            })
        );
    }
    for logical in [10, 9] {
        let refused = document.accept(&message(1, 6, logical));
        assert_eq!(refused, Err(DocumentError::NotLater { actor: who, seq: 6 }));
    }
    assert_eq!(document.heads(), heads);
    document.accept(&message(1, 6, 11)).unwrap();
}

#[test]
fn why_a_document_stays_as_it_is_is_said_without_a_whole_id() {
    let (actor, conversation) = (actor(1), ConversationId::new([2; 32]));
    let errors = [
        DocumentError::Repeated {
            actor,
            seq: 2,
            last: 5,
        },
        DocumentError::NotLater { actor, seq: 2 },
        DocumentError::Foreign {
            conversation,
            segment: 3,
        },
    ];
    for error in errors {
        let said = format!("{error} {error:?}");
        for id in [actor.to_string(), conversation.to_string()] {
            assert!(!said.contains(&id), "{said}");
        }
    }
}

#[test]
fn a_batch_with_one_bad_operation_changes_nothing() {
    let mut document = built(&[message(1, 1, 1)]);
    let heads = document.heads();
    let batch = [message(1, 2, 2), message(2, 1, 3), message(1, 2, 4)];
    assert!(matches!(
        document.accept_all(batch),
        Err(DocumentError::Repeated { .. })
    ));
    assert_eq!(document.heads(), heads);
    document.accept_all(&batch[..2]).unwrap();
    assert_eq!(document.recorded().len(), 3);
}

#[test]
fn a_kind_without_a_place_moves_the_vector_and_no_head() {
    let mut document = built(&[message(1, 1, 1)]);
    let heads = document.heads();
    document
        .accept(&Accepted {
            kind: Kind::from(77),
            ..message(1, 2, 2)
        })
        .unwrap();
    document
        .accept(&Accepted {
            kind: Kind::from(u16::MAX),
            ..message(2, 1, 2)
        })
        .unwrap();
    assert_eq!(document.heads(), heads);
    assert_eq!(
        document.vector().collect::<Vec<_>>(),
        [(actor(1), 2), (actor(2), 1)]
    );
    assert!(document.accept(&message(1, 2, 3)).is_err());
}

#[test]
fn an_actor_fills_a_segment_and_finds_no_time_for_one_more() {
    let operations: Vec<_> = (0..SEGMENT_TIMES)
        .map(|time| message(1, time + 1, time))
        .collect();
    let document = {
        let mut document = empty(0);
        document.accept_all(&operations).unwrap();
        document
    };
    assert_eq!(document.recorded().len(), operations.len());
    assert_eq!(document.heads().len(), 1);
    let mut loaded = SegmentDocument::load_own(CONVERSATION, 0, &document.save()).unwrap();
    let (seq, last) = (SEGMENT_TIMES + 1, SEGMENT_TIMES - 1);
    assert_eq!(
        loaded.accept(&message(1, seq, last)),
        Err(DocumentError::NotLater {
            actor: actor(1),
            seq
        })
    );
    assert!(matches!(
        loaded.accept(&message(1, seq, last + 1)),
        Err(DocumentError::ForeignSegment { .. })
    ));
}

#[test]
fn many_actors_fill_a_segment_one_message_at_a_time() {
    let mut document = empty(0);
    for time in 0..SEGMENT_TIMES {
        let author = u8::try_from(time % 64).unwrap();
        document
            .accept(&message(author, time / 64 + 1, time))
            .unwrap();
    }
    assert_eq!(document.recorded().len(), 4096);
    assert_eq!(document.heads().len(), 64);
}

#[test]
fn a_snapshot_of_another_place_is_refused() {
    let bytes = built(&[message(1, 1, 1)]).save();
    let elsewhere = ConversationId::new([8; 32]);
    for (conversation, segment) in [(CONVERSATION, 1), (elsewhere, 0)] {
        assert_eq!(
            SegmentDocument::load_own(conversation, segment, &bytes).unwrap_err(),
            DocumentError::Foreign {
                conversation,
                segment
            }
        );
    }
    for bytes in [&[][..], &bytes[..31], &bytes[..bytes.len() - 1]] {
        assert_eq!(
            SegmentDocument::load_own(CONVERSATION, 0, bytes).unwrap_err(),
            DocumentError::SnapshotDamaged
        );
    }
}

#[test]
fn the_open_segments_are_bounded_and_closing_one_makes_room() {
    let mut documents = Documents::new(CONVERSATION);
    let max = u64::try_from(Documents::OPEN_SEGMENTS_MAX).unwrap();
    for segment in 0..max {
        documents.insert(empty(segment)).unwrap();
    }
    let full = DocumentError::TooManyOpen {
        max: Documents::OPEN_SEGMENTS_MAX,
    };
    assert_eq!(documents.insert(empty(max)), Err(full));
    assert_eq!(documents.segments().count(), Documents::OPEN_SEGMENTS_MAX);
    documents.insert(built(&[message(1, 1, 1)])).unwrap();
    assert!(!documents.segment(0).unwrap().is_empty());
    assert_eq!(documents.close(0).unwrap().recorded().len(), 1);
    documents.insert(empty(max)).unwrap();
}

#[test]
fn an_operation_of_a_closed_segment_asks_for_a_rebuild() {
    let mut documents = Documents::new(CONVERSATION);
    let operation = message(1, 1, SEGMENT_TIMES);
    assert_eq!(
        documents.accept(&operation),
        Err(DocumentError::NotOpen { segment: 1 })
    );
    documents.insert(built(&[operation])).unwrap();
    assert!(matches!(
        documents.accept(&operation),
        Err(DocumentError::Repeated { .. })
    ));
    documents.accept(&message(1, 2, SEGMENT_TIMES + 1)).unwrap();
}

#[test]
fn a_document_of_another_conversation_is_not_taken_in() {
    let mut documents = Documents::new(ConversationId::new([8; 32]));
    assert!(matches!(
        documents.insert(empty(0)),
        Err(DocumentError::Foreign { .. })
    ));
    assert_eq!(documents.segments().count(), 0);
}

#[test]
fn the_digest_tells_different_documents_apart_and_not_empty_ones() {
    let mut one = Documents::new(CONVERSATION);
    let mut other = Documents::new(CONVERSATION);
    other.insert(empty(3)).unwrap();
    assert_eq!(one.heads_digest(), other.heads_digest());
    one.insert(built(&[message(1, 1, 1)])).unwrap();
    assert_ne!(one.heads_digest(), other.heads_digest());
    other.insert(built(&[message(1, 1, 1)])).unwrap();
    assert_eq!(one.heads_digest(), other.heads_digest());
    one.accept(&message(1, 2, 2)).unwrap();
    assert_ne!(one.heads_digest(), other.heads_digest());
    let elsewhere = ConversationId::new([8; 32]);
    assert_ne!(heads_digest(elsewhere, &one.heads()), one.heads_digest());
}
