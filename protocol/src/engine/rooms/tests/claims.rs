//! What a member's spare devices claim of others' keys, and that it keeps nobody from anybody.

use super::town::Town;
use super::*;

/// The member who lies.
const MALLORY: usize = 3;

/// Ben's room, with Ann, Cat and Mallory, who know him alone and have all been with him.
fn room() -> (Town, ConversationId) {
    let mut town = Town::knowing(4, &[(ANN, BEN), (CAT, BEN), (MALLORY, BEN)]);
    for guest in [ANN, CAT, MALLORY] {
        town.connect(BEN, guest);
    }
    let room = town.make_room(BEN, "Garden", &[ANN, CAT, MALLORY]);
    town.disconnect_all();
    (town, room)
}

/// Has Ann and Cat connect and talk, whoever of them dials.
fn talk(town: &mut Town, room: ConversationId) {
    for (one, other) in [(ANN, CAT), (CAT, ANN)] {
        town.connect(one, other);
        for (who, whom) in [(one, other), (other, one)] {
            assert_eq!(town.live(who), [town.person(whom)].into());
        }
        town.write(one, room, "hello");
        assert_eq!(town.texts(other, room), town.texts(one, room));
        let seq = town.stored(one, room, one).len();
        assert!(town.is_delivered(one, other, u64::try_from(seq).unwrap()));
        town.disconnect_all();
    }
}

#[test]
fn who_claims_anothers_static_key_keeps_members_apart_in_no_direction() {
    for seed in 20..24 {
        let (mut town, room) = room();
        for (to, of) in [(ANN, CAT), (CAT, ANN)] {
            let spare = town.another_device(MALLORY, seed);
            let claiming = spare.claiming(town.agreement(of));
            town.present(to, room, &claiming.card(Vec::new()));
        }
        talk(&mut town, room);
    }
}

#[test]
fn who_claims_anothers_transport_id_takes_nobodys_place() {
    let (mut town, room) = room();
    // Ben is Cat's contact, whom her node is not to forget; Ann and Cat have never met.
    for (to, of) in [(CAT, BEN), (ANN, CAT), (CAT, ANN)] {
        let claimed = town.transport(of);
        let claiming = town.another_device(MALLORY, 20).card_at(claimed);
        let unproved = Card {
            transport_signature: None,
            ..claiming.clone()
        };
        for card in [claiming, unproved] {
            assert!(town.try_present(to, room, &card).is_err());
        }
    }
    talk(&mut town, room);
    town.restart_all();
    talk(&mut town, room);
}
