//! A stick that goes from hand to hand between people who share no network: a directory that all of
//! them can open, one after the other or at once.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::host::{Host, eventually};
use crate::neighbours::Neighbours;

/// See the module.
#[derive(Debug)]
struct Stick(TempDir);

impl Stick {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &str {
        self.0.path().to_str().unwrap()
    }

    /// The file of that name on it.
    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Somebody puts on it all that they have for others; the file.
    #[track_caller]
    fn take_from(&self, host: &Host, name: &str) -> PathBuf {
        let file = self.file(name);
        let told = host.json(&["bundle", "export", file.to_str().unwrap()]);
        assert_eq!(told[0]["type"], "bundle");
        assert!(told[0]["envelopes"].as_u64().unwrap() > 0, "{told:?}");
        assert!(file.is_file());
        file
    }
}

/// Somebody reads a file; how many envelopes were new, and for them.
#[track_caller]
fn give(host: &Host, file: &Path) -> (u64, u64) {
    let told = host.json(&["bundle", "import", file.to_str().unwrap()]);
    let count = |field: &str| told[0][field].as_u64().unwrap();
    (count("new"), count("for_me"))
}

/// A conversation by stick; who reads has it at once, with a node or without.
#[track_caller]
fn talk(ann: &Host, ben: &Host) {
    let stick = Stick::new();
    let message = ann.send("Ben", "by stick");
    let file = stick.take_from(ann, "there");
    let (new, for_ben) = give(ben, &file);
    assert!(new >= 1 && for_ben >= 1, "{new} {for_ben}");
    ben.hears("Ann", &["hello", "by stick"]);
    // A second time there is nothing new in it.
    assert_eq!(give(ben, &file).0, 0);
    ben.send("Ann", "and back");
    let file = stick.take_from(ben, "back");
    give(ann, &file);
    ann.hears("Ben", &["hello", "and back"]);
    ann.sees("Ben", &message, "delivered");
    assert_eq!(ben.heard("Ann"), ["hello", "by stick"]);
}

#[test]
fn people_who_share_no_network_talk_by_stick() {
    let Some(mut neighbours) = Neighbours::parted() else {
        return;
    };
    neighbours.start();
    talk(&neighbours.ann, &neighbours.ben);
}

#[test]
fn people_whose_nodes_do_not_run_talk_by_stick() {
    let Some(neighbours) = Neighbours::parted() else {
        return;
    };
    talk(&neighbours.ann, &neighbours.ben);
}

#[test]
fn a_stick_that_both_watch_carries_by_itself() {
    let Some(mut neighbours) = Neighbours::parted() else {
        return;
    };
    let stick = Stick::new();
    let Neighbours { ann, ben, .. } = &mut neighbours;
    for host in [&mut *ann, &mut *ben] {
        host.start_with(&["--watch", stick.path()]);
    }
    let there = ann.send("Ben", "watched");
    ben.hears("Ann", &["hello", "watched"]);
    ann.sees("Ben", &there, "delivered");
    let back = ben.send("Ann", "watched too");
    ann.hears("Ben", &["hello", "watched too"]);
    ben.sees("Ann", &back, "delivered");
    assert_eq!(ben.heard("Ann"), ["hello", "watched"]);
}

#[test]
fn a_stranger_takes_over_what_one_stick_holds_to_another() {
    let Some(mut neighbours) = Neighbours::parted() else {
        return;
    };
    neighbours.start();
    let mut stranger = neighbours.net.host("Stranger");
    stranger.start();
    let (one, other) = (Stick::new(), Stick::new());
    neighbours.ann.send("Ben", "by way of a stranger");
    let (new, for_stranger) = give(&stranger, &one.take_from(&neighbours.ann, "one"));
    assert!(new >= 1 && for_stranger == 0, "{new} {for_stranger}");
    give(&neighbours.ben, &other.take_from(&stranger, "other"));
    neighbours
        .ben
        .hears("Ann", &["hello", "by way of a stranger"]);
}

#[test]
fn nothing_is_taken_from_a_file_that_is_damaged() {
    let Some(mut neighbours) = Neighbours::parted() else {
        return;
    };
    neighbours.start();
    let Neighbours { ann, ben, .. } = &neighbours;
    let stick = Stick::new();
    ann.send("Ben", "by stick");
    let whole = stick.take_from(ann, "whole");
    let bytes = std::fs::read(&whole).unwrap();
    let cut = stick.file("cut");
    std::fs::write(&cut, &bytes[..bytes.len() - 1]).unwrap();
    let flipped = stick.file("flipped");
    let mut changed = bytes.clone();
    changed[bytes.len() / 2] ^= 1;
    std::fs::write(&flipped, changed).unwrap();
    for damaged in [&cut, &flipped] {
        let refused = ben.run(&["bundle", "import", damaged.to_str().unwrap()]);
        refused.exits(1);
    }
    assert_eq!(ben.heard("Ann"), ["hello"]);
    give(ben, &whole);
    ben.hears("Ann", &["hello", "by stick"]);
}

#[test]
fn people_who_never_met_become_contacts_by_stick() {
    let Some(neighbours) = Neighbours::new() else {
        return;
    };
    let Neighbours {
        mut ann,
        mut ben,
        lan,
        mut net,
    } = neighbours;
    for host in [&mut ann, &mut ben] {
        net.disconnect(host, lan);
        host.start();
    }
    let code = ann.invite();
    let joined = ben.run(&["--json", "join", &code, "--timeout", "1s"]);
    assert_eq!(joined.exits(5).line()["state"], "pending");
    let stick = Stick::new();
    give(&ann, &stick.take_from(&ben, "join"));
    give(&ben, &stick.take_from(&ann, "answer"));
    for host in [&ann, &ben] {
        eventually("the contact is active", || {
            let contact = host.json(&["contacts"]).into_iter().next();
            contact.filter(|contact| contact["state"] == "active")
        });
    }
    ben.send("Ann", "hello");
    give(&ann, &stick.take_from(&ben, "hello"));
    ann.hears("Ben", &["hello"]);
}
