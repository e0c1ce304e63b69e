use super::*;
use crate::carry::{Depositor, Quotas, Tier};
use crate::engine::tests::{Side, identity};
use crate::envelope::{Header, Priority};
use crate::id::Tag;

fn neighbour() -> Neighbour {
    let peer = TransportId::new([1; 32]);
    Neighbour::new(peer, true, Monotonic::default())
}

fn id(number: usize) -> EnvelopeId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
    EnvelopeId::new(id)
}

fn record(number: usize, priority: u8, bytes: usize) -> CarriedRecord {
    CarriedRecord {
        id: id(number),
        header: Header {
            tag: Tag::new([1; 16]),
            lifetime_hours: 24,
            priority: Priority::new(priority),
            purge: [2; 32],
        },
        bytes,
        expires_at: CarryTime::from_millis(1_000_000),
        hops: 1,
        copies: 4,
        tier: Tier::Stranger,
        depositor: Depositor::default(),
    }
}

#[test]
fn so_much_waits_to_be_said_to_a_neighbour_and_what_is_more_does_not() {
    let mut neighbour = neighbour();
    for number in 0..=OFFERS_QUEUED_MAX {
        neighbour.offer(id(number));
        neighbour.show(id(number));
        neighbour.ask(id(number));
        neighbour.request(id(number));
        neighbour.show_purge([7; 32]);
        let expected = (number + 1).min(OFFERS_QUEUED_MAX);
        assert_eq!(neighbour.offers.len(), expected);
        assert_eq!(neighbour.tells.len(), expected);
        assert_eq!(neighbour.requests.len(), expected);
        assert_eq!(neighbour.purges.len(), expected);
    }
}

#[test]
fn so_many_envelopes_wait_to_be_sent_to_a_neighbour_and_one_more_does_not() {
    let mut neighbour = neighbour();
    for number in 0..=WANTED_QUEUED_MAX {
        neighbour.want(&record(number, 2, 2048));
        assert_eq!(neighbour.wanted.len(), (number + 1).min(WANTED_QUEUED_MAX));
    }
    // What waits already takes no more room when it is asked for again.
    neighbour.want(&record(0, 2, 2048));
    assert_eq!(neighbour.wanted.len(), WANTED_QUEUED_MAX);
}

#[test]
fn of_so_many_envelopes_it_is_known_that_a_neighbour_holds_them() {
    let mut neighbour = neighbour();
    for number in 0..HELD_MAX {
        neighbour.hold(id(number));
    }
    assert!(neighbour.holds(&id(0)));
    neighbour.hold(id(HELD_MAX));
    assert!(neighbour.holds(&id(HELD_MAX)));
    assert_eq!(neighbour.holds.len(), HELD_MAX);
}

#[test]
fn what_is_held_is_named_from_anywhere_on_and_around() {
    let mut neighbour = neighbour();
    (0..5).for_each(|number| neighbour.hold(id(number)));
    let named: Vec<EnvelopeId> = neighbour.some_held(id(3)).collect();
    assert_eq!(named, [3, 4, 0, 1, 2].map(id));
}

#[test]
fn no_more_is_handed_to_a_link_once_so_much_is_not_written() {
    let mut side = Side::new(identity("Ann", 1), &[]);
    let mut context = side.context();
    let mut neighbour = neighbour();
    let link = LinkId::new(1);
    let frame = CarryFrame::Purge(vec![[1; 32]; PURGES_MAX]);
    let bytes = frame.to_bytes().len();
    while neighbour.has_credit() {
        neighbour.send(link, &frame, &mut context);
    }
    assert!((CREDIT_BYTES..CREDIT_BYTES + bytes).contains(&neighbour.unwritten));
    let beyond = neighbour.unwritten - CREDIT_BYTES;
    neighbour.drained(beyond);
    assert!(!neighbour.has_credit(), "max");
    neighbour.drained(1);
    assert!(neighbour.has_credit(), "max - 1");
    neighbour.drained(usize::MAX);
    assert_eq!(neighbour.unwritten, 0);
}

#[test]
fn the_most_urgent_are_read_first_and_what_does_not_fit_is_read_next() {
    let records = [
        record(1, 2, 600),
        record(2, 0, 600),
        record(3, 1, 300),
        record(4, 2, 100),
        record(5, 9, 5_000),
    ];
    let shelf = Shelf::restore(Quotas::FRIENDLY, records, []);
    let mut neighbour = neighbour();
    records.iter().for_each(|record| neighbour.want(record));
    neighbour.want(&record(6, 0, 100));
    assert_eq!(neighbour.next_to_read(&shelf, 1_000), [id(2), id(3)]);
    assert_eq!(neighbour.next_to_read(&shelf, 1_000), [id(1), id(4)]);
    assert!(neighbour.is_awaiting());
    assert_eq!(neighbour.next_to_read(&shelf, 1_000), [id(5)], "alone");
    assert!(!neighbour.is_awaiting());
    assert_eq!(neighbour.next_to_read(&shelf, 1_000), []);
}
