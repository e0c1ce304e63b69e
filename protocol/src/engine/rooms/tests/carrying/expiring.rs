//! Lifetimes: how what is carried ages, and what becomes of it when its time is over.

use super::super::message;
use super::*;
use crate::engine::Command;
use crate::time::CarryTime;

fn time(town: &mut Town, who: usize) -> CarryTime {
    let now = town.now(who);
    town.engine(who).carrying(now).time
}

#[test]
fn when_its_lifetime_is_over_nobody_keeps_it_and_it_is_sealed_again_and_comes() {
    let (mut town, conversation) = friend_between();
    town.connect(ANN, BEN);
    town.neighbour(ANN, BEN);
    town.write(ANN, conversation, "hello");
    assert_eq!(
        town.state(ANN, conversation, CAT, 1),
        DeliveryState::Carried
    );
    let first = town.envelopes_of(ANN);
    town.disconnect_all();
    town.part(ANN, BEN);
    town.wait(millis(7 * DAY));
    assert_eq!(town.for_others(BEN), [], "Ben's lapsed as Ann's did");
    assert_eq!(town.state(ANN, conversation, CAT, 1), DeliveryState::Queued);
    let second = town.envelopes_of(ANN);
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second);
    assert_eq!(town.kept(ANN).carried.len(), 1);
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
}

#[test]
fn what_is_urgent_is_so_whenever_it_is_sealed_and_nothing_else_is() {
    let (mut town, conversation) = friend_between();
    town.write(ANN, conversation, "hello");
    let urgent = Command::Write {
        urgent: true,
        conversation,
        target: None,
        content: message("fire"),
    };
    town.command(ANN, urgent).unwrap();
    let priorities = |town: &mut Town| -> Vec<Priority> {
        let carried = town.kept(ANN).carried.iter();
        let mut priorities: Vec<_> = carried.map(|one| one.header.priority).collect();
        priorities.sort_unstable();
        priorities
    };
    assert_eq!(priorities(&mut town), [Priority::URGENT, Priority::USUAL]);
    town.restart(ANN);
    town.carry(ANN);
    town.wait(millis(7 * DAY));
    // Both go together now.
    assert_eq!(priorities(&mut town), [Priority::URGENT]);
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["hello", "fire"]);
    town.pass_by(BEN, CAT);
    town.pass_by(ANN, BEN);
    town.wait(millis(DAY));
    town.write(ANN, conversation, "all clear");
    let after = priorities(&mut town);
    assert!(after.contains(&Priority::USUAL) && !after.contains(&Priority::URGENT));
}

#[test]
fn age_goes_with_an_envelope_and_only_grows() {
    let (mut town, conversation) = strangers_between(2);
    town.write(ANN, conversation, "hello");
    let mut left = u64::MAX;
    let mut hops = 0;
    for (from, to) in [(ANN, BEN), (BEN, DAN), (DAN, BEN)] {
        town.pass_by(from, to);
        for who in [from, to] {
            let now = time(&mut town, who);
            let kept = town.kept(who).carried[0];
            let remains = millis(kept.expires_at.since(now));
            assert!(remains <= left && remains > 0, "{who}");
        }
        let now = time(&mut town, to);
        let kept = town.kept(to).carried[0];
        left = millis(kept.expires_at.since(now));
        if to != BEN || from == ANN {
            assert!(kept.hops > hops);
            hops = kept.hops;
        }
        town.wait(millis(DAY));
        left -= millis(DAY);
    }
}

#[test]
fn what_is_carried_does_not_age_while_its_carrier_is_off_nor_become_younger() {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    town.pass_by(ANN, BEN);
    let mut before = time(&mut town, BEN);
    for _ in 0..5 {
        // Whenever it ends, of what was counted no more than ten minutes are lost.
        town.wait(millis(HOUR) + 7_000);
        let ran = time(&mut town, BEN);
        assert!(ran.since(before) >= HOUR);
        town.restart(BEN);
        town.carry(BEN);
        let restarted = time(&mut town, BEN);
        assert!(restarted <= ran && ran.since(restarted) <= HOUR / 6);
        before = restarted;
    }
}

#[test]
fn it_is_noted_every_ten_minutes_how_long_a_device_ran_while_it_keeps_something() {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    for _ in 0..20 {
        let now = town.now(ANN).monotonic.as_millis();
        let timer = town.timer(ANN).unwrap().as_millis();
        assert!(timer <= now + millis(HOUR / 6), "{timer} at {now}");
        town.wait(timer.saturating_sub(now).max(1));
        let noted = town.kept(ANN).carry_time;
        assert!(time(&mut town, ANN).since(noted) <= HOUR / 6);
    }
}

#[test]
fn what_is_too_old_or_came_through_too_many_is_not_kept() {
    use crate::carry::HOPS_MAX;
    let (mut town, _) = strangers_between(1);
    let by = town.stranger(BEN, 1);
    let lifetime = millis(DAY);
    let cases = [
        (lifetime - 1, 1, true),
        (lifetime, 1, false),
        (u64::MAX, 1, false),
        (0, HOPS_MAX, true),
        (0, HOPS_MAX + 1, false),
        (0, u8::MAX, false),
    ];
    for (number, (age_millis, hops, is_kept)) in (0_u16..).zip(cases) {
        let envelope = small(number);
        let CarryFrame::Carry(mut carried) = handed(envelope.as_bytes()) else {
            panic!("an envelope");
        };
        (carried.age_millis, carried.hops) = (age_millis, hops);
        town.tell(by, &CarryFrame::Carry(carried));
        let kept = town.for_others(BEN).contains(&envelope.id());
        assert_eq!(kept, is_kept, "{age_millis} {hops}");
    }
    // What came through as many as may be goes on to nobody.
    let before = town.for_others(BEN).len();
    town.pass_by(BEN, ANN);
    assert_eq!(town.for_others(ANN).len(), before - 1);
    town.wait(1);
    assert_eq!(town.for_others(BEN).len(), before - 1, "the oldest is over");
}

#[test]
fn a_tombstone_stands_as_long_as_what_it_purged_could_come_back() {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.kept(BEN).tombstones.len(), 1);
    town.wait(millis(7 * DAY) - 1);
    assert_eq!(town.kept(BEN).tombstones.len(), 1);
    town.wait(1);
    assert_eq!(town.kept(BEN).tombstones, []);
}
