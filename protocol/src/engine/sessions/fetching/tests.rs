//! What is asked for of a chain.

use super::*;
use crate::engine::room::Room;
use crate::engine::tests::{Side, at, identity};
use crate::id::{AdmissionId, OperationId};
use crate::room::{AddBody, Author, ControlBody, Role};
use crate::time::LogicalTime;

#[test]
fn the_true_end_of_a_chain_is_asked_for_after_a_claim_that_nobody_kept() {
    for is_closed in [true, false] {
        let ben = identity("Ben", 2);
        let mut side = Side::new(identity("Ann", 1), &[&ben]);
        let (mut room, _) = Room::make("Garden".to_owned(), &mut side.context()).unwrap();
        let conversation = room.conversation();
        let author = Author {
            person: side.own.person(),
            device: side.own.device(),
            admission: conversation.into(),
        };
        let body = ControlBody::Add(AddBody {
            person: ben.person(),
            role: Role::Member,
            since: None,
        });
        let added = room.write(author, &body, LogicalTime::ZERO, &mut side.context());
        let admission = AdmissionId::from(added.unwrap().operation.id());
        let mut replica = Replica::of_room(room, &side.own);
        replica.follow(&side.directory);
        let actor = ActorId::of(ben.device(), conversation, admission);
        let position = |seq| Position {
            actor,
            seq,
            head: OperationId::new([1; 32]),
        };
        let [liar, honest] = [1, 2].map(LinkId::new);
        let mut open = BTreeMap::from([(liar, DeviceId::new([7; 32]))]);
        let mut fetching = Fetching::default();
        fetching.claim(liar, &[position(1 << 62)], &replica);
        let asked = fetching.next(&replica, &open, &mut side.context());
        assert!(asked.by_link()[&liar].len() == 2, "its end, and the rest");
        open.insert(honest, DeviceId::new([8; 32]));
        fetching.claim(honest, &[position(300)], &replica);
        let mut context = side.context();
        if is_closed {
            fetching.closed(liar);
            open.remove(&liar);
        } else {
            context.now = at(6_000);
        }
        let asked = fetching.next(&replica, &open, &mut context).by_link();
        let end = Stretch {
            actor,
            after: 284,
            through: 300,
        };
        assert_eq!(asked[&honest].first(), Some(&end), "{is_closed}");
    }
}

/// A chain of somebody else that one device claims to hold that far, and of which nothing is held here.
fn chain(link: LinkId, seq: u64) -> (Lack, HeldChain) {
    let chain = Lack {
        claims: BTreeMap::from([(link, seq)]),
        ..Lack::default()
    };
    let held = HeldChain {
        device: DeviceId::new([9; 32]),
        seq: 0,
        waiting: None,
        waiting_count: 0,
        most: u64::MAX,
    };
    (chain, held)
}

fn side() -> Side {
    Side::new(identity("Ann", 1), &[&identity("Ben", 2)])
}

#[test]
fn of_one_device_as_many_long_chains_are_awaited_as_may_be_and_of_one_more_the_end_alone() {
    let (mut side, link) = (side(), LinkId::new(1));
    let open = BTreeMap::from([(link, DeviceId::new([7; 32]))]);
    let mut asks = Asks::default();
    let mut ask = |seq: u64, number: u8| {
        let (mut chain, held) = chain(link, seq);
        let actor = ActorId::new([number; 32]);
        chain.ask(actor, &held, &open, &mut asks, &mut side.context());
        chain.awaited.is_some()
    };
    for number in (1..).take(LONG_AWAITED_MAX) {
        assert!(ask(300, number));
    }
    assert!(!ask(300, 100), "one more long one");
    assert!(ask(END, 101), "a short one");
    assert_eq!(asks.ends[&link].len(), LONG_AWAITED_MAX + 1);
    assert_eq!(asks.rest[&link].len(), LONG_AWAITED_MAX + 1);
}

#[test]
fn while_as_much_waits_beyond_a_gap_as_may_the_end_is_asked_for_and_with_one_more_it_is_not() {
    let link = LinkId::new(1);
    let is_asked = |waiting_count: usize| {
        let (mut chain, mut held) = chain(link, 3_000);
        (held.waiting, held.waiting_count) = (Some((100, 2_000)), waiting_count);
        let end = chain.end_of(ActorId::new([1; 32]), link, &held, 3_000);
        end.is_some()
    };
    assert!(is_asked(WAITING_MAX));
    assert!(!is_asked(WAITING_MAX + 1));
}

#[test]
fn who_sends_nothing_is_left_alone_ever_longer_and_no_longer_than_may_be() {
    let (mut side, link) = (side(), LinkId::new(1));
    let (mut chain, _) = chain(link, 300);
    chain.tried.insert(link);
    let context = &mut side.context();
    let mut longest = SILENCE_TIME_MAX;
    for doubled in 0..12 {
        chain.rests_until = None;
        chain.rest(context);
        longest = (SILENCE_TIME_MAX * (1 << doubled)).min(REST_MAX);
        assert_eq!(chain.rests_until, Some(context.now.monotonic + longest));
    }
    assert_eq!(longest, REST_MAX);
}

#[test]
fn a_chain_is_awaited_for_as_long_as_may_be_while_others_come_and_no_longer() {
    let (mut side, link) = (side(), LinkId::new(1));
    let open = BTreeMap::from([(link, DeviceId::new([7; 32]))]);
    let longest = u64::try_from(CHAIN_SILENCE_TIME_MAX.as_millis()).unwrap();
    let (mut chain, held) = chain(link, 300);
    let context = &mut side.context();
    context.now = at(0);
    chain.expect(link, 300, &held, &mut Asks::default(), context);
    for (millis, is_awaited) in [(longest - 1, true), (longest, false)] {
        context.now = at(millis);
        let came = BTreeMap::from([(link, context.now.monotonic)]);
        chain.go_on(&held, &open, &came, &mut Asks::default(), context);
        assert_eq!(chain.awaited.is_some(), is_awaited, "{millis}");
    }
}
