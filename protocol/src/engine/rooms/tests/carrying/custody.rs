//! Custody: who promises to keep what, and what is made of it.

use std::collections::BTreeSet;

use super::*;
use crate::engine::carry::CUSTODIES_MAX;
use crate::record::CustodyRecord;
use crate::sync::{CUSTODIES_TOLD_MAX, Custody, SessionMessage};

/// Ann and Ben in a session, neighbours besides, and what Ann wrote to Cat, who is away.
fn entrusted() -> (Town, ConversationId, CustodyRecord) {
    let (mut town, conversation) = friend_between();
    town.connect(ANN, BEN);
    town.neighbour(ANN, BEN);
    town.write(ANN, conversation, "hello");
    let custody = town.kept(ANN).custodies[0];
    (town, conversation, custody)
}

fn say_custody(town: &mut Town, from: usize, to: usize, envelope: EnvelopeId, hours: u16) {
    let custody = Custody { envelope, hours };
    town.say(from, to, &SessionMessage::Custody(vec![custody]));
}

impl Town {
    /// How far what Ann wrote first has come to Cat.
    fn to_cat(&self, conversation: ConversationId) -> DeliveryState {
        self.state(ANN, conversation, CAT, 1)
    }

    /// Lets time pass until a moment by somebody's count of it.
    fn wait_until(&mut self, who: usize, until: crate::time::CarryTime) {
        let now = self.now(who);
        let now = self.engine(who).carrying(now).time;
        self.wait(millis(until.since(now)));
    }
}

#[test]
fn what_a_contact_promises_to_keep_is_carried_until_then_and_delivered_when_it_came() {
    let (mut town, conversation, custody) = entrusted();
    assert_eq!(custody.holder, town.own(BEN).device());
    assert_eq!(town.to_cat(conversation), DeliveryState::Carried);
    assert_eq!(town.kept(BEN).carried[0].tier, Tier::Contact);
    town.disconnect_all();
    town.part(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.to_cat(conversation), DeliveryState::Carried);
    town.wait(2_000);
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, ANN);
    assert_eq!(town.to_cat(conversation), DeliveryState::Delivered);
    assert_eq!(town.kept(ANN).custodies, []);
    // What ends later changes nothing of it.
    town.wait(millis(8 * DAY));
    assert_eq!(town.to_cat(conversation), DeliveryState::Delivered);
}

#[test]
fn what_was_brought_before_a_session_is_promised_in_it() {
    let (mut town, conversation) = friend_between();
    town.write(ANN, conversation, "hello");
    town.pass_by(ANN, BEN);
    assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
    town.connect(BEN, ANN);
    assert_eq!(town.to_cat(conversation), DeliveryState::Carried);
}

#[test]
fn what_a_stranger_took_along_first_is_promised_once_its_author_and_a_contact_meet() {
    let mut town = carriers(Town::knowing(4, &[(ANN, BEN), (ANN, CAT), (BEN, CAT)]));
    let conversation = town.direct(ANN, CAT);
    town.write(ANN, conversation, "hello");
    town.pass_by(ANN, DAN);
    town.pass_by(DAN, BEN);
    assert_eq!(town.kept(BEN).carried[0].tier, Tier::Stranger);
    town.connect(ANN, BEN);
    town.neighbour(ANN, BEN);
    town.wait(1_000);
    assert_eq!(town.kept(BEN).carried[0].tier, Tier::Contact);
    assert_eq!(town.to_cat(conversation), DeliveryState::Carried);
    // And so it is when the stranger is quicker than the author.
    town.neighbour(ANN, DAN);
    town.neighbour(DAN, BEN);
    town.write(ANN, conversation, "are you there?");
    town.wait(1_000);
    assert_eq!(
        town.state(ANN, conversation, CAT, 2),
        DeliveryState::Carried
    );
    assert_eq!(town.kept(BEN).carried.len(), 2);
}

#[test]
fn what_another_contact_brought_first_is_promised_to_its_author_as_well_whoever_it_counts_for() {
    let mut town = carriers(Town::of(4));
    let conversation = town.direct(ANN, CAT);
    for n in 0..8 {
        town.write(ANN, conversation, &n.to_string());
    }
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, DAN);
    // It depends on through how many carriers it claimed to have come as it was sealed.
    let tiers: BTreeSet<Tier> = town.kept(DAN).carried.iter().map(|one| one.tier).collect();
    assert_eq!(tiers, [Tier::Contact, Tier::Friend].into());
    town.connect(ANN, DAN);
    town.neighbour(ANN, DAN);
    town.wait(1_000);
    for seq in 1..=8 {
        assert_eq!(
            town.state(ANN, conversation, CAT, seq),
            DeliveryState::Carried,
            "{seq}"
        );
    }
    assert_eq!(town.kept(DAN).carried.len(), 8);
}

#[test]
fn a_promise_goes_by_the_latest_session_for_an_earlier_one_may_be_over_unnoticed() {
    let (mut town, conversation, _) = entrusted();
    // Ann's program ends without a word and starts again: Ben takes the first session to stand.
    town.restart(ANN);
    town.carry(ANN);
    town.connect(ANN, BEN);
    town.neighbour(ANN, BEN);
    assert_eq!(town.sessions_with(BEN, ANN), 2);
    town.write(ANN, conversation, "are you there?");
    assert_eq!(
        town.state(ANN, conversation, CAT, 2),
        DeliveryState::Carried
    );
}

#[test]
fn when_a_promise_ends_what_it_was_for_is_queued_again_and_not_sealed_yet() {
    let (mut town, conversation, custody) = entrusted();
    let kept = town.kept(ANN).carried[0];
    assert!(custody.until <= kept.expires_at);
    town.part(ANN, BEN);
    town.disconnect_all();
    town.mail();
    // Short of it by a moment, and there.
    let before = crate::time::CarryTime::from_millis(custody.until.as_millis() - 1);
    town.wait_until(ANN, before);
    assert_eq!(town.to_cat(conversation), DeliveryState::Carried);
    town.wait(1);
    assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
    assert_eq!(town.kept(ANN).custodies, []);
    if custody.until < kept.expires_at {
        assert!(town.mail().is_empty());
        assert_eq!(town.kept(ANN).deposits.len(), 1);
    }
    town.wait_until(ANN, kept.expires_at);
    assert_eq!(town.mail().len(), 1, "sealed again");
    assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
}

#[test]
fn after_a_start_a_device_is_woken_when_a_promise_ends() {
    let (mut town, conversation, custody) = entrusted();
    town.part(ANN, BEN);
    town.disconnect_all();
    town.crash(ANN);
    town.carry(ANN);
    // Woken when it asked for it, and at no other time.
    for _ in 0..2_000 {
        if town.to_cat(conversation) == DeliveryState::Queued {
            break;
        }
        let wake = town.timer(ANN).unwrap().as_millis();
        let now = town.now(ANN).monotonic.as_millis();
        town.wait_alone(ANN, wake.saturating_sub(now));
    }
    assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
    let now = town.now(ANN);
    assert_eq!(town.engine(ANN).carrying(now).time, custody.until);
}

#[test]
fn while_one_of_two_promises_stands_it_is_carried() {
    let mut town = carriers(Town::of(4));
    let conversation = town.direct(ANN, CAT);
    town.connect(ANN, BEN);
    town.connect(ANN, DAN);
    town.write(ANN, conversation, "hello");
    let envelope = town.envelopes_of(ANN)[0];
    say_custody(&mut town, BEN, ANN, envelope, 1);
    say_custody(&mut town, DAN, ANN, envelope, 3);
    assert_eq!(town.kept(ANN).custodies.len(), 2);
    town.wait(millis(2 * HOUR));
    assert_eq!(town.kept(ANN).custodies.len(), 1);
    assert_eq!(town.to_cat(conversation), DeliveryState::Carried);
    town.wait(millis(HOUR));
    assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
    // Whoever promises once more is believed once more, and the last word counts.
    say_custody(&mut town, BEN, ANN, envelope, 9);
    say_custody(&mut town, BEN, ANN, envelope, 1);
    assert_eq!(town.to_cat(conversation), DeliveryState::Carried);
    town.wait(millis(HOUR));
    assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
}

#[test]
fn a_promise_of_what_is_not_ours_or_of_no_time_is_none() {
    let (mut town, conversation) = friend_between();
    town.connect(ANN, BEN);
    let stranger = town.stranger(ANN, 1);
    let others = small(1);
    town.hand_over(stranger, others.as_bytes());
    town.write(ANN, conversation, "hello");
    let envelope = town.envelopes_of(ANN)[0];
    for (id, hours) in [
        (others.id(), 9),
        (EnvelopeId::new([9; 32]), 9),
        (envelope, 0),
    ] {
        say_custody(&mut town, BEN, ANN, id, hours);
        assert_eq!(town.kept(ANN).custodies, []);
        assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
    }
}

#[test]
fn a_promise_ends_with_the_envelope_however_long_it_is_said_to_be() {
    let (mut town, conversation) = friend_between();
    town.connect(ANN, BEN);
    town.write(ANN, conversation, "hello");
    let envelope = town.envelopes_of(ANN)[0];
    say_custody(&mut town, BEN, ANN, envelope, u16::MAX);
    let expires_at = town.kept(ANN).carried[0].expires_at;
    assert_eq!(town.kept(ANN).custodies[0].until, expires_at);
    town.wait_until(ANN, expires_at);
    assert_eq!(town.to_cat(conversation), DeliveryState::Queued);
    assert_ne!(town.envelopes_of(ANN), [envelope], "sealed again");
    assert_eq!(town.kept(ANN).custodies, []);
}

#[test]
fn a_member_who_is_no_contact_promises_in_vain() {
    let mut town = carriers(Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]));
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    town.connect(BEN, CAT);
    let conversation = town.direct(BEN, ANN);
    town.write(BEN, conversation, "hello");
    let envelope = town.envelopes_of(BEN)[0];
    say_custody(&mut town, CAT, BEN, envelope, 9);
    assert_eq!(town.kept(BEN).custodies, []);
    assert_eq!(town.state(BEN, conversation, ANN, 1), DeliveryState::Queued);
}

#[test]
fn nothing_is_promised_of_what_a_stranger_brought_or_a_friend_from_afar() {
    let (mut town, _) = friend_between();
    let as_ann = town.posing(BEN, ANN);
    let mut far = handed(small(1).as_bytes());
    if let CarryFrame::Carry(carried) = &mut far {
        carried.hops = 9;
    }
    town.tell(as_ann, &far);
    let stranger = town.stranger(BEN, 1);
    town.hand_over(stranger, small(2).as_bytes());
    assert_eq!(town.for_others(BEN).len(), 2);
    town.connect(ANN, BEN);
    assert_eq!(promised(&mut town), 0);
}

/// Of how many envelopes Ben promises Ann in a session that he keeps them.
fn promised(town: &mut Town) -> usize {
    let (peer, now) = (town.transport(ANN), town.now(BEN));
    let parts = town.engine(BEN).parts(now);
    parts.carry.custodies(&peer, &parts.context).len()
}

#[test]
fn as_many_promises_are_made_at_once_as_one_message_takes_and_no_more() {
    let (mut town, _) = friend_between();
    let as_ann = town.posing(BEN, ANN);
    let most = u16::try_from(CUSTODIES_TOLD_MAX).unwrap();
    for number in 0..most {
        town.hand_over(as_ann, small(number).as_bytes());
    }
    assert_eq!(promised(&mut town), CUSTODIES_TOLD_MAX);
    town.hand_over(as_ann, small(most).as_bytes());
    assert_eq!(town.for_others(BEN).len(), CUSTODIES_TOLD_MAX + 1);
    assert_eq!(promised(&mut town), CUSTODIES_TOLD_MAX);
    let said = |count| {
        let custody = Custody {
            envelope: EnvelopeId::new([1; 32]),
            hours: 9,
        };
        let said = SessionMessage::Custody(vec![custody; count]).to_bytes();
        SessionMessage::from_bytes(&said).is_ok()
    };
    assert!(said(CUSTODIES_TOLD_MAX));
    assert!(!said(CUSTODIES_TOLD_MAX + 1));
}

#[test]
fn so_many_devices_promises_of_one_envelope_are_kept_and_one_more_is_not() {
    let mut town = carriers(Town::of(CUSTODIES_MAX + 3));
    let conversation = town.direct(ANN, CAT);
    town.write(ANN, conversation, "hello");
    let envelope = town.envelopes_of(ANN)[0];
    let holders: Vec<usize> = (0..town.people())
        .filter(|who| ![ANN, CAT].contains(who))
        .collect();
    assert_eq!(holders.len(), CUSTODIES_MAX + 1);
    for (count, holder) in holders.iter().enumerate() {
        town.connect(ANN, *holder);
        say_custody(&mut town, *holder, ANN, envelope, 9);
        let kept = town.kept(ANN).custodies.len();
        assert_eq!(kept, CUSTODIES_MAX.min(count + 1));
    }
    // Who is among them may promise anew.
    say_custody(&mut town, holders[0], ANN, envelope, 20);
    let device = town.own(holders[0]).device();
    let mut custodies = town.kept(ANN).custodies.iter();
    let renewed = custodies.find(|custody| custody.holder == device).unwrap();
    assert!(renewed.until.as_millis() >= millis(20 * HOUR));
}
