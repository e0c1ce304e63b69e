//! What a device that is taken gives away: everything it stored at one moment, tried on everything that was
//! ever sealed.

use std::time::Duration;

use super::mail::{apart, millis, room_apart};
use super::town::Town;
use super::{ANN, BEN, CAT};
use crate::engine::RoomChange;
use crate::envelope::{self, Context, Envelope};
use crate::identity::bundle::{BUNDLE_GRACE, BUNDLE_LIFETIME};
use crate::identity::{OwnIdentity, VerifiedCard};
use crate::pair::{OFFLINE_WINDOW, Pair};
use crate::record::Profile;
use crate::sender_chain::{CHAIN_LIFETIME, ReceiverChain, SenderChain};
use crate::time::WallTime;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether anything in a profile opens an envelope of the device with this card: the keys of bundles, all
/// ratchet keys, all secrets, all chains that were handed over, and its own.
fn opens(taken: &Profile, envelope: &[u8], from: &VerifiedCard) -> bool {
    let envelope = Envelope::from_bytes(envelope).unwrap();
    let own = OwnIdentity::from_bytes(taken.identity.as_ref().unwrap().expose()).unwrap();
    let pairs = taken.pairs.iter();
    let letter = pairs
        .filter(|record| record.device == from.device)
        .any(|record| {
            let pair = Pair::from_bytes(record.state.expose()).unwrap();
            let mut places = pair.awaited();
            places.any(|(_, at)| {
                let secret = pair.secret(at).unwrap();
                let context = Context {
                    sender: Some(from.device),
                    secret: Some(&secret),
                };
                envelope::open(&own, Some(pair.reserved()), &envelope, context).is_ok()
            })
        });
    let handed = taken.receiver_chains.iter();
    let handed = handed.map(|record| ReceiverChain::from_bytes(record.state.expose()).unwrap());
    let writing = taken.sender_chains.iter();
    let writing = writing.map(|record| {
        let chain = SenderChain::from_bytes(record.state.expose()).unwrap();
        let handover = chain.hand_over(Vec::new());
        ReceiverChain::take(own.device(), &handover, WallTime::from_millis(0))
    });
    letter
        || handed.chain(writing).any(|chain| {
            let mut indexes = 0..crate::sender_chain::CHAIN_MESSAGES_MAX;
            indexes.any(|index| chain.open(&from.signing, &envelope, index).is_ok())
        })
}

impl Town {
    /// A device's card as somebody knows it.
    fn card(&self, of: usize) -> VerifiedCard {
        let own = OwnIdentity::from_bytes(self.snapshot(of).identity.unwrap().expose()).unwrap();
        own.card(Vec::new()).verify().unwrap()
    }

    /// Seals something from one to another, and has it come; returns the letter.
    fn letter(&mut self, from: usize, to: usize, text: &str) -> Vec<u8> {
        let conversation = self.direct(from, to);
        self.write(from, conversation, text);
        let letter = self.mail().remove(0);
        self.bring(to, &letter);
        assert!(self.texts(to, conversation).contains(&text.to_owned()));
        letter
    }
}

#[test]
fn one_round_trip_after_a_device_was_taken_it_opens_nothing_new() {
    let mut town = apart(2);
    town.letter(ANN, BEN, "before");
    town.letter(BEN, ANN, "before, too");
    let taken = town.snapshot(BEN);
    let ann = town.card(ANN);
    // There, to a key that the taken device had made; and back, with one that it had not.
    let there = town.letter(ANN, BEN, "there");
    assert!(
        opens(&taken, &there, &ann),
        "a taken device reads what is sealed to its keys"
    );
    town.letter(BEN, ANN, "and back");
    for n in 0..4 {
        let new = town.letter(ANN, BEN, &format!("new {n}"));
        assert!(!opens(&taken, &new, &ann), "{n}");
        town.letter(BEN, ANN, &format!("back {n}"));
    }
}

#[test]
fn what_was_sealed_before_the_offline_window_opens_for_nobody_who_takes_a_device() {
    let mut town = apart(2);
    let first = town.letter(ANN, BEN, "to the bundle");
    town.letter(BEN, ANN, "a key for you");
    let second = town.letter(ANN, BEN, "to the first ratchet key");
    town.letter(BEN, ANN, "another key for you");
    let ann = town.card(ANN);
    let early = town.snapshot(BEN);
    for (name, letter) in [("first", &first), ("second", &second)] {
        assert!(opens(&early, letter, &ann), "{name}: within the window");
    }
    town.wait(millis(BUNDLE_LIFETIME));
    town.wait(millis(BUNDLE_GRACE.max(OFFLINE_WINDOW)));
    let late = town.snapshot(BEN);
    for (name, letter) in [("first", &first), ("second", &second)] {
        assert!(!opens(&late, letter, &ann), "{name}: after it");
    }
}

#[test]
fn a_taken_sender_opens_nothing_that_it_sealed() {
    let (mut town, room) = room_apart();
    let letter = town.letter(ANN, BEN, "to Ben");
    town.write(ANN, room, "to the room");
    let sealed = town.mail();
    let (taken, ann) = (town.snapshot(ANN), town.card(ANN));
    for envelope in sealed.iter().chain([&letter]) {
        assert!(!opens(&taken, envelope, &ann));
    }
}

#[test]
fn what_a_reader_of_a_chain_has_opened_is_opened_by_nobody_who_takes_their_device() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "one");
    let sealed = town.mail();
    let ann = town.card(ANN);
    let (message, handovers) = sealed.split_last().unwrap();
    handovers
        .iter()
        .for_each(|envelope| town.bring(BEN, envelope));
    assert!(opens(&town.snapshot(BEN), message, &ann), "before it came");
    town.bring(BEN, message);
    assert_eq!(town.texts(BEN, room), ["one"]);
    sealed.iter().for_each(|envelope| town.bring(CAT, envelope));
    assert!(!opens(&town.snapshot(BEN), message, &ann));
    // What comes after it does open: a chain heals when it begins anew.
    town.write(ANN, room, "two");
    let taken = town.snapshot(BEN);
    let next = town.mail().remove(0);
    assert!(opens(&taken, &next, &ann));
    (1..3).for_each(|who| town.bring(who, &next));
    town.letter(ANN, BEN, "a round");
    town.letter(BEN, ANN, "trip");
    town.acknowledge();
    town.wait(millis(DAY * 7));
    town.write(ANN, room, "three");
    let fresh = town.mail();
    assert_eq!(fresh.len(), 3);
    for envelope in fresh {
        assert!(!opens(&taken, &envelope, &ann));
    }
}

#[test]
fn what_was_written_in_a_chain_before_the_offline_window_opens_for_nobody_who_takes_a_reader() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "one");
    let handed = town.mail();
    let (one, handovers) = handed.split_last().unwrap();
    handovers
        .iter()
        .for_each(|envelope| town.bring(BEN, envelope));
    town.write(ANN, room, "two");
    let two = town.mail().remove(0);
    town.bring(BEN, &two);
    let ann = town.card(ANN);
    // Of these two one was never read, and its key waits.
    let window = millis(CHAIN_LIFETIME + OFFLINE_WINDOW);
    town.wait_alone(BEN, window - 1);
    assert!(opens(&town.snapshot(BEN), one, &ann), "until then");
    town.wait_alone(BEN, 1);
    let taken = town.snapshot(BEN);
    assert_eq!(taken.receiver_chains, []);
    for envelope in handed.iter().chain([&two]) {
        assert!(!opens(&taken, envelope, &ann));
    }
}

#[test]
fn all_that_a_removed_member_ever_had_opens_nothing_that_is_written_once_that_is_known() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "all of us");
    town.carry_around();
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.mail();
    let (taken, ann) = (town.snapshot(CAT), town.card(ANN));
    town.write(ANN, room, "without Cat");
    let sealed = town.mail();
    assert_eq!(sealed.len(), 2);
    for envelope in &sealed {
        assert!(!opens(&taken, envelope, &ann));
    }
    assert!(
        sealed
            .iter()
            .any(|envelope| opens(&town.snapshot(BEN), envelope, &ann))
    );
}
