//! What each check says of made-up devices and people.

mod connection;
mod delivery;
mod documents;
mod machine;
mod network;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use tidings_protocol::carry::Quotas;
use tidings_protocol::engine::{Addressee, CarryReport, UnderWay};
use tidings_protocol::id::{ConversationId, DeviceId, PersonId, TransportId};
use tidings_protocol::record::Discovery;
use tidings_protocol::time::WallTime;
use tidings_store::WaitingRow;

use super::machine::{CLOCK_FLOOR, Machine};
use super::network::{Lan, Node};
use crate::api::{Check, PeerPath};
use crate::builder::Mode;
use crate::net::{Connection, Path, Reachability};
use crate::service::prospects::{Keeper, Prospect, Prospects, Way};

const DAY_MILLIS: u64 = 86_400_000;

fn now() -> WallTime {
    WallTime::from_millis(CLOCK_FLOOR.as_millis() + 1_000 * DAY_MILLIS)
}

fn days_ago(days: u64) -> WallTime {
    WallTime::from_millis(now().as_millis() - days * DAY_MILLIS)
}

fn person(number: u8) -> PersonId {
    PersonId::new([number; 32])
}

fn device(of: u8) -> Addressee {
    Addressee {
        device: DeviceId::new([of; 32]),
        person: person(of),
        peer: TransportId::new([of; 32]),
        heard_at: Some(days_ago(3)),
        is_dormant: false,
        places: Some(64),
        pace: Duration::ZERO,
    }
}

/// A contact who is away, and for whom two messages wait.
fn ben() -> Prospect {
    Prospect {
        person: person(1),
        name: "Ben".to_owned(),
        is_contact: true,
        is_verified: true,
        is_blocked: false,
        alarm: None,
        newer: None,
        devices: vec![device(1)],
        ways: Vec::new(),
        failure: None,
        session: None,
        waiting: vec![WaitingRow {
            conversation: ConversationId::new([1; 32]),
            person: person(1),
            messages: 2,
            carried: 0,
            since: days_ago(2),
        }],
        under_way: UnderWay::default(),
        keepers: Vec::new(),
    }
}

fn content() -> Prospect {
    Prospect {
        waiting: Vec::new(),
        ..ben()
    }
}

fn carrying() -> CarryReport {
    CarryReport {
        quotas: Some(Quotas::FRIENDLY),
        ..CarryReport::default()
    }
}

fn with(people: Vec<Prospect>, carrying: CarryReport) -> Prospects {
    let connections = vec![Connection {
        peer: TransportId::new([9; 32]),
        address: "/ip4/10.0.0.9/udp/1/quic-v1".to_owned(),
        path: Path::Lan,
    }];
    Prospects::made(carrying, connections, people)
}

fn made_up() -> Machine {
    Machine {
        node: Node {
            runs: true,
            is_told_where: false,
            is_mailbox: false,
            mode: Mode::Auto,
            is_offline: false,
        },
        now: now(),
        directory: Some("/home/ann".into()),
        probed: Some(Ok(())),
        damage: Vec::new(),
        listening: vec!["/ip4/10.0.0.1/udp/1/quic-v1".to_owned()],
        reachability: Reachability {
            public: vec!["/ip4/45.0.0.1/udp/1/quic-v1".to_owned()],
            ..Reachability::default()
        },
        addresses: addresses(&["127.0.0.1", "10.0.0.1", "2001:db8::1"]),
        discovery: Discovery::On,
        lan: Lan {
            peers: 1,
            heard: Some(Duration::from_secs(12)),
            listened: Duration::from_secs(3_600),
        },
        watching: None,
    }
}

fn addresses(of_machine: &[&str]) -> BTreeSet<IpAddr> {
    let parsed = of_machine.iter().map(|address| address.parse().unwrap());
    parsed.collect()
}

/// The check of this name.
#[track_caller]
fn named_check(checks: &[Check], name: &str) -> Check {
    let mut checks = checks.iter().filter(|check| check.name == name);
    let check = checks.next().unwrap().clone();
    assert_eq!(checks.next(), None);
    check
}

#[track_caller]
fn of_machine(machine: &Machine, prospects: &Prospects, name: &str) -> Check {
    named_check(&machine.checks(prospects), name)
}

#[track_caller]
fn says(check: &Check, ok: bool, detail: &str, hint: &str) {
    assert_eq!(check.ok, ok, "{check:?}");
    assert!(check.detail.contains(detail), "{check:?}");
    assert!(check.hint.contains(hint), "{check:?}");
    assert!(ok || !check.hint.is_empty(), "{check:?}");
}

/// Two envelopes to Ben, of which Carla keeps so many.
fn sealed(promised: usize) -> Prospect {
    let mut one = ben();
    one.under_way.envelopes = 2;
    one.under_way.promised = promised;
    one.waiting[0].carried = u64::try_from(promised).unwrap();
    if promised > 0 {
        one.keepers.push(Keeper {
            name: "Carla".to_owned(),
            left: Duration::from_secs(6 * 86_400),
        });
    }
    one
}

/// A device that is connected, without a relay in between.
fn way(path: PeerPath) -> Vec<Way> {
    vec![Way { path, relay: None }]
}
