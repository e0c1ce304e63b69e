mod bodies;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::dispute::{COMPARED_OPERATIONS_MAX, Contradicting};
use super::*;
use crate::engine::tests::{Side, identity};
use crate::engine::{CommandError, Effect, Event, Output};
use crate::identity::OwnIdentity;
use crate::operation::{Content, Operation, OperationError};
use crate::sync::{Acknowledgement, Coverage, Erased, SessionMessage, SignedReceipt};
use crate::wire::limits::{
    PENDING_BYTES_MAX, PENDING_OPERATIONS_MAX, RECEIPT_RANGES_MAX, UNCOUNTED_OPERATIONS_MAX,
};

static ANN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ann", 1));
static BEN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ben", 2));

/// One person's side of the conversation between Ann and Ben.
struct Member {
    side: Side,
    replica: Replica,
}

impl Member {
    fn new(own: &OwnIdentity, other: &OwnIdentity) -> Self {
        let own = OwnIdentity::from_bytes(&own.to_bytes()).unwrap();
        let mut replica = Replica::new(other.person(), own.person(), own.device());
        replica.admit(other.person(), other.device());
        Self {
            side: Side::new(own, &[other]),
            replica,
        }
    }

    fn ann() -> Self {
        Self::new(&ANN, &BEN)
    }

    fn ben() -> Self {
        Self::new(&BEN, &ANN)
    }

    fn write(&mut self, text: &str) -> SignedOperation {
        let mut context = self.side.context();
        let written = self.replica.write(&message(text), None, &mut context);
        written.unwrap().signed().clone()
    }

    fn vector(&self) -> Vector {
        self.replica.vector(&self.side.directory, &self.side.own)
    }

    fn write_many(&mut self, count: usize) -> Vec<SignedOperation> {
        (0..count).map(|n| self.write(&n.to_string())).collect()
    }

    fn receive(&mut self, operations: Vec<SignedOperation>) -> Result<(), Fault> {
        let (directory, mut context) = self.side.parts();
        self.replica.receive(operations, directory, &mut context)
    }

    /// The receipt to the other one of the two.
    fn receipt(&mut self) -> SignedReceipt {
        let other = self.replica.peer().unwrap();
        self.replica.receipt(other, false, &mut self.side.context())
    }

    fn acknowledge(&mut self, signed: SignedReceipt) {
        let receipt = signed.stored().unwrap();
        let device = receipt.device;
        self.replica.hear(signed, receipt);
        let mut context = self.side.context();
        let other = self.replica.peer().unwrap();
        self.replica.act_on_receipt(other, &device, &mut context);
    }

    /// The delivery changes put out since the last look, as (first, last, state).
    fn deliveries(&mut self) -> Vec<(u64, u64, DeliveryState)> {
        let outputs = self.side.outputs().into_iter();
        outputs
            .filter_map(|output| match output {
                Output::Persist(Change::ChangeDelivery(change)) => {
                    Some((change.first, change.last, change.state))
                }
                Output::Persist(_) | Output::Effect(_) => None,
            })
            .collect()
    }

    fn inserted(&mut self) -> usize {
        let outputs = self.side.outputs();
        let inserts =
            |output: &&Output| matches!(output, Output::Persist(Change::InsertOperation(_)));
        outputs.iter().filter(inserts).count()
    }

    fn end_of(&self, other: &OwnIdentity) -> u64 {
        let actor = ActorId::direct(other.device(), self.replica.conversation());
        self.replica.chains[&actor].record().seq
    }
}

fn message(text: &str) -> Content {
    Content::Message {
        text: text.to_owned(),
    }
}

fn erased(operation: &SignedOperation) -> SignedOperation {
    SignedOperation {
        body: None,
        ..operation.clone()
    }
}

fn coverage(seqs: &[u64]) -> Coverage {
    let mut coverage = Coverage::default();
    for seq in seqs {
        coverage.insert(*seq);
    }
    coverage
}

/// A receipt of Ben's that says this of Ann's operations, whatever Ben has.
fn claimed(
    ann: &Member,
    number: u64,
    held: Coverage,
    read: Coverage,
    gone: &[u64],
) -> SignedReceipt {
    let mut erased = Erased::default();
    gone.iter().for_each(|seq| erased.insert(*seq));
    let part = Acknowledgement {
        ends: None,
        actor: ann.replica.own.unwrap(),
        held,
        erased,
        read,
    };
    let receipt = Receipt {
        conversation: ann.replica.conversation(),
        device: BEN.device(),
        number,
        actors: vec![part],
    };
    receipt.sign(&BEN)
}

fn seqs(max: u64) -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(1..max, 0..40)
}

proptest! {
    #[test]
    fn receipts_in_a_row_tell_of_every_arrival(steps in prop::collection::vec(seqs(40), 1..6), gone in seqs(40)) {
        let mut ann = Member::ann();
        ann.write_many(30);
        ann.deliveries();
        let (mut held, mut told) = (Coverage::default(), BTreeSet::new());
        for (number, news) in (1..).zip(&steps) {
            news.iter().for_each(|seq| { held.insert(*seq); });
            ann.acknowledge(claimed(&ann, number, held.clone(), Coverage::default(), &gone));
            for (first, last, state) in ann.deliveries() {
                prop_assert_eq!(state, DeliveryState::Delivered);
                told.extend(first..=last);
            }
        }
        let expected: BTreeSet<u64> =
            (1..=30).filter(|seq| held.contains(*seq) && !gone.contains(seq)).collect();
        prop_assert_eq!(told, expected);
    }

    #[test]
    fn any_order_of_arrival_ends_in_the_same_chain(
        order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(0..12_usize, 0..8),
        parts in 1..12_usize,
    ) {
        let (mut ann, mut ben) = (Member::ann(), Member::ben());
        let chain = ben.write_many(12);
        let arriving: Vec<_> = order.iter().chain(&again).map(|n| chain[*n].clone()).collect();
        for part in arriving.chunks(parts) {
            prop_assert_eq!(ann.receive(part.to_vec()), Ok(()));
        }
        prop_assert_eq!(ann.inserted(), 12, "each is stored once");
        prop_assert_eq!(ann.vector(), ben.vector());
        let held = ann.receipt().stored().unwrap().actors.remove(0).held;
        prop_assert_eq!(held, Coverage::through(12));
    }

    #[test]
    fn nothing_beyond_what_is_held_is_marked_as_read(marked in seqs(40), far in prop_oneof![1_u64..60, any::<u64>()]) {
        let (mut ann, mut ben) = (Member::ann(), Member::ben());
        ann.receive(ben.write_many(10)).unwrap();
        let each = marked.iter().map(|seq| (*seq, *seq));
        let read: Vec<_> = each.chain([(far, u64::MAX)]).collect();
        let of_ben = ben.replica.own.unwrap();
        ann.replica.mark_read(of_ben, &read, &mut ann.side.context());
        let receipt = ann.receipt().stored().unwrap();
        let kept = &receipt.actors[0].read;
        prop_assert!(kept.is_normal());
        for seq in 1..60 {
            prop_assert_eq!(kept.contains(seq), (marked.contains(&seq) || far <= seq) && seq <= 10, "{}", seq);
        }
    }

    #[test]
    fn garbage_in_an_operation_is_refused_and_stores_nothing(header: Vec<u8>, half: [u8; 32]) {
        let mut ann = Member::ann();
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&half);
        let garbage = SignedOperation { header, signature: signature.into(), body: None };
        prop_assert!(ann.receive(vec![garbage]).is_err());
        prop_assert!(ann.side.outputs().is_empty());
    }
}

#[test]
fn as_many_operations_wait_beyond_a_gap_as_may_and_one_more_is_refused() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let mut chain = ben.write_many(PENDING_OPERATIONS_MAX + 2);
    let one_more = chain.pop().unwrap();
    let first = chain.remove(0);
    assert_eq!(ann.receive(chain), Ok(()));
    assert_eq!(
        ann.receive(vec![one_more.clone()]),
        Err(Fault::TooManyPending)
    );
    assert_eq!(ann.end_of(&BEN), 0);
    assert_eq!(ann.receive(vec![first, one_more]), Ok(()));
    assert_eq!(ann.end_of(&BEN), ben.end_of(&BEN));
}

#[test]
fn as_many_bytes_wait_beyond_a_gap_as_may_and_one_more_is_refused() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let first = ben.write("first");
    let text = "a".repeat(31 * 1024);
    let mut waiting = 0;
    loop {
        let next = ben.write(&text);
        if waiting + next.bytes() > PENDING_BYTES_MAX {
            break;
        }
        waiting += next.bytes();
        assert_eq!(ann.receive(vec![next]), Ok(()));
    }
    // What is left is filled to the last byte; the operation before has to fit it.
    let left = PENDING_BYTES_MAX - waiting;
    let mut fill = |bytes: usize| {
        let overhead = ben.write("").bytes();
        ben.write(&"a".repeat(bytes.saturating_sub(overhead + 8)))
    };
    let over = fill(left + 16);
    assert!(over.bytes() > left);
    assert_eq!(ann.receive(vec![over]), Err(Fault::TooManyPending));
    let fits = fill(left);
    assert!(fits.bytes() <= left && fits.bytes() + 16 > left);
    assert_eq!(ann.receive(vec![fits]), Ok(()));
    assert_eq!(ann.receive(vec![first]), Ok(()));
    assert!(ann.end_of(&BEN) > 1);
}

#[test]
fn of_what_contradicts_one_chain_as_much_is_compared_as_may_be_and_no_more() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let mut contradicting = Contradicting::default();
    let mut add = |operation: SignedOperation| {
        contradicting.add(Operation::stored(operation).unwrap());
        contradicting.count()
    };
    let bens = ben.write_many(COMPARED_OPERATIONS_MAX + 1);
    let counts: Vec<usize> = bens.into_iter().map(&mut add).collect();
    let kept = (1..=COMPARED_OPERATIONS_MAX).chain([COMPARED_OPERATIONS_MAX]);
    assert_eq!(counts, kept.collect::<Vec<_>>());
    assert_eq!(add(ann.write("of another")), COMPARED_OPERATIONS_MAX + 1);
}

#[test]
fn what_came_before_a_refused_operation_is_kept() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let mut chain = ben.write_many(3);
    chain[1].signature[0] ^= 1;
    let refused = ann.receive(chain);
    assert_eq!(refused, Err(Fault::Operation(OperationError::Signature)));
    assert_eq!((ann.end_of(&BEN), ann.inserted()), (1, 1));
    assert_eq!(ann.replica.owed(), [BEN.person()]);
}

/// A copy of Ann's profile that wrote something more: the operation that only it has.
fn written_by_a_copy(ann: &mut Member) -> SignedOperation {
    let mut copy = Member::ann();
    assert_eq!(copy.write("mine"), ann.write("mine"));
    copy.write("not written here")
}

#[test]
fn an_operation_of_ours_that_we_did_not_write_proves_that_this_is_an_older_copy() {
    let mut ann = Member::ann();
    let proof = written_by_a_copy(&mut ann);
    ann.side.outputs();
    assert_eq!(ann.receive(vec![proof.clone()]), Ok(()));
    let told =
        |output: &Output| matches!(output, Output::Effect(Effect::Event(Event::OwnFork { .. })));
    assert!(ann.side.outputs().iter().any(told));
    let mut context = ann.side.context();
    let refused = ann.replica.write(&message("more"), None, &mut context);
    assert_eq!(refused, Err(CommandError::OwnFork));

    let mut restarted = Member::ann();
    restarted.replica.restore_pending(&proof);
    let mut context = restarted.side.context();
    let refused = restarted
        .replica
        .write(&message("more"), None, &mut context);
    assert_eq!(refused, Err(CommandError::OwnFork), "also after a restart");
}

#[test]
fn what_others_sign_in_our_name_proves_nothing() {
    let mut ann = Member::ann();
    let mut forged = written_by_a_copy(&mut ann);
    forged.signature = [7; 64].into();
    let refused = Err(Fault::Operation(OperationError::Signature));
    assert_eq!(ann.receive(vec![forged]), refused);
    ann.write("goes on");
}

#[test]
fn operations_that_are_not_their_senders_to_send_are_refused() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let own = ann.write("mine");
    assert_eq!(ann.receive(vec![own]), Ok(()), "passed over");
    let carol = identity("Carol", 3);
    let elsewhere = Member::new(&BEN, &carol).write("to Carol");
    assert_eq!(
        ann.receive(vec![elsewhere]),
        Err(Fault::ForeignConversation)
    );
    let mut stranger = Member::ben();
    let actor = ActorId::direct(carol.device(), stranger.replica.conversation());
    stranger.replica.own = Some(actor);
    stranger.replica.admit(carol.person(), carol.device());
    assert_eq!(
        ann.receive(vec![stranger.write("hello")]),
        Err(Fault::UnknownAuthor)
    );
    assert_eq!(ann.receive(ben.write_many(1)), Ok(()));
}

#[test]
fn a_second_operation_for_a_place_that_waits_beyond_a_gap_is_refused() {
    let (mut ann, mut ben, mut fork) = (Member::ann(), Member::ben(), Member::ben());
    fork.write("another beginning");
    let waiting = fork.write("that goes on");
    let chain = ben.write_many(2);
    assert_eq!(ann.receive(vec![waiting]), Ok(()));
    assert_eq!(ann.receive(chain), Err(Fault::Broken));
    assert_eq!((ann.end_of(&BEN), ann.inserted()), (1, 2));
}

#[test]
fn however_many_were_cancelled_in_between_all_messages_can_be_read() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let count = 4 * u64::try_from(RECEIPT_RANGES_MAX).unwrap();
    let sent = ann.write_many(usize::try_from(count).unwrap());
    ann.deliveries();
    let arriving = |(place, operation)| match place % 2 {
        0 => erased(operation),
        _ => SignedOperation::clone(operation),
    };
    ben.receive(sent.iter().enumerate().map(arriving).collect())
        .unwrap();
    let whole: Vec<u64> = (1..=count).filter(|seq| seq % 2 == 0).collect();
    let ranges: Vec<_> = whole.iter().map(|seq| (*seq, *seq)).collect();
    let of_ann = ann.replica.own.unwrap();
    ben.replica
        .mark_read(of_ann, &ranges, &mut ben.side.context());
    ann.acknowledge(ben.receipt());
    let read = ann.deliveries().into_iter();
    let read = read.filter(|(_, _, state)| *state == DeliveryState::Read);
    assert_eq!(read.map(|(first, _, _)| first).collect::<Vec<_>>(), whole);
}

#[test]
fn however_many_were_cancelled_in_between_an_arrival_is_told_once() {
    let mut ann = Member::ann();
    let count = 4 * u64::try_from(RECEIPT_RANGES_MAX).unwrap();
    let sent = ann.write_many(usize::try_from(count).unwrap());
    let gone: Vec<u64> = (1..=count).filter(|seq| seq % 2 == 1).collect();
    let all = || Coverage::through(count);
    ann.acknowledge(claimed(&ann, 1, all(), all(), &gone));
    assert!(!ann.deliveries().is_empty());
    ann.acknowledge(claimed(&ann, 2, all(), all(), &gone));
    assert_eq!(ann.deliveries(), []);
    let last = sent.last().unwrap().id();
    let own = ann.replica.own.unwrap();
    let cancelled = ann
        .replica
        .cancel(own, count, last, &mut ann.side.context());
    assert_eq!(cancelled, Err(CommandError::AlreadyDelivered));
}

#[test]
fn a_second_chain_of_one_author_is_refused_where_it_parts() {
    let (mut ann, mut ben, mut fork) = (Member::ann(), Member::ben(), Member::ben());
    fork.write("another beginning");
    let second = fork.write("that goes on");
    ann.receive(ben.write_many(1)).unwrap();
    assert_eq!(ann.receive(vec![second]), Err(Fault::Broken));
    assert_eq!(ann.end_of(&BEN), 1);
}

#[test]
fn an_older_receipt_and_the_same_again_change_nothing() {
    let mut ann = Member::ann();
    ann.write_many(4);
    ann.acknowledge(claimed(
        &ann,
        7,
        Coverage::through(2),
        Coverage::default(),
        &[],
    ));
    assert_eq!(ann.deliveries(), [(1, 2, DeliveryState::Delivered)]);
    for number in [7, 6, 0] {
        ann.acknowledge(claimed(
            &ann,
            number,
            Coverage::through(4),
            Coverage::through(4),
            &[],
        ));
        assert!(ann.side.outputs().is_empty());
    }
}

#[test]
fn a_receipt_for_more_than_was_written_counts_for_what_was() {
    let mut ann = Member::ann();
    ann.write_many(2);
    ann.deliveries();
    let all = Coverage::through(u64::MAX);
    ann.acknowledge(claimed(&ann, 1, all.clone(), all, &[]));
    let (delivered, read) = (DeliveryState::Delivered, DeliveryState::Read);
    assert_eq!(ann.deliveries(), [(1, 2, delivered), (1, 2, read)]);
}

#[test]
fn what_arrived_without_its_body_is_neither_delivered_nor_read() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let sent = ann.write_many(3);
    ann.deliveries();
    let arriving = vec![sent[0].clone(), erased(&sent[1]), sent[2].clone()];
    ben.receive(arriving).unwrap();
    let of_ann = ann.replica.own.unwrap();
    ben.replica
        .mark_read(of_ann, &[(1, 3)], &mut ben.side.context());
    ann.acknowledge(ben.receipt());
    let (delivered, read) = (DeliveryState::Delivered, DeliveryState::Read);
    assert_eq!(
        ann.deliveries(),
        [
            (1, 1, delivered),
            (3, 3, delivered),
            (1, 1, read),
            (3, 3, read)
        ]
    );
}

#[test]
fn what_waits_beyond_a_gap_without_its_body_is_not_delivered_either() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let sent = ann.write_many(4);
    ann.deliveries();
    ben.receive(vec![sent[1].clone(), erased(&sent[3])])
        .unwrap();
    ann.acknowledge(ben.receipt());
    assert_eq!(ann.deliveries(), [(2, 2, DeliveryState::Delivered)]);
}

#[test]
fn a_message_is_cancelled_until_it_was_delivered_and_not_after() {
    let mut ann = Member::ann();
    let sent = ann.write_many(2);
    ann.acknowledge(claimed(&ann, 1, coverage(&[2]), Coverage::default(), &[]));
    ann.deliveries();
    let own = ann.replica.own.unwrap();
    let mut cancel = |seq| {
        let message = sent[usize::try_from(seq).unwrap() - 1].id();
        ann.replica
            .cancel(own, seq, message, &mut ann.side.context())
    };
    assert_eq!(cancel(2), Err(CommandError::AlreadyDelivered));
    assert_eq!(cancel(1), Ok(()));
    let failed = DeliveryState::Failed(FailureReason::Cancelled);
    assert_eq!(ann.deliveries(), [(1, 1, failed)]);
}

#[test]
fn the_number_of_a_receipt_grows_across_restarts() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    ann.receive(ben.write_many(1)).unwrap();
    ann.receipt();
    let before = ann.receipt().stored().unwrap();
    let mut restarted = Member::ann();
    restarted.replica.restore_number(before.number);
    assert!(restarted.receipt().stored().unwrap().number > before.number);
}

#[test]
fn a_chain_goes_on_after_a_restart_with_what_waited_beyond_a_gap() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let chain = ben.write_many(4);
    ann.receive(vec![chain[0].clone(), chain[2].clone()])
        .unwrap();
    let mut restarted = Member::ann();
    for chain in ann.replica.chains.values() {
        restarted.replica.restore_chain(chain.record().clone());
    }
    restarted.replica.restore_pending(&chain[2]);
    restarted.receive(vec![chain[1].clone()]).unwrap();
    assert_eq!(restarted.end_of(&BEN), 3);
    restarted.receive(vec![chain[3].clone()]).unwrap();
    assert_eq!(restarted.vector(), ben.vector());
}

#[test]
fn a_receipt_tells_a_person_of_their_own_operations_alone() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    ann.write("mine");
    ann.receive(ben.write_many(2)).unwrap();
    assert_eq!(ann.replica.owed(), [BEN.person()]);
    let receipt = ann.receipt().stored().unwrap();
    let actors: Vec<ActorId> = receipt.actors.iter().map(|part| part.actor).collect();
    assert_eq!(actors, [ben.replica.own.unwrap()]);
    assert_eq!(ann.replica.owed(), []);
}

#[test]
fn of_what_does_not_count_so_many_operations_are_kept_and_one_more_is_passed_over() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let most = usize::try_from(UNCOUNTED_OPERATIONS_MAX).unwrap();
    let sent = ann.write_many(most + 3);
    let actor = ann.replica.own.unwrap();
    let chain = ben.replica.chains.get_mut(&actor).unwrap();
    chain.put_ends(Some(vec![Bound {
        seq: 2,
        head: sent[1].id(),
        until: LogicalTime::new(2),
    }]));
    assert_eq!(ben.receive(sent), Ok(()));
    assert_eq!(ben.end_of(&ANN), UNCOUNTED_OPERATIONS_MAX + 2);
}
