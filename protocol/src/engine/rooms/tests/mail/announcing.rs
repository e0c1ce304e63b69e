//! Cards: how those who are never there together come to know each other's keys of this week; and what of all
//! this is durable at once.

use super::super::town::carried;
use super::{DAY, LONGEST_PACE, Letter, Town, apart, lose_keys, millis, say_unreadable};
use crate::engine::mail::Errand;
use crate::engine::mail::UNREADABLE_TOLD_MAX;
use crate::engine::rooms::tests::{ANN, BEN, CAT, room};
use crate::engine::tests::at;
use crate::engine::{Command, Input, Output};
use crate::envelope::Priority;
use crate::identity::bundle::BUNDLE_LIFETIME;
use crate::record::Outcome;
use crate::sync::SessionMessage;

/// Which bundle of somebody's another knows.
fn known(town: &mut Town, who: usize, of: usize) -> u64 {
    let device = town.own(of).device();
    let known = town.engine(who).directory.device(&device).unwrap();
    known.card.bundle.number
}

#[test]
fn two_who_mail_now_and_then_need_no_session_for_months() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    let mut said = 0;
    for round in 0..20 {
        town.wait(millis(DAY * 6));
        for (from, to) in [(ANN, BEN), (BEN, ANN)] {
            town.write(from, conversation, &format!("{round} from {from}"));
            said += 1;
            for envelope in town.mail() {
                town.bring(to, &envelope);
            }
            assert_eq!(town.texts(to, conversation).len(), said, "at once");
            town.carry_around();
        }
    }
    assert!(known(&mut town, ANN, BEN) > 10);
    assert!(known(&mut town, BEN, ANN) > 10);
}

#[test]
fn a_card_is_in_letters_until_it_is_known_to_have_come() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    let carry = |town: &mut Town, from, text: &str| -> usize {
        town.write(from, conversation, text);
        let mail = town.mail();
        assert_eq!(mail.len(), 1);
        (0..2).for_each(|who| town.bring(who, &mail[0]));
        mail[0].len()
    };
    let with = carry(&mut town, ANN, "one");
    let again = carry(&mut town, ANN, "two");
    assert_eq!(again, with, "Ben has not said that he has it");
    carry(&mut town, BEN, "three");
    let without = carry(&mut town, ANN, "four");
    assert!(without < with, "{without} of {with} bytes");
    town.acknowledge();
    // The next bundle goes with the next letter.
    town.wait_alone(ANN, millis(BUNDLE_LIFETIME));
    town.wait_alone(BEN, millis(BUNDLE_LIFETIME));
    assert_eq!(known(&mut town, BEN, ANN), 1);
    carry(&mut town, ANN, "five");
    assert_eq!(known(&mut town, BEN, ANN), 2);
}

#[test]
fn contacts_hear_of_another_transport_key_by_mail_though_nobody_writes_anything() {
    let mut town = apart(2);
    let done = town.command(ANN, Command::RotateTransport);
    assert_eq!(done, Ok(Outcome::Done));
    town.restart(ANN);
    town.carry(ANN);
    let transport = town.engine(ANN).own().transport();
    assert_ne!(transport, town.transport(ANN));
    town.wait(10_000);
    let mail = town.mail();
    assert_eq!(mail.len(), 1);
    town.bring(BEN, &mail[0]);
    let device = town.own(ANN).device();
    let known = town.engine(BEN).directory.device(&device).unwrap();
    assert_eq!(known.card.transport, transport);
    town.carry_around();
    town.wait(millis(DAY));
    assert!(town.mail().is_empty(), "it is said once");
}

#[test]
fn members_who_never_met_agree_on_a_secret_in_their_first_session() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    town.make_room(ANN, "Garden", &[BEN, CAT]);
    let devices = [BEN, CAT].map(|who| town.own(who).device());
    let agreed = |town: &mut Town| {
        let bens = town.engine(BEN).pairs.agreed(&devices[1]);
        (bens, town.engine(CAT).pairs.agreed(&devices[0]))
    };
    assert_eq!(agreed(&mut town), (Vec::new(), Vec::new()));
    town.connect(BEN, CAT);
    let (bens, cats) = agreed(&mut town);
    assert_eq!((bens.len(), &bens), (1, &cats));
    town.disconnect_all();
    town.restart_all();
    town.connect(CAT, BEN);
    let engine = town.engine(BEN);
    let link = engine.links.sessions().next().map(|(link, _)| link);
    let session = engine.links.session(link.unwrap()).unwrap();
    assert_eq!(session.secret, Some(bens[0].id));
}

#[test]
fn a_bundle_that_changes_in_a_session_is_shown_in_it() {
    let (mut town, _) = room();
    town.wait_alone(ANN, millis(BUNDLE_LIFETIME));
    assert_eq!(known(&mut town, BEN, ANN), 2);
    let device = town.own(BEN).device();
    let engine = town.engine(ANN);
    let shown = engine.pairs.get(&device).unwrap().shown();
    assert_eq!(shown, engine.own().version(), "Ben said that he has it");
}

#[test]
fn of_so_many_envelopes_it_is_said_that_they_cannot_be_opened_until_a_letter_opens() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    for n in 0..=UNREADABLE_TOLD_MAX {
        town.write(ANN, conversation, &n.to_string());
    }
    let late = town.mail();
    lose_keys(&mut town, BEN);
    let mut told = 0;
    for envelope in late.iter().chain(&late) {
        // Ben's own answers are lost, so that Ann seals nothing anew.
        town.bring(BEN, envelope);
        told += town.mail().len();
        town.wait_alone(BEN, millis(DAY));
    }
    assert_eq!(told, UNREADABLE_TOLD_MAX, "max, max + 1, and each once");
    // A letter that opens makes an end of it.
    say_unreadable(&mut town, BEN, ANN);
    town.carry_around();
    assert_eq!(town.texts(BEN, conversation).len(), late.len());
    town.acknowledge();
    lose_keys(&mut town, BEN);
    town.bring(BEN, &late[0]);
    assert_eq!(town.mail().len(), 1);
}

#[test]
fn a_letter_with_what_a_newer_version_says_brings_the_rest() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    town.write(ANN, conversation, "hello");
    town.mail();
    let operation = town.stored(ANN, conversation, ANN).remove(0);
    let device = town.own(BEN).device();
    let (mail, mut parts) = town.engine(ANN).mail(at(0));
    let say = |letter: &mut Letter| {
        // What is for sessions alone is as good as what nobody knows.
        letter.messages.push(SessionMessage::Typing(conversation));
        let operations = vec![operation.signed().clone()];
        letter.messages.push(SessionMessage::Operations(operations));
    };
    assert!(mail.send(Errand::new(device, Priority::FIRST), say, &mut parts));
    town.wait_alone(ANN, 0);
    for letter in town.mail() {
        town.bring(BEN, &letter);
    }
    assert_eq!(town.texts(BEN, conversation), ["hello"]);
}

#[test]
fn nothing_is_sealed_while_nobody_carries_and_what_was_due_is_said_later() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    for n in 0..40 {
        town.write(ANN, conversation, &n.to_string());
        town.wait(millis(LONGEST_PACE));
    }
    let mail = town.mail();
    town.hand_input(BEN, Input::Carry(None));
    mail.iter().for_each(|envelope| town.bring(BEN, envelope));
    assert_eq!(town.texts(BEN, conversation).len(), 40);
    say_unreadable(&mut town, ANN, BEN);
    assert!(town.deposits.is_empty());
    town.carry(BEN);
    town.write(ANN, conversation, "more");
    town.carry_around();
    town.write(BEN, conversation, "seen");
    assert_eq!(town.deposits.len(), 1);
}

#[test]
fn what_an_envelope_uses_up_and_what_it_brings_are_durable_at_once() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    town.write(ANN, conversation, "hello");
    let envelope = town.mail().remove(0);
    let engine = town.engine(BEN);
    engine.handle(carried(&envelope), at(0));
    let mut steps = Vec::new();
    while let Some((step, output)) = engine.poll() {
        if let Output::Persist(_) = output {
            steps.push(step);
        }
    }
    assert!(steps.len() > 1, "the pair, and the operation");
    steps.dedup();
    assert_eq!(steps.len(), 1);
}
