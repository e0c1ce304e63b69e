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
