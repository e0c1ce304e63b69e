//! What is said of made-up people and rooms, and of the connections with them.

use tidings_protocol::engine::UnderWay;
use tidings_protocol::id::ConversationId;

use super::super::delivery::{Delivery, Room};
use super::*;
use crate::api::{PeerPath, Relay};
use crate::failures::{Failure, SessionFault, Trouble};
use crate::net::DialFault;
use crate::service::prospects::{Prospect, Way};

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
        ways: way(PeerPath::Relayed),
        session: Some(true),
        is_verified: false,
        ..sealed(2)
    };
    let checks = look(there);
    says(&checks[0], true, "not verified", "contacts verify");
    says(
        &checks[1],
        true,
        "somebody whom you do not know. Everything was exchanged.",
        "",
    );
    says(&checks[3], true, "Kept by Carla (for 6 days more)", "");
    let unpromised = look(sealed(0));
    says(
        &unpromised[3],
        false,
        "nobody has promised",
        "bundle export",
    );
    let blocked = Prospect {
        is_blocked: true,
        ways: way(PeerPath::Lan),
        ..content()
    };
    let checks = look(blocked);
    says(&checks[0], false, "blocked", "unblock");
    says(&checks[1], false, "no session", "opens by itself");
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

/// What is said of the connection with Ben.
fn connection(one: Prospect) -> Check {
    let prospects = with(vec![one], carrying());
    let now = now();
    let prospects = &prospects;
    let checks = Delivery { prospects, now }.of_contact(person(1));
    named_check(&checks, "connection")
}

fn failed(trouble: Trouble) -> Option<Failure> {
    let at = WallTime::from_millis(now().as_millis() - 120_000);
    Some(Failure { at, trouble })
}

fn unreached(fault: DialFault) -> Option<Failure> {
    failed(Trouble::Dial {
        fault,
        reason: "nobody listens at /ip4/10.0.0.9/tcp/1".to_owned(),
    })
}

#[test]
fn why_somebody_was_not_reached_is_said_with_what_would_help() {
    for (fault, hint) in [
        (DialFault::Other, "Meet once"),
        (DialFault::NoAddress, "common friend"),
        (DialFault::NoWay, "no way"),
        (DialFault::NotAtRelay, "device in between"),
        (DialFault::NoAnswer, "is on and in a network"),
        (DialFault::Refused, "daemon run"),
        (DialFault::Another, "somewhere else"),
    ] {
        let check = connection(Prospect {
            failure: unreached(fault),
            ..ben()
        });
        let said =
            "3 days ago. The last try, 2 minutes ago: nobody listens at /ip4/10.0.0.9/tcp/1.";
        says(&check, false, said, hint);
        assert!(check.hint.contains("Meet once"), "{check:?}");
        assert!(!check.hint.contains("10.0.0.9"), "{check:?}");
    }
}

#[test]
fn why_no_session_came_about_is_said_with_what_would_help() {
    for (fault, said, hint) in [
        (SessionFault::Silent, "did not answer", "by itself"),
        (SessionFault::Broken, "broke", "by itself"),
        (SessionFault::NotSpoken, "takes no sessions", "update"),
        (SessionFault::HungUp, "hung up", "blocked you"),
        (SessionFault::Misbehaved, "no Tidings says", "update"),
    ] {
        let check = connection(Prospect {
            ways: way(PeerPath::Lan),
            failure: failed(Trouble::Session(fault)),
            ..ben()
        });
        says(
            &check,
            false,
            "on this network. There is no session. The last try",
            "",
        );
        says(&check, false, said, hint);
    }
}

#[test]
fn what_went_wrong_is_told_only_while_nothing_went_right_since() {
    let mut heard_since = Prospect {
        failure: unreached(DialFault::Refused),
        ..ben()
    };
    heard_since.devices[0].heard_at = Some(now());
    let there = Prospect {
        ways: way(PeerPath::Direct),
        failure: unreached(DialFault::Refused),
        ..ben()
    };
    let in_session = Prospect {
        ways: way(PeerPath::Direct),
        session: Some(true),
        failure: failed(Trouble::Session(SessionFault::HungUp)),
        ..ben()
    };
    for one in [heard_since, there, in_session] {
        let check = connection(one);
        assert!(!check.detail.contains("The last try"), "{check:?}");
    }
}

#[test]
fn by_which_ways_and_through_whom_somebody_is_connected_is_said() {
    let relay = Relay {
        person: Some(person(2)),
        name: Some("Carla".to_owned()),
    };
    let relayed = Way {
        path: PeerPath::Relayed,
        relay: Some(relay),
    };
    let lan = Way {
        path: PeerPath::Lan,
        relay: None,
    };
    let told = |ways: Vec<Way>, devices: u8| {
        connection(Prospect {
            ways,
            devices: (1..=devices).map(device).collect(),
            session: Some(true),
            ..ben()
        })
    };
    let check = told(vec![relayed.clone()], 1);
    says(&check, true, "connected through the device of Carla.", "");
    let check = told(vec![lan.clone(), relayed, lan], 4);
    let said = "Ben is connected on this network. Ben is connected through the device of Carla. 3 of 4 devices are there.";
    says(&check, true, said, "");
}
