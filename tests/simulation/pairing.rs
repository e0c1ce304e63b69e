//! Pairing: who gets in by a code, who does not, and that a refusal changes nothing.

use std::time::Duration;

use tidings_protocol::engine::{Command, CommandError, Event, JoinEnd, LinkPurpose};
use tidings_protocol::pairing::{JoinReply, PairingError, Refusal};
use tidings_protocol::record::Outcome;
use tidings_tests::world::{CrashPoint, Disk, Stranger, World};

use crate::crash::{ANN, BEN};

const CAROL: usize = 2;
const DAVE: usize = 3;
const WEEK_MILLIS: i64 = 7 * 24 * 3_600_000;

fn people(count: usize) -> World {
    let mut world = World::new(7);
    for name in ["Ann", "Ben", "Carol", "Dave"].into_iter().take(count) {
        world.add(name, Disk::in_memory());
    }
    world
}

/// Why the inviter refused a device's joins.
fn refusals(world: &World, device: usize) -> Vec<Refusal> {
    let mut found = Vec::new();
    for event in &world.devices[device].events {
        if let Event::JoinEnded {
            end: JoinEnd::Refused(refusal),
            ..
        } = event
        {
            found.push(*refusal);
        }
    }
    found
}

fn contacts(world: &mut World, device: usize) -> usize {
    world.devices[device].disk.profile().contacts.len()
}

#[test]
fn a_used_invite_admits_nobody_else() {
    let mut world = people(3);
    let code = world.invite(ANN, false);
    world.join(BEN, &code).unwrap();
    world.rest();
    let before = world.devices[ANN].disk.profile();
    world.join(CAROL, &code).unwrap();
    world.rest();
    assert_eq!(refusals(&world, CAROL), [Refusal::Used]);
    assert_eq!(world.devices[ANN].disk.profile(), before);
    let carol = world.devices[CAROL].disk.profile();
    assert!(carol.contacts.is_empty() && carol.pending_joins.is_empty());
    world.check_convergence();
}

#[test]
fn an_expired_invite_admits_nobody() {
    let mut world = people(2);
    let code = world.invite(ANN, false);
    world.devices[ANN].clock_error = WEEK_MILLIS + 1;
    world.join(BEN, &code).unwrap();
    world.rest();
    assert_eq!(refusals(&world, BEN), [Refusal::Expired]);
    assert_eq!(
        (contacts(&mut world, ANN), contacts(&mut world, BEN)),
        (0, 0)
    );
}

#[test]
fn an_invite_is_good_to_its_last_moment_whatever_the_joiners_clock_says() {
    let mut world = people(2);
    let code = world.invite(ANN, false);
    world.devices[ANN].clock_error = WEEK_MILLIS - 10_000;
    world.devices[BEN].clock_error = -40 * 365 * 24 * 3_600_000;
    world.join(BEN, &code).unwrap();
    world.rest();
    assert_eq!(
        (contacts(&mut world, ANN), contacts(&mut world, BEN)),
        (1, 1)
    );
    world.say(BEN, ANN, "from 1987");
    world.rest();
    world.check_convergence();
}

#[test]
fn an_invite_that_its_maker_does_not_know_admits_nobody() {
    let mut world = people(3);
    let code = world.invite(ANN, false);
    // Ann of another world, who is the same person up to here, makes one more.
    let unknown = {
        let mut other = people(3);
        other.invite(ANN, false);
        other.invite(ANN, false)
    };
    assert_ne!(code, unknown);
    world.join(BEN, &unknown).unwrap();
    world.rest();
    assert_eq!(refusals(&world, BEN), [Refusal::Unknown]);
    assert_eq!(contacts(&mut world, BEN), 0);
}

#[test]
fn a_reusable_invite_admits_three() {
    let mut world = people(4);
    let code = world.invite(ANN, true);
    for joiner in [BEN, CAROL, DAVE] {
        world.join(joiner, &code).unwrap();
    }
    world.rest();
    assert_eq!(contacts(&mut world, ANN), 3);
    for joiner in [BEN, CAROL, DAVE] {
        assert_eq!(contacts(&mut world, joiner), 1);
        world.say(ANN, joiner, &format!("hello {joiner}"));
        world.say(joiner, ANN, &format!("it is {joiner}"));
    }
    world.rest();
    world.check_convergence();
    world.check_peace();
}

#[test]
fn the_same_envelope_gets_the_same_answer_and_another_gets_none() {
    let mut world = people(1);
    let code = world.invite(ANN, false);
    let mut joiner = Stranger::new(&mut world, "Ben");
    let card = joiner.own.card(Vec::new());
    let code = code.parse().unwrap();
    let mut join = || {
        let (_, envelope) =
            tidings_protocol::pairing::join(&joiner.own, &card, &code, &mut joiner.rng).unwrap();
        envelope.to_bytes()
    };
    let (first, second) = (join(), join());
    let peer = joiner.own.transport();
    let ask = |world: &mut World, envelope: &[u8]| {
        let wire = world.open_as(ANN, peer, LinkPurpose::IncomingJoin);
        world.send_as(wire, envelope.to_vec());
        world.run_for(100);
        assert!(world.is_closed(wire));
        JoinReply::from_bytes(&world.received(wire).pop().unwrap()).unwrap()
    };
    let answer = ask(&mut world, &first);
    assert!(matches!(answer, JoinReply::Answer(_)));
    let before = world.devices[ANN].disk.profile();
    assert_eq!(ask(&mut world, &first), answer);
    // Long after the invite expired, and after a crash.
    world.devices[ANN].clock_error = 9 * WEEK_MILLIS;
    world.crash(ANN);
    world.start(ANN);
    world.rest();
    assert_eq!(ask(&mut world, &first), answer);
    world.devices[ANN].clock_error = 0;
    assert_eq!(ask(&mut world, &second), JoinReply::Refused(Refusal::Used));
    let after = world.devices[ANN].disk.profile();
    assert_eq!(
        (after.contacts, after.invites),
        (before.contacts, before.invites)
    );
    let added = |event: &&Event| matches!(event, Event::ContactAdded { .. });
    assert_eq!(world.devices[ANN].events.iter().filter(added).count(), 1);
}

#[test]
fn an_answer_that_gets_lost_is_given_again() {
    for seed in 1..=20 {
        let mut world = World::new(seed);
        world.add("Ann", Disk::in_memory());
        world.add("Ben", Disk::in_memory());
        let code = world.invite(ANN, false);
        world.weather.cut_one_in = Some(2);
        world.join(BEN, &code).unwrap();
        world.run_for(20_000);
        world.weather.cut_one_in = None;
        world.heal();
        world.rest();
        assert_eq!(
            (contacts(&mut world, ANN), contacts(&mut world, BEN)),
            (1, 1)
        );
        world.say(ANN, BEN, "hello");
        world.rest();
        world.check_convergence();
    }
}

#[test]
fn an_inviter_who_is_away_is_asked_when_back() {
    let mut world = people(2);
    let code = world.invite(ANN, false);
    world.part(ANN, BEN);
    world.join(BEN, &code).unwrap();
    world.run_for(3_600_000);
    assert_eq!(contacts(&mut world, BEN), 0);
    world.crash(BEN);
    world.start(BEN);
    world.run_for(60_000);
    world.heal();
    world.rest();
    assert_eq!(
        (contacts(&mut world, ANN), contacts(&mut world, BEN)),
        (1, 1)
    );
}

#[test]
fn both_may_crash_in_any_turns_of_their_pairing() {
    for (first, second) in (2..9).flat_map(|one| (2..9).map(move |other| (one, other))) {
        for point in CrashPoint::ALL {
            let mut world = people(2);
            world.devices[ANN].crash_at(first, point);
            world.devices[BEN].crash_at(second, point);
            world.pair(ANN, BEN);
            world.say(ANN, BEN, "hello");
            world.say(BEN, ANN, "hello");
            world.rest();
            world.check_convergence();
            world.check_peace();
        }
    }
}

#[test]
fn joining_twice_with_one_code_is_one_join() {
    let mut world = people(2);
    let code = world.invite(ANN, false);
    world.part(ANN, BEN);
    let tag = world.join(BEN, &code).unwrap();
    assert_eq!(world.join(BEN, &code.to_lowercase()), Ok(tag));
    assert_eq!(world.devices[BEN].disk.profile().pending_joins.len(), 1);
    world.heal();
    world.rest();
    assert_eq!(
        (contacts(&mut world, ANN), contacts(&mut world, BEN)),
        (1, 1)
    );
    // Once more when it is used up: refused, and nothing is lost.
    world.join(BEN, &code).unwrap();
    world.rest();
    assert_eq!(refusals(&world, BEN), [Refusal::Used]);
    assert_eq!(
        (contacts(&mut world, ANN), contacts(&mut world, BEN)),
        (1, 1)
    );
    world.say(BEN, ANN, "still here");
    world.rest();
    world.check_convergence();
}

#[test]
fn a_join_is_given_up_wherever_it_crashes_and_stays_so() {
    for (turn, point) in (1..4).flat_map(|turn| CrashPoint::ALL.map(|point| (turn, point))) {
        let mut world = people(2);
        let code = world.invite(ANN, false);
        world.part(ANN, BEN);
        let tag = world.join(BEN, &code).unwrap();
        let turns = world.devices[BEN].turns;
        world.devices[BEN].crash_at(turns + turn, point);
        let given_up = world.ask(BEN, Command::CancelJoin { tag });
        assert_eq!(given_up, Ok(Outcome::Done), "{turn} {point:?}");
        world.heal();
        world.start_all();
        world.rest();
        assert_eq!(world.devices[BEN].disk.profile().pending_joins, []);
        let met = (contacts(&mut world, ANN), contacts(&mut world, BEN));
        assert_eq!(met, (0, 0), "{turn} {point:?}");
        // The code is as it was.
        world.join(BEN, &code).unwrap();
        world.rest();
        let met = (contacts(&mut world, ANN), contacts(&mut world, BEN));
        assert_eq!(met, (1, 1), "{turn} {point:?}");
        world.check_peace();
    }
}

#[test]
fn a_join_given_up_at_any_moment_harms_neither_and_another_code_mends_what_came_of_it() {
    let mut one_sided = 0;
    for moment in (0..120).step_by(5) {
        let mut world = people(2);
        let code = world.invite(ANN, false);
        let tag = world.join(BEN, &code).unwrap();
        world.run_for(moment);
        let given_up = world.ask(BEN, Command::CancelJoin { tag });
        world.rest();
        assert_eq!(world.devices[BEN].disk.profile().pending_joins, []);
        let met = (contacts(&mut world, ANN), contacts(&mut world, BEN));
        match given_up {
            Ok(_) => assert_eq!(met.1, 0, "{moment}"),
            Err(_) => assert_eq!(met, (1, 1), "{moment}"),
        }
        if met == (1, 0) {
            one_sided += 1;
            // Ann knows somebody who does not know her: what she writes waits.
            world.say(ANN, BEN, "are you there?");
            world.run_for(60_000);
        }
        let (maker, user) = if moment % 2 == 0 {
            (ANN, BEN)
        } else {
            (BEN, ANN)
        };
        world.pair(maker, user);
        world.say(BEN, ANN, "here I am");
        world.rest();
        world.check_convergence();
        world.check_peace();
    }
    assert!(one_sided > 0, "the answer was under way in some");
}

#[test]
fn the_same_two_may_pair_again() {
    let mut world = people(2);
    world.pair(ANN, BEN);
    world.say(ANN, BEN, "once");
    for _ in 0..5 {
        world.pair(BEN, ANN);
        world.pair(ANN, BEN);
    }
    world.say(BEN, ANN, "twice");
    world.crash(ANN);
    world.start(ANN);
    world.rest();
    world.say(ANN, BEN, "thrice");
    world.rest();
    assert_eq!(
        (contacts(&mut world, ANN), contacts(&mut world, BEN)),
        (1, 1)
    );
    world.check_convergence();
    world.check_peace();
}

#[test]
fn a_code_that_is_refused_changes_nothing() {
    let mut world = people(2);
    let code = world.invite(ANN, false);
    let own = world.invite(BEN, false);
    let before = world.devices[BEN].disk.profile();
    let mut mistyped = code.clone().into_bytes();
    mistyped[80] = if mistyped[80] == b'A' { b'B' } else { b'A' };
    let mistyped = String::from_utf8(mistyped).unwrap();
    let cases = [
        (own.as_str(), PairingError::OwnInvite),
        (&mistyped, PairingError::Mistyped),
        (&code[..100], PairingError::Truncated { characters: 100 }),
        ("https://example.org/join", PairingError::Foreign),
        ("", PairingError::Truncated { characters: 0 }),
    ];
    for (code, error) in cases {
        assert_eq!(world.join(BEN, code), Err(CommandError::Invite(error)));
    }
    world.rest();
    assert_eq!(world.devices[BEN].disk.profile(), before);
    assert_eq!(contacts(&mut world, ANN), 0);
}

#[test]
fn ones_own_invite_is_refused_in_every_life() {
    let mut world = people(1);
    let code = world.invite(ANN, false);
    world.crash(ANN);
    world.start(ANN);
    let refused = Err(CommandError::Invite(PairingError::OwnInvite));
    assert_eq!(world.join(ANN, &code), refused);
}

#[test]
fn more_addresses_than_fit_keep_nobody_from_pairing_or_talking() {
    let mut world = people(2);
    for device in [ANN, BEN] {
        let mut addresses: Vec<String> = (0..40)
            .map(|n| format!("/ip4/192.0.2.{n}/udp/4001/quic-v1"))
            .collect();
        addresses.insert(0, format!("/dns/{}/tcp/1", "x".repeat(300)));
        let listening = tidings_protocol::engine::Input::Listening {
            addresses,
            far: Vec::new(),
        };
        world.input(device, listening);
    }
    world.pair(ANN, BEN);
    world.say(ANN, BEN, "hello");
    world.rest();
    world.check_convergence();
    world.check_peace();
}

#[test]
fn a_retried_invite_is_the_same_invite() {
    let mut world = people(1);
    let command = Command::MakeInvite {
        expires_in: Duration::from_secs(60),
        reusable: false,
    };
    let turn = world.devices[ANN].turns + 1;
    world.devices[ANN].crash_at(turn, CrashPoint::AfterCommit);
    let Ok(Outcome::Invited { tag, .. }) = world.ask(ANN, command) else {
        panic!("no invite");
    };
    assert_eq!(world.devices[ANN].incarnation, 2, "it crashed");
    let invites = world.devices[ANN].disk.profile().invites;
    assert_eq!(
        invites.iter().map(|invite| invite.tag).collect::<Vec<_>>(),
        [tag]
    );
}
