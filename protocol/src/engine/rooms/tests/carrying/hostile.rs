//! Neighbours who change, repeat and reorder what they carry, or say what makes no sense.

use super::*;
use crate::carry::{Asking, COPIES_MAX, WANTED_MAX};
use crate::engine::carry::{DECOYS, STRANGERS_MAX};
use crate::rng::Rng;

fn begin(seed: u8, ids: impl IntoIterator<Item = EnvelopeId>) -> CarryFrame {
    let mut rng = Rng::from_seed(&[seed; 32]);
    CarryFrame::Begin(Asking::begin(ids, &mut rng).1)
}

#[test]
fn what_a_carrier_makes_of_the_header_of_an_envelope_keeps_it_from_nobody() {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    let id = town.envelopes_of(ANN)[0];
    let bytes = town.envelope(ANN, id);
    let envelope = Envelope::from_bytes(&bytes).unwrap();
    let header = *envelope.header();
    let changed = [
        Header {
            tag: Tag::new([9; 16]),
            ..header
        },
        Header {
            lifetime_hours: header.lifetime_hours - 1,
            ..header
        },
        Header {
            priority: Priority::new(header.priority.byte() ^ 1),
            ..header
        },
        Header {
            purge: [9; 32],
            ..header
        },
    ];
    let stranger = town.stranger(CAT, 1);
    for (count, header) in changed.into_iter().enumerate() {
        let ciphertext = envelope.ciphertext().to_vec();
        let changed = Envelope::assemble(&header, ciphertext).unwrap();
        town.hand_over(stranger, changed.as_bytes());
        assert_eq!(town.texts(CAT, conversation), [""; 0]);
        assert_eq!(town.for_others(CAT).len(), count + 1, "as somebody else's");
    }
    town.hand_over(stranger, &bytes);
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
    // That copy which has its purge hash, and so nobody needs, went with it.
    assert_eq!(town.for_others(CAT).len(), 1);
}

#[test]
fn bytes_that_are_no_envelope_end_the_link_and_nothing_else() {
    let (mut town, _) = strangers_between(1);
    town.expect_faults();
    let good = small(1).to_bytes();
    let mut extended = good.clone();
    extended.push(0);
    for bad in [&[][..], &good[..good.len() - 1], &extended] {
        let stranger = town.stranger(ANN, 1);
        town.hand_over(stranger, bad);
        assert!(!town.is_heard(stranger));
        assert_eq!(town.faults().len(), 1);
    }
    let stranger = town.stranger(ANN, 1);
    let link = stranger.link();
    let bytes = vec![0xff; 9];
    town.hand_input(ANN, crate::engine::Input::Frame { link, bytes });
    assert!(!town.is_heard(stranger));
    assert_eq!(town.kept(ANN).carried, []);
}

#[test]
fn who_compares_out_of_turn_is_heard_no_longer() {
    let (mut town, _) = strangers_between(1);
    town.expect_faults();
    let ask = |seed| {
        let CarryFrame::Begin(bytes) = begin(seed, []) else {
            panic!("the first step");
        };
        CarryFrame::Compare(bytes)
    };
    let out_of_turn = [
        vec![ask(1)],
        vec![CarryFrame::Compared(Vec::new())],
        vec![CarryFrame::Begin(Vec::new())],
        vec![CarryFrame::Begin(vec![0; 40_000])],
        vec![begin(1, []), ask(1)],
        vec![begin(1, []), begin(2, [])],
    ];
    for frames in out_of_turn {
        let stranger = town.stranger(ANN, 1);
        for frame in &frames {
            assert!(town.is_heard(stranger));
            town.tell(stranger, frame);
        }
        assert!(!town.is_heard(stranger), "{frames:?}");
        assert_eq!(town.faults().len(), 1);
    }
}

#[test]
fn who_is_asked_does_not_ask_on_the_same_link() {
    let (mut town, _) = strangers_between(1);
    town.expect_faults();
    town.neighbour(ANN, BEN);
    town.slip_frame(ANN, BEN, &begin(1, []));
    assert!(!town.are_neighbours(ANN, BEN));
    assert_eq!(town.faults().len(), 1);
}

#[test]
fn two_who_stay_compare_anew_every_ten_minutes_and_nobody_sooner_than_every_half() {
    let (mut town, _) = strangers_between(1);
    town.expect_faults();
    town.neighbour(ANN, BEN);
    for _ in 0..3 {
        let before = town.frames(ANN);
        town.wait(millis(10 * HOUR / 60) - 1);
        assert_eq!(town.frames(ANN), before);
        town.wait(1);
        assert!(town.frames(ANN) > before);
    }
    assert_eq!(town.faults(), [""; 0]);
    let stranger = town.stranger(ANN, 1);
    town.tell(stranger, &begin(1, []));
    town.wait(30_000);
    town.tell(stranger, &begin(2, []));
    assert!(town.is_heard(stranger));
    town.wait(29_999);
    town.tell(stranger, &begin(3, []));
    assert!(!town.is_heard(stranger));
}

#[test]
fn who_comes_again_and_again_to_compare_is_not_answered_for_ever() {
    let (mut town, _) = strangers_between(1);
    town.expect_faults();
    let mut answered = 0;
    for seed in 0..=u8::MAX {
        let stranger = town.stranger(ANN, 1);
        let told = town.tell(stranger, &begin(seed, []));
        answered += told.len();
        if town.is_heard(stranger) {
            town.hang_up(stranger);
        }
    }
    assert!((1..=128).contains(&answered), "{answered}");
    // Whoever waits is answered.
    town.wait(millis(HOUR));
    let stranger = town.stranger(ANN, 1);
    assert_eq!(town.tell(stranger, &begin(0, [])).len(), 1);
}

#[test]
fn frames_of_a_neighbour_in_any_order_and_again_change_nothing_that_counts() {
    // All that went over the links between three, in order.
    let (mut town, conversation) = strangers_between(1);
    town.expect_faults();
    town.neighbour(ANN, BEN);
    town.neighbour(BEN, CAT);
    for n in 0..4 {
        town.write(ANN, conversation, &format!("{n}"));
        town.write(CAT, conversation, &format!("{n} from Cat"));
        town.wait(2_000);
    }
    let frames = town.tap.as_ref().unwrap().frames.clone();
    let frames: Vec<CarryFrame> = frames
        .iter()
        .filter_map(|frame| CarryFrame::from_bytes(frame).ok())
        .collect();
    assert!(frames.len() > 20);
    let texts = town.texts(CAT, conversation);
    let mut rng = Rng::from_seed(&[5; 32]);
    for round in 0..12_u16 {
        let mut order: Vec<usize> = (0..frames.len()).collect();
        if round > 0 {
            order.sort_by_cached_key(|_| rng.bytes::<8>());
        }
        for to in [ANN, BEN, CAT] {
            let mut stranger = town.stranger(to, round);
            for at in &order {
                if !town.is_heard(stranger) {
                    stranger = town.stranger(to, round);
                }
                town.tell(stranger, &frames[*at]);
            }
        }
        for who in [ANN, CAT] {
            assert_eq!(town.texts(who, conversation), texts);
        }
    }
    for who in [ANN, BEN, CAT] {
        assert_eq!(town.for_others(who), [], "{who}: all of it was purged");
    }
    town.write(ANN, conversation, "more");
    assert!(town.texts(CAT, conversation).contains(&"more".to_owned()));
}

#[test]
fn so_many_strangers_are_neighbours_at_once_and_one_more_is_not_while_a_contact_always_is() {
    let (mut town, _) = friend_between();
    let most = u16::try_from(STRANGERS_MAX).unwrap();
    let strangers: Vec<Stranger> = (0..most).map(|number| town.stranger(ANN, number)).collect();
    assert!(strangers.iter().all(|one| town.is_heard(*one)));
    let one_more = town.stranger(ANN, most);
    assert!(!town.is_heard(one_more));
    town.neighbour(BEN, ANN);
    assert!(town.are_neighbours(ANN, BEN));
    town.hang_up(strangers[0]);
    let one_more = town.stranger(ANN, most);
    assert!(town.is_heard(one_more));
}

#[test]
fn what_only_we_can_read_is_asked_for_among_so_many_others() {
    for others in [DECOYS - 1, DECOYS, DECOYS + 1] {
        let (mut town, conversation) = strangers_between(1);
        town.write(ANN, conversation, "hello");
        let id = town.envelopes_of(ANN)[0];
        let bytes = town.envelope(ANN, id);
        let letter = Envelope::from_bytes(&bytes).unwrap();
        let stranger = town.stranger(CAT, 1);
        let others: Vec<Envelope> = (0..others)
            .map(|number| small(u16::try_from(number).unwrap()))
            .collect();
        let mut offers: Vec<Offered> = others.iter().map(|other| offered(other, false)).collect();
        assert_eq!(town.tell(stranger, &CarryFrame::Offer(offers.clone())), []);
        offers.push(offered(&letter, false));
        let told = town.tell(stranger, &CarryFrame::Offer(offers));
        let [CarryFrame::Want(wanted)] = &told[..] else {
            panic!("{told:?}");
        };
        assert!(wanted.contains(&id));
        assert_eq!(wanted.len(), others.len().min(DECOYS) + 1);
        assert!(wanted.is_sorted(), "its place tells nothing");
        // None of those is kept: they are not given.
        for envelope in others.iter().chain([&letter]) {
            let CarryFrame::Carry(mut carried) = handed(envelope.as_bytes()) else {
                panic!("an envelope");
            };
            carried.is_given = false;
            town.tell(stranger, &CarryFrame::Carry(carried));
        }
        assert_eq!(town.texts(CAT, conversation), ["hello"]);
        assert_eq!(town.kept(CAT).carried, []);
    }
}

#[test]
fn who_asks_for_one_envelope_again_and_again_uses_up_what_is_for_one() {
    let (mut town, conversation) = strangers_between(1);
    town.write(ANN, conversation, "hello");
    let id = town.envelopes_of(ANN)[0];
    let stranger = town.stranger(ANN, 1);
    let left: Vec<u8> = (0..9)
        .map(|_| {
            town.tell(stranger, &CarryFrame::Want(vec![id; WANTED_MAX]));
            town.kept(ANN).carried[0].copies
        })
        .collect();
    assert!((1..COPIES_MAX).contains(&left[0]), "{left:?}");
    assert_eq!(left, [left[0]; 9]);
}
