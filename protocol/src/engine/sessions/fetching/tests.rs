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
