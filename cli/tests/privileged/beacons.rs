//! Neighbours whom mDNS does not lead to each other.

use crate::host::{Host, eventually};
use crate::neighbours::Neighbours;

/// Where mDNS is spoken.
pub(crate) const MDNS_PORT: u16 = 5_353;

/// Waits until somebody is connected with a contact over an address of the link that both are on.
#[track_caller]
fn is_beside(host: &Host, who: &str) {
    eventually(&format!("{who} is connected over the link"), || {
        let peers = host.json(&["peers"]);
        let peer = peers.iter().find(|peer| peer["name"] == who)?;
        let is_near = peer["path"] == "lan";
        let address = peer["address"].as_str()?;
        (is_near && address.contains("/ip6/fe80:")).then_some(())
    });
}

#[test]
fn where_mdns_does_not_get_through_those_who_moved_find_one_another_all_the_same() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    neighbours.net.block(neighbours.lan, MDNS_PORT);
    neighbours.meet_and_move();
    neighbours.start();
    neighbours.ann.tell_far("Ben", "after");
    neighbours.ben.tell_far("Ann", "after");
    is_beside(&neighbours.ann, "Ben");
    is_beside(&neighbours.ben, "Ann");
    assert!(neighbours.net.blocked(neighbours.lan) > 0);
    assert_eq!(neighbours.ben.heard("Ann"), ["before", "after"]);
    assert_eq!(neighbours.ann.heard("Ben"), ["before", "after"]);
}

#[test]
fn without_any_ipv4_address_neighbours_meet_and_talk() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    for host in [&neighbours.ann, &neighbours.ben] {
        host.namespace().ip("-4 address flush dev lan0").unwrap();
    }
    neighbours.start();
    neighbours.ben.meet(&neighbours.ann);
    neighbours.chat("first");
    is_beside(&neighbours.ann, "Ben");
    is_beside(&neighbours.ben, "Ann");
    // The cable is pulled, and put back into a network that has come up meanwhile.
    neighbours.net.port_down(&neighbours.ben, neighbours.lan);
    neighbours.ann.send_in_vain("Ben", "waits");
    neighbours.net.port_up(&neighbours.ben, neighbours.lan);
    neighbours.ben.hears("Ann", &["first", "waits"]);
    assert_eq!(neighbours.ann.heard("Ben"), ["first"]);
}
