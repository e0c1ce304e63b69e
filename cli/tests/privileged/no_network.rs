//! Machines that lack a network, or half of one: what is written is stored there, and goes when
//! there is a network.

use serde_json::Value;

use crate::host::{Host, eventually};
use crate::net::Net;
use crate::right::or_skip;

/// Waits until the node listens at an address that begins so.
#[track_caller]
fn listens_at(host: &Host, start: &str) {
    eventually(&format!("it listens at {start}"), || {
        let status = host.json(&["status"]).remove(0);
        let listen = status["listen"].as_array().cloned().unwrap_or_default();
        let mut listen = listen.iter().filter_map(Value::as_str);
        listen
            .any(|address| address.starts_with(start))
            .then_some(())
    });
}

/// What needs no network, and nobody who listens, is done.
#[track_caller]
fn writes(host: &Host) {
    host.json(&["invite"]);
    host.json(&["checkin", "I am safe"]);
    let synced = host.run(&["sync", "--timeout", "1s"]);
    assert!([0, 5].contains(&synced.code), "{synced:?}");
    assert_eq!(host.json(&["checkin", "list"])[0]["text"], "I am safe");
}

#[test]
fn without_ipv6_all_works_over_ipv4_and_with_it_as_soon_as_it_is_there() {
    let Some(mut net) = or_skip(Net::new()) else {
        return;
    };
    let lan = net.lan();
    let mut ann = net.host_in(lan, "Ann");
    let mut ben = net.host_in(lan, "Ben");
    ann.namespace().set_ipv6(false).unwrap();
    writes(&ann);
    assert!(ann.detail("listening").contains("no IPv6"));
    for host in [&mut ann, &mut ben] {
        host.start();
    }
    assert!(ann.detail("listening").contains("no IPv6"));
    ben.meet(&ann);
    ben.send("Ann", "over IPv4");
    ann.hears("Ben", &["over IPv4"]);
    ann.namespace().set_ipv6(true).unwrap();
    listens_at(&ann, "/ip6/");
}

#[test]
fn without_any_interface_what_is_written_is_stored_and_goes_once_there_is_one() {
    let Some(mut net) = or_skip(Net::new()) else {
        return;
    };
    let lan = net.lan();
    let (mut ann, mut ben) = (net.host_in(lan, "Ann"), net.host_in(lan, "Ben"));
    for host in [&mut ann, &mut ben] {
        host.start();
    }
    ben.meet(&ann);
    ann.stop();
    net.disconnect(&ann, lan);
    ann.namespace().ip("link set lo down").unwrap();
    // Its address stays while it is down.
    ann.namespace().ip("address flush dev lo").unwrap();
    writes(&ann);
    ann.send("Ben", "in the dark");
    let said = ann.check("listening").unwrap();
    assert_eq!(said["ok"], false);
    assert!(
        said["detail"].as_str().unwrap().contains("no address"),
        "{said}"
    );
    assert!(
        said["hint"].as_str().unwrap().contains("bundle export"),
        "{said}"
    );
    ann.start();
    assert_eq!(ann.ready()["listen"].as_array().map(Vec::len), Some(0));
    assert!(ann.detail("listening").contains("no address"));
    ann.namespace().ip("link set lo up").unwrap();
    net.connect(&ann, lan);
    listens_at(&ann, "/ip4/10.");
    listens_at(&ann, "/ip6/");
    ben.hears("Ann", &["I am safe", "in the dark"]);
}

#[test]
fn an_address_that_was_given_and_is_not_there_is_told_and_ends_it() {
    let Some(mut net) = or_skip(Net::new()) else {
        return;
    };
    let ann = net.host("Ann");
    ann.namespace().set_ipv6(false).unwrap();
    let given = "/ip6/::/udp/0/quic-v1";
    let refused = ann.run(&["daemon", "run", "--listen", given]).exits(1);
    assert_eq!(
        refused.err.matches("cannot listen").count(),
        1,
        "{refused:?}"
    );
    assert!(
        refused.err.contains("does not have that address"),
        "{refused:?}"
    );
}
