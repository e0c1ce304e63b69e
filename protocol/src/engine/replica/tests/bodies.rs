//! Operations that come without their bodies, and bodies that come later.

use super::listing::{LISTED_ACTORS_MAX, LISTED_BYTES_MAX};
use super::telling::{RECEIPT_BYTES_MAX, bytes_of};
use super::*;
use crate::wire::limits::{ERASED_RANGES_MAX, NOISE_PLAINTEXT_BYTES_MAX, OPERATION_BYTES_MAX};

/// What a receipt of this member says of the other's operations.
fn told(member: &mut Member) -> Acknowledgement {
    member.receipt().stored().unwrap().actors.remove(0)
}

impl Member {
    /// Which operations were stored, and which bodies since, since the last look.
    fn stored(&mut self) -> (Vec<SignedOperation>, Vec<SignedOperation>) {
        let (mut operations, mut bodies) = (Vec::new(), Vec::new());
        for output in self.side.outputs() {
            match output {
                Output::Persist(Change::InsertOperation(record)) => {
                    operations.push(record.operation.signed().clone());
                }
                Output::Persist(Change::PutBody { operation, .. }) => {
                    bodies.push(operation.signed().clone());
                }
                Output::Persist(_) | Output::Effect(_) => {}
            }
        }
        (operations, bodies)
    }
}

proptest! {
    #[test]
    fn in_whatever_order_operations_and_bodies_come_all_is_whole_in_the_end(
        whole in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
        cut in prop::collection::vec((0..12_usize, 0..24_usize), 0..16),
        parts in 1..24_usize,
    ) {
        let (mut ann, mut ben) = (Member::ann(), Member::ben());
        let chain = ben.write_many(12);
        let mut arriving: Vec<SignedOperation> = whole.iter().map(|n| chain[*n].clone()).collect();
        for (n, place) in cut {
            arriving.insert(place.min(arriving.len()), erased(&chain[n]));
        }
        for part in arriving.chunks(parts) {
            prop_assert_eq!(ann.receive(part.to_vec()), Ok(()));
        }
        let (operations, bodies) = ann.stored();
        prop_assert_eq!(operations.len(), 12, "each is stored once");
        let mut whole: Vec<&SignedOperation> = operations.iter().filter(|one| one.body.is_some())
            .chain(&bodies)
            .collect();
        whole.sort_by_key(|operation| operation.claimed().unwrap().seq);
        prop_assert_eq!(whole, chain.iter().collect::<Vec<_>>(), "each body is stored once");
        prop_assert_eq!(ann.vector(), ben.vector());
        let told = told(&mut ann);
        prop_assert_eq!((told.held, told.erased), (Coverage::through(12), Erased::default()));
    }
}

#[test]
fn a_body_that_is_not_its_operations_is_refused_and_the_genuine_one_taken() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let sent = ben.write("meet at five");
    let other = SignedOperation {
        body: ben.write("meet at six").body,
        ..sent.clone()
    };
    ann.receive(vec![erased(&sent)]).unwrap();
    let refused = Err(Fault::Operation(OperationError::Commitment));
    assert_eq!(ann.receive(vec![other]), refused);
    assert_eq!(ann.stored().1, []);
    ann.receive(vec![sent.clone()]).unwrap();
    assert_eq!(ann.stored().1, [sent]);
}

#[test]
fn what_came_whole_takes_no_body_again() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let chain = ben.write_many(3);
    for operation in [&chain[0], &chain[2]] {
        ann.receive(vec![operation.clone()]).unwrap();
    }
    for operation in [&chain[0], &chain[2]] {
        ann.receive(vec![erased(operation), operation.clone()])
            .unwrap();
    }
    assert_eq!(ann.stored().1, []);
}

#[test]
fn however_many_bodies_come_at_once_their_authors_place_is_stored_once() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let chain = ben.write_many(100);
    ann.receive(chain.iter().map(erased).collect()).unwrap();
    ann.stored();
    ann.receive(chain).unwrap();
    let outputs = ann.side.outputs();
    let count = |is_it: fn(&Change) -> bool| {
        let changes = outputs.iter().filter_map(|output| match output {
            Output::Persist(change) => Some(change),
            Output::Effect(_) => None,
        });
        changes.filter(|change| is_it(change)).count()
    };
    assert_eq!(
        count(|change| matches!(change, Change::PutBody { .. })),
        100
    );
    assert_eq!(count(|change| matches!(change, Change::PutActor(_))), 1);
}

#[test]
fn a_text_that_came_later_is_delivered_then_and_read_when_it_is_read() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let sent = ann.write_many(3);
    let arriving = vec![sent[0].clone(), erased(&sent[1]), sent[2].clone()];
    ben.receive(arriving).unwrap();
    let of_ann = ann.replica.own.unwrap();
    let read = |ben: &mut Member| {
        ben.replica
            .mark_read(of_ann, &[(1, 3)], &mut ben.side.context());
    };
    read(&mut ben);
    ann.acknowledge(ben.receipt());
    ann.deliveries();
    ben.receive(vec![sent[1].clone()]).unwrap();
    assert_eq!(ben.replica.owed(), [ANN.person()]);
    ann.acknowledge(ben.receipt());
    assert_eq!(ann.deliveries(), [(2, 2, DeliveryState::Delivered)]);
    read(&mut ben);
    ann.acknowledge(ben.receipt());
    assert_eq!(ann.deliveries(), [(2, 2, DeliveryState::Read)]);
}

#[test]
fn how_long_messages_stay_is_heeded_when_it_is_said_at_last() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let content = Content::Lifetime { seconds: Some(60) };
    let said = ben
        .replica
        .write(&content, None, &mut ben.side.context())
        .unwrap();
    ann.receive(vec![erased(said.signed())]).unwrap();
    let stays = |ann: &mut Member| ann.write("hello").claimed().unwrap().disappears_after;
    assert_eq!(stays(&mut ann), None);
    ann.receive(vec![said.signed().clone()]).unwrap();
    assert_eq!(stays(&mut ann), Some(60));
}

#[test]
fn bodies_that_come_later_beyond_a_gap_have_as_many_bytes_as_operations_and_no_more() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    ben.write("the gap");
    let text = "x".repeat(OPERATION_BYTES_MAX - 1024);
    let bytes = ben.write(&text).bytes();
    let most = PENDING_BYTES_MAX / bytes;
    let waiting: Vec<_> = (0..=most).map(|_| ben.write(&text)).collect();
    ann.receive(waiting.iter().map(erased).collect()).unwrap();
    let headers: usize = waiting.iter().map(|one| erased(one).bytes()).sum();
    let fitting = (PENDING_BYTES_MAX - headers) / (bytes - erased(&waiting[0]).bytes());
    assert!(0 < fitting && fitting < waiting.len());
    let (fitting, more) = waiting.split_at(fitting);
    assert_eq!(ann.receive(fitting.to_vec()), Ok(()));
    assert_eq!(
        ann.receive(vec![more[0].clone()]),
        Err(Fault::TooManyPending)
    );
    assert_eq!(ann.stored().1, fitting);
}

/// Makes room for devices of a person, of each of which all is held, and every second operation of the
/// last ones without a body: as much as is told, with numbers as long as they can be.
fn fill(member: &mut Member, person: PersonId, devices: std::ops::Range<u8>) -> BTreeSet<ActorId> {
    let every_second = |most: usize| {
        let most = u64::try_from(most).unwrap();
        (1..=most).map(|n| u64::MAX - 2 * n)
    };
    let (mut erased, mut read) = (Erased::default(), Coverage::default());
    every_second(ERASED_RANGES_MAX).for_each(|seq| erased.insert(seq));
    every_second(RECEIPT_RANGES_MAX).for_each(|seq| {
        read.insert(seq);
    });
    let fill = |n| {
        let device = DeviceId::new([n; 32]);
        member.replica.admit(person, device);
        let actor = ActorId::direct(device, member.replica.conversation());
        let mut record = member.replica.chains[&actor].record().clone();
        record.seq = u64::MAX;
        (record.erased, record.read) = (erased.clone(), read.clone());
        member.replica.restore_chain(record);
        actor
    };
    devices.map(fill).collect()
}

#[test]
fn a_receipt_lists_of_others_what_fits_and_the_next_ones_list_the_rest() {
    let mut ann = Member::ann();
    let all = fill(&mut ann, ANN.person(), 1..10);
    assert!(ann.receipt().stored().unwrap().actors.is_empty());
    ann.replica.owe_list(BEN.person());
    let mut listed = BTreeSet::new();
    for _ in 0..3 {
        assert_eq!(ann.replica.owed(), [BEN.person()]);
        let signed = ann.receipt();
        let bytes = crate::wire::encode(&signed).len();
        assert!(bytes < NOISE_PLAINTEXT_BYTES_MAX / 3);
        let receipt = signed.verify(&ANN.signing()).unwrap();
        let bytes = receipt.actors.iter().map(bytes_of);
        let most = bytes.clone().max().unwrap();
        let all: usize = bytes.sum();
        assert!(all <= LISTED_BYTES_MAX && all + most > LISTED_BYTES_MAX);
        assert_eq!(receipt.actors.len(), 3, "all that fit");
        listed.extend(receipt.actors.iter().map(|part| part.actor));
    }
    assert_eq!(listed, all);
    assert_eq!(ann.replica.owed(), []);
    assert!(ann.receipt().stored().unwrap().actors.is_empty());
}

#[test]
fn a_receipt_that_says_all_it_may_fits_a_message() {
    for of_ann in [0, 120, 250] {
        let mut ann = Member::ann();
        fill(&mut ann, ANN.person(), 0..of_ann);
        fill(&mut ann, BEN.person(), of_ann..250);
        for _ in 0..3 {
            ann.replica.owe_list(BEN.person());
            let signed = ann.receipt();
            let message = SessionMessage::Receipt(signed.clone()).to_bytes();
            assert!(message.len() <= NOISE_PLAINTEXT_BYTES_MAX);
            let receipt = signed.verify(&ANN.signing()).unwrap();
            assert!(!receipt.actors.is_empty());
            let bytes = receipt.actors.iter().map(bytes_of);
            let most = bytes.clone().max().unwrap();
            let all: usize = bytes.sum();
            assert!(all <= RECEIPT_BYTES_MAX);
            assert!(of_ann > 0 || all + most > RECEIPT_BYTES_MAX, "all that fit");
        }
    }
}

#[test]
fn a_receipt_lists_as_many_actors_as_may_be_and_the_next_one_one_more() {
    for (actors, rest) in [(LISTED_ACTORS_MAX, None), (LISTED_ACTORS_MAX + 1, Some(1))] {
        let mut ann = Member::ann();
        for n in 1..=u8::try_from(actors).unwrap() {
            let device = DeviceId::new([n; 32]);
            ann.replica.admit(ANN.person(), device);
            let actor = ActorId::direct(device, ann.replica.conversation());
            let mut record = ann.replica.chains[&actor].record().clone();
            record.seq = 1;
            record.erased.insert(1);
            ann.replica.restore_chain(record);
        }
        ann.replica.owe_list(BEN.person());
        let listed = ann.receipt().stored().unwrap().actors.len();
        assert_eq!(listed, LISTED_ACTORS_MAX);
        let is_owed = !ann.replica.owed().is_empty();
        let then = is_owed.then(|| ann.receipt().stored().unwrap().actors.len());
        assert_eq!(then, rest);
        assert_eq!(ann.replica.owed(), []);
    }
}

#[test]
fn whoever_claims_to_lack_all_numbers_that_there_are_lacks_what_is_held() {
    let (mut ann, mut ben) = (Member::ann(), Member::ben());
    let written = ben.write_many(6);
    let actor = ben.replica.own.unwrap();
    let chain = ann.replica.chains.get_mut(&actor).unwrap();
    chain.begin(&Bound {
        seq: 2,
        head: written[1].id(),
        until: LogicalTime::new(2),
    });
    ann.receive(vec![
        written[2].clone(),
        written[4].clone(),
        written[5].clone(),
    ])
    .unwrap();
    let held = |ranges: &[(u64, u64)]| {
        let held = ann.replica.chains[&actor].held_of(ranges.iter().copied());
        held.spans().collect::<Vec<_>>()
    };
    assert_eq!(held(&[(1, u64::MAX)]), [(3, 3), (5, 6)]);
    assert_eq!(held(&[(1, 2), (4, 4), (6, 9)]), [(6, 6)]);
    assert_eq!(held(&[(u64::MAX, u64::MAX)]), []);
}
