//! What a member's spare devices claim of others' keys, and that it keeps nobody from anybody.

use super::hostile::{Forger, revoked};
use super::town::Town;
use super::*;
use crate::identity::OwnIdentity;
use crate::rng::Rng;
use crate::sync::SessionMessage;
use crate::time::WallTime;

/// The member who lies.
const MALLORY: usize = 3;
const EVE: usize = 4;

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

/// The next card that a device signs of itself.
fn renewed(own: &mut OwnIdentity) -> Card {
    // A clock that jumps makes a bundle due.
    let week = own.newest_bundle() * 8 * 24 * 60 * 60 * 1000;
    own.rotate_bundle_if_due(
        WallTime::from_millis(week + 1_800_000_000_000),
        &mut Rng::from_seed(&[8; 32]),
    );
    own.card(Vec::new())
}

/// Bytes that the others sent to each other and to Mallory.
fn sent(town: &Town) -> Vec<usize> {
    let others = [ANN, BEN, CAT];
    let pairs = others.map(|from| [ANN, BEN, CAT, MALLORY].map(|to| town.bytes(from, to)));
    pairs.into_iter().flatten().collect()
}

/// Has all meet but Mallory, whom Ann alone meets.
fn connect(town: &mut Town) {
    for (one, other) in [(MALLORY, ANN), (ANN, BEN), (ANN, CAT), (BEN, CAT)] {
        town.connect(one, other);
    }
}

/// Has Mallory hand Ann a card as if somebody else's.
fn hand(town: &mut Town, room: ConversationId, card: &Card) {
    let introduction = Introduction {
        card: card.to_bytes().into(),
        addresses: Vec::new(),
    };
    let control = Control {
        conversation: room,
        cards: vec![introduction],
        operations: Vec::new(),
    };
    town.say(MALLORY, ANN, &SessionMessage::Control(control));
}

#[test]
fn a_card_that_a_device_renews_twice_in_a_row_is_relayed_once() {
    let mut town = Town::of(4);
    connect(&mut town);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, MALLORY]);
    let mut mallory = town.own(MALLORY);
    let device = mallory.device();
    let numbers = |town: &mut Town| {
        [ANN, BEN, CAT].map(|who| {
            let known = town.engine(who).directory.device(&device).unwrap();
            known.card.bundle.number
        })
    };
    let to_mallory = town.bytes(ANN, MALLORY);
    hand(&mut town, room, &renewed(&mut mallory));
    assert_eq!(numbers(&mut town), [2; 3]);
    assert_eq!(town.bytes(ANN, MALLORY), to_mallory, "she has it");
    let once = sent(&town);
    hand(&mut town, room, &renewed(&mut mallory));
    assert_eq!(numbers(&mut town), [2; 3]);
    for _ in 0..3 {
        town.renew(MALLORY, ANN, &renewed(&mut mallory));
    }
    assert_eq!(numbers(&mut town), [6, 2, 2]);
    assert_eq!(sent(&town), once);
    // In time, a newer one goes round.
    town.wait(6 * 60 * 60 * 1000);
    town.disconnect_all();
    connect(&mut town);
    hand(&mut town, room, &renewed(&mut mallory));
    assert_eq!(numbers(&mut town), [7; 3]);
}

#[test]
fn a_card_without_signatures_takes_no_signed_ones_place() {
    let mut town = Town::knowing(5, &[(ANN, BEN), (ANN, MALLORY), (ANN, EVE)]);
    town.connect(ANN, BEN);
    town.connect(ANN, MALLORY);
    let room = town.make_room(ANN, "Garden", &[BEN, MALLORY]);
    let word = Forger::new(&town, town.own(MALLORY), ANN, room).write(&revoked(1));
    let id = word.operation.id();
    town.hand_control(ANN, room, &[], &[word]);
    let signed = town.own(MALLORY).card(Vec::new());
    let unsigned = Card {
        signature: None,
        ..signed.clone()
    };
    let unproved = Card {
        transport_signature: None,
        ..signed
    };
    for card in [unsigned, unproved] {
        town.renew(MALLORY, ANN, &card);
    }
    // What Ann does builds on it, and nobody takes that without.
    let person = town.person(EVE);
    let add = RoomChange::Add {
        person,
        whole_history: true,
    };
    town.change(ANN, room, add);
    town.restart_all();
    town.connect(ANN, EVE);
    let shown = town.shown(EVE, room).map(|shown| shown.standing);
    assert_eq!(shown, Some(Joined));
    assert!(town.room(EVE, room).holds(id));
}
