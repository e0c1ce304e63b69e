//! The outbox: how much is under way at once, and what waits to go together.

use super::*;
use crate::engine::mail::{UNDER_WAY_FEW, UNDER_WAY_MANY};

const MINUTE: u64 = 60_000;

#[test]
fn with_so_much_under_way_what_is_written_waits_and_goes_together() {
    let (mut town, conversation) = strangers_between(1);
    let mut written = 0;
    let mut write = |town: &mut Town| {
        written += 1;
        town.write(ANN, conversation, &written.to_string());
        town.mail().len()
    };
    for count in 0..UNDER_WAY_FEW {
        assert_eq!(write(&mut town), 1, "{count}");
    }
    // With as many as may go at once, it waits a minute, and so does what comes meanwhile.
    for _ in UNDER_WAY_FEW..UNDER_WAY_MANY {
        assert_eq!(write(&mut town), 0);
        town.wait(MINUTE / 2);
        assert_eq!(write(&mut town), 0);
        town.wait(MINUTE / 2 - 1);
        assert_eq!(town.mail().len(), 0);
        town.wait(1);
        assert_eq!(town.mail().len(), 1, "one for both");
    }
    assert_eq!(write(&mut town), 0);
    town.wait(10 * MINUTE - 1);
    assert_eq!(town.mail().len(), 0);
    town.wait(1);
    assert_eq!(town.mail().len(), 1);
    assert_eq!(town.envelopes_of(ANN).len(), UNDER_WAY_MANY + 1);
    let texts = town.stored(ANN, conversation, ANN).len();
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation).len(), texts);
    // All is acknowledged at once, and what is written then goes at once.
    town.wait(2_000);
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, ANN);
    assert_eq!(town.kept(ANN).deposits, []);
    town.mail();
    town.write(ANN, conversation, "at once");
    assert_eq!(town.mail().len(), 1);
}

#[test]
fn in_a_room_what_is_written_waits_alike() {
    let mut town = carriers(Town::of(3));
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    for n in 0..UNDER_WAY_FEW {
        town.write(ANN, room, &n.to_string());
    }
    town.mail();
    town.write(ANN, room, "waits");
    town.write(ANN, room, "waits, too");
    assert!(town.mail().is_empty());
    town.wait_alone(ANN, MINUTE);
    let enclosed = town
        .kept(ANN)
        .deposits
        .iter()
        .filter_map(|deposit| deposit.enclosed);
    let stretches: Vec<u64> = enclosed.map(|one| one.last - one.first + 1).collect();
    assert_eq!(stretches.len(), UNDER_WAY_FEW + 1);
    assert_eq!(
        stretches.iter().sum::<u64>(),
        u64::try_from(UNDER_WAY_FEW).unwrap() + 2
    );
}

#[test]
fn what_waits_goes_when_the_program_is_started_again() {
    let (mut town, conversation) = strangers_between(1);
    for n in 0..UNDER_WAY_FEW {
        town.write(ANN, conversation, &n.to_string());
    }
    town.mail();
    town.write(ANN, conversation, "waits");
    assert!(town.mail().is_empty());
    town.restart(ANN);
    town.carry(ANN);
    assert_eq!(town.mail().len(), 1, "and nothing else is sealed again");
}
