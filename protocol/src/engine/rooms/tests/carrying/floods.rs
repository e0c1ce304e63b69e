//! Neighbours who bring, ask and say as much as they can.

use super::*;
use crate::carry::{OFFERS_MAX, Quotas, WANTED_MAX};
use crate::envelope::SIZE_CLASSES_BYTES;
use crate::wire::limits::ENVELOPE_BYTES_MAX;

/// What a stranger may bring at once.
const STRANGER_BYTES: usize = 8 * 1024 * 1024;

fn large(number: u16) -> Envelope {
    made_up(number, SIZE_CLASSES_BYTES[3], header_of(number))
}

#[test]
fn a_stranger_brings_so_many_bytes_at_once_and_what_is_beyond_is_not_looked_at() {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    let id = town.envelopes_of(ANN)[0];
    let letter = town.envelope(ANN, id);
    let stranger = town.stranger(CAT, 1);
    let fit = STRANGER_BYTES / ENVELOPE_BYTES_MAX;
    for number in 0..=fit {
        let number = u16::try_from(number).unwrap();
        town.hand_over(stranger, large(number).as_bytes());
    }
    assert_eq!(town.for_others(CAT).len(), fit);
    // What is left of it takes a small one, and no other.
    let left = STRANGER_BYTES - fit * ENVELOPE_BYTES_MAX;
    for number in 0..=left / SIZE_CLASSES_BYTES[0] {
        town.hand_over(stranger, small(u16::try_from(number).unwrap()).as_bytes());
    }
    let smalls = left / SIZE_CLASSES_BYTES[0];
    assert_eq!(town.for_others(CAT).len(), fit + smalls);
    // It is the peer's, whichever link it comes over; others bring as much.
    town.hang_up(stranger);
    let again = town.stranger(CAT, 1);
    town.hand_over(again, small(1_001).as_bytes());
    assert_eq!(town.for_others(CAT).len(), fit + smalls);
    let other = town.stranger(CAT, 2);
    town.hand_over(other, small(1_001).as_bytes());
    assert_eq!(town.for_others(CAT).len(), fit + smalls + 1);
    // What is ours is read all the same.
    town.hand_over(again, &letter);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
    // With time they may again.
    town.wait(1_000);
    town.hand_over(again, small(1_000).as_bytes());
    assert_eq!(town.for_others(CAT).len(), fit + smalls + 2);
}

#[test]
fn what_one_depositor_brings_takes_its_share_of_the_room_and_no_more() {
    let (mut town, _) = strangers_between(1);
    let quotas = Quotas {
        bytes: 10 * 64 * 2048,
        envelopes: 640,
        depositor_bytes: 9 * 2048,
        depositor_envelopes: 8,
    };
    town.hand_input(ANN, crate::engine::Input::Carry(Some(quotas)));
    let kept = |town: &Town| town.for_others(ANN).len();
    for by in 0..8 {
        let stranger = town.stranger(ANN, by);
        for number in 0..9 {
            town.hand_over(stranger, small(100 * by + number).as_bytes());
            assert_eq!(kept(&town), usize::from(8 * by + (number + 1).min(8)));
        }
    }
    // The strangers' share is full, and what is as little urgent changes nothing of that.
    let stranger = town.stranger(ANN, 9);
    town.hand_over(stranger, small(1_000).as_bytes());
    assert_eq!(kept(&town), 64);
    let urgent = Header {
        priority: Priority::FIRST,
        ..header_of(2_000)
    };
    let urgent = made_up(2_000, SIZE_CLASSES_BYTES[0], urgent);
    town.hand_over(stranger, urgent.as_bytes());
    assert_eq!(kept(&town), 64);
    assert!(town.for_others(ANN).contains(&urgent.id()));
    assert_eq!(town.kept(ANN).carried.len(), 64);
}

#[test]
fn what_is_ours_comes_however_full_the_room_for_others_is() {
    let (mut town, conversation) = strangers_between(1);
    let quotas = Quotas {
        bytes: 0,
        envelopes: 0,
        depositor_bytes: 0,
        depositor_envelopes: 0,
    };
    town.hand_input(CAT, crate::engine::Input::Carry(Some(quotas)));
    town.write(ANN, conversation, "hello");
    let id = town.envelopes_of(ANN)[0];
    let bytes = town.envelope(ANN, id);
    let stranger = town.stranger(CAT, 1);
    let letter = Envelope::from_bytes(&bytes).unwrap();
    let offers = vec![offered(&small(1), true), offered(&letter, true)];
    let told = town.tell(stranger, &CarryFrame::Offer(offers));
    let [CarryFrame::Want(wanted)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(wanted.contains(&id), "whether the other has room or not");
    town.hand_over(stranger, &bytes);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
    assert_eq!(town.for_others(CAT), []);
    // And what is ours to send goes out.
    town.write(CAT, conversation, "hello, too");
    assert_eq!(town.kept(CAT).deposits.len(), 1);
}

#[test]
fn who_reads_nothing_is_told_little_however_much_they_ask_and_offer() {
    let (mut town, _) = strangers_between(1);
    let by = town.stranger(ANN, 1);
    for number in 0..40 {
        town.hand_over(by, large(number).as_bytes());
    }
    let ids = town.for_others(ANN);
    let deaf = town.stranger(ANN, 2);
    town.deafen(deaf);
    let wanted: Vec<EnvelopeId> = ids.iter().copied().cycle().take(WANTED_MAX).collect();
    let (mut told, one) = (Vec::new(), offered(&small(1), true));
    for round in 0..200_u16 {
        let offers = (0..OFFERS_MAX).map(|number| {
            let number = u16::try_from(number).unwrap();
            let mut id = [0x44; 32];
            id[..4].copy_from_slice(&[round.to_be_bytes(), number.to_be_bytes()].concat());
            Offered {
                id: EnvelopeId::new(id),
                ..one
            }
        });
        told.extend(town.tell(deaf, &CarryFrame::Want(wanted.clone())));
        told.extend(town.tell(deaf, &CarryFrame::Tell(wanted.clone())));
        told.extend(town.tell(deaf, &CarryFrame::Offer(offers.collect())));
    }
    let bytes: usize = told.iter().map(|frame| frame.to_bytes().len()).sum();
    assert!(bytes > 256 * 1024, "{bytes}");
    assert!(bytes < 2 * 256 * 1024 + 2 * ENVELOPE_BYTES_MAX, "{bytes}");
}

#[test]
fn what_waits_for_a_neighbour_who_reads_slowly_goes_the_most_urgent_first() {
    let (mut town, _) = strangers_between(1);
    let by = town.stranger(ANN, 1);
    let deaf = town.stranger(ANN, 2);
    town.deafen(deaf);
    // Enough that no more is handed to the link.
    for number in 0..6 {
        town.hand_over(by, large(number).as_bytes());
    }
    town.told(deaf);
    let of = |number: u16, priority| {
        let header = Header {
            priority: Priority::new(priority),
            ..header_of(number)
        };
        made_up(number, SIZE_CLASSES_BYTES[0], header)
    };
    let envelopes = [of(100, 2), of(101, 0), of(102, 1)];
    for envelope in &envelopes {
        town.hand_over(by, envelope.as_bytes());
    }
    assert_eq!(town.told(deaf), []);
    let drained = crate::engine::Input::Drained {
        link: deaf.link(),
        bytes: 1024 * 1024,
    };
    town.hand_input(ANN, drained);
    let told = town.told(deaf);
    let brought = brought(&told).into_iter();
    let brought: Vec<u8> = brought
        .map(|envelope| envelope.header().priority.byte())
        .collect();
    // One of the large ones had to wait, too.
    assert_eq!(brought[..2], [0, 1]);
    assert_eq!(brought.iter().filter(|priority| **priority == 2).count(), 2);
}

#[test]
fn all_that_a_neighbour_asks_for_comes_however_large_it_is() {
    let (mut town, _) = strangers_between(1);
    let by = town.stranger(ANN, 1);
    let mut ids = Vec::new();
    for number in 0..30 {
        let size = SIZE_CLASSES_BYTES[usize::from(number % 4)];
        let envelope = made_up(number, size, header_of(number));
        ids.push(envelope.id());
        town.hand_over(by, envelope.as_bytes());
    }
    let other = town.stranger(ANN, 2);
    let told = town.tell(other, &CarryFrame::Want(ids.clone()));
    let brought = brought(&told).into_iter();
    let mut brought: Vec<EnvelopeId> = brought.map(|envelope| envelope.id()).collect();
    brought.sort_unstable();
    ids.sort_unstable();
    assert_eq!(brought, ids);
}
