use proptest::prelude::*;

use super::*;
use crate::envelope::{
    LIFETIME_HOURS_MAX, PAYLOAD_BYTES_MAX, Priority, SIZE_CLASSES_BYTES, padding,
};
use crate::id::Tag;
use crate::identity::{IdentityError, OwnIdentity};
use crate::pair::{OFFLINE_WINDOW, TAG_WINDOW, TagKey};
use crate::rng::Rng;
use crate::time::WallTime;

const START: WallTime = WallTime::from_millis(1_700_000_000_000);
const ROOM: ConversationId = ConversationId::new([6; 32]);

fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

fn own(seed: u8) -> OwnIdentity {
    OwnIdentity::create("Ann", "laptop", START, &mut rng(seed))
        .unwrap()
        .0
}

fn postage() -> Postage {
    Postage {
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: Domain::Purge.hash(&[b"preimage"]),
    }
}

/// Ann's chain, and a reader who was handed it at its beginning.
fn chain() -> (SenderChain, ReceiverChain) {
    let chain = SenderChain::begin(ROOM, START, &mut rng(3));
    let reader = ReceiverChain::take(own(1).device(), &chain.hand_over(Vec::new()), START);
    (chain, reader)
}

fn tag_of_anns(handover: &Handover, index: u32) -> Tag {
    let key = TagKey::of_chain(&handover.tag_key, own(1).device(), handover.chain);
    key.tag(u64::from(index))
}

fn seal(chain: &mut SenderChain, content: &[u8]) -> Envelope {
    let seed = u8::try_from(chain.index() % 200).unwrap();
    chain
        .seal(&own(1), postage(), content, &mut rng(seed))
        .unwrap()
}

fn index(reader: &ReceiverChain, tag: Tag) -> Option<u32> {
    reader
        .awaited()
        .find(|(other, _)| *other == tag)
        .map(|(_, index)| index)
}

fn open(reader: &ReceiverChain, envelope: &Envelope) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let index = index(reader, envelope.tag()).expect("a tag that is awaited");
    reader.open(&own(1).signing(), envelope, index)
}

#[test]
fn what_is_sealed_opens_in_any_order_once() {
    let (mut chain, mut reader) = chain();
    let sealed: Vec<Envelope> = (0..4_u8).map(|n| seal(&mut chain, &[n])).collect();
    for n in [2, 0, 3, 1] {
        let envelope = Envelope::from_bytes(sealed[n].as_bytes()).unwrap();
        assert_eq!(
            *open(&reader, &envelope).unwrap(),
            [u8::try_from(n).unwrap()]
        );
        let at = index(&reader, envelope.tag()).unwrap();
        reader.opened(at);
        assert_eq!(index(&reader, envelope.tag()), None);
        let again = reader.open(&own(1).signing(), &envelope, at);
        assert_eq!(again.unwrap_err(), EnvelopeError::Undecryptable);
        reader = ReceiverChain::from_bytes(&reader.to_bytes()).unwrap();
    }
    assert!(reader.skipped.is_empty());
}

#[test]
fn whoever_is_handed_a_chain_reads_nothing_from_before() {
    let (mut chain, _) = chain();
    let before = seal(&mut chain, b"before");
    let late = ReceiverChain::take(own(1).device(), &chain.hand_over(Vec::new()), START);
    assert_eq!(index(&late, before.tag()), None);
    let refused = late.open(&own(1).signing(), &before, 0);
    assert_eq!(refused.unwrap_err(), EnvelopeError::Undecryptable);
    let after = seal(&mut chain, b"after");
    assert_eq!(**open(&late, &after).unwrap(), *b"after");
}

#[test]
fn a_key_is_erased_once_the_next_is_made() {
    let (mut chain, mut reader) = chain();
    let (key, seed) = (chain.key.0.clone(), chain.key.seed().0);
    let envelope = seal(&mut chain, b"hello");
    reader.opened(index(&reader, envelope.tag()).unwrap());
    for bytes in [chain.to_bytes(), reader.to_bytes()] {
        for secret in [&key, &seed] {
            assert!(!bytes.windows(32).any(|window| window == secret.as_ref()));
        }
    }
}

#[test]
fn what_another_reader_puts_at_the_owners_index_uses_nothing_up() {
    let (mut chain, mut reader) = chain();
    // Mallory reads the chain, so she can go on with it as if it were hers.
    let handover = chain.hand_over(Vec::new());
    let mut hers = SenderChain::from_bytes(&chain.to_bytes()).unwrap();
    assert_eq!(hers.hand_over(Vec::new()), handover);
    let garbage = hers.seal(&own(2), postage(), b"lies", &mut rng(8)).unwrap();
    let refused = reader.open(&own(1).signing(), &garbage, 0).unwrap_err();
    // It is bound to her own device, which the place is not of.
    assert_eq!(refused, EnvelopeError::Undecryptable);
    let forged = forged(&chain, &handover, &own(2), b"lies");
    let refused = open(&reader, &forged).unwrap_err();
    let not_signed = IdentityError::Signature(Domain::ChainSignature);
    assert_eq!(refused, EnvelopeError::Identity(not_signed));
    reader.failed(0);
    let envelope = seal(&mut chain, b"truth");
    assert_eq!(envelope.tag(), forged.tag());
    assert_eq!(**open(&reader, &envelope).unwrap(), *b"truth");
}

#[test]
fn a_chain_that_another_hands_over_with_the_same_keys_takes_no_place_of_the_owners() {
    let (chain, reader) = chain();
    let handover = chain.hand_over(Vec::new());
    let hers = ReceiverChain::take(own(2).device(), &handover, START);
    let mut renamed = handover;
    renamed.chain = SenderChainId::new([9; 16]);
    let renamed = ReceiverChain::take(own(1).device(), &renamed, START);
    for other in [hers, renamed] {
        let mut tags = other.awaited().map(|(tag, _)| tag);
        assert!(tags.all(|tag| index(&reader, tag).is_none()));
    }
}

/// What a reader can make at the chain's next index, for the owner's place, with a signature of theirs.
fn forged(chain: &SenderChain, handover: &Handover, by: &OwnIdentity, content: &[u8]) -> Envelope {
    let header = Header {
        tag: tag_of_anns(handover, handover.index),
        lifetime_hours: 1,
        priority: Priority::FIRST,
        purge: [0; 32],
    };
    let place = Place {
        conversation: ROOM,
        owner: own(1).device(),
        chain: chain.id(),
        index: handover.index,
    };
    let salt = [5; SALT_BYTES];
    let context = place.context(&header, &salt);
    let digest = blake3::hash(content);
    let signature = by.sign(Domain::ChainSignature, &[&context, digest.as_bytes()]);
    let sealed = |message| wire::encode(&Sealed::new(salt, message));
    let plaintext =
        padding::pad(&header, AEAD_OVERHEAD_BYTES, sealed, &signature, content).unwrap();
    let seed = ChainKey(handover.key.clone()).seed();
    let message = seed.encrypt(&salt, &context, &plaintext).unwrap();
    Envelope::assemble(&header, sealed(message)).unwrap()
}

#[test]
fn what_the_owner_said_at_one_index_counts_at_no_other() {
    let (mut chain, mut reader) = chain();
    let first = seal(&mut chain, b"first");
    let handover = chain.hand_over(Vec::new());
    // A reader takes content and signature out of the first, and encrypts them for the second.
    let sealed = Sealed::parse(&first).unwrap();
    let place = Place {
        conversation: ROOM,
        owner: own(1).device(),
        chain: chain.id(),
        index: 0,
    };
    let context = place.context(first.header(), &sealed.salt);
    let plaintext = reader
        .key
        .seed()
        .decrypt(&sealed.salt, &context, &sealed.message)
        .unwrap();
    let (signature, content) = padding::unpad(&plaintext).unwrap();
    let mut second = Header {
        tag: tag_of_anns(&handover, 1),
        ..*first.header()
    };
    second.priority = Priority::USUAL;
    let place = Place { index: 1, ..place };
    let around = |message| wire::encode(&Sealed::new(sealed.salt, message));
    let context = place.context(&second, &sealed.salt);
    let plaintext =
        padding::pad(&second, AEAD_OVERHEAD_BYTES, around, &signature, &content).unwrap();
    let seed = ChainKey(handover.key.clone()).seed();
    let message = seed.encrypt(&sealed.salt, &context, &plaintext).unwrap();
    let replayed = Envelope::assemble(&second, around(message)).unwrap();
    reader.opened(0);
    let not_signed = IdentityError::Signature(Domain::ChainSignature);
    assert_eq!(
        open(&reader, &replayed).unwrap_err(),
        EnvelopeError::Identity(not_signed)
    );
}

#[test]
fn an_index_is_tried_eight_times() {
    let (mut chain, mut reader) = chain();
    let envelope = seal(&mut chain, b"hello");
    for _ in 1..TRIES_MAX {
        reader.failed(0);
    }
    assert_eq!(index(&reader, envelope.tag()), Some(0), "max");
    reader = ReceiverChain::from_bytes(&reader.to_bytes()).unwrap();
    reader.failed(0);
    assert_eq!(index(&reader, envelope.tag()), None, "max + 1");
    let next = seal(&mut chain, b"next");
    assert_eq!(index(&reader, next.tag()), Some(1));
}

#[test]
fn a_chain_is_over_after_five_hundred_messages_or_seven_days_or_when_the_clock_goes_back() {
    let (mut chain, mut reader) = chain();
    assert!(!chain.is_over(START.after(CHAIN_LIFETIME - std::time::Duration::from_millis(1))));
    assert!(chain.is_over(START.after(CHAIN_LIFETIME)));
    assert!(chain.is_over(WallTime::from_millis(0)));
    for at in 0..CHAIN_MESSAGES_MAX {
        assert!(!chain.is_over(START), "{at}");
        let tag = chain.hand_over(Vec::new());
        assert_eq!(tag.index, at);
        chain.key.step();
        chain.index += 1;
        if at + 1 < CHAIN_MESSAGES_MAX {
            reader.opened(at);
        }
    }
    assert!(chain.is_over(START));
    // Nothing is awaited beyond the last.
    assert_eq!(
        reader.awaited().map(|(_, index)| index).collect::<Vec<_>>(),
        [CHAIN_MESSAGES_MAX - 1]
    );
    reader.opened(CHAIN_MESSAGES_MAX - 1);
    assert_eq!(reader.awaited().count(), 0);
}

#[test]
fn sixty_four_messages_in_a_row_may_be_lost_and_a_handover_makes_good_for_more() {
    let (mut chain, mut reader) = chain();
    let window = u32::try_from(TAG_WINDOW).unwrap();
    let sealed: Vec<Envelope> = (0..=window).map(|_| seal(&mut chain, b"x")).collect();
    let (last, beyond) = (&sealed[sealed.len() - 2], &sealed[sealed.len() - 1]);
    assert!(open(&reader, last).is_ok(), "max");
    assert_eq!(index(&reader, beyond.tag()), None, "max + 1");
    assert!(reader.open(&own(1).signing(), beyond, window).is_err());
    let handover = chain.hand_over(Vec::new());
    assert!(reader.go_on(&handover));
    assert!(!reader.go_on(&handover));
    for envelope in &sealed {
        assert!(
            open(&reader, envelope).is_ok(),
            "what lies between may still come"
        );
    }
    let next = seal(&mut chain, b"next");
    assert!(open(&reader, &next).is_ok());
}

#[test]
fn another_chains_handover_changes_nothing() {
    let (_, mut reader) = chain();
    let before = reader.to_bytes();
    let mut other = SenderChain::begin(ROOM, START, &mut rng(4));
    seal(&mut other, b"x");
    assert!(!reader.go_on(&other.hand_over(Vec::new())));
    assert_eq!(reader.to_bytes(), before);
}

#[test]
fn a_chain_that_nobody_writes_to_any_more_is_erased_after_the_offline_window() {
    let (_, mut reader) = chain();
    let end = START.after(CHAIN_LIFETIME).after(OFFLINE_WINDOW);
    assert!(!reader.is_past(WallTime::from_millis(end.as_millis() - 1)));
    assert!(reader.is_past(end));
}

#[test]
fn sizes_are_those_of_all_envelopes_and_what_is_too_large_leaves_the_chain_where_it_was() {
    let (mut chain, reader) = chain();
    for (bytes, class) in [
        (0, 0),
        (1_700, 0),
        (2_000, 1),
        (10_000, 2),
        (PAYLOAD_BYTES_MAX, 3),
    ] {
        let envelope = seal(&mut chain, &vec![1; bytes]);
        assert_eq!(
            envelope.as_bytes().len(),
            SIZE_CLASSES_BYTES[class],
            "{bytes}"
        );
        assert_eq!(open(&reader, &envelope).unwrap().len(), bytes);
    }
    let before = chain.to_bytes();
    let too_large = chain.seal(
        &own(1),
        postage(),
        &vec![0; PAYLOAD_BYTES_MAX + 1],
        &mut rng(1),
    );
    assert!(matches!(too_large, Err(EnvelopeError::TooLarge { .. })));
    let lasting = Postage {
        lifetime_hours: LIFETIME_HOURS_MAX + 1,
        ..postage()
    };
    assert!(chain.seal(&own(1), lasting, b"", &mut rng(1)).is_err());
    assert_eq!(chain.to_bytes(), before);
}

#[test]
fn a_handover_is_of_a_chain_that_may_go_on_and_names_so_many_heads() {
    let (chain, _) = chain();
    let heads = |count: usize| vec![OperationId::new([1; 32]); count];
    let mut handover = chain.hand_over(heads(CONTROL_HEADS_MAX));
    assert!(handover.is_sound(), "max");
    handover.index = CHAIN_MESSAGES_MAX;
    assert!(handover.is_sound(), "max");
    handover.index += 1;
    assert!(!handover.is_sound(), "max + 1");
    let over = chain.hand_over(heads(CONTROL_HEADS_MAX + 1));
    assert!(!over.is_sound(), "max + 1");
}

#[test]
fn a_reader_at_its_fullest_fits_its_encoding_and_prints_no_secret() {
    let (_, mut reader) = chain();
    for index in 0..CHAIN_MESSAGES_MAX {
        reader.skipped.insert(index, reader.key.seed());
        reader.tries.insert(index, TRIES_MAX);
    }
    let bytes = reader.to_bytes();
    assert!(bytes.len() <= receiving::READER_BYTES_MAX);
    assert_eq!(ReceiverChain::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    let (chain, _) = chain();
    assert!(chain.to_bytes().len() <= sending::OWNER_BYTES_MAX);
    for printed in [
        format!("{reader:?}"),
        format!("{chain:?}"),
        format!("{:?}", chain.hand_over(Vec::new())),
    ] {
        assert!(printed.ends_with(".. }"), "{printed}");
        assert!(!printed.contains("key"), "{printed}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_flipped_bit_never_opens(at: prop::sample::Index, bit in 0..8_u8) {
        let (mut chain, reader) = chain();
        let mut bytes = seal(&mut chain, b"hello").to_bytes();
        let index = at.index(bytes.len());
        bytes[index] ^= 1 << bit;
        if let Ok(damaged) = Envelope::from_bytes(&bytes) {
            prop_assert!(reader.open(&own(1).signing(), &damaged, 0).is_err());
        }
    }

    #[test]
    fn whatever_of_a_chain_comes_in_whatever_order_opens(order in prop::collection::vec(0..60_usize, 0..60)) {
        let (mut chain, mut reader) = chain();
        let sealed: Vec<Envelope> = (0..60_u8).map(|n| seal(&mut chain, &[n])).collect();
        for n in order {
            if let Some(at) = index(&reader, sealed[n].tag()) {
                prop_assert_eq!(open(&reader, &sealed[n]).unwrap()[0], u8::try_from(n).unwrap());
                reader.opened(at);
            }
        }
    }
}
