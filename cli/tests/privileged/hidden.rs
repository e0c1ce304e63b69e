//! Somebody who does not show themselves on the local network, and finds those who do.

use crate::beacons::MDNS_PORT;
use crate::host::eventually;
use crate::neighbours::Neighbours;
use crate::sent::Sent;

/// What leaves the machine of somebody who announces themselves: mDNS and beacons.
const ANNOUNCEMENTS: &str = "udp dport { 5353, 29735 }";

/// Ann and Ben met, went, and come back at other addresses; Ann is hidden.
#[track_caller]
fn are_found(mut neighbours: Neighbours) {
    neighbours.meet_and_move();
    let Neighbours { ann, ben, .. } = &mut neighbours;
    ann.json(&["config", "set", "network.discovery", "hidden"]);
    ann.start();
    let sent = Sent::of(ann, "shown", ANNOUNCEMENTS);
    ben.start();
    ann.tell_far("Ben", "found you");
    ben.tell_far("Ann", "and I you");
    assert_eq!(sent.count(ann), 0);
    let hint = ann.check("discovery").unwrap()["hint"].to_string();
    assert!(hint.contains("--hidden"), "{hint}");
    ann.stop();
    // A command that opens the profile by itself is hidden, too.
    ann.run(&["sync", "Ben"]).exits(0);
    assert_eq!(sent.count(ann), 0);
    assert_eq!(ben.heard("Ann"), ["before", "found you"]);
    assert_eq!(ann.heard("Ben"), ["before", "and I you"]);
}

#[test]
fn who_is_hidden_sends_no_announcement_and_finds_a_contact_by_mdns() {
    let Some(neighbours) = Neighbours::new() else {
        return;
    };
    for host in [&neighbours.ann, &neighbours.ben] {
        host.namespace().set_ipv6(false).unwrap();
    }
    are_found(neighbours);
}

#[test]
fn who_is_hidden_sends_no_announcement_and_finds_a_contact_by_beacons() {
    let Some(neighbours) = Neighbours::new() else {
        return;
    };
    neighbours.net.block(neighbours.lan, MDNS_PORT);
    are_found(neighbours);
}

#[test]
fn what_counts_the_announcements_of_who_is_hidden_counts_those_of_others() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    neighbours.ben.start();
    let ben = &neighbours.ben;
    for (name, port) in [("mdns", "5353"), ("beacons", "29735")] {
        let sent = Sent::of(ben, name, &format!("udp dport {port}"));
        eventually(name, || (sent.count(ben) > 0).then_some(()));
    }
}
