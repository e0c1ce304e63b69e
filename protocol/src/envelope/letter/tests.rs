use proptest::prelude::*;

use super::*;
use crate::id::ConversationId;
use crate::rng::Rng;
use crate::sender_chain::SenderChain;
use crate::time::WallTime;

fn letter() -> Letter {
    Letter::new(Zeroizing::new([7; 32]), PairNews::default())
}

fn handover() -> Handover {
    let (room, now) = (ConversationId::new([1; 32]), WallTime::from_millis(1));
    SenderChain::begin(room, now, &mut Rng::from_seed(&[1; 32])).hand_over(Vec::new())
}

#[test]
fn a_letter_prints_nothing_of_what_is_in_it() {
    let mut full = letter();
    full.card = Some(vec![7; 32]);
    let said = format!("{full:?} {full:#?}");
    assert!(said.contains("card: true"), "{said}");
    assert!(!said.contains("7, 7"), "{said}");
}

fn again(letter: &Letter) -> Result<Letter, DecodeError> {
    Letter::from_bytes(&letter.to_bytes())
}

#[test]
fn a_letter_survives_its_encoding() {
    let mut full = letter();
    full.messages = vec![SessionMessage::Operations(Vec::new())];
    full.handovers = vec![handover()];
    full.unreadable = vec![EnvelopeId::new([2; 32])];
    full.card = Some(vec![3; CARD_BYTES_MAX]);
    let read = again(&full).unwrap();
    assert_eq!(read.to_bytes(), full.to_bytes());
    assert_eq!(
        (read.purge_hash(), read.news),
        (full.purge_hash(), full.news)
    );
    assert_eq!(
        (read.messages, read.handovers),
        (full.messages, full.handovers)
    );
    assert_eq!((read.unreadable, read.card), (full.unreadable, full.card));
}

#[test]
fn what_is_for_sessions_alone_is_in_no_letter() {
    let conversation = ConversationId::new([1; 32]);
    for message in [
        SessionMessage::Typing(conversation),
        SessionMessage::CaughtUp(conversation),
        SessionMessage::Ask(conversation, Vec::new()),
    ] {
        let mut letter = letter();
        letter.messages.push(message);
        letter.messages.push(SessionMessage::Operations(Vec::new()));
        let read = again(&letter).unwrap();
        assert_eq!(read.messages, [SessionMessage::Operations(Vec::new())]);
    }
}

#[test]
fn a_letter_has_so_many_parts() {
    let (most, id) = (LETTER_PARTS_MAX, EnvelopeId::new([2; 32]));
    let mut full = letter();
    full.messages = vec![SessionMessage::Operations(Vec::new()); most];
    full.handovers = vec![handover(); most];
    full.unreadable = vec![id; most];
    full.holds = vec![SenderChainId::new([3; 16]); LETTER_CHAINS_MAX];
    assert!(again(&full).is_ok(), "max");
    let more: [fn(&mut Letter); 5] = [
        |letter| letter.holds.push(SenderChainId::new([3; 16])),
        |letter| letter.messages.push(SessionMessage::Operations(Vec::new())),
        |letter| letter.handovers.push(handover()),
        |letter| letter.unreadable.push(EnvelopeId::new([2; 32])),
        |letter| letter.card = Some(vec![0; CARD_BYTES_MAX + 1]),
    ];
    for add in more {
        let mut over = again(&full).unwrap();
        add(&mut over);
        assert!(
            matches!(again(&over), Err(DecodeError::TooLong { .. })),
            "max + 1"
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_are_a_letter_or_an_error(bytes: Vec<u8>, cut: prop::sample::Index) {
        let _ = Letter::from_bytes(&bytes);
        let mut full = letter();
        full.handovers = vec![handover()];
        let whole = full.to_bytes();
        prop_assert!(Letter::from_bytes(&whole[..cut.index(whole.len())]).is_err());
    }
}
