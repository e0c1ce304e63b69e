//! Invitations that wait for an answer, and admissions after the first.

use super::*;

/// A town in which Cat does not know Ann, who knows her and makes a room with Ben, her and some more;
/// all but Cat have written. All are connected.
fn cat_is_invited() -> (Town, ConversationId) {
    let people = 6;
    let everyone = (0..people).flat_map(|one| (0..people).map(move |other| (one, other)));
    let knowing = everyone.filter(|pair| pair.0 != pair.1 && *pair != (CAT, ANN));
    let mut town = Town::where_one_knows(people, &knowing.collect::<Vec<_>>());
    for one in (0..people).filter(|one| *one != ANN) {
        for other in 0..one {
            if (one, other) != (CAT, ANN) {
                town.connect(one, other);
            }
        }
    }
    let room = town.make_room(ANN, "Garden", &(1..people).collect::<Vec<_>>());
    for one in (0..people).filter(|one| *one != CAT) {
        town.write(one, room, &one.to_string());
    }
    assert_eq!(town.shown(CAT, room).unwrap().standing, Invited);
    (town, room)
}

#[test]
fn whoever_accepts_an_invitation_while_connected_gets_what_was_written() {
    let (mut town, room) = cat_is_invited();
    town.change(CAT, room, RoomChange::Accept);
    assert_eq!(town.texts(CAT, room).len(), 5);
    town.write(CAT, room, "thank you");
    town.write(BEN, room, "you are welcome");
    for one in [BEN, CAT, DAN] {
        assert_eq!(town.texts(one, room).len(), 7, "{one}");
    }
    assert!(town.is_delivered(CAT, BEN, 1));
    assert!(town.is_delivered(BEN, CAT, 1));
}

/// Ann's room with Cat, whose contact she is, and with Ben as an admin, who knows Cat and whom Cat does
/// not know. All are connected but Ben and Cat.
fn ben_is_no_contact_of_cat() -> (Town, ConversationId) {
    let mut town = Town::where_one_knows(
        3,
        &[(ANN, BEN), (BEN, ANN), (ANN, CAT), (CAT, ANN), (BEN, CAT)],
    );
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let (person, role) = (town.person(BEN), Role::Admin);
    town.change(ANN, room, RoomChange::Role { person, role });
    (town, room)
}

fn add(town: &mut Town, by: usize, room: ConversationId, whom: usize) {
    let add = RoomChange::Add {
        person: town.person(whom),
        whole_history: true,
    };
    town.change(by, room, add);
}

#[test]
fn whoever_left_and_is_let_in_again_by_no_contact_is_asked() {
    let (mut town, room) = ben_is_no_contact_of_cat();
    town.change(CAT, room, RoomChange::Leave);
    add(&mut town, BEN, room, CAT);
    town.write(BEN, room, "welcome back");
    town.restart_all();
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let shown = town.shown(CAT, room).unwrap();
    assert_eq!(
        (shown.standing, shown.invited_by),
        (Invited, Some(town.person(BEN)))
    );
    assert_eq!(town.texts(CAT, room), [""; 0]);
    town.change(CAT, room, RoomChange::Accept);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Joined);
    assert_eq!(town.texts(CAT, room), ["welcome back"]);
}

#[test]
fn whoever_left_and_is_let_in_again_by_a_contact_is_asked_whatever_came_in_between() {
    let mut town = Town::of(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.change(CAT, room, RoomChange::Leave);
    let person = town.person(CAT);
    add(&mut town, ANN, room, CAT);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Invited);
    // Whoever lets them in again cannot have that forgotten by a removal.
    town.change(ANN, room, RoomChange::Remove { person });
    town.restart_all();
    town.connect_all();
    add(&mut town, ANN, room, CAT);
    town.write(BEN, room, "welcome back");
    assert_eq!(town.shown(CAT, room).unwrap().standing, Invited);
    assert_eq!(town.texts(CAT, room), [""; 0]);
    town.change(CAT, room, RoomChange::Accept);
    assert_eq!(town.texts(CAT, room), ["welcome back"]);
}

#[test]
fn whoever_was_in_a_room_twice_stands_where_the_second_time_put_them() {
    let mut town = Town::of(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let person = town.person(CAT);
    let standing = |town: &mut Town| {
        town.restart_all();
        town.connect_all();
        town.shown(CAT, room).unwrap().standing
    };
    town.change(CAT, room, RoomChange::Leave);
    assert_eq!(standing(&mut town), Left);
    for _ in 0..2 {
        add(&mut town, ANN, room, CAT);
        town.change(CAT, room, RoomChange::Accept);
        town.change(ANN, room, RoomChange::Remove { person });
        assert_eq!(standing(&mut town), Removed);
        add(&mut town, ANN, room, CAT);
        town.change(CAT, room, RoomChange::Accept);
        town.change(CAT, room, RoomChange::Leave);
        assert_eq!(standing(&mut town), Left);
    }
}

#[test]
fn whoever_was_removed_and_let_in_again_before_they_heard_of_it_is_asked_too() {
    let (mut town, room) = ben_is_no_contact_of_cat();
    town.disconnect_all();
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.connect(ANN, BEN);
    add(&mut town, BEN, room, CAT);
    town.connect(ANN, CAT);
    assert_eq!(town.shown(CAT, room).unwrap().standing, Invited);
}

#[test]
fn whom_we_block_does_not_let_us_in_again() {
    let mut town = Town::of(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let (person, role) = (town.person(BEN), Role::Admin);
    town.change(ANN, room, RoomChange::Role { person, role });
    town.block(CAT, BEN, true);
    town.change(CAT, room, RoomChange::Leave);
    add(&mut town, BEN, room, CAT);
    assert_eq!(town.shown(ANN, room).unwrap().members.len(), 3);
    for title in ["Orchard", "Field"] {
        assert_eq!(town.shown(CAT, room).unwrap().standing, Left);
        town.restart_all();
        let title = title.to_owned();
        town.change(ANN, room, RoomChange::Title { title });
        town.connect(ANN, CAT);
    }
    assert_eq!(town.shown(CAT, room).unwrap().standing, Left);
    assert_eq!(
        town.try_change(CAT, room, RoomChange::Accept),
        Err(CommandError::NotInvited)
    );
}
