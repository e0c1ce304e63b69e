//! A disk that becomes full under a node that runs.

use crate::disk::Disk;
use crate::person::{Person, pair};
use crate::right::or_skip;

/// Messages of which one at least needs a block more than the files have.
const MESSAGES: usize = 64;

/// Somebody whose profile is on that disk, and whose node runs.
fn online_on(disk: &Disk, name: &str) -> Person {
    let mut person = Person::nobody();
    person.home = disk.home();
    person
        .run(&["init", "--name", name, "--no-passphrase"])
        .exits(0);
    person.start();
    person
}

#[test]
fn a_sender_whose_disk_is_full_is_told_and_loses_nothing_that_was_taken() {
    let Some(disk) = or_skip(Disk::new()) else {
        return;
    };
    let (mut ann, mut ben) = (online_on(&disk, "Ann"), Person::online("Ben"));
    pair(&ann, &ben);
    ann.tell("Ben", "before");
    ben.kill();
    disk.fill();
    let mut taken = vec!["before".to_owned()];
    let refused = loop {
        let text = taken.len().to_string();
        let ran = ann.run(&["send", "Ben", &text]);
        if ran.code != 0 {
            break ran.exits(1);
        }
        taken.push(text);
        assert!(taken.len() < MESSAGES, "the disk is not full");
    };
    assert!(refused.err.contains("the disk is full"), "{refused:?}");
    assert!(refused.err.contains("free some space"), "{refused:?}");
    assert_eq!(ann.take_daemon().ended(), Some(1));
    // Without a node, as long as there is no space.
    let refused = ann.run(&["send", "Ben", "--offline", "x"]).exits(1);
    assert!(refused.err.contains("the disk is full"), "{refused:?}");

    disk.free();
    ann.start();
    ben.start_there();
    ann.tell("Ben", "after");
    taken.push("after".to_owned());
    assert_eq!(ben.heard("Ann"), taken);
}

#[test]
fn a_recipient_whose_disk_is_full_gets_it_all_once_there_is_space() {
    let Some(disk) = or_skip(Disk::new()) else {
        return;
    };
    let (ann, mut ben) = (Person::online("Ann"), online_on(&disk, "Ben"));
    pair(&ann, &ben);
    ann.tell("Ben", "before");
    disk.fill();
    let mut sent = vec!["before".to_owned()];
    for number in 0..MESSAGES {
        ann.json(&["send", "Ben", &number.to_string()]);
        sent.push(number.to_string());
    }
    assert_eq!(ben.take_daemon().ended(), Some(1));
    disk.free();
    ben.start();
    ann.tell("Ben", "after");
    sent.push("after".to_owned());
    assert_eq!(ben.heard("Ann"), sent);
}
