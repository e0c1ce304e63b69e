//! Two people who met once and are both elsewhere since, with nothing between them but strangers who keep the table of
//! who is where.

use crate::host::{Host, eventually};
use crate::internet::{Internet, Router};
use crate::neighbours::Neighbours;
use crate::net::Net;
use crate::relayed::FLAGS;

/// Where a node listens that runs, with its peer id: what others name to their nodes.
#[track_caller]
fn named(node: &Host, address: &str) -> String {
    let status = node.json(&["status"]).remove(0);
    let peer = status["peer"].as_str().unwrap().to_owned();
    let listen = status["listen"].as_array().unwrap();
    let mut listen = listen.iter().filter_map(|one| one.as_str());
    let place = listen.find(|one| one.contains(address) && one.ends_with("quic-v1"));
    format!("{}/p2p/{peer}", place.unwrap())
}

/// Nora, a stranger on the internet who keeps the table, and what others name to their nodes.
#[track_caller]
fn keeper(net: &mut Net, internet: &mut Internet) -> (Host, String) {
    let (nora, address) = internet.host(net, "Nora", FLAGS);
    let node = named(&nora, &address);
    (nora, node)
}

/// Waits until the doctor says this of the table.
#[track_caller]
fn says(host: &Host, what: &str) {
    eventually(&format!("the doctor says: {what}"), || {
        host.detail("dht").contains(what).then_some(())
    });
}

#[test]
fn two_who_are_both_elsewhere_find_each_other_by_a_stranger_who_keeps_the_table() {
    let Some((mut internet, mut net, [mut ann, mut ben])) = Neighbours::parted_with_internet()
    else {
        return;
    };
    let (nora, node) = keeper(&mut net, &mut internet);
    for host in [&mut ann, &mut ben] {
        internet.connect(host);
        host.start_with(&["--no-mdns", "--bootstrap", &node]);
    }
    ann.tell_far("Ben", "where are you?");
    ben.tell_far("Ann", "here");
    assert_eq!(ben.heard("Ann"), ["hello", "where are you?"]);
    assert_eq!(ann.heard("Ben"), ["hello", "here"]);
    let found = [&ann, &ben].map(|host| host.detail("dht"));
    assert!(
        found.iter().any(|said| said.contains("Somebody was found")),
        "{found:?}"
    );
    says(&nora, "This one helps others find each other");
    // Whoever keeps the table carries nothing for those who are in it.
    nora.carries_nothing();
    // Ann knows her from now on.
    ann.stop();
    ann.start_with(FLAGS);
    says(&ann, "Lost contacts are looked for through");
    ann.tell_far("Ben", "again");
}

#[test]
fn behind_other_routers_two_find_each_other_through_a_relay_that_only_one_of_them_knows() {
    let Some((mut internet, mut net, [mut ann, mut ben])) = Neighbours::parted_with_internet()
    else {
        return;
    };
    let (_nora, node) = keeper(&mut net, &mut internet);
    let flags = ["--no-mdns", "--bootstrap", &node];
    let (rita, _) = internet.host(&mut net, "Rita", &flags);
    internet.connect_behind(Router::Symmetric, &ann);
    ann.start_with(&flags);
    ann.meet(&rita);
    internet.connect_behind(Router::Symmetric, &ben);
    ben.start_with(&flags);
    ann.tell_far("Ben", "through Rita");
    ben.tell_far("Ann", "found");
    assert_eq!(ben.heard("Ann"), ["hello", "through Rita"]);
    assert_eq!(ann.heard("Ben"), ["hello", "found"]);
    assert!(ben.detail("dht").contains("Somebody was found"));
}
