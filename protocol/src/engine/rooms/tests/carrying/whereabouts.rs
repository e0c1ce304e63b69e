//! Where we are: contacts whom we do not meet hear of it by mail.

use super::*;
use crate::engine::Input;

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

#[test]
fn who_was_told_is_not_told_again_and_a_change_is_told_once_it_may_be() {
    let (mut town, _) = friend_between();
    let to_cat = |town: &Town| {
        let cat = town.own(CAT).device();
        let deposits = town.kept(ANN).deposits.iter();
        deposits.filter(|one| one.device == Some(cat)).count()
    };
    let before = to_cat(&town);
    move_to(&mut town, ANN, &[FAR]);
    town.wait(60_000);
    assert_eq!(to_cat(&town), before + 1);
    move_to(&mut town, ANN, &[FAR]);
    town.wait(60_000);
    assert_eq!(to_cat(&town), before + 1, "nothing is new");
    let other = "/ip4/45.0.2.1/udp/4001/quic-v1";
    move_to(&mut town, ANN, &[other]);
    town.wait(60_000);
    assert_eq!(to_cat(&town), before + 1, "not so soon");
    town.wait(millis(HOUR));
    assert_eq!(to_cat(&town), before + 2);
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(known(&town, CAT, ANN), [other, FAR]);
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
