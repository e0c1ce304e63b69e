//! Programs that end at any moment and start again: nothing is lost, nothing is done twice.

use super::*;
use crate::record::Profile;

/// Every how many steps a program ends; with 1 here, after each, all comes too, in two minutes.
const STRIDE: usize = 11;

/// Ann writes to Cat, Ben goes to and fro between them, and somebody's program ends after so many steps. Returns
/// whether it did before all was done.
fn interrupted(who: usize, after: usize) -> bool {
    let (mut town, conversation) = friend_between();
    let mut left = after;
    let mut has_crashed = false;
    let mut go = |town: &mut Town| {
        let steps = town.run_for(left);
        left -= steps;
        if left == 0 && !has_crashed {
            has_crashed = true;
            town.crash(who);
            town.carry(who);
        }
        town.run();
    };
    for round in 0..2 {
        town.say_text(ANN, conversation, &format!("{round} from Ann"));
        go(&mut town);
        for _ in 0..3 {
            town.link(ANN, BEN);
            for (one, other) in [(ANN, BEN), (BEN, CAT)] {
                town.meet(one, other);
                go(&mut town);
                town.part(one, other);
            }
            town.disconnect_all();
            town.wait(2_000);
        }
    }
    for (one, other) in [
        (ANN, BEN),
        (BEN, CAT),
        (CAT, BEN),
        (BEN, ANN),
        (ANN, BEN),
        (BEN, CAT),
    ] {
        town.pass_by(one, other);
        town.wait(2_000);
    }
    let texts = town.texts(CAT, conversation);
    let written = town.stored(ANN, conversation, ANN).len();
    assert_eq!(texts.len(), written, "{who} after {after}: {texts:?}");
    for seq in 1..=u64::try_from(written).unwrap() {
        assert_eq!(
            town.state(ANN, conversation, CAT, seq),
            DeliveryState::Delivered,
            "{who} after {after}"
        );
    }
    assert_eq!(town.kept(ANN).deposits, [], "{who} after {after}");
    assert_eq!(town.kept(ANN).custodies, [], "{who} after {after}");
    assert_eq!(town.kept(BEN).carried, [], "{who} after {after}");
    has_crashed
}

#[test]
fn wherever_a_program_ends_all_comes_and_nothing_is_left_behind() {
    for who in [ANN, BEN, CAT] {
        let mut after = 1 + who;
        while interrupted(who, after) {
            after += STRIDE;
        }
        assert!(after > 300, "{after}");
    }
}

#[test]
fn what_is_carried_promised_and_purged_is_the_same_after_a_restart() {
    let (mut town, conversation) = friend_between();
    town.connect(ANN, BEN);
    town.neighbour(ANN, BEN);
    town.neighbour(BEN, CAT);
    town.write(ANN, conversation, "one");
    town.wait(2_000);
    town.part(BEN, CAT);
    town.write(ANN, conversation, "two");
    let stranger = town.stranger(BEN, 1);
    town.hand_over(stranger, small(1).as_bytes());
    assert_eq!(town.kept(ANN).custodies.len(), 1);
    assert_eq!(
        town.kept(BEN).tombstones.len(),
        2,
        "the letter, and its receipt"
    );
    let seen = |town: &mut Town, who: usize| {
        let now = town.now(who);
        let mut report = town.engine(who).carrying(now);
        (report.time, report.neighbours) = Default::default();
        report
    };
    let durable = |town: &Town, who: usize| -> Profile {
        Profile {
            carry_time: Default::default(),
            ..town.snapshot(who)
        }
    };
    let before: Vec<_> = (0..3).map(|who| seen(&mut town, who)).collect();
    let stored: Vec<_> = (0..3).map(|who| durable(&town, who)).collect();
    town.disconnect_all();
    for who in 0..3 {
        town.restart(who);
        town.carry(who);
        assert_eq!(seen(&mut town, who), before[who], "{who}");
        let now = durable(&town, who);
        let then = &stored[who];
        assert_eq!(now.carried, then.carried, "{who}");
        assert_eq!(now.tombstones, then.tombstones, "{who}");
        assert_eq!(now.deposits, then.deposits, "{who}");
        assert_eq!(now.custodies, then.custodies, "{who}");
    }
    // A promise ends after a restart as before it.
    assert_eq!(
        town.state(ANN, conversation, CAT, 2),
        DeliveryState::Carried
    );
    town.wait(millis(7 * DAY));
    assert_eq!(town.state(ANN, conversation, CAT, 2), DeliveryState::Queued);
}

#[test]
fn a_restart_has_nothing_sealed_again_that_is_under_way() {
    let (mut town, conversation) = friend_between();
    for n in 0..5 {
        town.write(ANN, conversation, &n.to_string());
    }
    assert_eq!(town.mail().len(), 5);
    for _ in 0..3 {
        town.restart(ANN);
        town.carry(ANN);
        town.wait(millis(HOUR));
        assert!(town.mail().is_empty());
    }
    assert_eq!(town.kept(ANN).deposits.len(), 5);
}
