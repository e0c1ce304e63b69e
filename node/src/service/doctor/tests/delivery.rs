//! What is said of what waits for made-up people.

use std::time::Duration;

use tidings_protocol::engine::{Addressee, CarryReport};
use tidings_protocol::record::Alarm;

use super::super::delivery::{Delivery, QUEUE_PEOPLE_MAX, Why, joins, versions};
use super::*;
use crate::api::{OtherVersion, PeerPath};
use crate::service::prospects::Prospect;
use crate::words::NAMES_MAX;

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
        "Kept by Carla (for 6 days more)",
        "",
    );
    says(
        &queued(sealed(1)),
        false,
        "1 of them kept. Kept by Carla",
        "Meet once",
    );
}

#[test]
fn as_many_who_keep_something_as_may_be_are_named_and_one_more_is_counted() {
    let kept_by = |number: usize| {
        let mut one = sealed(2);
        one.keepers = vec![one.keepers[0].clone(); number];
        queued(one).detail
    };
    let most = kept_by(NAMES_MAX);
    assert_eq!(most.matches("Kept by Carla").count(), NAMES_MAX);
    assert!(!most.contains("more."), "{most}");
    let over = kept_by(NAMES_MAX + 1);
    assert_eq!(over.matches("Kept by Carla").count(), NAMES_MAX);
    assert!(over.contains("Kept by 1 more."), "{over}");
}

#[test]
fn what_goes_in_a_session_is_well_and_whom_we_hold_off_is_not() {
    let there = Prospect {
        session: Some(false),
        ways: way(PeerPath::Lan),
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
            "silent for 30 days",
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
