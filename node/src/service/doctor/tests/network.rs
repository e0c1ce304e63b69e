//! What is said of how a made-up device gets to others.

use std::collections::BTreeSet;
use std::time::Duration;

use tidings_protocol::engine::CarryReport;
use tidings_protocol::id::TransportId;

use super::super::machine::Machine;
use super::super::network::{ADDRESSES_SHOWN_MAX, HEARING_TIME, Lan, Node};
use super::*;
use crate::net::{Nat, Reachability, Router};
use crate::service::prospects::Prospects;

#[test]
fn how_others_reach_it_is_said_with_what_would_help() {
    let prospects = with(Vec::new(), carrying());
    let reach = |node: Node, reachability: Reachability| {
        let machine = Machine {
            node,
            reachability,
            ..made_up()
        };
        of_machine(&machine, &prospects, "reach")
    };
    let runs = made_up().node;
    let nobody = Reachability::default();
    let nobody_knows = reach(runs, nobody.clone());
    says(
        &nobody_knows,
        true,
        "Nobody is known to reach it",
        "A contact",
    );
    let stopped = Node {
        runs: false,
        ..runs
    };
    says(
        &reach(stopped, nobody.clone()),
        true,
        "Nobody",
        "daemon run",
    );
    let offline = Node {
        is_offline: true,
        ..runs
    };
    says(&reach(offline, nobody.clone()), true, "Nobody", "--mode");
    let relays = vec![TransportId::new([1; 32])];
    for (nat, said) in [
        (Nat::Cone, "lets two such devices meet"),
        (Nat::Symmetric, "another port"),
        (
            Nat::Unknown,
            "through the device of somebody whom you do not know.",
        ),
    ] {
        let relays = relays.clone();
        let relayed = Reachability {
            nat,
            relays,
            ..nobody.clone()
        };
        says(&reach(runs, relayed), true, said, "");
    }
    for (router, said) in [
        (Router::Maps, "says that it lets others in"),
        (Router::Inside([100, 64, 0, 9].into()), "at 100.64.0.9."),
        (Router::MapsNothing, "maps no ports"),
    ] {
        let behind = Reachability {
            router,
            ..nobody.clone()
        };
        assert!(reach(runs, behind).detail.contains(said), "{said}");
    }
    let public = vec!["/ip4/45.0.0.1/tcp/1".to_owned()];
    for (is_relay, said) in [(true, "each other"), (false, "at /ip4/45.0.0.1/tcp/1.")] {
        let public = Reachability {
            public: public.clone(),
            is_relay,
            ..nobody.clone()
        };
        says(&reach(runs, public), true, said, "");
    }
}

#[test]
fn without_a_node_and_without_a_network_it_is_said_how_to_get_them() {
    let prospects = Prospects::made(carrying(), Vec::new(), vec![content()]);
    let none = Node {
        runs: false,
        is_told_where: false,
        is_mailbox: false,
        mode: Mode::Offline,
        is_offline: true,
    };
    let mut off = Machine {
        node: none,
        listening: Vec::new(),
        ..made_up()
    };
    for name in ["node", "listening", "neighbours"] {
        says(&of_machine(&off, &prospects, name), false, "", "daemon run");
    }
    says(
        &of_machine(&off, &prospects, "discovery"),
        true,
        "nobody",
        "daemon run",
    );
    off.node.runs = true;
    for name in ["node", "listening"] {
        says(
            &of_machine(&off, &prospects, name),
            false,
            "",
            "--mode offline",
        );
    }
    says(
        &of_machine(&off, &prospects, "discovery"),
        true,
        "nobody",
        "--mode offline",
    );
    says(
        &of_machine(&off, &prospects, "neighbours"),
        false,
        "No device",
        "stick",
    );
}

#[test]
fn who_has_no_contacts_misses_no_neighbour_and_who_chose_no_discovery_is_told_of_it() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    says(
        &of_machine(&made_up(), &alone, "neighbours"),
        true,
        "No device",
        "",
    );
    let mut hidden = Machine {
        discovery: Discovery::Off,
        node: Node {
            is_told_where: true,
            ..made_up().node
        },
        listening: vec![
            "/ip4/127.0.0.1/tcp/1".to_owned(),
            "/ip6/::1/tcp/1".to_owned(),
        ],
        ..made_up()
    };
    says(
        &of_machine(&hidden, &alone, "discovery"),
        true,
        "nobody",
        "--no-mdns",
    );
    says(
        &of_machine(&hidden, &alone, "listening"),
        true,
        "127.0.0.1",
        "Other machines",
    );
    // It would be no better without.
    hidden.addresses = addresses(&["127.0.0.1"]);
    says(
        &of_machine(&hidden, &alone, "listening"),
        true,
        "127.0.0.1",
        "bundle export",
    );
}

#[test]
fn a_machine_without_an_address_or_with_loopback_alone_is_told_of_whether_a_node_runs_or_not() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    for runs in [true, false] {
        let mut dark = Machine {
            listening: Vec::new(),
            addresses: BTreeSet::new(),
            ..made_up()
        };
        dark.node.runs = runs;
        dark.node.is_offline = !runs;
        let listening = |dark: &Machine| of_machine(dark, &alone, "listening");
        says(&listening(&dark), false, "no address", "bundle export");
        assert!(!listening(&dark).hint.contains("--listen"));
        dark.addresses = addresses(&["127.0.0.1", "::1"]);
        if runs {
            dark.listening = vec!["/ip4/127.0.0.1/tcp/1".to_owned()];
        }
        says(&listening(&dark), false, "loopback", "bundle export");
        assert!(!listening(&dark).hint.contains("--listen"));
    }
}

#[test]
fn a_node_that_listens_nowhere_although_it_could_is_not_told_to_run() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let early = Machine {
        listening: Vec::new(),
        ..made_up()
    };
    let listening = of_machine(&early, &alone, "listening");
    says(&listening, false, "Nowhere", "by itself");
    assert!(!listening.hint.contains("daemon run"), "{listening:?}");
}

#[test]
fn a_machine_with_half_of_the_internet_is_told_which_half_is_missing() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    for (has, missing) in [("10.0.0.1", "no IPv6"), ("2001:db8::1", "no IPv4")] {
        let mut half = Machine {
            addresses: addresses(&["127.0.0.1", "::1", has]),
            ..made_up()
        };
        says(&of_machine(&half, &alone, "listening"), true, missing, "");
        half.node.runs = false;
        half.node.is_offline = true;
        half.listening.clear();
        says(
            &of_machine(&half, &alone, "listening"),
            false,
            missing,
            "daemon run",
        );
    }
}

#[test]
fn a_relay_of_whom_the_name_is_known_is_named() {
    let relayed = Machine {
        reachability: Reachability {
            relays: vec![TransportId::new([2; 32])],
            ..Reachability::default()
        },
        ..made_up()
    };
    let report = CarryReport {
        addressees: vec![device(2)],
        ..carrying()
    };
    let mut prospects = with(Vec::new(), report);
    prospects.call(DeviceId::new([2; 32]), "Carla");
    let reach = of_machine(&relayed, &prospects, "reach");
    says(&reach, true, "through the device of Carla.", "");
}

#[test]
fn whom_it_hears_nearby_is_said_and_what_may_be_the_matter_where_it_hears_nobody() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let discovery = |peers, heard: Option<u64>, listened| {
        let lan = Lan {
            peers,
            heard: heard.map(Duration::from_secs),
            listened,
        };
        let machine = Machine { lan, ..made_up() };
        of_machine(&machine, &alone, "discovery")
    };
    let long = Duration::from_secs(7_200);
    let check = discovery(2, Some(120), long);
    says(&check, true, "hears 2 devices, the last 2 minutes ago.", "");
    assert_eq!(check.hint, "");
    let gone = discovery(0, Some(600), long);
    says(
        &gone,
        true,
        "nobody any more; the last was 10 minutes ago",
        "5353",
    );
    says(
        &discovery(0, None, long),
        true,
        "nobody in the 2 hours",
        "5353",
    );
    let begun = HEARING_TIME - Duration::from_millis(1);
    says(
        &discovery(0, None, begun),
        true,
        "just begun",
        "in a minute",
    );
    let begun = discovery(0, None, HEARING_TIME);
    says(&begun, true, "nobody in the 1 minute", "firewall");
}

#[test]
fn addresses_are_told_by_what_they_are_good_for() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let interfaces = |has: &[&str]| {
        let machine = Machine {
            addresses: addresses(has),
            ..made_up()
        };
        of_machine(&machine, &alone, "interfaces")
    };
    let all = interfaces(&[
        "127.0.0.1",
        "::1",
        "10.0.0.1",
        "fd00::1",
        "2620:fe::fe",
        "fe80::1",
    ]);
    for part in [
        "2 addresses of its local network: 10.0.0.1, fd00::1",
        "an address of the internet: 2620:fe::fe",
        "an address that only its neighbours can use: fe80::1",
    ] {
        says(&all, true, part, "");
    }
    assert_eq!(all.hint, "");
    let near = interfaces(&["127.0.0.1", "169.254.3.4", "fe80::1"]);
    says(
        &near,
        true,
        "2 addresses that only its neighbours",
        "router",
    );
    says(&interfaces(&[]), false, "no address", "Join a network");
    let own = interfaces(&["127.0.0.1", "::1"]);
    says(&own, false, "its own loopback", "Join a network");
}

#[test]
fn as_many_addresses_as_may_be_are_named_and_one_more_is_counted() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let told = |number: usize| {
        let has: Vec<String> = (1..=number).map(|host| format!("10.0.0.{host}")).collect();
        let has: Vec<&str> = has.iter().map(String::as_str).collect();
        let machine = Machine {
            addresses: addresses(&has),
            ..made_up()
        };
        of_machine(&machine, &alone, "interfaces").detail
    };
    let most = told(ADDRESSES_SHOWN_MAX);
    assert_eq!(most.matches("10.0.0.").count(), ADDRESSES_SHOWN_MAX);
    assert!(!most.contains("more"), "{most}");
    let over = told(ADDRESSES_SHOWN_MAX + 1);
    assert_eq!(over.matches("10.0.0.").count(), ADDRESSES_SHOWN_MAX);
    assert!(over.contains("and 1 more"), "{over}");
}

#[test]
fn what_a_mode_leaves_out_is_said_and_is_nothing_that_is_wrong() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let in_mode = |mode: Mode, discovery| {
        let mut machine = made_up();
        machine.node.mode = mode;
        machine.discovery = discovery;
        machine
    };
    let lan = in_mode(Mode::Lan, Discovery::On);
    let reach = of_machine(&lan, &alone, "reach");
    says(&reach, true, "local ones alone", "--mode lan");
    let discovery = of_machine(&lan, &alone, "discovery");
    says(&discovery, true, "local network", "");
    let hidden = Machine {
        discovery: Discovery::Hidden,
        ..lan
    };
    let discovery = of_machine(&hidden, &alone, "discovery");
    says(&discovery, true, "is hidden", "--hidden");
    let internet = in_mode(Mode::Internet, Discovery::Off);
    let discovery = of_machine(&internet, &alone, "discovery");
    says(&discovery, true, "nobody", "--mode internet");
    let reach = of_machine(&internet, &alone, "reach");
    says(&reach, true, "from other networks, at", "");
}
