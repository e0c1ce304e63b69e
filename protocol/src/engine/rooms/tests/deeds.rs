//! What people are told of what was done to a room, as it is handed to the store.

use super::*;
use crate::room::DeedKind;

fn admin(town: &Town, who: usize) -> RoomChange {
    RoomChange::Role {
        person: town.person(who),
        role: Role::Admin,
    }
}

fn add(town: &Town, who: usize) -> RoomChange {
    RoomChange::Add {
        person: town.person(who),
        whole_history: true,
    }
}

fn remove(town: &Town, who: usize) -> RoomChange {
    RoomChange::Remove {
        person: town.person(who),
    }
}

#[test]
fn all_members_are_told_the_same_and_after_a_restart_what_is_new_alone() {
    let (mut town, room) = room();
    let title = "Orchard".to_owned();
    town.change(ANN, room, RoomChange::Title { title });
    town.change(CAT, room, RoomChange::Leave);
    let told = town.deeds(ANN, room);
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(matches!(told[0].what, DeedKind::Made { .. }));
    assert_eq!(
        (told[4].by, &told[4].what),
        (town.person(CAT), &DeedKind::Left)
    );
    for who in [BEN, CAT] {
        assert_eq!(town.deeds(who, room), told, "{who}");
    }
    town.restart_all();
    for who in [ANN, BEN] {
        town.forget_deeds(who);
    }
    town.connect(ANN, BEN);
    let promoted = admin(&town, BEN);
    town.change(ANN, room, promoted);
    for who in [ANN, BEN] {
        let new = town.deeds(who, room);
        let is_role =
            matches!(new[..], [ref deed] if matches!(deed.what, DeedKind::GaveRole { .. }));
        assert!(is_role, "{who}: {new:?}");
    }
}

#[test]
fn what_a_senior_did_beside_it_takes_back_what_was_told() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let promoted = admin(&town, BEN);
    town.change(ANN, room, promoted);
    town.disconnect_all();
    let (let_in, removed) = (add(&town, DAN), remove(&town, BEN));
    town.change(BEN, room, let_in);
    town.change(ANN, room, removed);
    let person = town.person(DAN);
    let role = Role::Member;
    let tells = |town: &Town, who| {
        let told = town.deeds(who, room).into_iter();
        let what: Vec<DeedKind> = told.map(|deed| deed.what).collect();
        what.contains(&DeedKind::LetIn { person, role })
    };
    assert!(tells(&town, BEN) && !tells(&town, ANN));
    town.connect_all();
    assert!(!tells(&town, BEN) && !tells(&town, ANN));
    assert_eq!(town.deeds(CAT, room), town.deeds(ANN, room));
}
