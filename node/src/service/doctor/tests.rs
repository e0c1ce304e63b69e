//! What each check says of made-up devices and people.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use tidings_protocol::carry::{Quotas, Tier, Used};
use tidings_protocol::engine::{Addressee, CarryReport, UnderWay};
use tidings_protocol::id::{ConversationId, DeviceId, PersonId, TransportId};
use tidings_protocol::record::Alarm;
use tidings_protocol::time::WallTime;
use tidings_store::WaitingRow;

use super::delivery::{Delivery, QUEUE_PEOPLE_MAX, Room, Why, joins, versions};
use super::machine::{self, CLOCK_FLOOR, FULL_PERCENT, Machine, Node};
use crate::api::{Check, OtherVersion, PeerPath};
use crate::builder::Mode;
use crate::net::{Connection, Nat, Path, Reachability};
use crate::service::prospects::{Keeper, Prospect, Prospects};

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
        path: None,
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

fn machine() -> Machine {
    Machine {
        node: Node {
            runs: true,
            is_told_where: false,
            is_mailbox: false,
            mode: "auto",
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
        discovers: true,
        is_hidden: false,
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

#[test]
fn where_nothing_is_wrong_every_check_is_well_and_there_is_one_of_each() {
    let prospects = with(vec![content()], carrying());
    let checks = machine().checks(&prospects);
    let names: Vec<&str> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "clock",
            "disk",
            "database",
            "node",
            "listening",
            "reach",
            "discovery",
            "neighbours",
            "carrying"
        ]
    );
    for check in &checks {
        assert!(check.ok && check.hint.is_empty(), "{check:?}");
    }
}

#[test]
fn a_clock_before_2020_or_that_has_gone_back_is_not_set() {
    let prospects = with(vec![content()], carrying());
    let clock = |now| {
        let machine = Machine { now, ..machine() };
        of_machine(&machine, &prospects, "clock")
    };
    let before = |time: WallTime| WallTime::from_millis(time.as_millis() - 1);
    says(&clock(before(CLOCK_FLOOR)), false, "before 2020", "clock");
    says(&clock(days_ago(3)), true, "can be right", "");
    says(&clock(before(days_ago(3))), false, "gone back", "clock");
}

#[test]
fn how_others_reach_it_is_said_with_what_would_help() {
    let prospects = with(Vec::new(), carrying());
    let reach = |node: Node, reachability: Reachability| {
        let machine = Machine {
            node,
            reachability,
            ..machine()
        };
        of_machine(&machine, &prospects, "reach")
    };
    let runs = machine().node;
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
        (Nat::Unknown, "through 1 other device."),
    ] {
        let relays = relays.clone();
        let relayed = Reachability {
            nat,
            relays,
            ..nobody.clone()
        };
        says(&reach(runs, relayed), true, said, "");
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
fn a_disk_that_takes_no_file_says_why() {
    let prospects = with(Vec::new(), carrying());
    let full = Machine {
        probed: Some(Err("no space left".to_owned())),
        ..machine()
    };
    says(
        &of_machine(&full, &prospects, "disk"),
        false,
        "no space left",
        "room",
    );
    let nowhere = Machine {
        directory: None,
        probed: None,
        ..machine()
    };
    says(
        &of_machine(&nowhere, &prospects, "disk"),
        true,
        "memory",
        "",
    );
}

#[test]
fn a_probe_leaves_nothing_behind_and_fails_where_nothing_can_be_written() {
    let directory = tempfile::tempdir().unwrap();
    machine::probe(directory.path()).unwrap();
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    assert!(machine::probe(&directory.path().join("none")).is_err());
}

#[test]
fn a_damaged_database_says_what_is_wrong_first_and_how_much_there_is() {
    let prospects = with(Vec::new(), carrying());
    let damaged = |damage: &[&str]| {
        let damage = damage.iter().map(|&line| line.to_owned()).collect();
        let machine = Machine {
            damage,
            ..machine()
        };
        of_machine(&machine, &prospects, "database")
    };
    says(
        &damaged(&["a page is bad"]),
        false,
        "damaged: a page is bad.",
        "copy",
    );
    says(
        &damaged(&["one", "two", "three"]),
        false,
        "one, and 2 more",
        "copy",
    );
}

#[test]
fn without_a_node_and_without_a_network_it_is_said_how_to_get_them() {
    let prospects = Prospects::made(carrying(), Vec::new(), vec![content()]);
    let none = Node {
        runs: false,
        is_told_where: false,
        is_mailbox: false,
        mode: "offline",
        is_offline: true,
    };
    let mut off = Machine {
        node: none,
        listening: Vec::new(),
        ..machine()
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
        &of_machine(&machine(), &alone, "neighbours"),
        true,
        "No device",
        "",
    );
    let mut hidden = Machine {
        discovers: false,
        node: Node {
            is_told_where: true,
            ..machine().node
        },
        listening: vec![
            "/ip4/127.0.0.1/tcp/1".to_owned(),
            "/ip6/::1/tcp/1".to_owned(),
        ],
        ..machine()
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
fn what_a_mode_leaves_out_is_said_and_is_nothing_that_is_wrong() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let in_mode = |mode: Mode, discovers| {
        let mut machine = machine();
        machine.node.mode = mode.as_str();
        machine.discovers = discovers;
        machine
    };
    let lan = in_mode(Mode::Lan, true);
    let reach = of_machine(&lan, &alone, "reach");
    says(&reach, true, "local ones alone", "--mode lan");
    let discovery = of_machine(&lan, &alone, "discovery");
    says(&discovery, true, "looks for others", "");
    let hidden = Machine {
        is_hidden: true,
        ..lan
    };
    let discovery = of_machine(&hidden, &alone, "discovery");
    says(&discovery, true, "is hidden", "--hidden");
    let internet = in_mode(Mode::Internet, false);
    let discovery = of_machine(&internet, &alone, "discovery");
    says(&discovery, true, "nobody", "--mode internet");
    let reach = of_machine(&internet, &alone, "reach");
    says(&reach, true, "from other networks, at", "");
}

#[test]
fn a_machine_without_an_address_or_with_loopback_alone_is_told_of_whether_a_node_runs_or_not() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    for runs in [true, false] {
        let mut dark = Machine {
            listening: Vec::new(),
            addresses: BTreeSet::new(),
            ..machine()
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
        ..machine()
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
            ..machine()
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
fn a_mailbox_and_a_watched_directory_are_told_of() {
    let alone = Prospects::made(carrying(), Vec::new(), Vec::new());
    let mut mailbox = machine();
    assert!(
        !of_machine(&mailbox, &alone, "node")
            .detail
            .contains("mailbox")
    );
    mailbox.node.is_mailbox = true;
    says(&of_machine(&mailbox, &alone, "node"), true, "mailbox", "");
    for (is_there, said) in [(true, "is there"), (false, "is not there")] {
        mailbox.watching = Some(("/media/stick".to_owned(), is_there));
        let watching = of_machine(&mailbox, &alone, "watching");
        says(&watching, true, "/media/stick", "");
        assert!(watching.detail.contains(said), "{watching:?}");
    }
}

#[test]
fn a_share_of_the_room_is_full_from_so_many_percent_on() {
    let quotas = Quotas {
        bytes: 10_000,
        envelopes: 1_000,
        ..Quotas::FRIENDLY
    };
    let kept = |bytes, envelopes| {
        let used = Used { bytes, envelopes };
        let report = CarryReport {
            quotas: Some(quotas),
            others: used,
            tiers: BTreeMap::from([(Tier::Stranger, used)]),
            ..CarryReport::default()
        };
        of_machine(&machine(), &with(Vec::new(), report), "carrying")
    };
    let full = 1_000 * FULL_PERCENT / 100;
    says(&kept(full - 1, 1), true, "9 percent", "");
    says(&kept(full, 1), false, "strangers is full", "--mailbox");
    says(&kept(1, 94), true, "94 envelopes", "");
    says(&kept(1, 95), false, "strangers is full", "--mailbox");
    let off = with(Vec::new(), CarryReport::default());
    says(
        &of_machine(&machine(), &off, "carrying"),
        false,
        "carries nothing",
        "",
    );
}

fn why(one: Prospect, carrying: CarryReport) -> Why {
    let prospects = with(vec![one], carrying);
    let delivery = Delivery {
        prospects: &prospects,
        now: now(),
    };
    delivery.why(&prospects.people[0])
}

#[track_caller]
fn queued(one: Prospect) -> Check {
    let prospects = with(vec![one], carrying());
    let delivery = Delivery {
        prospects: &prospects,
        now: now(),
    };
    let check = named_check(&delivery.queue(), "queue");
    assert_eq!(check.person, Some(person(1)));
    assert_eq!(check.since, Some(days_ago(2).as_millis()));
    assert!(
        check
            .detail
            .starts_with("2 messages wait for Ben, the oldest for 2 days."),
        "{check:?}"
    );
    check
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

#[test]
fn what_waits_for_somebody_away_says_since_when_they_are_and_what_would_help() {
    let check = queued(sealed(0));
    says(&check, false, "last heard of 3 days ago", "Meet once");
    says(
        &check,
        false,
        "2 envelopes are under way; nobody has promised",
        "--mailbox",
    );
    let export = format!("`tidings bundle export PATH --for {}`", ben().short());
    says(&check, false, "", &export);
}

#[test]
fn what_somebody_keeps_is_well_once_all_of_it_is_kept() {
    says(
        &queued(sealed(2)),
        true,
        "kept by Carla (for 6 days more)",
        "",
    );
    says(
        &queued(sealed(1)),
        false,
        "1 of them kept by Carla",
        "Meet once",
    );
}

#[test]
fn what_goes_in_a_session_is_well_and_whom_we_hold_off_is_not() {
    let there = Prospect {
        session: Some(false),
        path: Some(PeerPath::Lan),
        ..ben()
    };
    says(&queued(there.clone()), true, "session is open", "");
    let blocked = Prospect {
        is_blocked: true,
        ..there.clone()
    };
    says(&queued(blocked), false, "blocked", "contacts unblock");
    let alarmed = Prospect {
        alarm: Some(Alarm::NewDevice),
        ..there
    };
    says(&queued(alarmed), false, "held off", "contacts verify");
}

#[test]
fn why_no_envelope_can_be_made_is_said() {
    let with_device = |change: fn(&mut Addressee)| {
        let mut one = ben();
        change(&mut one.devices[0]);
        one
    };
    let cases = [
        (
            Prospect {
                devices: Vec::new(),
                ..ben()
            },
            Why::NoDevice,
            "no keys",
            "Meet",
        ),
        (
            with_device(|one| one.is_dormant = true),
            Why::Dormant,
            "Silent for 30 days",
            "Meet once",
        ),
        (
            with_device(|one| one.places = None),
            Why::NoSecret,
            "before you have met",
            "Meet once",
        ),
        (
            with_device(|one| one.places = Some(0)),
            Why::NoPlaces,
            "may be under way",
            "Meet once",
        ),
        (
            with_device(|one| one.heard_at = None),
            Why::Unsealed,
            "nothing heard of them",
            "ten minutes",
        ),
        (
            Prospect {
                newer: Some(true),
                ..ben()
            },
            Why::Version { newer: true },
            "newer",
            "Update",
        ),
        (
            Prospect {
                newer: Some(false),
                ..ben()
            },
            Why::Version { newer: false },
            "older",
            "Ask them",
        ),
    ];
    for (one, expected, detail, hint) in cases {
        assert_eq!(why(one.clone(), carrying()), expected);
        says(&queued(one), false, detail, hint);
    }
    assert_eq!(why(ben(), CarryReport::default()), Why::NothingSealed);
}

#[test]
fn a_device_that_can_be_sealed_to_is_enough() {
    let mut one = ben();
    one.devices.push(Addressee {
        is_dormant: true,
        places: None,
        ..device(1)
    });
    assert_eq!(why(one.clone(), carrying()), Why::Unsealed);
    one.devices[0].places = Some(0);
    assert_eq!(why(one, carrying()), Why::NoPlaces);
}

#[test]
fn so_many_people_for_whom_something_waits_are_told_of_and_the_rest_is_counted() {
    let told = |number: usize| {
        let people = (0..number).map(|index| Prospect {
            person: person(u8::try_from(index).unwrap()),
            ..ben()
        });
        let prospects = with(people.collect(), carrying());
        let now = now();
        let prospects = &prospects;
        Delivery { prospects, now }.queue()
    };
    assert_eq!(told(QUEUE_PEOPLE_MAX).len(), QUEUE_PEOPLE_MAX);
    let over = told(QUEUE_PEOPLE_MAX + 1);
    assert_eq!(over.len(), QUEUE_PEOPLE_MAX + 1);
    says(over.last().unwrap(), false, "1 person more", "doctor WHO");
    says(&told(0)[0], true, "Nothing waits", "");
}

#[test]
fn a_contact_is_looked_at_from_all_sides() {
    let look = |one: Prospect| {
        let prospects = with(vec![one], carrying());
        let now = now();
        let prospects = &prospects;
        Delivery { prospects, now }.of_contact(person(1))
    };
    let names = |checks: &[Check]| -> Vec<String> {
        checks.iter().map(|check| check.name.clone()).collect()
    };
    let checks = look(content());
    assert_eq!(
        names(&checks),
        ["contact", "connection", "queue", "under_way"]
    );
    says(&checks[0], true, "verified", "");
    says(
        &checks[1],
        true,
        "something was last heard 3 days ago",
        "Meet once",
    );
    says(&checks[2], true, "Nothing waits for Ben", "");
    says(&checks[3], true, "No envelope", "");
    for (promised, ok) in [(0, false), (1, false), (2, true)] {
        says(&look(sealed(promised))[1], ok, "not connected", "Meet once");
    }
    let there = Prospect {
        path: Some(PeerPath::Relayed),
        session: Some(true),
        is_verified: false,
        ..sealed(2)
    };
    let checks = look(there);
    says(&checks[0], true, "not verified", "contacts verify");
    says(
        &checks[1],
        true,
        "through a relay; everything was exchanged",
        "",
    );
    says(&checks[3], true, "kept by Carla (for 6 days more)", "");
    let unpromised = look(sealed(0));
    says(
        &unpromised[3],
        false,
        "nobody has promised",
        "bundle export",
    );
    let blocked = Prospect {
        is_blocked: true,
        path: Some(PeerPath::Lan),
        ..content()
    };
    let checks = look(blocked);
    says(&checks[0], false, "blocked", "unblock");
    says(&checks[1], false, "without a session", "opens by itself");
}

#[test]
fn a_room_says_who_is_there_and_for_whom_something_waits_in_it() {
    let room = |is_joined| Room {
        conversation: ConversationId::new([1; 32]),
        title: "Garden".to_owned(),
        is_joined,
        others: vec![person(1), person(2)],
    };
    let carla = Prospect {
        person: person(2),
        name: "Carla".to_owned(),
        devices: vec![device(2)],
        session: Some(true),
        ..content()
    };
    let mut elsewhere = ben();
    elsewhere.waiting[0].conversation = ConversationId::new([7; 32]);
    let mut report = carrying();
    let under_way = UnderWay {
        envelopes: 1,
        ..UnderWay::default()
    };
    report
        .of_conversations
        .insert(ConversationId::new([1; 32]), under_way);
    let look = |people: Vec<Prospect>, is_joined| {
        let prospects = with(people, report.clone());
        let now = now();
        let prospects = &prospects;
        Delivery { prospects, now }.of_room(&room(is_joined))
    };
    let checks = look(vec![ben(), carla.clone()], true);
    says(
        &checks[0],
        true,
        "You are in Garden, with 2 other members",
        "",
    );
    says(
        &checks[1],
        true,
        "1 of 2 other members connected: Carla.",
        "",
    );
    says(&checks[2], false, "2 messages wait for Ben", "");
    let id = ConversationId::new([1; 32]).to_string();
    says(&checks[3], false, "1 envelope is under way", &id[..8]);
    let away = Prospect {
        session: None,
        ..carla
    };
    let checks = look(vec![elsewhere, away], false);
    says(&checks[0], false, "not in Garden", "room accept");
    says(&checks[1], true, "None of 2 other members", "Meet once");
    says(&checks[2], true, "Nothing waits in this room", "");
    for (promised, ok) in [(1, false), (2, true)] {
        let checks = look(vec![sealed(promised)], true);
        says(&checks[1], ok, "None of 2 other members", "Meet once");
    }
}

#[test]
fn no_hint_holds_what_others_wrote() {
    let hostile = "`rm -rf ~`";
    for change in [
        |_: &mut Prospect| {},
        |one: &mut Prospect| one.is_blocked = true,
        |one: &mut Prospect| one.alarm = Some(Alarm::Contradiction),
        |one: &mut Prospect| one.devices.clear(),
        |one: &mut Prospect| one.under_way.envelopes = 1,
    ] {
        let mut one = ben();
        one.name = hostile.to_owned();
        change(&mut one);
        let prospects = with(vec![one], carrying());
        let now = now();
        let delivery = Delivery {
            prospects: &prospects,
            now,
        };
        let mut checks = delivery.queue();
        checks.extend(delivery.of_contact(person(1)));
        assert!(
            checks.iter().all(|check| !check.hint.contains(hostile)),
            "{checks:?}"
        );
        assert!(
            checks.iter().any(|check| check.detail.contains(hostile)),
            "raw"
        );
    }
}

#[test]
fn versions_that_do_not_fit_are_told_one_by_one() {
    says(&versions(&[])[0], true, "Nobody", "");
    let other = |newer| OtherVersion {
        person: person(1),
        name: "Ben".to_owned(),
        newer,
    };
    let checks = versions(&[other(true), other(false)]);
    says(&checks[0], false, "Ben", "Update this");
    says(&checks[1], false, "Ben", "Ask them");
}

#[test]
fn joins_that_wait_for_an_answer_are_counted_and_the_oldest_says_since_when() {
    says(&joins(&[], now()), true, "No join", "");
    let check = joins(&[days_ago(1)], now());
    says(
        &check,
        false,
        "1 join waits for an answer, the oldest for 24 hours",
        "bundle export",
    );
    let check = joins(&[days_ago(1), days_ago(3)], now());
    says(
        &check,
        false,
        "2 joins wait for an answer, the oldest for 3 days",
        "daemon run",
    );
    assert_eq!(check.since, Some(days_ago(3).as_millis()));
}

#[test]
fn that_what_is_written_now_waits_since_much_is_under_way_is_told() {
    let mut ben = ben();
    for (pace, told) in [(0, ""), (60, "up to 1 minute"), (600, "up to 10 minutes")] {
        ben.devices[0].pace = Duration::from_secs(pace);
        let prospects = &with(vec![ben.clone()], carrying());
        let now = now();
        let checks = Delivery { prospects, now }.queue();
        let detail = &checks[0].detail;
        assert!(detail.contains(told), "{detail}");
        assert_eq!(detail.contains("waits up to"), pace > 0, "{detail}");
    }
}
