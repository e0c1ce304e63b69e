//! Devices that others in the network know by another peer id from one start to the next.

use serde_json::Value;

use crate::person::{Person, ann_and_ben, pair};

/// By which name others in the network know somebody's node.
fn peer_id(person: &Person) -> Value {
    let peer = person.json(&["status"])[0]["peer"].clone();
    assert!(peer.is_string(), "{peer}");
    peer
}

/// Has somebody's node start again, by another peer id, where it was or elsewhere.
fn rotate(person: &mut Person, stays: bool) {
    let before = peer_id(person);
    let rotated = &person.json(&["id", "rotate"])[0];
    assert_eq!(
        (&rotated["type"], &rotated["running"]),
        (&"rotated".into(), &true.into())
    );
    assert_eq!(peer_id(person), before, "until it starts again");
    person.kill();
    if stays {
        person.start_there();
    } else {
        person.start();
    }
    assert_ne!(peer_id(person), before);
}

#[test]
fn a_contact_who_was_away_finds_a_device_by_its_new_peer_id_where_it_was() {
    let (mut ann, mut ben) = ann_and_ben();
    ann.tell("Ben", "before");
    ben.kill();
    rotate(&mut ann, true);
    ann.json(&["send", "Ben", "between"]);
    // He comes back where she does not look for him, and looks for the peer id that she had.
    ben.start();
    ben.tell("Ann", "back");
    ann.tell("Ben", "after");
    assert_eq!(ben.heard("Ann"), ["before", "between", "after"]);
    assert_eq!(ann.heard("Ben"), ["back"]);
}

#[test]
fn a_device_that_went_elsewhere_with_its_new_peer_id_finds_a_contact_who_was_away() {
    let (mut ann, mut ben) = ann_and_ben();
    ann.tell("Ben", "before");
    ben.kill();
    rotate(&mut ann, false);
    ann.json(&["send", "Ben", "between"]);
    ben.start_there();
    ben.tell("Ann", "back");
    ann.tell("Ben", "after");
    assert_eq!(ben.heard("Ann"), ["before", "between", "after"]);
    assert_eq!(ann.heard("Ben"), ["back"]);
    // He knows her by the new one after all of this ended, too.
    ben.kill();
    ann.kill();
    ann.start_there();
    ben.start();
    ben.tell("Ann", "again");
}

#[test]
fn two_who_both_take_another_peer_id_while_they_are_apart_meet_again() {
    let (mut ann, mut ben) = ann_and_ben();
    ben.kill();
    rotate(&mut ann, true);
    ann.kill();
    ben.run(&["id", "rotate"]).exits(0);
    ben.start();
    ann.start_there();
    ann.tell("Ben", "hello");
    ben.tell("Ann", "hello yourself");
    assert_eq!(ben.heard("Ann"), ["hello"]);
}

#[test]
fn a_code_made_after_rotating_leads_to_the_device() {
    let mut ann = Person::online("Ann");
    rotate(&mut ann, false);
    let ben = Person::online("Ben");
    pair(&ann, &ben);
    ann.tell("Ben", "hello");
    assert_eq!(ben.heard("Ann"), ["hello"]);
}

#[test]
fn a_join_that_waits_is_answered_to_the_peer_id_that_a_device_has_since_then() {
    let (mut ann, mut ben) = (Person::online("Ann"), Person::online("Ben"));
    let code = ann.invite();
    ann.kill();
    ben.run(&["join", &code, "--timeout", "1ms"]).exits(5);
    rotate(&mut ben, false);
    ann.start_there();
    assert_eq!(ben.json(&["join", &code])[0]["state"], "active");
    ann.tell("Ben", "hello");
    ben.tell("Ann", "hello yourself");
    // She knows him by it after both start again, too.
    ben.kill();
    ann.kill();
    ben.start_there();
    ann.start();
    ann.tell("Ben", "again");
}
