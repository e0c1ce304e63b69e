//! When members tell each other of what others wrote.

use super::*;
use crate::engine::tests::at;
use crate::engine::{Effect, Input, LinkId, LinkPurpose, Output};
use crate::id::{OperationId, TransportId};
use crate::sync::{Position, SessionMessage};

/// A room of five, in which all who are next to each other, in the order of their names, are connected.
fn line() -> (Town, ConversationId) {
    let mut town = Town::of(5);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[1, 2, 3, 4]);
    town.disconnect_all();
    for who in 0..4 {
        town.connect(who, who + 1);
    }
    (town, room)
}

fn frames(town: &Town, people: std::ops::Range<usize>) -> usize {
    people.map(|who| town.frames(who)).sum()
}

#[test]
fn along_a_line_of_members_nothing_waits() {
    let (mut town, room) = line();
    town.write(ANN, room, "hello");
    for who in 1..5 {
        assert_eq!(town.texts(who, room), ["hello"], "{who}");
    }
}

#[test]
fn where_all_are_connected_one_message_tells_of_all_that_came_in_a_while() {
    let mut town = Town::of(5);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[1, 2, 3, 4]);
    town.wait(1_000);
    let before = frames(&town, 1..5);
    for text in ["one", "two", "three"] {
        town.write(ANN, room, text);
    }
    for who in 1..5 {
        assert_eq!(town.texts(who, room).len(), 3, "{who}");
    }
    let receipts = frames(&town, 1..5) - before;
    assert_eq!(receipts, 4 * 3, "nothing but a receipt of each for each");
    town.wait(19);
    assert_eq!(
        frames(&town, 1..5),
        before + receipts,
        "four sessions each wait 20 ms"
    );
    town.wait(1);
    // Who is told in time does not tell.
    let told = frames(&town, 1..5) - before - receipts;
    assert!((6..=12).contains(&told), "{told}");
    town.wait(10_000);
    assert_eq!(frames(&town, 1..5) - before - receipts, told);
}

#[test]
fn whoever_has_no_session_with_the_writer_is_told_after_a_while() {
    let (mut town, room) = line();
    // Ben and Dan have three each.
    town.connect(BEN, DAN);
    town.write(ANN, room, "hello");
    assert_eq!(town.texts(BEN, room), ["hello"]);
    assert!(town.texts(DAN, room).is_empty());
    town.wait(10);
    for who in [CAT, DAN] {
        assert_eq!(town.texts(who, room), ["hello"], "{who}");
    }
    assert!(town.texts(4, room).is_empty());
    town.wait(10);
    assert_eq!(town.texts(4, room), ["hello"]);
}

#[test]
fn news_come_when_they_are_due_whatever_else_woke_somebody_before() {
    let (mut town, room) = line();
    town.connect(BEN, DAN);
    let mut context = town.engine(BEN).context(at(0));
    context.wake(at(5).monotonic);
    town.write(ANN, room, "hello");
    assert_eq!(town.timer(BEN), Some(at(5).monotonic));
    town.wait(5);
    assert!(town.texts(CAT, room).is_empty());
    assert_eq!(town.timer(BEN), Some(at(10).monotonic));
}

#[test]
fn strangers_who_open_links_do_not_make_news_wait() {
    let (mut town, room) = line();
    for number in 1..20 {
        let opened = Input::LinkOpened {
            link: LinkId::new(1_000 + u64::from(number)),
            peer: TransportId::new([number; 32]),
            purpose: LinkPurpose::IncomingSession,
        };
        town.engine(BEN).handle(opened, at(0));
    }
    town.write(ANN, room, "hello");
    assert_eq!(town.texts(4, room), ["hello"]);
}

#[test]
fn what_is_claimed_over_any_of_several_sessions_is_asked_for_over_that_one() {
    let (mut town, room) = room();
    town.write(CAT, room, "one");
    town.disconnect_all();
    town.connect(ANN, BEN);
    town.connect(ANN, BEN);
    assert_eq!(town.sessions_with(ANN, BEN), 2);
    let last = town.stored(ANN, room, CAT).pop().unwrap();
    // Ben may take the older one for the latest.
    let (now, engine) = (town.now(ANN), town.engine(ANN));
    let (older, _) = engine.links.sessions().next().unwrap();
    let position = Position {
        actor: last.header().actor,
        seq: last.header().seq + 1,
        head: OperationId::new([9; 32]),
    };
    let news = Vector::of_positions(room, vec![position]);
    engine.session_message(older, SessionMessage::News(news), now);
    let mut outputs = std::iter::from_fn(|| engine.poll());
    let is_asked = outputs.any(
        |(_, output)| matches!(output, Output::Effect(Effect::Send { link, .. }) if link == older),
    );
    assert!(is_asked);
}
