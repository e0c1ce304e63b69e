//! People on one local network, who find one another without being told where.

use serde_json::Value;

use crate::host::eventually;
use crate::neighbours::Neighbours;
use crate::net::Net;
use crate::person::pair;
use crate::right::{done, or_skip};

/// Addresses of a host beside its first: so many that they are not all named at once.
const MORE_ADDRESSES: u8 = 20;

#[test]
fn neighbours_who_both_moved_find_one_another_and_get_what_waited() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    neighbours.start();
    pair(&neighbours.ann, &neighbours.ben);
    neighbours.chat("before");
    neighbours.ben.kill();
    neighbours.ann.send("Ben", "waits");
    neighbours.ann.kill();
    neighbours.readdress();
    // On ports that the system chooses anew, so nothing that either remembers is of use.
    neighbours.start();
    neighbours.ann.json(&["sync", "Ben", "--timeout", "60s"]);
    neighbours.chat("after");
    assert_eq!(neighbours.ben.heard("Ann"), ["before", "waits", "after"]);
    assert_eq!(neighbours.ann.heard("Ben"), ["before", "after"]);
    for host in [&neighbours.ann, &neighbours.ben] {
        eventually("the doctor says that a neighbour is heard", || {
            let said = host.run(&["doctor"]).out;
            said.contains("hears 1 device, the last").then_some(())
        });
    }
}

#[test]
fn neighbours_who_stayed_where_they_were_need_no_discovery() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    let (net, lan) = (&neighbours.net, neighbours.lan);
    for host in [&mut neighbours.ann, &mut neighbours.ben] {
        let listen = format!("/ip4/{}/udp/0/quic-v1", net.address(host, lan));
        host.start_with(&["--no-mdns", "--listen", &listen]);
    }
    pair(&neighbours.ann, &neighbours.ben);
    neighbours.chat("before");
    neighbours.ben.kill();
    neighbours.ann.send("Ben", "waits");
    neighbours.ann.kill();
    neighbours.ann.start_there();
    neighbours.ben.start_there();
    neighbours.ann.json(&["sync", "Ben", "--timeout", "60s"]);
    neighbours.chat("after");
    assert_eq!(neighbours.ben.heard("Ann"), ["before", "waits", "after"]);
    assert_eq!(neighbours.ann.heard("Ben"), ["before", "after"]);
}

#[test]
fn neighbours_meet_and_talk_both_ways() {
    let Some(neighbours) = Neighbours::met() else {
        return;
    };
    neighbours.chat("first");
    neighbours.chat("second");
    assert_eq!(neighbours.ben.heard("Ann"), ["first", "second"]);
    assert_eq!(neighbours.ann.heard("Ben"), ["first", "second"]);
}

#[test]
fn who_moves_to_another_network_is_cut_off_and_found_again_on_coming_back() {
    let Some(mut neighbours) = Neighbours::met() else {
        return;
    };
    neighbours.chat("before");
    let elsewhere = neighbours.net.lan();
    neighbours.net.disconnect(&neighbours.ben, neighbours.lan);
    neighbours.net.connect(&neighbours.ben, elsewhere);
    neighbours.ann.send_in_vain("Ben", "waits");
    neighbours.ben.send_in_vain("Ann", "waits too");
    neighbours.net.disconnect(&neighbours.ben, elsewhere);
    neighbours.net.connect(&neighbours.ben, neighbours.lan);
    neighbours.ben.hears("Ann", &["before", "waits"]);
    neighbours.ann.hears("Ben", &["before", "waits too"]);
    neighbours.chat("after");
    assert_eq!(neighbours.ben.heard("Ann"), ["before", "waits", "after"]);
    assert_eq!(
        neighbours.ann.heard("Ben"),
        ["before", "waits too", "after"]
    );
}

#[test]
fn who_is_ready_has_named_all_its_addresses_of_quic_and_of_tcp() {
    let Some(mut net) = or_skip(Net::new()) else {
        return;
    };
    let lan = net.lan();
    let mut ann = net.host_in(lan, "Ann");
    let more = (0..MORE_ADDRESSES).map(|more| net.address_ending(lan, 100 + more));
    let mut addresses = vec![net.address(&ann, lan)];
    for address in more {
        let command = format!("address add {address}/24 dev lan{}", lan.number());
        done(ann.namespace().ip(&command));
        addresses.push(address);
    }
    ann.start();
    let listen = ann.ready()["listen"].as_array().unwrap().iter();
    let listen: Vec<&str> = listen.filter_map(Value::as_str).collect();
    for address in addresses {
        for transport in ["udp", "tcp"] {
            let start = format!("/ip4/{address}/{transport}/");
            let is_named = listen.iter().any(|named| named.starts_with(&start));
            assert!(is_named, "{start} is not among {listen:?}");
        }
    }
}
