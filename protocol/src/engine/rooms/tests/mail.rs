//! What goes by mail: to people who are never there at the same time.

mod announcing;
mod handing;
mod owed;
mod rooms;

use std::collections::BTreeSet;
use std::time::Duration;

use super::town::Town;
use super::{ANN, BEN, CAT, message};
use crate::engine::RoomChange;
use crate::engine::mail::CHAINS_PER_OWNER_MAX;
use crate::engine::mail::Errand;
use crate::engine::tests::at;
use crate::envelope::seal::SUITE_CHAIN;
use crate::envelope::{Envelope, Letter, Priority};
use crate::id::{ConversationId, EnvelopeId, Tag};
use crate::identity::bundle::{BUNDLE_GRACE, BUNDLE_LIFETIME};
use crate::pair::TAG_WINDOW;
use crate::sender_chain::SenderChain;
use crate::sender_chain::TRIES_MAX;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// After which whatever is written goes by itself, however much is under way.
const LONGEST_PACE: Duration = Duration::from_mins(10);

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

/// People who met, are apart, and have somebody to carry envelopes.
pub(super) fn apart(people: usize) -> Town {
    let mut town = Town::of(people);
    town.share_secrets();
    (0..people).for_each(|who| town.carry(who));
    town
}

/// Three in a room who are apart.
pub(super) fn room_apart() -> (Town, ConversationId) {
    let mut town = apart(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    town.deposits.clear();
    (town, room)
}

impl Town {
    /// What was sealed since the last look.
    pub(super) fn mail(&mut self) -> Vec<Vec<u8>> {
        let taken = std::mem::take(&mut self.deposits);
        taken.into_iter().map(|(_, envelope)| envelope).collect()
    }

    /// Brings everybody all that was sealed, until nobody seals any more.
    pub(super) fn carry_around(&mut self) {
        for _ in 0..8 {
            for envelope in self.mail() {
                (0..3).for_each(|who| self.bring_if_there(who, &envelope));
            }
        }
        assert!(self.deposits.is_empty(), "the mail never comes to rest");
    }

    /// Has all hear that what they wrote came.
    pub(super) fn acknowledge(&mut self) {
        self.wait(2_000);
        self.carry_around();
    }

    fn bring_if_there(&mut self, who: usize, envelope: &[u8]) {
        if who < self.people() {
            self.bring(who, envelope);
        }
    }
}

/// Has so much time pass for somebody that the keys are gone that others know of theirs.
fn lose_keys(town: &mut Town, who: usize) {
    town.wait_alone(who, millis(BUNDLE_LIFETIME));
    town.wait_alone(who, millis(BUNDLE_GRACE));
}

/// Whether an envelope is to one device, and not of a room's chain.
fn is_letter(envelope: &[u8]) -> bool {
    let envelope = Envelope::from_bytes(envelope).unwrap();
    envelope.suite().unwrap() != SUITE_CHAIN
}

fn tags(mail: &[Vec<u8>]) -> BTreeSet<Tag> {
    let tags = mail
        .iter()
        .map(|bytes| Envelope::from_bytes(bytes).unwrap().tag());
    tags.collect()
}

#[test]
fn what_two_write_who_are_never_there_together_comes_by_mail() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    for round in 0..5 {
        town.write(ANN, conversation, &format!("{round} from Ann"));
        town.write(BEN, conversation, &format!("{round} from Ben"));
        let mail = town.mail();
        assert_eq!(mail.len(), 2, "one letter to one device");
        for envelope in mail.iter().rev() {
            (0..2).for_each(|who| town.bring(who, envelope));
        }
        assert_eq!(town.texts(ANN, conversation).len(), 2 * (round + 1));
        assert_eq!(town.texts(ANN, conversation), town.texts(BEN, conversation));
        // A program may end at any time.
        town.restart_all();
        (0..2).for_each(|who| town.carry(who));
    }
}

#[test]
fn to_who_is_there_nothing_is_sealed_nor_while_nobody_carries_anything() {
    let mut town = Town::of(2);
    town.share_secrets();
    let conversation = town.direct(ANN, BEN);
    town.write(ANN, conversation, "nobody carries this");
    assert!(town.deposits.is_empty());
    town.carry(ANN);
    assert_eq!(town.mail().len(), 1, "it goes when carrying begins");
    town.connect(ANN, BEN);
    town.write(ANN, conversation, "there");
    assert!(town.deposits.is_empty());
    town.disconnect_all();
    town.write(ANN, conversation, "away");
    assert_eq!(town.mail().len(), 1);
    town.wait(millis(DAY));
    assert!(town.deposits.is_empty(), "what came is sealed no more");
}

#[test]
fn in_a_room_one_envelope_goes_to_all_who_were_handed_the_chain_once() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "first");
    assert_eq!(town.deposits.len(), 3, "two handovers, and the message");
    town.carry_around();
    for text in ["second", "third"] {
        town.write(ANN, room, text);
        assert_eq!(town.deposits.len(), 1, "{text}");
        town.carry_around();
    }
    // That somebody is there changes nothing for the other.
    town.connect(ANN, BEN);
    town.write(ANN, room, "fourth");
    assert_eq!(town.deposits.len(), 1);
    town.carry_around();
    for who in [BEN, CAT] {
        assert_eq!(
            town.texts(who, room),
            ["first", "second", "third", "fourth"]
        );
    }
}

#[test]
fn a_chain_goes_on_after_a_restart_and_no_tag_is_used_twice() {
    let (mut town, room) = room_apart();
    let (mut all, mut count) = (BTreeSet::new(), 0);
    for n in 0..6 {
        town.write(ANN, room, &n.to_string());
        let sealed = town.deposits.len();
        assert_eq!(sealed, if n == 0 { 3 } else { 1 });
        let mail = town.mail();
        all.extend(tags(&mail));
        count += sealed;
        for envelope in &mail {
            (0..3).for_each(|who| town.bring(who, envelope));
        }
        town.restart_all();
        (0..3).for_each(|who| town.carry(who));
    }
    assert_eq!(all.len(), count);
    for who in [BEN, CAT] {
        assert_eq!(town.texts(who, room).len(), 6);
    }
}

#[test]
fn what_comes_before_the_chain_was_handed_over_opens_once_it_is() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "hello");
    let mail = town.mail();
    let (message, handovers) = mail.split_last().unwrap();
    town.bring(BEN, message);
    assert_eq!(town.texts(BEN, room), [""; 0]);
    for envelope in handovers {
        town.bring(BEN, envelope);
    }
    assert_eq!(town.texts(BEN, room), ["hello"]);
    for envelope in &mail {
        town.bring(BEN, envelope);
    }
    assert_eq!(town.texts(BEN, room), ["hello"]);
}

#[test]
fn whoever_was_removed_reads_nothing_that_is_written_once_that_is_known() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "all of us");
    town.carry_around();
    assert_eq!(town.texts(CAT, room), ["all of us"]);
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    assert_eq!(town.mail().len(), 2, "Ben and Cat are told");
    town.write(ANN, room, "without Cat");
    assert_eq!(town.deposits.len(), 2, "a fresh chain, handed to Ben alone");
    town.carry_around();
    assert_eq!(town.texts(CAT, room), ["all of us"]);
    assert_eq!(town.texts(BEN, room), ["all of us", "without Cat"]);
}

#[test]
fn a_fresh_chain_begins_after_seven_days() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "one");
    town.carry_around();
    town.acknowledge();
    town.wait(millis(DAY * 7));
    town.write(ANN, room, "two");
    assert_eq!(town.deposits.len(), 3);
    town.carry_around();
    assert_eq!(town.texts(BEN, room), ["one", "two"]);
}

/// Ann's messages of so many weeks, a chain each, which Ben has been handed and not read. What she seals of them
/// again each week does not come.
fn unread_weeks(weeks: usize) -> (Town, ConversationId, Vec<Vec<u8>>) {
    let (mut town, room) = room_apart();
    let mut unread = Vec::new();
    for week in 0..weeks {
        town.write(ANN, room, &week.to_string());
        let mut mail = town.mail();
        unread.push(mail.pop().unwrap());
        let handovers = mail.iter().filter(|envelope| is_letter(envelope));
        handovers.for_each(|handover| town.bring(BEN, handover));
        town.wait(millis(DAY * 7));
    }
    (town, room, unread)
}

#[test]
fn four_chains_of_one_device_are_kept_in_a_room() {
    for (weeks, from) in [(CHAINS_PER_OWNER_MAX, 0), (CHAINS_PER_OWNER_MAX + 1, 1)] {
        let (mut town, room, unread) = unread_weeks(weeks);
        unread.iter().for_each(|envelope| town.bring(BEN, envelope));
        let expected: Vec<String> = (from..weeks).map(|week| week.to_string()).collect();
        assert_eq!(town.texts(BEN, room), expected);
    }
}

#[test]
fn members_who_never_met_write_to_each_other_by_mail() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.share_secrets();
    (0..3).for_each(|who| town.carry(who));
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    town.deposits.clear();
    for n in 0..3 {
        for (from, to) in [(BEN, CAT), (CAT, BEN)] {
            town.write(from, room, &format!("{n} from {from} to {to}"));
            town.carry_around();
        }
    }
    for who in [ANN, BEN, CAT] {
        assert_eq!(town.texts(who, room).len(), 6, "{who}");
    }
}

#[test]
fn what_comes_when_its_key_is_gone_is_sealed_once_more() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    town.write(ANN, conversation, "one");
    town.write(ANN, conversation, "two");
    let late = town.mail();
    lose_keys(&mut town, BEN);
    for envelope in late.iter().chain(&late) {
        town.bring(BEN, envelope);
    }
    assert_eq!(town.texts(BEN, conversation), [""; 0]);
    assert_eq!(town.deposits.len(), 1, "said once");
    town.carry_around();
    assert_eq!(town.texts(BEN, conversation), ["one", "two"]);
}

#[test]
fn a_handover_that_came_too_late_is_made_again() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "one");
    let late = town.mail();
    (1..3).for_each(|who| lose_keys(&mut town, who));
    for envelope in &late {
        (0..3).for_each(|who| town.bring(who, envelope));
    }
    town.carry_around();
    town.write(ANN, room, "two");
    town.carry_around();
    assert_eq!(town.texts(BEN, room), ["two"]);
    // What nobody can read any more comes by a session, from anybody.
    town.connect(ANN, BEN);
    assert_eq!(town.texts(BEN, room), ["one", "two"]);
}

#[test]
fn two_who_have_each_lost_the_keys_that_the_other_knows_do_not_tell_each_other_without_end() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    town.write(ANN, conversation, "hello");
    let late = town.mail();
    (0..2).for_each(|who| lose_keys(&mut town, who));
    town.bring(BEN, &late[0]);
    town.carry_around();
    assert_eq!(town.texts(BEN, conversation), [""; 0]);
    town.connect(ANN, BEN);
    assert_eq!(town.texts(BEN, conversation), ["hello"]);
    town.disconnect_all();
    town.write(BEN, conversation, "hello, too");
    town.carry_around();
    assert_eq!(town.texts(ANN, conversation), ["hello", "hello, too"]);
}

#[test]
fn changed_repeated_and_foreign_envelopes_change_nothing() {
    let (mut town, room) = room_apart();
    let conversation = town.direct(ANN, BEN);
    town.write(ANN, room, "in the room");
    town.write(ANN, conversation, "to Ben");
    let mail = town.mail();
    for envelope in &mail {
        let size = envelope.len();
        for at in (0..size).step_by(size / 97) {
            let mut changed = envelope.clone();
            changed[at] ^= 1;
            (0..3).for_each(|who| town.bring(who, &changed));
        }
        town.bring(BEN, &envelope[..size - 1]);
        town.bring(BEN, &[]);
    }
    // A carrier may have each say to each that a key is gone, once, and no more.
    assert!(town.deposits.len() <= 6, "{}", town.deposits.len());
    assert_eq!(town.texts(BEN, room), [""; 0]);
    for envelope in mail.iter().chain(&mail) {
        (0..3).for_each(|who| town.bring(who, envelope));
    }
    for who in [BEN, CAT] {
        assert_eq!(town.texts(who, room), ["in the room"]);
    }
    assert_eq!(town.texts(BEN, conversation), ["to Ben"]);
    assert_eq!(town.texts(CAT, conversation), [""; 0]);
}

#[test]
fn what_a_carrier_makes_of_an_envelope_to_a_room_keeps_the_envelope_from_nobody() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "one");
    town.carry_around();
    town.write(ANN, room, "two");
    let envelope = town.mail().remove(0);
    for back in 1..=usize::from(TRIES_MAX) {
        let mut changed = envelope.clone();
        let at = changed.len() - back;
        changed[at] ^= 1;
        town.bring(BEN, &changed);
    }
    town.bring(BEN, &envelope);
    assert_eq!(town.texts(BEN, room), ["one", "two"]);
}

#[test]
fn so_many_letters_are_under_way_to_a_device_and_what_is_more_waits_for_a_session() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    for n in 0..=TAG_WINDOW {
        let content = message(&n.to_string());
        town.add(ANN, conversation, content);
        town.wait(millis(LONGEST_PACE));
    }
    let mail = town.mail();
    assert_eq!(u64::try_from(mail.len()), Ok(TAG_WINDOW), "max + 1");
    for envelope in &mail {
        town.bring(BEN, envelope);
    }
    assert_eq!(
        u64::try_from(town.texts(BEN, conversation).len()),
        Ok(TAG_WINDOW)
    );
    town.connect(ANN, BEN);
    assert_eq!(
        u64::try_from(town.texts(BEN, conversation).len()),
        Ok(TAG_WINDOW + 1)
    );
}

/// Has somebody say to another that something of theirs could not be opened.
fn say_unreadable(town: &mut Town, from: usize, to: usize) {
    let device = town.own(to).device();
    let (mail, mut parts) = town.engine(from).mail(at(0));
    let say = |letter: &mut Letter| letter.unreadable.push(EnvelopeId::new([1; 32]));
    assert!(mail.send(Errand::new(device, Priority::FIRST), say, &mut parts));
    town.wait_alone(from, 0);
    for letter in town.mail() {
        town.bring(to, &letter);
    }
}

#[test]
fn all_is_sealed_anew_once_an_hour_whatever_somebody_says() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    town.write(ANN, conversation, "hello");
    town.mail();
    say_unreadable(&mut town, BEN, ANN);
    assert_eq!(town.mail().len(), 1);
    say_unreadable(&mut town, BEN, ANN);
    assert!(town.mail().is_empty(), "again within the hour");
    town.wait_alone(ANN, millis(DAY));
    town.mail();
    say_unreadable(&mut town, BEN, ANN);
    assert_eq!(town.mail().len(), 1);
}

#[test]
fn whom_one_blocked_is_sealed_nothing_any_more_and_reads_no_chain() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "all of us");
    town.carry_around();
    town.block(ANN, CAT, true);
    town.mail();
    town.write(ANN, room, "not for Cat");
    assert_eq!(town.deposits.len(), 2, "a fresh chain, handed to Ben alone");
    town.carry_around();
    assert_eq!(town.texts(CAT, room), ["all of us"]);
    assert_eq!(town.texts(BEN, room), ["all of us", "not for Cat"]);
}

#[test]
fn a_member_who_hands_over_a_chain_under_anothers_id_first_keeps_nobody_from_it() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "hello");
    let anns = town.mail();
    let chain = town.snapshot(ANN).sender_chains.remove(0);
    let chain = SenderChain::from_bytes(chain.state.expose()).unwrap();
    let device = town.own(BEN).device();
    let (mail, mut parts) = town.engine(CAT).mail(at(0));
    let say = |letter: &mut Letter| letter.handovers.push(chain.hand_over(Vec::new()));
    assert!(mail.send(Errand::new(device, Priority::FIRST), say, &mut parts));
    town.wait_alone(CAT, 0);
    for envelope in town.mail().iter().chain(&anns) {
        town.bring(BEN, envelope);
    }
    assert_eq!(town.texts(BEN, room), ["hello"]);
}

#[test]
fn whoever_reads_and_never_writes_is_written_to_without_end() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    for n in 0..4 * TAG_WINDOW {
        town.write(ANN, conversation, &n.to_string());
        // For Ben no time passes in which he would say what came.
        town.wait_alone(ANN, millis(LONGEST_PACE));
        town.carry_around();
    }
    let texts = town.texts(BEN, conversation).len();
    assert_eq!(u64::try_from(texts), Ok(4 * TAG_WINDOW));
}

#[test]
fn after_all_that_may_be_under_way_was_lost_each_way_one_session_brings_the_mail_back() {
    let mut town = apart(2);
    let conversation = town.direct(ANN, BEN);
    for n in 0..=TAG_WINDOW {
        for who in [ANN, BEN] {
            town.write(who, conversation, &format!("{n} from {who}"));
        }
        town.wait(millis(LONGEST_PACE));
    }
    assert_eq!(u64::try_from(town.mail().len()), Ok(2 * TAG_WINDOW));
    town.write(ANN, conversation, "more");
    town.wait(millis(LONGEST_PACE));
    assert!(town.deposits.is_empty());
    town.connect(BEN, ANN);
    town.disconnect_all();
    for n in 0..TAG_WINDOW {
        for (from, to) in [(ANN, BEN), (BEN, ANN)] {
            let text = format!("{n} by mail from {from}");
            town.write(from, conversation, &text);
            town.carry_around();
            assert!(town.texts(to, conversation).contains(&text), "{text}");
        }
        town.acknowledge();
    }
}
