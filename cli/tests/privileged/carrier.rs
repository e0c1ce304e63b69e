//! A friend who carries, and whose machine fails meanwhile.

use crate::crash::burst;
use crate::disk::Disk;
use crate::host::Host;
use crate::line::Line;
use crate::neighbours::Neighbours;
use crate::net::{Lan, Net};
use crate::person::Ran;
use crate::right::or_skip;

/// Messages that are promised before the carrier is killed.
const MESSAGES: usize = 10;
/// Messages of the burst in which it is killed.
const BURST_MESSAGES: u64 = 60;

/// Ann and Cid, her contact, on one network; Ben on none. All nodes run.
#[derive(Debug)]
struct Errand {
    ann: Host,
    cid: Host,
    ben: Host,
    lan: Lan,
    net: Net,
}

impl Errand {
    /// `None` if there can be no network.
    fn new(disk: Option<&Disk>) -> Option<Self> {
        let Neighbours {
            mut ann,
            mut ben,
            lan,
            mut net,
        } = Neighbours::parted()?;
        let mut cid = net.host_on(disk, "Cid");
        net.connect(&ann, lan);
        net.connect(&cid, lan);
        for host in [&mut ann, &mut ben, &mut cid] {
            host.start();
        }
        cid.meet(&ann);
        Some(Self {
            ann,
            cid,
            ben,
            lan,
            net,
        })
    }

    /// Ann writes to Ben and waits for the promise that it is carried.
    fn send(&self, text: &str, timeout: &str) -> Ran {
        let arguments = ["--json", "send", "Ben", "--wait", "carried"];
        self.ann
            .run(&[&arguments[..], &["--timeout", timeout, text]].concat())
    }

    /// Switches Ann's machine off and puts Ben where she was: what he gets comes from Cid.
    fn replace_ann_by_ben(&mut self) {
        self.ann.stop();
        self.net.disconnect(&self.ann, self.lan);
        self.net.connect(&self.ben, self.lan);
    }
}

#[test]
fn what_a_carrier_promised_outlives_its_being_killed() {
    let Some(mut errand) = Errand::new(None) else {
        return;
    };
    let mut said = vec!["hello".to_owned()];
    for number in 0..MESSAGES {
        let text = number.to_string();
        let sent = errand.send(&text, "60s").exits(0).line();
        assert_eq!(sent["state"], "carried");
        said.push(text);
    }
    errand.cid.kill();
    errand.replace_ann_by_ben();
    errand.cid.start();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    errand.ben.hears("Ann", &said);
}

#[test]
fn a_carrier_killed_in_a_burst_loses_and_doubles_nothing() {
    let Some(mut line) = Line::new(3) else {
        return;
    };
    let third = BURST_MESSAGES / 3;
    burst(&line.ann, "Ben", 0..third);
    line.middle[0].kill();
    burst(&line.ann, "Ben", third..2 * third);
    line.middle[0].start();
    burst(&line.ann, "Ben", 2 * third..BURST_MESSAGES);
    line.ann.tell_far("Ben", "the end");
    let numbers = (0..BURST_MESSAGES).map(|number| number.to_string());
    let said: Vec<String> = ["hello".to_owned()]
        .into_iter()
        .chain(numbers)
        .chain(["the end".to_owned()])
        .collect();
    // What was written while much was under way waits a minute for more; what came after went at once.
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    line.ben.hears("Ann", &said);
}

#[test]
fn a_carrier_whose_disk_is_full_promises_nothing_and_carries_once_there_is_space() {
    let Some(disk) = or_skip(Disk::new()) else {
        return;
    };
    let Some(mut errand) = Errand::new(Some(&disk)) else {
        return;
    };
    let sent = errand.send("before", "60s").exits(0);
    assert_eq!(sent.line()["state"], "carried");
    disk.fill();
    let mut said = vec!["hello".to_owned(), "before".to_owned()];
    // The files may have room for a few yet.
    let refused = loop {
        let text = said.len().to_string();
        let sent = errand.send(&text, "5s");
        said.push(text);
        if sent.code != 0 {
            break sent.exits(5).line();
        }
        assert!(said.len() < 64, "the disk is not full");
    };
    assert_eq!(refused["state"], "queued");
    disk.free();
    errand.cid.kill();
    errand.cid.start();
    let refused = refused["id"].as_str().unwrap();
    errand.ann.sees("Ben", refused, "carried");
    errand.replace_ann_by_ben();
    let said: Vec<&str> = said.iter().map(String::as_str).collect();
    errand.ben.hears("Ann", &said);
}
