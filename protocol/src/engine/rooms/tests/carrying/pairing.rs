//! Pairing by carriers alone, for two who are never there together.

use super::*;
use crate::engine::{Command, Input};
use crate::pair::MET_MAX;
use crate::record::Outcome;

/// A code of somebody's, given by hand.
fn invite(town: &mut Town, who: usize, reusable: bool) -> String {
    let invite = Command::MakeInvite {
        expires_in: 7 * DAY,
        reusable,
    };
    match town.command(who, invite) {
        Ok(Outcome::Invited { code, .. }) => code,
        other => panic!("an invite, not {other:?}"),
    }
}

/// Has somebody use a code whose maker is not there.
fn join(town: &mut Town, who: usize, code: &str) -> Tag {
    let code = code.to_owned();
    let tag = match town.command(who, Command::Join { code }) {
        Ok(Outcome::Joining { tag }) => tag,
        other => panic!("a join, not {other:?}"),
    };
    town.hand_input(who, Input::Unreachable { tag });
    tag
}

fn nobody_knows_anybody(people: usize) -> Town {
    let mut town = Town::knowing(people, &[]);
    (0..people).for_each(|who| town.carry(who));
    town
}

/// Has Ben go from one to another.
fn walk(town: &mut Town, from: usize, to: usize) {
    town.pass_by(from, BEN);
    town.pass_by(BEN, to);
}

fn knows(town: &Town, who: usize, whom: usize) -> bool {
    let person = town.person(whom);
    let mut contacts = town.kept(who).contacts.iter();
    contacts.any(|contact| contact.person == person)
}

/// Whether what each writes comes to the other.
fn write_to_each_other(town: &mut Town, one: usize, other: usize) {
    let conversation = town.direct(one, other);
    for (from, to) in [(one, other), (other, one), (one, other)] {
        let text = format!("from {from}");
        let before = town.texts(to, conversation).len();
        town.write(from, conversation, &text);
        walk(town, from, to);
        assert_eq!(town.texts(to, conversation).len(), before + 1, "{text}");
    }
}

#[test]
fn two_who_are_never_there_together_come_to_know_each_other_and_write() {
    for restarts in [false, true] {
        let mut town = nobody_knows_anybody(3);
        let again = |town: &mut Town| {
            if restarts {
                town.restart_all();
                (0..3).for_each(|who| town.carry(who));
            }
        };
        let code = invite(&mut town, ANN, false);
        again(&mut town);
        join(&mut town, CAT, &code);
        again(&mut town);
        town.pass_by(CAT, BEN);
        again(&mut town);
        town.pass_by(BEN, ANN);
        assert!(knows(&town, ANN, CAT) && !knows(&town, CAT, ANN));
        again(&mut town);
        town.pass_by(ANN, BEN);
        again(&mut town);
        town.pass_by(BEN, CAT);
        assert!(knows(&town, CAT, ANN));
        assert_eq!(town.kept(CAT).pending_joins, []);
        again(&mut town);
        write_to_each_other(&mut town, ANN, CAT);
        for who in [ANN, CAT] {
            town.pass_by(who, BEN);
        }
        assert!(!knows(&town, BEN, ANN) && !knows(&town, BEN, CAT));
        // All that the pairing took is gone from all three.
        town.wait(2_000);
        for _ in 0..2 {
            walk(&mut town, ANN, CAT);
            walk(&mut town, CAT, ANN);
        }
        for who in 0..3 {
            assert_eq!(town.kept(who).carried, [], "{who}");
        }
    }
}

#[test]
fn who_was_invited_may_write_before_the_answer_came_to_nobody_but_the_inviter_at_once() {
    let mut town = nobody_knows_anybody(3);
    let code = invite(&mut town, ANN, false);
    join(&mut town, CAT, &code);
    walk(&mut town, CAT, ANN);
    // Ann knows Cat's keys already, and what she writes goes along with the answer.
    let conversation = town.direct(ANN, CAT);
    town.write(ANN, conversation, "welcome");
    walk(&mut town, ANN, CAT);
    assert!(knows(&town, CAT, ANN));
    walk(&mut town, ANN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["welcome"]);
}

#[test]
fn an_invite_for_one_is_used_by_the_first_whose_join_comes() {
    let mut town = nobody_knows_anybody(4);
    let code = invite(&mut town, ANN, false);
    join(&mut town, CAT, &code);
    join(&mut town, DAN, &code);
    town.pass_by(DAN, BEN);
    town.pass_by(BEN, ANN);
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, ANN);
    walk(&mut town, ANN, CAT);
    walk(&mut town, ANN, DAN);
    assert!(knows(&town, ANN, DAN) && knows(&town, DAN, ANN));
    assert!(!knows(&town, ANN, CAT) && !knows(&town, CAT, ANN));
    assert_eq!(
        town.kept(CAT).pending_joins.len(),
        1,
        "Cat learns it in person"
    );
    write_to_each_other(&mut town, ANN, DAN);
    // Or when the join ends.
    town.wait(millis(14 * DAY) + 1);
    assert_eq!(town.kept(CAT).pending_joins, []);
    assert!(!knows(&town, CAT, ANN));
}

#[test]
fn an_answer_that_took_as_long_as_may_be_is_for_somebody() {
    let mut town = nobody_knows_anybody(3);
    let code = invite(&mut town, ANN, false);
    join(&mut town, CAT, &code);
    town.pass_by(CAT, BEN);
    town.wait(millis(6 * DAY));
    town.pass_by(BEN, ANN);
    assert!(knows(&town, ANN, CAT));
    town.pass_by(ANN, BEN);
    town.wait(millis(6 * DAY));
    // What carriers had for all of its time they are not given again.
    town.restart(CAT);
    town.carry(CAT);
    assert_eq!(town.kept(CAT).carried, []);
    town.pass_by(BEN, CAT);
    assert!(knows(&town, CAT, ANN));
    write_to_each_other(&mut town, ANN, CAT);
}

/// Has somebody give up their join.
fn give_up(town: &mut Town, who: usize, tag: Tag) {
    let given_up = town.command(who, Command::CancelJoin { tag });
    assert_eq!(given_up, Ok(Outcome::Done));
    assert_eq!(town.kept(who).pending_joins, []);
    assert_eq!(town.kept(who).carried, []);
}

#[test]
fn a_join_given_up_before_it_came_comes_to_nobody_and_leaves_the_code_to_others() {
    let mut town = nobody_knows_anybody(4);
    let code = invite(&mut town, ANN, false);
    let tag = join(&mut town, CAT, &code);
    town.pass_by(CAT, BEN);
    assert_eq!(town.kept(BEN).carried.len(), 1);
    give_up(&mut town, CAT, tag);
    town.pass_by(CAT, BEN);
    assert_eq!(town.kept(BEN).carried, []);
    walk(&mut town, CAT, ANN);
    assert!(!knows(&town, ANN, CAT));
    join(&mut town, DAN, &code);
    walk(&mut town, DAN, ANN);
    walk(&mut town, ANN, DAN);
    assert!(knows(&town, ANN, DAN) && knows(&town, DAN, ANN));
}

#[test]
fn an_answer_to_a_join_given_up_is_for_nobody_and_the_next_code_brings_what_was_written() {
    for restarts in [false, true] {
        let mut town = nobody_knows_anybody(3);
        let code = invite(&mut town, ANN, false);
        let tag = join(&mut town, CAT, &code);
        walk(&mut town, CAT, ANN);
        assert!(knows(&town, ANN, CAT));
        give_up(&mut town, CAT, tag);
        if restarts {
            town.restart_all();
            (0..3).for_each(|who| town.carry(who));
        }
        let conversation = town.direct(ANN, CAT);
        town.write(ANN, conversation, "are you there?");
        walk(&mut town, ANN, CAT);
        walk(&mut town, CAT, ANN);
        assert!(!knows(&town, CAT, ANN));
        assert!(!town.is_delivered(ANN, CAT, 1), "it waits");
        // The same code is used up; whoever made it makes another.
        let again = invite(&mut town, ANN, false);
        join(&mut town, CAT, &again);
        walk(&mut town, CAT, ANN);
        walk(&mut town, ANN, CAT);
        assert!(knows(&town, CAT, ANN));
        for _ in 0..2 {
            walk(&mut town, ANN, CAT);
            walk(&mut town, CAT, ANN);
        }
        town.connect(ANN, CAT);
        town.run();
        assert_eq!(town.texts(CAT, conversation), ["are you there?"]);
        assert!(town.is_delivered(ANN, CAT, 1));
    }
}

/// Has Cat give up that many joins by a code of Ann's that are brought to her once she has answered the next, and
/// both write.
fn given_up_and_brought_late(count: usize) -> Town {
    let mut town = nobody_knows_anybody(3);
    let code = invite(&mut town, ANN, true);
    let mut late = Vec::new();
    for _ in 0..count {
        let tag = join(&mut town, CAT, &code);
        late.push(town.kept(CAT).pending_joins[0].envelope.clone());
        give_up(&mut town, CAT, tag);
    }
    join(&mut town, CAT, &code);
    let used = town.kept(CAT).pending_joins[0].envelope.clone();
    let stranger = town.stranger(ANN, 1);
    town.hand_over(stranger, &used);
    walk(&mut town, ANN, CAT);
    assert!(knows(&town, CAT, ANN));
    for join in &late {
        town.hand_over(stranger, join);
    }
    assert_eq!(town.kept(ANN).invites[0].answered.len(), count + 1);
    let conversation = town.direct(ANN, CAT);
    town.write(ANN, conversation, "welcome");
    town.write(CAT, conversation, "here I am");
    walk(&mut town, CAT, ANN);
    town
}

/// Whether each of the two has what both wrote, once they have met.
fn have_all_once_they_met(town: &mut Town) -> bool {
    town.connect(ANN, CAT);
    town.run();
    let conversation = town.direct(ANN, CAT);
    let all = [ANN, CAT].map(|who| town.texts(who, conversation).len());
    all == [2, 2]
}

#[test]
fn joins_given_up_that_come_late_push_out_the_one_in_use_only_if_they_are_too_many() {
    let mut town = given_up_and_brought_late(MET_MAX - 1);
    let conversation = town.direct(ANN, CAT);
    assert_eq!(town.texts(ANN, conversation).len(), 2, "max");
    assert!(have_all_once_they_met(&mut town));
    write_to_each_other(&mut town, ANN, CAT);
    let mut town = given_up_and_brought_late(MET_MAX);
    assert_eq!(town.texts(ANN, conversation), ["welcome"], "max + 1");
    assert!(!have_all_once_they_met(&mut town));
    // Another code mends it.
    let again = invite(&mut town, ANN, false);
    join(&mut town, CAT, &again);
    for _ in 0..2 {
        walk(&mut town, CAT, ANN);
        walk(&mut town, ANN, CAT);
    }
    assert!(have_all_once_they_met(&mut town));
    write_to_each_other(&mut town, ANN, CAT);
}

#[test]
fn a_join_is_answered_whoever_brings_it_and_they_keep_the_answer_from_nobody() {
    let mut town = nobody_knows_anybody(4);
    let code = invite(&mut town, ANN, false);
    let tag = join(&mut town, CAT, &code);
    let bytes = town.kept(CAT).pending_joins[0].envelope.clone();
    let peer = town.transport(DAN);
    let link = crate::engine::LinkId::new(1_000);
    let purpose = crate::engine::LinkPurpose::IncomingJoin;
    let opened = Input::LinkOpened {
        link,
        peer,
        purpose,
    };
    for input in [opened, Input::Frame { link, bytes }] {
        town.hand_input(ANN, input);
    }
    assert!(knows(&town, ANN, CAT) && !knows(&town, ANN, DAN));
    walk(&mut town, ANN, CAT);
    assert!(knows(&town, CAT, ANN));
    assert_eq!(town.kept(ANN).invites[0].tag, tag);
    write_to_each_other(&mut town, ANN, CAT);
}

#[test]
fn an_invite_for_many_is_used_by_all_whose_join_comes() {
    let mut town = nobody_knows_anybody(4);
    let code = invite(&mut town, ANN, true);
    for who in [CAT, DAN] {
        join(&mut town, who, &code);
        town.pass_by(who, BEN);
    }
    town.pass_by(BEN, ANN);
    for who in [CAT, DAN] {
        walk(&mut town, ANN, who);
        assert!(knows(&town, ANN, who) && knows(&town, who, ANN), "{who}");
        write_to_each_other(&mut town, ANN, who);
    }
    assert!(!knows(&town, CAT, DAN));
}

#[test]
fn a_join_that_is_brought_again_is_used_once() {
    for restarts in [false, true] {
        let mut town = nobody_knows_anybody(3);
        let code = invite(&mut town, ANN, true);
        join(&mut town, CAT, &code);
        let bytes = town.kept(CAT).pending_joins[0].envelope.clone();
        walk(&mut town, CAT, ANN);
        if restarts {
            town.restart(ANN);
            town.carry(ANN);
        }
        let answers = town.kept(ANN).carried.len();
        let stranger = town.stranger(ANN, 1);
        for _ in 0..3 {
            town.hand_over(stranger, &bytes);
        }
        assert_eq!(town.kept(ANN).carried.len(), answers);
        assert_eq!(town.kept(ANN).invites[0].answered.len(), 1);
        assert_eq!(town.kept(ANN).contacts.len(), 1);
    }
}

#[test]
fn a_join_that_went_both_ways_makes_one_contact() {
    let mut town = nobody_knows_anybody(3);
    let code = town.join(CAT, ANN, false);
    let tag = join_tag(&town);
    // Carriers have it too, before the two meet.
    town.pass_by(CAT, BEN);
    town.run();
    assert!(knows(&town, ANN, CAT) && knows(&town, CAT, ANN), "{code}");
    town.pass_by(BEN, ANN);
    walk(&mut town, ANN, CAT);
    assert_eq!(town.kept(ANN).contacts.len(), 1);
    assert_eq!(town.kept(ANN).invites[0].answered.len(), 1);
    assert_eq!(town.kept(ANN).invites[0].tag, tag);
    write_to_each_other(&mut town, ANN, CAT);
}

fn join_tag(town: &Town) -> Tag {
    town.kept(CAT).pending_joins[0].tag
}

#[test]
fn a_changed_join_or_answer_is_of_no_use_and_keeps_nobody_from_the_right_one() {
    let mut town = nobody_knows_anybody(3);
    let code = invite(&mut town, ANN, false);
    join(&mut town, CAT, &code);
    let change = |bytes: &[u8]| {
        let envelope = Envelope::from_bytes(bytes).unwrap();
        let header = Header {
            purge: [3; 32],
            ..*envelope.header()
        };
        let copy = Envelope::assemble(&header, envelope.ciphertext().to_vec());
        let mut garbled = envelope.ciphertext().to_vec();
        let middle = garbled.len() / 2;
        garbled[middle] ^= 1;
        let garbled = Envelope::assemble(envelope.header(), garbled);
        [copy.unwrap(), garbled.unwrap()]
    };
    let join_bytes = town.kept(CAT).pending_joins[0].envelope.clone();
    let at_ann = town.stranger(ANN, 1);
    for changed in change(&join_bytes) {
        town.hand_over(at_ann, changed.as_bytes());
        assert_eq!(town.kept(ANN).contacts, []);
    }
    walk(&mut town, CAT, ANN);
    assert!(knows(&town, ANN, CAT));
    let answer = town.kept(ANN).carried.iter();
    let answer = answer
        .filter(|record| record.tier == Tier::Own)
        .map(|record| record.id);
    let answer: Vec<EnvelopeId> = answer.collect();
    let answer = town.envelope(ANN, answer[0]);
    let at_cat = town.stranger(CAT, 1);
    for changed in change(&answer) {
        town.hand_over(at_cat, changed.as_bytes());
        assert_eq!(town.kept(CAT).contacts, []);
    }
    town.hand_over(at_cat, &answer);
    assert!(knows(&town, CAT, ANN));
}
