//! What a room is called, for whoever blocked one of those who called it something.

use super::*;
use crate::engine::{Command, Setting};
use crate::record::{Acceptance, Outcome};

fn call(town: &mut Town, who: usize, room: ConversationId, title: &str) {
    let title = title.to_owned();
    town.change(who, room, RoomChange::Title { title });
}

fn titles(town: &Town, room: ConversationId) -> [String; 3] {
    [ANN, BEN, CAT].map(|who| town.shown(who, room).unwrap().title)
}

/// Ann's room, which Ben, who may do so, has called something.
fn called_by_ben() -> (Town, ConversationId) {
    let (mut town, room) = room();
    let (person, role) = (town.person(BEN), Role::Admin);
    town.change(ANN, room, RoomChange::Role { person, role });
    call(&mut town, BEN, room, "Words");
    assert_eq!(titles(&town, room), ["Words"; 3]);
    (town, room)
}

#[test]
fn what_somebody_blocked_calls_a_room_it_is_called_by_all_but_whoever_blocked_them() {
    let (mut town, room) = called_by_ben();
    town.block(CAT, BEN, true);
    assert_eq!(titles(&town, room), ["Words", "Words", "Garden"]);
    call(&mut town, BEN, room, "More words");
    town.restart_all();
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    assert_eq!(titles(&town, room), ["More words", "More words", "Garden"]);
    town.block(CAT, ANN, true);
    assert_eq!(titles(&town, room)[CAT], "", "all who called it something");
    town.block(CAT, ANN, false);
    town.block(CAT, BEN, false);
    assert_eq!(titles(&town, room), ["More words"; 3]);
    town.connect(CAT, ANN);
    town.block(CAT, BEN, true);
    call(&mut town, ANN, room, "Orchard");
    assert_eq!(titles(&town, room), ["Orchard"; 3]);
}

#[test]
fn what_was_stored_of_a_title_that_is_not_shown_is_put_right_at_the_next_start() {
    let (mut town, room) = called_by_ben();
    town.block(CAT, BEN, true);
    town.call(CAT, room, "Words");
    town.restart(CAT);
    // Of what it does this says nothing of rooms.
    let set = Command::Set(Setting::RoomsAccept(Acceptance::Contacts));
    assert_eq!(town.command(CAT, set), Ok(Outcome::Done));
    assert_eq!(titles(&town, room), ["Words", "Words", "Garden"]);
}
