//! A node that dies under the interface, of a profile with a passphrase and of one without.

use super::{LEAVE, at_conversation, is_as_before};
use crate::person::{LISTEN, Person, ann_and_ben, pair};

const PASSPHRASE: &str = "correct horse";

/// Ann, whose profile has a passphrase, and Ben; both nodes run.
fn ann_with_passphrase_and_ben() -> (Person, Person) {
    let mut ann = Person::nobody();
    let file = ann.file("passphrase", PASSPHRASE);
    let locked = ["--passphrase-file", file.to_str().unwrap()];
    ann.run(&[&locked[..], &["init", "--name", "Ann"]].concat())
        .exits(0);
    ann.start_with(&["--no-mdns", "--listen", LISTEN], Some(&file));
    let ben = Person::online("Ben");
    pair(&ann, &ben);
    (ann, ben)
}

#[test]
fn a_node_that_was_killed_is_replaced_and_the_interface_goes_on() {
    let (mut ann, ben) = ann_and_ben();
    let mut screen = at_conversation(&ann, "Ben");
    ben.tell("Ann", "before");
    screen.shows("before");
    ann.kill();
    screen.keys("after\r");
    screen.shows("after");
    // Whoever answers now is the interface.
    ben.json(&["send", "Ann", "and you?", "--wait", "delivered"]);
    screen.shows("and you?");
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
    assert_eq!(ben.heard("Ann"), ["after"]);
}

#[test]
fn a_profile_that_is_locked_then_asks_for_its_passphrase_and_what_was_sent_goes() {
    let (mut ann, ben) = ann_with_passphrase_and_ben();
    let mut screen = at_conversation(&ann, "Ben");
    ann.kill();
    screen.shows("The profile is locked");
    screen.keys("wrong\r");
    screen.shows("That is not the passphrase of this profile.");
    screen.keys(PASSPHRASE);
    screen.keys("\r");
    screen.shows("The profile is open again.");
    assert!(!screen.came().contains(PASSPHRASE));
    screen.keys("here I am\r");
    screen.shows("here I am");
    screen.shows("delivered");
    screen.keys(LEAVE);
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
    assert_eq!(ben.heard("Ann"), ["here I am"]);
}

#[test]
fn what_was_written_and_is_not_stored_when_somebody_leaves_is_said() {
    let (mut ann, _ben) = ann_with_passphrase_and_ben();
    let mut screen = at_conversation(&ann, "Ben");
    // The node is there, and does not answer.
    let daemon = ann.take_daemon();
    daemon.signal("-STOP");
    screen.keys("a word that\r");
    screen.keys("and one that is begun");
    screen.shows("and one that is begun");
    drop(daemon);
    screen.shows("The profile is locked");
    screen.keys("\u{1b}");
    let (all, code) = screen.ends_as_before();
    assert_eq!(code, 0);
    is_as_before(&all);
    let (_, said) = all.rsplit_once("\u{1b}[?1049l").unwrap();
    assert!(said.contains("Not sent to Ben: a word that"), "{said:?}");
    let begun = "Not sent to Ben: and one that is begun";
    assert!(said.contains(begun), "{said:?}");
}
