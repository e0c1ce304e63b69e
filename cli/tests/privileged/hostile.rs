//! A hostile peer, with a program of its own, against a node whose contacts, and people who are just to become
//! contacts, are served meanwhile.
//!
//! ```text
//!   this test ---starts---> the same program in the attacker's namespace: `attack` ---> the node
//!      |                                                                                  ^
//!      +---- looks what the node takes, and has others talk to it -----------------------+
//! ```
//!
//! Invariants
//! - An attack stays within namespaces of the test, and ends with it.
//! - It counts only if much was tried, and if some of that came about.

mod attack;
mod flood;
mod identify;
mod lending;
mod peer;
mod siege;
mod slow;
mod streams;

use serde_json::Value;

use crate::host::{Host, eventually};
use crate::internet::Router;
use crate::neighbours::Neighbours;
use crate::net::{Lan, Net};
use crate::relayed::Homes;
use crate::right::done;
use attack::Attack;
use siege::{Siege, Taken, Watch};

/// Memory that a node may take beyond what it took before, while it is attacked: what the streams of a stranger's four
/// connections may hold unread, 32 MiB each, and some more.
const MORE_MEMORY_MIB: u64 = 192;
/// Files that it may have open beyond those before: as many sockets as strangers may have, and some more.
const MORE_FILES: usize = 320;
/// Those that may stay when the attack is over.
const FILES_LEFT: usize = 16;
/// Addresses of an attacker who has several: fewer than use up what there is for one subnet.
const FACES: u8 = 6;
/// Addresses, each of another network, of one who has many: enough for all places and circuits.
const FAR_FACES: u8 = 40;

/// Ann, who is attacked, Ben, who is her contact, Cid, who is to be, and who attacks her.
#[derive(Debug)]
struct Besieged {
    ann: Host,
    ben: Host,
    cid: Host,
    mallory: Host,
    lan: Lan,
    net: Net,
}

impl Besieged {
    /// Ann's and Ben's nodes run; `None` if there can be no network.
    fn new() -> Option<Self> {
        let Neighbours {
            ann,
            ben,
            lan,
            mut net,
        } = Neighbours::met()?;
        Some(Self {
            ann,
            ben,
            cid: net.host_in(lan, "Cid"),
            mallory: net.host_in(lan, "Mallory"),
            lan,
            net,
        })
    }

    /// Gives the attacker some addresses more.
    fn spread(&self) {
        let faces = (0..FACES).map(|face| self.net.address_ending(self.lan, 200 + face));
        let interface = format!("lan{}", self.lan.number());
        let faces: Vec<String> = faces.collect();
        spread(&self.mallory, &interface, &faces, 24);
    }

    /// Attacks Ann while Ben and she talk, and Cid becomes her contact; all that, and the node, is as it should be.
    #[track_caller]
    fn withstands(&mut self, attack: Attack) {
        let node = self.ann.node();
        let before = Taken::by(node).unwrap();
        let watch = Watch::start(node);
        let targets = targets(&self.ann, &self.net.address(&self.ann, self.lan));
        let siege = Siege::begin(&self.mallory, attack, &targets);
        self.ann.tell_far("Ben", "under attack");
        self.cid.start();
        self.cid.meet(&self.ann);
        self.ben.tell_far("Ann", "still there?");
        self.cid.tell_far("Ann", "here I am");
        self.ann.tell_far("Cid", "welcome");
        is_over(&self.ann, siege, watch, before);
        assert_eq!(self.ben.heard("Ann"), ["under attack"]);
        assert_eq!(self.cid.heard("Ann"), ["welcome"]);
        assert_eq!(self.ann.heard("Ben"), ["still there?"]);
        assert_eq!(self.ann.heard("Cid"), ["here I am"]);
    }
}

/// Where somebody's node listens at an address of IPv4.
fn targets(host: &Host, address: &str) -> Vec<String> {
    let at = format!("/ip4/{address}/");
    let listen = host.ready()["listen"].as_array().unwrap().iter();
    let listen = listen.filter_map(Value::as_str);
    let targets = listen.filter(|address| address.starts_with(&at));
    targets.map(str::to_owned).collect()
}

/// Gives a host these addresses, too: each new connection comes from the next of them.
fn spread(host: &Host, interface: &str, addresses: &[String], bits: u8) {
    let mut faces = Vec::new();
    for (number, address) in addresses.iter().enumerate() {
        let command = format!("address add {address}/{bits} dev {interface}");
        done(host.namespace().ip(&command));
        faces.push(format!("{number} : {address}"));
    }
    let (count, faces) = (faces.len(), faces.join(", "));
    let table = format!(
        "table ip faces {{ chain out {{ type nat hook postrouting priority srcnat; \
         oifname \"{interface}\" snat to numgen inc mod {count} map {{ {faces} }}; }}; }}"
    );
    done(host.namespace().nft(&table));
}

/// Ends an attack on a node: it took no more than it may, has let go of what the attacker held, and answers.
#[track_caller]
fn is_over(host: &Host, siege: Siege, watch: Watch, before: Taken) {
    let (tries, successes) = siege.end();
    let most = watch.most();
    assert!(successes > 0, "nothing came of {tries} tries");
    assert!(
        most.memory_mib <= before.memory_mib + MORE_MEMORY_MIB,
        "{most:?}"
    );
    assert!(most.files <= before.files + MORE_FILES, "{most:?}");
    eventually("the attacker's sockets are gone", || {
        let now = Taken::by(host.node()).unwrap();
        (now.files <= before.files + FILES_LEFT).then_some(())
    });
    assert_eq!(host.json(&["status"])[0]["running"], true);
    let node = host.check("node").unwrap();
    assert_eq!(node["ok"], true, "{node}");
}

#[test]
fn a_flood_of_connections_from_one_address_keeps_nobody_out() {
    if let Some(mut besieged) = Besieged::new() {
        besieged.withstands(Attack::Flood);
    }
}

#[test]
fn a_flood_of_connections_from_several_addresses_keeps_nobody_out() {
    if let Some(mut besieged) = Besieged::new() {
        besieged.spread();
        besieged.withstands(Attack::Flood);
    }
}

#[test]
fn handshakes_that_never_end_keep_nobody_out() {
    if let Some(mut besieged) = Besieged::new() {
        besieged.spread();
        besieged.withstands(Attack::Slow);
    }
}

#[test]
fn peers_who_say_too_much_of_themselves_harm_nobody() {
    if let Some(mut besieged) = Besieged::new() {
        besieged.withstands(Attack::Identify);
    }
}

#[test]
fn a_flood_of_streams_with_nothing_or_garbage_on_them_harms_nobody() {
    if let Some(mut besieged) = Besieged::new() {
        besieged.withstands(Attack::Streams);
    }
}

#[test]
fn a_relay_whom_strangers_ask_for_all_that_it_lends_serves_its_contacts() {
    let Some(mut homes) = Homes::new(Router::Symmetric, &["Rita"]) else {
        return;
    };
    homes.are_connected("relayed");
    let mallory = homes.net.host("Mallory");
    homes.internet.connect(&mallory);
    let far_apart = (1..=FAR_FACES).map(|number| format!("45.1.{number}.1"));
    spread(&mallory, "net", &far_apart.collect::<Vec<_>>(), 8);
    let (rita, address) = &homes.friends[0];
    let before = Taken::by(rita.node()).unwrap();
    let watch = Watch::start(rita.node());
    let siege = Siege::begin(&mallory, Attack::Lending, &targets(rita, address));
    homes.chat("under attack");
    homes.ben.stop();
    homes.ben.start_with(&["--no-mdns"]);
    homes.are_connected("relayed");
    homes.chat("after a restart");
    is_over(&homes.friends[0].0, siege, watch, before);
    let said = ["hello", "under attack", "after a restart"];
    assert_eq!(homes.ben.heard("Ann"), said);
    assert_eq!(homes.ann.heard("Ben"), said);
}
