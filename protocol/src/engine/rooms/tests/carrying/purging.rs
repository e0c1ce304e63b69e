//! Purges: what nobody needs any more is kept by nobody, and nobody else's mail can be purged.

use super::*;
use crate::domain::Domain;
use crate::record::Change;

/// What Ann wrote to Cat, as it travels, kept by Ben, who is a stranger to both.
fn on_its_way() -> (Town, ConversationId, Vec<u8>) {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    town.pass_by(ANN, BEN);
    let id = town.envelopes_of(ANN)[0];
    let envelope = town.envelope(BEN, id);
    (town, conversation, envelope)
}

fn purges(frames: &[CarryFrame]) -> Vec<[u8; 32]> {
    let mut shown = Vec::new();
    for frame in frames {
        if let CarryFrame::Purge(preimages) = frame {
            shown.extend(preimages);
        }
    }
    shown
}

#[test]
fn what_was_opened_is_kept_by_no_carrier_and_whoever_brings_it_again_is_shown_why() {
    let (mut town, _, bytes) = on_its_way();
    let envelope = Envelope::from_bytes(&bytes).unwrap();
    town.pass_by(BEN, CAT);
    assert_eq!(town.kept(BEN).carried, []);
    for who in [BEN, CAT] {
        town.restart(who);
        town.carry(who);
        let stranger = town.stranger(who, 1);
        // Offered or handed over, it is all the same.
        let offer = CarryFrame::Offer(vec![offered(&envelope, true)]);
        for frame in [offer, handed(&bytes)] {
            let told = town.tell(stranger, &frame);
            let shown = purges(&told);
            assert_eq!(shown.len(), 1, "{told:?}");
            assert_eq!(Domain::Purge.hash(&[&shown[0]]), envelope.header().purge);
            assert_eq!(told.len(), 1, "nothing is asked for: {told:?}");
        }
        assert_eq!(town.kept(who).carried, []);
        assert_eq!(town.kept(who).tombstones.len(), 1);
    }
}

#[test]
fn a_purge_goes_on_to_all_who_keep_it_and_comes_back_from_none() {
    let (mut town, conversation) = strangers_between(3);
    town.write(ANN, conversation, "hello");
    for other in [BEN, DAN, 4] {
        town.pass_by(ANN, other);
        assert_eq!(town.for_others(other).len(), 1);
    }
    town.pass_by(CAT, BEN);
    for (one, other) in [(BEN, DAN), (4, DAN)] {
        town.pass_by(one, other);
    }
    for other in [BEN, DAN, 4] {
        assert_eq!(town.for_others(other), [], "{other}");
    }
    // Ann hears so too, and gives it to nobody any more.
    town.pass_by(ANN, 4);
    assert_eq!(town.kept(ANN).carried, []);
    assert_eq!(town.for_others(4), []);
}

#[test]
fn what_purges_nothing_changes_nothing_and_is_not_remembered() {
    let (mut town, conversation, bytes) = on_its_way();
    let envelope = Envelope::from_bytes(&bytes).unwrap();
    let before = town.kept(BEN).carried.clone();
    let stranger = town.stranger(BEN, 1);
    let hash = envelope.header().purge;
    let twice = Domain::Purge.hash(&[&hash]);
    let id = *envelope.id().as_bytes();
    let told = town.tell(
        stranger,
        &CarryFrame::Purge(vec![hash, twice, id, [0; 32], [1; 32]]),
    );
    assert_eq!(told, []);
    assert_eq!(town.kept(BEN).carried, before);
    assert_eq!(town.kept(BEN).tombstones, []);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
}

#[test]
fn a_member_of_a_room_cannot_purge_what_others_have_yet_to_read() {
    let mut town = carriers(Town::knowing(4, &[(ANN, CAT), (ANN, DAN), (CAT, DAN)]));
    town.connect(ANN, CAT);
    town.connect(ANN, DAN);
    let room = town.make_room(ANN, "Garden", &[CAT, DAN]);
    town.disconnect_all();
    town.expect_faults();
    town.write(ANN, room, "one");
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, room), ["one"]);
    // All that Cat's device came to know that could be a preimage.
    let known: Vec<[u8; 32]> = {
        let cat = town.kept(CAT);
        let graves = cat.tombstones.iter().map(|tombstone| tombstone.preimage);
        let chains = cat.receiver_chains.iter();
        let chains = chains.flat_map(|chain| chain.state.expose().windows(32));
        let chains = chains.filter_map(|window| window.try_into().ok());
        graves.chain(chains).collect()
    };
    assert!(known.len() > 100);
    let as_cat = town.posing(BEN, CAT);
    for some in known.chunks(1024) {
        town.tell(as_cat, &CarryFrame::Purge(some.to_vec()));
    }
    town.pass_by(BEN, DAN);
    assert_eq!(town.texts(DAN, room), ["one"]);
}

#[test]
fn what_was_given_up_is_carried_no_more() {
    let (mut town, conversation, _) = on_its_way();
    town.cancel(ANN, conversation, 1);
    assert_eq!(town.kept(ANN).deposits, []);
    town.pass_by(ANN, BEN);
    assert_eq!(town.for_others(BEN), []);
}

#[test]
fn what_is_for_nobody_in_a_room_any_more_is_carried_no_more() {
    let mut town = carriers(Town::of(4));
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[CAT, DAN]);
    town.disconnect_all();
    town.write(ANN, room, "hello");
    let envelope = town
        .kept(ANN)
        .deposits
        .iter()
        .find(|deposit| deposit.enclosed.is_some());
    let envelope = envelope.unwrap().envelope;
    town.pass_by(ANN, BEN);
    assert!(town.for_others(BEN).contains(&envelope));
    for (whom, is_over) in [(CAT, false), (DAN, true)] {
        let person = town.person(whom);
        town.change(ANN, room, crate::engine::RoomChange::Remove { person });
        assert_eq!(!town.envelopes_of(ANN).contains(&envelope), is_over);
    }
    town.pass_by(ANN, BEN);
    assert!(!town.for_others(BEN).contains(&envelope));
}

#[test]
fn a_copy_with_another_purge_hash_is_another_envelope_and_its_purge_drops_that_alone() {
    let (mut town, conversation, bytes) = on_its_way();
    let envelope = Envelope::from_bytes(&bytes).unwrap();
    let preimage = [7; 32];
    let header = Header {
        purge: Domain::Purge.hash(&[&preimage]),
        ..*envelope.header()
    };
    let copy = Envelope::assemble(&header, envelope.ciphertext().to_vec()).unwrap();
    let stranger = town.stranger(BEN, 1);
    town.hand_over(stranger, copy.as_bytes());
    assert_eq!(town.for_others(BEN).len(), 2);
    town.tell(stranger, &CarryFrame::Purge(vec![preimage]));
    assert_eq!(town.for_others(BEN), [envelope.id()]);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
}

#[test]
fn a_letter_that_tells_nothing_of_ours_is_no_deposit_once_it_was_opened() {
    let (mut town, _, _) = on_its_way();
    town.pass_by(BEN, CAT);
    town.wait(2_000);
    assert_eq!(town.kept(CAT).deposits.len(), 1, "that it came");
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, ANN);
    town.pass_by(BEN, CAT);
    assert_eq!(town.kept(CAT).deposits, []);
    assert_eq!(town.kept(CAT).carried, []);
}

#[test]
fn what_was_opened_and_never_acknowledged_is_sealed_again_when_its_time_is_over() {
    let (mut town, conversation, _) = on_its_way();
    town.neighbour(BEN, CAT);
    town.pass_by(ANN, BEN);
    town.disconnect_all();
    town.part(BEN, CAT);
    assert_eq!(town.kept(ANN).carried, [], "it is said to have come");
    assert_eq!(town.kept(ANN).deposits.len(), 1);
    // Cat's word that it came is lost: nobody carries it.
    town.wait_alone(ANN, millis(7 * DAY) - 1);
    assert_eq!(town.kept(ANN).deposits.len(), 1);
    town.mail();
    town.restart(ANN);
    town.carry(ANN);
    assert!(town.mail().is_empty());
    town.wait_alone(ANN, 1);
    assert_eq!(town.mail().len(), 1, "sealed again");
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, CAT);
    town.wait(2_000);
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, ANN);
    assert_eq!(
        town.state(ANN, conversation, CAT, 1),
        DeliveryState::Delivered
    );
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
    let mut left = town.kept(ANN).deposits.iter();
    assert!(left.all(|deposit| deposit.enclosed.is_none()));
}

#[test]
fn what_was_taken_is_stored_before_anybody_hears_that_it_is_needed_no_longer() {
    let (mut town, _, bytes) = on_its_way();
    let stranger = town.stranger(CAT, 1);
    let (link, now) = (stranger.link(), town.now(CAT));
    let engine = town.engine(CAT);
    let bytes = handed(&bytes).to_bytes();
    engine.handle(crate::engine::Input::Frame { link, bytes }, now);
    let mut outputs = Vec::new();
    while let Some((step, output)) = engine.poll() {
        outputs.push((step, output));
    }
    let step_of = |is_it: &dyn Fn(&crate::engine::Output) -> bool| {
        let found = outputs.iter().find(|(_, output)| is_it(output));
        found.unwrap().0
    };
    use crate::engine::{Effect, Output};
    let stored = step_of(&|output| matches!(output, Output::Persist(Change::InsertOperation(_))));
    let told = step_of(&|output| matches!(output, Output::Effect(Effect::Send { .. })));
    assert!(stored <= told);
    assert_eq!(
        stored,
        step_of(&|output| matches!(output, Output::Persist(Change::PutTombstone(_))))
    );
}
