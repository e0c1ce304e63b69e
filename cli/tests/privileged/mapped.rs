//! Somebody at home, behind a router that lets others in when it is asked.

use crate::host::{Host, eventually};
use crate::internet::{Internet, Router};
use crate::neighbours::Neighbours;
use crate::relayed::path_to;
use crate::right::or_skip;

/// What nodes are started with: nobody is their neighbour.
const FLAGS: &[&str] = &["--no-mdns"];

/// What the doctor says of how others reach somebody.
fn reach(host: &Host) -> String {
    let checks = host.run(&["--json", "doctor"]).lines();
    let check = checks
        .iter()
        .find(|check| check["name"] == "reach")
        .unwrap();
    check["detail"].as_str().unwrap().to_owned()
}

#[test]
fn whoever_has_a_router_that_maps_ports_is_a_relay_for_two_whose_routers_do_not() {
    let Some(mut internet) = or_skip(Internet::new()) else {
        return;
    };
    let Some(Neighbours {
        mut ann,
        mut ben,
        mut net,
        ..
    }) = Neighbours::parted()
    else {
        return;
    };
    let mut rita = net.host("Rita");
    let Some(outside) = or_skip(internet.connect_behind_mapper(&rita)) else {
        return;
    };
    for host in [&mut ann, &mut ben] {
        internet.connect_behind(Router::Symmetric, host);
        host.start_with(FLAGS);
    }
    rita.start_with(FLAGS);
    eventually("Rita's router maps her ports", || {
        let maps = reach(&rita).contains("says that it lets others in");
        (maps && internet.mapped().lines().count() == 2).then_some(())
    });
    let before = reach(&rita);
    assert!(before.starts_with("Nobody is known"), "{before}");
    for host in [&ann, &ben] {
        host.meet(&rita);
    }
    eventually("Rita is reached, and helps others", || {
        let now = reach(&rita);
        let at = format!("at /ip4/{outside}/udp/");
        (now.contains(&at) && now.contains("each other")).then_some(())
    });
    for (host, other) in [(&ann, "Ben"), (&ben, "Ann")] {
        eventually(&format!("{other} is reached through Rita"), || {
            (path_to(host, other)? == "relayed").then_some(())
        });
    }
    ann.tell_far("Ben", "through Rita's router");
    ben.tell_far("Ann", "through Rita's router");
    assert_eq!(ben.heard("Ann"), ["hello", "through Rita's router"]);
    assert_eq!(ann.heard("Ben"), ["hello", "through Rita's router"]);
    rita.stop();
    assert_eq!(internet.mapped(), "", "she gave her ports back");
}
