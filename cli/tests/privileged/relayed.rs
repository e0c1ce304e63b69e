//! Two people at home, each behind a router, with nothing between them but contacts whom both can reach.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

use crate::host::{Host, eventually};
use crate::internet::{Internet, Router};
use crate::neighbours::Neighbours;
use crate::net::Net;
use crate::right::or_skip;

/// What nodes are started with: nobody is their neighbour.
pub(crate) const FLAGS: &[&str] = &["--no-mdns"];

/// What is not answered for so long was dropped: an answer takes a millisecond here.
const DROPPED_AFTER: Duration = Duration::from_secs(1);

/// Ann and Ben, who met somewhere else, and contacts of both on the internet. All nodes run.
#[derive(Debug)]
pub(crate) struct Homes {
    pub(crate) ann: Host,
    pub(crate) ben: Host,
    /// Each with their address.
    pub(crate) friends: Vec<(Host, String)>,
    /// Gone with the last of them.
    pub(crate) internet: Internet,
    pub(crate) net: Net,
}

impl Homes {
    /// `None` if there can be no network.
    pub(crate) fn new(router: Router, friends: &[&str]) -> Option<Self> {
        let (mut internet, mut net, [mut ann, mut ben]) = Neighbours::parted_with_internet()?;
        internet.connect_behind(router, &ann);
        internet.connect_behind(router, &ben);
        for host in [&mut ann, &mut ben] {
            host.start_with(FLAGS);
        }
        let mut known = Vec::new();
        for name in friends {
            let (friend, address) = internet.host(&mut net, name, FLAGS);
            for host in [&ann, &ben] {
                host.meet(&friend);
            }
            known.push((friend, address));
        }
        Some(Self {
            ann,
            ben,
            friends: known,
            internet,
            net,
        })
    }

    /// Waits until this is how Ann is connected with Ben, and how he is with her.
    #[track_caller]
    pub(crate) fn are_connected(&self, path: &str) {
        is_connected(&self.ann, "Ben", path);
        is_connected(&self.ben, "Ann", path);
    }

    /// Looks that Ann reaches Ben through this friend.
    #[track_caller]
    fn is_between(&self, friend: usize) {
        let (_, at) = &self.friends[friend];
        let through = told_of(&self.ann, "Ben", "address").unwrap();
        assert!(through.contains(at), "{through}");
    }

    /// Both say something, and it arrives.
    #[track_caller]
    pub(crate) fn chat(&self, text: &str) {
        self.ann.tell_far("Ben", text);
        self.ben.tell_far("Ann", text);
    }
}

/// Waits until this is how somebody is connected with a contact.
#[track_caller]
pub(crate) fn is_connected(host: &Host, who: &str, path: &str) {
    eventually(&format!("{who} is connected: {path}"), || {
        (told_of(host, who, "path")? == path).then_some(())
    });
}

/// What somebody is told of a contact's device.
fn told_of(host: &Host, who: &str, field: &str) -> Option<String> {
    let peers = host.json(&["peers"]);
    let peer = peers.iter().find(|peer| peer["name"] == who)?;
    peer[field].as_str().map(str::to_owned)
}

/// Looks that nobody's connection gets to a host over IPv6 by itself, from another's for instance.
#[track_caller]
fn is_shut(host: &Host, from: &Host) {
    let status = host.json(&["status"]).remove(0);
    let listen = status["listen"].as_array().unwrap();
    let mut listen = listen.iter().filter_map(Value::as_str);
    let at = listen.find_map(|one| {
        let (ip, port) = one.strip_prefix("/ip6/2a00:")?.split_once("/tcp/")?;
        format!("[2a00:{ip}]:{port}").parse::<SocketAddr>().ok()
    });
    let at = at.unwrap();
    let came = from
        .namespace()
        .within(|| TcpStream::connect_timeout(&at, DROPPED_AFTER));
    assert_eq!(came.unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn behind_routers_that_let_nobody_meet_two_talk_through_a_contact() {
    let Some(homes) = Homes::new(Router::Symmetric, &["Rita"]) else {
        return;
    };
    homes.are_connected("relayed");
    for (host, other) in [(&homes.ann, "Ben"), (&homes.ben, "Ann")] {
        let peers = host.json(&["peers"]);
        let peer = peers.iter().find(|peer| peer["name"] == other).unwrap();
        assert_eq!(peer["relay"]["name"], "Rita", "{peer}");
        let told = host.run(&["doctor", other]).out;
        assert!(told.contains("through the device of Rita"), "{told}");
    }
    homes.chat("through Rita");
    homes.are_connected("relayed");
    assert_eq!(homes.ben.heard("Ann"), ["hello", "through Rita"]);
    assert_eq!(homes.ann.heard("Ben"), ["hello", "through Rita"]);
    homes.friends[0].0.carries_nothing();
}

#[test]
fn behind_routers_that_keep_ports_two_meet_and_need_their_contact_no_longer() {
    let Some(mut homes) = Homes::new(Router::Cone, &["Rita"]) else {
        return;
    };
    homes.are_connected("direct");
    homes.friends[0].0.kill();
    homes.chat("without Rita");
    homes.are_connected("direct");
    assert_eq!(homes.ben.heard("Ann"), ["hello", "without Rita"]);
    assert_eq!(homes.ann.heard("Ben"), ["hello", "without Rita"]);
}

#[test]
fn over_ipv6_routers_that_let_in_answers_alone_let_two_meet_who_cannot_over_ipv4() {
    let Some(mut homes) = Homes::new(Router::Filter, &["Rita"]) else {
        return;
    };
    homes.are_connected("direct");
    is_shut(&homes.ann, &homes.ben);
    for (host, other) in [(&homes.ann, "Ben"), (&homes.ben, "Ann")] {
        let at = told_of(host, other, "address").unwrap();
        assert!(at.starts_with("/ip6/2a00:45:"), "{at}");
    }
    homes.friends[0].0.kill();
    homes.chat("without Rita");
    homes.are_connected("direct");
    assert_eq!(homes.ben.heard("Ann"), ["hello", "without Rita"]);
    assert_eq!(homes.ann.heard("Ben"), ["hello", "without Rita"]);
}

#[test]
fn when_a_contact_in_between_is_killed_another_takes_its_place_and_it_is_one_again_when_it_is_back()
{
    let Some(mut homes) = Homes::new(Router::Symmetric, &["Rita", "Rob"]) else {
        return;
    };
    homes.are_connected("relayed");
    homes.chat("through one");
    let through = told_of(&homes.ann, "Ben", "address").unwrap();
    let mut friends = homes.friends.iter();
    let first = friends.position(|(_, at)| through.contains(at)).unwrap();
    let second = 1 - first;
    homes.friends[first].0.kill();
    homes.chat("through the other");
    homes.are_connected("relayed");
    homes.is_between(second);
    homes.friends[first].0.start_with(FLAGS);
    homes.friends[second].0.kill();
    homes.chat("through the first again");
    homes.are_connected("relayed");
    homes.is_between(first);
    let said = [
        "hello",
        "through one",
        "through the other",
        "through the first again",
    ];
    assert_eq!(homes.ben.heard("Ann"), said);
    assert_eq!(homes.ann.heard("Ben"), said);
}

#[test]
fn an_invite_alone_is_enough_where_both_are_behind_routers_and_a_contact_of_one_is_not() {
    let Some(mut internet) = or_skip(Internet::new()) else {
        return;
    };
    let Some(mut net) = or_skip(Net::new()) else {
        return;
    };
    let [mut ann, mut ben] = ["Ann", "Ben"].map(|name| net.host(name));
    for host in [&mut ann, &mut ben] {
        internet.connect_behind(Router::Symmetric, host);
        host.start_with(FLAGS);
    }
    let (rita, _) = internet.host(&mut net, "Rita", FLAGS);
    ann.meet(&rita);
    eventually("Rita holds a place for Ann", || {
        let reach = ann.detail("reach");
        reach.contains("through the device of Rita").then_some(())
    });
    ben.meet(&ann);
    ann.tell_far("Ben", "I know of you by a code alone");
    ben.tell_far("Ann", "and I of you");
    is_connected(&ben, "Ann", "relayed");
    assert_eq!(
        ben.json(&["contacts"]).len(),
        1,
        "Rita is no contact of his"
    );
}
