//! Control that is lost on its way: told again until whom it concerns holds it.

use super::{DAY, Town, apart, millis};
use crate::carry::CarryFrame;
use crate::engine::RoomChange;
use crate::engine::rooms::tests::{ANN, BEN, CAT};
use crate::id::{ConversationId, EnvelopeId};

/// How long a session that ended has to be opened again.
const SESSION_MILLIS: u64 = 2_000;
/// How long one has to go on until what was told in it is taken to be held.
const TAKEN_MILLIS: u64 = 120_000;
/// How old an envelope claims to be when it is sealed, at most.
const CLAIMED_MILLIS: u64 = 60 * 60 * 1000;
const LIFETIME_MILLIS: u64 = 7 * 24 * 60 * 60 * 1000;

fn titled(title: &str) -> RoomChange {
    RoomChange::Title {
        title: title.to_owned(),
    }
}

fn title(town: &Town, who: usize, room: ConversationId) -> String {
    town.shown(who, room).unwrap().title
}

/// The envelopes of Ann's under way that tell what was done to a room.
fn telling(town: &Town, room: ConversationId) -> Vec<EnvelopeId> {
    let deposits = town.kept(ANN).deposits.iter();
    let telling = deposits.filter(|deposit| deposit.room == Some(room));
    telling.map(|deposit| deposit.envelope).collect()
}

/// A room of Ann and Ben that both hold, who are apart now; nothing is owed.
fn known_apart() -> (Town, ConversationId) {
    let mut town = apart(2);
    let room = town.make_room(ANN, "Garden", &[BEN]);
    town.carry_around();
    town.pass_by(BEN, ANN);
    assert_eq!(town.kept(ANN).owed_control, []);
    (town, room)
}

#[test]
fn what_is_done_to_a_room_is_owed_until_whom_it_concerns_has_opened_all_letters_of_it() {
    let mut town = apart(3);
    let room = town.make_room(ANN, "Garden", &[BEN]);
    for n in 0..300 {
        let title = format!("Garden {n} {}", "x".repeat(40));
        town.change(ANN, room, titled(&title));
    }
    town.mail();
    let add = RoomChange::Add {
        person: town.person(CAT),
        whole_history: true,
    };
    town.change(ANN, room, add);
    let cat = town.own(CAT).device();
    let is_owed = |town: &Town| {
        let mut owed = town.kept(ANN).owed_control.iter();
        owed.any(|owed| owed.device == cat)
    };
    let mail = town.mail();
    assert!(mail.len() > 2, "{}, one of them to Ben", mail.len());
    let stranger = town.stranger(ANN, 1);
    for envelope in mail.iter().rev() {
        assert!(is_owed(&town));
        town.bring(CAT, envelope);
        let opened = town.kept(CAT).tombstones.iter();
        let preimages = opened.map(|tombstone| tombstone.preimage).collect();
        town.tell(stranger, &CarryFrame::Purge(preimages));
    }
    assert!(!is_owed(&town));
    assert_eq!(town.shown(CAT, room).unwrap().members.len(), 3);
}

#[test]
fn what_was_done_is_sealed_again_when_a_lifetime_is_over_in_which_nobody_opened_it() {
    let (mut town, room) = known_apart();
    town.change(ANN, room, titled("Orchard"));
    let mut before = telling(&town, room);
    assert_eq!(before.len(), 1);
    for _ in 0..2 {
        town.wait(LIFETIME_MILLIS - CLAIMED_MILLIS);
        assert_eq!(telling(&town, room), before);
        town.wait(CLAIMED_MILLIS);
        let now = telling(&town, room);
        assert_eq!(now.len(), 1);
        assert_ne!(now, before);
        before = now;
    }
    town.restart(ANN);
    town.carry(ANN);
    assert_eq!(telling(&town, room), before, "it is under way already");
    town.carry_around();
    assert_eq!(title(&town, BEN, room), "Orchard");
    town.pass_by(BEN, ANN);
    assert_eq!(town.kept(ANN).owed_control, []);
    town.wait(millis(8 * DAY));
    assert_eq!(telling(&town, room), []);
}

#[test]
fn what_was_said_into_a_session_that_was_over_goes_by_mail_once_that_is_known() {
    for restarts in [false, true] {
        let (mut town, room) = known_apart();
        town.connect(ANN, BEN);
        town.choke(ANN, BEN, 0);
        town.change(ANN, room, titled("Orchard"));
        let person = town.person(BEN);
        let member = crate::room::Role::Admin;
        town.change(
            ANN,
            room,
            RoomChange::Role {
                person,
                role: member,
            },
        );
        assert!(town.mail().is_empty(), "they are there, it seems");
        if restarts {
            town.crash(ANN);
            town.carry(ANN);
        }
        town.disconnect_all();
        town.choke(ANN, BEN, usize::MAX);
        town.wait(SESSION_MILLIS);
        town.carry_around();
        assert_eq!(title(&town, BEN, room), "Orchard");
        town.pass_by(BEN, ANN);
        assert_eq!(town.kept(ANN).owed_control, [], "{restarts}");
    }
}

#[test]
fn what_was_told_in_a_session_that_went_on_is_owed_no_more() {
    let (mut town, room) = known_apart();
    town.connect(ANN, BEN);
    town.change(ANN, room, titled("Orchard"));
    town.wait(TAKEN_MILLIS);
    assert_eq!(
        town.kept(ANN).owed_control.len(),
        1,
        "it may not be written yet"
    );
    town.drain(ANN, BEN);
    town.wait(1);
    town.wait(TAKEN_MILLIS - 2);
    assert_eq!(town.kept(ANN).owed_control.len(), 1);
    town.wait(2);
    assert_eq!(town.kept(ANN).owed_control, []);
    town.disconnect_all();
    town.wait(SESSION_MILLIS);
    assert!(town.mail().is_empty());
}

#[test]
fn who_shows_in_a_session_that_they_hold_it_is_told_nothing_more_by_mail() {
    let (mut town, room) = known_apart();
    town.change(ANN, room, titled("Orchard"));
    let letters = town.mail();
    town.bring(BEN, &letters[0]);
    town.change(ANN, room, titled("Meadow"));
    assert_eq!(town.kept(ANN).deposits.len(), 2);
    town.connect(ANN, BEN);
    assert_eq!(title(&town, BEN, room), "Meadow");
    assert_eq!(town.kept(ANN).owed_control.len(), 1);
    town.disconnect_all();
    town.connect(ANN, BEN);
    assert_eq!(town.kept(ANN).owed_control, []);
    assert_eq!(town.kept(ANN).deposits, []);
}

#[test]
fn what_cannot_be_opened_of_it_is_sealed_again() {
    let (mut town, room) = known_apart();
    town.change(ANN, room, titled("Orchard"));
    let lost = town.mail();
    super::lose_keys(&mut town, BEN);
    town.bring(BEN, &lost[0]);
    assert_eq!(title(&town, BEN, room), "Garden");
    town.carry_around();
    assert_eq!(title(&town, BEN, room), "Orchard");
}

#[test]
fn whoever_is_removed_opens_that_and_is_owed_nothing_after() {
    let (mut town, room) = known_apart();
    let person = town.person(BEN);
    town.change(ANN, room, RoomChange::Remove { person });
    town.change(ANN, room, titled("Orchard"));
    town.carry_around();
    assert!(!town.replica(BEN, room).takes_part());
    assert_eq!(title(&town, BEN, room), "Garden");
    town.pass_by(BEN, ANN);
    assert_eq!(town.kept(ANN).owed_control, []);
}

#[test]
fn nothing_is_sealed_again_and_again_to_whom_we_blocked() {
    let (mut town, room) = known_apart();
    town.block(ANN, BEN, true);
    town.change(ANN, room, titled("Orchard"));
    town.wait(millis(DAY));
    assert!(town.mail().is_empty());
    town.block(ANN, BEN, false);
    town.carry_around();
    assert_eq!(title(&town, BEN, room), "Orchard");
}

#[test]
fn letters_of_a_room_that_is_none_of_ours_take_no_more_room_however_little_they_say() {
    let mut town = apart(2);
    let device = town.own(BEN).device();
    let conversation = ConversationId::new([7; 32]);
    let control = crate::sync::Control {
        conversation,
        cards: Vec::new(),
        operations: Vec::new(),
    };
    let said = crate::sync::SessionMessage::Control(control.clone()).to_bytes();
    let most = crate::engine::rooms::mailed::MAILED_ROOM_BYTES_MAX / said.len();
    let now = town.now(ANN);
    for _ in 0..most {
        town.engine(ANN)
            .mailed_control(device, control.clone(), now);
    }
    town.wait(0);
    assert_eq!(town.kept(ANN).mailed_control.len(), most);
    town.engine(ANN).mailed_control(device, control, now);
    town.wait(0);
    assert_eq!(town.kept(ANN).mailed_control, []);
}
