//! Cables that are pulled in the middle of a conversation, and put back.

use crate::follow::Follow;
use crate::neighbours::Neighbours;

#[test]
fn what_is_said_while_a_cable_is_out_arrives_once_when_it_is_back() {
    let Some(neighbours) = Neighbours::met() else {
        return;
    };
    let Neighbours { ann, ben, lan, net } = &neighbours;
    neighbours.chat("before");
    let follow = Follow::start(ben, "Ann");
    follow.until("before");
    net.port_down(ben, *lan);
    let waits = ann.send_in_vain("Ben", "waits");
    ann.send("Ben", "waits behind it");
    ben.send_in_vain("Ann", "waits too");
    assert_eq!(ben.heard("Ann"), ["before"]);
    net.port_up(ben, *lan);
    follow.until("waits behind it");
    ann.sees("Ben", &waits, "delivered");
    ann.hears("Ben", &["before", "waits too"]);
    neighbours.chat("after");
    let said = ["before", "waits", "waits behind it", "after"];
    assert_eq!(ben.heard("Ann"), said);
    assert_eq!(ann.heard("Ben"), ["before", "waits too", "after"]);
}

#[test]
fn a_node_that_starts_with_its_cable_out_is_found_once_it_is_in() {
    let Some(mut neighbours) = Neighbours::met() else {
        return;
    };
    neighbours.chat("before");
    neighbours.ben.stop();
    neighbours.net.port_down(&neighbours.ben, neighbours.lan);
    neighbours.ben.start();
    neighbours.ann.send_in_vain("Ben", "waits");
    neighbours.net.port_up(&neighbours.ben, neighbours.lan);
    neighbours.ben.hears("Ann", &["before", "waits"]);
    neighbours.chat("after");
    assert_eq!(neighbours.ben.heard("Ann"), ["before", "waits", "after"]);
}
