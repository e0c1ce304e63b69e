//! What a member writes whose program is newer than ours.

use super::*;
use crate::operation::{Header, Kind, Operation};
use crate::rng::Rng;
use crate::time::LogicalTime;

/// A kind of content that this program does not know.
const FUTURE: Kind = Kind::Unknown(77);

/// What Ben's device signs after `last`.
fn next(town: &Town, last: &Operation, kind: Kind, body: &[u8]) -> Operation {
    let before = last.header();
    let header = Header {
        kind,
        seq: before.seq + 1,
        prev: Some(last.id()),
        logical: LogicalTime::new(before.logical.as_u64() + 1),
        ..before.clone()
    };
    let mut rng = Rng::from_seed(&[5; 32]);
    Operation::author(header, body.to_vec(), &town.own(BEN), &mut rng).unwrap()
}

#[test]
fn what_is_of_a_kind_of_the_future_is_kept_chained_and_passed_on_to_others() {
    let (mut town, room) = room();
    town.write(BEN, room, "before");
    town.disconnect_all();
    let before = town.stored(BEN, room, BEN).pop().unwrap();
    let future = next(&town, &before, FUTURE, b"whatever it says");
    let text = message("after").to_bytes();
    let after = next(&town, &future, Kind::Message, &text);
    town.hand(ANN, room, &[&future, &after]);
    town.connect(ANN, CAT);
    let all = [before, future, after];
    let ids: Vec<_> = all.iter().map(Operation::id).collect();
    for who in [ANN, CAT] {
        let held = town.stored(who, room, BEN);
        assert!(held.iter().map(Operation::id).eq(ids.iter().copied()));
        let body = held[1].body().map(|body| body.bytes.as_slice());
        assert_eq!(body, Some(&b"whatever it says"[..]), "{who}");
        assert_eq!(town.place(who, room, BEN), (3, Some(ids[2]), None));
    }
    assert_eq!(town.vector(ANN, room), town.vector(CAT, room));
    // Whoever restarts upon it goes on from there, and serves it as well.
    town.disconnect_all();
    town.restart(CAT);
    let later = next(&town, &all[2], FUTURE, b"and more");
    town.hand(CAT, room, &[&later]);
    town.connect(CAT, ANN);
    assert_eq!(town.place(ANN, room, BEN), (4, Some(later.id()), None));
}
