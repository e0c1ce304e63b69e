//! What a newcomer, or whoever was away, gets of a room: from whom, in which order, and how often.

use super::*;
use crate::engine::replica::Replica;
use crate::id::ActorId;
use crate::sync::{SessionMessage, Stretch};

/// A room of so many in which the first `keepers` hold what `writers` after them wrote, each of whom
/// wrote that often and is gone; the last of all is a newcomer, who has nothing yet.
struct History {
    town: Town,
    room: ConversationId,
    newcomer: usize,
    written: usize,
}

impl History {
    fn kept_by(keepers: usize, writers: usize, often: usize) -> Self {
        let newcomer = keepers + writers;
        let mut town = Town::of(newcomer + 1);
        for one in 0..newcomer {
            for other in 0..one.min(keepers) {
                town.connect(one, other);
            }
        }
        let members: Vec<usize> = (1..newcomer).collect();
        let room = town.make_room(ANN, "Garden", &members);
        for writer in keepers..newcomer {
            for _ in 0..often {
                town.write(writer, room, &"x".repeat(500));
            }
        }
        town.disconnect_all();
        let person = town.person(newcomer);
        let add = RoomChange::Add {
            person,
            whole_history: true,
        };
        town.change(ANN, room, add);
        for keeper in 1..keepers {
            town.connect(ANN, keeper);
        }
        town.disconnect_all();
        Self {
            town,
            room,
            newcomer,
            written: writers * often,
        }
    }

    fn is_complete(&self) -> bool {
        self.town.texts(self.newcomer, self.room).len() == self.written
    }
}

#[test]
fn a_newcomer_gets_everything_once_and_from_all_who_hold_it() {
    let mut history = History::kept_by(3, 12, 50);
    let keepers = [ANN, BEN, CAT];
    for keeper in keepers {
        history.town.link(history.newcomer, keeper);
    }
    history.town.run();
    assert!(history.is_complete());
    let bytes = keepers.map(|keeper| history.town.bytes(keeper, history.newcomer));
    let all: usize = bytes.iter().sum();
    let content = history.town.content_bytes(history.newcomer, history.room);
    // Each of them shows the room's control, too.
    let control = 3 * history.town.control_bytes(ANN, history.room);
    let most = content * 11 / 10 + control;
    assert!(
        all < most,
        "{all} for {content} and {control}: nothing twice"
    );
    for from in bytes {
        assert!(from > content / 6, "{from} of {content} from one of three");
    }
}

#[test]
fn of_long_chains_the_end_comes_first_wherever_they_come_from() {
    let mut history = History::kept_by(1, 2, 300);
    let newcomer = history.newcomer;
    history.town.connect(newcomer, ANN);
    assert!(history.is_complete());
    let first = history.town.order(newcomer, history.room);
    let ends: Vec<u64> = first.iter().take(32).map(|(_, seq)| *seq).collect();
    assert!(ends.iter().all(|seq| *seq > 284), "{ends:?}");

    // Who wrote it sends it in the same order.
    let mut town = Town::of(2);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN]);
    town.disconnect_all();
    for n in 0..300 {
        town.write(ANN, room, &n.to_string());
    }
    let before = town.order(BEN, room).len();
    town.connect(ANN, BEN);
    let came: Vec<u64> = town
        .order(BEN, room)
        .iter()
        .skip(before)
        .map(|(_, seq)| *seq)
        .collect();
    let expected: Vec<u64> = (285..=300).chain(1..=284).collect();
    assert_eq!(came, expected, "and once");
}

#[test]
fn what_was_broken_off_goes_on_with_others_where_it_stood() {
    let mut history = History::kept_by(2, 2, 300);
    let (room, newcomer) = (history.room, history.newcomer);
    history.town.link(newcomer, ANN);
    history
        .town
        .run_until(|town| town.order(newcomer, room).len() >= 100);
    history.town.disconnect_all();
    let held = history.town.order(newcomer, room).len();
    assert!((100..500).contains(&held), "{held}");
    let held = history.town.content_bytes(newcomer, room);
    history.town.restart(newcomer);
    let before = history.town.carried;
    history.town.connect(newcomer, BEN);
    assert!(history.is_complete());
    let lacking = history.town.content_bytes(newcomer, room) - held;
    let bytes = history.town.carried - before;
    assert!(bytes < lacking * 11 / 10, "{bytes} for {lacking}");
}

#[test]
fn what_one_does_not_send_is_asked_of_another_after_a_while() {
    let mut town = Town::of(4);
    for (one, other) in [(DAN, ANN), (DAN, BEN), (ANN, BEN), (CAT, ANN)] {
        town.connect(one, other);
    }
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    town.choke(ANN, DAN, 900);
    town.write(CAT, room, &"x".repeat(1000));
    town.wait(10);
    assert_eq!(town.texts(BEN, room).len(), 1);
    assert_eq!(town.texts(DAN, room).len(), 0, "Ann is asked first");
    town.wait(4_000);
    assert_eq!(town.texts(DAN, room).len(), 0);
    town.wait(2_000);
    assert_eq!(town.texts(DAN, room).len(), 1);
}

#[test]
fn what_its_writer_does_not_send_is_asked_of_others_after_a_while() {
    let mut town = Town::of(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.choke(ANN, CAT, 900);
    town.write(ANN, room, &"x".repeat(1000));
    assert_eq!(town.texts(BEN, room).len(), 1);
    assert_eq!(town.texts(CAT, room).len(), 0, "Ann is expected to send it");
    town.wait(6_000);
    assert_eq!(town.texts(CAT, room).len(), 1);
}

#[test]
fn who_sends_nothing_is_asked_ever_more_seldom() {
    let mut town = Town::of(3);
    town.connect(ANN, BEN);
    town.connect(BEN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.choke(BEN, CAT, 900);
    town.write(ANN, room, &"x".repeat(1000));
    let before = town.frames(CAT);
    for _ in 0..1200 {
        town.wait(3_000);
    }
    let asked = town.frames(CAT) - before;
    assert!((3..20).contains(&asked), "{asked} times in an hour");
}

#[test]
fn nobody_is_served_by_asking_what_is_not_for_them() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.write(CAT, room, &"x".repeat(1000));
    let person = town.person(DAN);
    let add = RoomChange::Add {
        person,
        whole_history: false,
    };
    town.change(ANN, room, add);
    let actor = town.stored(ANN, room, CAT)[0].header().actor;
    let ask = |after, through| {
        let stretch = Stretch {
            actor,
            after,
            through,
        };
        SessionMessage::Ask(room, vec![stretch; 3])
    };
    let before = town.carried;
    town.say(DAN, ANN, &ask(0, u64::MAX));
    town.say(DAN, ANN, &ask(u64::MAX, 0));
    town.say(DAN, ANN, &ask(u64::MAX, u64::MAX));
    assert!(town.carried - before < 1000, "{}", town.carried - before);
    town.say(BEN, ANN, &ask(0, u64::MAX));
    assert!(town.carried - before > 3000, "who may have it gets it");
}

#[test]
fn whoever_comes_back_while_connected_is_not_sent_what_was_written_meanwhile() {
    let (mut town, room) = room();
    town.write(BEN, room, "first");
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    let before = town.bytes(BEN, CAT);
    for _ in 0..5 {
        town.write(BEN, room, &"x".repeat(1000));
    }
    assert_eq!(town.bytes(BEN, CAT), before, "not even that he wrote");
    let add = RoomChange::Add {
        person,
        whole_history: false,
    };
    town.change(ANN, room, add);
    town.write(BEN, room, "last");
    let sent = town.bytes(BEN, CAT) - before;
    assert!((100..4000).contains(&sent), "{sent}");
    let texts = town.texts(CAT, room);
    assert_eq!(texts.last().map(String::as_str), Some("last"));
}

#[test]
fn what_was_being_read_as_somebody_was_removed_stays_here() {
    let (mut town, room) = room();
    town.disconnect_all();
    town.write(ANN, room, &"x".repeat(5000));
    let before = town.bytes(ANN, CAT);
    town.link(ANN, CAT);
    let person = town.person(CAT);
    town.change_before_loaded(ANN, room, RoomChange::Remove { person });
    let sent = town.bytes(ANN, CAT) - before;
    assert!(sent < 5000, "{sent}");
    assert_eq!(town.shown(CAT, room).unwrap().standing, Removed);
}

#[test]
fn as_many_claims_about_actors_yet_unknown_are_kept_as_may_be() {
    let (mut town, room) = room();
    town.disconnect_all();
    let most = crate::wire::limits::VECTOR_ACTORS_MAX;
    let replica: &Replica = town.replica(ANN, room);
    let mut fetching = crate::engine::sessions::Fetching::default();
    for n in 0..most + 1 {
        let mut id = [0xff; 32];
        id[..8].copy_from_slice(&u64::try_from(n).unwrap().to_be_bytes());
        let position = crate::sync::Position {
            actor: ActorId::new(id),
            seq: 1,
            head: crate::id::OperationId::new(id),
        };
        for _ in 0..2 {
            fetching.claim(crate::engine::LinkId::new(1), &[position], replica);
        }
    }
    assert_eq!(fetching.early(), most);
    fetching.closed(crate::engine::LinkId::new(1));
    assert_eq!(fetching.early(), 0);
}

#[test]
fn of_a_message_a_session_looks_at_one_chain_however_many_there_are() {
    let mut town = Town::of(6);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[1, 2, 3, 4, 5]);
    for who in 0..6 {
        town.write(who, room, "hello");
    }
    let before = [ANN, BEN, CAT].map(|who| town.replica(who, room).changes());
    town.write(BEN, room, "again");
    for (who, before) in [ANN, BEN, CAT].into_iter().zip(before) {
        assert_eq!(town.replica(who, room).changed_since(before).count(), 1);
    }
}

#[test]
fn conversations_of_which_much_is_lacking_take_turns() {
    let mut town = Town::of(2);
    town.connect_all();
    let rooms = ["Garden", "House", "Shed"].map(|title| town.make_room(ANN, title, &[BEN]));
    town.disconnect_all();
    for room in rooms {
        for n in 0..300 {
            town.write(ANN, room, &n.to_string());
        }
    }
    town.loaded(ANN);
    town.connect(ANN, BEN);
    let loaded = town.loaded(ANN);
    // The end of each, and what comes before it.
    assert_eq!(loaded.len(), 6);
    assert_eq!(loaded[..3], loaded[3..]);
    assert!(rooms.iter().all(|room| loaded[..3].contains(room)));
}
