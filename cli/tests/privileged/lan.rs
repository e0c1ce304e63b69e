//! People on one local network, who find one another without being told where.

use crate::host::eventually;
use crate::neighbours::Neighbours;
use crate::person::pair;

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
