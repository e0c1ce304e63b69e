//! A node that goes back and forth between two networks that nothing else joins.

use std::time::Duration;

use crate::host::{Host, wait};
use crate::neighbours::Neighbours;
use crate::net::{Lan, Net};

/// Longest stay on one side.
const STAY: Duration = Duration::from_secs(15);
/// Crossings within which everything has to be where it belongs.
const CROSSINGS_MAX: usize = 8;

/// Ann on one shore, Ben on the other, and the ferry; Ann is at the first shore.
#[derive(Debug)]
struct Strait {
    ann: Host,
    ben: Host,
    ferry: Host,
    shores: [Lan; 2],
    /// At which shore the ferry is.
    side: usize,
    net: Net,
}

impl Strait {
    /// All nodes run, and the ferry is at Ann's shore; it is a contact of hers, or a stranger.
    fn new(friend: bool) -> Option<Self> {
        let Neighbours {
            mut ann,
            mut ben,
            mut net,
            ..
        } = Neighbours::parted()?;
        let shores = [net.lan(), net.lan()];
        net.connect(&ann, shores[0]);
        net.connect(&ben, shores[1]);
        let mut ferry = net.host_in(shores[0], "Ferry");
        for host in [&mut ann, &mut ben, &mut ferry] {
            host.start();
        }
        if friend {
            ferry.meet(&ann);
        }
        Some(Self {
            ann,
            ben,
            ferry,
            shores,
            side: 0,
            net,
        })
    }

    /// Goes to the other shore.
    fn cross(&mut self) {
        self.net.disconnect(&self.ferry, self.shores[self.side]);
        self.side = 1 - self.side;
        self.net.connect(&self.ferry, self.shores[self.side]);
    }

    /// Crosses again and again until it is so.
    #[track_caller]
    fn cross_until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        for _ in 0..CROSSINGS_MAX {
            self.cross();
            if wait(STAY, || is_so(self).then_some(())).is_some() {
                return;
            }
        }
        panic!("not so after {CROSSINGS_MAX} crossings: {what}");
    }
}

#[test]
fn a_strangers_ferry_brings_messages_and_what_is_answered() {
    let Some(mut strait) = Strait::new(false) else {
        return;
    };
    let message = strait.ann.send("Ben", "over there");
    strait.ferry.carries();
    strait.cross_until("Ben has it", |strait| strait.ben.heard("Ann").len() == 2);
    strait.ben.send("Ann", "over here");
    strait.cross_until("Ann has the answer", |strait| {
        strait.ann.heard("Ben").len() == 2
    });
    strait.ann.sees("Ben", &message, "delivered");
    strait.ann.send("Ben", "and again");
    strait.cross_until("Ben has the next", |strait| {
        strait.ben.heard("Ann").len() == 3
    });
    assert_eq!(
        strait.ben.heard("Ann"),
        ["hello", "over there", "and again"]
    );
    assert_eq!(strait.ann.heard("Ben"), ["hello", "over here"]);
}

#[test]
fn a_friends_ferry_promises_what_it_carries() {
    let Some(mut strait) = Strait::new(true) else {
        return;
    };
    let sent = ["send", "Ben", "--wait", "carried", "--timeout", "60s", "hi"];
    let sent = strait.ann.json(&sent).remove(0);
    assert_eq!(sent["state"], "carried");
    assert_eq!(sent["delivery"]["carried"], 1);
    let message = sent["id"].as_str().unwrap();
    strait.cross_until("Ben has it", |strait| strait.ben.heard("Ann").len() == 2);
    strait.cross_until("Ann knows that it is there", |strait| {
        let messages = strait.ann.json(&["read", "Ben"]);
        let found = messages.iter().find(|line| line["id"] == message);
        found.unwrap()["state"] == "delivered"
    });
    assert_eq!(strait.ben.heard("Ann"), ["hello", "hi"]);
}
