use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::secrets::SECRET_LIFETIME;
use super::tags::{Seen, Sent};
use super::*;
use crate::id::ConversationId;
use crate::identity::keys::weak;
use crate::rng::Rng;
use crate::session::HELD_SECRETS_MAX;

const START: WallTime = WallTime::from_millis(1_700_000_000_000);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// The lower of the two proposes.
const ANN: DeviceId = DeviceId::new([1; 32]);
const BEN: DeviceId = DeviceId::new([2; 32]);

fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

fn contact_secret(seed: u8) -> ContactSecret {
    ContactSecret::agree((ANN, &[seed; 32]), (BEN, &[seed; 32]))
}

fn met(own: DeviceId, peer: DeviceId) -> Pair {
    let mut pair = Pair::new(own, peer);
    pair.agree(contact_secret(7), START);
    pair
}

fn ann() -> Pair {
    met(ANN, BEN)
}

fn ben() -> Pair {
    met(BEN, ANN)
}

fn again(pair: &Pair) -> Pair {
    Pair::from_bytes(&pair.to_bytes()).unwrap()
}

/// Where an envelope would be found.
fn found(pair: &Pair, tag: Tag) -> Option<Awaited> {
    let mut awaited = pair.awaited();
    awaited.find(|(other, _)| *other == tag).map(|(_, at)| at)
}

/// Has one open what the other sealed.
fn deliver(to: &mut Pair, sent: &Outgoing, now: WallTime, rng: &mut Rng) {
    let at = found(to, sent.tag).expect("an envelope that is awaited");
    assert_eq!(to.secret(at), Some(sent.secret.clone()));
    let ratchet = sent.ratchet.map_or(0, |key| key.number);
    if let Some(key) = sent.ratchet {
        let kept = to
            .reserved()
            .secret(key.number)
            .expect("a key that is kept");
        assert_eq!(kept.public(), key.public);
    }
    to.opened(at, ratchet, now);
    to.hear(&sent.news, now, rng).unwrap();
}

#[test]
fn each_finds_the_others_envelopes_in_any_order_and_each_tag_is_of_one() {
    let (mut ann, mut ben, mut rng) = (ann(), ben(), rng(1));
    let sent: Vec<Outgoing> = (0..TAG_WINDOW)
        .map(|_| ann.send(None, START, &mut rng).unwrap())
        .collect();
    let tags: BTreeSet<Tag> = sent.iter().map(|sent| sent.tag).collect();
    assert_eq!(tags.len(), sent.len());
    for sent in sent.iter().rev() {
        assert!(found(&ann, sent.tag).is_none(), "one's own");
        deliver(&mut ben, sent, START, &mut rng);
        assert!(found(&ben, sent.tag).is_none(), "once");
    }
    let back = ben.send(None, START, &mut rng).unwrap();
    assert!(!tags.contains(&back.tag));
    deliver(&mut ann, &back, START, &mut rng);
}

#[test]
fn a_sender_waits_where_the_recipient_would_not_look_any_more() {
    let (mut ann, mut ben, mut rng) = (ann(), ben(), rng(1));
    let first = ann.send(None, START, &mut rng).unwrap();
    for _ in 1..TAG_WINDOW {
        ann.send(None, START, &mut rng).unwrap();
    }
    assert!(ann.send(None, START, &mut rng).is_none(), "max + 1");
    // One that came makes room for one.
    deliver(&mut ben, &first, START, &mut rng);
    let back = ben.send(None, START, &mut rng).unwrap();
    deliver(&mut ann, &back, START, &mut rng);
    let lost = ann.send(None, START, &mut rng).unwrap();
    assert!(ann.send(None, START, &mut rng).is_none());
    // All the others are lost. In a session the two come to terms.
    let news = ann.tell(START, &mut rng);
    assert_eq!(ben.hear(&news, START, &mut rng), Ok(true));
    assert_eq!(ben.hear(&news, START, &mut rng), Ok(false));
    let news = ben.tell(START, &mut rng);
    ann.hear(&news, START, &mut rng).unwrap();
    for _ in 0..TAG_WINDOW {
        let anew = ann.send(None, START, &mut rng).unwrap();
        assert_ne!(anew.tag, lost.tag);
        deliver(&mut ben, &anew, START, &mut rng);
    }
    assert!(found(&ben, lost.tag).is_none(), "too far below now");
}

#[test]
fn what_a_recipient_cannot_have_seen_makes_no_room() {
    let mut sent = Sent::default();
    assert_eq!(sent.next(), Some(1));
    sent.acknowledge(u64::MAX);
    sent.acknowledge(2);
    for counter in 2..=TAG_WINDOW {
        assert_eq!(sent.next(), Some(counter));
    }
    assert_eq!(sent.next(), None);
    sent.acknowledge(3);
    sent.acknowledge(1);
    assert_eq!((sent.next(), sent.next()), (Some(65), Some(66)));
}

proptest! {
    #[test]
    fn what_was_seen_is_awaited_no_more_and_all_else_within_reach_is(steps in prop::collection::vec(0..128_usize, 0..200)) {
        let (mut seen, mut model) = (Seen::default(), BTreeSet::new());
        for step in steps {
            let awaited: Vec<u64> = seen.awaited().collect();
            let counter = awaited[step % awaited.len()];
            seen.note(counter);
            model.insert(counter);
            let highest = *model.last().unwrap();
            prop_assert_eq!(seen.highest(), highest);
            let lowest = (highest + 1).saturating_sub(TAG_WINDOW).max(1);
            let expected: Vec<u64> = (lowest..=highest + TAG_WINDOW).filter(|c| !model.contains(c)).collect();
            prop_assert_eq!(seen.awaited().collect::<Vec<_>>(), expected);
        }
    }
}

#[test]
fn a_ratchet_key_is_told_until_something_comes_or_it_is_a_week_old() {
    let (mut keys, mut rng) = (ReservedKeys::default(), rng(1));
    assert_eq!(keys.offer(START, &mut rng).number, 1);
    let just_before = START.after(RATCHET_LIFETIME - Duration::from_millis(1));
    assert_eq!(keys.offer(just_before, &mut rng).number, 1);
    assert_eq!(
        keys.offer(START.after(RATCHET_LIFETIME), &mut rng).number,
        2
    );
    // Whatever key it was sealed to: by what is told now, nobody reads who took this device before.
    keys.used(1);
    let third = keys.offer(START.after(RATCHET_LIFETIME), &mut rng);
    assert_eq!(third.number, 3);
    assert_eq!(keys.secret(3).unwrap().public(), third.public);
    // A clock that goes back makes no key that stays for years.
    assert_eq!(keys.offer(START, &mut rng).number, 4);
}

#[test]
fn eight_keys_may_wait_to_be_used_and_sixty_four_be_kept() {
    let (mut keys, mut rng, mut now) = (ReservedKeys::default(), rng(1), START);
    let most = u64::try_from(RATCHET_OUTSTANDING_MAX).unwrap();
    for number in 1..=most {
        assert_eq!(keys.offer(now, &mut rng).number, number);
        now = now.after(RATCHET_LIFETIME);
    }
    assert_eq!(keys.offer(now, &mut rng).number, most, "max + 1");
    let kept = u64::try_from(RATCHET_KEYS_MAX).unwrap();
    for number in most..kept {
        keys.used(number);
        assert_eq!(keys.offer(now, &mut rng).number, number + 1);
    }
    assert!(keys.secret(1).is_some());
    keys.used(kept);
    keys.offer(now, &mut rng);
    assert!(keys.secret(1).is_none(), "max + 1");
    assert!(keys.secret(2).is_some());
}

#[test]
fn a_key_is_erased_when_the_offline_window_after_its_replacement_has_ended() {
    let (mut keys, mut rng) = (ReservedKeys::default(), rng(1));
    keys.offer(START, &mut rng);
    keys.used(1);
    assert!(
        !keys.erase_past(START.after(OFFLINE_WINDOW + OFFLINE_WINDOW)),
        "in use"
    );
    keys.offer(START, &mut rng);
    let end = START.after(OFFLINE_WINDOW);
    assert!(!keys.erase_past(START.after(OFFLINE_WINDOW - Duration::from_millis(1))));
    assert!(keys.secret(1).is_some());
    assert!(keys.erase_past(end));
    assert!(keys.secret(1).is_none());
    assert!(keys.secret(2).is_some());
}

#[test]
fn keys_replaced_while_the_clock_was_ahead_go_a_window_after_it_is_right_again() {
    let (mut keys, mut rng) = (ReservedKeys::default(), rng(1));
    let ahead = START.after(DAY * 10_000);
    keys.offer(ahead, &mut rng);
    keys.used(1);
    keys.offer(ahead, &mut rng);
    assert!(!keys.erase_past(START));
    assert!(keys.erase_past(START.after(OFFLINE_WINDOW)));
}

#[test]
fn a_lower_key_of_the_others_never_replaces_a_higher_and_an_unfit_one_changes_nothing() {
    let (mut ann, mut rng) = (ann(), rng(1));
    let key = |number, secret| RatchetKey {
        number,
        public: crate::identity::AgreementSecret::from_bytes(&[secret; 32]).public(),
    };
    let told = |ratchet| PairNews {
        ratchet: Some(ratchet),
        ..PairNews::default()
    };
    ann.hear(&told(key(0, 5)), START, &mut rng).unwrap();
    assert_eq!(ann.send(None, START, &mut rng).unwrap().ratchet, None);
    ann.hear(&told(key(3, 5)), START, &mut rng).unwrap();
    for (number, secret) in [(2, 6), (3, 7)] {
        ann.hear(&told(key(number, secret)), START, &mut rng)
            .unwrap();
        assert_eq!(
            ann.send(None, START, &mut rng).unwrap().ratchet,
            Some(key(3, 5))
        );
    }
    for public in weak::agreement() {
        let refused = PairNews {
            seen: Some((contact_secret(7).id, 2)),
            ..told(RatchetKey { number: 9, public })
        };
        let before = ann.to_bytes();
        assert_eq!(ann.hear(&refused, START, &mut rng), Err(IdentityError::Key));
        assert_eq!(ann.to_bytes(), before);
    }
}

#[test]
fn after_a_week_the_two_agree_on_another_secret_and_use_it_once_both_have_it() {
    let (mut ann, mut ben, mut rng) = (ann(), ben(), rng(1));
    assert!(ann.tell(START, &mut rng).proposal.is_none());
    let now = START.after(SECRET_LIFETIME);
    assert!(
        ben.tell(now, &mut rng).proposal.is_none(),
        "the lower proposes"
    );
    let proposal = ann.send(None, now, &mut rng).unwrap();
    let old = proposal.secret.clone();
    deliver(&mut ben, &proposal, now, &mut rng);
    let answer = ben.send(None, now, &mut rng).unwrap();
    assert_eq!(answer.secret, old, "until the other is seen to have it");
    deliver(&mut ann, &answer, now, &mut rng);
    let first = ann.send(None, now, &mut rng).unwrap();
    assert_ne!(first.secret, old);
    deliver(&mut ben, &first, now, &mut rng);
    assert_eq!(ben.send(None, now, &mut rng).unwrap().secret, first.secret);
    assert!(ann.tell(now, &mut rng).proposal.is_none());
}

fn introduction(room: u8) -> ContactSecret {
    ContactSecret::introduction(ConversationId::new([room; 32]), &[4; 32], BEN, ANN)
}

fn introduced(own: DeviceId, peer: DeviceId, rooms: impl IntoIterator<Item = u8>) -> Pair {
    let mut pair = Pair::new(own, peer);
    let rooms = rooms.into_iter().map(introduction).collect();
    assert!(pair.introduce(rooms, START));
    pair
}

#[test]
fn two_who_share_nothing_seal_nothing() {
    let mut pair = Pair::new(ANN, BEN);
    assert!(pair.send(None, START, &mut rng(1)).is_none());
    assert_eq!(pair.awaited().count(), 0);
}

#[test]
fn two_who_were_introduced_agree_on_a_secret_of_their_own_at_once() {
    let mut ann = introduced(ANN, BEN, [1, 2]);
    let mut ben = introduced(BEN, ANN, [2, 3]);
    let (mut rng, common) = (rng(1), Some(introduction(2).id));
    let hello = ben.send(common, START, &mut rng).unwrap();
    assert_eq!(hello.secret, introduction(2).key);
    deliver(&mut ann, &hello, START, &mut rng);
    let proposal = ann.send(common, START, &mut rng).unwrap();
    deliver(&mut ben, &proposal, START, &mut rng);
    let answer = ben.send(common, START, &mut rng).unwrap();
    deliver(&mut ann, &answer, START, &mut rng);
    let own = ann.send(common, START, &mut rng).unwrap();
    assert!((1..4).all(|room| own.secret != introduction(room).key));
    deliver(&mut ben, &own, START, &mut rng);
    // What is still under way comes, and nothing later.
    let back = ben.send(common, START, &mut rng).unwrap();
    assert_eq!(back.secret, own.secret);
    deliver(&mut ann, &back, START, &mut rng);
    assert!(!ben.introduce(vec![introduction(4)], START));
    let late = ann.awaited().any(|(_, at)| at.secret == introduction(2).id);
    assert!(late);
    assert!(ann.erase_past(START.after(OFFLINE_WINDOW)));
    let late = ann.awaited().any(|(_, at)| at.secret == introduction(2).id);
    assert!(!late);
}

#[test]
fn two_are_introduced_by_the_same_sixteen_of_the_rooms_that_both_are_in() {
    let most = u8::try_from(INTRODUCTIONS_MAX).unwrap();
    let rooms = |pair: &Pair| -> BTreeSet<_> { pair.awaited().map(|(_, at)| at.secret).collect() };
    let mut ann = introduced(ANN, BEN, 0..most);
    assert_eq!(rooms(&ann).len(), INTRODUCTIONS_MAX, "max");
    let both: Vec<u8> = (0..=most).collect();
    ann.introduce(both.iter().copied().map(introduction).collect(), START);
    let ben = introduced(BEN, ANN, both.iter().rev().copied());
    assert_eq!(rooms(&ann), rooms(&ben), "max + 1");
    assert_eq!(rooms(&ann).len(), INTRODUCTIONS_MAX);
    // Whoever leaves rooms makes room for others.
    let later = vec![introduction(40)];
    assert!(ann.introduce(later.clone(), START));
    assert!(!ann.introduce(later, START), "again");
    assert_eq!(rooms(&ann), BTreeSet::from([introduction(40).id]));
    let under = |pair: &mut Pair, room| pair.send(Some(introduction(room).id), START, &mut rng(1));
    assert!(under(&mut ann, 40).is_some());
    assert!(
        under(&mut ann, 0).is_none(),
        "under no other than was asked"
    );
}

#[test]
fn what_answers_an_introduction_goes_under_the_one_that_the_other_used() {
    let mut ann = introduced(ANN, BEN, [1, 2, 3]);
    let mut ben = introduced(BEN, ANN, [2]);
    let mut rng = rng(1);
    let hello = ben.send(None, START, &mut rng).unwrap();
    deliver(&mut ann, &hello, START, &mut rng);
    let back = ann.send(None, START, &mut rng).unwrap();
    deliver(&mut ben, &back, START, &mut rng);
}

fn awaits(pair: &Pair, secret: &ContactSecret) -> bool {
    pair.awaited().any(|(_, at)| at.secret == secret.id)
}

#[test]
fn a_secret_that_was_replaced_is_kept_for_the_offline_window_since_the_other_used_the_next() {
    let (mut ann, mut ben, mut rng) = (ann(), ben(), rng(1));
    let (first, second) = (contact_secret(7), contact_secret(8));
    ann.agree(second.clone(), START);
    ann.agree(second.clone(), START);
    // The other may go on sealing under it for as long as it is silent.
    let later = START.after(OFFLINE_WINDOW);
    assert!(!ann.erase_past(later));
    let late = ben.send(None, later, &mut rng).unwrap();
    assert_eq!(late.secret, first.key);
    deliver(&mut ann, &late, later, &mut rng);
    ben.agree(second.clone(), later);
    let sent = ben.send(None, later, &mut rng).unwrap();
    assert_eq!(sent.secret, second.key);
    deliver(&mut ann, &sent, later, &mut rng);
    assert!(!ann.erase_past(later.after(OFFLINE_WINDOW - Duration::from_millis(1))));
    assert!(awaits(&ann, &first));
    assert!(ann.erase_past(later.after(OFFLINE_WINDOW)));
    assert!(!awaits(&ann, &first));
}

#[test]
fn of_the_secrets_that_were_replaced_four_are_kept() {
    let (mut ann, mut rng) = (ann(), rng(1));
    for seed in 8..8 + u8::try_from(SECRETS_KEPT_MAX).unwrap() {
        ann.agree(contact_secret(seed), START);
    }
    assert!(awaits(&ann, &contact_secret(7)), "max");
    ann.agree(contact_secret(20), START);
    assert!(!awaits(&ann, &contact_secret(7)), "max + 1");
    assert_eq!(
        ann.send(None, START, &mut rng).unwrap().secret,
        contact_secret(20).key
    );
}

#[test]
fn what_an_invite_brought_is_used_once_the_other_is_seen_to_use_it() {
    let (mut ann, mut ben, mut rng) = (ann(), ben(), rng(1));
    let second = contact_secret(8);
    // Ann was the one who invited: her answer may never come to Ben.
    ann.meet(second.clone(), START);
    ann.meet(second.clone(), START);
    let sent = ann.send(None, START, &mut rng).unwrap();
    assert_eq!(sent.secret, contact_secret(7).key);
    deliver(&mut ben, &sent, START, &mut rng);
    assert_eq!(ann.agreed()[0], second, "a session may rest on it");
    ben.agree(second.clone(), START);
    let sent = ben.send(None, START, &mut rng).unwrap();
    deliver(&mut ann, &sent, START, &mut rng);
    let sent = ann.send(None, START, &mut rng).unwrap();
    assert_eq!(sent.secret, second.key);
    // Who has nothing else seals under it: the other is about to have it.
    let mut new = Pair::new(ANN, BEN);
    new.meet(second.clone(), START);
    assert!(!new.is_agreed());
    assert_eq!(new.send(None, START, &mut rng).unwrap().secret, second.key);
}

#[test]
fn of_the_invites_that_the_other_was_not_seen_to_use_as_many_are_waited_for_as_fit_beside_the_rest()
{
    // So many that were in use before, beside the one that is: two invites fit beside most.
    for settled in [0, 1, 1 + u8::try_from(SECRETS_KEPT_MAX).unwrap()] {
        let mut ann = Pair::new(ANN, BEN);
        (1..=settled).for_each(|seed| ann.agree(contact_secret(seed), START));
        let most = u8::try_from(MET_MAX).unwrap() - settled;
        (10..10 + most).for_each(|seed| ann.meet(contact_secret(seed), START));
        assert!(awaits(&ann, &contact_secret(10)), "{settled} max");
        ann.meet(contact_secret(20), START);
        assert!(!awaits(&ann, &contact_secret(10)), "{settled} max + 1");
        assert!(awaits(&ann, &contact_secret(11)), "{settled}");
        assert_eq!(ann.agreed().len(), HELD_SECRETS_MAX - 1);
    }
}

#[test]
fn of_the_invites_that_the_other_used_whichever_it_is_seen_to_use_is_used() {
    let mut ann = ann();
    for seed in [8, 9, 20] {
        ann.meet(contact_secret(seed), START);
    }
    let seals = |pair: &mut Pair| pair.send(None, START, &mut rng(1)).unwrap().secret;
    assert_eq!(seals(&mut ann), contact_secret(7).key);
    ann.confirm(contact_secret(9).id, START);
    assert_eq!(seals(&mut ann), contact_secret(9).key);
    assert_eq!(ann.agreed()[0], contact_secret(20), "it may still come");
    ann.confirm(contact_secret(20).id, START);
    assert_eq!(seals(&mut ann), contact_secret(20).key);
}

#[test]
fn a_session_may_rest_on_what_was_replaced_until_the_offline_window_is_over() {
    let mut ann = ann();
    ann.agree(contact_secret(8), START);
    assert_eq!(ann.agreed(), [contact_secret(8), contact_secret(7)]);
    ann.confirm(contact_secret(8).id, START);
    ann.erase_past(START.after(OFFLINE_WINDOW));
    assert_eq!(ann.agreed(), [contact_secret(8)]);
}

#[test]
fn what_a_session_rests_on_that_was_replaced_is_replaced_again_at_once() {
    let (later, mut rng) = (START.after(SECRET_LIFETIME), rng(1));
    let mut ann = ann();
    ann.agree(contact_secret(8), later);
    ann.confirm(contact_secret(8).id, later);
    assert!(ann.tell(later, &mut rng).proposal.is_none());
    ann.confirm(contact_secret(7).id, later);
    assert_eq!(
        ann.agreed(),
        [contact_secret(7), contact_secret(8)],
        "the other may have nothing else"
    );
    assert!(ann.tell(later, &mut rng).proposal.is_some());
}

#[test]
fn two_whom_invites_that_crossed_took_apart_agree_on_another_secret_in_their_next_session() {
    let mut rng = rng(1);
    let [mut ann, mut ben] = [Pair::new(ANN, BEN), Pair::new(BEN, ANN)];
    // Each uses the other's invite, and of two sessions that cross each rests on another secret.
    ann.agree(contact_secret(9), START);
    ann.meet(contact_secret(8), START);
    ben.agree(contact_secret(8), START);
    ben.meet(contact_secret(9), START);
    ann.confirm(contact_secret(8).id, START);
    ben.confirm(contact_secret(9).id, START);
    let both = [ann, ben];
    assert_session(&both).unwrap();
    let [mut ann, mut ben] = both;
    // Each tells under which it seals.
    let (anns, bens) = (ann.tell(START, &mut rng), ben.tell(START, &mut rng));
    assert!(!ben.compare(&anns), "the lower proposes");
    ben.hear(&anns, START, &mut rng).unwrap();
    assert!(ann.compare(&bens));
    ann.hear(&bens, START, &mut rng).unwrap();
    let proposal = ann.tell(START, &mut rng);
    assert_eq!(ben.hear(&proposal, START, &mut rng), Ok(true));
    let answer = ben.tell(START, &mut rng);
    assert!(!ann.compare(&answer), "it is what was asked for");
    assert_eq!(ann.hear(&answer, START, &mut rng), Ok(true));
    ben.hear(&ann.tell(START, &mut rng), START, &mut rng)
        .unwrap();
    assert_eq!(ann.agreed()[0], ben.agreed()[0]);
    assert!(ann.tell(START, &mut rng).proposal.is_none());
}

#[test]
fn an_answer_from_before_a_pairing_is_not_used_after_it() {
    let (now, mut rng) = (START.after(SECRET_LIFETIME), rng(1));
    // Ben has answered, and never hears that Ann has it.
    let (mut ann, mut ben, _) = renewed(now, &mut rng);
    ann.meet(contact_secret(8), now);
    ben.agree(contact_secret(8), now);
    ann.confirm(contact_secret(8).id, now);
    ben.confirm(contact_secret(8).id, now);
    let later = now.after(SECRET_LIFETIME);
    let proposal = ann.tell(later, &mut rng);
    assert!(proposal.proposal.is_some());
    ben.hear(&proposal, later, &mut rng).unwrap();
    // The reply is lost.
    let current = ann.agreed()[0].clone();
    assert_eq!(current, contact_secret(8));
    let sent = ben.send(None, later, &mut rng).unwrap();
    assert_eq!(sent.secret, current.key);
}

#[test]
fn an_introduction_that_comes_back_counts_on() {
    let mut ann = introduced(ANN, BEN, [1]);
    let mut ben = introduced(BEN, ANN, [1]);
    let mut rng = rng(1);
    let mut tags = BTreeSet::new();
    for _ in 0..5 {
        tags.insert(ann.send(None, START, &mut rng).unwrap().tag);
    }
    ann.introduce(vec![introduction(2)], START);
    ann.introduce(vec![introduction(1), introduction(2)], START);
    let first = Some(introduction(1).id);
    let sent = ann.send(first, START, &mut rng).unwrap();
    assert!(tags.insert(sent.tag), "no tag is used twice");
    deliver(&mut ben, &sent, START, &mut rng);
}

#[test]
fn of_introductions_that_were_used_as_many_again_are_kept_as_may_be() {
    let most = u8::try_from(INTRODUCTIONS_MAX).unwrap();
    let (mut ann, mut rng) = (Pair::new(ANN, BEN), rng(1));
    for (round, expected) in [(0, 1), (1, 2), (2, 2)] {
        let rooms: Vec<_> = (round * most..(round + 1) * most)
            .map(introduction)
            .collect();
        ann.introduce(rooms.clone(), START);
        for room in rooms {
            ann.send(Some(room.id), START, &mut rng).unwrap();
        }
        let kept: BTreeSet<_> = ann.awaited().map(|(_, at)| at.secret).collect();
        assert_eq!(kept.len(), expected * INTRODUCTIONS_MAX, "{round}");
    }
    assert!(ann.to_bytes().len() <= PAIR_BYTES_MAX);
}

#[test]
fn whoever_has_an_introduction_seals_under_it_while_an_answer_is_under_way() {
    let mut ann = introduced(ANN, BEN, [1]);
    let mut ben = introduced(BEN, ANN, [1]);
    let mut rng = rng(1);
    ann.meet(contact_secret(8), START);
    let sent = ann.send(None, START, &mut rng).unwrap();
    deliver(&mut ben, &sent, START, &mut rng);
}

/// Two who come to another secret in one exchange; and what the lower tells last.
fn renewed(now: WallTime, rng: &mut Rng) -> (Pair, Pair, PairNews) {
    let (mut ann, mut ben) = (ann(), ben());
    let proposal = ann.tell(now, rng);
    assert_eq!(ben.hear(&proposal, now, rng), Ok(true), "the answer is due");
    let answer = ben.tell(now, rng);
    assert_eq!(ann.hear(&answer, now, rng), Ok(true), "it came");
    let concluded = ann.tell(now, rng);
    (ann, ben, concluded)
}

#[test]
fn two_in_a_session_come_to_another_secret_in_one_exchange() {
    let (now, mut rng) = (START.after(SECRET_LIFETIME), rng(1));
    let (ann, mut ben, concluded) = renewed(now, &mut rng);
    let old = contact_secret(7);
    let seals = |pair: &mut Pair| pair.send(None, now, &mut self::rng(2)).unwrap().secret;
    assert_eq!(seals(&mut ben), old.key, "until Ann is seen to have it");
    assert_eq!(ben.hear(&concluded, now, &mut rng), Ok(false));
    assert_eq!(ben.agreed(), ann.agreed());
    assert_eq!(ben.agreed()[1], old);
    assert_ne!(seals(&mut ben), old.key);
}

#[test]
fn whoever_is_told_nothing_of_a_renewal_for_months_is_still_found() {
    let (now, mut rng) = (START.after(SECRET_LIFETIME), rng(1));
    // Ann concluded, and has said nothing since: she reads and never writes.
    let (mut ann, mut ben, _) = renewed(now, &mut rng);
    let later = now.after(OFFLINE_WINDOW * 3);
    ann.erase_past(later);
    let sent = ben.send(None, later, &mut rng).unwrap();
    assert!(found(&ann, sent.tag).is_some());
}

#[test]
fn letters_that_come_late_under_two_secrets_are_not_answered_without_end() {
    let (now, mut rng) = (START.after(SECRET_LIFETIME), rng(1));
    let (mut ann, mut ben) = (ann(), ben());
    // Half a window each way is slow, under the secret that is replaced meanwhile.
    let slow = |pair: &mut Pair, rng: &mut Rng| -> Vec<Outgoing> {
        let letters = (0..TAG_WINDOW / 2).map(|_| pair.send(None, now, rng).unwrap());
        letters.collect()
    };
    let proposal = ann.send(None, now, &mut rng).unwrap();
    deliver(&mut ben, &proposal, now, &mut rng);
    let answer = ben.send(None, now, &mut rng).unwrap();
    let late = [slow(&mut ann, &mut rng), slow(&mut ben, &mut rng)];
    deliver(&mut ann, &answer, now, &mut rng);
    let first = ann.send(None, now, &mut rng).unwrap();
    deliver(&mut ben, &first, now, &mut rng);
    let [of_ann, of_ben] = late;
    for (of_ann, of_ben) in of_ann.iter().zip(&of_ben) {
        deliver(&mut ben, of_ann, now, &mut rng);
        deliver(&mut ann, of_ben, now, &mut rng);
    }
    let mut said = 0;
    while ann.is_due_to_tell() || ben.is_due_to_tell() {
        for (from, to) in [(0, 1), (1, 0)] {
            let pairs = [&mut ann, &mut ben];
            if pairs[from].is_due_to_tell() {
                let news = pairs[from].send(None, now, &mut rng).unwrap();
                deliver(pairs[to], &news, now, &mut rng);
                said += 1;
            }
        }
        assert!(said <= 4, "they answer each other without end");
    }
    assert!(said > 0);
}

#[test]
fn half_of_what_may_be_under_way_is_left_for_letters_of_our_persons() {
    let (mut ann, mut rng) = (ann(), rng(1));
    for _ in 0..TAG_WINDOW / 2 {
        assert!(ann.may_hand_over(None));
        ann.send(None, START, &mut rng).unwrap();
    }
    assert!(!ann.may_hand_over(None));
    assert!(ann.send(None, START, &mut rng).is_some());
}

#[test]
fn a_card_is_shown_once_the_other_says_that_it_has_it() {
    let (mut ann, mut rng) = (ann(), rng(1));
    let knows = |knows| PairNews {
        knows,
        ..PairNews::default()
    };
    for (told, shown) in [(None, 0), (Some(5), 5), (Some(3), 5), (None, 5)] {
        ann.hear(&knows(told), START, &mut rng).unwrap();
        assert_eq!(again(&ann).shown(), shown);
    }
}

#[test]
fn keys_replaced_before_the_clock_was_set_are_kept_for_a_window_since() {
    let mut rng = rng(1);
    let unset = WallTime::from_millis(0);
    let mut keys = ReservedKeys::default();
    keys.offer(unset, &mut rng);
    keys.used(1);
    keys.offer(unset, &mut rng);
    assert!(!keys.erase_past(START));
    assert!(keys.secret(1).is_some());
    assert!(keys.erase_past(START.after(OFFLINE_WINDOW)));
}

#[test]
fn a_pair_with_all_that_it_may_hold_fits_its_encoding_and_prints_no_secret() {
    let (mut ann, mut ben, mut rng, mut now) = (ann(), ben(), rng(1), START);
    for seed in 8..12 {
        ben.agree(contact_secret(seed), now);
        ann.agree(contact_secret(seed), now);
    }
    for _ in 0..=RATCHET_KEYS_MAX {
        now = now.after(RATCHET_LIFETIME);
        let sent = ann.send(None, now, &mut rng).unwrap();
        deliver(&mut ben, &sent, now, &mut rng);
        let back = ben.send(None, now, &mut rng).unwrap();
        deliver(&mut ann, &back, now, &mut rng);
    }
    for pair in [&ann, &ben] {
        let bytes = pair.to_bytes();
        assert!(bytes.len() <= PAIR_BYTES_MAX, "{}", bytes.len());
        assert_eq!(again(pair).to_bytes(), bytes);
        assert!(Pair::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        let printed = format!("{pair:?}");
        assert!(!printed.contains("[9"), "{printed}");
        assert!(!printed.contains("secret: ["), "{printed}");
    }
    assert_eq!(format!("{:?}", Share::generate(&mut rng)), "Share(..)");
}

/// Invites that the two use of each other, beside all else.
const INVITES: usize = 4;

/// What may happen to two who are never online together.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// One seals an envelope, which is kept by whoever carries it.
    Send(bool),
    /// The carrier hands over one of those, for the first time or again.
    Deliver(usize),
    /// One loses all since what was last durable: nothing of it had left.
    Crash(bool),
    /// They meet, and of each it is so whether it hears what is said.
    Meet([bool; 2]),
    /// One uses an invite of the other's: the answer is on its way.
    Invite(bool),
    /// Such an answer arrives.
    Answer(usize),
    /// Two sessions cross: each rests on what the one who is asked holds newest, and may end before it is
    /// heard by either.
    Cross([bool; 4]),
    Days(u8),
    /// One erases what is past.
    Erase(bool),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => any::<bool>().prop_map(Step::Send),
        5 => any::<usize>().prop_map(Step::Deliver),
        1 => any::<bool>().prop_map(Step::Crash),
        1 => any::<[bool; 2]>().prop_map(Step::Meet),
        1 => any::<bool>().prop_map(Step::Invite),
        1 => any::<usize>().prop_map(Step::Answer),
        1 => any::<[bool; 4]>().prop_map(Step::Cross),
        1 => (0..8_u8).prop_map(Step::Days),
        1 => any::<bool>().prop_map(Step::Erase),
    ]
}

/// Whoever dials, there is a secret that both may rest a session on, and no other.
fn assert_session(pairs: &[Pair; 2]) -> Result<(), TestCaseError> {
    let lists = [pairs[0].agreed(), pairs[1].agreed()];
    for list in &lists {
        prop_assert!(list.len() <= HELD_SECRETS_MAX);
    }
    let common = lists[0].iter().find(|secret| lists[1].contains(secret));
    prop_assert!(common.is_some(), "{lists:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever is lost, doubled, late or forgotten in a crash: what one seals within the offline window
    /// of the other's last word, the other finds, and has the keys for.
    #[test]
    fn nothing_that_is_sealed_is_ever_sealed_to_what_the_other_has_not(steps in prop::collection::vec(any_step(), 1..120)) {
        let mut rng = rng(9);
        let mut pairs = [ann(), ben()];
        let mut carried: Vec<(usize, WallTime, Outgoing)> = Vec::new();
        let mut answers: Vec<(usize, ContactSecret)> = Vec::new();
        let mut invited = 0;
        let mut heard: BTreeMap<usize, WallTime> = BTreeMap::from([(0, START), (1, START)]);
        let mut now = START;
        for step in steps {
            match step {
                Step::Send(by_ben) => {
                    let from = usize::from(by_ben);
                    if let Some(sent) = pairs[from].send(None, now, &mut rng) {
                        let to = &pairs[1 - from];
                        // Nothing is promised to who has heard nothing for a window, nor where invites are used
                        // again and again, but that a session brings the two together.
                        if answers.is_empty()
                            && now < heard[&from].after(OFFLINE_WINDOW) {
                            prop_assert!(found(to, sent.tag).is_some());
                            if let Some(key) = sent.ratchet {
                                prop_assert!(to.reserved().secret(key.number).is_some());
                            }
                        }
                        carried.push((1 - from, now, sent));
                    }
                }
                Step::Deliver(which) if !carried.is_empty() => {
                    let which = which % carried.len();
                    let (to, sealed_at, sent) = &carried[which];
                    if let Some(at) = found(&pairs[*to], sent.tag) {
                        let ratchet = sent.ratchet.map_or(0, |key| key.number);
                        pairs[*to].opened(at, ratchet, now);
                        pairs[*to].hear(&sent.news, now, &mut rng).unwrap();
                        let last = heard.get_mut(to).unwrap();
                        *last = (*last).max(*sealed_at);
                    }
                }
                Step::Deliver(_) => {}
                Step::Crash(of_ben) => {
                    let who = usize::from(of_ben);
                    let durable = again(&pairs[who]);
                    // What was not durable never left: neither what it tells, nor what it made of another's.
                    let told = pairs[1 - who].tell(now, &mut rng);
                    pairs[who].hear(&told, now, &mut rng).unwrap();
                    let _ = pairs[who].tell(now, &mut rng);
                    pairs[who] = durable;
                }
                // The two meet, and either may have ended before the other heard all.
                Step::Meet(heard_by) => {
                    for (from, to) in [(0, 1), (1, 0), (0, 1), (1, 0), (0, 1)] {
                        let told = pairs[from].tell(now, &mut rng);
                        if heard_by[to] {
                            pairs[to].compare(&told);
                            pairs[to].hear(&told, now, &mut rng).unwrap();
                            let last = heard.get_mut(&to).unwrap();
                            *last = (*last).max(now);
                        }
                    }
                    assert_session(&pairs)?;
                }
                Step::Invite(by_ben) if invited < INVITES => {
                    invited += 1;
                    let inviter = usize::from(by_ben);
                    let secret = ContactSecret::agree((ANN, &rng.bytes()), (BEN, &rng.bytes()));
                    pairs[inviter].meet(secret.clone(), now);
                    answers.push((1 - inviter, secret));
                }
                Step::Invite(_) => {}
                Step::Answer(which) if !answers.is_empty() => {
                    let (joiner, secret) = &answers[which % answers.len()];
                    if pairs[*joiner].is_agreed() {
                        pairs[*joiner].meet(secret.clone(), now);
                    } else {
                        pairs[*joiner].agree(secret.clone(), now);
                    }
                }
                Step::Answer(_) => {}
                Step::Cross(proven) => {
                    let chosen = [(0, 1), (1, 0)].map(|(asks, asked): (usize, usize)| {
                        let listed = pairs[asks].agreed();
                        let mut held = pairs[asked].agreed().into_iter();
                        held.find(|secret| listed.contains(secret)).unwrap().id
                    });
                    // Whoever asked knows first that it rests on that.
                    let asking = [proven[0], proven[1]];
                    for (who, is_proven) in asking.into_iter().enumerate() {
                        if is_proven {
                            pairs[who].confirm(chosen[who], now);
                        }
                    }
                    for (who, is_proven) in [proven[2], proven[3]].into_iter().enumerate() {
                        if is_proven && asking[1 - who] {
                            pairs[who].confirm(chosen[1 - who], now);
                        }
                    }
                }
                Step::Days(days) => now = now.after(DAY * u32::from(days)),
                Step::Erase(of_ben) => {
                    pairs[usize::from(of_ben)].erase_past(now);
                }
            }
            assert_session(&pairs)?;
        }
    }
}
