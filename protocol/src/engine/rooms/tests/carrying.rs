//! Carrying: what reaches those who never meet, over whoever is between them.

mod custody;
mod dormant;
mod expiring;
mod floods;
mod hostile;
mod nearby;
mod pacing;
mod pairing;
mod purging;
mod receipts;
mod reporting;
mod restarting;
mod waiting;
mod whereabouts;

use std::time::Duration;

use super::mail::millis;
use super::town::{Stranger, Town};
use super::{ANN, BEN, CAT, DAN};
use crate::carry::{CarriedEnvelope, CarryFrame, Offered, Tier};
use crate::delivery::DeliveryState;
use crate::envelope::{Envelope, Header, Priority, SIZE_CLASSES_BYTES};
use crate::id::{ConversationId, EnvelopeId, Tag};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Ann and Cat, who know each other and never meet, and others whom nobody knows.
fn strangers_between(others: usize) -> (Town, ConversationId) {
    let people = others + 2;
    let town = carriers(Town::knowing(people, &[(ANN, CAT)]));
    let conversation = town.direct(ANN, CAT);
    (town, conversation)
}

/// Ann and Cat, who never meet, and Ben whom both know.
fn friend_between() -> (Town, ConversationId) {
    let town = carriers(Town::of(3));
    let conversation = town.direct(ANN, CAT);
    (town, conversation)
}

/// People who share secrets with whom they know, and carry.
fn carriers(mut town: Town) -> Town {
    town.share_secrets();
    (0..town.people()).for_each(|who| town.carry(who));
    town
}

/// An envelope that nobody sealed, of one of the sizes.
fn made_up(number: u16, size: usize, header: Header) -> Envelope {
    let (from, through) = (size - 200, size);
    let [high, low] = number.to_be_bytes();
    let mut envelopes = (from..through).filter_map(|bytes| {
        let mut ciphertext = vec![0x55; bytes];
        ciphertext[..2].copy_from_slice(&[high, low]);
        Envelope::assemble(&header, ciphertext).ok()
    });
    envelopes.next().unwrap()
}

/// What carriers go by in such an envelope.
fn header_of(number: u16) -> Header {
    let [high, low] = number.to_be_bytes();
    let mut tag = [0x77; 16];
    tag[..2].copy_from_slice(&[high, low]);
    Header {
        tag: Tag::new(tag),
        lifetime_hours: 24,
        priority: Priority::USUAL,
        purge: [0x33; 32],
    }
}

/// A small one.
fn small(number: u16) -> Envelope {
    made_up(number, SIZE_CLASSES_BYTES[0], header_of(number))
}

/// An envelope as a neighbour hands it over, to be carried on.
fn handed(envelope: &[u8]) -> CarryFrame {
    CarryFrame::Carry(CarriedEnvelope {
        age_millis: 0,
        hops: 1,
        copies: 4,
        is_given: true,
        envelope: envelope.to_vec().into(),
    })
}

/// The envelopes that frames bring, in order.
fn brought(frames: &[CarryFrame]) -> Vec<Envelope> {
    let mut envelopes = Vec::new();
    for frame in frames {
        if let CarryFrame::Carry(carried) = frame {
            envelopes.push(Envelope::from_bytes(&carried.envelope).unwrap());
        }
    }
    envelopes
}

/// An envelope as a neighbour offers it.
fn offered(envelope: &Envelope, is_given: bool) -> Offered {
    Offered {
        id: envelope.id(),
        header: *envelope.header(),
        bytes: envelope.as_bytes().len(),
        age_hours: 0,
        hops: 1,
        is_given,
    }
}

impl Town {
    /// Has a stranger hand an envelope over; returns what they are told.
    fn hand_over(&mut self, stranger: Stranger, envelope: &[u8]) -> Vec<CarryFrame> {
        self.tell(stranger, &handed(envelope))
    }

    fn envelopes_of(&self, who: usize) -> Vec<EnvelopeId> {
        let deposits = self.kept(who).deposits.iter();
        deposits.map(|deposit| deposit.envelope).collect()
    }
}

#[test]
fn what_two_write_who_never_meet_comes_over_a_stranger_and_so_does_that_it_came() {
    let (mut town, conversation) = strangers_between(1);
    for round in 1..=3 {
        for (from, to) in [(ANN, CAT), (CAT, ANN)] {
            let text = format!("{round} from {from}");
            town.write(from, conversation, &text);
            town.pass_by(from, BEN);
            assert!(!town.texts(to, conversation).contains(&text));
            assert_eq!(town.kept(BEN).carried[0].tier, Tier::Stranger);
            town.pass_by(BEN, to);
            assert!(town.texts(to, conversation).contains(&text), "{text}");
            assert_eq!(
                town.state(from, conversation, to, round),
                DeliveryState::Queued
            );
            town.wait(2_000);
            town.pass_by(to, BEN);
            town.pass_by(BEN, from);
            assert_eq!(
                town.state(from, conversation, to, round),
                DeliveryState::Delivered
            );
            assert_eq!(town.kept(from).deposits, []);
        }
    }
    for who in [ANN, CAT] {
        town.pass_by(who, BEN);
    }
    assert_eq!(town.kept(BEN).carried, []);
}

#[test]
fn what_is_written_crosses_a_line_of_neighbours_at_once() {
    let (mut town, conversation) = strangers_between(3);
    // Ann, Ben, Dan, another, Cat.
    for (one, other) in [(ANN, BEN), (DAN, BEN), (DAN, 4), (CAT, 4)] {
        town.neighbour(one, other);
        assert!(town.are_neighbours(one, other));
    }
    town.write(ANN, conversation, "hello");
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
    for who in [BEN, DAN, 4] {
        assert_eq!(town.kept(who).carried, [], "{who}: purged as it came");
        assert_eq!(town.kept(who).tombstones.len(), 1);
    }
    town.wait(2_000);
    assert_eq!(
        town.state(ANN, conversation, CAT, 1),
        DeliveryState::Delivered
    );
}

#[test]
fn what_is_written_in_a_room_comes_to_members_over_whoever_is_none() {
    let mut town = carriers(Town::knowing(4, &[(ANN, CAT), (ANN, DAN), (CAT, DAN)]));
    for (one, other) in [(ANN, CAT), (ANN, DAN)] {
        town.connect(one, other);
    }
    let room = town.make_room(ANN, "Garden", &[CAT, DAN]);
    town.disconnect_all();
    town.write(ANN, room, "one");
    town.write(ANN, room, "two");
    town.pass_by(ANN, BEN);
    assert_eq!(town.for_others(BEN).len(), 4, "two handovers, two messages");
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, room), ["one", "two"]);
    assert_eq!(town.for_others(BEN).len(), 3, "Cat's handover is purged");
    town.wait(2_000);
    town.pass_by(BEN, CAT);
    town.pass_by(BEN, ANN);
    assert_eq!(town.state(ANN, room, CAT, 1), DeliveryState::Delivered);
    assert_eq!(town.state(ANN, room, DAN, 1), DeliveryState::Queued);
    town.pass_by(BEN, DAN);
    assert_eq!(town.texts(DAN, room), ["one", "two"]);
    town.wait(2_000);
    town.pass_by(BEN, DAN);
    town.pass_by(BEN, ANN);
    assert_eq!(town.state(ANN, room, DAN, 2), DeliveryState::Delivered);
    assert_eq!(town.kept(ANN).deposits, []);
    for who in [DAN, CAT, ANN] {
        town.pass_by(BEN, who);
    }
    assert_eq!(town.for_others(BEN), []);
}

#[test]
fn whoever_comes_to_a_carrier_with_much_of_others_gets_what_is_theirs() {
    let (mut town, conversation) = strangers_between(1);
    let stranger = town.stranger(BEN, 1);
    for number in 0..300 {
        town.hand_over(stranger, small(number).as_bytes());
    }
    assert_eq!(town.for_others(BEN).len(), 300);
    town.write(ANN, conversation, "hello");
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
}

#[test]
fn what_is_given_to_nobody_any_more_comes_to_whom_it_is_for_among_others() {
    let (mut town, conversation) = strangers_between(2);
    town.write(ANN, conversation, "hello");
    // The only stranger whom Ann meets gets half of the copies, and so on until none is left.
    let id = town.envelopes_of(ANN)[0];
    let envelope = town.envelope(ANN, id);
    let stranger = town.stranger(BEN, 1);
    let last = CarryFrame::Carry(CarriedEnvelope {
        age_millis: 0,
        hops: 1,
        copies: 0,
        is_given: true,
        envelope: envelope.into(),
    });
    town.tell(stranger, &last);
    assert_eq!(town.for_others(BEN), [id]);
    town.pass_by(BEN, DAN);
    assert_eq!(town.for_others(DAN), [], "it is not passed on");
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
}

#[test]
fn links_to_carry_are_opened_by_who_dialled_again_and_ever_later() {
    let (mut town, _) = strangers_between(1);
    town.neighbour(ANN, BEN);
    let mut wait = 5_000;
    for _ in 0..3 {
        town.disconnect_all();
        assert!(!town.are_neighbours(ANN, BEN));
        town.wait(wait - 1);
        assert!(!town.are_neighbours(ANN, BEN));
        town.wait(1);
        assert!(town.are_neighbours(ANN, BEN));
        wait *= 2;
    }
    town.part(ANN, BEN);
    town.wait(millis(DAY));
    assert!(!town.are_neighbours(ANN, BEN));
}

#[test]
fn two_who_dialled_each_other_compare_over_one_link() {
    let (mut town, conversation) = strangers_between(1);
    for (one, other) in [(ANN, BEN), (BEN, ANN), (BEN, CAT), (CAT, BEN)] {
        town.meet(one, other);
    }
    town.run();
    for who in [ANN, CAT] {
        assert!(town.are_neighbours(who, BEN));
        assert_eq!(town.engine(who).carrying(town_now()).neighbours.len(), 1);
    }
    town.write(ANN, conversation, "hello");
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
}

fn town_now() -> crate::time::Now {
    crate::engine::tests::at(0)
}
