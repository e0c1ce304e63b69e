//! Who leaves or is removed while parted from others, and how these learn of it.

use super::*;

#[test]
fn whoever_left_while_parted_tells_it_to_members_who_seek_them() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.connect(BEN, CAT);
    town.disconnect_all();
    town.change(CAT, room, RoomChange::Leave);
    town.write(BEN, room, "are you there?");
    assert_eq!(town.shown(BEN, room).unwrap().members.len(), 3);
    // Ben, no contact of Cat's, seeks her as long as he takes her for a member.
    town.connect(BEN, CAT);
    assert_eq!(town.shown(BEN, room).unwrap().members.len(), 2);
    assert!(town.texts(CAT, room).is_empty());
    assert!(
        !town.is_open(BEN, CAT),
        "they have nothing to do with each other any more"
    );
}
