//! Receipts that come by mail, and of whom they count.

use super::*;
use crate::engine::Command;
use crate::envelope::seal::SUITE_CHAIN;
use crate::record::Outcome;

/// Ann, Ben who is between, Cat, and a copy of Ann's profile that runs too.
fn copied() -> (Town, ConversationId, usize) {
    let (mut town, conversation) = strangers_between(1);
    let copy = town.copy(ANN);
    town.carry(copy);
    (town, conversation, copy)
}

/// Has Cat read what a house wrote, and all acknowledgements come back.
fn read(town: &mut Town, from: usize) {
    town.pass_by(from, BEN);
    town.pass_by(BEN, CAT);
    town.wait(2_000);
    town.pass_by(CAT, BEN);
}

#[test]
fn who_holds_what_a_copy_of_this_profile_wrote_acknowledges_nothing_of_ours() {
    let (mut town, conversation, copy) = copied();
    town.expect_faults();
    town.write(copy, conversation, "by the copy");
    let letter = town.mail().remove(0);
    town.write(ANN, conversation, "by Ann");
    town.mail();
    town.bring(CAT, &letter);
    assert_eq!(town.texts(CAT, conversation), ["by the copy"]);
    town.wait(2_000);
    // Cat's receipt names what the copy wrote, and comes to Ann too: they have one device's keys.
    let receipts = town.mail();
    assert!(!receipts.is_empty());
    for receipt in &receipts {
        town.bring(ANN, receipt);
    }
    assert_eq!(town.state(ANN, conversation, CAT, 1), DeliveryState::Queued);
    assert_eq!(
        town.envelopes_of(ANN).len(),
        1,
        "and hers is under way still"
    );
}

#[test]
fn a_receipt_over_what_both_wrote_alike_counts_as_far_as_that_goes() {
    let (mut town, conversation) = strangers_between(1);
    town.expect_faults();
    town.write(ANN, conversation, "before there was a copy");
    let common = town.mail().remove(0);
    let copy = town.copy(ANN);
    town.carry(copy);
    town.mail();
    town.write(copy, conversation, "by the copy");
    let forked = town.mail().remove(0);
    town.write(ANN, conversation, "by Ann");
    town.mail();
    town.bring(CAT, &common);
    town.bring(CAT, &forked);
    town.wait(2_000);
    for receipt in &town.mail() {
        town.bring(ANN, receipt);
    }
    // It names the last of a stretch alone, which is not Ann's: nothing of it counts.
    for seq in 1..=2 {
        assert_eq!(
            town.state(ANN, conversation, CAT, seq),
            DeliveryState::Queued
        );
    }
}

#[test]
fn a_receipt_that_comes_again_or_out_of_order_changes_nothing() {
    let (mut town, conversation) = strangers_between(1);
    let mut receipts = Vec::new();
    for n in 1..=3 {
        town.write(ANN, conversation, &n.to_string());
        for envelope in town.mail() {
            town.bring(CAT, &envelope);
        }
        town.wait(2_000);
        receipts.extend(town.mail());
    }
    assert_eq!(receipts.len(), 3);
    for receipt in receipts.iter().rev().chain(&receipts) {
        town.bring(ANN, receipt);
        for seq in 1..=3 {
            assert_eq!(
                town.state(ANN, conversation, CAT, seq),
                DeliveryState::Delivered
            );
        }
    }
    assert_eq!(town.kept(ANN).deposits, []);
}

#[test]
fn the_first_receipt_goes_soon_and_one_tells_of_all_that_comes_within_a_second_of_it() {
    let (mut town, conversation) = strangers_between(1);
    for n in 0..5 {
        town.write(ANN, conversation, &n.to_string());
    }
    let mail = town.mail();
    town.bring(CAT, &mail[0]);
    town.wait(49);
    assert!(town.mail().is_empty());
    town.wait(1);
    assert_eq!(town.mail().len(), 1);
    for envelope in &mail[1..] {
        town.bring(CAT, envelope);
        town.wait(249);
    }
    assert!(town.mail().is_empty());
    town.wait(4);
    let second = town.mail();
    assert_eq!(second.len(), 1);
    town.bring(ANN, &second[0]);
    for seq in 1..=5 {
        assert_eq!(
            town.state(ANN, conversation, CAT, seq),
            DeliveryState::Delivered
        );
    }
    town.wait(millis(DAY));
    assert!(town.mail().is_empty());
}

#[test]
fn a_receipt_is_not_acknowledged_in_turn() {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    read(&mut town, ANN);
    town.pass_by(BEN, ANN);
    town.mail();
    town.wait(millis(DAY));
    assert!(town.mail().is_empty());
    assert_eq!(
        town.state(ANN, conversation, CAT, 1),
        DeliveryState::Delivered
    );
}

#[test]
fn what_was_not_acknowledged_before_a_program_ended_is_after_it_in_a_room_too_and_once() {
    let (mut town, room) = super::super::mail::room_apart();
    for conversation in [town.direct(ANN, CAT), room] {
        town.write(ANN, conversation, "hello");
        for envelope in town.mail() {
            town.bring(CAT, &envelope);
        }
        town.crash(CAT);
        town.carry(CAT);
        town.wait(2_000);
        let receipts = town.mail();
        assert!(!receipts.is_empty());
        for receipt in receipts {
            town.bring(ANN, &receipt);
        }
        assert_eq!(
            town.state(ANN, conversation, CAT, 1),
            DeliveryState::Delivered
        );
        // What was told is told once.
        town.crash(CAT);
        town.carry(CAT);
        town.wait(2_000);
        assert!(town.mail().is_empty());
    }
}

#[test]
fn the_last_of_a_bundle_is_answered_once_what_it_holds_is_read_and_acknowledged() {
    let (mut town, room) = super::super::mail::room_apart();
    town.write(ANN, room, "hello");
    let mut mail = town.mail();
    // The message comes before the letter by which it is found.
    mail.sort_by_key(|envelope| {
        Envelope::from_bytes(envelope).unwrap().suite().unwrap() != SUITE_CHAIN
    });
    let envelopes = mail.iter().map(|envelope| CarriedEnvelope {
        age_millis: 0,
        hops: 1,
        copies: 4,
        is_given: true,
        envelope: envelope.clone().into(),
    });
    let bring = Command::Bring {
        envelopes: envelopes.collect(),
        purges: Vec::new(),
        is_last: true,
    };
    let for_us = 2;
    let brought = town.command(CAT, bring);
    assert!(
        matches!(brought, Ok(Outcome::Brought { for_us: counted, .. }) if counted == for_us),
        "{brought:?}"
    );
    assert_eq!(town.texts(CAT, room), ["hello"]);
    let receipts = town.mail();
    for receipt in receipts {
        town.bring(ANN, &receipt);
    }
    assert_eq!(town.state(ANN, room, CAT, 1), DeliveryState::Delivered);
}
