//! The target of what is stored: what a device wrote for itself, read back from a file that was damaged.
//!
//! A snapshot is as it comes, without a checksum made right: behind that is a library which trusts the bytes
//! that it saved itself, and none that others made ever get there.

use tidings_protocol::conversation::SegmentDocument;
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::pair::Pair;
use tidings_protocol::pairing::{InviteCode, InviteSecret, PendingJoin};
use tidings_protocol::record::Outcome;
use tidings_protocol::sender_chain::{ReceiverChain, SenderChain};
use tidings_protocol::wire;

use super::people::{ANN, BEN, BYTES, ROOM, START, begun, postage, rng, sealed_to_ben};

/// An identity, an invite, a join, a chain's owner's or reader's side, a pair, an outcome or a snapshot, by the
/// first byte.
pub fn stored(data: &[u8]) {
    let _ = is_read_back(data);
}

/// Whether it is a value. What is stored of that is read back as the same.
pub fn is_read_back(data: &[u8]) -> Option<()> {
    let (what, bytes) = data.split_first()?;
    match what % 8 {
        0 => identity(bytes),
        1 => invite(bytes),
        2 => pending(bytes),
        3 => sender(bytes),
        4 => receiver(bytes),
        5 => pair(bytes),
        6 => outcome(bytes),
        _ => snapshot(bytes),
    }
}

fn identity(bytes: &[u8]) -> Option<()> {
    let own = OwnIdentity::from_bytes(bytes).ok()?;
    let bytes = own.to_bytes();
    let again = OwnIdentity::from_bytes(&bytes).expect("an identity of ours");
    assert_eq!(again.to_bytes(), bytes);
    let card = own.card(Vec::new()).verify().expect("a card that holds");
    assert_eq!(card.version(), own.version());
    Some(())
}

fn invite(bytes: &[u8]) -> Option<()> {
    let invite = InviteSecret::from_bytes(bytes).ok()?;
    let bytes = invite.to_bytes();
    let again = InviteSecret::from_bytes(&bytes).expect("an invite of ours");
    assert_eq!(again.to_bytes(), bytes);
    let code = invite.code(&BEN, &[]);
    assert_eq!(code.tag(), invite.tag());
    let again: InviteCode = code.to_string().parse().expect("a code of ours");
    assert_eq!(again, code);
    Some(())
}

fn pending(bytes: &[u8]) -> Option<()> {
    let pending = PendingJoin::from_bytes(bytes).ok()?;
    let bytes = pending.to_bytes();
    let again = PendingJoin::from_bytes(&bytes).expect("a join of ours");
    assert_eq!(again.to_bytes(), bytes);
    assert_eq!(again.answer_tag(), pending.answer_tag());
    let no_answer = sealed_to_ben(b"").expect("what fits");
    assert!(pending.finish(&ANN, &no_answer).is_err());
    Some(())
}

fn sender(bytes: &[u8]) -> Option<()> {
    let mut chain = SenderChain::from_bytes(bytes).ok()?;
    let bytes = chain.to_bytes();
    let again = SenderChain::from_bytes(&bytes).expect("a chain of ours");
    assert_eq!(again.to_bytes(), bytes);
    if !chain.is_over(START) {
        let (index, handover) = (chain.index(), chain.hand_over(Vec::new()));
        let reader = ReceiverChain::take(ANN.device(), &handover, START);
        let sealed = chain.seal(&ANN, postage(), b"hello", &mut rng(15));
        let opened = reader.open(&ANN.signing(), &sealed.expect("what fits"), index);
        assert_eq!(*opened.expect("a message of the chain"), b"hello");
    }
    Some(())
}

fn receiver(bytes: &[u8]) -> Option<()> {
    let chain = ReceiverChain::from_bytes(bytes).ok()?;
    let bytes = chain.to_bytes();
    let again = ReceiverChain::from_bytes(&bytes).expect("a chain of ours");
    assert_eq!(again.to_bytes(), bytes);
    let sealed = begun().seal(&ANN, postage(), b"hello", &mut rng(16));
    let sealed = sealed.expect("what fits");
    for (_, index) in chain.awaited().take(2) {
        let _ = chain.open(&ANN.signing(), &sealed, index);
    }
    Some(())
}

fn pair(bytes: &[u8]) -> Option<()> {
    let mut pair = Pair::from_bytes(bytes).ok()?;
    let bytes = pair.to_bytes();
    let again = Pair::from_bytes(&bytes).expect("a pair of ours");
    assert_eq!(again.to_bytes(), bytes);
    let _ = (
        pair.awaited().count(),
        pair.agreed().len(),
        pair.is_agreed(),
    );
    for (_, at) in pair.awaited().take(2) {
        assert!(pair.secret(at).is_some());
    }
    let _ = (pair.is_due_to_tell(), pair.erase_past(START));
    let _ = pair.send(None, START, &mut rng(17));
    Some(())
}

fn outcome(bytes: &[u8]) -> Option<()> {
    let outcome: Outcome = wire::decode(bytes, BYTES).ok()?;
    assert_eq!(wire::decode(&wire::encode(&outcome), BYTES), Ok(outcome));
    Some(())
}

fn snapshot(bytes: &[u8]) -> Option<()> {
    let document = SegmentDocument::load_own(ROOM, 0, bytes).ok()?;
    let again = SegmentDocument::load_own(ROOM, 0, &document.save());
    assert_eq!(again.expect("a snapshot of ours").heads(), document.heads());
    Some(())
}
