//! Where we are: contacts whom we do not meet hear of it by mail.

use super::*;
use crate::engine::Input;
use crate::engine::mail::{FIRST_TOLD_AFTER, SETTLED_AFTER, TOLD_INTERVAL};

const FAR: &str = "/ip4/45.0.1.1/udp/4001/quic-v1";
const NEAR: &str = "/ip4/192.168.1.2/udp/4001/quic-v1";

fn move_to(town: &mut Town, who: usize, far: &[&str]) {
    let far: Vec<String> = far.iter().map(|address| (*address).to_owned()).collect();
    let addresses = [far.clone(), vec![NEAR.to_owned()]].concat();
    town.hand_input(who, Input::Listening { addresses, far });
}

/// Where somebody would dial another.
fn known(town: &Town, who: usize, of: usize) -> Vec<String> {
    let device = town.own(of).device();
    let mut devices = town.kept(who).devices.iter();
    let known = devices.find(|known| known.device == device);
    known.unwrap().addresses.clone()
}

#[test]
fn a_contact_elsewhere_hears_where_we_are_and_nothing_of_our_own_network() {
    let (mut town, _) = friend_between();
    move_to(&mut town, ANN, &[FAR]);
    town.wait(60_000);
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(known(&town, CAT, ANN), [FAR]);
}

/// How many envelopes of Ann's to Cat are under way.
fn letters_to_cat(town: &Town) -> usize {
    let cat = town.own(CAT).device();
    let deposits = town.kept(ANN).deposits.iter();
    deposits.filter(|one| one.device == Some(cat)).count()
}

/// Somewhere else for each number.
fn far(number: u8) -> String {
    format!("/ip4/45.0.{number}.1/udp/4001/quic-v1")
}

#[test]
fn a_first_change_is_told_in_a_moment_with_what_changes_meanwhile_and_the_next_once_it_settled() {
    let (mut town, _) = friend_between();
    let moment = millis(FIRST_TOLD_AFTER);
    let before = letters_to_cat(&town);
    move_to(&mut town, ANN, &[&far(1)]);
    town.wait(moment - 1);
    move_to(&mut town, ANN, &[&far(1), &far(2)]);
    assert_eq!(letters_to_cat(&town), before);
    town.wait(1);
    assert_eq!(letters_to_cat(&town), before + 1);
    for number in 3..=4 {
        move_to(&mut town, ANN, &[&far(number)]);
        town.wait(moment);
        assert_eq!(letters_to_cat(&town), before + 1, "it is left to settle");
    }
    town.wait(millis(SETTLED_AFTER) - 2 * moment);
    assert_eq!(letters_to_cat(&town), before + 2);
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    let mut known = known(&town, CAT, ANN);
    known.sort_unstable();
    assert_eq!(known, [far(1), far(2), far(4)]);
}

#[test]
fn who_is_elsewhere_all_the_time_tells_it_once_in_a_while_and_once_more() {
    let (mut town, _) = friend_between();
    let before = letters_to_cat(&town);
    let intervals = 6;
    let steps = 240;
    let step = millis(TOLD_INTERVAL) * intervals / steps;
    assert!(step > millis(SETTLED_AFTER));
    for number in 0..steps {
        move_to(&mut town, ANN, &[&far(u8::try_from(number).unwrap())]);
        town.wait(step);
    }
    let most = usize::try_from(intervals).unwrap() + 1;
    assert_eq!(letters_to_cat(&town), before + most);
    town.wait(millis(TOLD_INTERVAL));
    assert_eq!(letters_to_cat(&town), before + most + 1, "the last");
    town.wait(millis(TOLD_INTERVAL) * 2);
    move_to(&mut town, ANN, &[FAR]);
    town.wait(millis(FIRST_TOLD_AFTER));
    assert_eq!(letters_to_cat(&town), before + most + 2, "after a calm");
}

#[test]
fn who_was_told_is_not_told_again() {
    let (mut town, _) = friend_between();
    let before = letters_to_cat(&town);
    for _ in 0..2 {
        move_to(&mut town, ANN, &[FAR]);
        town.wait(millis(TOLD_INTERVAL) * 2);
        assert_eq!(letters_to_cat(&town), before + 1);
    }
}

#[test]
fn whoever_is_reached_nowhere_else_tells_nobody_anything() {
    let (mut town, _) = friend_between();
    let before = town.kept(ANN).deposits.len();
    move_to(&mut town, ANN, &[]);
    town.wait(millis(HOUR));
    assert_eq!(town.kept(ANN).deposits.len(), before);
}

#[test]
fn a_letter_that_goes_anyway_says_where_we_are_too() {
    let (mut town, conversation) = friend_between();
    move_to(&mut town, ANN, &[FAR]);
    town.write(ANN, conversation, "hello");
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
    assert_eq!(known(&town, CAT, ANN), [FAR]);
}
